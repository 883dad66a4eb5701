"""A real broker steps aside for a command and comes back: same process, same addresses, nothing lost."""

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path

import pytest
from loggia.broker.admin.leash import aside
from loggia.broker.storage import data_dir
from loggia.shared.client.api.client import Client
from loggia.shared.protocol.errors import LoggiaError, StorageBroken

from tests.endtoend.people import HEAR_S, Raw, Visitor
from tests.endtoend.processes import Broker, Running, module
from tests.endtoend.screens import WindowOnScreen, screen
from tests.endtoend.wire import Wire, refused

RESTARTS = 20
HOLD = "import sys; from pathlib import Path; from loggia.broker.admin.leash import aside\n"
HOLD += "with aside(Path(sys.argv[1])): print('aside', flush=True); sys.stdin.readline()"
FAILED = "ERROR: Failed to start up the server: "


def holding(data: Path) -> Running:
    """A command as a process of its own: it has the folder until it gets a line, or dies."""
    return Running([sys.executable, "-P", "-W", "error", "-c", HOLD, str(data)])


def wait_until(met, what: str) -> None:
    deadline = time.monotonic() + HEAR_S
    while not met():
        assert time.monotonic() < deadline, what
        threading.Event().wait(0.01)


def is_back(broker: Broker, lives: int) -> None:
    wait_until(
        lambda: broker.process.lines.count("Waiting for connections...") == lives, "it did not come back"
    )


def texts(log: list) -> list[str]:
    return [event["text"] for event in log if event["op"] == "message"]


# -- Stepping aside, and coming back -----------------------------------------------------------


def test_it_comes_back_in_the_same_process_at_the_same_addresses(broker):
    with aside(broker.data):
        assert not data_dir.is_held(broker.data)
        with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
            probe.connect(broker.front_door)
    assert data_dir.is_held(broker.data)  # it serves when the command is through
    with Visitor(broker.front_door, "vic") as visitor:
        visitor.say("here again")
        visitor.hears("here again", by="vic")
    assert broker.stop() == 0
    first, second = broker.process.lines[:4], broker.process.lines[5:9]
    assert second == first
    assert broker.process.lines[4].startswith("Stepping aside")
    assert not (broker.data / data_dir.CONTROL).exists()


def test_everybody_is_told_and_comes_back(broker, tmp_path):
    with (
        Wire(broker) as wire,
        Visitor(broker.front_door, "vic") as visitor,
        Client("script", connect=broker.requests, data=tmp_path / "script.db") as script,
    ):
        ada = wire.joined("ada")
        ada.say("before")
        script.send("said before")
        with aside(broker.data):
            refused(ada.next(), "unavailable", None)
            while not visitor.is_over():
                pass
            assert "pauses" in visitor.heard[-1] + visitor._rest
            wait_until(lambda: script.status().connection == "reconnecting", "the script noticed nothing")
            for number in range(100):
                script.send(f"said meanwhile {number}", wait=False)
        script.send("said behind")
        back = wire.resumed(ada)
        assert back.epoch == ada.epoch
        assert back.account == ada.account
        log = back.log()
        meanwhile = [f"said meanwhile {number}" for number in range(100)]
        assert texts(log) == ["before", "said before", *meanwhile, "said behind"]
        joins = [event["nick"] for event in log if event["op"] == "joined"]
        assert sorted(joins) == ["ada", "script", "vic"]  # sessions were resumed, not begun anew
        with Visitor(broker.front_door, "vic") as again:
            again.say("back")
            again.hears("back", by="vic")


@pytest.mark.xvfb
@pytest.mark.skipif(sys.platform != "linux", reason="needs an X server")
def test_the_window_comes_back_with_what_was_said_meanwhile(broker, tmp_path):
    with screen() as display, Raw(broker.requests, "raw") as raw:
        window = WindowOnScreen(display, broker.requests, "win", tmp_path / "window")
        with window.process:
            window.focus()
            window.say("before")
            raw.hears("before", by="win")
            with aside(broker.data):
                window.say("meanwhile")
            raw.rejoin()
            raw.hears("meanwhile", by="win")
            assert texts(raw.log()) == ["before", "meanwhile"]
            assert window.process.terminate() == 0, window.process.lines


def test_what_is_on_its_way_when_it_steps_aside_is_answered_or_sent_again(tmp_path):
    """Under load, again and again: each message once, in the order in which it was sent."""
    with (
        Broker(tmp_path / "broker", "--rate", "0") as broker,
        Client("script", connect=broker.requests) as script,
    ):
        stop = threading.Event()
        said = []

        def talk() -> None:
            while not stop.is_set():
                said.append(f"{len(said)}")
                script.send(said[-1], wait=False)
                stop.wait(0.001)

        talking = threading.Thread(target=talk)
        talking.start()
        try:
            for _ in range(3):
                before = len(said)
                with aside(broker.data):
                    pass
                wait_until(lambda before=before: len(said) > before + 100, "nobody talks")
        finally:
            stop.set()
            talking.join()
        script.send("the end")
        with Wire(broker) as wire:
            assert texts(wire.joined("ada").log()) == [*said, "the end"]


def test_twenty_times_leave_nothing_open(broker):
    def held() -> tuple[int, int]:
        return len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task"))

    if sys.platform != "linux":
        pytest.skip("counts in /proc")
    pid = broker.process.pid
    with aside(broker.data):
        pass
    before = held()
    for number in range(RESTARTS):
        with (
            Visitor(broker.front_door, "vic"),
            Raw(broker.requests, f"raw {number}"),
            aside(broker.data),
        ):
            pass
    # the connection of the first command may still have been open then, but it is not twenty
    wait_until(
        lambda: all(now <= was for now, was in zip(held(), before, strict=True)),
        f"{before} descriptors and threads before, {held()} behind",
    )
    assert broker.stop() == 0
    assert "Traceback" not in "\n".join(broker.process.lines)


