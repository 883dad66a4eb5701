"""Computers that are cut off from a broker, or asleep: noticed by both, and back as soon as they can be.

All faults last together, each on a computer of its own, since most of a test of them is waiting.
"""

import contextlib
import os
import signal
import socket
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq
from loggia.shared.protocol.limits import RESUME_S
from zmq.utils.monitor import recv_monitor_message

from tests.endtoend.listener import LOAD
from tests.endtoend.people import Raw
from tests.endtoend.processes import Broker, module
from tests.endtoend.wire import Wire
from tests.faults import Relay
from tests.patience import PATIENCE_S, Stopwatch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

NOTICED_S = 20.0
BACK_S = 2.0  # after the network healed
BUSY_S = 3.0  # that one of many may be later on a busy machine
OPEN = "01"  # of a connection, in /proc/net/tcp


class Computer:
    """A program on the library behind a wire that can fail.

    Attributes: `healed_at`: CLOCK_MONOTONIC, s; `healed`: the time since then.
    """

    def __init__(self, broker: Broker, nick: str) -> None:
        self.nick = nick
        self.healed_at, self.healed = 0.0, Stopwatch()
        self._house = contextlib.ExitStack()
        self._fault = contextlib.ExitStack()
        try:
            self.relays = [
                self._house.enter_context(Relay.before(endpoint))
                for endpoint in (broker.requests, broker.broadcasts)
            ]
            requests, broadcasts = (relay.endpoint for relay in self.relays)
            program = module("tests.endtoend.listener", requests, nick, broadcasts)
            self.program = self._house.enter_context(program)
            self.program.wait_for("entered")
        except BaseException:
            self.close()
            raise

    def say(self, text: str) -> None:
        self.program.type(text)

    def fails(self, fault: str, *directions: str) -> None:
        """Both wires fail, as one of the relay's faults."""
        self.mark = len(self.program.lines)
        for relay in self.relays:
            self._fault.enter_context(getattr(relay, fault)(*directions))

    def sleeps(self) -> None:
        """The lid is closed: the program stands still, and the network forgets it."""
        self.program.send(signal.SIGSTOP)
        self.fails("half_open")

    def heals(self) -> None:
        """The wires are well again; who sleeps wakes."""
        self.mark = len(self.program.lines)
        self._fault.close()
        self.healed_at, self.healed = time.monotonic(), Stopwatch()
        self.program.send(signal.SIGCONT)

    def hears(self, what: str) -> float:
        """Block until it tells this, since the fault began or ended; gives when (CLOCK_MONOTONIC, s)."""
        pattern = rf"^(\d+\.\d+) {what}$"
        return float(self.program.wait_for(pattern, after=self.mark)[1])

    def close(self) -> None:
        self._fault.close()
        self._house.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker", "--rate", "0") as broker:
        yield broker


class Sluggard:
    """Somebody who subscribed to much and never reads. `is_cut_off`: the broker's end of that is closed."""

    def __init__(self, broker: Broker, wire: Wire) -> None:
        self._sub = sub = wire.context.socket(zmq.SUB)
        sub.linger, sub.rcvhwm, sub.rcvbuf = 0, 1, 4096
        monitor = sub.get_monitor_socket(zmq.EVENT_CONNECTED)
        sub.subscribe("room/load/")
        sub.connect(broker.broadcasts)
        with socket.socket(fileno=os.dup(recv_monitor_message(monitor)["value"])) as twin:
            self._ends = (twin.getpeername()[1], twin.getsockname()[1])
        sub.disable_monitor()
        monitor.close()
        talker = wire.joined(room="load")
        for _ in range(100):
            talker.post(*[talker.request("message", room="load", text=LOAD * 2000) for _ in range(20)])
            talker.take(20)

    def close(self) -> None:
        self._sub.close()

    @property
    def is_cut_off(self) -> bool:
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        ends = [tuple(int(end.rpartition(":")[2], 16) for end in row[1:3]) for row in rows if row[3] == OPEN]
        return self._ends not in ends


def test_computers_that_were_cut_off_or_asleep_are_back_at_once(broker):
    with contextlib.ExitStack() as house:

        def computer(nick: str) -> Computer:
            one = Computer(broker, nick)
            house.callback(one.close)
            return one

        witness = house.enter_context(Raw(broker.requests, "witness"))
        cut, half_open, mute, deaf, asleep = short = [
            computer(nick) for nick in ("cut", "half open", "mute", "deaf", "asleep")
        ]
        cut_long, asleep_long = long = [computer(nick) for nick in ("cut long", "asleep long")]
        everybody = [*short, *long]
        news = len(broker.process.lines)
        log_before = len(witness.log())
        sluggard = Sluggard(broker, house.enter_context(Wire(broker)))
        house.callback(sluggard.close)
        assert not sluggard.is_cut_off

        watch = Stopwatch()
        for one in (cut, cut_long):
            one.fails("cut")
        half_open.fails("half_open")
        mute.fails("dropping", "up")
        deaf.fails("dropping", "down")
        for one in (asleep, asleep_long):
            one.sleeps()
        for one in everybody:
            one.say(f"outbox of {one.nick}")

        # both sides notice
        for one in everybody:
            lost = rf'lost the connection of "?{one.nick}"? \('
            broker.process.wait_for(lost, after=news)
        for one in (cut, half_open, mute, deaf, cut_long):
            one.hears("status reconnecting")
        assert watch.read_s() < NOTICED_S

        # and are back, with what was said last
        witness.say("said last before the short ones are back")
        late = [is_back(one, "entered again", "said last before the short ones.*") for one in heal(short)]

        broker.process.wait_for('"asleep long" left lobby', after=news, timeout_s=RESUME_S + PATIENCE_S)
        broker.process.wait_for('"cut long" left lobby', after=news)
        witness.say("said last before the long ones are back")
        late += [is_back(one, "entered", "said last before the long ones.*") for one in heal(long)]
        assert sluggard.is_cut_off
        assert statistics.median(late) < BACK_S, late
        assert max(late) < BACK_S + BUSY_S, late

        # each message once, and nobody was told of those who were back in time
        for one in everybody:
            witness.hears(f"outbox of {one.nick}", by=one.nick)
        events = witness.log()[log_before:]
        texts = sorted(event["text"] for event in events if event["op"] == "message")
        assert texts == sorted(
            [f"outbox of {one.nick}" for one in everybody]
            + [f"said last before the {who} ones are back" for who in ("short", "long")]
        )
        told = [(event["op"], event["nick"]) for event in events if event["op"] != "message"]
        assert sorted(told) == sorted((op, one.nick) for one in long for op in ("joined", "left"))


def heal(computers: list[Computer]) -> list[Computer]:
    for one in computers:
        one.heals()
    return computers


def is_back(one: Computer, entered: str, last: str) -> float:
    """Block until it is in its room, with what was said last; gives how long that took."""
    one.hears(entered)
    took_s = one.hears(rf"heard \d+ {last}") - one.healed_at
    return max(0.0, took_s - one.healed.starved_s())
