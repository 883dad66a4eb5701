"""What others say, and what one is led to, is read aloud to who writes."""

from collections.abc import Callable

import pytest
from loggia.qtclient.by_ear import MANY, MOST_CHARS
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QWidget

from tests.qtclient.talk import arrived, entered, says
from tests.qtclient.written import aloud, press, ready, send, take, talk, told, write

Make = Callable[..., Window]


@pytest.fixture
def window(make_window: Make, state: WindowState, qtbot) -> Window:
    return ready(make_window(talk(state)), qtbot)


def test_what_others_say_is_read_until_something_is_written(window: Window):
    assert aloud(window) == "Message # lobby"
    take(window, *arrived([says(5, text="**well** said")]))
    assert aloud(window) == "bob, 12:00: well said"
    window.refresh()
    assert aloud(window) == "bob, 12:00: well said"
    write(window, "x")
    assert aloud(window) == ""


def test_some_are_read_one_after_the_other_and_many_are_counted_by_a_word(window: Window):
    take(window, *arrived([says(5, text="one"), says(6, "zoe", text="two"), says(7, "ada", text="mine")]))
    assert aloud(window) == "bob, 12:00: one. zoe, 12:00: two"
    take(window, *arrived([says(seq) for seq in range(8, 12)]))
    assert aloud(window) == MANY
    take(window, *arrived([says(12, text="y" * 999)]))
    assert len(aloud(window)) == MOST_CHARS


def test_what_was_there_when_the_room_came_is_not_read_as_new(make_window: Make, state: WindowState, qtbot):
    window = ready(make_window(state), qtbot)
    take(window, *entered(), *arrived([says(seq) for seq in range(1, 9)]))
    assert window.state.here.stay.attended
    assert aloud(window) == "Message # lobby"
    take(window, *arrived([says(9, text="news")]))
    assert aloud(window) == "bob, 12:00: news"


def test_mine_and_those_of_other_rooms_are_not_read(window: Window):
    take(window, *arrived([says(5, "ada", text="mine")]), *arrived([says(1, room="lab", text="there")]))
    assert aloud(window) == "Message # lobby"
    window.go("lab")
    assert aloud(window) == "Message # lab"


def test_nothing_is_read_over_what_is_wrong(window: Window):
    take(window, *arrived([says(5)]))
    send(window, "/slow soon")
    assert told(window)
    assert aloud(window).startswith(told(window).rstrip("."))


def test_nothing_is_read_where_nobody_follows_or_writes(window: Window, qtbot):
    window.timeline.setFocus()
    take(window, *arrived([says(5)]))
    assert aloud(window) == "Message # lobby", "there the rows themselves are read"
    window.composer.editor.setFocus()
    other = QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(lambda: not window.isActiveWindow())
    take(window, *arrived([says(6)]))
    assert aloud(window) == "Message # lobby"


def test_the_message_one_is_led_to_is_read(window: Window):
    take(window, *arrived([says(seq, text=f"number {seq}") for seq in range(5, 60)]))
    window.composer.editor.setFocus()
    assert window.timeline.go_to(("seq", 7))
    assert aloud(window) == "bob, 12:00: number 7"
    press(window, Qt.Key.Key_A)
    window.timeline.setFocus()
    assert window.timeline.go_to(("seq", 9))
    assert aloud(window) != "bob, 12:00: number 9", "there the row itself is read"
