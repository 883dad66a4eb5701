"""The panels of a window: beside the messages, or over them."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QWidget

from tests.qtclient.talk import arrived, entered, says

Make = Callable[..., Window]
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
PANELS = {"rooms": CTRL, "people": CTRL | SHIFT}


def press(key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Where the keyboard is."""
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, key, held)


def focus_is_in(widget: QWidget) -> bool:
    focus = QApplication.focusWidget()
    return focus is not None and (focus is widget or widget.isAncestorOf(focus))


def test_in_a_narrow_window_the_panels_fold_and_open_over_the_messages(
    make_window: Make, state: WindowState, qtbot
):
    window = make_window(state, width=640)
    assert not window.sidebar.isVisible()
    assert not window.people.isVisible()
    assert window.middle.width() == window.width()
    qtbot.mouseClick(window.header.menu, Qt.MouseButton.LeftButton)
    assert window.sidebar.isVisible()
    assert window.middle.width() == window.width()
    qtbot.mouseClick(window.frame.scrim, Qt.MouseButton.LeftButton, pos=QPoint(500, 300))
    assert not window.sidebar.isVisible()
    window.resize(900, 600)
    assert window.sidebar.isVisible()
    assert window.people.isVisible()
    assert window.middle.geometry().left() == window.sidebar.width()


def test_the_people_panel_can_be_folded_and_stays_so(make_window: Make, state: WindowState, qtbot):
    window = make_window(state)
    qtbot.mouseClick(window.header.people, Qt.MouseButton.LeftButton)
    assert not window.people.isVisible()
    window.resize(600, 600)
    window.resize(1000, 600)
    assert not window.people.isVisible()


def test_over_the_messages_is_one_panel_at_a_time_and_none_after_escape(
    make_window: Make, state: WindowState, qtbot
):
    window = make_window(state, width=640)
    shown = {
        (Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier): (True, False),
        (Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier): (
            False,
            True,
        ),
        (Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier): (False, False),
    }
    for (key, modifiers), (sidebar, people) in shown.items():
        qtbot.keyClick(window, key, modifiers)
        assert (window.sidebar.isVisible(), window.people.isVisible()) == (sidebar, people)
        assert window.frame.scrim.isVisible() is (sidebar or people)
    assert window.frame.people_open, "what is over the messages for a while is not remembered"


@pytest.fixture
def narrow(make_window: Make, state: WindowState, qtbot) -> Window:
    state.apply([*entered(), *entered("lab"), *arrived([says(1), says(2, "zoe")])], 0)
    window = make_window(state, width=640)
    qtbot.waitUntil(window.composer.editor.hasFocus)
    return window


@pytest.mark.parametrize("panel", PANELS)
def test_what_lies_under_a_panel_is_not_written_into_and_sends_nothing(narrow: Window, qtbot, panel: str):
    narrow.composer.editor.setPlainText("half a thought")
    asked: list[object] = []
    narrow.asked.connect(asked.append)
    press(Qt.Key.Key_B, PANELS[panel])
    open_panel = narrow.sidebar if panel == "rooms" else narrow.people
    assert focus_is_in(open_panel)
    press(Qt.Key.Key_Q)
    for _ in range(20):
        assert focus_is_in(open_panel), "Tab leads under it"
        press(Qt.Key.Key_Tab)
    narrow.composer.editor.setFocus()
    narrow.timeline.setFocus()
    assert focus_is_in(open_panel)
    if panel == "people":
        press(Qt.Key.Key_Return)
    assert (asked, narrow.composer.editor.text) == ([], "half a thought")


