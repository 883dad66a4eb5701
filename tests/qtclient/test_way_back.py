"""Back to where one read, and forward again, by keys and a button: however one was led elsewhere."""

from collections.abc import Callable
from datetime import date

import pytest
from loggia.qtclient.state.finding import MessageFound
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.parts.quote import GO_TO_ANSWERED
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Say
from loggia.shared.client.updates import Left
from PyQt6.QtCore import QRect, Qt
from PyQt6.QtTest import QTest

from tests.qtclient.copy_of_room import Copy, opens, two_rooms
from tests.qtclient.talk import DAY, NOON, arrived, restored, says

Make = Callable[..., Window]
LAST = 30_000
PER_DAY = 1000
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def window(make_window: Make, state: WindowState, qtbot) -> Window:
    return two_rooms(make_window, state, qtbot, LAST)


@pytest.fixture
def copy(window: Window) -> Copy:
    copy = Copy(window, [talk(seq) for seq in range(1, LAST + 1)])
    opens(copy, 200)
    settle(copy)
    return copy


def talk(seq: int):
    text = f"number {seq}" + "\nmore" * (seq % 4)
    at = NOON + (seq - 1) // PER_DAY * DAY + seq % PER_DAY * 1000
    return says(seq, ("bob", "zoe")[seq % 2], text, at=at)


def settle(copy: Copy) -> None:
    """Until nothing is asked for any more."""
    timeline = copy.window.timeline
    while True:
        timeline._near.stop()
        timeline._take_in()
        copy.window.refresh()
        if not copy.answer():
            return


def places(window: Window) -> list[tuple[object, int]]:
    """The messages on the screen, and where each ends."""
    return [(row.key, end) for row, end in window.timeline._places.on_screen() if isinstance(row, MessageRow)]


def press(copy: Copy, key: Qt.Key, times: int = 1) -> None:
    for _ in range(times):
        QTest.keyClick(copy.window.focusWidget(), key, ALT)
        settle(copy)


def scroll_up(copy: Copy, pages: int) -> None:
    bar = copy.window.timeline.verticalScrollBar()
    for _ in range(pages):
        bar.setValue(bar.value() - bar.pageStep())
        settle(copy)


def hit(room: str, seq: int) -> MessageFound:
    return MessageFound(key=f"m{seq}", room=room, seq=seq, where=room, nick="bob", at=NOON, text="")


