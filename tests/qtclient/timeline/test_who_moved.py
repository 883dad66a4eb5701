"""The line of those who came and left leads to all of their names: by the mouse, a click, a key."""

from collections.abc import Callable

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.moves import MembershipRow
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.grid import TEXT_LEFT_PX
from loggia.qtclient.timeline.parts.note import MovesLine
from loggia.qtclient.timeline.sheet import Sheet
from loggia.qtclient.window import Window
from loggia.shared.client.commands import LoadOlder
from loggia.shared.client.updates import Older
from PyQt6.QtCore import QEvent, QModelIndex, QPoint, Qt
from PyQt6.QtGui import QHelpEvent
from PyQt6.QtWidgets import QApplication, QToolTip

from tests.qtclient.talk import arrived, entered, joins, leaves, says
from tests.qtclient.timeline.measured import part

Make = Callable[..., Window]
no_raise = pytest.mark.qt_log_ignore("does not support raise", extend=True)  # of tool tips, offscreen
CROWD = [joins(number, f"p{number}") for number in range(1, 19)]


def shown(make_window: Make, state: WindowState, *events) -> Window:
    state.apply([*entered(), *arrived(events)], 0)
    window = make_window(state)
    window.refresh()
    return window


def moved(window: Window) -> list[QModelIndex]:
    model = window.timeline.model()
    found = (model.index(number, 0) for number in range(model.rowCount()))
    return [index for index in found if isinstance(index.data(ROW), MembershipRow)]


def rest_on(window: Window, index: QModelIndex, *, on_words: bool = True) -> str:
    """The words that the mouse brings out there."""
    port = window.timeline.viewport()
    rect = window.timeline.visualRect(index)
    at = QPoint(TEXT_LEFT_PX + (20 if on_words else rect.width() // 2), rect.center().y())
    QApplication.sendEvent(port, QHelpEvent(QEvent.Type.ToolTip, at, port.mapToGlobal(at)))
    return QToolTip.text()


def sheets(window: Window) -> list[Sheet]:
    return [sheet for sheet in window.findChildren(Sheet) if sheet.isVisible()]


@no_raise
def test_the_line_names_six_and_the_mouse_all(make_window: Make, state: WindowState, qtbot):
    window = shown(make_window, state, *CROWD, says(19))
    (index,) = moved(window)
    assert index.data() == "p1, p2, p3, p4, p5, p6 and 12 others came"
    tip = rest_on(window, index)
    assert all(f"p{number} came" in tip for number in range(1, 19))
    message = index.siblingAtRow(index.row() + 1)
    while not hasattr(message.data(ROW), "nick"):
        message = message.siblingAtRow(message.row() + 1)
    rest_on(window, message)
    qtbot.waitUntil(lambda: QToolTip.text() == "")


@no_raise
def test_a_name_is_no_html_under_the_mouse(make_window: Make, state: WindowState):
    window = shown(make_window, state, joins(1, "<b>x</b>"), joins(2, "zoe"), says(3))
    assert "&lt;b&gt;x&lt;/b&gt;" in rest_on(window, moved(window)[0])


@no_raise
def test_under_the_mouse_a_crowd_is_counted(make_window: Make, state: WindowState):
    many = [joins(number, f"p{number}") for number in range(1, 101)]
    tip = rest_on(window := shown(make_window, state, *many, says(101)), moved(window)[0])
    assert "p30 came" in tip
    assert "p31 came" not in tip
    assert "and 70 more" in tip


@pytest.mark.parametrize("way", ["click", "key"])
def test_a_click_and_enter_open_a_sheet_with_all_of_them(
    make_window: Make, state: WindowState, qtbot, way: str
):
    window = shown(make_window, state, *CROWD, leaves(19, "kim"), says(20))
    timeline, (index,) = window.timeline, moved(window)
    if way == "click":
        at = QPoint(TEXT_LEFT_PX + 20, timeline.visualRect(index).center().y())
        qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=at)
    else:
        timeline.setFocus()
        timeline.setCurrentIndex(index)
        qtbot.keyClick(timeline, Qt.Key.Key_Return)
    (sheet,) = sheets(window)
    assert sheet.text.toPlainText().splitlines() == [*(f"p{n} came" for n in range(1, 19)), "kim left"]
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert sheets(window) == []


def test_where_there_is_no_room_for_six_names_fewer_are_told_and_the_others_counted(
    make_window: Make, state: WindowState
):
    crowd = [joins(number, f"somebody {number}") for number in range(1, 19)]
    window = shown(make_window, state, *crowd, says(19))
    told = []
    for width in (1400, 900, 560, 400):
        window.resize(width, 700)
        line = part(window.timeline, moved(window)[0], MovesLine)
        metrics = window.timeline._drawn.layouts.type.small_metrics
        assert metrics.horizontalAdvance(line.words) <= line._box.width()
        assert line.words.endswith(" others came")
        told.append(line.words.count("somebody"))
    assert told[0] == 6
    assert told == sorted(told, reverse=True)
    assert 1 <= told[-1] < 3


@no_raise
def test_beside_the_words_nothing_is_told_and_nothing_opens(make_window: Make, state: WindowState, qtbot):
    window = shown(make_window, state, joins(1, "zoe"), joins(2, "kim"), says(3))
    timeline, (index,) = window.timeline, moved(window)
    assert rest_on(window, index) != ""
    rest_on(window, index, on_words=False)
    qtbot.waitUntil(lambda: QToolTip.text() == "")
    at = QPoint(timeline.visualRect(index).right() - 40, timeline.visualRect(index).center().y())
    qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert sheets(window) == []


def test_one_alone_is_no_button(make_window: Make, state: WindowState, qtbot):
    window = shown(make_window, state, joins(1, "zoe"), says(2))
    timeline, (index,) = window.timeline, moved(window)
    at = QPoint(TEXT_LEFT_PX + 20, timeline.visualRect(index).center().y())
    qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert sheets(window) == []


def test_the_line_goes_when_all_of_it_came_and_went(make_window: Make, state: WindowState):
    window = shown(make_window, state, says(1), joins(2, "zoe"), joins(3, "ada"))
    assert [index.data() for index in moved(window)] == ["zoe came"]
    window.take(arrived([leaves(4, "zoe")]))
    window.refresh()
    assert moved(window) == []
    window.take(arrived([joins(5, "zoe")]))
    window.refresh()
    assert [index.data() for index in moved(window)] == ["zoe came"]


def test_a_page_of_people_who_came_and_went_is_no_end(make_window: Make, state: WindowState, qtbot):
    state.apply(entered(head=501), 0)  # all of it is read
    window = shown(make_window, state, says(500), says(501))
    asked = []
    window.asked.connect(asked.append)
    page = [
        kind(seq + number, "zoe") for seq in range(300, 500, 2) for number, kind in enumerate((joins, leaves))
    ]
    qtbot.waitUntil(lambda: state.rooms["lobby"].loading)
    asked.clear()
    window.take([Older(room="lobby", events=page, more=True)])
    qtbot.waitUntil(lambda: asked == [LoadOlder(room="lobby", limit=200)])
