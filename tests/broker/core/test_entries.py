"""Messages that are decided together: the same as one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.broker.core.ordered import Command, Newcomer
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import Join, Message

from tests.broker.core.decided import AT, Decided

IDS = st.lists(st.sampled_from(["1", "2", "3", "9", "10", "11", "100"]), min_size=1, max_size=6)
ROOMS = st.sampled_from([LOBBY, "lab", "nowhere"])
REPLIES = st.sampled_from([None, None, None, 0, 1, 2, 99])


def said(ids, room=LOBBY, reply_to=None, bot=False, account="ada", at=AT):
    return [
        Command(account, Message(id=each, room=room, text=f"text {each}", reply_to=reply_to), at, bot=bot)
        for each in ids
    ]


def a_world():
    decided = Decided()
    for account, room in [("ada", LOBBY), ("bob", LOBBY), ("bob", "lab")]:
        decided.join(account, room)
    decided.say("ada", "2")
    return decided


def told(decided):
    batch = decided.taken()
    return (
        [
            (fresh.room.name, fresh.first, fresh.events, fresh.bodies, fresh.audiences)
            for fresh in batch.fresh
        ],
        [(run.account, run.room.name, run.first, run.last, run.largest_id) for run in batch.id_ranges],
        batch.out_of_order_ids,
        {person.account: person.largest_id for person in decided.rooms.people()},
    )


@given(st.lists(st.tuples(IDS, ROOMS, REPLIES, st.booleans(), st.sampled_from(["ada", "bob", "eve"]))))
def test_together_they_become_what_they_are_one_by_one(runs):
    together, alone = a_world(), a_world()
    for ids, room, reply_to, bot, account in runs:
        commands = said(ids, room, reply_to, bot, account)
        answers = together.rooms.say(commands)
        if answers is None:
            answers = [together.rooms.decide(command) for command in commands]
        assert answers == [alone.rooms.decide(command) for command in commands]
    assert told(together) == told(alone)


@given(
    st.lists(st.lists(st.tuples(st.integers(3, 40), ROOMS, REPLIES), min_size=1, max_size=8), max_size=4),
    st.sampled_from(["ada", "bob"]),
    st.booleans(),
)
def test_to_several_rooms_too(runs, account, bot):
    together, alone = a_world(), a_world()
    for run in runs:
        commands = [said([f"{number:02d}"], room, reply, bot, account)[0] for number, room, reply in run]
        answers = together.rooms.say(commands)
        if answers is None:
            answers = [together.rooms.decide(command) for command in commands]
        assert answers == [alone.rooms.decide(command) for command in commands]
    assert told(together) == told(alone)


def test_messages_to_several_rooms_are_decided_together():
    world = a_world()
    commands = [said([f"{number:02d}"], [LOBBY, "lab"][number % 2], account="bob")[0] for number in range(6)]
    answers = world.rooms.say(commands)
    assert [(answer.room, answer.seq) for answer in answers] == [
        (LOBBY, 4), ("lab", 2), (LOBBY, 5), ("lab", 3), (LOBBY, 6), ("lab", 4),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "commands",
    [
        said(["1"]),
        said(["3", "3"]),
        said(["4", "3"]),
        said(["10", "9"]),
        said(["3"], room="lab"),
        said(["3"], room="nowhere"),
        said(["3"], account="eve"),
        said(["3"], reply_to=1),
        said(["3"], reply_to=0),
    ],
)
def test_where_one_needs_a_look_of_its_own_nothing_is_done(commands):
    decided = a_world()
    before = told(decided)
    decided = a_world()
    assert decided.rooms.say(commands) is None
    assert told(decided) == before


def test_those_of_a_visitor_need_no_ids():
    decided = a_world()
    join = Command("vera", Join(id="j", nick="vera"), AT, Newcomer(b"v", visitor=True))
    assert decided.rooms.decide(join) is None
    decided.taken()
    assert [answer.seq for answer in decided.rooms.say(said(["1", "2"], account="vera"))] == [5, 6]
    assert decided.taken().id_ranges == []


def test_a_name_of_a_room_in_another_form_is_the_same_room():
    decided = a_world()
    decided.join("ada", "café")
    (answer,) = decided.rooms.say(said(["3"], room="cafe\u0301"))
    assert answer.room == "café"
