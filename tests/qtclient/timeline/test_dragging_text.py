"""The mouse is dragged over messages while they come, are scrolled and edited."""

import pytest
from loggia.qtclient.window import Window
from loggia.shared.protocol.events import DeletedEvent, EditedEvent
from PyQt6.QtCore import QPoint, Qt, QTimer
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from tests.qtclient.row_in_hand import index_of
from tests.qtclient.talk import NOON, arrived, entered, numbered, says
from tests.qtclient.timeline.hand import Hand
from tests.qtclient.written import take

_QT_SCROLLS_MS = 150  # behind a click, at the latest, where two clicks are never one double click


@pytest.fixture
def hand(window: Window) -> Hand:
    return Hand(window.timeline)


def text(window: Window) -> str:
    return window.timeline.selecting.text()


def edits(seq: int, target: int, text: str) -> EditedEvent:
    return EditedEvent("lobby", seq, NOON, "bob", "a-bob", f"id-{seq}", target, text)


def deletes(seq: int, target: int) -> DeletedEvent:
    return DeletedEvent("lobby", seq, NOON, "bob", "a-bob", f"id-{seq}", target)


def test_it_scrolls_as_long_as_the_mouse_is_dragged_beyond_an_edge(window: Window, hand: Hand, qtbot):
    take(window, *arrived(numbered(1, 300)))
    bar, port = window.timeline.verticalScrollBar(), window.timeline.viewport()
    hand.press(hand.letter(index_of(window, "number 299"), "number"))
    hand.move(QPoint(300, -400))
    qtbot.waitUntil(lambda: "bob: number 1\n" in text(window))
    assert text(window).endswith("\n[12:00] zoe: number 298")
    hand.move(QPoint(300, port.height() + 400))
    qtbot.waitUntil(lambda: bar.value() == bar.maximum())
    assert text(window) == "[12:00] zoe: number 299\n[12:00] bob: number 300"
    hand.move(QPoint(300, -400))
    assert window.timeline._mouse._scroll.isActive()
    hand.move(QPoint(300, port.height() - 40))
    assert not window.timeline._mouse._scroll.isActive(), "it is back"
    hand.move(QPoint(300, -400))
    hand.release()
    assert not window.timeline._mouse._scroll.isActive()


def test_what_is_under_the_mouse_stays_there_while_text_is_selected(window: Window, hand: Hand, qtbot):
    """Also where the newest is followed; the button to the newest tells what came."""
    take(window, *arrived(numbered(1, 60)))
    timeline = window.timeline
    here = index_of(window, "number 58")
    start, end = hand.letter(here, "number"), hand.letter(here, "ber")
    hand.press(start)
    take(window, *arrived(numbered(61, 64)))
    hand.move(end)
    take(window, *arrived(numbered(65, 90)))
    hand.release()
    assert text(window) == "num"
    assert hand.letter(index_of(window, "number 58"), "number") == start
    take(window, *arrived(numbered(91, 92)))
    assert hand.letter(index_of(window, "number 58"), "number") == start
    assert timeline.jumps.newest.isVisible()
    timeline.go_newest()
    hand.click(QPoint(300, 300))
    take(window, *arrived(numbered(93, 99)))
    assert timeline.follows, "a click stops nothing"
    assert index_of(window, "number 99").isValid()


def test_the_wheel_goes_on_while_it_is_dragged(window: Window, hand: Hand):
    take(window, *arrived(numbered(1, 60)))
    hand.press(hand.letter(index_of(window, "number 59"), "number"))
    hand.move(hand.letter(index_of(window, "number 58"), "number"))
    before = len(text(window).splitlines())
    hand.wheel(120)
    assert len(text(window).splitlines()) > before
    hand.release()
    after = text(window)
    hand.wheel(120)
    assert text(window) == after


def test_a_button_that_came_up_elsewhere_is_up(window: Window, hand: Hand):
    take(window, *arrived(numbered(1, 60)))
    hand.press(hand.letter(index_of(window, "number 59"), "number"))
    hand.move(QPoint(300, -100))
    before = text(window)
    hand.rest(QPoint(300, 100))
    assert text(window) == before
    assert not window.timeline._mouse._scroll.isActive()


def test_while_it_is_dragged_an_edit_takes_nothing_else_in(window: Window, hand: Hand):
    take(window, *arrived([says(1, text="one two"), says(2, "zoe", "three four")]))
    hand.press(hand.letter(index_of(window, "one two"), "two"))
    hand.move(hand.letter(index_of(window, "three four"), "four"))
    take(window, *arrived([edits(3, 1, "another")]))
    hand.move(hand.letter(index_of(window, "three four"), "four", 2))
    hand.release()
    assert text(window) == "three fo"


def test_a_click_on_a_row_that_is_partly_seen_moves_nothing(window: Window, hand: Hand, qtbot):
    """Neither at once nor later: Qt would scroll to the row a tenth of a second behind the time of a double
    click, under the mouse of who goes on there."""
    take(window, *arrived(numbered(1, 60)))
    timeline = window.timeline
    bar = timeline.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    cut = timeline.indexAt(QPoint(300, 1))
    bar.setValue(bar.value() + timeline.visualRect(cut).bottom() - 8)
    before, ms = bar.value(), QApplication.doubleClickInterval()
    QApplication.setDoubleClickInterval(0)
    later: list[int] = []
    try:
        hand.click(QPoint(300, 1))
        QTimer.singleShot(_QT_SCROLLS_MS, Qt.TimerType.PreciseTimer, lambda: later.append(bar.value()))
        qtbot.waitUntil(lambda: bool(later))
    finally:
        QApplication.setDoubleClickInterval(ms)
    assert timeline.currentIndex() == cut, "the keyboard goes on from there"
    assert later == [before]
    QTest.keyClick(timeline, Qt.Key.Key_Up)
    assert bar.value() < before, "what the keyboard goes to is shown whole"


@pytest.mark.parametrize("change", ["edited", "deleted"])
def test_of_the_message_that_is_edited_or_deleted_while_it_is_dragged_over_nothing_is_selected(
    window: Window, hand: Hand, change: str
):
    take(window, *arrived([says(1, text="one two"), says(2, "zoe", "three four")]))
    index = index_of(window, "one two")
    hand.press(hand.letter(index, "one", 1))
    hand.move(hand.letter(index, "two", 2))
    assert text(window) == "ne tw"
    event = edits(3, 1, "another text") if change == "edited" else deletes(3, 1)
    take(window, *arrived([event]))
    hand.move(hand.letter(index_of(window, "three four"), "four", 1))
    hand.release()
    assert text(window) == ""
    hand.drag(
        hand.letter(index_of(window, "three four"), "three"),
        hand.letter(index_of(window, "three four"), " four"),
    )
    assert text(window) == "three"


def test_a_room_that_is_left_while_it_is_dragged_over_selects_nothing_in_the_other(
    window: Window, hand: Hand, qtbot
):
    take(window, *arrived([says(1, text="one two")]), *entered("lab", head=9))
    take(window, *arrived([says(1, text="of the lab", room="lab"), says(2, text="there", room="lab")]))
    window.go("lobby")
    hand.press(hand.letter(index_of(window, "one two"), "two"))
    hand.move(hand.letter(index_of(window, "one two"), "one"))
    assert text(window) == "one "
    window.go("lab")
    hand.move(hand.letter(index_of(window, "there"), "there", 3))
    hand.move(QPoint(300, -100))
    hand.release()
    assert text(window) == ""
    assert not window.timeline._mouse._scroll.isActive()
    window.go("lobby")
    assert text(window) == ""
