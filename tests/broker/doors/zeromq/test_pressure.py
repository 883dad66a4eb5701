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
    LOOKED_AT,
    LOOKS,
    READS_NOT,
    SENDS,
    Pressure,
)
from loggia.broker.doors.zeromq.wire import NOTHING, Wire, unread, unsent, wire

from tests.broker.doors.zeromq.test_strangers import shaken
from tests.hostile import zmtp
from tests.patience import PATIENCE_S, Stopwatch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much came")

MUCH_BYTES = 1024 * 1024
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
    door.pressure.look(0, now=0.0)
    door.pressure.look(GROWTH_BYTES - 1, now=0.0)
    assert len(held(door)) == 2
    door.pressure.look(GROWTH_BYTES, now=0.0)
    assert is_cut_off(endless)
    door.take_in()
    assert inside.gone == []
    door.pressure.look(2 * GROWTH_BYTES, now=AGAIN_S)
    door.take_in()
    assert inside.gone == [], "of it nothing waits"
    assert door.connections.known[honest.routing_id] is honest


def test_memory_that_grows_while_nobody_holds_much_is_the_brokers_own(door, honest, endless):
    door.pressure.look(0, now=0.0)
    door.pressure.look(GROWTH_BYTES, now=0.0)
    for resident in range(0, 2 * GROWTH_BYTES, GROWTH_BYTES // LOOKS // 2):
        door.pressure.look(resident, now=AGAIN_S)
    door.take_in()
    assert len(held(door)) == 2


def test_what_is_held_is_bounded_however_slowly_it_grows(
    door, inside, honest, endless, little_is_much, expect_log
):
    expect_log("sends more than can be taken in, and is cut off")
    door.pressure.look(0, now=0.0)  # a round begins
    door.pressure.look(0, now=0.0)
    assert is_cut_off(endless)
    door.take_in()
    assert inside.gone == []


class Crowd:
    """Connections, each by its number: `came` and was not taken, `waits` as it is not read, `acked` of what a
    listener was sent. `cut`: who was cut off, and why."""

    def __init__(self, monkeypatch, came=(), waits=(), listeners=0):
        self.came = dict(enumerate(came))
        self.whole = {}
        self.waits = {len(came) + number: size for number, size in enumerate(waits)}
        self.acked = {10_000 + number: 1 for number in range(listeners)}
        self.published = 0
        self.on_its_way = 100_000  # of what a listener was sent
        self.cut = {}
        self.now = 0.0
        monkeypatch.setattr(pressure, "wire", self._wire)
        monkeypatch.setattr(pressure, "unread", lambda fd: 0)
        monkeypatch.setattr(pressure, "unsent", lambda fd: 0 if fd in self.waits else self.on_its_way)
        self.pressure = Pressure(self, lambda: self.published, 40_000_000)

    def _wire(self, fd):
        return Wire(self.came.get(fd, 0), self.acked.get(fd, 1_000_000), waits=True)

    def dealers(self):
        return [*self.came, *self.waits]

    def listeners(self):
        return [*self.acked]

    def taken(self, fd):
        return self.said(fd)

    def said(self, fd):
        return self.whole.get(fd, 0)

    def sent(self, fd):
        return 1_000_000 + self.waits.get(fd, 0)

    def looked_at(self, fd):
        assert fd in self.acked

    def end(self, fd, why):
        self.cut[fd] = why
        for those in (self.came, self.waits, self.acked):
            those.pop(fd, None)

    def look(self, times=1, resident=0):
        for _ in range(times):
            self.pressure.look(resident, self.now)
            self.now += pressure.LOOK_S


def test_many_who_hold_little_each_are_bounded_too(monkeypatch):
    crowd = Crowd(monkeypatch, [100_000] * 2000 + [1000] * 20)
    crowd.look(1 + -(-2020 // LOOKED_AT))
    assert sum(crowd.came.values()) <= pressure.HELD_BYTES / 4
    assert {2000 + number for number in range(20)} <= {*crowd.came}, "they have hardly anything"


def test_those_who_hold_most_are_the_first_to_go(monkeypatch):
    crowd = Crowd(monkeypatch, [pressure.HELD_BYTES, 1000, 2 * pressure.LEAST_BYTES, 1000])
    crowd.look(2)
    assert crowd.cut == {0: SENDS}


def test_those_who_do_not_read_their_answers_are_counted_with_them(monkeypatch):
    crowd = Crowd(monkeypatch, [10_000_000], [1_000_000] * 60 + [1000])
    crowd.look(3)
    assert crowd.cut[0] == SENDS
    assert {*crowd.cut.values()} == {SENDS, READS_NOT}
    assert sum(crowd.waits.values()) <= pressure.HELD_BYTES / 4
    assert 61 in crowd.waits


SOME_BYTES = 15_000  # less than anybody is cut off for
SOME = 2 * pressure.HELD_BYTES // pressure.PART_TIMES // SOME_BYTES  # who can fill twice what there may be


@pytest.mark.parametrize("each_look", [GROWTH_BYTES, GROWTH_BYTES // 400], ids=["fast", "slowly"])
def test_parts_that_are_little_on_the_wire_are_bounded_by_the_memory_they_take(monkeypatch, each_look):
    crowd = Crowd(monkeypatch, [SOME_BYTES] * SOME + [800] * 20)
    resident = 0
    while not crowd.cut:
        crowd.look(resident=resident)
        resident += each_look
        assert resident < 20 * GROWTH_BYTES
    assert {*crowd.cut.values()} == {SENDS}
    assert {SOME + number for number in range(20)} <= {*crowd.came}, "they shook hands"
    left = sum(crowd.came.values()) - 20 * 800
    assert left * pressure.PART_TIMES <= pressure.HELD_BYTES / 2


def test_nobody_whose_messages_end_is_cut_off_for_what_is_on_its_way(monkeypatch):
    crowd = Crowd(monkeypatch, [SOME_BYTES] * SOME)
    for look in range(2 * LOOKS):
        for fd in crowd.came:
            crowd.whole[fd] = crowd.whole.get(fd, 0) + 1000
            crowd.came[fd] += 1000
        crowd.look(resident=look * GROWTH_BYTES // 10)
    assert not crowd.cut


def test_messages_that_take_long_are_no_matter_where_memory_does_not_grow(monkeypatch):
    crowd = Crowd(monkeypatch, [SOME_BYTES] * SOME)
    crowd.look(20 * LOOKS, resident=GROWTH_BYTES)
    assert not crowd.cut


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
            door.pressure.look(number * GROWTH_BYTES, now=float(number))
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


def test_listeners_who_stand_still_are_bounded_together(monkeypatch):
    crowd = Crowd(monkeypatch, listeners=5)
    reads = min(crowd.acked)
    for _ in range(20):
        crowd.acked[reads] += pressure.STANDS_BYTES
        crowd.published += pressure.FOR_LISTENERS_BYTES // 100
        crowd.look()
    assert not crowd.cut, "it is less than there may be"
    while not crowd.cut:
        crowd.acked[reads] += pressure.STANDS_BYTES
        crowd.published += pressure.FOR_LISTENERS_BYTES // 100
        crowd.look()
    assert reads not in crowd.cut
    assert {*crowd.cut.values()} == {READS_NOT}


def test_one_who_reads_what_comes_does_not_stand_still_however_far_away(monkeypatch):
    """Something is on its way to it at each look, and it is little."""
    crowd = Crowd(monkeypatch, listeners=20)
    crowd.on_its_way = 4000
    for _ in range(50):
        for fd in crowd.acked:
            crowd.acked[fd] += 2000
        crowd.published += 10_000_000
        crowd.look()
    crowd.look(resident=GROWTH_BYTES)
    assert not crowd.cut


def test_where_memory_grows_no_listener_may_stand_still(monkeypatch):
    crowd = Crowd(monkeypatch, listeners=2)
    reads = min(crowd.acked)
    for _ in range(20):
        crowd.acked[reads] += pressure.STANDS_BYTES
        crowd.published += 50_000
        crowd.look()
    crowd.acked[reads] += pressure.STANDS_BYTES
    crowd.look(resident=GROWTH_BYTES)
    assert crowd.cut == {10_001: READS_NOT}


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
    monkeypatch.setattr(door.pressure, "look", lambda resident, now: looks.append(resident))
    while len(looks) < 3:
        inside.loop.call_later(0.01, inside.loop.stop)
        inside.loop.run_forever()
    door.close(None, [])
    assert all(resident > 0 for resident in looks)
    assert door.pressure._timer.cancelled()
