"""What is written in threads is there the next time, in the drafts of their rooms."""

from collections.abc import Callable
from pathlib import Path

import pytest
from loggia.qtclient.keeping import Keeper
from loggia.qtclient.remembered import Remembered
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from PyQt6.QtCore import QObject
from PyQt6.QtTest import QTest

from tests.qtclient.open_thread import show, wide
from tests.qtclient.row_in_hand import told
from tests.qtclient.talk import entered, says

Make = Callable[..., Window]


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    state.apply([*entered(), told(says(1, text="why"), says(2, text="else"))], 0)
    return wide(make_window(state))


def write(window: Window, thread: str, text: str) -> None:
    show(window, thread)
    QTest.keyClicks(window.threads.panel.composer.editor, text)


def test_it_is_above_what_is_written_in_the_room(window: Window, tmp_path: Path):
    window.composer.editor.write("half a thought", 4)
    write(window, "why", "because")
    write(window, "else", "//tmp is")
    known = Remembered(tmp_path, here="tcp://tower:1101", nick="ada", room="", asks_where=False)
    for _ in range(2):
        known.take(window)
        assert known.server.drafts == {"lobby": "//tmp is\nbecause\nhalf a thought"}
        assert known.server.carets == {}, "one was in another text"
    assert window.threads.panel.composer.editor.text == "//tmp is"
    assert window.composer.editor.text == "half a thought", "here each is where it was written"
    window.threads.panel.composer.editor.clear()
    window.threads.close()
    known.take(window)
    assert known.server.drafts == {"lobby": "because\nhalf a thought"}


def test_it_is_written_down_soon(window: Window):
    show(window, "why")
    asker = QObject()
    keeper = Keeper(window, lambda: None, asker)
    assert not keeper._timer.isActive()
    QTest.keyClicks(window.threads.panel.composer.editor, "b")
    assert keeper._timer.isActive()
    keeper._timer.stop()
