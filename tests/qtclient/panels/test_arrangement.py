"""The panels of a window: beside the messages, or over them."""

from collections.abc import Callable

from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from PyQt6.QtCore import QPoint, Qt

Make = Callable[..., Window]


def test_in_a_narrow_window_the_panels_fold_and_open_over_the_messages(
    make_window: Make, state: WindowState, qtbot
):
    window = make_window(state, width=640)
    assert not window.sidebar.isVisible()
    assert not window.people.isVisible()
    assert window.middle.width() == window.width()
    qtbot.mouseClick(window.menu_button, Qt.MouseButton.LeftButton)
    assert window.sidebar.isVisible()
    assert window.middle.width() == window.width()
    qtbot.mouseClick(window.scrim, Qt.MouseButton.LeftButton, pos=QPoint(500, 300))
    assert not window.sidebar.isVisible()
    window.resize(900, 600)
    assert window.sidebar.isVisible()
    assert window.people.isVisible()
    assert window.middle.geometry().left() == window.sidebar.width()


def test_the_people_panel_can_be_folded_and_stays_so(make_window: Make, state: WindowState, qtbot):
    window = make_window(state)
    qtbot.mouseClick(window.people_button, Qt.MouseButton.LeftButton)
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
        assert window.scrim.isVisible() is (sidebar or people)
    assert window.arrangement.people_open, "what is over the messages for a while is not remembered"
