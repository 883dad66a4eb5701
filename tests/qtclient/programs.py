"""The window in tests: as a process without a screen."""

import sys
from pathlib import Path

from tests.endtoend.processes import HOUSE, Running, module

OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}
OFFSCREEN_SAYS = "propagateSizeHints"  # it has no window manager to tell sizes to
NOBODY = "127.0.0.1:1"


def window(folder: Path, *flags: str) -> Running:
    return nameless(folder, "--nick", "ada", *flags)


def nameless(folder: Path, *flags: str) -> Running:
    return module("qtclient", "--data", str(folder), "--connect", NOBODY, *flags, environment=OFFSCREEN)


def script(code: str, folder: Path, nick: str = "ada") -> Running:
    """A program that runs `code` when the window's event loop does, then the window on `folder`."""
    return Running(
        [
            sys.executable,
            "-P",
            "-W",
            "error",
            "-c",
            RUN.format(code=code, folder=str(folder), nobody=NOBODY, nick=nick),
        ],
        environment=OFFSCREEN | {"PYTHONPATH": str(HOUSE)},
    )


RUN = """
import sys
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication
from loggia.qtclient import app, screen
from loggia.qtclient.style import theme
from loggia.qtclient.cli import main
made = []
begin = app.App.__init__
def remember(self, *arguments, **named):
    begin(self, *arguments, **named)
    made.append(self)
app.App.__init__ = remember
class Qt(QApplication):
    def __init__(self, arguments):
        super().__init__(arguments)
        self.timer = QTimer(self)
        self.timer.timeout.connect(self.step)
        self.timer.start(10)
    def step(self):
        step(self)
screen.QApplication = Qt
{code}
screen.gone(main(["--data", {folder!r}, "--connect", {nobody!r}, "--nick", {nick!r}, "--theme", "dark"]))
"""
