"""All of a room whose copy on the disk is long is copied while the window goes on, broker or no broker."""

import contextlib
from collections.abc import Callable
from pathlib import Path

from loggia.qtclient.app import App
from loggia.qtclient.settings import replica_path
from loggia.shared.client.effects import KeepCopy, KeepRoom
from loggia.shared.client.link.replica import Replica
from loggia.shared.protocol.codec import encode_each
from loggia.shared.protocol.events import Received
from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtTest import QTest

from tests.qtclient.apps import NOBODY
from tests.qtclient.talk import numbered
from tests.qtclient.timeline.hand import clipboard

LAST = 30_000
CTRL = Qt.KeyboardModifier.ControlModifier
Start = Callable[..., App]


def test_all_that_the_copy_has_is_copied_and_keys_are_answered_meanwhile(
    start: Start, qtbot, tmp_path: Path, capfd
):
    said = numbered(1, LAST)
    folder = tmp_path / "ada"
    folder.mkdir()
    with contextlib.closing(Replica(replica_path(folder, NOBODY))) as replica:
        entries = [Received(event, body) for event, body in zip(said, encode_each(said), strict=True)]
        replica.keep([KeepRoom("lobby", True), KeepCopy("lobby", "one", entries=entries, spans=[(1, LAST)])])
    app = start(NOBODY)
    window = app.window
    qtbot.waitUntil(lambda: bool(window.timeline.on_screen()))
    qtbot.waitUntil(lambda: window.state.rooms["lobby"].newest == LAST)
    QGuiApplication.clipboard().setText("before")
    turns: list[int] = []
    ticks = QTimer()
    ticks.timeout.connect(lambda: turns.append(len(turns)))
    window.timeline.setFocus()
    QTest.keyClick(window.timeline, Qt.Key.Key_A, CTRL)
    QTest.keyClick(window.timeline, Qt.Key.Key_C, CTRL)
    ticks.start(0)
    qtbot.waitUntil(lambda: clipboard() != "before")
    ticks.stop()
    lines = [line.partition("] ")[2] for line in clipboard().splitlines()[1:]]
    assert lines == [f"{one.nick}: {one.text}" for one in said]
    assert window.composer.hint.text() == "Copied 30,000 messages."
    assert len(turns) > LAST // 500, "the event loop turns at each page"
