"""A reader that stands still: it misses nothing in the end, and costs the broker little meanwhile."""

import itertools
import json
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from tests.endtoend.listener import LOAD, REPORT
from tests.endtoend.processes import Broker, Running, module
from tests.endtoend.wire import Caller, Wire
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

MOST_BYTES = 50_000_000  # that the broker may need more for one reader that stands still
STALL_S = 10.0
PER_S = 5000
SENDERS = 8
IN_FLIGHT = 20  # of each sender: what all of them have under way is memory of the broker, too
LONG = 10_500  # characters; six of them fill a broadcast
BATCH = 20  # long texts that fit in one frame up


class Memory:
    """What the broker's process has in memory, in bytes; `most` since `begin`."""

    def __init__(self, pid: int) -> None:
        self._file = Path(f"/proc/{pid}/statm")
        self.begin()

    def begin(self) -> None:
        self.most = 0
        self.look()

    def look(self) -> int:
        now = int(self._file.read_text().split()[1]) * 4096
        self.most = max(self.most, now)
        return now


class Senders:
    """Several raw clients that say numbered messages; each waits for its answers."""

    def __init__(self, wire: Wire, memory: Memory) -> None:
        self._callers = [wire.joined(bot=True) for _ in range(SENDERS)]
        self._memory = memory
        self._numbers = itertools.count(1)
        self.said = 0

    def load(self, seconds: float) -> None:
        """Say PER_S a second, for at least that long: on a slow machine it takes longer."""
        began, open_ = time.monotonic(), dict.fromkeys(self._callers, 0)
        for number in range(round(PER_S * seconds)):
            caller = self._callers[number % SENDERS]
            while open_[caller] >= IN_FLIGHT:
                self._take(open_, 1)
            caller.post(caller.request("message", room="lobby", text=f"{LOAD}{next(self._numbers):07d}"))
            open_[caller] += 1
            self.said += 1
            if number % 50 == 0:
                self._memory.look()
                time_left = began + number / PER_S - time.monotonic()
                self._take(open_, max(0, time_left * 1000))
        while any(open_.values()):
            self._take(open_, 1)

    def _take(self, open_: dict[Caller, int], wait_ms: float) -> None:
        until = time.monotonic() + wait_ms / 1000
        while True:
            for caller in self._callers:
                while caller.socket.poll(0):
                    items = json.loads(caller.socket.recv())
                    assert {item["op"] for item in items} == {"stored"}, items
                    open_[caller] -= len(items)
            left = until - time.monotonic()
            if left <= 0:
                return
            self._callers[0].socket.poll(min(left * 1000, 2))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker", "--rate", "0") as broker:
        yield broker


@pytest.fixture
def wire(broker: Broker) -> Iterator[Wire]:
    with Wire(broker) as wire:
        yield wire


@pytest.fixture
def reader(broker: Broker) -> Iterator[Running]:
    with module("tests.endtoend.listener", broker.requests, "reader") as reader:
        reader.wait_for("entered")
        yield reader
        reader.send(signal.SIGCONT)
        reader.end_input()
        assert reader.wait() == 0


def report(reader: Running, wire: Wire) -> dict[str, object]:
    """What the reader has heard, when it has heard everything that was said before."""
    mark = len(reader.lines)
    wire.joined().say(REPORT)
    return json.loads(reader.wait_for(r" report (\{.*)", after=mark, timeout_s=PATIENCE_S)[1])


def test_who_sleeps_ten_seconds_under_load_has_all_of_it_in_order_once(broker, wire, reader):
    memory = Memory(broker.process.pid)
    senders = Senders(wire, memory)
    senders.load(2.0)
    before = report(reader, wire)
    assert before["messages"] == senders.said + 1
    awake = memory.most
    reader.send(signal.SIGSTOP)
    memory.begin()
    senders.load(STALL_S)
    asleep = memory.most
    reader.send(signal.SIGCONT)
    after = report(reader, wire)
    assert after["messages"] == senders.said + 2
    assert after["dense"]
    assert after["filled"] > before["filled"], "the broker dropped nothing: nothing was tested"
    assert asleep - awake < MOST_BYTES


def stalled(wire: Wire, kind: int, endpoint: str) -> "zmq.Socket[bytes]":
    """A socket whose process does not read: its own buffers are as small as they can be."""
    return wire.socket(kind, endpoint, rcvhwm=1, rcvbuf=4096)


def fill(talker: Caller, batches: int, memory: Memory) -> None:
    for _ in range(batches):
        talker.post(*[talker.request("message", room="lobby", text="x" * LONG) for _ in range(BATCH)])
        assert {item["op"] for item in talker.take(BATCH)} == {"stored"}
        memory.look()


def test_readers_that_stand_still_cost_little_however_long_the_messages(broker, wire):
    memory, talker = Memory(broker.process.pid), wire.joined(bot=True)
    fill(talker, 50, memory)
    awake = memory.most
    one = stalled(wire, zmq.SUB, broker.broadcasts)
    one.subscribe("room/lobby/")
    wire.listener("room/lobby/")  # a later connection is subscribed: so is the one before it
    memory.begin()
    fill(talker, 300, memory)  # 63 MB
    alone = memory.most
    assert alone - awake < MOST_BYTES
    for _ in range(20):
        stalled(wire, zmq.SUB, broker.broadcasts).subscribe("room/lobby/")
    wire.listener("room/lobby/")
    fill(talker, 300, memory)
    assert memory.most - alone < 2 * MOST_BYTES, "those that stall together share what waits for them"


def test_who_asks_much_and_reads_nothing_costs_little(broker, wire):
    memory, talker = Memory(broker.process.pid), wire.joined(bot=True)
    fill(talker, 50, memory)
    deaf = Caller(stalled(wire, zmq.DEALER, broker.requests))
    deaf.join(nick="deaf")
    for _ in range(20):  # what a page needs while it is made belongs to every reader
        talker.ask("history", room="lobby", after=0, limit=1000)
        memory.look()
    awake = memory.most
    for _ in range(500):
        deaf.post(deaf.request("history", room="lobby", after=0, limit=1000))
        talker.ask("ping")
        memory.look()
    broker.process.wait_for("lost the connection of deaf")  # the system gives it up
    assert memory.most - awake < MOST_BYTES
