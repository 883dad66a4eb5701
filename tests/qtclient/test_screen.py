"""A window where no window can open: one sentence and exit code 1, by the real Qt against real screens."""

import contextlib
import json
import os
import secrets
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endtoend.processes import HOUSE, Running, module
from tests.endtoend.screens import display, screen_server
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="screens of Linux")

NOTHING = {"QT_QPA_PLATFORM": "", "DISPLAY": "", "WAYLAND_DISPLAY": "", "XDG_SESSION_TYPE": ""}
NOWHERE = "tcp://127.0.0.1:1"


def tried(**named: str) -> str:
    """What `python -m qtclient --check-screen` says: it must be one sentence, and exit code 1."""
    with module("qtclient", "--check-screen", environment=NOTHING | named) as running:
        assert running.wait() == 1, running.lines
        (line,) = running.lines
    return line


@contextlib.contextmanager
def mute_screen() -> Iterator[str]:
    """A DISPLAY at which somebody takes connections and never says a word, as at the end of a dead ssh."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1] - 6000}"


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ({"DISPLAY": ":4242"}, "could not connect to display :4242 (DISPLAY=:4242); start it in a desktop"),
        ({"DISPLAY": "garbage"}, "could not connect to display garbage (DISPLAY=garbage)"),
        (
            {"DISPLAY": "127.0.0.1:4242"},
            "could not connect to display 127.0.0.1:4242 (DISPLAY=127.0.0.1:4242)",
        ),
        ({"DISPLAY": ":4\x1b[31m"}, r"could not connect to display :4\x1b[31m (DISPLAY=:4\x1b[31m)"),
        ({"WAYLAND_DISPLAY": "wayland-77"}, "could not connect to display (WAYLAND_DISPLAY=wayland-77)"),
        ({"DISPLAY": ":4242", "WAYLAND_DISPLAY": "wayland-77"}, "(DISPLAY=:4242 WAYLAND_DISPLAY=wayland-77)"),
        ({"QT_QPA_PLATFORM": "foo"}, 'find the Qt platform plugin "foo" in "" (QT_QPA_PLATFORM=foo)'),
        ({"QT_QPA_PLATFORM": "xcb"}, "could not connect to display (QT_QPA_PLATFORM=xcb)"),
    ],
    ids=str,
)
def test_a_screen_that_is_not_there_is_one_sentence(named: dict[str, str], reason: str):
    assert tried(**named).startswith("ERROR: No window can open here: ")
    assert reason in tried(**named)


def test_a_screen_of_wayland_says_why_with_its_libraries_and_without():
    told = tried(QT_QPA_PLATFORM="wayland")
    assert told.startswith("ERROR: No window can open here: ")
    reasons = (
        '"wayland" in "" even though it was found',
        "Failed to create wl_display (No such file or directory)",
    )
    assert any(f"{reason} (QT_QPA_PLATFORM=wayland)" in told for reason in reasons)


def test_the_window_itself_says_the_same(tmp_path: Path):
    command = "--data", str(tmp_path), "--connect", NOWHERE, "--nick", "ada"
    with module("qtclient", *command, environment=NOTHING | {"DISPLAY": ":4242"}) as running:
        assert running.wait() == 1
        assert running.lines == [tried(DISPLAY=":4242")]


def test_without_the_libraries_of_x_it_names_them(tmp_path: Path):
    (tmp_path / "libxcb-cursor.so.0").write_text("this is no library")
    told = tried(DISPLAY=":0", LD_LIBRARY_PATH=str(tmp_path))
    assert "xcb-cursor0 or libxcb-cursor0 is needed" in told
    assert "wl_display" not in told


def test_a_screen_that_can_show_nothing_is_none():
    assert "linuxfb" in tried(QT_QPA_PLATFORM="linuxfb:fb=/dev/null")


@pytest.mark.xvfb
def test_a_screen_that_refuses_says_why(tmp_path: Path):
    cookie, empty = tmp_path / "cookie", tmp_path / "empty"
    name, secret = b"MIT-MAGIC-COOKIE-1", secrets.token_bytes(16)
    fields = b"", b"", name, secret
    cookie.write_bytes(b"\xff\xff" + b"".join(struct.pack(">H", len(field)) + field for field in fields))
    empty.touch()
    with screen_server("-auth", str(cookie)) as server:
        named = {"DISPLAY": display(server), "QT_QPA_PLATFORM": "xcb"}
        assert "uthorization" in tried(**named, XAUTHORITY=str(empty))
        named |= {"XAUTHORITY": str(cookie)}
        with module("qtclient", "--check-screen", environment=NOTHING | named) as running:
            assert running.wait() == 0
            assert running.lines == []


def test_a_screen_that_says_nothing_is_not_waited_for_for_ever():
    code = "from loggia.qtclient.screen import Screen; Screen(answer_s=0.1).open()"
    with mute_screen() as named:
        environment = NOTHING | {"DISPLAY": named, "PYTHONPATH": str(HOUSE)}
        with Running([sys.executable, "-P", "-W", "error", "-c", code], environment=environment) as running:
            assert running.wait() == 1
            (line,) = running.lines
    assert line.startswith(
        f"ERROR: No window can open here: the screen did not answer for 0.1 s (DISPLAY={named})"
    )


def test_standard_error_that_is_closed_changes_nothing():
    command = f"exec {sys.executable} -P -m qtclient --check-screen 2>&-"
    with Running(["sh", "-c", command], environment=NOTHING | {"DISPLAY": ":4242"}) as running:
        assert running.wait() == 1
        assert running.lines == []
    with Running(["sh", "-c", command], environment={"QT_QPA_PLATFORM": "offscreen"}) as running:
        assert running.wait() == 0


WRITES = """
import sys
from PyQt6.QtCore import QTimer
from loggia.qtclient import app, cli
begin = app.App.start
def start(self):
    began = begin(self)
    self.window.composer.editor.setPlainText("half a thought")
    QTimer.singleShot(0, lambda: print("written", flush=True))
    return began
app.App.start = start
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.mark.xvfb
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_when_the_screen_goes_away_what_was_written_is_kept(tmp_path: Path, how: signal.Signals):
    command = [sys.executable, "-P", "-W", "error", "-c", WRITES, "--data", str(tmp_path), "--nick", "ada"]
    with screen_server() as server:
        named = NOTHING | {"DISPLAY": display(server), "PYTHONPATH": str(HOUSE)}
        with Running([*command, "--connect", NOWHERE], environment=named) as window:
            window.wait_for("^written$")
            assert not (tmp_path / "window.json").exists()
            server.send(how)
            assert window.wait() == 1
            assert window.lines[-1] == (
                "ERROR: The screen went away, and the window with it; what you wrote is kept."
            )
    kept = json.loads((tmp_path / "window.json").read_text())
    assert kept["servers"][NOWHERE]["drafts"] == {"lobby": "half a thought"}


def test_to_look_for_a_screen_loads_no_window():
    """run.py waits for it at each start."""
    code = "import sys; from loggia.qtclient import cli; cli.main(['--check-screen'])\n"
    code += "print([name for name in sys.modules if name.startswith('loggia.qtclient.')])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(HOUSE), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.stdout == "['loggia.qtclient.cli', 'loggia.qtclient.screen']\n", done.stderr
