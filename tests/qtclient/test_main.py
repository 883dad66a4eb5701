"""`python -m qtclient` as a process: its command line, its signals, its messages on the terminal."""

import argparse
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from loggia.qtclient.cli import endpoint
from loggia.qtclient.settings import replica_path
from loggia.shared.client.link.replica import Replica

from tests.endtoend.processes import HOUSE, Running, module
from tests.endtoend.screens import WindowOnScreen, screen
from tests.patience import PATIENCE_S
from tests.qtclient.programs import NOBODY, OFFSCREEN, OFFSCREEN_SAYS, nameless, script, window
from tests.stored import content


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("tcp://127.0.0.1:1101", "tcp://127.0.0.1:1101"),
        ("chat.example.org:1101", "tcp://chat.example.org:1101"),
        ("localhost", "tcp://localhost:1101"),
        ("::1", "tcp://[::1]:1101"),
        ("ipc:///tmp/loggia", "ipc:///tmp/loggia"),
    ],
)
def test_endpoints_people_write(written: str, meant: str):
    assert endpoint(written) == meant


@pytest.mark.parametrize("written", ["", "a:0", "a:99999", "http://a:80", "a b:1", "tcp://*:1101"])
def test_what_is_no_endpoint(written: str):
    with pytest.raises(argparse.ArgumentTypeError, match="is no address of a broker"):
        endpoint(written)


@pytest.mark.parametrize(
    "flags", [["--nick", "a/b"], ["--room", "x" * 65], ["--connect", "no where"], ["--theme", "pink"]]
)
def test_a_wrong_command_line_is_a_usage_error(tmp_path: Path, flags: list[str]):
    with window(tmp_path, *flags) as running:
        assert running.wait() == 2
        assert any(line.startswith("python -m qtclient: error: argument") for line in running.lines)


def test_a_wrong_variable_is_a_usage_error_too(tmp_path: Path):
    wrong = OFFSCREEN | {"LOGGIA_REQUESTS": "http://127.0.0.1:1101"}
    with module("qtclient", "--data", str(tmp_path), environment=wrong) as running:
        assert running.wait() == 2
        assert "error: LOGGIA_REQUESTS: 'http://127.0.0.1:1101' is no address" in running.lines[-1]


@pytest.mark.skipif(sys.platform != "linux", reason="screens of Linux")
def test_without_a_screen_it_says_so(tmp_path: Path):
    nothing = {"QT_QPA_PLATFORM": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    with module("qtclient", "--data", str(tmp_path), environment=nothing) as running:
        assert running.wait() == 1
        assert running.lines[0].startswith("ERROR: There is no screen here")


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path):
    (tmp_path / "file").touch()
    with window(tmp_path / "file" / "folder") as running:
        assert running.wait() == 1
        assert len(running.lines) == 1
        assert running.lines[0].startswith("ERROR: The data folder")


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files")
def test_a_new_folder_is_for_nobody_else_to_read(tmp_path: Path):
    folder = tmp_path / "data"
    with window(folder) as running:
        running.wait_for("Server not reachable")
        assert folder.stat().st_mode & 0o777 == 0o700
        copies = list(folder.glob("*.copy*"))
        assert copies
        assert {file.stat().st_mode & 0o777 for file in copies} == {0o600}


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_closes_it_properly(tmp_path: Path, number: signal.Signals):
    with window(tmp_path) as running:
        running.wait_for(
            r"Server not reachable at tcp://127\.0\.0\.1:1 \(nobody answers there\); trying again by itself"
        )
        running.send(number)
        assert running.wait() == 0
        assert (tmp_path / "window.json").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_closes_it_also_while_it_asks(tmp_path: Path, number: signal.Signals):
    """For the nickname at the first start; that the window of somebody else is open already."""
    with nameless(tmp_path / "new") as asking:
        asking.wait_for(OFFSCREEN_SAYS)
        asking.send(number)
        assert asking.wait() == 0
    with window(tmp_path) as first:
        first.wait_for("Server not reachable")
        with nameless(tmp_path, "--nick", "bob") as second:
            second.wait_for(OFFSCREEN_SAYS)
            second.send(number)
            assert second.wait() == 1


def test_failing_to_connect_is_told_once(tmp_path: Path):
    tries = "import sys\n" + TRIES
    with script(tries, tmp_path) as running:
        assert running.wait() == 0
        assert sum("Server not reachable" in line for line in running.lines) == 1


def made_newer(file: Path) -> None:
    with contextlib.closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA user_version = 9")


def made_text(file: Path) -> None:
    file.write_bytes(b"half of what was here " * 1000)


def made_another_program_s(file: Path) -> None:
    file.unlink()
    with contextlib.closing(sqlite3.connect(file)) as db:
        db.execute("CREATE TABLE notes(text)")


NEWER = "was written by a newer Loggia; update this one."
NOT_OURS = (
    "cannot be used: it is damaged, or a file of something else; move it away, or choose another folder."
)


@pytest.mark.parametrize(
    ("made", "says"), [(made_newer, NEWER), (made_text, NOT_OURS), (made_another_program_s, NOT_OURS)]
)
def test_a_copy_that_is_none_for_this_version_is_one_sentence_and_nothing_is_touched(
    tmp_path: Path, made: Callable[[Path], None], says: str
):
    file = replica_path(tmp_path, f"tcp://{NOBODY}")
    Replica(file).close()
    made(file)
    (tmp_path / "window.json").write_text('{"nick": "somebody"}')
    before = content(tmp_path)
    with window(tmp_path) as running:
        assert running.wait() == 1
        assert running.lines == [f"ERROR: {file} {says}"]
    assert content(tmp_path) == before


