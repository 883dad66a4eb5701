"""What a program may do about a room, and about people there: one method for each request.
docs/moderation.md.

docs/protocol.md, "Rooms and rights".
"""

from collections.abc import Callable
from typing import Any

from loggia.shared.client.api import arguments
from loggia.shared.client.api.inbox import Inbox
from loggia.shared.client.api.waiting import Waiters
from loggia.shared.client.commands import Ask, TakeNick
from loggia.shared.client.link.link import Link
from loggia.shared.client.updates import Acted
from loggia.shared.protocol.answers import retry_after
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.names import canonical
from loggia.shared.protocol.requests import (
    Ban,
    CloseRoom,
    Configure,
    Create,
    Direct,
    Errand,
    Invite,
    Kick,
    Mute,
    ReopenRoom,
    SetRole,
    SetSubject,
    Unban,
    Unmute,
)
from loggia.shared.protocol.roles import RANKS, Role


class Acts:
    """Asks for what a program wants done, and waits until it is."""

    def __init__(self, link: Link, inbox: Inbox, waiting: Waiters) -> None:
        self._link = link
        self._inbox = inbox
        self._waiting = waiting
        self._id_of: Callable[[Errand], str] = lambda _: ""
        self._waits_on: Callable[[], bool] = lambda: False

    def of_handlers(self, id_of: Callable[[Errand], str], waits_on: Callable[[], bool]) -> None:
        """Handlers of a bot may ask. `id_of`: the id of what is asked, empty for a new one; `waits_on`:
        whether the code that asks, in whose thread it is called, goes on waiting after `timeout_s`."""
        self._id_of, self._waits_on = id_of, waits_on

    def until(self, happened: Callable[[], object]) -> None:
        """Under the lock: wait until that happened, or for as long as somebody waits."""
        while not self._waiting.wait(happened) and self._waits_on():
            pass

    def do(self, request: Errand, epoch: str = "") -> Acted:
        """What came of it. `epoch`: as of Ask. Raises Refused or NotReachable."""
        return self.wait(Ask(id=self._id_of(request), request=request, epoch=epoch))

    def wait(self, command: Ask | TakeNick) -> Acted:
        """As `do`."""
        inbox, waiting = self._inbox, self._waiting
        with waiting.here():
            waiting.check()
            act_id = self._link.post(command)
            inbox.acts[act_id] = None
            try:
                self.until(lambda: inbox.acts[act_id] is not None)
                acted = inbox.acts[act_id]
            finally:
                del inbox.acts[act_id]
        if acted is None:
            waiting.too_late(
                f"{waiting.silence()}. It is asked for again by itself as long as this client is there."
            )
        if (error := acted.refused) is not None:
            raise Refused(error.code, error.text, retry_after(error))
        return acted


class Moderating:
    """A client that runs rooms. Each method returns when it is done and stored. `who`: a nick, or an account;
    `reason`: everybody may read it; `until`: Unix ms, None for ever; `room`: None is the client's own.

    Raises Refused if the broker says no (`not_allowed`, `no_such_account`, ...), and NotReachable after
    `timeout_s`: it is asked for again by itself then, as long as this client is there.
    """

    def _usual_room(self) -> str:
        raise NotImplementedError

    def _ask(self, request: Errand) -> Acted:
        raise NotImplementedError

    def _act(self, request: Errand) -> str:
        """The name of the room, if one was made."""
        return self._ask(request).room

    def create(self, room: str, *, private: bool = False, subject: str = "") -> str:
        """Make a room, be in it, and be its owner; returns its name. `private`: only who is invited finds it;
        the broker names it, and `room` is what people see as its title. Raises Refused `room_taken` if there
        is a public one of that name."""
        is_private = bool(arguments.choice("private", private))
        return self._act(
            Create(id="-", room=_room(room), private=is_private, subject=_note("subject", subject))
        )

    def direct(self, *people: str) -> str:
        """The conversation of exactly these people and this client, which is in it then; returns the room's
        name, the same one every time. `people`: nicks, or accounts. Raises Refused `no_such_account`."""
        return self._act(Direct(id="-", people=[_who(who) for who in people]))

    def invite(self, who: str, *, reason: str = "", room: str | None = None) -> None:
        """Let somebody into the room, at once; into a private one nobody else comes."""
        self._act(Invite(**self._about(who, reason, room)))

    def kick(self, who: str, *, reason: str = "", room: str | None = None) -> None:
        """Show somebody out, who may come back."""
        self._act(Kick(**self._about(who, reason, room)))

    def ban(self, who: str, *, reason: str = "", until: int | None = None, room: str | None = None) -> None:
        """Show somebody out, and do not let the account in again."""
        self._act(Ban(**self._about(who, reason, room), until=_until(until)))

    def unban(self, who: str, *, reason: str = "", room: str | None = None) -> None:
        """Let somebody come in again."""
        self._act(Unban(**self._about(who, reason, room)))

    def mute(self, who: str, *, reason: str = "", until: int | None = None, room: str | None = None) -> None:
        """Let somebody write nothing."""
        self._act(Mute(**self._about(who, reason, room), until=_until(until)))

    def unmute(self, who: str, *, reason: str = "", room: str | None = None) -> None:
        """Let somebody write again."""
        self._act(Unmute(**self._about(who, reason, room)))

    def set_role(self, who: str, role: Role, *, room: str | None = None) -> None:
        """Make somebody a "guest" (who reads only), a "member", a "moderator" or an "owner"."""
        if role not in RANKS:
            raise ValueError(f"A role is one of {', '.join(RANKS)}, not {role!r}.")
        self._act(SetRole(id="-", room=self._named(room), who=_who(who), role=role))

    def set_subject(self, subject: str, *, room: str | None = None) -> None:
        """Say what the room is about."""
        self._act(SetSubject(id="-", room=self._named(room), subject=_note("subject", subject)))

    def configure(
        self,
        *,
        title: str | None = None,
        slow_s: int | None = None,
        announce: bool | None = None,
        room: str | None = None,
    ) -> None:
        """`title`: what people call a private room; `slow_s`: so long a member waits between two messages, 0
        for not at all; `announce`: only moderators and owners write. What is None stays as it is.
        """
        slow = None if slow_s is None else int(arguments.seconds("slow_s", slow_s))
        self._act(
            Configure(
                id="-",
                room=self._named(room),
                title=None if title is None else _room(title),
                slow_s=slow,
                announce=arguments.choice("announce", announce),
            )
        )

    def close_room(self, *, room: str | None = None) -> None:
        """Nobody writes there any more; all may read."""
        self._act(CloseRoom(id="-", room=self._named(room)))

    def reopen_room(self, *, room: str | None = None) -> None:
        """Those who may write there can again."""
        self._act(ReopenRoom(id="-", room=self._named(room)))

    def _named(self, room: str | None) -> str:
        return self._usual_room() if room is None else _room(room)

    def _about(self, who: str, reason: str, room: str | None) -> dict[str, Any]:
        return {
            "id": "-",  # the link gives it one
            "room": self._named(room),
            "who": _who(who),
            "reason": _note("reason", reason),
        }


def _room(name: object) -> str:
    return canonical(arguments.name("room", name))


def _who(who: object) -> str:
    return canonical(arguments.name("who", who))


def _note(what: str, text: object) -> str:
    return arguments.written(what, text)


def _until(until: object) -> int | None:
    return arguments.seq("until", until)
