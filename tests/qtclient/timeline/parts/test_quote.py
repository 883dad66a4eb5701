"""What a message answers leads to that message, by click, key and menu."""

from collections.abc import Callable

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.parts.quote import GO_TO_ANSWERED, Quote
from loggia.qtclient.window import Window
from PyQt6.QtCore import Qt

from tests.qtclient.row_in_hand import index_of, told
from tests.qtclient.talk import entered, many, says
from tests.qtclient.timeline.measured import part

Make = Callable[..., Window]


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    state.apply([*entered(head=401), told(*many(1, 400), says(401, text="so", reply_to=20))], 0)
    window = make_window(state)
    window.refresh()
    return window


def there(window: Window) -> int | None:
    """The message with the keyboard, if it is on the screen."""
    timeline = window.timeline
    index = timeline.currentIndex()
    seen = timeline.visualRect(index).intersects(timeline.viewport().rect())
    return getattr(index.data(ROW), "seq", None) if seen else None


@pytest.mark.parametrize("way", ["mouse", "key", "menu"])
def test_it_leads_there(window: Window, qtbot, way: str):
    timeline = window.timeline
    index = index_of(window, "so")
    if way == "mouse":
        (spot,) = part(timeline, index, Quote).spots()
        at = spot.box.center().toPoint() + timeline.visualRect(index).topLeft()
        qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=at)
    elif way == "key":
        timeline.setFocus()
        timeline.setCurrentIndex(index)
        qtbot.keyClick(timeline, Qt.Key.Key_Right)
        qtbot.keyClick(timeline, Qt.Key.Key_Return)
    else:
        entries = timeline.menu(index).actions()
        next(entry for entry in entries if entry.data() == GO_TO_ANSWERED.id).trigger()
    qtbot.waitUntil(lambda: there(window) == 20)
