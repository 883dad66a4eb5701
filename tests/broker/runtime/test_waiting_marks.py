"""What people have read waits for a commit of others, and not for long; nobody waits for it."""

import pytest
from loggia.broker.runtime.waiting_marks import WAIT_S
from loggia.shared.protocol.answers import Pong, RoomsAnswer, Stored
from loggia.shared.protocol.events import ReadEvent
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import Message, Ping, Read, Rooms


@pytest.fixture
def house(open_house):
    house = open_house()
    for nick in ("ada", "bob"):
        house.join(nick, nick)
    house.token = house.join("ada", "ada").token
    house.join("ada's phone", token=house.token)
    house.say("bob", "1")
    house.commits = 0
    append = house.log.append

    def counted(batch):
        house.commits += 1
        append(batch)

    house.log.append = counted
    return house


def read(seq, request_id="r", room=LOBBY):
    return Read(id=request_id, room=room, seq=seq)


def answers(house):
    """What is told in the next turn, by peer."""
    return house.turn().answers


def test_it_waits_and_is_stored_after_a_moment(house):
    house.arrive("ada", read(3))
    assert answers(house) == {}
    assert not house.pipeline.waits()
    assert house.pipeline.due_at() == house.now + WAIT_S
    house.now += WAIT_S / 2
    house.arrive("ada", read(2, "s"))
    assert answers(house) == {}
    assert house.commits == 0
    house.now += WAIT_S / 2
    told = answers(house)["ada"]
    assert [(one.id, one.seq, one.duplicate) for one in told] == [("r", 3, False), ("s", 3, True)]
    assert house.commits == 1
    assert house.pipeline.due_at() is None


def test_all_that_wait_cost_one_commit(house):
    for key in ("ada", "bob", "ada's phone"):
        house.arrive(key, read(2), read(3, "s"))
    house.run()
    assert house.commits == 1


def test_it_rides_with_what_somebody_says(house):
    house.arrive("ada", read(3))
    house.turn()
    house.arrive("bob", Message(id="2", room=LOBBY, text="hi"))
    told = answers(house)
    assert (told["ada"][0].seq, told["bob"][0].seq) == (3, 4)
    assert house.commits == 1


@pytest.mark.parametrize("together", [True, False])
def test_who_asks_for_anything_else_has_the_answers_in_order(house, together):
    house.arrive("ada", read(3), *([Ping(id="p")] if together else []))
    if not together:
        assert answers(house) == {}
        house.arrive("ada", Ping(id="p"))
    told = answers(house)["ada"]
    assert [(type(one), one.id) for one in told] == [(Stored, "r"), (Pong, "p")]
    assert house.commits == 1


def test_who_asks_what_is_unread_is_told_of_what_was_just_read(house):
    for seq, unread in ((0, 1), (3, 0)):
        house.arrive("ada", read(seq), Rooms(id="l"))
        listed = answers(house)["ada"][1]
        assert isinstance(listed, RoomsAnswer)
        assert [(room.read, room.unread) for room in listed.rooms] == [(seq, unread)]


def test_what_others_ask_for_does_not_hurry_it(house):
    house.arrive("ada", read(3))
    house.turn()
    house.arrive("bob", Ping(id="p"))
    assert answers(house).keys() == {"bob"}
    assert house.commits == 0


def test_nothing_waits_when_the_broker_stops(house):
    house.arrive("ada", read(3))
    house.turn()
    house.pipeline.hurry()
    assert answers(house)["ada"][0].seq == 3
    house.arrive("ada", read(4))
    assert answers(house)["ada"][0].seq == 3


def test_the_other_connections_of_the_account_hear_it_when_it_is_stored_and_nobody_else(house):
    house.arrive("ada", read(3))
    assert house.turn().deliveries == []
    house.now += WAIT_S
    (delivery,) = house.turn().deliveries
    assert delivery.to == {"ada's phone"}
    assert list(delivery.events) == [ReadEvent(room=LOBBY, seq=3)]
    house.arrive("ada", read(3, "s"))
    house.now += WAIT_S
    assert house.turn().deliveries == [], "it is where it was"
    house.arrive("bob", read(3))
    house.turn()
    house.now += WAIT_S
    assert house.turn().deliveries == [], "bob has no other"


def test_a_mark_of_who_is_gone_meanwhile_is_stored(house):
    house.arrive("ada", read(3))
    house.turn()
    house.lose("ada")
    house.passes(WAIT_S)
    (room,) = house.ask_one("ada's phone", Rooms(id="l")).rooms
    assert room.read == 3


def test_it_survives_a_restart_and_the_end_of_a_session(house):
    house.ask("ada", read(3))
    house.restart()
    house.join("again", token=house.token)
    (room,) = house.ask_one("again", Rooms(id="l")).rooms
    assert (room.read, room.unread) == (3, 0)
