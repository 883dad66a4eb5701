"""Who comes and goes, as libzmq tells it."""

import contextlib
import os
import socket
import sys
import time

import pytest
import zmq
from loggia.broker.doors.zeromq import arrivals, windows
from loggia.broker.doors.zeromq.arrivals import NEWS, TURN_EVENTS, name_of
from loggia.broker.doors.zeromq.borrowed import borrowed
from loggia.shared.protocol.addresses import parse

from tests.hostile import zmtp
from tests.patience import PATIENCE_S

GET_FILTER = 26  # SO_GET_FILTER; Python does not name it

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which descriptors are open")


def test_news_that_never_end_do_not_keep_a_door_open(open_door, monkeypatch):
    """As where descriptors are short."""
    door = open_door()
    told = [(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL, 0)] * TURN_EVENTS
    monkeypatch.setattr(arrivals, "_told", lambda monitor: told)
    door.close(None, [])
    assert door._context.closed


def filtered(fd):
    """Whether the system hears only a part of what is said there."""
    with borrowed(fd) as one:
        return bool(one.getsockopt(socket.SOL_SOCKET, GET_FILTER, 1024))


@pytest.fixture
def impatient(monkeypatch):
    """Who comes may say at once what it may, and then little; named before the door."""
    monkeypatch.setattr(windows, "NEW_UNDERWAY_S", 0.0)


@pytest.fixture
def dial():
    """Connections of TCP, which are closed at the end; each has its descriptor before it is connected."""
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(socket.socket()) for _ in range(4)]
        for one in made:
            one.settimeout(PATIENCE_S)

        def connected(endpoint):
            place = parse(endpoint)
            one = made.pop()
            one.connect((place.host, place.port))
            return one

        yield connected


def until(done):
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < deadline


def accepted(connection):
    """At which descriptor libzmq has it: it has greeted, so it is there."""
    assert connection.recv(4096)
    here, there = connection.getsockname(), connection.getpeername()
    (found,) = [
        fd
        for fd in map(int, os.listdir("/proc/self/fd"))
        if name_of(fd, socket.socket.getsockname) == f"127.0.0.1:{there[1]}"
        and name_of(fd) == f"127.0.0.1:{here[1]}"
    ]
    return found


@pytest.fixture
def end():
    """Ends a connection; libzmq has closed its descriptor then, and the next one that is opened is that."""
    with contextlib.ExitStack() as stack:

        def ended(connection, place):
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
            while (lower := os.open(os.devnull, os.O_RDONLY)) != place:
                stack.callback(os.close, lower)
                assert lower < place
            os.close(place)

        yield ended


@only_linux
def test_who_comes_at_the_descriptor_of_one_that_went_is_another_one(impatient, door, dial, end):
    """Each socket tells on its own, and what it told may not be read yet."""
    first = dial(door.broadcasts)
    first.sendall(zmtp.hello("SUB"))
    place = accepted(first)
    until(lambda: door.take_in() or place in door.listeners.open())
    door.take_in()
    assert filtered(place)
    end(first, place)
    assert accepted(dial(door.requests)) == place
    door.connections.looked_at(place)
    assert not filtered(place)


@only_linux
def test_and_is_not_shut_down_in_its_place(door, dial, end):
    listeners = door.listeners
    first = dial(door.broadcasts)
    place = accepted(first)
    until(lambda: door.take_in() or place in listeners.open())
    end(first, place)
    second = dial(door.broadcasts)
    assert accepted(second) == place
    listeners.shut_down(place)
    second.sendall(zmtp.hello("SUB"))
    assert second.recv(4096), "it is heard"
    door.take_in()
    listeners.shut_down(place)
    while second.recv(4096):
        pass


@only_linux
def test_without_a_free_descriptor_it_is_done_all_the_same(door, dial, monkeypatch, expect_log):
    expect_log("is tried, and is cut off")
    one = dial(door.requests)
    place = accepted(one)
    until(lambda: door.take_in() or place in door.connections.dealers())

    def refused(fd):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "dup", refused)
    door.connections.end(place, "is tried")
    while one.recv(4096):
        pass


@only_linux
def test_where_another_one_came_the_one_before_is_gone(door, dial, monkeypatch):
    """libzmq does not tell of each that it closes itself."""
    one = dial(door.requests)
    place = accepted(one)
    mine = door.connections._arrivals
    until(lambda: door.take_in() or place in mine.open)
    told = iter([[(zmq.EVENT_ACCEPTED, place)]])
    monkeypatch.setattr(arrivals, "_told", lambda monitor: next(told, []))
    mine.ask_anyway()
    assert not mine.shut_down(place)
    one.sendall(zmtp.hello())
    assert one.recv(4096), "it is heard"
    door.take_in()
    assert mine.shut_down(place)


@only_linux
def test_what_libzmq_tells_without_end_is_heard_up_to_a_bound(door, dial, monkeypatch):
    place = accepted(dial(door.requests))
    mine = door.connections._arrivals
    until(lambda: door.take_in() or place in mine.open)
    news = [(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL, 0)] * TURN_EVENTS
    monkeypatch.setattr(arrivals, "_told", lambda monitor: news)
    mine.ask_anyway()
    assert mine.shut_down(place)
    assert NEWS <= len(mine._told) < NEWS + TURN_EVENTS
    assert not mine._hear()
    assert len(mine._told) < NEWS + TURN_EVENTS
    assert mine.has_more
