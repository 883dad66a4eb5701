"""Tells when a window was shown, painted messages, took a key and came in, and how far; closes it when told.

Python imports this before all else, in each process that has this folder in PYTHONPATH; there it does nothing
but in a window. It speaks JSON lines to the port of this computer that BENCH_WINDOW names: who measures
listens there. All times are those of `time.monotonic`, one clock for all processes of a computer.
"""

import os
import sys
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

LOOK_MS = 5
RUNS = "loggia.qtclient.process"


class _Watch(MetaPathFinder):
    """Lets the window be watched from its start on, as soon as the module that runs it is imported."""

    def __init__(self, port: int) -> None:
        self._port = port

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name != RUNS:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        execute = spec.loader.exec_module

        def watched(module: ModuleType) -> None:
            execute(module)
            module.run = _watched(module.run, self._port)  # type: ignore[attr-defined]

        spec.loader.exec_module = watched  # type: ignore[method-assign]
        return spec


def _watched(run: Callable[..., object], port: int) -> Callable[..., object]:
    def watched(*given: object, **named: object) -> object:
        end = _look(port)
        try:
            return run(*given, **named)
        finally:
            end()

    return watched


def _look(port: int) -> Callable[[], None]:
    """In the window's thread; gives what ends it."""
    import json
    import socket
    import time

    from loggia.qtclient.timeline.view import Timeline
    from loggia.qtclient.window import Window
    from PyQt6.QtCore import QCoreApplication, QEvent, Qt, QTimer
    from PyQt6.QtGui import QKeyEvent, QPaintEvent
    from PyQt6.QtWidgets import QApplication

    told: dict[str, float] = {}
    said: dict[str, float] = {}
    wire = socket.create_connection(("127.0.0.1", port))
    wire.setblocking(False)
    paint, show = Timeline.paintEvent, Window.show
    timer = QTimer()

    def note(what: str) -> None:
        told.setdefault(what, time.monotonic())

    def paints(timeline: Timeline, event: QPaintEvent | None) -> None:
        paint(timeline, event)
        if "painted" not in told and timeline.on_screen():
            note("painted")

    def shows(window: Window) -> None:
        note("shown")
        show(window)

    def look() -> None:
        for window in QApplication.topLevelWidgets():
            if isinstance(window, Window) and window.isVisible():
                look_at(window)
        tell()

    def look_at(window: Window) -> None:
        state, editor = window.state, window.composer.editor
        told["connected"], told["newest"] = int(state.connected), state.here.newest if state.here else 0
        if state.connected and state.here and state.here.entered:
            note("joined")
        if "took_key" not in told and (focus := QApplication.focusWidget()) is not None:
            if editor.toPlainText():
                note("took_key")
                editor.clear()
            elif "pressed" not in told:
                note("pressed")
                key, none = Qt.Key.Key_K, Qt.KeyboardModifier.NoModifier
                QCoreApplication.postEvent(focus, QKeyEvent(QEvent.Type.KeyPress, key, none, "k"))
        try:
            asked = wire.recv(1)
        except BlockingIOError:
            return
        timer.stop()
        if asked:
            note("closed")
            tell()
            window.close()

    def tell() -> None:
        if told != said:
            said.update(told)
            wire.send(json.dumps(told).encode() + b"\n")

    Timeline.paintEvent, Window.show = paints, shows  # type: ignore[method-assign,assignment]
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(look)
    timer.start(LOOK_MS)
    return timer.stop


if "qtclient" in sys.orig_argv and "--check-screen" not in sys.orig_argv and "BENCH_WINDOW" in os.environ:
    sys.meta_path.insert(0, _Watch(int(os.environ["BENCH_WINDOW"])))
