"""That nothing that came is slept upon, though sockets are waited for by their descriptors."""

import select
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import zmq
from loggia.shared.client.link import sockets
from loggia.shared.client.link.sockets import Wires

from tests.patience import PATIENCE_S

TURN_FRAMES = 3
LOOKS_EVERY = 100  # libzmq looks at what became of its connections by itself at each such reading


class Broker:
    """The requests door, and what a link does there. `slept`: how long each wait was to last that ended by
    itself."""

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sockets, "TURN_FRAMES", TURN_FRAMES)
        self.router = context.socket(zmq.ROUTER)
        self.router.sndhwm = 0
        port = self.router.bind_to_random_port("tcp://127.0.0.1")
        self.wires = Wires(f"tcp://127.0.0.1:{port}", look_s=PATIENCE_S)
        self.slept: list[float] = []
        wait = self.wires._selector.select

        def select_(timeout: float) -> Any:
            if not (found := wait(timeout)) and timeout > 0:
                self.slept.append(timeout)
            return found

        monkeypatch.setattr(self.wires._selector, "select", select_)
        assert self.wires.connect() == ""
        self.wires.send(b"hello")
        assert self.router.poll(PATIENCE_S * 1000)
        self._who, _ = self.router.recv_multipart()
        self.wires.wait(0.0)

    def say(self, count: int = 1) -> None:
        for _ in range(count):
            self.router.send_multipart([self._who, b"[]"])

    def reads(self) -> int:
        """A turn, behind a wait: how many frames were read in it."""
        self.wires.wait(None)
        return len(list(self.wires.received()))

    def signalled(self) -> None:
        signalled(self.wires._dealer)


def signalled(wire: "zmq.Socket[bytes] | None") -> None:
    """Until its descriptor tells that there is something to be asked for: it tells that only to who was told
    before that there is nothing."""
    assert wire is not None
    assert select.select([wire.getsockopt(zmq.FD)], [], [], PATIENCE_S)[0]


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    with zmq.Context() as context:
        broker = Broker(context, monkeypatch)
        yield broker
        broker.wires.close()
        context.destroy(linger=0)


def test_what_one_turn_left_is_read_in_the_next(broker: Broker) -> None:
    count = 10 * TURN_FRAMES
    broker.say(count)
    while count > 0:
        count -= broker.reads()
    assert (count, broker.slept) == (0, [])


def test_what_is_left_of_what_came_behind_the_wait_is_read_in_the_next(broker: Broker) -> None:
    full_turns = 0
    while full_turns < 3:  # most often the first frame comes alone
        broker.wires.wait(0.0)
        count = 10 * TURN_FRAMES
        broker.say(count)
        broker.signalled()
        read = len(list(broker.wires.received()))
        full_turns += read == TURN_FRAMES
        count -= read
        while count > 0:
            count -= broker.reads()
        assert (count, broker.slept) == (0, [])


def test_what_came_while_something_was_sent_is_read(broker: Broker) -> None:
    for _ in range(20):
        broker.say()
        broker.signalled()
        broker.wires.send(b"more")
        assert broker.reads() == 1
    assert broker.slept == []


def test_no_wait_is_longer_than_a_look_at_the_clock(broker: Broker) -> None:
    broker.wires._look_s = 0.01
    broker.wires.wait(None)
    broker.wires.wait(PATIENCE_S)
    assert len(broker.slept) >= 2
    assert all(0 < slept <= 0.01 for slept in broker.slept)


def test_what_a_wait_found_and_nobody_read_is_found_by_the_next(broker: Broker) -> None:
    broker.say()
    broker.wires.wait(None)
    assert broker.reads() == 1
    assert broker.slept == []


def test_that_the_connection_broke_is_found_though_something_else_was_read(broker: Broker) -> None:
    broker.say()
    assert broker.reads() == 1
    broker.router.close(linger=0)
    while not broker.wires.is_broken():
        broker.wires.wait(None)
    assert broker.slept == []


def test_it_is_woken_by_another_thread_whenever_that_is(broker: Broker) -> None:
    wake = broker.wires.waker()
    wake()
    broker.wires.wait(None)
    threads = [threading.Thread(target=wake) for _ in range(2)]
    for thread in threads:
        thread.start()
        broker.wires.wait(None)
        thread.join()
    assert broker.slept == []


def test_a_wake_is_done_with_what_else_there_is(broker: Broker) -> None:
    wake = broker.wires.waker()
    broker.say()
    broker.signalled()
    wake()
    assert broker.reads() == 1
    broker.wires.wait(0.01)
    assert broker.slept == [pytest.approx(0.01)]


def test_who_never_looks_can_be_woken_for_ever(broker: Broker) -> None:
    wake = broker.wires.waker()
    for _ in range(100_000):
        wake()
    broker.wires.wait(None)
    assert broker.slept == []


@pytest.mark.parametrize("timeout_s", [-1.0, 0.0, 0.01])
def test_it_waits_as_long_as_it_is_told_to(broker: Broker, timeout_s: float) -> None:
    broker.wires.wait(timeout_s)
    broker.wires.rest(timeout_s)


def test_at_rest_it_is_woken_and_reads_nothing_of_the_broker(broker: Broker) -> None:
    broker.say()
    broker.signalled()
    broker.wires.rest(0.01)
    wake = broker.wires.waker()
    wake()
    broker.wires.rest(None)
    assert broker.reads() == 1
    assert broker.slept == []


def test_a_connection_that_breaks_takes_with_it_what_it_brought(broker: Broker) -> None:
    for _ in range(LOOKS_EVERY - 1):
        broker.say()
        assert broker.reads() == 1
    broker.say()
    broker.wires.wait(None)
    broker.router.close(linger=0)
    signalled(broker.wires._monitor)
    assert list(broker.wires.received()) == []
    broker.wires.wait(0.0)
    assert broker.wires.is_broken()
