"""Who is typing: what we say of ourselves, at most every 3 s, and who else is, for 6 s. Pure.

docs/protocol.md, "Presence". Nothing of it is answered, stored or sent again.
"""

from collections.abc import Callable, Iterable

from loggia.shared.client.effects import Out, Tell
from loggia.shared.client.updates import Typists
from loggia.shared.protocol.events import StoredEvent, TypingEvent
from loggia.shared.protocol.limits import TYPING_OVER_S, TYPING_S
from loggia.shared.protocol.requests import Typing

MOST_TYPISTS = 1000  # that are kept: more than anybody reads


class Keyboards:
    """`new_id` gives ids of requests that are no messages."""

    def __init__(self, out: Out, new_id: Callable[[], str]) -> None:
        self._out = out
        self._new_id = new_id
        self._said_at: dict[str, float] = {}  # by room, while we are typing there
        self._typing: dict[tuple[str, str], tuple[str, float]] = {}  # by room and account: nick, until when

    def say(self, room: str, now: float, *, on: bool) -> None:
        """We are typing in a room, or not any more: said as often as it is worth."""
        said_at = self._said_at.get(room)
        if on and said_at is not None and now - said_at < TYPING_S:
            return
        if not on and said_at is None:
            return
        if on:
            self._said_at[room] = now
        else:
            del self._said_at[room]
        self._out.append(Typing(id=self._new_id(), room=room, on=on))

    def heard(self, event: TypingEvent, account: str, now: float) -> None:
        """Somebody is, whom we are not: we are `account`."""
        key = event.room, event.account
        if event.account == account or (key not in self._typing and not event.on):
            return
        is_new = key not in self._typing
        if not event.on:
            del self._typing[key]
        elif not is_new or len(self._typing) < MOST_TYPISTS:
            self._typing[key] = event.nick, now + TYPING_OVER_S
        if is_new or not event.on:
            self._tell([event.room])

    def happened(self, room: str, events: Iterable[StoredEvent]) -> None:
        """Who said something, or left, is not typing any more."""
        if not self._typing:
            return
        done = {(room, event.account) for event in events} & self._typing.keys()
        for key in done:
            del self._typing[key]
        if done:
            self._tell([room])

    def tick(self, now: float) -> None:
        """Who has not said so for long is not."""
        over = [key for key, (_, until) in self._typing.items() if until <= now]
        for key in over:
            del self._typing[key]
        self._tell({room for room, _ in over})

    def cut(self) -> None:
        """The connection is gone: nobody is heard any more."""
        rooms = {room for room, _ in self._typing}
        self._typing.clear()
        self._said_at.clear()
        self._tell(rooms)

    def wake_at(self) -> float | None:
        """When somebody is forgotten."""
        return min([until for _, until in self._typing.values()]) if self._typing else None

    def _tell(self, rooms: Iterable[str]) -> None:
        for room in sorted(rooms):
            nicks = sorted(nick for (where, _), (nick, _) in self._typing.items() if where == room)
            self._out.append(Tell(Typists(room=room, nicks=nicks)))
