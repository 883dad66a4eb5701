"""What people say of themselves: in no room's log, and told to the rooms that have to hear it."""

import pytest
from loggia.broker.core.ordered import Command, Revoked
from loggia.broker.core.rooms import RoomsState
from loggia.broker.core.state import Snapshot
from loggia.shared.protocol.answers import Stored
from loggia.shared.protocol.requests import Create, Direct, End, Message, SetStatus

from tests.broker.core.decided import AT


def status(decided, account, text, request_id="1"):
    return decided(account, SetStatus(id=request_id, text=text))


def test_it_is_stored_and_in_no_log(decided):
    decided.join("ada")
    decided.join("ada", "lab")
    decided.taken()
    assert status(decided, "ada", "at lunch") == Stored("1", "", 0, AT)
    batch = decided.taken()
    assert batch.fresh == batch.news == []
    assert batch.people["ada"].status == "at lunch"
    assert batch.statuses == [("ada", "lab"), ("ada", "lobby")]


def test_an_id_is_answered_as_it_was(decided):
    decided.join("ada")
    status(decided, "ada", "at lunch")
    decided.taken()
    decided.at += 1000
    assert status(decided, "ada", "something else") == Stored("1", "", 0, AT, duplicate=True)
    assert not decided.taken()
    assert status(decided, "ada", "here", "2").at == AT + 1000
    for _ in range(2):
        assert status(decided, "ada", "at lunch", "1") == Stored("1", "", 0, AT, duplicate=True)
        decided.taken()
    assert decided.rooms.person("ada").status == "here"


def test_its_id_is_no_other_requests(decided):
    decided.join("ada")
    status(decided, "ada", "at lunch")
    decided.taken()
    for asked in (
        Message(id="1", room="lobby", text="hello"),
        Create(id="1", room="lab"),
        Direct(id="1", people=[]),
    ):
        assert decided("ada", asked) == Stored("1", "", 0, AT, duplicate=True)
    assert not decided.taken()


def test_an_id_that_was_another_requests_is_answered_as_that(decided):
    decided.join("ada")
    said = decided.say("ada", "5")
    decided.taken()
    answer = status(decided, "ada", "at lunch", "5")
    assert (answer.room, answer.seq, answer.duplicate) == (said.room, said.seq, True)
    assert not decided.taken()


def test_the_same_text_is_nothing_to_tell(decided):
    decided.join("ada")
    status(decided, "ada", "at lunch")
    decided.taken()
    assert status(decided, "ada", "at lunch", "2") == Stored("2", "", 0, AT)
    assert decided.taken().statuses == []


def test_a_room_that_somebody_enters_or_comes_back_to_hears_it(decided):
    decided.join("ada")
    status(decided, "ada", "at lunch")
    decided.taken()
    decided.join("ada", "lab")
    assert decided.taken().statuses == [("ada", "lab")]
    decided("ada", End(id="2"))
    assert decided.taken().statuses == []
    decided.join("ada")
    assert decided.taken().statuses == [("ada", "lab"), ("ada", "lobby")]
    decided.join("bob")
    assert decided.taken().statuses == []


def test_it_is_of_those_who_are_here(decided):
    assert status(decided, "ada", "hello").code == "no_session"
    decided.join("ada")
    status(decided, "ada", "hello")
    decided("ada", Revoked("x", b"none"))
    assert decided.taken().people["ada"].status == ""


@pytest.mark.parametrize("text", ["", "hello"])
def test_a_frozen_log_takes_none(text):
    rooms = RoomsState(
        Snapshot(rooms={}, people=[], last_account=0), int, lambda *_: None, lambda _: None, frozen="Damaged."
    )
    answer = rooms.decide(Command("ada", SetStatus(id="1", text=text), AT))
    assert answer.code == "no_session"
