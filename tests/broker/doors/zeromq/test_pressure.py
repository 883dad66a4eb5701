"""Messages that do not end, over real sockets: libzmq holds their parts, and says nothing of it."""

import contextlib
import os
import socket
import sys

import pytest
import zmq
from loggia.broker.doors.zeromq import arrivals, pressure
from loggia.broker.doors.zeromq.pressure import (
    AGAIN_S,
    GROWTH_BYTES,
    LOOKS,
)
from loggia.broker.doors.zeromq.wire import NOTHING, unread, unsent, wire

from tests.broker.doors.zeromq.test_strangers import shaken
from tests.hostile import zmtp
from tests.patience import PATIENCE_S, Stopwatch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much came")

MUCH_BYTES = 1024 * 1024
LATER = 1e12  # than whoever is here came
WAIT_MS = round(PATIENCE_S * 1000)


def held(door):
    """Of each connection, what came and was not taken."""
    fds = [*door.connections.dealers(), *door.connections.listeners()]
    return {fd: wire(fd).received - unread(fd) - door.connections.taken(fd) for fd in fds}


@pytest.fixture
def endless(door):
    """A peer that has said 2 MiB of a message, part by part."""
    with shaken(door.requests, "DEALER") as (peer, _said):
        part = zmtp.frame(b"x" * 60_000, zmtp.MORE)
        peer.sendall(part * (2 * MUCH_BYTES // len(part)))
        watch = Stopwatch()
        while max(held(door).values(), default=0) < MUCH_BYTES:
            assert watch.read_s() < PATIENCE_S
            door.take_in()
        yield peer


@pytest.fixture
def little_is_much(monkeypatch):
    """2 MiB are more than there may be."""
    monkeypatch.setattr(pressure, "HELD_BYTES", MUCH_BYTES)


@pytest.fixture
def honest(door):
    """Who has said more than that, in whole messages."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as client:
        client.linger = 0
        client.connect(door.requests)
        frame = b'[{"op":"ping","id":"%s"}]' % (b"x" * 100_000)
        for _ in range(30):
            client.send(frame)
        read, watch = [], Stopwatch()
        while len(read) < 30:
            assert watch.read_s() < PATIENCE_S
            read += door.reception.take()[0]
        yield read[0][0]


def is_cut_off(peer):
    try:
        while peer.recv(4096):
            pass
    except ConnectionError:
        pass
    return True


def test_whoever_says_what_does_not_end_is_cut_off_and_nobody_else(
    door, inside, honest, endless, little_is_much, expect_log
):
    expect_log(r"127\.0\.0\.1:\d+ sends more than can be taken in, and is cut off as .*; 1 were so far")
    assert len(held(door)) == 2
    door.pressure.look(0, now=LATER)
    door.pressure.look(GROWTH_BYTES - 1, now=LATER)
    assert len(held(door)) == 2
    door.pressure.look(GROWTH_BYTES, now=LATER)
    assert is_cut_off(endless)
    door.take_in()
    assert inside.gone == []
    door.pressure.look(2 * GROWTH_BYTES, now=LATER + AGAIN_S)
    door.take_in()
    assert inside.gone == [], "of it nothing waits"
    assert door.connections.known[honest.routing_id] is honest


def test_memory_that_grows_while_nobody_holds_much_is_the_brokers_own(door, honest, endless):
    door.pressure.look(0, now=LATER)
    door.pressure.look(GROWTH_BYTES, now=LATER)
    for resident in range(0, 2 * GROWTH_BYTES, GROWTH_BYTES // LOOKS // 2):
        door.pressure.look(resident, now=LATER + AGAIN_S)
    door.take_in()
    assert len(held(door)) == 2


def test_what_is_held_is_bounded_however_slowly_it_grows(
    door, inside, honest, endless, little_is_much, expect_log
):
    expect_log("sends more than can be taken in, and is cut off")
    door.pressure.look(0, now=LATER)  # a round begins
    door.pressure.look(0, now=LATER)
    assert is_cut_off(endless)
    door.take_in()
    assert inside.gone == []


def test_real_parts_of_nothing_are_seen(door, inside, honest, monkeypatch, expect_log):
    expect_log("sends more than can be taken in, and is cut off")
    monkeypatch.setattr(pressure, "HELD_BYTES", 4000 * pressure.PART_TIMES)
    with shaken(door.requests, "DEALER") as (peer, _said):
        peer.sendall(zmtp.frame(b"", zmtp.MORE) * 4000)
        watch = Stopwatch()
        while max(held(door).values(), default=0) < 6000:
            assert watch.read_s() < PATIENCE_S
            door.take_in()
        for number in range(5):
            door.pressure.look(number * GROWTH_BYTES, now=LATER + number)
        assert is_cut_off(peer)
    door.take_in()
    assert inside.gone == []


def test_envelopes_are_counted_as_they_came(door):
    """Or who has said much in envelopes would be taken for one whose messages do not end."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as client:
        client.linger = 0
        client.connect(door.requests)
        for number in range(1000):
            client.send_multipart([b"%d" % number, b"", b'[{"op":"ping","id":"p"}]'])
        read, watch = 0, Stopwatch()
        while read < 1000:
            assert watch.read_s() < PATIENCE_S
            read += len(door.reception.take()[0])
        assert [size for size in held(door).values() if size > 0] == []


def test_a_wire_knows_what_came_and_went(door, honest):
    with shaken(door.requests, "DEALER") as (_peer, said):
        door.take_in()
        (fd,) = {*door.connections.dealers()} - {honest.fd}
        watch = Stopwatch()
        while wire(fd).waits:
            assert watch.read_s() < PATIENCE_S
        assert len(said) <= wire(fd).acked <= len(said) + 1
        assert (unread(fd), unsent(fd)) == (0, 0)
        assert wire(fd).received == len(zmtp.hello("DEALER"))


def test_a_wire_of_nothing_is_nothing():
    with contextlib.closing(socket.socket()) as unconnected:
        assert wire(unconnected.fileno()) == NOTHING
    with open(os.devnull) as no_socket:
        assert wire(no_socket.fileno()) == NOTHING
        assert unsent(no_socket.fileno()) == 0


def test_heartbeats_are_nothing_that_waits(door, honest, monkeypatch):
    """A libzmq that asks ours whether it is there sends some bytes all its life."""
    ten_days_s = 864_000
    fd = honest.fd
    now = arrivals.time.monotonic()
    honest.taken -= ten_days_s * 25  # as if that much had come beside
    assert held(door)[fd] > MUCH_BYTES
    monkeypatch.setattr(arrivals.time, "monotonic", lambda: now + ten_days_s)
    assert held(door)[fd] < 0


def test_the_door_looks_by_itself_as_long_as_it_is_open(open_door, inside, monkeypatch):
    looks = []
    door = open_door()
    monkeypatch.setattr(door.pressure, "look", lambda resident, now: looks.append(resident) or 0.0)
    while len(looks) < 3:
        inside.loop.call_later(0.01, inside.loop.stop)
        inside.loop.run_forever()
    door.close(None, [])
    assert all(resident > 0 for resident in looks)
    assert door.pressure._timer.cancelled()
