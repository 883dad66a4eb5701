"""Without a screen the broker serves in the terminal, and of many at one moment one starts it."""

import os
import signal
import sys
from pathlib import Path

import pytest

from loggia.launch import chat
from loggia.launch.place import Programs
from tests.launch.house import Started
from tests.launch.programs import HOUSE, NO_SCREEN
from tests.patience import PATIENCE_S
from tests.ports import Ports


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("door", ["127.0.0.1:4000", "off"])
def test_without_a_screen_the_broker_serves_in_this_terminal(start, how, door):
    with start("--nick", "ada", **NO_SCREEN, FAKE_OTHERS="1", LOGGIA_FRONT_DOOR=door) as process:
        errors = [process.stderr.readline() for _ in range(4)]
        output = [process.stdout.readline() for _ in range(4)]
        ways = process.stderr.readline()
        while "--connect" not in ways:
            ways += process.stderr.readline()
        os.kill(process.pid, how)
        process.communicate(timeout=PATIENCE_S)
    assert "There is no screen here" in errors[0]
    assert errors[1] == "These arguments are for the window and do nothing here: --nick ada\n"
    assert errors[2:] == ["The broker runs in this terminal until Ctrl+C.\n", "How to connect:\n"]
    assert ("nc 127.0.0.1 4000" in ways) is (door != "off")
    requests = output[1].split()[-1]
    assert f"python3 run.py window --connect {requests}\n" in ways
    assert "-L 4002:127.0.0.1:4002" in ways
    assert output[3] == "Waiting for connections...\n"
    assert process.returncode == {signal.SIGINT: 4, signal.SIGTERM: 5, signal.SIGHUP: 6}[how], (
        "the signal reached the broker"
    )


def test_where_the_window_finds_no_screen_the_broker_serves_in_this_terminal(start):
    reason = "No window can open here: could not connect to display :4242 (DISPLAY=:4242)"
    with start(FAKE_NO_SCREEN=f"qt.qpa: noise\nERROR: {reason}", FAKE_OTHERS="1") as process:
        errors = [process.stderr.readline() for _ in range(3)]
        process.stdout.readline()
        os.kill(process.pid, signal.SIGTERM)
        process.communicate(timeout=PATIENCE_S)
    assert errors == [f"{reason}\n", "The broker runs in this terminal until Ctrl+C.\n", "How to connect:\n"]


def test_the_screen_is_tried_while_the_broker_is_asked(start, tmp_path):
    with start("--nick", "ada", FAKE_MEETS=str(tmp_path / "met")) as process:
        errors = process.communicate(timeout=PATIENCE_S)[1]
    assert "Started a broker on " in errors


def test_a_window_that_dies_while_it_looks_for_a_screen_opens_none(monkeypatch, tmp_path):
    monkeypatch.setenv("DISPLAY", ":0")
    (tmp_path / "qtclient").mkdir()
    (tmp_path / "qtclient" / "__main__.py").write_text("import os\nos.abort()\n")
    told = chat.no_window(Programs(Path(sys.executable), {**os.environ, "PYTHONPATH": str(tmp_path)}))
    assert told == f"No window can open here: Qt ended with {-signal.SIGABRT}."
    (tmp_path / "qtclient" / "__main__.py").write_text("import time\ntime.sleep(99)\n")
    monkeypatch.setattr(chat, "SCREEN_S", 0.1)
    told = chat.no_window(Programs(Path(sys.executable), {**os.environ, "PYTHONPATH": str(tmp_path)}))
    assert told == "No window can open here: the screen did not answer for 0.1 s."


@pytest.mark.window
@pytest.mark.skipif(sys.platform != "linux", reason="screens of Linux")
def test_the_real_window_is_asked(monkeypatch):
    here = {**os.environ, "PYTHONPATH": str(HOUSE), "QT_QPA_PLATFORM": "offscreen"}
    here["LOGGIA_REQUESTS"] = "tcp://*:0"  # where a broker is to serve: the window is told another one
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert chat.no_window(Programs(Path(sys.executable), here)) == ""
    told = chat.no_window(Programs(Path(sys.executable), here | {"QT_QPA_PLATFORM": "foo"}))
    assert told.startswith('No window can open here: Could not find the Qt platform plugin "foo"')


