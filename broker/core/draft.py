"""What the log gets next: events decided since the last batch, and the ids they are known by. Pure."""

from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from operator import lt

import msgspec
from loggia.broker.core import permissions
from loggia.broker.core.rules import Rules, step
from loggia.broker.core.state import NOWHERE, Batch, Fresh, IdRange, Person, Room
from loggia.shared.protocol.answers import Stored
from loggia.shared.protocol.changes import MessageState, changed_by
from loggia.shared.protocol.changes import step as step_message
from loggia.shared.protocol.codec import encode_each
from loggia.shared.protocol.events import (
    EditedEvent,
    MessageEvent,
    StoredEvent,
    asker,
)
from loggia.shared.protocol.requests import Message

_NO_ROOM = Room(number=0, name="", place=0)  # what is no room's


class Draft:
    """The batch that is being decided.

    `find_answer`: what the log says this account was answered under an id, long ago. It is asked only about
    ids that do not grow, since an id beyond an account's largest cannot be a duplicate.
    `frozen`: why nothing may be stored, if so; no event is then, and `taken` gives empty batches.
    `find_state`: what became of a message, by number of the room and seq, as the disk has it.

    Attributes: `batch`, to which the rooms add who came and went; `slow_rooms`, where members wait
    between two messages.
    """

    def __init__(
        self,
        find_answer: Callable[[Person, str], Stored | None],
        frozen: str,
        slow_rooms: set[str],
        find_state: Callable[[int, int], MessageState | None],
    ) -> None:
        self._find_answer = find_answer
        self._find_state = find_state
        self._frozen = frozen
        self._known: dict[tuple[str, str], Stored] | None = None
        self._duplicates = 0
        self._runs: dict[str, IdRange] = {}  # by account, while all that it stores goes to one room
        self.batch = Batch()
        self.slow_rooms = slow_rooms

    def store(self, room: Room, event: StoredEvent) -> None:
        """The next event of a room."""
        if self._frozen:
            return
        fresh = self._fresh(room)
        if type(event) is not MessageEvent:
            self.batch.news.append(event)
            self._changes_hearers(fresh, event)
            self._runs.pop(event.account, None)  # its id may be that of a `join`, which nobody looks up
            self._runs.pop(asker(event), None)
            self._rule(room, event)
        elif event.mentions:
            self.mean(room.place + event.seq, event.mentions, event.account)
        if (target := changed_by(event)) is not None:
            self._change(room, target, event)
        room.head = event.seq
        room.at = event.at
        fresh.events.append(event)

    def store_said(self, room: Room, person: Person, said: Sequence[MessageEvent]) -> list[Stored]:
        """The next messages of a room, all of one account, under ids that grow from its largest on."""
        fresh = self._fresh(room)
        fresh.events += said
        first, last = said[0], said[-1]
        room.head, room.at = last.seq, last.at
        seqs = range(first.seq, last.seq + 1)
        answers = list(map(Stored, [event.id for event in said], repeat(room.name), seqs, repeat(last.at)))
        if person.visitor:  # the front door makes its ids, and sends none again that was stored
            return answers
        if self._known is not None:
            self._known.update(((person.account, answer.id), answer) for answer in answers)
        self._extend_range(room, person, first.seq, last)
        return answers

    def store_spread(
        self, person: Person, said: Sequence[tuple[Room, Message]], at: int, bot: bool
    ) -> list[Stored]:
        """As `store_said`, and each goes to a room of its own."""
        events = []
        nick, account = person.nick, person.account
        for room, message in said:
            fresh = room.fresh or self._fresh(room)
            room.head = seq = room.head + 1
            room.at = when = at if at > room.at else room.at
            event = MessageEvent(room.name, seq, when, nick, account, message.id, message.text, None, bot)
            events.append(event)
            fresh.events.append(event)
        answers = [Stored(event.id, event.room, event.seq, event.at) for event in events]
        if person.visitor:
            return answers
        if self._known is not None:
            self._known.update(((account, answer.id), answer) for answer in answers)
        for (room, _), event in zip(said, events, strict=True):
            self._extend_range(room, person, event.seq, event)
        return answers

    def _fresh(self, room: Room) -> Fresh:
        fresh = room.fresh
        if fresh is None:
            room.fresh = fresh = Fresh(room, room.head + 1, audiences=[(0, permissions.audience(room))])
            self.batch.fresh.append(fresh)
        return fresh

    def _extend_range(self, room: Room, person: Person, first: int, last: StoredEvent) -> None:
        person.largest_id = last.id
        run = self._runs.get(person.account)
        if run is not None and run.room is room:
            run.last, run.largest_id = last.seq, last.id
        else:
            self._runs[person.account] = run = IdRange(person.number, room, first, last.seq, last.id)
            self.batch.id_ranges.append(run)

    def _rule(self, room: Room, event: StoredEvent) -> None:
        """What the event changes of who may do what."""
        rules = room.rules or Rules()
        for key in step(rules, event):
            room.rules = rules
            self.batch.rules[room.number, key] = rules.kept(key)
        (self.slow_rooms.add if rules.settings.slow_s else self.slow_rooms.discard)(room.name)

    def state(self, room: Room, seq: int) -> MessageState:
        """What became of a message, of this batch or long ago."""
        known = self.batch.states.get((room.number, seq))
        return known or self._find_state(room.number, seq) or MessageState()

    def wipe(self, room: Room, seqs: Iterable[int]) -> None:
        """What people said in these events goes: of this batch, and of the log before."""
        fresh = room.fresh
        for seq in seqs:
            if fresh is None or seq < fresh.first:
                self.batch.wiped.setdefault(room.number, set()).add(seq)
            else:
                event = fresh.events[seq - fresh.first]
                assert isinstance(event, MessageEvent | EditedEvent)
                fresh.events[seq - fresh.first] = msgspec.structs.replace(event, text="", mentions=())

    def _change(self, room: Room, target: int, event: StoredEvent) -> None:
        """What the event makes of a message."""
        state = self.batch.states[room.number, target] = self.state(room, target)
        step_message(state, event)
        if type(event) is MessageEvent:
            self.batch.threads.append((room.place + target, room.place + event.seq))
        elif type(event) is EditedEvent:  # by who said it
            self.mean(room.place + target, event.mentions, event.account)

    def mean(self, place: int, mentions: Iterable[str], author: str) -> None:
        """Whom a message at a place means, but for who said it."""
        self.batch.means[place] = [account for account in mentions if account != author]

    def deleted(self, room: Room, seq: int, author: str) -> None:
        """A message is, as the next event says: it counts no more, and means nobody."""
        self.batch.deleted[room.place + seq] = author
        self.batch.means[room.place + seq] = []

    def _changes_hearers(self, fresh: Fresh, event: StoredEvent) -> None:
        """Who goes is still told that it does, and who comes nothing of what was said before."""
        before, after = fresh.audiences[-1][1], permissions.audience(fresh.room)
        if before is None or after is None:
            if before is not after:
                fresh.audiences.append((len(fresh.events), after))
            return
        at = len(fresh.events)
        fresh.audiences += [(at, before | after | {event.account}), (at + 1, after)]

    def store_requested(self, room: Room, person: Person, event: StoredEvent, grows: bool) -> Stored:
        """Store under the client's own id, which is known from now on."""
        self.store(room, event)
        answer = Stored(event.id, room.name, event.seq, event.at)
        if person.visitor:  # the front door makes its ids, and sends none again that was stored
            return answer
        if self._known is not None:
            self._known[person.account, event.id] = answer
        if not grows:
            self.batch.out_of_order_ids.append((person.number, event.id, room.place + event.seq))
            return answer
        self._extend_range(room, person, event.seq, event)
        if type(event) is not MessageEvent:  # it is looked up as the last of its range, and alone there
            self._runs.pop(person.account, None)
        return answer

    def remember(self, person: Person, answer: Stored, room: Room | None, grows: bool) -> Stored:
        """What a request is answered that adds no event: its id is known from now on as those of others are.
        `room`: the event that is answered with is one of its log; None: of no room's. `grows`: as of
        `Entries.enter`."""
        if person.visitor:  # as above
            return answer
        self._fresh_answers()[person.account, answer.id] = answer
        place = NOWHERE - answer.at if room is None else room.place + answer.seq
        self.batch.out_of_order_ids.append((person.number, answer.id, place))
        if grows:
            person.largest_id = answer.id
            run = self._runs.get(person.account)
            if run is None:
                run = self._runs[person.account] = IdRange(person.number, _NO_ROOM, 1, 0, answer.id)
                self.batch.id_ranges.append(run)
            run.largest_id = answer.id  # what stands there ends before it
        return answer

    def first_answer(self, person: Person, request_id: str) -> Stored | None:
        """What was answered when this id was stored, in this batch or long ago."""
        first = self._fresh_answers().get((person.account, request_id))
        first = first or self._find_answer(person, request_id)
        if first is None:
            return None
        self._duplicates += 1
        return msgspec.structs.replace(first, duplicate=True)

    def taken(self) -> Batch:
        """The batch decided so far, which is empty while `frozen`; the next one begins empty."""
        batch, self.batch = self.batch, Batch()
        self._known = None
        self._runs = {}
        for fresh in batch.fresh:
            fresh.room.fresh = None
            fresh.bodies = encode_each(fresh.events)
        return Batch() if self._frozen else batch

    def take_duplicates(self) -> int:
        """How many requests since the last call were stored before, and not again."""
        duplicates, self._duplicates = self._duplicates, 0
        return duplicates

    def _fresh_answers(self) -> dict[tuple[str, str], Stored]:
        """What was answered in this batch. Built when the first id comes that does not grow.

        Each event is looked at once: the ranges of those who talk in turns span what the others said.
        """
        if self._known is None:
            events: list[StoredEvent] = []
            for fresh in self.batch.fresh:
                events += [event for event in fresh.events if type(event) is MessageEvent]
            for run in self.batch.id_ranges:  # of what is no message each has a range of its own
                events += run.room.fresh_events(run.last, run.last)
            self._known = {
                (asker(event), event.id): Stored(event.id, event.room, event.seq, event.at)
                for event in events
            }
        return self._known


def grow(ids: Sequence[str], largest: str) -> bool:
    """Whether each exceeds the one before it, and the first the largest."""
    if not exceeds(ids[0], largest):
        return False
    if len(set(map(len, ids))) == 1:
        return all(map(lt, ids, ids[1:]))
    return all(map(exceeds, ids[1:], ids))


def exceeds(request_id: str, largest: str) -> bool:
    """Whether it is the larger id. The order in which ids grow: by length, then by code points."""
    longer = len(request_id) - len(largest)
    return longer > 0 or (longer == 0 and request_id > largest)
