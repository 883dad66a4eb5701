"""The batch that comes of what was decided: what goes to the disk, and by which ids it is known."""

import msgspec
from loggia.broker.core.state import Fresh, IdRange
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.events import JoinedEvent
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import Leave

from tests.broker.core.decided import AT


def test_a_batch_is_taken_once(decided):
    assert not decided.taken()
    decided.join("ada")
    batch = decided.taken()
    assert batch
    assert [room.name for room in batch.new_rooms] == [LOBBY]
    assert batch.members == {(1, 1): True}
    assert list(batch.people) == ["ada"]
    assert batch.news == [JoinedEvent(room=LOBBY, seq=1, at=AT, nick="ada", account="ada", id="join")]
    assert not decided.taken()


def test_bodies_are_the_events(decided):
    decided.join("ada")
    decided.say("ada", "1")
    (fresh,) = decided.taken().fresh
    assert fresh.bodies == [encode(event) for event in fresh.events]
    assert isinstance(fresh, Fresh)


def test_consecutive_messages_are_one_id_range(decided):
    decided.join("ada")
    decided.join("bob")
    decided.join("ada", "lab")
    decided.taken()
    for account, request_id, room in [
        ("ada", "1", LOBBY),
        ("ada", "2", LOBBY),
        ("ada", "3", "lab"),
        ("ada", "4", "lab"),
        ("bob", "1", LOBBY),
        ("ada", "5", LOBBY),
        ("ada", "0", LOBBY),
        ("ada", "6", LOBBY),
        ("ada", "10", LOBBY),
    ]:
        decided.say(account, request_id, room)
    batch = decided.taken()
    assert [(run.account, run.room.name, run.first, run.last, run.largest_id) for run in batch.id_ranges] == [
        (1, LOBBY, 3, 4, "2"),
        (1, "lab", 2, 3, "4"),
        (2, LOBBY, 5, 5, "1"),
        (1, LOBBY, 6, 9, "10"),
    ]
    assert batch.out_of_order_ids == [(1, "0", (1 << 40) + 7)]
    assert all(isinstance(run, IdRange) for run in batch.id_ranges)
    decided.say("ada", "11")
    assert [run.first for run in decided.taken().id_ranges] == [10]  # a run ends with its batch


def test_who_talk_in_turns_have_one_range_each(decided):
    for account in ("ada", "bob", "eve"):
        decided.join(account)
    decided.taken()
    for number in range(10):
        for account in ("ada", "bob", "eve"):
            decided.say(account, str(number))
    assert [(run.account, run.first, run.last, run.largest_id) for run in decided.taken().id_ranges] == [
        (1, 4, 31, "9"),
        (2, 5, 32, "9"),
        (3, 6, 33, "9"),
    ]


def test_an_id_that_is_no_messages_ends_a_range(decided):
    """`join` and `leave` have ids too, and nobody looks up that of a `join`."""
    decided.join("ada")
    decided.taken()
    decided.say("ada", "1")
    decided.join("ada", nick="ada2")
    decided.say("ada", "2")
    assert [(run.first, run.last) for run in decided.taken().id_ranges] == [(2, 2), (4, 4)]


def test_a_run_stays_in_its_room(decided):
    """The numbers of two rooms may follow each other, too."""
    decided.join("ada")
    decided.join("ada", "lab")
    decided.join("bob", "lab")
    decided.taken()
    assert (decided.say("ada", "1").seq, decided.say("ada", "2", "lab").seq) == (2, 3)
    assert [(run.room.name, run.first, run.last) for run in decided.taken().id_ranges] == [
        (LOBBY, 2, 2),
        ("lab", 3, 3),
    ]


def test_only_ids_that_do_not_grow_are_looked_up(decided):
    decided.join("ada")
    for request_id in ("1", "2", "9", "10", "99", "100", "ab0", "é00", "日00", "\U0001f60000"):
        assert not decided.say("ada", request_id).duplicate
    assert decided.asked == []
    decided.taken()
    assert not decided.say("ada", "50").duplicate
    assert decided.asked == [(1, "50")]
    assert decided.say("ada", "99").duplicate
    decided.taken()
    assert decided.say("ada", "50").duplicate
    assert decided.asked == [(1, "50"), (1, "99"), (1, "50")]  # what a batch stored is the log's from then on


def test_the_id_of_a_join_within_anothers_range_is_not_that_of_a_message(decided):
    decided.join("ada")
    decided.taken()
    decided.say("ada", "1")
    decided.join("bob")  # under the id "join"
    decided.say("ada", "2")
    assert not decided.say("bob", "later").duplicate
    assert not decided.say("bob", "join").duplicate
    assert decided.say("ada", "1").duplicate


def test_what_was_left_in_this_batch_is_known_among_what_others_said(decided):
    for account in ("ada", "bob"):
        decided.join(account)
    decided.taken()
    decided.say("ada", "1")
    left = decided("bob", Leave(id="1", room=LOBBY))
    decided.say("ada", "2")
    assert decided("bob", Leave(id="1", room=LOBBY)) == msgspec.structs.replace(left, duplicate=True)


class _Counted(list):
    """How many of its events were looked at."""

    looked = 0

    def __iter__(self):
        self.looked += len(self)
        return super().__iter__()

    def __getitem__(self, at):
        found = super().__getitem__(at)
        self.looked += len(found) if isinstance(at, slice) else 1
        return found


def test_an_id_that_does_not_grow_looks_at_each_event_once_however_many_talk_in_turns(decided):
    people = [f"p{number:02}" for number in range(30)]
    for account in people:
        decided.join(account)
    decided.taken()
    for request_id in ("1", "2", "3"):
        for account in people:
            decided.say(account, request_id)
    (fresh,) = decided.rooms._draft.batch.fresh
    fresh.events = events = _Counted(fresh.events)
    assert decided.say(people[0], "2").duplicate
    assert events.looked <= 2 * len(events)