def test_without_a_screen_a_broker_that_answers_is_told(start, run):
    with start("broker", FAKE_OTHERS="1") as process:
        requests = [process.stdout.readline() for _ in range(4)][1].split()[-1]
        code, output, errors = run(**NO_SCREEN, LOGGIA_REQUESTS=requests, LOGGIA_FRONT_DOOR="off")
        process.kill()
        process.communicate(timeout=PATIENCE_S)
    assert (code, output) == (0, "")
    assert f"A broker is already answering on {requests}.\nHow to connect:\n" in errors
    assert "nc " not in errors


@pytest.mark.parametrize("count", [2, 3, 10])
def test_many_at_the_same_moment_start_one_broker(start, count):
    with Ports() as ports:
        requests = f"tcp://127.0.0.1:{ports.numbers[0]}"
        all_of_them = [start(FAKE_STAYS="1", LOGGIA_REQUESTS=requests) for _ in range(count)]
        for process in all_of_them:
            process.expect(f"window --connect {requests}\n")
        [owner] = [process for process in all_of_them if started_one(process)]
        for process in all_of_them:  # the owner last: in place of a broker that went another would be started
            if process is not owner:
                process.send_signal(signal.SIGTERM)
                assert process.communicate(timeout=PATIENCE_S)[1] == ""
        owner.send_signal(signal.SIGTERM)
        assert owner.communicate(timeout=PATIENCE_S)[1] == "Nobody else is connected; stopping.\n"


def started_one(process: Started) -> bool:
    """Reads on in its errors until it says whose broker it has."""
    while line := process.stderr.readline():
        if line.startswith("Started a broker on "):
            return True
        if line.startswith("A broker is already answering on "):
            return False
    raise AssertionError("it has no broker")


WAITS = "Another broker seems to be starting or stopping; waiting for it ...\n"


def test_a_broker_that_still_stops_is_waited_for(start, tmp_path):
    """Its doors are closed, and it has the data folder yet."""
    (tmp_path / "held").touch()
    with start(FAKE_HELD=str(tmp_path / "held")) as process:
        assert process.stderr.readline() == WAITS
        (tmp_path / "held").unlink()
        assert started_one(process)


def test_a_broker_that_still_starts_is_waited_for(start, tmp_path):
    """One that has the data folder and checks its log, its doors still closed."""
    (tmp_path / "held").touch()
    (tmp_path / "checks").touch()
    with Ports() as ports:
        here = {"LOGGIA_REQUESTS": f"tcp://127.0.0.1:{ports.numbers[0]}"}
        checks = {"FAKE_CHECKS": str(tmp_path / "checks")}
        with start("broker", **here, **checks, FAKE_OTHERS="1") as other:
            held = {"FAKE_HELD": str(tmp_path / "held")}
            with start(**here, **held) as process:
                assert process.stderr.readline() == WAITS
                (tmp_path / "checks").unlink()
                assert not started_one(process)
                process.communicate(timeout=PATIENCE_S)
            other.kill()
            other.communicate(timeout=PATIENCE_S)


def test_a_log_that_takes_long_to_check_is_waited_for(start, tmp_path):
    (tmp_path / "checks").touch()
    with start(FAKE_CHECKS=str(tmp_path / "checks"), START_S="0") as process:
        assert process.stderr.readline().startswith("The broker is still starting; waiting for it (Ctrl+C ")
        (tmp_path / "checks").unlink()
        assert started_one(process)
        assert process.communicate(timeout=PATIENCE_S)[1] == "Nobody else is connected; stopping.\n"


def test_where_the_broker_goes_while_a_window_joins_it_another_one_is_started(start):
    """Its window was closed just now, and it has not seen the new one."""
    with Ports() as ports:
        here = {"LOGGIA_REQUESTS": f"tcp://127.0.0.1:{ports.numbers[0]}"}
        with start("broker", **here, FAKE_OTHERS="1") as other:
            while "Waiting" not in (line := other.stdout.readline()):
                assert line
            with start(**here, FAKE_STAYS="1") as process:
                process.expect(f"window --connect {here['LOGGIA_REQUESTS']}\n")
                assert not started_one(process)
                other.kill()
                other.communicate(timeout=PATIENCE_S)
                assert started_one(process)
                process.send_signal(signal.SIGTERM)
                said = process.communicate(timeout=PATIENCE_S)[1]
    assert said == "Nobody else is connected; stopping.\n"
