"""How much of a listener is heard before it is counted."""

import contextlib
import sys

import pytest
from loggia.broker.doors.zeromq import packet_filter, windows
from loggia.broker.doors.zeromq.windows import (
    FIRST_BYTES,
    LEFT_BYTES,
    UNDERWAY_BYTES,
    UNDERWAY_S,
    UNKNOWN_BYTES,
    WINDOW_BYTES,
    Windows,
)
from loggia.broker.doors.zeromq.wire import wire

from tests.broker.doors.zeromq.test_strangers import dial
from tests.hostile import zmtp
from tests.patience import PATIENCE_S, Stopwatch

AT_ONCE = UNDERWAY_BYTES // FIRST_BYTES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux filters what a socket hears")


class System:
    """What it was told to hear, by connection; it gives the first byte of each the number 1000."""

    def __init__(self, monkeypatch):
        self.until = {}
        monkeypatch.setattr(packet_filter, "first_byte", lambda fd: None if fd < 0 else 1000)
        monkeypatch.setattr(packet_filter, "hear_until", lambda fd, to: self.until.update({fd: to - 1000}))
        monkeypatch.setattr(packet_filter, "hear_all", lambda fd: self.until.update({fd: None}))


@pytest.fixture
def system(monkeypatch):
    return System(monkeypatch)


@pytest.fixture
def taken():
    """By connection."""
    return {fd: 100 for fd in range(-1, 1000)}


@pytest.fixture
def opened(taken):
    return Windows(taken.__getitem__)


def test_a_window_goes_with_what_is_counted(system, taken, opened):
    opened.came(5)
    opened.open(0.0)
    assert system.until == {5: 100 + FIRST_BYTES}
    opened.counted(5)
    opened.open(0.0)
    assert system.until == {5: 100 + FIRST_BYTES}, "there is enough of it left"
    taken[5] += FIRST_BYTES - LEFT_BYTES + 1
    opened.counted(5)
    opened.open(0.0)
    assert system.until == {5: taken[5] + WINDOW_BYTES}


def test_who_does_not_say_it_soon_may_not_say_it_later(system, taken, opened):
    for fd in range(AT_ONCE):
        opened.came(fd)
    opened.open(0.0)
    taken[5] += 50
    opened.open(UNDERWAY_S - 0.01)
    assert set(system.until.values()) == {100 + FIRST_BYTES}
    opened.open(UNDERWAY_S)
    assert system.until == {fd: taken[fd] + LEFT_BYTES for fd in range(AT_ONCE)}
    taken[5] += 50
    opened.counted(5)
    opened.open(UNDERWAY_S)
    assert system.until[5] == taken[5] + WINDOW_BYTES, "it speaks, and may go on"


def test_no_more_is_underway_than_may_be_and_the_others_are_next(system, taken, opened):
    for fd in range(AT_ONCE + 2):
        opened.came(fd)
    opened.open(0.0)
    assert set(system.until) == set(range(AT_ONCE))
    assert opened.waits()
    assert not opened.has_room()
    opened.went(3)
    opened.open(0.1)
    assert set(system.until) == set(range(AT_ONCE + 1))
    assert opened.waits()
    opened.open(UNDERWAY_S)
    assert set(system.until) == set(range(AT_ONCE + 2))
    assert not opened.waits()


def test_who_has_more_to_say_is_behind_who_waits_longer(system, taken, opened):
    for fd in range(AT_ONCE + 1):
        opened.came(fd)
    opened.open(0.0)
    taken[0] += FIRST_BYTES
    opened.counted(0)
    opened.open(0.0)
    assert AT_ONCE in system.until
    assert system.until[0] == 100 + FIRST_BYTES
    assert opened.waits()


def test_who_goes_needs_none(system, opened):
    for fd in (5, 6):
        opened.came(fd)
    opened.went(5)
    opened.open(0.0)
    opened.went(6)
    opened.counted(6)
    assert system.until == {6: 100 + FIRST_BYTES}
    assert vars(opened) == vars(Windows(opened._taken))


def test_of_whom_the_system_knows_nothing_all_is_heard(system, opened):
    opened.came(-1)
    opened.open(0.0)
    opened.counted(-1)
    opened.open(UNDERWAY_S)
    assert system.until == {-1: None}


# -- Over real sockets -------------------------------------------------------------------------


@contextlib.contextmanager
def listening(door):
    """A peer at the broadcasts door that has shaken hands, and the descriptor that the door knows it by."""
    with contextlib.closing(dial(door.broadcasts)) as peer:
        peer.settimeout(PATIENCE_S)
        peer.sendall(zmtp.hello("SUB"))
        said = b""
        while b"READY" not in said:
            door.take_in()
            said += peer.recv(4096)
        door.take_in()
        (fd,) = door.listeners.open()
        yield peer, fd


def received(door, fd, *, turns):
    """How much the system has heard of it, once that does not change any more."""
    before, watch = -1, Stopwatch()
    while (now := wire(fd).received) != before or not now:
        assert watch.read_s() < PATIENCE_S
        before = now
        for _ in range(turns):
            door.take_in()
        door.router.poll(300)  # who was not heard says it again after 0.2 s
    return now


def test_of_what_is_not_counted_no_more_than_a_window_is_heard(door):
    topics = b"".join(zmtp.subscription(b"room/%03d%s/" % (number, b"x" * 200)) for number in range(500))
    with listening(door) as (peer, fd):
        peer.setblocking(False)
        peer.send(topics)
        assert FIRST_BYTES <= received(door, fd, turns=0) <= door.listeners.taken(fd) + FIRST_BYTES


def test_all_that_is_said_is_heard_in_the_end(door):
    topics = [b"room/%03d%s/" % (number, b"x" * 30) for number in range(900)]
    with listening(door) as (peer, fd):
        peer.sendall(b"".join(map(zmtp.subscription, topics)))
        watch = Stopwatch()
        while len(door.listeners._subscriptions._topics.get(fd, ())) < len(topics):
            assert watch.read_s() < PATIENCE_S
            door.take_in()
            door.pub.poll(10)


def test_a_message_without_end_comes_no_further_than_the_window(door):
    with listening(door) as (peer, fd):
        peer.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                peer.send(zmtp.frame(b"x" * 300, zmtp.MORE) * 10)
        assert received(door, fd, turns=3) <= door.listeners.taken(fd) + WINDOW_BYTES


def test_before_its_window_is_open_little_of_each_packet_is_heard(door, monkeypatch):
    monkeypatch.setattr(windows, "UNDERWAY_BYTES", 0)
    with contextlib.closing(dial(door.broadcasts)) as peer:
        peer.settimeout(PATIENCE_S)
        peer.sendall(zmtp.hello("SUB"))
        while b"READY" not in peer.recv(4096):
            pass
        door.take_in()
        (fd,) = door.listeners.open()
        begin = received(door, fd, turns=0)
        peer.setblocking(False)
        peer.send(zmtp.subscription(b"x" * 200) * 100)
        watch = Stopwatch()
        while wire(fd).received == begin:
            assert watch.read_s() < PATIENCE_S
        assert wire(fd).received - begin <= 3 * UNKNOWN_BYTES, "some more when it is said again"
