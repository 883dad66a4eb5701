"""What is said just before the window is closed is said once, whatever the broker does then."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from loggia.qtclient.app import App

from tests.endtoend.processes import HOUSE, Broker, Running
from tests.qtclient.apps import connected, heard, stop

Start = Callable[..., App]

# A window that says something once it is in the room, and is closed at once; its process ends as it does.
SAYS = """
import os, signal, sys
from loggia.qtclient import app, cli
from loggia.shared.client.commands import Say
from PyQt6.QtCore import QTimer
begin = app.App.start
def start(self):
    began = begin(self)
    def look():
        state = self.window.state
        if not (state.connected and state.here and state.here.entered):
            return
        timer.stop()
        if before := os.environ.get("STOPS"):
            os.kill(int(before), signal.SIGSTOP)
        self.window.holding.on = bool(os.environ.get("HOLDS"))
        for text in ("one", "last words"):
            self.window.composer.said.emit(Say(room="lobby", text=text))
        self.window.close()
    timer = self.timer = QTimer(self)
    timer.timeout.connect(look)
    timer.start(1)
    return began
app.App.start = start
sys.exit(cli.start())
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("holds", ["", "yes"], ids=["said", "held"])
@pytest.mark.parametrize("stands", [True, False], ids=["stands still", "serves"])
def test_what_is_said_as_the_window_closes_is_said_once(
    start: Start, broker: Broker, qtbot, tmp_path: Path, stands: bool, holds: str
):
    folder = tmp_path / "kept"
    command = [sys.executable, "-P", "-W", "error", "-c", SAYS, "--nick", "ada"]
    around = {"PYTHONPATH": str(HOUSE), "HOLDS": holds, "STOPS": f"{broker.process.pid}" if stands else ""}
    try:
        with Running(
            [*command, "--data", str(folder), "--connect", broker.requests], environment=around
        ) as window:
            assert window.wait() == 0, window.lines
    finally:
        broker.process.send(signal.SIGCONT)
    again = start(broker.requests, folder=folder)
    qtbot.waitUntil(lambda: connected(again) and not again.window.state.unsent())
    qtbot.waitUntil(lambda: [text for _, text, _ in heard(again)] == ["one", "last words"])
    stop(again, qtbot, at_once=False)
