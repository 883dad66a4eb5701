"""What the broadcasts door takes in of listeners, where it must not look for ever."""

import itertools

import pytest
import zmq

from tests.patience import PATIENCE_S


@pytest.fixture
def subscribed(door):
    """Somebody who is heard, and counted next."""
    with zmq.Context() as context, context.socket(zmq.SUB) as sub:
        sub.linger = 0
        sub.connect(door.broadcasts)
        sub.subscribe(b"room/lobby/")
        assert door.pub.poll(round(PATIENCE_S * 1000))
        door.listeners.ask_anyway()  # to look at the socket takes its signal away
        yield sub


def test_news_that_never_end_are_not_searched_for_ever(door, subscribed, monkeypatch):
    """As where descriptors are short, and of a listener whose arrival is not among them."""
    arrivals, reads = door.listeners._arrivals, itertools.count()
    arrivals.open.clear()
    arrivals.ask_anyway()

    def read():
        assert next(reads) < 1000
        return []

    monkeypatch.setattr(arrivals, "read", read)
    door.listeners.read()
    assert door.listeners.has_more


def test_who_comes_and_speaks_while_others_are_read_is_counted(door, subscribed, monkeypatch):
    arrivals = door.listeners._arrivals
    read, reads = arrivals.read, itertools.count()
    monkeypatch.setattr(arrivals, "read", lambda: read() if next(reads) else [])
    door.listeners.read()
    (fd,) = door.listeners.open()
    assert door.listeners._subscriptions.taken(fd)


def test_who_has_to_wait_as_all_is_full_keeps_the_loop_from_nothing(door, monkeypatch):
    listeners = door.listeners
    monkeypatch.setattr(listeners._subscriptions, "is_full", lambda: True)
    listeners._windows.came(10_000)
    listeners.read()
    assert listeners._windows.waits()
    assert not listeners.has_more
