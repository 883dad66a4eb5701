"""A thread of several pages at a real broker, seen and answered in a real window."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from loggia.qtclient.app import App
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.timeline.parts.replies import SHOW_THREAD
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.endtoend.people import Raw
from tests.endtoend.processes import Broker

MANY = 230  # more than two pages
LONG = 400


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker", "--rate", "0") as broker:
        yield broker


def test_all_of_a_long_thread_is_read_and_followed(
    start: Callable[..., App], broker: Broker, qtbot, tmp_path
):
    with Raw(broker.requests, "raw", bot=False) as raw:
        root = raw.say("why")["seq"]
        for number in range(MANY):
            raw.say(f"number {number}", thread=root)
        window = start(broker.requests).window
        assert window is not None
        room = window.state.room("lobby")
        qtbot.waitUntil(lambda: bool(room.rows) and window.state.connected)
        window.refresh()
        window.timeline.act(SHOW_THREAD.id, root)
        panel = window.threads.panel
        qtbot.waitUntil(lambda: panel.count.text() == f"{MANY} replies" and panel.note.isHidden())
        QTest.keyClicks(panel.composer.editor, "because")
        QTest.keyClick(panel.composer.editor, Qt.Key.Key_Return)
        assert raw.hears("because", by="ada")["thread"] == root
        raw.say("aside")
        raw.say("the end", thread=root)
        qtbot.waitUntil(lambda: panel.count.text() == f"{MANY + 2} replies")
        model = panel.timeline.model()
        last = [model.index(model.rowCount() - 3 + number, 0).data(ROW).text for number in range(3)]
        assert last == [f"number {MANY - 1}", "because", "the end"]


@pytest.fixture
def usual(tmp_path: Path) -> Iterator[tuple[Broker, int]]:
    """A broker with the rates it has by itself, and the message with which a long thread began there."""
    with Broker(tmp_path / "usual", "--rate", "0") as fast, Raw(fast.requests, "raw", bot=False) as raw:
        root = raw.say("why")["seq"]
        for number in range(LONG):
            raw.say(f"number {number}", thread=root)
    with Broker(tmp_path / "usual") as broker:
        yield broker, root


def test_a_long_thread_comes_at_the_usual_rates(usual: tuple[Broker, int], start: Callable[..., App], qtbot):
    broker, root = usual
    with Raw(broker.requests, "other", bot=False) as raw:
        window = start(broker.requests).window
        assert window is not None
        room = window.state.room("lobby")
        qtbot.waitUntil(lambda: bool(room.rows) and window.state.connected)
        window.refresh()
        window.timeline.act(SHOW_THREAD.id, root)
        raw.say("the end", thread=root)
        panel = window.threads.panel
        qtbot.waitUntil(lambda: panel.count.text() == f"{LONG + 1} replies" and panel.note.isHidden())
