"""What is done of that which a peer said whose connection is gone."""

import pytest
from loggia.broker.core.ops import cost_of
from loggia.broker.runtime.order import LEAST_WAITING, MOST_IN_ALL
from loggia.broker.runtime.turn_cost import TURN_COST
from loggia.shared.protocol.answers import Error, HistoryAnswer, JoinedAnswer, Stored
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import History, Join, Message, Ping

from tests.broker.runtime.test_order import messages


@pytest.fixture
def house(open_house):
    house = open_house()
    house.join("ada", "ada")
    return house


def test_what_a_lost_peer_said_is_stored_however_much_it_is(house):
    house.arrive("ada", *messages(range(2 * TURN_COST)))
    house.pipeline.lost("ada")
    house.pipeline.lost("ada")
    house.run()
    assert len(house.texts()) == 2 * TURN_COST
    assert not house.pipeline.hub.knows("ada")


def test_the_joins_of_a_lost_peer_are_done_as_what_stands_behind_them_needs_them(house):
    """A script that says all it has to say at once, and goes without waiting for an answer."""
    rooms = [f"room {number}" for number in range(2 * TURN_COST // cost_of(Join(id="1")))]
    for number, room in enumerate(rooms):
        house.arrive(
            "script",
            Join(id=f"{number}.1", nick="script", room=room),
            History(id=f"{number}.2", room=room),
            Message(id=f"{number}.3", room=room, text=room),
        )
    house.pipeline.lost("script")
    house.turn()
    assert house.pipeline.waits()
    house.arrive("ada", *messages([1]))
    house.turn()
    assert isinstance(house.told["ada"][-1], Stored), "it takes turns with the others"
    assert house.pipeline.hub.knows("script")
    house.run()
    assert [house.texts(room) for room in rooms] == [[room] for room in rooms]
    assert not any(isinstance(answer, HistoryAnswer) for answer in house.told["script"])
    assert not house.pipeline.hub.knows("script")


def test_what_a_lost_peer_asked_for_waits_no_more(house):
    """Whoever asks for much, goes and comes again would fill the memory, and the time of others."""
    house.arrive("ada", *messages(range(2 * TURN_COST)))
    for number in range(50):
        asked = [Ping(id=f"{number}.{one}") for one in range(LEAST_WAITING - 1)]
        house.pipeline.submit([(f"guest {number}", [*asked, Join(id="join", nick=f"guest {number}")])])
    house.turn()
    assert house.pipeline.waiting() > 50 * LEAST_WAITING
    for number in range(50):
        house.pipeline.lost(f"guest {number}")
    house.pipeline.lost("ada")
    assert house.pipeline.waiting() == len(messages(range(2 * TURN_COST))) - len(house.texts()) + 50
    house.run()
    assert len(house.texts()) == 2 * TURN_COST
    assert house.pipeline.waiting() == 0
    assert {type(answer) for number in range(50) for answer in house.told[f"guest {number}"]} <= {
        JoinedAnswer,
        Error,
    }


@pytest.mark.parametrize(("rate", "is_stored"), [(5.0, False), (0.0, True)])
def test_where_too_much_waits_of_all_nothing_of_the_lost_does(open_house, rate, is_stored):
    house = open_house(rate=rate)
    asked = [Ping(id=f"{one}") for one in range(LEAST_WAITING)]
    others = MOST_IN_ALL * 3 // 2 // LEAST_WAITING
    house.pipeline.submit([(f"guest {number}", asked) for number in range(others)])
    house.turn()
    said = [Join(id="join", nick="eve"), *messages([1]), *asked[:-2]]
    house.pipeline.submit([("eve", asked), ("eve", said)])
    house.turn()
    assert house.pipeline.waiting() > MOST_IN_ALL
    house.pipeline.submit(
        [("eve", [Join(id="last", nick="eve")])]
    )  # nothing is done without what stood before
    house.pipeline.lost("eve")
    house.run()
    assert house.pipeline.waiting() == 0
    assert (house.pipeline.rooms.room(LOBBY) is not None) == is_stored


def test_behind_the_end_nothing_is_heard(house):
    house.arrive("ada", *messages(range(2 * TURN_COST)))
    house.arrive("eve", *(Ping(id=f"{one}") for one in range(TURN_COST)))
    house.turn()
    for key in ("ada", "eve"):
        house.pipeline.lost(key)
        house.arrive(key, Join(id="again", nick=key), *messages([10**8]))
    house.run()
    assert len(house.texts()) == 2 * TURN_COST
    assert house.pipeline.waiting() == 0
    assert not any(house.pipeline.hub.knows(key) for key in ("ada", "eve"))


def test_nor_where_the_end_is_reached_at_once(house):
    house.pipeline.lost("ada")
    house.arrive("ada", Join(id="again", nick="ada"), *messages([1]))
    house.run()
    assert not house.pipeline.hub.knows("ada")
    assert house.texts() == []
    assert house.pipeline.waiting() == 0


def test_an_empty_frame_in_front_of_the_end_of_a_connection_is_no_end(house):
    house.arrive("ada")
    house.arrive("ada", *messages([1]))
    house.pipeline.lost("ada")
    house.run()
    assert house.texts() == ["x"]