# -- Commands that fail, die or come together ----------------------------------------------------


@pytest.mark.parametrize("reason", [ValueError, KeyboardInterrupt])
def test_it_comes_back_when_the_command_fails(broker, reason):
    with pytest.raises(reason), aside(broker.data):
        raise reason
    is_back(broker, 2)


def test_it_comes_back_when_the_command_is_killed(broker):
    with holding(broker.data) as command:
        command.wait_for("aside")
        command.kill()
        is_back(broker, 2)


def test_it_comes_back_when_the_command_dies_before_it_is_aside(broker):
    with holding(broker.data) as command:
        broker.process.wait_for("Stepping aside")
        command.kill()
    is_back(broker, 2)


def test_a_second_command_is_refused_with_a_sentence(broker):
    with (
        holding(broker.data) as first,
        contextlib.ExitStack() as failing,
    ):
        first.wait_for("aside")
        with pytest.raises(StorageBroken, match="another command is at work on this log"):
            failing.enter_context(aside(broker.data))
        first.type("")
        assert first.wait() == 0, first.lines
    with aside(broker.data):
        pass
    is_back(broker, 3)


def test_a_broker_that_is_only_starting_is_waited_for(tmp_path):
    data_dir.lock(tmp_path).close()
    places = ["--requests", "tcp://127.0.0.1:0", "--broadcasts", "tcp://127.0.0.1:0"]
    with module("broker", "--data", str(tmp_path), *places, "--front-door", "off") as broker:
        wait_until(lambda: data_dir.is_held(tmp_path), "it did not start")
        with aside(tmp_path):
            broker.wait_for("Stepping aside")
            assert not data_dir.is_held(tmp_path)
        assert broker.terminate() == 0


def test_what_a_killed_broker_left_harms_nobody(broker):
    old = (broker.data / data_dir.CONTROL).read_bytes()
    broker.kill()
    with aside(broker.data):
        assert (broker.data / data_dir.CONTROL).read_bytes() == old
    broker.start()
    assert (broker.data / data_dir.CONTROL).read_bytes() != old
    with aside(broker.data):
        assert not data_dir.is_held(broker.data)
    is_back(broker, 2)


def test_another_broker_cannot_slip_in_unseen(broker):
    """What takes the folder while the broker is aside, and keeps it: the broker says so and ends."""
    with pytest.raises(LoggiaError, match="in use by another program"), aside(broker.data):
        held = data_dir.lock(broker.data)
    held.close()
    assert broker.process.wait() == 1
    assert broker.process.lines[-1].startswith(FAILED)


# -- Ending ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_can_be_stopped_while_it_is_aside(broker, number):
    with aside(broker.data):
        broker.process.send(number)
        assert broker.process.wait(promised_s=2) == 0
    assert not (broker.data / data_dir.CONTROL).exists()
    assert "Traceback" not in "\n".join(broker.process.lines)


def test_it_can_be_stopped_in_its_second_life(broker):
    with aside(broker.data):
        pass
    broker.process.send(signal.SIGTERM)
    assert broker.process.wait(promised_s=2) == 0
    assert broker.process.lines[-1] == "Stopping."


def test_it_ends_when_its_address_is_taken_meanwhile(broker):
    with (
        contextlib.ExitStack() as taking,
        pytest.raises(LoggiaError, match="could not open again"),
        aside(broker.data),
    ):
        taking.enter_context(socket.create_server(broker.front_door))
    assert broker.process.wait() == 1
    assert broker.process.lines[-1].startswith(FAILED + "{}:{}: ".format(*broker.front_door))
    assert not (broker.data / data_dir.CONTROL).exists()


def test_it_ends_when_its_log_cannot_be_opened_any_more(broker):
    with pytest.raises(LoggiaError, match="could not open again"), aside(broker.data):
        (broker.data / data_dir.DATABASE).write_text("This is no log. " * 1000)
    assert broker.process.wait() == 1
    assert broker.process.lines[-1].startswith(FAILED)


def test_alone_it_stops_when_its_input_ends_while_it_is_aside(tmp_path):
    with Broker(tmp_path, "--stop-when-alone") as broker:
        with aside(broker.data):
            broker.process.end_input()
        broker.process.wait_for("^Nobody else is connected; stopping.$")
        assert broker.process.wait() == 0


def test_it_waits_for_those_it_sent_away_before_it_says_that_nobody_is_there(tmp_path):
    with Broker(tmp_path, "--stop-when-alone") as broker, Client("ada", connect=broker.requests):
        broker.process.wait_for("is ada")
        with aside(broker.data):
            broker.process.end_input()
        broker.process.wait_for("^Still serving 1 other; stop it with")
        assert broker.process.is_running


# -- Strangers -------------------------------------------------------------------------------------


def test_who_has_not_the_key_changes_nothing(broker):
    port = int((broker.data / data_dir.CONTROL).read_bytes().partition(b'"port":')[2].partition(b",")[0])
    for said in (b'{"key":"wrong","want":"aside"}\n', b"x" * 100_000, b"\n"):
        with socket.create_connection(("127.0.0.1", port), timeout=HEAR_S) as stranger:
            stranger.sendall(said)
            with contextlib.suppress(ConnectionResetError):
                assert stranger.recv(1024) == b""
    with Visitor(broker.front_door, "vic") as visitor:
        visitor.say("all is well")
        visitor.hears("all is well", by="vic")
    assert broker.stop() == 0
    assert sum("has not the key" in line for line in broker.process.lines) == 1
