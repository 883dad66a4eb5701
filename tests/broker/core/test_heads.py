"""`joined.rooms`: always the heads of all rooms of the account, and no dearer where there are many."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.broker.core import heads
from loggia.broker.core.heads import Heads
from loggia.broker.core.state import Person, Room
from loggia.broker.sessions.quotas import Bounds
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import Join, Leave

from tests.broker.house import House

NAMES = [f"room {number}" for number in range(12)] + ['a "quoted" one', "caf\u00e9", "\U0001f600"]


class World:
    """Two people among rooms that come and go for them, and what they should be told."""

    def __init__(self):
        self.rooms = {name: Room(number=number, name=name, place=0) for number, name in enumerate(NAMES, 1)}
        self.people = [
            Person(number=number, account=f"{number}", token_hash=b"", nick="") for number in (1, 2)
        ]
        self.heads = Heads(self.rooms, keeps=True)

    def says(self, names):
        for name in names:
            self.rooms[name].head += 1
        self.heads.moved(self.rooms[name] for name in names)

    def enters(self, who, name):
        self.people[who].rooms.add(name)
        self.says([name])

    def leaves(self, who, name):
        self.people[who].rooms.discard(name)
        self.says([name])

    def check(self, who):
        person = self.people[who]
        told = json.loads(encode(self.heads.of(person)))
        assert told == {name: self.rooms[name].head for name in person.rooms}


ACTS = st.one_of(
    st.tuples(st.sampled_from(["enters", "leaves"]), st.sampled_from([0, 1]), st.sampled_from(NAMES)),
    st.tuples(st.just("says"), st.lists(st.sampled_from(NAMES), unique=True)),
    st.tuples(st.just("check"), st.sampled_from([0, 1])),
)


@given(st.lists(ACTS, max_size=60), st.sampled_from([1, 2, 5]), st.sampled_from([3, 1000]))
def test_all_heads_are_told_whatever_happened_since_the_last_time(acts, page, most):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(heads, "FEW_ROOMS", 2)
        patched.setattr(heads, "PAGE_ROOMS", page)
        patched.setattr(heads, "KEPT_ROOMS", most)
        world = World()
        for act, *arguments in acts:
            getattr(world, act)(*arguments)
        for who in (0, 1, 0, 1):
            world.check(who)


class Counted(dict):
    """Which rooms were looked at."""

    def __init__(self, rooms):
        super().__init__(rooms)
        self.looked = []

    def __getitem__(self, name):
        self.looked.append(name)
        return super().__getitem__(name)


def test_only_what_changed_is_looked_at_again():
    names = [f"{number}" for number in range(10 * heads.PAGE_ROOMS)]
    rooms = Counted({name: Room(number=number, name=name, place=0) for number, name in enumerate(names, 1)})
    ada = Person(number=1, account="1", token_hash=b"", nick="", rooms=set(names))
    kept = Heads(rooms, keeps=True)
    first = kept.of(ada)
    rooms.looked.clear()
    assert kept.of(ada) == first
    assert rooms.looked == []
    kept.moved([dict.__getitem__(rooms, "7")])
    kept.of(ada)
    assert rooms.looked == ["7"]


def in_many(folder, rooms):
    """A house where ada is in so many rooms, and in the lobby."""
    house = House(folder, rate=1e6, bounds=Bounds(rooms_per_account=0, joins_per_minute=0))
    house.join("ada", "ada")
    for number in range(rooms):
        house.join("ada", room=f"room {number}")
    return house


@pytest.fixture
def many(tmp_path):
    house = in_many(tmp_path, 3 * heads.PAGE_ROOMS)
    yield house
    house.close()


def told(answer):
    return json.loads(encode(answer))["rooms"]


def test_who_is_in_many_rooms_is_told_all_their_heads(many):
    expected = {LOBBY: 1} | {f"room {number}": 1 for number in range(3 * heads.PAGE_ROOMS)}
    assert told(many.join("ada")) == expected
    many.join("bob", "bob", room="room 7")
    many.say("ada", "1", room="room 100")
    assert told(many.join("ada")) == expected | {"room 7": 2, "room 100": 2}
    many.ask("ada", Leave(id="2", room="room 100"))
    del expected["room 100"]
    assert told(many.join("ada")) == expected | {"room 7": 2}
    many.ask("bob", Leave(id="1", room="room 7"))
    assert told(many.join("ada", room="room 100")) == expected | {"room 7": 3, "room 100": 4}


def test_another_connection_and_a_broker_that_starts_again_tell_the_same(many):
    token = many.join("ada").token
    many.say("ada", "1", room="room 100")
    again = told(many.join("other", token=token))
    assert again == told(many.join("ada"))
    assert again["room 100"] == 2
    many.restart()
    assert told(many.join("back", token=token)) == again


def calls_of(act):
    """How many functions, of Python and of C, are called by it."""
    count = 0

    def look(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(look)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("room", ["room 7", "another"])
def test_a_join_is_no_dearer_for_who_is_in_many_rooms(tmp_path, room):
    counts = []
    for number in (2, 20):
        (folder := tmp_path / f"{number}").mkdir()
        house = in_many(folder, number * heads.PAGE_ROOMS)
        house.say("ada", "1", room="room 8")
        request = Join(id="j", room=room)
        counts.append(calls_of(lambda house=house, request=request: house.ask_one("ada", request)))
        house.close()
    assert counts[1] < 1.1 * counts[0]
