"""An id is known for ever, also where nothing came of it that a room's log would have."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import Delete, Edit, Message, Pin, React, SetStatus

from tests.broker.house import House
from tests.broker.runtime.test_idempotency import assert_repeats


def message(request_id):
    return Message(id=request_id, room=LOBBY, text=f"text {request_id!r}")


def react(request_id, *, on=True, emoji="x", seq=2):
    return React(id=request_id, room=LOBBY, seq=seq, emoji=emoji, on=on)


NOTHING_NEW = {
    "edit": Edit(id="5", room=LOBBY, seq=2, text="text '1'"),
    "react": react("5", on=False),
    "pin": Pin(id="5", room=LOBBY, seq=2, on=False),
    "status": SetStatus(id="5", text="at lunch"),
    "delete": Delete(id="5", room=LOBBY, seq=3),
}


@pytest.fixture
def ada(house):
    """She owns the house, and said two things, 2 and 3, of which the second is gone."""
    house.join("ada", "ada")
    house.ask("ada", message("1"), message("2"), Delete(id="3", room=LOBBY, seq=3))
    house.told_events()
    return house


def comes_back(house, how):
    house.at += 5000
    if how == "after a restart":
        house.restart()
        house.join("ada", token="token-1")
    if how == "in a new session":
        house.lose("ada")
        house.passes(60)
        house.join("ada", token="token-1")


HOWS = ["same turn", "next turn", "after a restart", "in a new session"]


@pytest.mark.parametrize("grows", [True, False])
@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("asked", NOTHING_NEW.values(), ids=NOTHING_NEW)
def test_what_changed_nothing_is_answered_as_the_first_time(ada, asked, how, grows):
    """Whatever was done since, also under ids behind it; and its id is no other request's."""
    if not grows:
        ada.ask("ada", message("7"))
    others = [react("8"), SetStatus(id="81", text="else"), message("82")]
    if how == "same turn":
        first, *_, again, used = ada.ask("ada", asked, *others, asked, message("5"))
    else:
        (first,) = ada.ask("ada", asked)
        ada.ask("ada", *others)
        comes_back(ada, how)
        head, _ = len(ada.events()), ada.told_events()
        again, used = ada.ask("ada", asked, message("5"))
        assert ada.told_events() == []
        assert len(ada.events()) == head
    assert_repeats([first, first], [again, used])
    assert "text '5'" not in ada.texts()


@pytest.mark.parametrize("how", HOWS[1:])
def test_a_reaction_that_was_there_is_not_put_again_when_it_was_taken_away(ada, how):
    ada.ask("ada", react("4"))
    (first,) = ada.ask("ada", react("5"))
    ada.ask("ada", react("6", on=False))
    comes_back(ada, how)
    assert_repeats([first], ada.ask("ada", react("5")))
    assert "reactions" not in str(ada.page("ada", after=1, limit=1).events[0])


def test_each_status_is_set_once(ada):
    first = ada.ask("ada", SetStatus(id="s1", text="one"))
    second = ada.ask("ada", SetStatus(id="s2", text="two"))
    ada.at += 5000
    assert_repeats(first + second, ada.ask("ada", SetStatus(id="s1", text="x"), SetStatus(id="s2", text="y")))
    assert ada.pipeline.rooms.person("account-1").status == "two"


def test_an_act_that_was_refused_used_no_id(ada):
    ada.refuses("ada", react("5", seq=99), "no_such_message")
    (answer,) = ada.ask("ada", message("5"))
    assert not answer.duplicate


def test_in_between_are_ids_that_nobody_used(ada):
    """An id beyond all is the largest one, and of its batch; what is between it and others is new."""
    ada.ask("ada", message("4"), react("6", on=False), message("8"), SetStatus(id="9", text="x"))
    ada.restart()
    ada.join("ada", token="token-1")
    between = [message("3x"), message("5"), message("7"), message("85")]
    assert [answer.duplicate for answer in ada.ask("ada", *between)] == [False] * 4
    known = [message("4"), message("6"), message("8"), message("9")]
    assert [answer.duplicate for answer in ada.ask("ada", *known)] == [True] * 4


ids = st.integers(1, 30).map("{:02}".format)
asks = st.one_of(
    ids.map(message),
    ids.map(message),
    st.builds(react, ids, on=st.booleans(), emoji=st.sampled_from("xy")),
    st.builds(lambda one, on: Pin(id=one, room=LOBBY, seq=2, on=on), ids, st.booleans()),
    st.builds(lambda one, text: SetStatus(id=one, text=text), ids, st.sampled_from("ab")),
    st.builds(
        lambda one, room: Message(id=one, room=room, text="there"), ids, st.sampled_from(["lab", LOBBY])
    ),
)
lives = st.lists(st.tuples(st.lists(asks, max_size=12), st.booleans()), min_size=1, max_size=5)


@settings(max_examples=60)
@given(lives=lives)
def test_under_each_id_there_is_one_answer_for_ever(tmp_path_factory, lives):
    house = House(tmp_path_factory.mktemp("house"), rate=0)
    try:
        house.join("ada", "ada")
        house.join("ada", room="lab")
        house.ask("ada", message("00"))
        answered = {}
        for frame, restarts in lives:
            for asked, answer in zip(frame, house.ask("ada", *frame) if frame else [], strict=True):
                place = answer.room, answer.seq, answer.at
                assert answer.duplicate == (asked.id in answered)
                assert answered.setdefault(asked.id, place) == place
            house.at += 1000
            if restarts:
                house.restart()
                house.join("ada", token="token-1")
    finally:
        house.close()
