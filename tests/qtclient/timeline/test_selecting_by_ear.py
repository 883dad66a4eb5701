"""What a screen reader reads of what keys select: the change, at the row of the keyboard."""

from collections.abc import Callable

import pytest
from loggia.qtclient.timeline.selected_words import ALL
from loggia.qtclient.window import Window
from PyQt6.QtCore import QItemSelectionModel, QModelIndex, Qt

from tests.qtclient.copy_of_room import Copy, drain
from tests.qtclient.row_in_hand import focus, index_of
from tests.qtclient.talk import arrived, entered, numbered, says
from tests.qtclient.timeline.hand import Hand
from tests.qtclient.written import take

Key, Held = Qt.Key, Qt.KeyboardModifier
SHIFT, CTRL = Held.ShiftModifier, Held.ControlModifier


@pytest.fixture
def heard(window: Window, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is read when Qt tells a screen reader that the keyboard is at a row, which it does by this."""
    told: list[str] = []
    changed = window.timeline.currentChanged

    def current(now: QModelIndex, before: QModelIndex) -> None:
        told.append(now.data(Qt.ItemDataRole.AccessibleTextRole))
        changed(now, before)

    monkeypatch.setattr(window.timeline, "currentChanged", current)
    window.timeline.selectionModel().currentChanged.connect(lambda now, before: told.append(aloud(window)))
    return told


def aloud(window: Window) -> str:
    return window.timeline.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole)


@pytest.fixture
def press(window: Window, qtbot, heard: list[str]) -> Callable[..., str]:
    """Presses a key, and tells what is read then, once."""

    def press(key: Qt.Key, held: Qt.KeyboardModifier = SHIFT) -> str:
        heard.clear()
        qtbot.keyClick(window.timeline, key, held)
        assert len(heard) == 1
        assert heard[0] == aloud(window)
        return heard[0]

    return press


def test_letters_and_words_are_read_as_they_are_selected_and_let_go_of(window: Window, press):
    take(window, *arrived([says(1, text="one two"), says(2, "zoe", "three")]))
    focus(window, "one two")
    row = aloud(window)
    assert press(Key.Key_Right) == "o, selected"
    assert press(Key.Key_Right, SHIFT | CTRL) == "ne , selected"
    assert press(Key.Key_Left) == "space, not selected any more"
    assert press(Key.Key_End) == " two, selected"
    assert press(Key.Key_Home) == "one two, not selected any more"
    assert press(Key.Key_Right) == "o, selected"
    assert press(Key.Key_Down) == "ne two, selected"
    assert press(Key.Key_Down) == "three, selected"
    assert press(Key.Key_Up) == "three, not selected any more"
    assert press(Key.Key_Up, Held.NoModifier) == "Wednesday 15 November 2023"
    assert press(Key.Key_Down, Held.NoModifier) == row, "and not what was selected there"


def test_back_over_where_it_began_the_new_part_is_read(window: Window, press):
    take(window, *arrived([says(1, text="one two three")]))
    index = index_of(window, "one two three")
    hand = Hand(window.timeline)
    hand.click(hand.letter(index, "two"))
    focus(window, "one two three")
    assert press(Key.Key_End) == "two three, selected"
    assert press(Key.Key_Home) == "one , selected"


def test_of_many_messages_how_many_is_read(window: Window, press, heard: list[str], qtbot):
    take(window, *arrived(numbered(1, 200)))
    focus(window, "number 100")
    assert press(Key.Key_PageDown).endswith(" messages, selected")
    heard.clear()
    qtbot.keyClick(window.timeline, Key.Key_Home, SHIFT | CTRL)
    assert heard == ["99 messages, selected", "This is where the room begins."]
    assert press(Key.Key_A, CTRL) == ALL
    qtbot.keyClick(window.timeline, Key.Key_Up)
    assert aloud(window) == "This is where the room begins."


def test_rows_of_which_something_is_selected_are_so_to_qt(window: Window, press):
    take(window, *arrived(numbered(1, 5)))
    focus(window, "number 3")
    press(Key.Key_Right)
    chosen = window.timeline.selectionModel()
    assert isinstance(chosen, QItemSelectionModel)
    assert [index.data() for index in chosen.selectedIndexes()] == [index_of(window, "number 3").data()]


def test_what_came_of_a_copy_that_takes_a_while_is_read(window: Window, press, heard: list[str], qtbot):
    copy = Copy(window, numbered(1, 3000))
    window.take([*arrived(numbered(2901, 3000)), copy.held()])
    window.refresh()
    focus(window, "number 3000")
    press(Key.Key_A, CTRL)
    assert press(Key.Key_C, CTRL).startswith("What is selected is read from this computer")
    heard.clear()
    drain(copy, qtbot, lambda: "Copied 3,000 messages." in heard)
    assert aloud(window) == "Copied 3,000 messages."


def test_what_was_read_of_a_row_is_not_read_of_one_in_another_room(window: Window, press):
    take(window, *entered("lab", head=9), *arrived([says(1, text="one two")]))
    take(window, *arrived([says(1, text="of the lab", room="lab")]))
    window.go("lobby")
    focus(window, "one two")
    assert press(Key.Key_A, CTRL) == ALL
    window.timeline.selecting.clear()
    window.timeline.selecting.say("Copied 2 messages.")
    window.go("lab")
    focus(window, "of the lab")
    assert aloud(window).startswith("bob")
