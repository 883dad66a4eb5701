"""How far somebody has read: forward only, for who may read the room, and in no log."""

import pytest
from loggia.broker.core.ordered import Command
from loggia.broker.core.rooms import RoomsState
from loggia.broker.core.state import ReadMark, Snapshot
from loggia.shared.protocol.answers import Stored
from loggia.shared.protocol.requests import Ban, Create, Read

from tests.broker.core.decided import AT

LAB = "lab"


@pytest.fixture
def lab(decided):
    """Olga (1) owns it and ann (2) is in it; it has 12 entries."""
    for who in ("olga", "ann"):
        decided.join(who, LAB)
    decided.rooms.named(LAB).owners["olga"] = False
    for number in range(10):
        decided.say("ann", f"{number + 10}", LAB)
    decided.taken()
    return decided


def read(decided, seq, account="ann", room=LAB):
    return decided(account, Read(id="r", room=room, seq=seq))


def test_a_mark_is_stored_and_in_no_log(lab):
    assert read(lab, 7) == Stored("r", LAB, 7, AT)
    batch = lab.taken()
    assert batch
    assert batch.fresh == batch.news == []
    number = lab.rooms.named(LAB).number
    assert batch.marks == {(2, number): ReadMark("ann", 7)}
    assert lab.rooms.named(LAB).head == 12


@pytest.mark.parametrize("seq", [0, 6, 7])
def test_it_does_not_go_back(lab, seq):
    lab.marks[2, lab.rooms.named(LAB).number] = 7
    assert read(lab, seq) == Stored("r", LAB, 7, AT, duplicate=True)
    assert not lab.taken()


def test_nor_within_a_batch(lab):
    assert [read(lab, seq).seq for seq in (9, 4, 11)] == [9, 9, 11]
    assert [mark.seq for mark in lab.taken().marks.values()] == [11]


@pytest.mark.parametrize("seq", [13, 2**53])
def test_it_stops_at_the_end_of_the_room(lab, seq):
    assert read(lab, seq).seq == 12


def test_what_was_said_in_the_same_batch_can_be_read(lab):
    said = lab.say("olga", "99", LAB)
    assert read(lab, said.seq).seq == said.seq == 13


def test_each_account_has_its_own(lab):
    read(lab, 5)
    assert read(lab, 3, "olga").seq == 3
    assert len(lab.taken().marks) == 2


def test_who_may_read_a_room_need_not_be_in_it(lab):
    lab.join("bob")
    assert read(lab, 5, "bob").seq == 5


def test_who_may_not_is_told_as_always(lab):
    lab.join("bob")
    lab("olga", Ban(id="20", room=LAB, who="bob"))
    assert read(lab, 5, "bob").code == "banned"
    assert read(lab, 5, room="nowhere").code == "no_such_room"
    made = lab("olga", Create(id="21", room="Thesis", private=True)).room
    assert read(lab, 1, "bob", made).code == "no_such_room"
    lab.taken()
    assert read(lab, 1, "nobody").code == "no_session"
    assert not lab.taken()


def test_a_frozen_log_takes_none():
    rooms = RoomsState(
        Snapshot(rooms={}, people=[], last_account=0), int, lambda *_: None, lambda _: None, frozen="Damaged."
    )
    answer = rooms.decide(Command("ann", Read(id="r", room=LAB, seq=1), AT))
    assert answer.code == "no_session"
