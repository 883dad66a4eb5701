"""How rooms stand: favourites, muted ones, their order. Pure."""

import random

import pytest
from loggia.qtclient.state.ordering import ORDERS, Ordering, moved, order_of, put
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.updates import Entered, ReadState

from tests.qtclient.talk import MINUTE, NOON, arrived, joins, says

TALK = "~" + "t" * 22


@pytest.fixture
def state(state: WindowState) -> WindowState:
    for room, title, kind in (
        ("lab", "lab", "public"),
        (TALK, "zoe", "direct"),
        ("Attic", "Attic", "public"),
    ):
        state.apply([Entered(room=room, nick="ada", account="a-ada", head=0, title=title, kind=kind)], 0)
    return state


def names(ordering: Ordering, state: WindowState) -> list[str]:
    return [room.name for room in ordering.arranged(state.listed)]


def test_rooms_stand_as_they_came_people_below_them(state: WindowState):
    assert names(Ordering(), state) == ["lobby", "lab", "Attic", TALK]


def test_by_name_capitals_make_no_difference(state: WindowState):
    assert names(Ordering(by="name"), state) == ["Attic", "lab", "lobby", TALK]


def test_by_activity_the_newest_message_counts_and_not_who_comes(state: WindowState):
    state.apply(arrived([says(1, room="lab", at=NOON)]), 0)
    state.apply(arrived([says(1, room="Attic", at=NOON + MINUTE)]), 0)
    state.apply(arrived([says(1, at=NOON - MINUTE), joins(2, "bob", at=NOON + 2 * MINUTE)]), 0)
    assert names(Ordering(by="activity"), state) == ["Attic", "lab", "lobby", TALK]
    state.apply(arrived([says(2, room="lab", at=NOON + 3 * MINUTE)]), 0)
    assert names(Ordering(by="activity"), state) == ["lab", "Attic", "lobby", TALK]


@pytest.mark.parametrize("by", ORDERS)
def test_favourites_stand_first_among_their_kind(state: WindowState, by: str):
    ordering = Ordering(by=by)
    ordering.like("Attic", True)
    ordering.like("Attic", True)
    assert names(ordering, state)[0] == "Attic"
    ordering.like(TALK, True)
    assert names(ordering, state)[-1] == TALK, "people stay below the rooms"
    ordering.like("Attic", False)
    assert ordering.favourites == [TALK]


def test_of_a_muted_room_only_what_names_me_calls(state: WindowState):
    for room, unread, mentions in (("lab", 7, 2), ("Attic", 5, 0)):
        state.apply([ReadState(room=room, read=0, unread=unread, mentions=mentions, upto=9)], 0)
    ordering = Ordering()
    assert ordering.calling(state.listed) == 12
    ordering.mute("lab", True)
    ordering.mute("Attic", True)
    assert ordering.calling(state.listed) == 2
    ordering.mute("lab", False)
    assert ordering.calling(state.listed) == 7


def test_one_is_put_before_another_and_the_others_stay():
    chance = random.Random(5)
    for _ in range(200):
        rooms = [str(number) for number in range(chance.randrange(1, 8))]
        room, before = chance.choice(rooms), chance.choice([*rooms, ""])
        after = moved(rooms, room, before)
        assert [name for name in after if name != room] == [name for name in rooms if name != room]
        place = after.index(room)
        if before == room or not before:
            assert place == len(after) - 1
        else:
            assert after[place + 1] == before


def test_rooms_that_are_put_are_the_same_rooms(state: WindowState):
    before = dict(state.rooms)
    put(state.rooms, ["Attic", "no such room", "lobby"])
    assert list(state.rooms) == ["Attic", "lobby", "lab", TALK]
    assert all(state.rooms[name] is room for name, room in before.items())


def test_what_is_no_order_is_said():
    assert [order_of(order) for order in ORDERS] == list(ORDERS)
    for wrong in ("size", 5, None, ["name"]):
        with pytest.raises(ValueError, match="is no order"):
            order_of(wrong)


def has(state: WindowState, **unread: tuple[int, int]) -> None:
    """So much is unread in a room, and so much of that names me."""
    for room, (count, mentions) in unread.items():
        told = ReadState(
            room=TALK if room == "talk" else room, read=0, unread=count, mentions=mentions, upto=9
        )
        state.apply([told], 0)


def test_the_next_room_with_something_new_is_one_as_they_stand_going_round(state: WindowState):
    has(state, lobby=(1, 0), Attic=(3, 0), talk=(1, 1))
    ordering = Ordering()
    below = {here: ordering.next_calling(state.listed, here, 1) for here in ("lobby", "lab", "Attic", TALK)}
    assert below == {"lobby": "Attic", "lab": "Attic", "Attic": TALK, TALK: "lobby"}
    above = {here: ordering.next_calling(state.listed, here, -1) for here in ("lobby", "lab", "Attic", TALK)}
    assert above == {"lobby": TALK, "lab": "lobby", "Attic": "lobby", TALK: "Attic"}
    ordering.by = "name"
    assert ordering.next_calling(state.listed, "lab", 1) == "lobby"
    assert ordering.next_calling(state.listed, "lab", -1) == "Attic"


@pytest.mark.parametrize("here", ["", "no such room"])
def test_from_nowhere_the_first_one_is_next_or_the_last(state: WindowState, here: str):
    has(state, lab=(1, 0), Attic=(1, 0))
    assert Ordering().next_calling(state.listed, here, 1) == "lab"
    assert Ordering().next_calling(state.listed, here, -1) == "Attic"
    assert Ordering().next_calling([], here, 1) == Ordering().next_calling([], here, -1) == ""


@pytest.mark.parametrize("by", [1, -1])
def test_to_a_muted_room_one_goes_only_where_somebody_means_me(state: WindowState, by: int):
    has(state, lobby=(5, 0), lab=(5, 0), Attic=(5, 2))
    ordering = Ordering(muted=["lab", "Attic"])
    assert ordering.next_calling(state.listed, "lobby", by) == "Attic"
    assert ordering.next_calling(state.listed, "Attic", by) == "lobby"
    has(state, Attic=(5, 0))
    assert ordering.next_calling(state.listed, "lobby", by) == "", "only where one is already"
