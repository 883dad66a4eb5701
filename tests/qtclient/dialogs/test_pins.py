"""What is pinned in the room: listed, live, and a way there."""

from collections.abc import Callable

import pytest
from loggia.qtclient.dialogs.pins import NONE, PinsList
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.protocol.events import DeletedEvent, PinnedEvent
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication

from tests.qtclient.row_in_hand import told
from tests.qtclient.talk import NOON, entered, many, says

Make = Callable[..., Window]


def pins(seq: int, target: int, *, on: bool = True) -> PinnedEvent:
    return PinnedEvent("lobby", seq, NOON, "olga", "a-olga", f"id-{seq}", target, on)


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    state.apply([*entered(), told(says(1, text="the rules:\nbe kind"), *many(2, 200))], 0)
    window = make_window(state)
    window.refresh()
    return window


def opened(window: Window, qtbot, way: str = "key") -> PinsList:
    if way == "key":
        qtbot.keyClick(window.composer.editor, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    else:
        qtbot.mouseClick(window.header.pins, Qt.MouseButton.LeftButton)
    (shown,) = window.findChildren(PinsList)
    return shown


def lines(shown: PinsList) -> list[str]:
    return [item.text() for row in range(shown.list.count()) if (item := shown.list.item(row)) is not None]


@pytest.mark.parametrize("way", ["key", "button"])
def test_where_nothing_is_pinned_it_says_how_one_pins(window: Window, qtbot, way: str):
    shown = opened(window, qtbot, way)
    assert (lines(shown), shown.hint.text(), shown.hint.isVisible()) == ([], NONE, True)
    assert shown.list.isHidden(), "an empty field says nothing"
    assert shown.sign.isVisible()
    assert shown.hint.alignment() & Qt.AlignmentFlag.AlignHCenter
    assert shown.height() < 200
    qtbot.keyClick(shown, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.findChildren(PinsList))


def test_it_lists_the_newest_first_and_follows_what_happens(window: Window, qtbot):
    window.take([told(pins(201, 1), pins(202, 150))])
    window.refresh()
    shown = opened(window, qtbot)
    assert lines(shown)[1] == "bob, Wednesday 15 November 2023, 12:00: the rules:"
    assert "number 150" in lines(shown)[0]
    assert shown.hint.isHidden()
    assert shown.sign.isHidden()
    shown.list.setCurrentRow(1)
    window.take([told(pins(203, 160), pins(204, 150, on=False))])
    window.refresh()
    assert ["number 160" in lines(shown)[0], shown.list.currentRow()] == [True, 1]
    window.take([told(DeletedEvent("lobby", 205, NOON, "bob", "a-bob", "id-205", 1))])
    window.refresh()
    assert len(lines(shown)) == 1


def test_what_is_pinned_while_it_is_open_takes_the_place_of_the_words(window: Window, qtbot):
    shown = opened(window, qtbot)
    window.take([told(pins(201, 1))])
    window.refresh()
    assert (shown.list.isVisible(), shown.sign.isVisible(), shown.hint.isVisible()) == (True, False, False)
    assert shown.height() > 300
    window.take([told(pins(202, 1, on=False))])
    window.refresh()
    assert (shown.list.isVisible(), shown.sign.isVisible(), shown.hint.text()) == (False, True, NONE)
    assert shown.height() < 200


def test_the_button_is_a_sign_as_those_beside_it(window: Window):
    button = window.header.pins
    assert (button.text(), button.icon().isNull()) == ("", False)
    assert button.accessibleName() == button.toolTip() == "Pinned messages (Ctrl+P)"


@pytest.mark.parametrize("way", ["enter", "click"])
def test_one_goes_there(window: Window, qtbot, way: str):
    window.take([told(pins(201, 1))])
    window.refresh()
    shown = opened(window, qtbot)
    if way == "enter":
        qtbot.keyClick(shown.list, Qt.Key.Key_Return)
    else:
        rect = shown.list.visualItemRect(shown.list.item(0))
        qtbot.mouseClick(shown.list.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert window.timeline.currentIndex().data(ROW).text.startswith("the rules")
    QApplication.sendPostedEvents(None, 52)
    assert not window.findChildren(PinsList)
