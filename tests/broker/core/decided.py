"""A state machine of rooms by itself: commands in, batches and answers out, no disk and no clock."""

import msgspec
from loggia.broker.core.ordered import Command, Newcomer
from loggia.broker.core.rooms import RoomsState
from loggia.broker.core.state import NOWHERE, Snapshot
from loggia.shared.protocol.answers import Stored
from loggia.shared.protocol.changes import MessageState
from loggia.shared.protocol.events import AboutMessage, AboutRoom, MessageEvent, asker
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import Create, Direct, Join, Message

AT = 5000
KEEP_MS = 90 * 24 * 3600 * 1000


class Decided:
    """A Rooms, and what became of each command. `asked`: which ids were looked up in the log; `sought`: and
    which accounts."""

    def __init__(self):
        self.asked = []
        self.sought = []
        self.stored = {}
        self.people = {}
        self.looks = {}
        self.at = AT
        self.keep_ms = KEEP_MS
        self.drawn = 0
        self.events = {}
        self.states = {}
        self.marks = {}
        self.rooms = RoomsState(
            Snapshot(rooms={}, people=[], last_account=0),
            lambda room: room << 40,
            self._find,
            self._named,
            find_called=self._called,
            find_keepers=self._keepers,
            find_event=lambda room, seq: self.events.get((room, seq)),
            find_state=lambda room, seq: msgspec.convert(
                msgspec.to_builtins(self.states.get((room, seq))), MessageState | None
            ),
            find_mark=lambda account, room: self.marks.get((account, room), 0),
            find_look=self._look_upto,
        )

    def _find(self, person, request_id):
        self.asked.append((person.number, request_id))
        return self.stored.get((person.number, request_id))

    def _named(self, account):
        self.sought.append(account)
        person = self.people.get(account)
        return person and msgspec.structs.replace(person, rooms=set(person.rooms))

    def _called(self, nick):
        return [msgspec.structs.replace(p) for p in self.people.values() if p.nick == nick]

    def _keepers(self, looks):
        return [
            self._named(p.account) for p in self.people.values() if looks & self.looks.get(p.number, set())
        ]

    def _look_upto(self, look):
        kept = (some for looks in self.looks.values() for some in looks)
        return max((some for some in kept if some <= look), default="")

    def __call__(self, account, request):
        drawn = None
        if isinstance(request, Direct) or (isinstance(request, Create) and request.private):
            self.drawn += 1
            drawn = f"{'~' if isinstance(request, Direct) else '%'}{self.drawn:a>20}"
        if isinstance(request, Join) and account not in self.people:
            drawn = Newcomer(account.encode())
            request = msgspec.structs.replace(request, nick=request.nick or self._nick_of(account))
        return self.rooms.decide(Command(account, request, self.at, drawn, keep_ms=self.keep_ms))

    def _nick_of(self, account):
        known = self.rooms.person(account) or self.rooms._draft.batch.people.get(account)
        return known.nick if known else account

    def join(self, account, room=LOBBY, **more):
        answer = self(account, Join(id="join", room=room, **more))
        assert answer is None, answer

    def say(self, account, request_id, room=LOBBY):
        return self(account, Message(id=request_id, room=room, text="hello"))

    def taken(self):
        """The batch; its answers are what a log would find from now on."""
        batch = self.rooms.taken()
        self.people |= {account: msgspec.structs.replace(who) for account, who in batch.people.items()}
        self.looks |= batch.looks
        for (account, number), is_in in batch.members.items():
            name = self.rooms._rooms.numbered(number).name
            for person in self.people.values():
                if person.number == account:
                    (person.rooms.add if is_in else person.rooms.discard)(name)
        numbers = {person.account: person.number for person in self.people.values()}
        self.states |= batch.states
        for fresh in batch.fresh:
            for event in fresh.events:
                self.events[fresh.room.number, event.seq] = event
                if (
                    isinstance(event, MessageEvent | AboutRoom | AboutMessage)
                    or asker(event) != event.account
                ):
                    answer = Stored(event.id, event.room, event.seq, event.at)
                    self.stored[numbers[asker(event)], event.id] = answer
        for number, request_id, place in batch.out_of_order_ids:
            if place <= NOWHERE:
                self.stored[number, request_id] = Stored(request_id, "", 0, NOWHERE - place)
            else:
                event = self.events[place >> 40, place & ((1 << 40) - 1)]
                self.stored[number, request_id] = Stored(request_id, event.room, event.seq, event.at)
        return batch


def events_of(batch):
    return {fresh.room.name: fresh.events for fresh in batch.fresh}
