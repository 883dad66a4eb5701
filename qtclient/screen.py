# SPDX-License-Identifier: GPL-3.0-only
"""Connects Qt to the screen; without one, and when it goes away, one sentence and exit code 1. GUI thread.

Left alone, Qt aborts with four lines about its plugins, and waits for ever for a screen that says nothing.
"""

import atexit
import contextlib
import os
import re
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

from loggia.shared.protocol.names import escaped
from PyQt6 import sip
from PyQt6.QtCore import (
    QCoreApplication,
    QLoggingCategory,
    QMessageLogContext,
    QObject,
    QtMsgType,
    qFormatLogMessage,
    qInstallMessageHandler,
)
from PyQt6.QtWidgets import QApplication

ANSWER_S = 10.0  # a screen of this computer takes milliseconds, one behind a slow ssh a second or two
CHOICE = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")  # what tells Qt which screen to take
UNTOLD = "qt.text.font.db=false"  # which font lacks which script: another one is taken for it
LOST = re.compile(r"The (X11|Wayland) connection (broke|experienced)")
# What Qt says of every plugin that did not start, whatever the reason was: the less telling, the later here.
VAGUE = (
    re.compile(r"is needed to load the Qt xcb|^Could not load the Qt platform|^This application failed"),
    re.compile(r"^Could not load the Qt platform|^This application failed"),
)


# And what it says where it tried the kind of screen that nobody named as well
OF_WAYLAND = re.compile(r"XDG_RUNTIME_DIR|wl_display|wayland")


class Screen:
    """The connection of this process to its screen.

    Attributes: `keep`: called when the screen goes away, before the process ends.
    """

    def __init__(self, answer_s: float = ANSWER_S) -> None:
        self.keep: Callable[[], None] = lambda: None
        self._answer_s = answer_s
        self._opening = True
        self._said: list[str] = []
        self._errors = Errors()

    def open(self) -> QApplication:
        """The one QApplication. Where no window can open, the process ends here, with exit code 1."""
        QLoggingCategory.setFilterRules(UNTOLD)
        qInstallMessageHandler(self._told)
        atexit.register(qInstallMessageHandler, None)
        patience = threading.Timer(self._answer_s, self._waited)
        patience.daemon = True
        patience.start()
        qt = QApplication(["loggia"])
        patience.cancel()
        patience.join()
        # Only `gone` ends it, not whoever is the last to forget it
        sip.transferto(qt, None)  # type: ignore[arg-type]  # its types do not know of None
        if qt.primaryScreen() is None:
            self._failed()
        self._opening = False
        for line in [*self._errors.taken(), *self._said]:
            say(line)
        return qt

    def _told(self, kind: QtMsgType, context: QMessageLogContext, text: str | None) -> None:
        """What Qt says, in any thread. After what it calls fatal it aborts the process."""
        text = (text or "").strip()
        if not self._opening:
            self._told_later(kind, context, text)
        elif kind is not QtMsgType.QtDebugMsg:
            self._said.append(text)
            if kind is QtMsgType.QtFatalMsg:
                self._failed()

    def _told_later(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if lost := LOST.match(text):
            self.keep()
            if lost[1] == "X11":  # Qt would run exit() under the link's thread; on Wayland it may reconnect
                _end("The screen went away, and the window with it; what you wrote is kept.")
        say(qFormatLogMessage(kind, context, text) or text)

    def _waited(self) -> None:
        self._failed(f"the screen did not answer for {self._answer_s:g} s")

    def _failed(self, reason: str = "") -> NoReturn:
        told = [*self._errors.taken(), *self._said]
        if os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
            told = [line for line in told if not OF_WAYLAND.search(line)] or told
        for vague in VAGUE:
            reason = reason or "; ".join(line for line in told if not vague.search(line))
        reason = reason or (told[0] if told else "there is no screen")
        chosen = " ".join(f"{name}={os.environ[name]}" for name in CHOICE if os.environ.get(name))
        _end(
            f"No window can open here: {reason.rstrip('. ')} ({chosen or 'DISPLAY is not set'}); "
            "start it in a desktop session, or set these variables to a screen that is there."
        )


class Errors:
    """Standard error, kept aside from now until `taken`: libxcb itself writes there why it was refused."""

    def __init__(self) -> None:
        self._kept = self._before = -1
        if sys.platform == "linux":
            with contextlib.suppress(OSError):  # it is closed: nothing to keep
                self._before = os.dup(2)
                self._kept = os.memfd_create("errors")
                os.dup2(self._kept, 2)

    def taken(self) -> list[str]:
        """Put it back; gives the lines that were written to it, once."""
        if self._kept < 0:
            return []
        os.dup2(self._before, 2)
        os.close(self._before)
        os.lseek(self._kept, 0, os.SEEK_SET)
        with open(self._kept, errors="replace") as kept:
            self._kept = -1
            return [line.strip() for line in kept if line.strip()]


def _end(text: str) -> NoReturn:
    say(f"ERROR: {text}")
    os._exit(1)  # nothing can be put in order any more: Qt is in the middle of giving up


def gone(code: int) -> NoReturn:
    """End the process: all is on the disk, and every thread has ended.

    Python would first take apart all that is in memory, one object after the other, which takes longer than
    all else at the end of a window. Only the application goes: with it what was copied goes to the desktop.
    As the child of another object it goes alone. Deleted by itself, PyQt would look through all that it knows
    and delete what Python owns, while what it looks through changes under it: one end in eighty crashed.
    """
    if (qt := QCoreApplication.instance()) is not None:
        parent = QObject()
        qt.setParent(parent)
        sip.delete(parent)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, AttributeError):
            stream.flush()
    os._exit(code)


def say(text: str) -> None:
    """One line on the terminal."""
    with contextlib.suppress(OSError, AttributeError):  # standard error may be closed
        sys.stderr.write(escaped(text) + "\n")
        sys.stderr.flush()
