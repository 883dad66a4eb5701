"""What this account is called, and what else the program wants it to be called. Pure.

docs/protocol.md, "Sessions": a `join` with another `nick` on an open session renames the account. To take the
nick that one has is nothing new, so who lost the answer asks again. A program that ended before it heard the
answer comes back with no nick, and is called what the broker says. Everything to do is appended to `out`.
"""

from loggia.shared.client import effects, updates
from loggia.shared.client.effects import Out, Tell
from loggia.shared.client.saved import Saved
from loggia.shared.protocol.answers import Error


class Naming:
    """`given`: what the program calls itself.

    Attribute: `nick`, by which the account comes in. That is `given`, or what the account took instead, which
    holds over restarts until the program calls itself something else.
    """

    def __init__(self, out: Out, given: str, saved: Saved) -> None:
        self._out = out
        self._given = given
        self.nick = saved.called(given)
        if saved.nick and saved.given != given:  # who calls itself as before by and by did not mean that
            out.append(effects.KeepNick(given, ""))
        self._is_unsure = saved.asked and saved.given == given  # until the broker says what we are called
        self._wanted: dict[str, str] = {}  # by the id of what the program asked, in order
        self._under_way = ""  # the id of the join that asks for the first of them, on this connection
        self._meanwhile = ""  # what a room told that we are called while we ask for another nick

    @property
    def is_changing(self) -> bool:
        """What the broker calls us may be what we were called, or what we want to be."""
        return self._is_unsure or bool(self._wanted)

    def want(self, act_id: str, nick: str) -> None:
        self._wanted[act_id] = nick

    def opened(self, nick: str) -> None:
        """A session is open, and the broker calls us so."""
        if self._is_unsure:
            self._is_unsure = False
            self._keep(nick)

    def cut(self) -> None:
        """The connection is another one: nothing that was asked will be answered."""
        self._under_way = self._meanwhile = ""

    def due(self) -> str | None:
        """The nick to ask for now."""
        return None if self._under_way else next(iter(self._wanted.values()), None)

    def asked(self, join_id: str) -> None:
        """A join is about to ask for it."""
        self._under_way = join_id
        self._out.append(effects.KeepNick(self._given, self.nick, asked=True))

    def is_asked_by(self, join_id: str) -> bool:
        return bool(self._under_way) and join_id == self._under_way

    def taken(self, nick: str) -> None:
        """The broker calls us so."""
        self._keep(nick)
        self._meanwhile = ""
        self._out.append(Tell(updates.Acted(id=self._settle(), nick=nick)))

    def heard(self, nick: str) -> None:
        """A room tells that the account is called so now, by another of its sessions or by ours."""
        if self.is_changing:
            self._meanwhile = nick
        elif nick != self.nick:
            self._keep(nick)
            self._out.append(Tell(updates.Called(nick=nick)))

    def refused(self, error: Error) -> None:
        """We are called as before, or as another session took meanwhile."""
        self._keep(self.nick)
        self._out.append(Tell(updates.Acted(id=self._settle(), refused=error)))
        meanwhile, self._meanwhile = self._meanwhile, ""
        if meanwhile:
            self.heard(meanwhile)

    def _keep(self, nick: str) -> None:
        self.nick = nick
        self._out.append(effects.KeepNick(self._given, nick))

    def _settle(self) -> str:
        self._under_way = ""
        act_id = next(iter(self._wanted))
        del self._wanted[act_id]
        return act_id
