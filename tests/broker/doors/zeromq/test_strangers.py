"""Who takes too much of the door without a session, over real sockets."""

import contextlib
import os
import socket

import pytest
import zmq
from loggia.broker.doors.zeromq.door import ZeroMQDoor
from loggia.broker.doors.zeromq.sockets import HANDSHAKE_S
from loggia.broker.doors.zeromq.subscriptions import TOPIC_BYTES, TOPICS
from loggia.shared.protocol.limits import Limits

from tests.broker.doors.zeromq.conftest import ANY
from tests.hostile import zmtp
from tests.patience import PATIENCE_S, Stopwatch

DOORS = ["requests", "broadcasts"]
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"NULL".ljust(20, b"\0") + bytes(32)


@pytest.fixture
def call(door):
    """Connects to a door by TCP."""
    with contextlib.ExitStack() as sockets:
        yield lambda name: sockets.enter_context(dial(getattr(door, name)))


@contextlib.contextmanager
def shaken(endpoint, kind):
    """A peer of this kind that has shaken hands, and all that it was told."""
    with contextlib.closing(dial(endpoint)) as peer:
        peer.settimeout(PATIENCE_S)
        peer.sendall(zmtp.hello(kind))
        said = b""
        while b"READY" not in said:
            said += peer.recv(4096)
        yield peer, said


def dial(endpoint):
    host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
    return socket.create_connection((host, int(port)), timeout=0.05)


def is_closed(door, client):
    """Within a deadline that only a failing test reaches; the door goes on meanwhile."""
    watch = Stopwatch()
    while watch.read_s() < PATIENCE_S:
        door.take_in()
        try:
            if client.recv(4096) == b"":
                return True
        except TimeoutError:
            continue
        except ConnectionError:
            return True
    return False


# Nothing, a byte, a signature, half a greeting, a whole one, half a handshake
HALVES = [b"", b"\xff", GREETING[:10], GREETING[:40], GREETING, GREETING + b"\x04\x26\x05READY"]


def test_handshakes_that_do_not_end_are_closed_after_5_s(door, call):
    """All at once, since all of it is waiting."""
    clients, watch = [], Stopwatch()
    for name in DOORS:
        for said in HALVES:
            clients.append(call(name))
            clients[-1].sendall(said)
    for client in clients:
        assert is_closed(door, client)
    assert watch.read_s() < HANDSHAKE_S + 2


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize(
    "said",
    [
        b"G",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x01\x00",
        b"\0" * 5000,
        b"\xff" + bytes(9) + b"junk",
        GREETING[:10] + b"\x00\x05",
        GREETING[:10] + b"\x01\x05\0\0",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
    ids=["a letter", "HTTP", "ZMTP 1", "zeros", "no flags", "ZMTP 1 with a version", "ZMTP 2", "TLS"],
)
def test_what_speaks_no_zmtp_3_is_closed(door, call, name, said):
    client = call(name)
    client.sendall(said)
    assert is_closed(door, client)


@pytest.fixture
def narrow(inside):
    """A door at which one address has three connections."""
    door = ZeroMQDoor(
        requests=ANY,
        broadcasts=ANY,
        limits=Limits(),
        loop=inside.loop,
        inside=inside,
        connections_per_address=3,
    )
    door.open()
    yield door
    door.close(None, [])


def test_an_address_has_so_many_connections_at_both_sockets_together(narrow, inside):
    with contextlib.ExitStack() as sockets:
        clients = [sockets.enter_context(dial(getattr(narrow, name))) for name in ("requests", "broadcasts")]
        clients.append(sockets.enter_context(dial(narrow.requests)))
        arrived(narrow, 3)
        for name in DOORS:
            assert is_closed(narrow, sockets.enter_context(dial(getattr(narrow, name))))
        clients.pop().close()
        arrived(narrow, 2)
        last = sockets.enter_context(dial(narrow.broadcasts))
        arrived(narrow, 3)
        assert last.recv(1) == b"\xff"
    assert inside.counted["turned_away"] == 2


def arrived(door, count):
    watch = Stopwatch()
    while sum(door.connections._arrivals._per_address._count.values()) != count:
        assert watch.read_s() < PATIENCE_S
        door.take_in()


class Subscriber:
    """Subscribes by hand: `send`."""

    def __init__(self, door, xsub, monitor):
        self._door, self._xsub, self._monitor = door, xsub, monitor
        self.send = xsub.send

    def is_cut_off(self, wait_s=PATIENCE_S):
        watch = Stopwatch()
        while watch.read_s() < wait_s:
            self._door.take_in()
            if self._monitor.poll(5):
                return True
        return False

    def leave(self):
        self._xsub.disable_monitor()
        self._xsub.close(linger=0)


@pytest.fixture
def subscriber(door):
    with zmq.Context() as context, context.socket(zmq.XSUB) as xsub:
        xsub.linger = 0
        xsub.reconnect_ivl = -1
        monitor = xsub.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        xsub.connect(door.broadcasts)
        yield Subscriber(door, xsub, monitor)
        if not xsub.closed:
            xsub.disable_monitor()
        monitor.close()


def heard(door, count):
    """Nothing is published meanwhile."""
    watch = Stopwatch()
    while sum(door.listeners._subscriptions._listeners.values()) != count:
        assert watch.read_s() < PATIENCE_S
        door.take_in()


def test_who_subscribes_to_more_than_a_thousand_rooms_is_cut_off(door, subscriber, expect_log):
    expect_log(r"127\.0\.0\.1:\d+ subscribes to more than it may")
    for number in range(TOPICS):
        subscriber.send(b"\1room/%d/" % number)
    heard(door, TOPICS)
    assert not subscriber.is_cut_off(0.1)
    subscriber.send(b"\1one more")
    assert subscriber.is_cut_off()
    heard(door, 0)


@pytest.mark.parametrize("topic_bytes", [TOPIC_BYTES + 1, 1000, 100_000])
def test_a_topic_that_is_no_rooms_is_cut_off(door, subscriber, topic_bytes, expect_log):
    if topic_bytes == TOPIC_BYTES + 1:  # libzmq itself takes no longer ones
        expect_log("subscribes to more than it may")
    subscriber.send(b"\1" + b"t" * topic_bytes)
    assert subscriber.is_cut_off()


def test_the_longest_topic_is_heard_and_cancelled(door, subscriber):
    subscriber.send(b"\1" + b"t" * TOPIC_BYTES)
    heard(door, 1)
    subscriber.send(b"\0" + b"t" * TOPIC_BYTES)
    heard(door, 0)


def test_who_goes_takes_the_subscriptions_along(door, subscriber):
    for number in range(100):
        subscriber.send(b"\1room/%d/" % number)
    heard(door, 100)
    subscriber.leave()
    heard(door, 0)


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="reads /proc")
def test_one_that_subscribes_without_end_takes_little(door, subscriber, expect_log):
    expect_log(r"subscribes to more than it may")
    before = memory()
    for number in range(50_000):
        with contextlib.suppress(zmq.Again):
            subscriber.send(b"\1" + str(number).encode().rjust(TOPIC_BYTES, b"t"), zmq.DONTWAIT)
        if number % 100 == 0:
            door.take_in()
    watch = Stopwatch()
    while not subscriber.is_cut_off(0.01):
        assert watch.read_s() < PATIENCE_S
        door.take_in()
    assert memory() - before < 100_000_000


def memory():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
