"""A broker that serves whatever its streams are: closed, full, left by who read them."""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import termios

import pytest
from loggia.shared.client.api.client import Client

from tests.endtoend.people import Raw
from tests.endtoend.processes import END_S, HOUSE, Running, module
from tests.started import Started

pytestmark = pytest.mark.skipif(os.name != "posix", reason="descriptors and ipc")


@contextlib.contextmanager
def serving(folder, *flags, closed=(), ignored=(), **options):
    """A broker that is reached at `ipc://FOLDER/requests`, whatever it prints; ended by SIGTERM."""

    def prepare():
        for number in closed:
            os.close(number)
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)

    doors = [f"--{door}=ipc://{folder}/{door}" for door in ("requests", "broadcasts")]
    command = [sys.executable, "-P", "-W", "error", "-m", "broker", "--data", str(folder / "data")]
    with Started(
        [*command, *doors, "--front-door", "127.0.0.1:0", *flags],
        preexec_fn=prepare,
        env={**os.environ, "PYTHONPATH": str(HOUSE)},
        **{"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE, **options},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def talk(folder, text):
    """It is well: somebody joins, says this, is answered and leaves, of which the broker's log tells."""
    with Client("ada", connect=f"ipc://{folder}/requests") as ada:
        assert ada.send(text) > 0


def stops_well(process, folder):
    with Raw(f"ipc://{folder}/requests", "bob") as bob:
        process.send_signal(signal.SIGTERM)
        assert bob.hears_the_end()["code"] == "unavailable"
    assert process.wait(END_S) == 0
    assert b"Traceback" not in (process.stderr.read() if process.stderr else b"")
    with module("broker", "verify", "--data", str(folder / "data")) as verify:
        assert verify.wait() == 0, verify.lines


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)], ids=str)
@pytest.mark.parametrize("flags", [[], ["--log-json"]], ids=str)
def test_it_serves_without_streams(tmp_path, closed, flags):
    with serving(tmp_path, *flags, closed=closed, stdout=subprocess.DEVNULL) as process:
        talk(tmp_path, "nobody looks on")
        stops_well(process, tmp_path)


def test_it_serves_on_a_full_disk_for_its_log(tmp_path):
    with open("/dev/full", "wb") as full, serving(tmp_path, stdout=full, stderr=full) as process:
        talk(tmp_path, "nobody looks on")
        stops_well(process, tmp_path)


def test_it_serves_on_when_the_reader_of_its_log_goes_away(tmp_path):
    with serving(tmp_path, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline().startswith(b"Ready to serve on ")
        process.stdout.close()
        talk(tmp_path, "nobody looks on")
        talk(tmp_path, "nor now")
        stops_well(process, tmp_path)


@pytest.mark.parametrize("closed", [(1,), (0, 1)], ids=str)
def test_a_start_that_fails_without_standard_output_says_so_on_the_other(tmp_path, closed):
    (tmp_path / "data").touch()
    with serving(tmp_path, closed=closed) as process:
        assert process.wait(END_S) == 1
        [line] = process.stderr.read().splitlines()
        assert line.startswith(b"ERROR: Failed to start up the server: the data folder ")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252:strict", "latin-1"])
@pytest.mark.parametrize("flags", [[], ["--log-json"]], ids=str)
def test_names_of_people_fit_every_console(tmp_path, monkeypatch, encoding, flags):
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    with serving(tmp_path, *flags, stdout=subprocess.PIPE) as process:
        for nick in ("Zoë", "日本", "🙂"):
            with Raw(f"ipc://{tmp_path}/requests", nick) as person:
                person.ask("join", room="café 🙂")
        stops_well(process, tmp_path)
        said = process.stdout.read()
    if flags:
        text = "\n".join(json.loads(line)["text"] for line in said.decode("ascii").splitlines())
        assert all(name in text for name in ("Zoë", "日本", "🙂"))
    else:
        assert all(name.encode() in said for name in ("Zo", r"\u65e5\u672c", r"\U0001f642"))


def test_when_its_terminal_is_closed_everybody_is_told(tmp_path):
    terminal, its_end = os.openpty()

    def own_terminal():
        os.setsid()
        fcntl.ioctl(its_end, termios.TIOCSCTTY, 0)

    doors = [f"--{door}=ipc://{tmp_path}/{door}" for door in ("requests", "broadcasts")]
    with (
        Started(
            [sys.executable, "-P", "-m", "broker", "--data", tmp_path / "data", "--front-door=off", *doors],
            stdin=its_end,
            stdout=its_end,
            stderr=its_end,
            preexec_fn=own_terminal,
            env={**os.environ, "PYTHONPATH": str(HOUSE)},
        ) as process,
        Raw(f"ipc://{tmp_path}/requests", "bob") as bob,
    ):
        os.close(its_end)
        os.close(terminal)
        assert bob.hears_the_end()["code"] == "unavailable"
        assert process.wait(END_S) == 0


EARLY = """
import os, sys
import loggia.broker.cli, loggia.broker.runtime.server

number = int(sys.argv.pop())

class Log(loggia.broker.runtime.server.Log):  # it is told to end while it looks at its log
    def __init__(self, *arguments, **named):
        os.kill(os.getpid(), number)
        super().__init__(*arguments, **named)

loggia.broker.runtime.server.Log = Log
sys.exit(loggia.broker.cli.main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_broker_that_is_told_to_end_while_it_starts_ends_well(tmp_path, number):
    doors = [f"--{door}=ipc://{tmp_path}/{door}" for door in ("requests", "broadcasts")]
    start = [sys.executable, "-P", "-W", "error", "-c", EARLY, "--data", str(tmp_path / "data"), *doors]
    with Running([*start, "--front-door=off", str(int(number))]) as broker:
        assert broker.wait() == 0
        assert broker.lines[-1] == "Stopping."
    assert not (tmp_path / "data" / "control").exists()


def test_a_closed_terminal_does_not_end_what_was_started_to_outlive_it(tmp_path):
    """As by nohup."""
    with serving(tmp_path, ignored=[signal.SIGHUP], stdout=subprocess.DEVNULL) as process:
        talk(tmp_path, "before")
        process.send_signal(signal.SIGHUP)
        talk(tmp_path, "after")
        stops_well(process, tmp_path)
