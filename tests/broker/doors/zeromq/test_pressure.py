"""Messages that do not end, over real sockets: libzmq holds their parts, and says nothing of it."""

import contextlib
import sys

import pytest
import zmq
from loggia.broker.doors.zeromq.pressure import GROWTH_BYTES, LEAST_BYTES, LOOKS, _received

from tests.broker.doors.zeromq.test_strangers import dial
from tests.hostile import zmtp
from tests.patience import PATIENCE_S, Stopwatch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much came")

KINDS = {"requests": ("DEALER", 60_000), "broadcasts": ("SUB", 300)}
WAIT_MS = round(PATIENCE_S * 1000)


def held(door):
    """Of each connection, what came and was not taken."""
    return {fd: _received(fd) - taken for fd, taken in door.connections.taken().items()}


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
        peer.sendall(part * (2 * LEAST_BYTES // len(part)))
        yield peer


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


def test_whoever_says_what_does_not_end_is_cut_off_and_nobody_else(door, inside, honest, endless, expect_log):
    expect_log(r"127\.0\.0\.1:\d+ sends what does not end and is cut off; 1 took too much so far")
    watch = Stopwatch()
    while max(held(door).values(), default=0) < LEAST_BYTES:
        assert watch.read_s() < PATIENCE_S
        door.take_in()
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


def test_memory_that_grows_slowly_is_the_brokers_own(door, honest, endless):
    watch = Stopwatch()
    while max(held(door).values(), default=0) < LEAST_BYTES:
        assert watch.read_s() < PATIENCE_S
        door.take_in()
    for resident in range(0, 2 * GROWTH_BYTES, GROWTH_BYTES // LOOKS // 2):
        door.pressure.look(resident)
    assert len(held(door)) == 2


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
