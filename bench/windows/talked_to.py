"""`python -m bench.windows`: what the window does while much is said, as one JSON line.

A real window with its file, on a screen that nobody sees, in a process of its own; broker and talkers are in
others. A gap is how long its event loop did not come to what was due: so long no key and no click is heard.
"""

import argparse
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from loggia.qtclient import cli
from loggia.qtclient.window import Window
from PyQt6.QtCore import QCoreApplication, QObject, Qt, QTimer, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QApplication

from bench.beside import beside, told, until
from bench.broker import Broker, running_broker
from bench.dealers import Dealer, dealing
from bench.process import resident_kib
from bench.speakers import flood, paced
from bench.subscribers import ROOM
from bench.surroundings import HOUSE, surroundings

RATE = 1000.0  # messages a second that people may read
LOOK_MS = 5  # what is due in the window's event loop
SHOW_S = 0.001  # between two looks whether there is a window
WINDOW = 1000
TIMEOUT_S = 300.0

Told = dict[str, float]


def main() -> None:
    command = argparse.ArgumentParser(prog="bench.windows", description="Measure a window.")
    command.add_argument("--seconds", type=float, default=15.0, help="of talk, each time (default 15)")
    command.add_argument("--burst", type=int, default=80_000, help="messages at once (default 80,000)")
    command.add_argument("--copy", type=int, default=1_000_000, help="that it holds (default 1,000,000)")
    command.add_argument("--house", default=HOUSE, type=Path, help="the checkout whose broker serves")
    options = command.parse_args()
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with (
        tempfile.TemporaryDirectory() as log,
        tempfile.TemporaryDirectory() as kept,
        running_broker(Path(log), house=options.house) as broker,
        dealing(broker, 1) as (talker,),
    ):
        figures = _while_it_is_open(broker, talker, Path(kept), options)
        figures |= _over_its_copy(broker, talker, Path(kept))
    print(json.dumps({**surroundings(), **vars(options), "house": str(options.house), **figures}))


# -- What is measured --------------------------------------------------------------------------


def _while_it_is_open(broker: Broker, talker: Dealer, kept: Path, options: argparse.Namespace) -> Told:
    """At the newest message, further up, while a burst comes, and until the copy is as large as asked for."""
    talk = max(10, int(RATE * options.seconds))
    with _window(broker, kept) as window:
        window.until(talker.head())
        window.begin()
        paced([talker], RATE, talk)
        figures = _named("bottom", window.until(talker.head()))
        window.do("up")
        window.begin()
        paced([talker], RATE, talk)
        figures |= _named("above", window.until(talker.head()))
        window.do("down")
        window.begin()
        flood([talker], options.burst, WINDOW)
        figures |= _named("burst", window.until(talker.head()))
        if (rest := options.copy - talker.head()) > 0:
            flood([talker], rest, WINDOW)
            window.until(talker.head())
    return figures


def _over_its_copy(broker: Broker, talker: Dealer, kept: Path) -> Told:
    """From its start on, and back through all that it holds."""
    with _window(broker, kept) as window:
        figures = {"shown_ms": window.shown_ms}
        window.until(talker.head())
        window.begin()
        window.do("back")
        scrolled = window.until_top()
        return figures | {"back_gap_ms": scrolled["longest_ms"], "back_kib": scrolled["kib"]}


def _named(what: str, told: Told) -> Told:
    return {
        f"{what}_gap_ms": told["longest_ms"],
        f"{what}_kib": told["kib"],
    }


class _Opened:
    """A window in another process. `shown_ms`: from the start of that process until it showed messages, or
    that there are none."""

    def __init__(self, pipe: Connection, started_s: float) -> None:
        self._pipe = pipe
        self.shown_ms = round((self._told()["shown_s"] - started_s) * 1000)

    def do(self, what: str) -> Told:
        self._pipe.send(what)
        return self._told()

    def begin(self) -> None:
        """What is told is since now."""
        self.do("begin")

    def until(self, head: int) -> Told:
        """It shows, or could show, all up to that number."""
        return self._until(lambda told: told["newest"] >= head)

    def until_top(self) -> Told:
        return self._until(lambda told: told["oldest"] <= 1)

    def _until(self, is_so: Callable[[Told], bool]) -> Told:
        return until(lambda: self.do("tell"), is_so, each_s=LOOK_MS / 1000, most_s=TIMEOUT_S)

    def _told(self) -> Told:
        answer: Told = told(self._pipe, TIMEOUT_S)
        return answer


@contextmanager
def _window(broker: Broker, kept: Path) -> Iterator[_Opened]:
    started_s = time.monotonic()  # one clock for all processes of a computer
    with beside(_open, broker.requests, str(kept)) as pipe:
        yield _Opened(pipe, started_s)


# -- In the process of the window --------------------------------------------------------------


class Probe(QObject):
    """Looks into the window, in its thread, every 5 ms; does what comes through the pipe."""

    begun = pyqtSignal()

    def __init__(self, pipe: Connection) -> None:
        super().__init__()
        self._pipe = pipe
        self._window: Window | None = None
        self._back = False
        self._at = self._longest = 0.0
        self.begun.connect(self._begin)

    @pyqtSlot()  # or it would be called in the thread that connected it
    def _begin(self) -> None:
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_MS)
        self._at = time.monotonic()

    def _look(self) -> None:
        now = time.monotonic()
        late = now - self._at - LOOK_MS / 1000
        self._longest = max(self._longest, late)
        self._at = now
        if self._window is None:
            self._find()
        elif self._back:
            self._up()
        if self._window is not None and self._pipe.poll():
            self._do(self._window, self._pipe.recv())

    def _find(self) -> None:
        for shown in QApplication.topLevelWidgets():
            if isinstance(shown, Window) and shown.isVisible():
                model = shown.timeline.model()
                if (model is not None and model.rowCount()) or shown.state.connected:
                    self._window = shown
                    self._pipe.send({"shown_s": time.monotonic()})

    def _do(self, window: Window, what: str | None) -> None:
        if what is None:
            self._timer.stop()
            window.close()
            return
        if what == "begin":
            self._longest = 0.0
        elif what == "up":
            self._up()
        elif what == "down":
            window.timeline.go_newest()
        self._back = what == "back" or (what == "tell" and self._back)
        room = window.state.rooms[ROOM]
        self._pipe.send(
            {
                "newest": room.newest,
                "oldest": room.oldest,
                "longest_ms": round(self._longest * 1000, 1),
                "kib": resident_kib(os.getpid()),
            }
        )

    def _up(self) -> None:
        bar = self._window.timeline.verticalScrollBar() if self._window else None
        if bar is not None:
            bar.setValue(bar.minimum())


def _open(pipe: Connection, requests: str, kept: str) -> None:
    probe: list[Probe] = []

    def watch() -> None:
        while (qt := QCoreApplication.instance()) is None:
            time.sleep(SHOW_S)
        probe.append(Probe(pipe))
        probe[0].moveToThread(qt.thread())
        probe[0].begun.emit()

    threading.Thread(target=watch, daemon=True).start()
    cli.main(["--connect", requests, "--data", kept, "--nick", "reader", "--room", ROOM])
