"""That an honest person notices what it must not bear, and gets over what it may."""

import msgspec
import pytest
import zmq

from tests.hostile.honest import p99_ms
from tests.hostile.person import AGAIN_S, Event, Item, Person, Record


class Door:
    """The broker's side of both sockets."""

    def __init__(self, context):
        self.requests, self.broadcasts = context.socket(zmq.ROUTER), context.socket(zmq.PUB)
        self.at = [
            f"tcp://127.0.0.1:{each.bind_to_random_port('tcp://127.0.0.1')}"
            for each in (self.requests, self.broadcasts)
        ]

    def next(self):
        assert self.requests.poll(10_000)
        return msgspec.json.decode(self.requests.recv_multipart()[1])


@pytest.fixture
def door():
    with zmq.Context() as context:
        yield Door(context)
        context.destroy(linger=0)


@pytest.fixture
def ada(door):
    with zmq.Context() as context:
        ada = Person(context, *door.at, "ada", Record())
        ada.tick(None, 0.0)
        assert door.next()["op"] == "join"
        ada.take([Item("joined", token="secret", head=5)], 0.0)
        yield ada
        context.destroy(linger=0)


def heard(*seqs):
    return [Event("message", seq, f"m{seq}") for seq in seqs]


def test_what_comes_in_its_place_is_heard(ada):
    ada.hear(heard(6, 7), 1.0)
    assert (ada.cursor, ada.lacks(8), ada.record.wrong) == (7, 1, {})


def test_a_hole_is_asked_for_once_and_filled(ada, door):
    ada.hear(heard(8), 1.0)
    ada.hear(heard(9), 1.0)
    ada.take([Item("history", events=heard(6, 7))], 2.0)
    assert (ada.cursor, ada.record.wrong) == (9, {})
    asked = door.next()
    assert (asked["op"], asked["after"], asked["limit"]) == ("history", 5, 2)
    assert not door.requests.poll(0)


def test_a_lost_last_entry_is_asked_for(ada, door):
    ada.take([Item("pong", heads={"lobby": 7})], 1.0)
    assert door.next()["op"] == "history"
    assert ada.lacks(7) == 2


def test_what_is_published_twice_is_wrong(ada):
    ada.hear(heard(6), 1.0)
    ada.hear(heard(6), 1.0)
    assert ada.record.wrong == {"published twice": 1}


def test_what_two_hear_differently_is_wrong(ada):
    ada.hear(heard(6), 1.0)
    ada.record.heard(6, "something else")
    assert ada.record.wrong == {"two people heard different things": 1}


def test_an_answer_that_does_not_come_is_waited_for_and_asked_for_again(ada, door):
    ada.say("during", 1.0)
    first = door.next()
    ada.tick(None, 1.0 + AGAIN_S)
    again = [door.next() for _ in range(2)]  # the other one is a ping
    assert first in again
    ada.take([Item("stored", first["id"], seq=6)], 13.0)
    assert ada.record.waits == {"during": [12.0]}  # since it was said first
    assert not ada.unanswered


def test_a_session_that_is_gone_is_joined_again_and_what_was_not_answered_is_said_again(ada, door):
    ada.say("during", 30.0)
    said = door.next()
    ada.take([Item("error", "x", code="no_session")], 31.0)
    join = door.next()
    assert (join["op"], join["token"]) == ("join", "secret")
    ada.take([Item("joined", join["id"], head=5)], 32.0)
    assert door.next() == said


def test_a_refusal_for_good_is_wrong(ada, door):
    ada.say("during", 1.0)
    ada.take([Item("error", door.next()["id"], code="bad_request", text="No.")], 2.0)
    assert ada.record.wrong == {"refused: bad_request No.": 1}


def test_of_a_hundred_waits_the_longest_does_not_count_and_an_endless_one_is_told():
    assert p99_ms([0.001] * 99 + [9.0]) == 1.0
    assert p99_ms([0.001] * 98 + [9.0] * 2) == 9000.0
    assert p99_ms([0.001, float("inf")]) is None
    assert p99_ms([]) is None
