"""The bar of buttons above the row that the mouse or the keyboard is on."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.choose_sign import FIRST, ChooseSign
from loggia.qtclient.timeline.parts.acts import CHANGE, REACT, REPLY
from loggia.qtclient.timeline.parts.replies import SHOW_THREAD
from loggia.qtclient.timeline.row_bar import MORE, OVER_PX
from loggia.qtclient.window import Window
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QCursor, QEnterEvent, QWheelEvent
from PyQt6.QtWidgets import QApplication, QWidget

from tests.qtclient.row_in_hand import focus, index_of, roles, told
from tests.qtclient.talk import entered, many, says

Make = Callable[..., Window]
_NOTHING_HELD = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    state.apply([*entered(), told(says(1, text="theirs"), says(2, "ada", "mine"))], 0)
    window = make_window(state)
    window.refresh()
    return window


def shown(window: Window) -> list[str]:
    bar = window.timeline.bar
    return [id for id, button in bar.buttons.items() if bar.isVisible() and button.isVisible()]


def middle(window: Window, text: str) -> QPoint:
    rect = window.timeline.visualRect(index_of(window, text))
    return QPoint(rect.left() + 200, rect.center().y())


def test_the_row_under_the_mouse_has_a_bar(window: Window, qtbot):
    port = window.timeline.viewport()
    assert shown(window) == []
    qtbot.mouseMove(port, middle(window, "theirs"))
    qtbot.waitUntil(lambda: shown(window) == [REPLY.id, SHOW_THREAD.id, REACT.id, MORE])
    buttons = [window.timeline.bar.buttons[id] for id in shown(window)]
    assert all(button.width() >= 28 and button.height() >= 28 for button in buttons)
    place = window.timeline.bar.geometry()
    assert window.timeline.rect().contains(place)
    assert place.intersects(window.timeline.visualRect(index_of(window, "theirs")).translated(port.pos()))
    qtbot.mouseMove(port, middle(window, "mine"))
    qtbot.waitUntil(lambda: shown(window) == [REPLY.id, SHOW_THREAD.id, REACT.id, CHANGE.id, MORE])
    QApplication.sendEvent(port, QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: shown(window) == [])
    QCursor.setPos(window.mapToGlobal(QPoint(1, 1)))


@pytest.mark.parametrize("width", [500, 900, 1900])
def test_it_is_beside_the_text_and_over_none_of_it_where_there_is_room(window: Window, qtbot, width: int):
    window.resize(width, 600)
    focus(window, "theirs")
    window.timeline.bar.place()
    timeline = window.timeline
    rect, bar = timeline.visualRect(index_of(window, "theirs")), timeline.bar.geometry()
    left, right = bar.left() - timeline.viewport().x(), bar.right() - timeline.viewport().x()
    assert right <= rect.right()
    away = left - rect.left() - timeline.reach.text_right(rect.width())
    assert (away > 0) == (width == 1900)
    assert away <= 8


def test_the_row_with_the_keyboard_has_a_bar_and_tab_goes_into_it(window: Window, qtbot):
    focus(window, "theirs")
    qtbot.waitUntil(lambda: shown(window) == [REPLY.id, SHOW_THREAD.id, REACT.id, MORE])
    qtbot.keyClick(window.timeline, Qt.Key.Key_Tab)
    assert window.timeline.bar.buttons[REPLY.id].hasFocus()
    window.composer.editor.setFocus()
    qtbot.waitUntil(lambda: shown(window) == [])


def test_who_types_faster_than_the_bar_moves_does_it_to_the_row_that_is_chosen(window: Window, qtbot):
    window.composer.editor.setFocus()
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Up, Qt.Key.Key_Tab):  # in one turn of the event loop
        qtbot.keyClick(QApplication.focusWidget(), key)
    assert window.timeline.bar.buttons[REPLY.id].hasFocus()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Backtab)
    qtbot.keyClick(window.timeline, Qt.Key.Key_Down)
    qtbot.keyClick(window.timeline, Qt.Key.Key_Tab)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert "mine" in window.answering.label.text()


def test_tab_leads_to_the_newest_message_also_where_all_are_on_the_screen(window: Window, qtbot):
    window.composer.editor.setFocus()
    qtbot.keyClick(window.composer.editor, Qt.Key.Key_Tab)
    assert window.timeline.hasFocus()
    assert window.timeline.currentIndex() == index_of(window, "mine")


def test_the_keyboard_counts_and_not_where_the_mouse_rests(window: Window, qtbot):
    focus(window, "theirs")
    qtbot.mouseMove(window.timeline.viewport(), middle(window, "theirs"))
    qtbot.waitUntil(lambda: shown(window) == [REPLY.id, SHOW_THREAD.id, REACT.id, MORE])
    qtbot.keyClick(window.timeline, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: shown(window) == [REPLY.id, SHOW_THREAD.id, REACT.id, CHANGE.id, MORE])
    QCursor.setPos(window.mapToGlobal(QPoint(1, 1)))


def test_the_keyboard_counts_also_where_the_mouse_rests_on_the_bar(window: Window, qtbot):
    focus(window, "mine")
    bar = window.timeline.bar
    qtbot.waitUntil(lambda: CHANGE.id in shown(window))
    at = QPointF(4, 4)
    QApplication.sendEvent(bar, QEnterEvent(at, at, QPointF(bar.mapToGlobal(at.toPoint()))))
    qtbot.keyClick(window.timeline, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: shown(window) == [REPLY.id, SHOW_THREAD.id, REACT.id, MORE])


def test_who_may_do_nothing_has_no_bar(window: Window, qtbot):
    window.take([roles(ada="guest", bob="member")])
    focus(window, "theirs")
    window.timeline.bar.place()
    assert shown(window) == []


def test_the_bar_goes_where_its_row_goes(window: Window, qtbot):
    window.take([told(*many(3, 60))])
    window.refresh()
    timeline = window.timeline
    timeline.setFocus()
    row = timeline.model().rowCount() - 2
    timeline.setCurrentIndex(timeline.model().index(row, 0))
    qtbot.waitUntil(timeline.bar.isVisible)
    before = timeline.bar.y()
    bar = timeline.verticalScrollBar()
    bar.setValue(bar.value() - 30)
    qtbot.waitUntil(lambda: timeline.bar.y() == before + 30)
    bar.setValue(0)
    qtbot.waitUntil(timeline.bar.isHidden)


def test_the_row_that_is_scrolled_under_the_mouse_has_the_bar(window: Window, qtbot):
    window.take([told(*many(3, 60))])
    window.refresh()
    timeline = window.timeline
    port, scroll = timeline.viewport(), timeline.verticalScrollBar()
    at = QPoint(200, port.height() // 2)
    qtbot.mouseMove(port, at)
    qtbot.waitUntil(timeline.bar.isVisible)
    before = timeline.indexAt(at)
    scroll.setValue(scroll.value() - 200)
    below = timeline.indexAt(at)
    assert below != before
    top = timeline.visualRect(below).top() + port.y()
    qtbot.waitUntil(lambda: timeline.bar.y() == max(top - OVER_PX, port.y()))
    focus_at = timeline.model().index(timeline.model().rowCount() - 40, 0)
    timeline.setFocus()
    timeline.setCurrentIndex(focus_at)  # from here on the keyboard counts
    scroll.setValue(scroll.value() - 60)
    qtbot.waitUntil(lambda: timeline.bar.y() == timeline.visualRect(focus_at).top() + port.y() - OVER_PX)
    QCursor.setPos(window.mapToGlobal(QPoint(1, 1)))


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_signs_open_at_the_button_that_was_pressed_and_stay_as_wide(window: Window, qtbot):
    window.setGeometry(0, 0, 700, 600)
    port, bar = window.timeline.viewport(), window.timeline.bar
    qtbot.mouseMove(port, middle(window, "mine"))
    qtbot.waitUntil(lambda: REACT.id in shown(window))
    corner = bar.mapToGlobal(bar.rect().topRight())
    qtbot.mouseClick(bar.buttons[REACT.id], Qt.MouseButton.LeftButton)
    signs = opened(window)
    assert (signs.geometry().right() + 1, signs.geometry().bottom() + 1) == (corner.x(), corner.y())
    wide, first = signs.width(), signs.buttons[0].pos()
    qtbot.keyClicks(signs, "rock")
    assert 0 < len(signs.buttons) < len(FIRST)
    assert (signs.width(), signs.buttons[0].pos()) == (wide, first)
    assert signs.geometry().right() + 1 == corner.x()
    qtbot.keyClick(signs, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.findChildren(ChooseSign))
    window.acts[REACT.id](2)  # by the menu
    assert opened(window).x() == window.timeline.reach.corner(("seq", 2)).x()
    qtbot.keyClick(opened(window), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.findChildren(ChooseSign))
    QCursor.setPos(window.mapToGlobal(QPoint(1, 1)))


def opened(window: Window) -> ChooseSign:
    (found,) = window.findChildren(ChooseSign)
    return found


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_a_click_on_what_lies_over_the_rows_leaves_the_keyboard_where_one_writes(window: Window, qtbot):
    window.take([told(*many(3, 60))])
    window.refresh()
    timeline, editor = window.timeline, window.composer.editor
    editor.setFocus()
    timeline.verticalScrollBar().setValue(0)
    qtbot.waitUntil(timeline.jumps.newest.isVisible)
    qtbot.mouseClick(timeline.jumps.newest, Qt.MouseButton.LeftButton)
    assert timeline.follows
    assert editor.hasFocus()
    row = timeline.indexAt(timeline.viewport().rect().center())
    qtbot.mouseMove(timeline.viewport(), timeline.visualRect(row).center())
    qtbot.waitUntil(timeline.bar.isVisible)
    qtbot.mouseClick(timeline.bar.buttons[REACT.id], Qt.MouseButton.LeftButton)
    qtbot.keyClick(opened(window), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.findChildren(ChooseSign))
    assert window.focusWidget() is editor
    qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=timeline.visualRect(row).center())
    assert window.focusWidget() is timeline
    QCursor.setPos(window.mapToGlobal(QPoint(1, 1)))


@pytest.mark.parametrize("over", ["bar", "button"])
def test_the_wheel_scrolls_whatever_lies_over_the_rows(window: Window, qtbot, over: str):
    window.take([told(*many(3, 60))])
    window.refresh()
    timeline = window.timeline
    scroll = timeline.verticalScrollBar()
    scroll.setValue(scroll.maximum() // 2)
    qtbot.waitUntil(timeline.jumps.newest.isVisible)
    row = timeline.indexAt(timeline.viewport().rect().center())
    qtbot.mouseMove(timeline.viewport(), timeline.visualRect(row).center())
    qtbot.waitUntil(timeline.bar.isVisible)
    on = timeline.bar if over == "bar" else timeline.jumps.newest
    for turn in (120, -120):
        before = scroll.value()
        roll(on, turn)
        assert (scroll.value() < before) == (turn > 0)
        assert scroll.value() != before
    QCursor.setPos(window.mapToGlobal(QPoint(1, 1)))


@pytest.mark.parametrize("turn", [120, 0, -120])
def test_a_wheel_that_scrolls_nothing_leaves_the_bar_to_its_row(window: Window, qtbot, turn: int):
    """The bar begins above its row, and so over another one."""
    timeline, bar = window.timeline, window.timeline.bar
    qtbot.mouseMove(timeline.viewport(), middle(window, "mine"))
    qtbot.waitUntil(lambda: CHANGE.id in shown(window))
    place, offered, at = bar.geometry(), shown(window), QPoint(bar.width() // 2, 3)
    over = bar.mapTo(timeline, at) - timeline.viewport().pos()
    assert timeline.indexAt(over) == index_of(window, "theirs")
    QApplication.sendEvent(bar, QEnterEvent(QPointF(at), QPointF(at), QPointF(bar.mapToGlobal(at))))
    roll(bar, turn, at)
    qtbot.waitUntil(lambda: not bar._settled.isActive())
    assert (bar.geometry(), shown(window)) == (place, offered)
    QCursor.setPos(window.mapToGlobal(QPoint(1, 1)))


def roll(on: QWidget, turn: int, at: QPoint | None = None) -> None:
    at = on.rect().center() if at is None else at
    places = QPointF(at), QPointF(on.mapToGlobal(at)), QPoint(), QPoint(0, turn)
    event = QWheelEvent(*places, *_NOTHING_HELD, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(on, event)
