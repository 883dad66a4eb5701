"""What is told and not stored: who is here, away since when, who is typing, what people say of themselves,
what they have read. Pure.

docs/protocol.md, "Presence". As much as fits into a turn; who is as before by then is told nothing of.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable

from loggia.broker.core.rooms import RoomsState
from loggia.broker.core.state import Person
from loggia.broker.sessions.sessions import Sessions
from loggia.shared.protocol.answers import Stored
from loggia.shared.protocol.events import InvitedEvent, PresenceEvent, ReadEvent, State, TypingEvent

PRESENCE_EVENTS = 1000  # about so many are told in one turn: some 2 ms


class Passing:
    """Attributes: `rooms`, the state of now."""

    def __init__(self, rooms: RoomsState, sessions: Sessions) -> None:
        self.rooms = rooms
        self._sessions = sessions
        self._statuses: OrderedDict[tuple[str, str], None] = (
            OrderedDict()
        )  # whose, and which room has to hear
        self._typing: dict[tuple[str, str], bool] = {}
        self._read: list[tuple[Hashable, str, ReadEvent]] = []

    def restated(self, statuses: Iterable[tuple[str, str]]) -> None:
        """By account and room, who has a status that the room has to hear; that is committed."""
        self._statuses.update(dict.fromkeys(statuses))

    def types(self, account: str, room: str, *, on: bool) -> None:
        """Somebody who may write in the room does, or not any more: told at the end of this turn."""
        self._typing[account, room] = on

    def typing(self) -> list[TypingEvent]:
        """Who was typing in this turn, where."""
        typing, self._typing = self._typing, {}
        return [
            TypingEvent(room=room, nick=person.nick, account=account, on=on)
            for (account, room), on in typing.items()
            if (person := self.rooms.person(account)) is not None
        ]

    def has_read(self, key: Hashable, account: str, answer: Stored) -> None:
        """A mark of the account moved, as this connection of it asked; that is committed."""
        self._read.append((key, account, ReadEvent(room=answer.room, seq=answer.seq)))

    def read(self) -> list[tuple[ReadEvent, frozenset[Hashable]]]:
        """Which marks moved in this turn, and the other connections of whose they are."""
        if not self._read:
            return []
        read, self._read = self._read, []
        return [(event, self._sessions.connections([account]) - {key}) for key, account, event in read]

    def waits(self) -> bool:
        """Whether there may be a presence to tell, or who is typing."""
        return bool(self._sessions.changed or self._statuses or self._typing)

    def presence(self) -> list[PresenceEvent]:
        """Who is back or away, and was last told to be otherwise, in each of their rooms; and who has another
        status. `waits` tells whether there is more."""
        events: list[PresenceEvent] = []
        while len(events) < PRESENCE_EVENTS and (change := self._sessions.take_change()) is not None:
            account, presence = change
            person = self.rooms.person(account)
            if person is not None:
                events += [self._of(person, room, presence) for room in sorted(person.rooms)]
        while len(events) < PRESENCE_EVENTS and self._statuses:
            (account, room), _ = self._statuses.popitem(last=False)
            person = self.rooms.person(account)
            if person is not None and room in person.rooms:
                events.append(self._of(person, room, self._presence(account)))
        return events

    def turned(self, people: Iterable[Person]) -> list[PresenceEvent]:
        """Whose session began or is over, in the rooms that they belong to all the same."""
        return [
            self._of(person, name, self._presence(person.account))
            for person in people
            for name in sorted(person.rooms)
            if (room := self.rooms.named(name)) is not None and room.kind != "public"
        ]

    def invited(self, events: Iterable[InvitedEvent]) -> list[PresenceEvent]:
        """Who was let in, and is here."""
        return [
            self._of(person, event.room, "online")
            for event in events
            if self._presence(event.target) == "online"
            and (person := self.rooms.person(event.target)) is not None
        ]

    def _presence(self, account: str) -> State:
        session = self._sessions.get(account)
        return "away" if session is None else session.presence

    def _of(self, person: Person, room: str, presence: State) -> PresenceEvent:
        """Whose session is over says nothing of himself until he is back, as in a list."""
        return PresenceEvent(
            room=room,
            nick=person.nick,
            account=person.account,
            presence=presence,
            status=person.status if person.present else "",
            since=self._sessions.since(person.account),
        )