def lead(copy: Copy, way: str) -> None:
    window = copy.window
    if way == "day":
        window.days.to(date(2023, 11, 20))
    elif way == "quote":
        window.timeline.act(GO_TO_ANSWERED.id, 500)
    elif way == "hit":
        window.going.to(hit("lobby", 20_000))
    elif way == "pin":
        window.pinboard._show("lobby", 15_000)
    elif way == "mention":
        window.reader.wanted.emit(29_000)
    elif way == "beginning":
        QTest.keyClick(window.composer.editor, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    else:
        QTest.keyClick(window.composer.editor, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    settle(copy)


WAYS = ("day", "quote", "hit", "pin", "mention", "beginning")


@pytest.mark.parametrize("way", [*WAYS, "newest"])
def test_back_is_where_one_was_to_the_pixel_and_forward_where_one_was_led(
    window: Window, copy: Copy, way: str
):
    scroll_up(copy, 5)
    before = places(window)
    lead(copy, way)
    after = places(window)
    assert before[0] not in after
    press(copy, Qt.Key.Key_Left)
    assert places(window) == before
    press(copy, Qt.Key.Key_Right)
    assert places(window) == after
    press(copy, Qt.Key.Key_Right)
    assert places(window) == after, "there is nothing further"
    press(copy, Qt.Key.Key_Left)
    assert places(window) == before
    press(copy, Qt.Key.Key_Left)
    assert places(window) == before


def test_each_of_several_steps_leads_back(window: Window, copy: Copy):
    seen = []
    for way in WAYS:
        seen.append(places(window))
        lead(copy, way)
    last = places(window)
    for before in reversed(seen):
        press(copy, Qt.Key.Key_Left)
        assert places(window) == before
    for after in [*seen[1:], last]:
        press(copy, Qt.Key.Key_Right)
        assert places(window) == after


def test_a_message_found_in_another_room_is_one_step_away(window: Window, copy: Copy):
    window.take(arrived([says(seq, text=f"lab {seq}", room="lab") for seq in range(1, 300)]))
    scroll_up(copy, 3)
    before = places(window)
    window.going.to(hit("lab", 20))
    settle(copy)
    assert window.state.current == "lab"
    after = places(window)
    assert ("seq", 20) in [key for key, _ in after]
    press(copy, Qt.Key.Key_Left)
    assert window.state.current == "lobby"
    assert places(window) == before
    press(copy, Qt.Key.Key_Right)
    assert window.state.current == "lab"
    assert places(window) == after


def test_who_followed_the_newest_follows_them_again(window: Window, copy: Copy):
    assert window.timeline.follows
    lead(copy, "day")
    assert not window.timeline.follows
    copy.say(says(LAST + 1, text="meanwhile", at=NOON + 40 * DAY))
    press(copy, Qt.Key.Key_Left)
    assert window.timeline.follows
    assert places(window)[-1][0] == ("seq", LAST + 1)


@pytest.mark.parametrize("where", ["text", "rows"])
def test_the_keyboard_stays_where_it_is(window: Window, copy: Copy, where: str):
    window.composer.editor.write("two words", 4)
    scroll_up(copy, 3)
    (window.composer.editor if where == "text" else window.timeline).setFocus()
    lead(copy, "quote")
    press(copy, Qt.Key.Key_Left)
    assert window.timeline.hasFocus() == (where == "rows")
    assert window.composer.editor.hasFocus() == (where == "text")
    assert window.composer.editor.text == "two words"
    assert window.composer.editor.textCursor().position() == 4


def test_the_row_that_was_chosen_is_chosen_again(window: Window, copy: Copy):
    scroll_up(copy, 3)
    rows = [key for key, _ in places(window)]
    window.timeline.setFocus()
    window.timeline.setCurrentIndex(window.timeline.model().find(rows[3]))
    before = places(window)
    lead(copy, "quote")
    press(copy, Qt.Key.Key_Left)
    assert places(window) == before
    assert window.timeline.currentIndex() == window.timeline.model().find(rows[3])
    assert window.timeline.currentIndex().isValid()


def test_a_button_leads_back_while_one_is_elsewhere(window: Window, copy: Copy):
    button = window.timeline.jumps.back
    scroll_up(copy, 2)
    before = places(window)
    assert not button.isVisible(), "nobody was led anywhere"
    lead(copy, "day")
    assert (button.isVisible(), button.text()) == (True, "Back")
    assert button.accessibleName() == "Back to where you were"
    assert not button.geometry().intersects(window.timeline.jumps.newest.geometry())
    assert window.timeline.viewport().geometry().contains(button.geometry())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(copy)
    assert places(window) == before
    assert not button.isVisible(), "there is no further way back"
    lead(copy, "newest")
    assert not button.isVisible(), "who follows the newest has nothing over it"


def test_who_says_something_can_read_on_where_he_was(window: Window, copy: Copy):
    scroll_up(copy, 4)
    before = places(window)
    window.composer.editor.setFocus()
    QTest.keyClicks(window.composer.editor, "aside")
    asked: list[object] = []
    window.asked.connect(asked.append)
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Return)
    assert any(isinstance(one, Say) for one in asked)
    settle(copy)
    assert window.timeline.follows
    press(copy, Qt.Key.Key_Left)
    assert places(window) == before


@pytest.mark.parametrize("gone", ["left", "restored"])
def test_what_is_there_no_more_is_passed(window: Window, copy: Copy, gone: str):
    window.take(arrived([says(seq, text=f"lab {seq}", room="lab") for seq in range(1, 300)]))
    scroll_up(copy, 3)
    before = places(window)
    window.going.to(hit("lab", 20))
    settle(copy)
    window.going.to(hit("lab", 200))
    settle(copy)
    window.going.to(hit("lobby", 29_000))
    settle(copy)
    if gone == "left":
        window.take([Left(room="lab")])
    else:
        window.take([restored(299, head=0, room="lab")])
    window.refresh()
    press(copy, Qt.Key.Key_Left)
    assert window.state.current == "lobby"
    assert places(window) == before


def test_where_nobody_was_led_the_keys_do_nothing(window: Window, copy: Copy):
    scroll_up(copy, 3)
    before = places(window)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
        press(copy, key)
        assert places(window) == before
    assert window.composer.hint.text() == ""


def test_where_there_is_no_room_for_it_the_others_are_whole(window: Window, copy: Copy):
    scroll_up(copy, 2)
    jumps = window.timeline.jumps
    lead(copy, "day")
    narrow = QRect(0, 0, jumps.newest.width() + 40, 200)
    jumps.place(narrow)
    assert not jumps.back.isVisible()
    assert narrow.contains(jumps.newest.geometry())
