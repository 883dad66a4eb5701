"""A broker that may open few descriptors: it says so, waits almost without computing, and goes on."""

import contextlib
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zmq
from loggia.broker.doors.headroom import LEAST, OWN, SPARE, STREAMS, share_of

from tests.broker.callers import Caller, calling
from tests.endtoend.processes import Broker, module
from tests.endtoend.wire import Wire
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

FEW = 48
CLIENTS = 40
VISITORS = 8  # more than are let in when clients have taken all but a few
IDLE_S = 2.0
IDLE_SHARE = 0.1  # of a processor; what asks in a loop takes all of it
MANY = 160  # and more than twice as many as one address may have of them
GREEDY = 300
ELSEWHERE = "127.0.0.2"
AT_THE_DOOR = r"^WARNING: Failed to accept a connection at the ZeroMQ door, "


@pytest.fixture
def short(tmp_path: Path) -> Iterator[Broker]:
    """A broker that may have FEW descriptors; at the end it is well, and ends when it is asked to."""
    with Broker(tmp_path / "broker", program=("tests.endtoend.limited", str(FEW), "broker")) as broker:
        yield broker
        assert broker.stop() == 0
        assert "Traceback" not in "\n".join(broker.process.lines)


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def until_idle(broker: Broker) -> None:
    """Until it has computed next to nothing for IDLE_S."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        before = broker.process.cpu_s()
        time.sleep(IDLE_S)
        took = broker.process.cpu_s() - before
        if took < IDLE_SHARE * IDLE_S:
            return
        assert time.monotonic() < deadline, f"{took} s of CPU in {IDLE_S} s"


def open_in(broker: Broker) -> int:
    return len(os.listdir(f"/proc/{broker.process.pid}/fd"))


def is_answered(dealer: "zmq.Socket[bytes]") -> bool:
    """Asks again: what a connection said that was shut down as it came too late is lost with it."""
    dealer.send_json({"op": "ping", "id": "again"})
    return bool(dealer.poll(500))


@contextlib.contextmanager
def clients(broker: Broker, count: int) -> Iterator[list["zmq.Socket[bytes]"]]:
    """So many programs of two sockets each, which ask to join and wait for nothing, each at an address of its
    own: none has too many. Given: their DEALERs.
    """
    with zmq.Context() as context, contextlib.ExitStack() as stack:

        def connected(kind: int, endpoint: str, number: int) -> "zmq.Socket[bytes]":
            made = stack.enter_context(context.socket(kind))
            made.linger = 0
            scheme, _, place = endpoint.partition("://")
            made.connect(f"{scheme}://127.0.1.{number}:0;{place}")
            return made

        dealers = []
        for number in range(1, count + 1):
            connected(zmq.SUB, broker.broadcasts, number).subscribe("")
            dealers.append(connected(zmq.DEALER, broker.requests, number))
            dealers[-1].send_json({"op": "join", "id": "join", "nick": f"client{number}"})
        yield dealers


@contextlib.contextmanager
def silent(endpoint: str, count: int) -> Iterator[list["zmq.Socket[bytes]"]]:
    """So many that shake hands, from another address, and say nothing."""
    scheme, _, place = endpoint.partition("://")
    with zmq.Context() as context, contextlib.ExitStack() as stack:
        made = [stack.enter_context(context.socket(zmq.DEALER)) for _ in range(count)]
        for one in made:
            one.linger = 0
            one.connect(f"{scheme}://{ELSEWHERE}:0;{place}")
        yield made


@pytest.fixture
def many(tmp_path: Path) -> Iterator[Broker]:
    """A broker that may have MANY."""
    with Broker(tmp_path / "broker", program=("tests.endtoend.limited", str(MANY), "broker")) as broker:
        yield broker


def test_one_address_leaves_room_for_others_however_many_it_connects(many):
    with silent(many.requests, GREEDY) as greedy, Wire(many) as wire:
        many.process.wait_for(AT_THE_DOOR + rf".* {ELSEWHERE} takes more than one address may\.")
        until_idle(many)
        assert open_in(many) <= STREAMS + OWN + share_of(MANY)
        people = [wire.joined() for _ in range(5)]
        for one in people:
            assert one.ask("message", room="lobby", text="hello")["op"] == "stored"
        until_idle(many)
        assert open_in(many) >= share_of(MANY), "those who came first stay"
        for one in greedy[:-5]:
            one.close()
        for one in greedy[-5:]:
            until(lambda one=one: is_answered(one))
    said = [line for line in many.process.lines if "Failed to accept" in line]
    assert len(said) == 1, said
    assert many.stop() == 0
    assert "Traceback" not in "\n".join(many.process.lines)


def test_without_bounds_one_address_may_have_all(tmp_path):
    limited = ("tests.endtoend.limited", str(MANY), "broker")
    with Broker(tmp_path / "broker", "--rate", "0", program=limited) as broker:
        with silent(broker.requests, GREEDY):
            broker.process.wait_for(AT_THE_DOOR + ".* no descriptor is free for it")
            until(lambda: open_in(broker) > STREAMS + OWN + share_of(MANY))
            until_idle(broker)
        assert not any("one address" in line for line in broker.process.lines)
        assert broker.stop() == 0


@pytest.mark.parametrize("most", [10, 12, 16, 20, 24, 26, 28, LEAST + STREAMS - 1])
def test_too_few_for_a_broker_are_one_sentence(tmp_path, most):
    arguments = ["--data", str(tmp_path), "--requests", "tcp://127.0.0.1:0", "--front-door", "127.0.0.1:0"]
    with module("tests.endtoend.limited", str(most), "broker", *arguments) as process:
        assert process.wait() == 1
    (line,) = process.lines
    assert line.startswith(f"ERROR: Failed to start up the server: a broker needs {LEAST} file descriptors")
    assert f"of {most} that are allowed here" in line
    assert "ulimit -n" in line


def test_as_many_as_are_asked_for_are_enough_for_a_client(tmp_path):
    most = LEAST + STREAMS
    with Broker(tmp_path, program=("tests.endtoend.limited", str(most), "broker")) as broker:
        assert open_in(broker) <= STREAMS + OWN
        with Wire(broker) as wire:
            ada = wire.joined()
            assert ada.ask("message", room="lobby", text="hello")["op"] == "stored"
            assert open_in(broker) <= most - SPARE
        assert broker.stop() == 0


def test_more_clients_than_descriptors_cost_nothing_and_the_first_ones_are_served(short):
    with Wire(short) as wire:
        ada = wire.joined()
        with clients(short, CLIENTS):
            short.process.wait_for(AT_THE_DOOR)
            until_idle(short)
            assert ada.ask("message", room="lobby", text="hello")["op"] == "stored"
            until_idle(short)
        said = [line for line in short.process.lines if "Failed to accept" in line]
        assert len(said) == 1, said
        assert "no descriptor is free for it" in said[0]
        assert "ulimit -n" in said[0]
    with Wire(short) as wire:  # those are gone
        assert wire.joined().ask("message", room="lobby", text="back")["op"] == "stored"


def test_it_ends_when_it_is_told_to_while_more_are_at_the_door_than_can_be_let_in(tmp_path):
    """libzmq tells without end of whom it cannot accept."""
    with Broker(tmp_path, program=("tests.endtoend.limited", str(FEW), "broker")) as broker:
        with Wire(broker) as wire:
            wire.joined()
            with clients(broker, CLIENTS):
                broker.process.wait_for(AT_THE_DOOR)
                assert broker.stop() == 0
        assert "Traceback" not in "\n".join(broker.process.lines)


def test_who_waits_outside_comes_in_when_others_have_gone(short):
    with contextlib.ExitStack() as crowd:
        crowd.enter_context(clients(short, CLIENTS))
        short.process.wait_for(AT_THE_DOOR)
        with clients(short, 3) as waiting:
            until_idle(short)
            crowd.close()
            for one in waiting:
                until(lambda one=one: is_answered(one))


def test_a_limit_that_shrinks_while_it_runs_costs_nothing_and_is_forgotten_when_it_grows(broker):
    resource = pytest.importorskip("resource")
    pid = broker.process.pid
    with Wire(broker) as wire:
        ada = wire.joined()
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        used = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
        lowest_free = min(set(range(len(used) + 1)) - used)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (lowest_free, limits[1]))
        late = wire.caller()
        late.post({"op": "ping", "id": "late"})
        broker.process.wait_for(AT_THE_DOOR)
        until_idle(broker)
        assert ada.ask("message", room="lobby", text="hello")["op"] == "stored"
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        until(lambda: is_answered(late.socket))
        assert wire.joined().ask("ping")["op"] == "pong"
    assert broker.stop() == 0
    assert "Traceback" not in "\n".join(broker.process.lines)


def test_visitors_are_told_that_the_chat_is_full_and_the_broker_keeps_what_it_needs(short):
    with calling(short.front_door) as call:
        ada = call(Caller, "ada")
        with clients(short, CLIENTS):
            short.process.wait_for(AT_THE_DOOR)
            until_idle(short)
            for _ in range(VISITORS):
                late = call(Caller)
            assert late.rest() == "The chat is full; please try again later.\n"
            until_idle(short)
            assert open_in(short) <= FEW - SPARE
            ada.say("still here")
            ada.until("ada: still here")
        said = [line for line in short.process.lines if line.startswith("WARNING: Failed to connect")]
        assert len(said) == 1, said
        short.process.wait_for("no descriptor is free for a visitor")


def test_both_doors_and_the_control_port_share_what_there_is(short, tmp_path):
    control = json.loads((short.data / "control").read_bytes())["port"]
    with clients(short, CLIENTS), contextlib.ExitStack() as stack:
        for address in [short.front_door, ("127.0.0.1", control)] * CLIENTS:
            stack.enter_context(socket.create_connection(address, PATIENCE_S))
        until_idle(short)
        arguments = ["compact", "--data", str(short.data)]
        with module("broker", *arguments) as command:
            assert command.wait() == 0, command.lines
