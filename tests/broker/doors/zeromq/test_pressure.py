"""Messages that do not end, over real sockets: libzmq holds their parts, and says nothing of it."""

import contextlib
import sys

import pytest
import zmq
from loggia.broker.doors.zeromq import connections, pressure
from loggia.broker.doors.zeromq.pressure import GROWTH_BYTES, LOOKED_AT, LOOKS, Pressure

from tests.broker.doors.zeromq.test_strangers import dial
from tests.hostile import zmtp
from tests.patience import PATIENCE_S, Stopwatch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much came")

KINDS = {"requests": ("DEALER", 60_000), "broadcasts": ("SUB", 300)}
MUCH_BYTES = 1024 * 1024
WAIT_MS = round(PATIENCE_S * 1000)


def held(door):
    """Of each connection, what came and was not taken."""
    return {fd: door.pressure._held(fd) for fd in door.connections.descriptors()}


@pytest.fixture(params=KINDS)
def endless(request, door):
    """A peer that has said 2 MiB of a message, part by part."""
    kind, size = KINDS[request.param]
    with contextlib.closing(dial(getattr(door, request.param))) as peer:
        peer.settimeout(PATIENCE_S)
        peer.sendall(zmtp.hello(kind))
        said = b""
        while b"READY" not in said:
            said += peer.recv(4096)
        part = zmtp.frame(b"x" * size, zmtp.MORE)
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
    monkeypatch.setattr(pressure, "LEFT_BYTES", MUCH_BYTES // 4)


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
    expect_log(r"127\.0\.0\.1:\d+ sends what does not end and is cut off; 1 took too much so far")
    assert len(held(door)) == 2
    door.pressure.look(0)
    door.pressure.look(GROWTH_BYTES - 1)
    assert len(held(door)) == 2
    door.pressure.look(GROWTH_BYTES)
    assert is_cut_off(endless)
    door.take_in()
    assert inside.gone == []
    door.pressure.look(GROWTH_BYTES)
    door.pressure.look(2 * GROWTH_BYTES)
    door.take_in()
    assert inside.gone == [], "of it nothing waits"
    assert door.connections.known[honest.routing_id] is honest


def test_memory_that_grows_while_nobody_holds_much_is_the_brokers_own(door, honest, endless):
    door.pressure.look(0)
    door.pressure.look(GROWTH_BYTES)
    for resident in range(0, 2 * GROWTH_BYTES, GROWTH_BYTES // LOOKS // 2):
        door.pressure.look(resident)
    door.take_in()
    assert len(held(door)) == 2


def test_what_is_held_is_bounded_however_slowly_it_grows(
    door, inside, honest, endless, little_is_much, expect_log
):
    expect_log("sends what does not end and is cut off")
    door.pressure.look(0)  # a round begins
    door.pressure.look(0)
    assert is_cut_off(endless)
    door.take_in()
    assert inside.gone == []


class Crowd:
    """Connections of which so much was received and not taken, each by its number."""

    def __init__(self, monkeypatch, sizes):
        self.sizes = dict(enumerate(sizes))
        self.cut = []
        monkeypatch.setattr(pressure, "_received", lambda fd: self.sizes[fd])
        self.pressure = Pressure(lambda: [*self.sizes], lambda fd: 0, self._cut_off)

    def _cut_off(self, fd):
        self.cut.append(fd)
        del self.sizes[fd]

    def look(self, times=1):
        for _ in range(times):
            self.pressure.look(0)


def test_many_who_hold_little_each_are_bounded_too(monkeypatch):
    crowd = Crowd(monkeypatch, [100_000] * 2000 + [1000] * 20)
    crowd.look(1 + -(-2020 // LOOKED_AT))
    assert sum(crowd.sizes.values()) <= pressure.LEFT_BYTES
    assert {2000 + number for number in range(20)} <= {*crowd.sizes}, "they have hardly anything"


def test_those_who_hold_most_are_the_first_to_go(monkeypatch):
    crowd = Crowd(monkeypatch, [pressure.HELD_BYTES, 1000, 2 * pressure.LEAST_BYTES, 1000])
    crowd.look(2)
    assert crowd.cut == [0]


def test_heartbeats_are_nothing_that_waits(door, honest, monkeypatch):
    """A libzmq that asks ours whether it is there sends some bytes all its life."""
    ten_days_s = 864_000
    fd = honest.fd
    now = connections.time.monotonic()
    honest.taken -= ten_days_s * 25  # as if that much had come beside
    assert held(door)[fd] > MUCH_BYTES
    monkeypatch.setattr(connections.time, "monotonic", lambda: now + ten_days_s)
    assert held(door)[fd] == 0


def test_the_door_looks_by_itself_as_long_as_it_is_open(open_door, inside, monkeypatch):
    looks = []
    door = open_door()
    monkeypatch.setattr(door.pressure, "look", looks.append)
    while len(looks) < 3:
        inside.loop.call_later(0.01, inside.loop.stop)
        inside.loop.run_forever()
    door.close(None, [])
    assert all(resident > 0 for resident in looks)
    assert door.pressure._timer.cancelled()