@pytest.mark.xvfb
@pytest.mark.skipif(sys.platform != "linux", reason="screens of Linux")
def test_where_somebody_sees_it_the_sentence_is_a_message_of_its_own(tmp_path: Path):
    file = replica_path(tmp_path, f"tcp://{NOBODY}")
    Replica(file).close()
    made_newer(file)
    before = content(tmp_path)
    with screen() as display:
        shown = WindowOnScreen(display, NOBODY, "ada", tmp_path)
        with shown.process as running:
            shown.focus()
            assert running.lines[-1] == f"ERROR: {file} {NEWER}"
            assert running.is_running
            shown.press("key", "Return")
            assert running.wait() == 1
    assert content(tmp_path) == before


def test_the_links_thread_yields_to_the_window_within_a_thousandth_of_a_second(tmp_path: Path):
    with script(YIELDS, tmp_path) as running:
        assert running.wait() == 0
        assert "yields: 0.001" in running.lines


def test_an_error_of_ours_is_told_and_the_window_goes_on(tmp_path: Path):
    with script(RAISE, tmp_path) as running:
        assert running.wait() == 0
        assert sum("ZeroDivisionError" in line for line in running.lines) == 2, (
            "the traceback, and the sentence"
        )
        assert running.lines[-2] == (
            "told: Something went wrong in this window (ZeroDivisionError); it goes on. "
            f"What happened is written down in {tmp_path / 'window.log'}."
        )
        assert running.lines[-1] == "still here"
    assert "ZeroDivisionError: division by zero" in (tmp_path / "window.log").read_text()


YIELDS = """
def step(qt):
    print("yields:", sys.getswitchinterval(), flush=True)
    made[0].leave(True)
"""
TRIES = """
seen = []
def step(qt):
    status = made[0].window.state.status
    if not seen or seen[-1] is not status:
        seen.append(status)
    if sum(status.connection == "reconnecting" for status in seen) == 3:
        made[0].leave(True)
"""
RAISE = """
steps = []
def step(qt):
    steps.append(1)
    if len(steps) == 1:
        1 / 0
    if len(steps) == 5:
        print("told:", made[0].window.composer.hint.text(), flush=True)
        print("still here", flush=True)
        made[0].leave(True)
"""


def ended(
    *arguments: str, closed: Sequence[int] = (), **options: Any
) -> "subprocess.CompletedProcess[bytes]":
    """`python -m qtclient` with some of its descriptors closed, to its end."""
    return subprocess.run(
        [sys.executable, "-P", "-W", "error", "-m", "qtclient", *arguments],
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
        preexec_fn=lambda: [os.close(number) for number in closed],
        env={**os.environ, **OFFSCREEN, "PYTHONPATH": str(HOUSE), "PYTHONIOENCODING": "ascii:strict"},
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.mark.skipif(os.name != "posix", reason="descriptors")
@pytest.mark.parametrize("closed", [(), (0,), (1,), (2,), (0, 1, 2)], ids=str)
def test_it_says_why_it_cannot_open_whatever_its_streams_are(tmp_path: Path, closed: Sequence[int]):
    (tmp_path / "dätei").touch()
    done = ended("--data", str(tmp_path / "dätei"), closed=closed)
    assert done.returncode == 1
    if 2 not in closed:
        assert done.stderr.count(b"\n") == 1
        assert b"d\\xe4tei" in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux")
def test_help_that_is_lost_is_no_success():
    with open("/dev/full", "wb") as full:
        assert ended("--help", stdout=full).returncode == 1
    assert ended("--help", closed=[1]).returncode == 1
    assert ended("--help").returncode == 0
    assert ended("--nonsense", closed=[1]).returncode == 2


COUNTED = """
import atexit, sys
from PyQt6.QtWidgets import QApplication
from loggia.qtclient import cli, process
run = process.run
def watch_windows():
    for shown in QApplication.topLevelWidgets():
        print("a window ends")
        shown.destroyed.connect(lambda: print("PyQt took a window apart"))
def watched(qt, *given, **named):
    qt.destroyed.connect(lambda: print("the application went"))
    qt.aboutToQuit.connect(watch_windows)
    return run(qt, *given, **named)
process.run = watched
atexit.register(print, "Python took all apart")
sys.exit(cli.start())
"""


def test_a_window_that_ends_takes_nothing_apart_but_its_application(tmp_path: Path):
    """That would take longer than all else at its end; and with the application goes what was copied.

    What PyQt takes apart together with an application crashes now and then: nothing may be left to it.
    """
    flags = ["--data", str(tmp_path), "--connect", NOBODY, "--nick", "ada"]
    here = OFFSCREEN | {"PYTHONPATH": str(HOUSE)}
    with Running([sys.executable, "-P", "-c", COUNTED, *flags], environment=here) as running:
        running.wait_for("Server not reachable")
        running.send(signal.SIGTERM)
        assert running.wait() == 0
        said = [line for line in running.lines if not line.startswith("Server not")]
    said = [line for line in said if OFFSCREEN_SAYS not in line]
    assert "a window ends" in said
    assert [line for line in said if line != "a window ends"] == ["the application went"]
