"""How much of a listener is heard before it is counted."""

import contextlib
import select
import sys

import pytest
from loggia.broker.doors.zeromq import packet_filter
from loggia.broker.doors.zeromq.windows import (
    FIRST_BYTES,
    LEFT_BYTES,
    LONGEST_BYTES,
    MORE,
    MORE_BYTES,
    MORE_UNDERWAY_S,
    MOST_BYTES,
    MUCH_BYTES,
    NEW_UNDERWAY_BYTES,
    NEW_UNDERWAY_S,
    QUIET_S,
    UNKNOWN_BYTES,
    Windows,
)
from loggia.broker.doors.zeromq.wire import wire

from tests.broker.doors.zeromq.test_strangers import dial
from tests.hostile import zmtp
from tests.patience import PATIENCE_S, Stopwatch

AT_ONCE = NEW_UNDERWAY_BYTES // FIRST_BYTES

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
    return {fd: 100 for fd in range(-1, 2000)}


HEARTBEATS = 30


@pytest.fixture
def said(taken):
    return Said(taken)


class Said(dict):
    """All that was said is counted, and libzmq took some bytes beside it."""

    def __init__(self, taken):
        super().__init__({fd: 0 for fd in taken})
        self.taken = taken

    def says(self, fd, size):
        self[fd] += size
        self.taken[fd] += size


def host_of(fd):
    return f"10.0.0.{fd // 100}"


@pytest.fixture
def opened(taken, said):
    return Windows(said.__getitem__, taken.__getitem__, host_of, contextlib.nullcontext)


def test_a_window_goes_with_what_is_counted(system, taken, said, opened):
    opened.came(5)
    opened.open(0.0)
    assert system.until == {5: 100 + FIRST_BYTES}
    said.says(5, FIRST_BYTES - LONGEST_BYTES)
    opened.counted(5, 0.0)
    opened.open(0.0)
    assert system.until == {5: 100 + FIRST_BYTES}, "there is enough of it left"
    said.says(5, 1)
    opened.counted(5, 0.0)
    opened.open(0.0)
    assert system.until == {5: taken[5] + MORE_BYTES}


def test_who_is_gone_is_told_nothing(system, taken, said):
    there = {5: 5, 6: None}
    opened = Windows(
        said.__getitem__, taken.__getitem__, host_of, lambda fd: contextlib.nullcontext(there[fd])
    )
    opened.came(5)
    opened.came(6)
    opened.open(0.0)
    assert system.until == {5: 100 + FIRST_BYTES}
    there[5] = None
    opened.open(NEW_UNDERWAY_S)
    assert system.until == {5: 100 + FIRST_BYTES}


def test_who_does_not_say_it_soon_may_not_say_it_later(system, taken, said, opened):
    for fd in range(AT_ONCE):
        opened.came(fd)
    opened.open(0.0)
    said.says(5, 50)
    opened.open(NEW_UNDERWAY_S - 0.01)
    assert set(system.until.values()) == {100 + FIRST_BYTES}
    opened.open(NEW_UNDERWAY_S)
    assert system.until == {fd: taken[fd] + LEFT_BYTES for fd in range(AT_ONCE)}
    said.says(5, LEFT_BYTES - LONGEST_BYTES + 1)
    opened.counted(5, 0.0)
    opened.open(NEW_UNDERWAY_S)
    assert system.until[5] == taken[5] + MORE_BYTES, "it speaks, and may go on"


def test_heartbeats_take_none_of_what_may_be_said(system, taken, said, opened):
    opened.came(5)
    opened.open(0.0)
    opened.looked_at(5)
    assert system.until == {5: 100 + FIRST_BYTES}
    opened.open(NEW_UNDERWAY_S)
    for _ in range(100):
        taken[5] += HEARTBEATS
        opened.looked_at(5)
        assert system.until == {5: taken[5] + LEFT_BYTES}
    assert not opened.waits()


def test_no_more_is_underway_than_may_be_and_the_others_are_next(system, opened):
    for fd in range(AT_ONCE + 2):
        opened.came(fd)
    opened.open(0.0)
    assert set(system.until) == set(range(AT_ONCE))
    opened.went(3)
    opened.open(0.1)
    assert set(system.until) == set(range(AT_ONCE + 1))
    assert opened.waits()
    opened.open(NEW_UNDERWAY_S)
    assert set(system.until) == set(range(AT_ONCE + 2))
    assert not opened.waits()


def test_one_of_another_address_does_not_wait_behind_a_crowd(system, opened):
    for fd in range(3 * AT_ONCE):
        opened.came(fd)
    opened.open(0.0)
    opened.came(1000)
    opened.open(NEW_UNDERWAY_S)
    assert 1000 in system.until


