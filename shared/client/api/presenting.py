"""What a program may say of itself, beside what it says in rooms. docs/protocol.md, "Presence"."""

from loggia.shared.client.api import arguments
from loggia.shared.client.api.inbox import Inbox
from loggia.shared.client.api.waiting import Waiters
from loggia.shared.client.commands import ShowTyping
from loggia.shared.protocol.limits import STATUS_CHARS
from loggia.shared.protocol.requests import Errand, SetStatus


class Presenting:
    """A client that shows how it is."""

    _waiting: Waiters
    _inbox: Inbox

    def _act(self, request: Errand) -> str:
        raise NotImplementedError

    def _take_nick(self, nick: str) -> None:
        raise NotImplementedError

    def _show(self, shown: ShowTyping) -> None:
        raise NotImplementedError

    def _room(self, given: str | None) -> str:
        raise NotImplementedError

    def set_status(self, text: str) -> None:
        """Say in one line what others read beside the nick, also when this client is closed; "" takes it
        away.

        Raises Refused if the broker says no, and NotReachable after `timeout_s`: it is asked for again by
        itself then, as long as this client is there.
        """
        self._act(status(text))

    def rename(self, nick: str) -> None:
        """Be called something else in all rooms, which hear that; returns when it is stored. A client with
        `data` is called so also after a restart, until it is made with another nick than before; and nobody
        else can have the name meanwhile. What it was called is free for others.

        Raises Refused if the broker says no: `nick_taken` (by whom it says), `bad_nick` (why it will not do),
        `slow_down` (5 times in a minute; when to try again). Raises NotReachable after `timeout_s`: it is
        asked for again by itself then, as long as this client is there.
        """
        self._take_nick(arguments.nick(nick))

    def typing(self, room: str | None = None, *, on: bool = True) -> None:
        """Let the others in a room see that somebody is typing here, or (`on` false) not any more. Call it at
        each key: it is said at most every 3 s, and forgotten 6 s after the last time.

        `room`: None is `client.room`. It waits for nothing, and raises nothing if the broker says no.
        """
        with self._waiting.here():
            self._waiting.check()
            self._show(ShowTyping(room=self._room(room), on=arguments.flag("on", on)))

    def typists(self, room: str | None = None) -> list[str]:
        """The nicks of who else is typing in a room now."""
        with self._waiting.here():
            return list(self._inbox.typists.get(self._room(room), []))


def status(text: object) -> SetStatus:
    """The request, which gets its id from the link. Raises TypeError or ValueError."""
    line = arguments.written("text", text)
    if len(line) > STATUS_CHARS:
        raise ValueError(f"A status has at most {STATUS_CHARS} characters, not {len(line)}.")
    return SetStatus(id="-", text=line)