@pytest.mark.parametrize("how", ["the same key", "escape", "beside it", "a wider window"])
@pytest.mark.parametrize("panel", PANELS)
def test_what_was_covered_is_written_into_again(narrow: Window, qtbot, panel: str, how: str):
    press(Qt.Key.Key_B, PANELS[panel])
    assert not focus_is_in(narrow.middle)
    if how == "the same key":
        press(Qt.Key.Key_B, PANELS[panel])
    elif how == "escape":
        press(Qt.Key.Key_Escape)
    elif how == "beside it":
        at = QPoint(400, 300) if panel == "rooms" else QPoint(100, 300)
        qtbot.mouseClick(narrow.frame.scrim, Qt.MouseButton.LeftButton, pos=at)
    else:
        narrow.resize(900, 600)
    assert narrow.composer.editor.hasFocus()
    press(Qt.Key.Key_H)
    assert narrow.composer.editor.text == "h"
    narrow.resize(640, 600)
    assert narrow.composer.editor.hasFocus(), "nothing is over the messages by itself"


def test_who_read_before_a_panel_opened_reads_on(narrow: Window):
    narrow.timeline.setFocus()
    press(Qt.Key.Key_B, CTRL)
    press(Qt.Key.Key_B, CTRL | SHIFT)
    assert focus_is_in(narrow.people)
    press(Qt.Key.Key_B, CTRL | SHIFT)
    assert narrow.timeline.hasFocus()


def test_from_a_panel_over_the_messages_one_goes_to_a_room_and_writes(narrow: Window):
    press(Qt.Key.Key_B, CTRL)
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)
    assert narrow.state.current == "lab"
    assert not narrow.sidebar.isVisible()
    press(Qt.Key.Key_H)
    assert narrow.composer.editor.text == "h"
    assert narrow.composer.send.isEnabled()


def test_beside_the_messages_the_rooms_fold_too(make_window: Make, state: WindowState, qtbot):
    window = make_window(state)
    qtbot.keyClick(window, Qt.Key.Key_B, CTRL)
    assert not window.sidebar.isVisible()
    assert window.middle.geometry().left() == 0
    qtbot.mouseClick(window.header.menu, Qt.MouseButton.LeftButton)
    assert window.sidebar.isVisible()
    assert window.middle.geometry().left() == window.sidebar.width()


@pytest.mark.parametrize(
    ("width", "sidebar", "people"),
    [
        (360, False, False),
        (699, False, False),
        (700, False, False),
        (701, True, False),
        (880, True, False),
        (881, True, True),
        (1100, True, True),
    ],
)
def test_each_panel_folds_at_a_width_of_its_own_and_the_messages_keep_a_line(
    make_window: Make, state: WindowState, width: int, sidebar: bool, people: bool
):
    window = make_window(state, width=width)
    assert window.width() == width
    assert (window.sidebar.isVisible(), window.people.isVisible()) == (sidebar, people)
    assert window.middle.width() == width - 220 * sidebar - 180 * people
    assert window.middle.width() > 480 or not sidebar
    assert window.header.menu.isVisible() is not sidebar
    assert not window.frame.scrim.isVisible()


def test_between_the_widths_the_people_open_over_the_messages_and_the_rooms_stay(
    make_window: Make, state: WindowState, qtbot
):
    window = make_window(state, width=800)
    middle = window.middle.geometry()
    qtbot.mouseClick(window.header.people, Qt.MouseButton.LeftButton)
    assert (window.sidebar.isVisible(), window.people.isVisible()) == (True, True)
    assert window.middle.geometry() == middle
    assert window.frame.scrim.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert (window.sidebar.isVisible(), window.people.isVisible()) == (True, False)
    assert not window.frame.scrim.isVisible()


def test_what_was_over_the_messages_is_not_there_again_after_a_wider_window(
    make_window: Make, state: WindowState, qtbot
):
    window = make_window(state, width=640)
    for held in PANELS.values():
        qtbot.keyClick(window, Qt.Key.Key_B, held)
        assert window.frame.scrim.isVisible()
        window.resize(1000, 700)
        assert not window.frame.scrim.isVisible()
        window.resize(640, 700)
        assert (window.sidebar.isVisible(), window.people.isVisible()) == (False, False)
        assert not window.frame.scrim.isVisible()
