"""What the keyboard reaches inside of a row: it is read aloud, told as under the mouse, and on the screen."""

from collections.abc import Callable

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.protocol.events import ReactedEvent
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QToolTip

from tests.qtclient.row_in_hand import focus, told
from tests.qtclient.talk import NOON, entered, people, says

OFFSCREEN = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # of the tip
Make = Callable[..., Window]
LINKS = "see [here](https://a.example/x) and https://b.example and `code`\n```\nx = 1\n```"
TALL = "\n".join(f"https://c.example/{line}" for line in range(20))


@pytest.fixture
def window(make_window: Make, state: WindowState, qtbot) -> Window:
    signed = says(1, text="well done", rev=4, reactions={"👍": ["a-bob", "a-zoe"], "🎉": ["a-ada"]})
    state.apply([*entered(), people("ada", "bob", "zoe"), told(signed, says(2, text=LINKS))], 0)
    state.apply([told(says(3, "zoe", text=TALL), says(4, text="last", reply_to=1))], 0)
    window = make_window(state, height=420)
    window.refresh()
    return window


def aloud(window: Window) -> str:
    return window.timeline.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole)


def right(window: Window, qtbot, key: Qt.Key = Qt.Key.Key_Right) -> str:
    """What is read aloud then."""
    qtbot.keyClick(window.timeline, key)
    return aloud(window)


@OFFSCREEN
def test_signs_are_read_with_who_put_them(window: Window, qtbot):
    focus(window, "well done")
    whole = aloud(window)
    heard = [right(window, qtbot) for _ in range(3)]
    assert heard == ["Give 👍, 👍 bob and zoe", *["Take back 🎉, 🎉 you"] * 2]
    assert right(window, qtbot, Qt.Key.Key_Left) == "Give 👍, 👍 bob and zoe"
    assert right(window, qtbot, Qt.Key.Key_Left) == whole


@OFFSCREEN
def test_what_a_sign_does_is_read_as_it_is_now(window: Window, qtbot):
    focus(window, "well done")
    right(window, qtbot)
    mine = ReactedEvent(
        room="lobby", seq=5, at=NOON, nick="ada", account="a-ada", id="r", target=1, emoji="👍", on=True
    )
    window.take([told(mine)])
    window.refresh()
    assert aloud(window) == "Take back 👍, 👍 you, bob and zoe"


@OFFSCREEN
def test_links_code_and_what_is_answered_are_read(window: Window, qtbot):
    focus(window, LINKS)
    heard = [right(window, qtbot) for _ in range(3)]
    assert heard == [
        "Open https://a.example/x, https://a.example/x",
        "Open https://b.example",
        "Copy the code",
    ]
    focus(window, "last")
    assert right(window, qtbot) == "Go to what it answers"


@OFFSCREEN
def test_another_row_is_read_as_a_whole(window: Window, qtbot):
    focus(window, "well done")
    right(window, qtbot)
    assert right(window, qtbot, Qt.Key.Key_Down).startswith("bob")
    assert right(window, qtbot, Qt.Key.Key_Up).startswith("bob")


@OFFSCREEN
def test_it_is_told_as_under_the_mouse(window: Window, qtbot):
    focus(window, "well done")
    right(window, qtbot)
    assert "bob and zoe" in QToolTip.text()
    right(window, qtbot, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: not QToolTip.isVisible())


@OFFSCREEN
def test_a_screen_reader_hears_of_it(window: Window, qtbot, monkeypatch: pytest.MonkeyPatch):
    heard = []
    monkeypatch.setattr(window.timeline.reach, "heard", lambda: heard.append(aloud(window)))
    focus(window, LINKS)
    right(window, qtbot)
    right(window, qtbot, Qt.Key.Key_Left)
    assert [words[:5] for words in heard] == ["Open ", "bob, "]


@OFFSCREEN
def test_what_is_reached_comes_onto_the_screen(window: Window, qtbot):
    focus(window, TALL)
    timeline, row = window.timeline, window.timeline.currentIndex().data(ROW)
    port = timeline.viewport()
    seen = []
    for _ in range(20):
        right(window, qtbot)
        spot = timeline.reach._spot(row)
        seen.append(spot.box.translated(timeline.visualRect(timeline.currentIndex()).topLeft().toPointF()))
    assert [box for box in seen if box.top() < 0 or box.bottom() > port.height()] == []
    for _ in range(20):
        before = timeline.verticalScrollBar().value()
        right(window, qtbot, Qt.Key.Key_Left)
    assert timeline.verticalScrollBar().value() == before, "the row itself is not scrolled to"