def test_a_new_one_does_not_wait_behind_those_who_want_more(system, said, opened):
    for fd in range(AT_ONCE):
        opened.came(fd)
    opened.open(0.0)
    opened._more_underway._most = MORE_BYTES
    for fd in range(AT_ONCE):
        said.says(fd, FIRST_BYTES)
        opened.counted(fd, 0.0)
    opened.came(50)
    opened.open(0.0)
    assert 50 in system.until
    assert opened.waits()


def test_where_many_of_an_address_want_more_one_who_said_much_is_cut_off(system, said, opened):
    for fd in range(MORE + 1):
        opened.came(fd)
    for turn in range(3):
        opened.open(turn * NEW_UNDERWAY_S)
    for fd in range(MORE + 1):
        said.says(fd, FIRST_BYTES)
        assert opened.counted(fd, 0.0) is None, "a crowd that says some at once is none the worse"
    said.says(7, MUCH_BYTES)
    assert opened.counted(7, 0.0) == 7
    opened.went(7)
    assert opened.counted(8, 0.0) is None


def test_who_said_some_of_it_and_no_more_makes_room(system, said, opened):
    opened._more_underway._most = MORE_BYTES
    for fd in (5, 6):
        opened.came(fd)
    opened.open(0.0)
    for fd in (5, 6):
        said.says(fd, FIRST_BYTES)
        opened.counted(fd, 0.0)
    opened.open(0.0)
    assert opened.waits()
    said.says(5, 100)
    opened.counted(5, 1.0)
    opened.open(1.0 + QUIET_S)
    assert not opened.waits()
    assert opened._windows[5].size == LEFT_BYTES


def test_an_address_has_room_while_few_of_it_want_more(system, said, opened):
    opened._more_underway._most = 0
    for fd in range(MORE):
        opened.came(fd)
    opened.open(0.0)
    opened.open(NEW_UNDERWAY_S)
    for fd in range(MORE):
        assert opened.has_room(host_of(fd))
        said.says(fd, FIRST_BYTES)
        opened.counted(fd, 0.0)
    assert not opened.has_room(host_of(5))
    assert opened.has_room(host_of(1000))
    opened.went(5)
    assert opened.has_room(host_of(5))


def test_who_says_much_may_say_more_at_once_and_keeps_that_for_longer(system, taken, said, opened):
    opened.came(5)
    opened.open(0.0)
    sizes = []
    for _ in range(5):
        said.says(5, opened._windows[5].size)
        opened.counted(5, 0.0)
        opened.open(0.0)
        sizes.append(opened._windows[5].size)
    assert sizes == [MORE_BYTES, 6144, 12288, MOST_BYTES, MOST_BYTES]
    opened.open(MORE_UNDERWAY_S - 0.01)
    assert system.until[5] == taken[5] + MOST_BYTES
    opened.open(MORE_UNDERWAY_S)
    assert system.until[5] == taken[5] + LEFT_BYTES


def test_who_goes_needs_none(system, said, opened):
    for fd in (5, 6):
        opened.came(fd)
    opened.went(5)
    opened.open(0.0)
    said.says(6, FIRST_BYTES)
    opened.counted(6, 0.0)
    opened.went(6)
    opened.counted(6, 0.0)
    opened.looked_at(6)
    opened.open(0.0)
    assert system.until == {6: 100 + FIRST_BYTES}
    assert not opened.waits()
    for underway in (opened._new_underway, opened._more_underway):
        assert (underway._bytes, underway._until, underway._sizes) == (0, {}, {})
    assert opened._windows == {}


def test_of_whom_the_system_knows_nothing_all_is_heard(system, opened):
    opened.came(-1)
    opened.open(0.0)
    opened.counted(-1, 0.0)
    opened.open(NEW_UNDERWAY_S)
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
    topics = [b"room/%03d%s/" % (number, b"x" * 20) for number in range(500)]
    with listening(door) as (peer, fd):
        peer.sendall(b"".join(map(zmtp.subscription, topics)))
        watch = Stopwatch()
        while len(door.listeners._subscriptions._topics.get(fd, ())) < len(topics):
            assert watch.read_s() < PATIENCE_S
            door.take_in()
            select.select([door.listeners.fd], [], [], 0.01)


def test_a_message_without_end_comes_no_further_than_the_window(door):
    with listening(door) as (peer, fd):
        peer.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                peer.send(zmtp.frame(b"x" * 300, zmtp.MORE) * 10)
        assert received(door, fd, turns=3) <= door.listeners.taken(fd) + MORE_BYTES


def test_before_its_window_is_open_little_of_each_packet_is_heard(door, monkeypatch):
    monkeypatch.setattr(door.listeners._windows._new_underway, "_most", 0)
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
