"""To the first message of a day: in memory, in the copy, on the server."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.rows import Beginning, Day
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.updates import ConnectionStatus
from PyQt6.QtCore import QDate, QPoint, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QToolButton, QWidget

from tests.qtclient.copy_of_room import Copy, drain, opens, two_rooms
from tests.qtclient.talk import DAY, HOUR, NOON, arrived, joins, says

LAST = 20_000
FIRST_DAY = date(2023, 11, 15)
EMPTY = 100  # on the hundredth day nobody said anything
Make = Callable[..., Window]
OFFSCREEN = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def at(seq: int) -> int:
    """Fifty a day, from one noon to the next."""
    day = (seq - 1) // 50
    return NOON - 11 * HOUR + (day + (day >= EMPTY)) * DAY + (seq - 1) % 50 * 1000


def day_of(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)


@pytest.fixture
def window(make_window: Make, state: WindowState, qtbot) -> Window:
    return two_rooms(make_window, state, qtbot, LAST)


@pytest.fixture
def copy(window: Window) -> Copy:
    copy = Copy(window, [says(seq, ("bob", "zoe")[seq % 2], at=at(seq)) for seq in range(1, LAST + 1)])
    opens(copy)
    return copy


def top(window: Window) -> tuple[object, object]:
    """The first two rows on the screen, which stand there whole."""
    timeline = window.timeline
    rows = timeline.on_screen()[:2]
    assert timeline.visualRect(timeline.model().find(rows[0].key)).top() == 0
    return rows[0], rows[1]


def is_at(window: Window, seq: int) -> bool:
    """The message stands below its day at the upper edge, and has the keyboard."""
    first, second = window.timeline.on_screen()[:2]
    current = window.timeline.currentIndex().data(ROW)
    return isinstance(first, Day) and getattr(second, "seq", 0) == seq and current == second


def hint(window: Window) -> str:
    return window.composer.findChild(QWidget, "hint").text()


def test_a_day_in_memory_is_gone_to_at_once(window: Window, copy: Copy):
    window.days.to(day_of(400))
    assert is_at(window, LAST - 49)
    top(window)
    assert (copy.asked, copy.looked) == (0, 0)


def test_a_day_in_the_copy_is_found_by_single_entries_and_one_page(window: Window, copy: Copy, qtbot):
    window.days.to(day_of(37))
    drain(copy, qtbot, lambda: is_at(window, 37 * 50 + 1))
    top(window)
    assert copy.asked == 1
    assert copy.looked <= LAST.bit_length()
    assert hint(window) == ""


def test_the_first_day_and_the_last(window: Window, copy: Copy, qtbot):
    window.days.to(FIRST_DAY)
    drain(copy, qtbot, lambda: is_at(window, 1))
    window.days.to(day_of(400))
    drain(copy, qtbot, lambda: is_at(window, LAST - 49))


def test_where_nobody_said_anything_the_next_day_is_shown_and_said(window: Window, copy: Copy, qtbot):
    window.days.to(day_of(EMPTY))
    drain(copy, qtbot, lambda: is_at(window, EMPTY * 50 + 1))
    words = "Nothing was said on Friday 23 February 2024. Next is Saturday 24 February 2024."
    assert hint(window) == words


def test_before_the_first_day_and_after_the_last(window: Window, copy: Copy, qtbot):
    window.days.to(date(1999, 12, 31))
    drain(copy, qtbot, lambda: is_at(window, 1) or isinstance(window.timeline.on_screen()[0], Beginning))
    assert "Next is Wednesday 15 November 2023." in hint(window)
    window.days.to(date(2030, 1, 1))
    drain(copy, qtbot, lambda: window.timeline.follows)
    assert hint(window) == (
        "Nothing was said on Tuesday 1 January 2030 or since. These are the newest messages."
    )


def test_people_who_came_are_no_messages(window: Window, qtbot):
    """A day of which only joins are, as many as a page: the next message is further down."""
    come = [joins(seq, f"v{seq}", at=at(seq)) for seq in range(1_001, 3_001)]
    said = [says(seq, at=at(seq)) for seq in (*range(1, 1_001), *range(3_001, LAST + 1))]
    copy = Copy(window, sorted([*come, *said], key=lambda event: event.seq))
    opens(copy)
    window.days.to(day_of(30))
    drain(copy, qtbot, lambda: is_at(window, 3_001))


def test_home_and_end_and_what_comes_are_as_ever(window: Window, copy: Copy, qtbot):
    window.days.to(day_of(37))
    drain(copy, qtbot, lambda: is_at(window, 37 * 50 + 1))
    before = top(window)
    copy.say(*[says(seq, at=at(seq)) for seq in range(LAST + 1, LAST + 51)])
    assert top(window) == before
    QTest.keyClick(window.composer.editor, Qt.Key.Key_End)
    drain(copy, qtbot, lambda: window.timeline.follows)
    assert window.timeline.on_screen()[-1].seq == LAST + 50
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Home)
    drain(copy, qtbot, lambda: isinstance(window.timeline.on_screen()[0], Beginning))


def test_unread_messages_that_were_passed_over_stay_unread(window: Window, copy: Copy, qtbot):
    room = window.state.rooms["lobby"]
    window.go("lab")
    copy.say(*[says(seq, at=at(seq)) for seq in range(LAST + 1, LAST + 2_001)])
    read = room.read
    window.go("lobby")
    window.days.to(date.fromordinal(window.state.dates.ordinal(at(LAST + 1_001))))
    drain(copy, qtbot, lambda: is_at(window, LAST + 1_001))
    assert (room.read, room.unread) == (read, 2_000)


def test_what_only_the_server_has_comes_page_by_page(window: Window, qtbot):
    copy = Copy(window, [says(seq, at=at(seq)) for seq in range(1, LAST + 1)], first=LAST - 99)
    opens(copy)
    window.days.to(day_of(300))
    drain(copy, qtbot, lambda: is_at(window, 299 * 50 + 1))
    assert copy.asked == 5


def test_what_is_too_far_is_said_and_gone_on_to_by_another_choice(window: Window, qtbot, monkeypatch):
    monkeypatch.setattr("loggia.qtclient.days.MOST_PAGES", 3)
    copy = Copy(window, [says(seq, at=at(seq)) for seq in range(1, LAST + 1)], first=LAST - 99)
    opens(copy)
    window.days.to(day_of(300))
    drain(copy, qtbot, lambda: not window.seeking.seeks)
    assert hint(window).endswith("is too far away to go there at once. Choose it again to go on from here.")
    assert copy.asked == 3
    window.days.to(day_of(300))
    drain(copy, qtbot, lambda: is_at(window, 299 * 50 + 1))


def test_without_a_connection_what_is_not_here_is_said(window: Window, qtbot):
    copy = Copy(window, [says(seq, at=at(seq)) for seq in range(1, LAST + 1)], first=LAST - 999)
    opens(copy)
    window.take([ConnectionStatus(connection="offline")])
    window.days.to(day_of(395))
    drain(copy, qtbot, lambda: is_at(window, 394 * 50 + 1))
    asked = copy.asked
    window.days.to(day_of(10))
    drain(copy, qtbot, lambda: not window.seeking.seeks)
    assert "is not on this computer, and there is no connection" in hint(window)
    assert copy.asked == asked


def test_another_room_meanwhile_ends_it(window: Window, copy: Copy, qtbot):
    window.days.to(day_of(37))
    window.go("lab")
    for _ in range(30):
        copy.answer()
    assert not window.seeking.seeks
    window.go("lobby")
    assert window.timeline.on_screen()[-1].seq == LAST


def test_a_second_choice_takes_the_place_of_the_first(window: Window, copy: Copy, qtbot):
    window.days.to(day_of(37))
    copy.answer()
    window.days.to(day_of(38))
    drain(copy, qtbot, lambda: is_at(window, 38 * 50 + 1))


# -- how it is asked for -------------------------------------------------------------------------


def calendar(window: Window, qtbot):
    qtbot.waitUntil(lambda: window.days.chooser is not None and window.days.chooser.isVisible())
    return window.days.chooser.calendar


@OFFSCREEN
def test_the_button_opens_a_calendar_of_the_room_s_days_by_mouse(window: Window, copy: Copy, qtbot):
    QTest.mouseClick(window.header.days, Qt.MouseButton.LeftButton)
    shown = calendar(window, qtbot)
    drain(copy, qtbot, lambda: shown.minimumDate() == QDate(2023, 11, 15))
    assert shown.maximumDate() == QDate(2024, 12, 19)
    assert shown.selectedDate() == QDate(2024, 12, 19)
    QTest.keyClick(window.days.chooser, Qt.Key.Key_Escape)
    assert window.days.chooser is None


@OFFSCREEN
def test_a_key_opens_it_and_arrows_and_enter_choose(window: Window, copy: Copy, qtbot):
    QTest.keyClick(window.composer.editor, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    shown = calendar(window, qtbot)
    view = shown.findChild(QWidget, "qt_calendar_calendarview")
    drain(copy, qtbot, lambda: shown.minimumDate() == QDate(2023, 11, 15))
    QTest.keyClick(view, Qt.Key.Key_Up)
    QTest.keyClick(view, Qt.Key.Key_Left)
    chosen = shown.selectedDate()
    assert chosen == QDate(2024, 12, 19).addDays(-8)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert window.days.chooser is None
    seq = next(
        seq for seq, event in copy.events.items() if window.state.dates.date(event.at) == chosen.toPyDate()
    )
    drain(copy, qtbot, lambda: is_at(window, seq))


@OFFSCREEN
def test_a_click_on_a_day_opens_it_there(window: Window, copy: Copy, qtbot):
    window.days.to(day_of(399))
    drain(copy, qtbot, lambda: is_at(window, LAST - 99))
    timeline = window.timeline
    box = timeline.visualRect(timeline.model().find(timeline.on_screen()[0].key))
    QTest.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
    assert calendar(window, qtbot).selectedDate().toPyDate() == day_of(399)
    window.days.chooser.close()
    QTest.mouseClick(
        timeline.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(box.left() + 30, box.center().y())
    )
    assert window.days.chooser is None, "the line beside it is no button"


@OFFSCREEN
def test_enter_on_a_day_opens_it(window: Window, copy: Copy, qtbot):
    window.days.to(day_of(399))
    drain(copy, qtbot, lambda: is_at(window, LAST - 99))
    timeline = window.timeline
    timeline.setFocus()
    timeline.setCurrentIndex(timeline.model().find(timeline.on_screen()[0].key))
    assert isinstance(timeline.currentIndex().data(ROW), Day)
    QTest.keyClick(timeline, Qt.Key.Key_Return)
    assert calendar(window, qtbot).selectedDate().toPyDate() == day_of(399)
    window.days.chooser.close()


@OFFSCREEN
def test_a_command_names_the_day(window: Window, copy: Copy, qtbot):
    write(window, "/date 2023-12-22")
    drain(copy, qtbot, lambda: is_at(window, 37 * 50 + 1))
    assert window.composer.editor.text == ""
    write(window, "/date 22.12.2023")
    assert hint(window) == "Say which day, as in: 2026-11-02, 2 November, yesterday."
    assert window.composer.editor.text == "/date 22.12.2023"
    window.composer.editor.write("")
    write(window, "/date")
    calendar(window, qtbot)
    window.days.chooser.close()


def write(window: Window, text: str) -> None:
    window.composer.editor.write(text)
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Escape)  # what is offered for it
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Return)


def test_an_empty_room_has_no_days(window: Window):
    window.go("lab")
    window.days.choose()
    assert window.days.chooser is None
    assert hint(window) == "Nothing has been said here yet."


@OFFSCREEN
def test_what_can_be_pressed_has_a_name_and_is_large_enough(window: Window, copy: Copy, qtbot):
    window.days.choose()
    shown = calendar(window, qtbot)
    buttons = [button for button in shown.findChildren(QToolButton) if button.isVisible()]
    assert [button.accessibleName() or button.text() for button in buttons]
    assert all((button.accessibleName() or button.text()) and button.height() >= 28 for button in buttons)
    assert shown.accessibleName()
    assert window.header.days.accessibleName()
    window.days.chooser.close()


@OFFSCREEN
def test_what_the_server_alone_has_can_be_chosen_too(window: Window, qtbot):
    copy = Copy(window, [says(seq, at=at(seq)) for seq in range(1, LAST + 1)], first=LAST - 99)
    opens(copy)
    window.days.choose()
    shown = calendar(window, qtbot)
    drain(copy, qtbot, lambda: shown.minimumDate() == QDate(2023, 11, 15))
    window.days.chooser.close()


@pytest.mark.parametrize("way", ["scroll", "page", "newest", "back", "another"])
def test_what_was_said_of_the_way_goes_when_one_goes_on(window: Window, copy: Copy, qtbot, way: str):
    window.days.to(day_of(10))
    drain(copy, qtbot, lambda: not window.seeking.seeks)
    window.days.to(day_of(EMPTY))
    drain(copy, qtbot, lambda: not window.seeking.seeks)
    window.grab()
    assert hint(window).startswith("Nothing was said on")
    window.take([*arrived([says(LAST + 1, at=at(LAST + 1))])])
    window.refresh()
    assert hint(window).startswith("Nothing was said on"), "nobody moved"
    editor = window.composer.editor
    if way == "scroll":
        window.timeline.verticalScrollBar().setValue(window.timeline.verticalScrollBar().value() + 30)
    elif way == "page":
        QTest.keyClick(editor, Qt.Key.Key_PageUp)
    elif way == "newest":
        QTest.keyClick(editor, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    elif way == "back":
        QTest.keyClick(editor, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
        drain(copy, qtbot, lambda: hint(window) == "")
    else:
        window.days.to(day_of(EMPTY + 1))
    assert hint(window) == ""


def test_what_somebody_else_says_above_the_text_stays(window: Window, copy: Copy, qtbot):
    window.days.to(day_of(EMPTY))
    drain(copy, qtbot, lambda: not window.seeking.seeks)
    window.composer.tell("This cannot be sent.")
    QTest.keyClick(window.composer.editor, Qt.Key.Key_PageUp)
    assert hint(window) == "This cannot be sent."
