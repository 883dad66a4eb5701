"""Text is selected by keys: letters, words, rows. Qt is told of which rows, for screen readers."""

from collections.abc import Callable

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.timeline.parts.text import MessageText
from loggia.qtclient.window import Window
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication

from tests.qtclient.row_in_hand import focus, index_of
from tests.qtclient.talk import arrived, says
from tests.qtclient.timeline.hand import Hand, clipboard
from tests.qtclient.written import take

Key, Held = Qt.Key, Qt.KeyboardModifier
SHIFT, CTRL = Held.ShiftModifier, Held.ControlModifier
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.fixture
def press(window: Window, qtbot) -> Callable[..., str]:
    """Presses keys, each with what is held down, and tells what Ctrl+C copies then."""

    def press(*keys: Qt.Key, held: Qt.KeyboardModifier = SHIFT) -> str:
        for key in keys:
            qtbot.keyClick(window.timeline, key, held)
        QGuiApplication.clipboard().clear()
        qtbot.keyClick(window.timeline, Key.Key_C, CTRL)
        return clipboard()

    return press


def chosen(window: Window) -> list[str]:
    """What the rows say that are selected to Qt, from top to bottom."""
    rows = sorted(window.timeline.selectedIndexes(), key=lambda index: index.row())
    return [index.data(ROW).text for index in rows]


def test_selected_messages_are_copied_as_plain_text(window: Window, press):
    take(window, *arrived([says(1, text="<b>one</b>"), says(2, text="two"), says(3, "zoe", "three")]))
    focus(window, "<b>one</b>")
    copied = press(Key.Key_Down, Key.Key_Down, Key.Key_Down)
    assert copied == "[12:00] bob: <b>one</b>\n[12:00] bob: two\n[12:00] zoe: three"
    assert chosen(window) == ["<b>one</b>", "two", "three"]


def test_one_message_is_copied_as_it_was_said_selected_or_with_the_keyboard_on_it(window: Window, press):
    take(window, *arrived([says(1, text="one\n**two**"), says(2, text="three")]))
    focus(window, "one\n**two**")
    assert press() == "one\n**two**"
    assert chosen(window) == []
    assert press(Key.Key_Down) == "one\n**two**"
    assert chosen(window) == ["one\n**two**"]


def test_row_by_row_and_back_over_where_it_began(window: Window, press):
    take(window, *arrived([says(n, text=text) for n, text in enumerate(("one", "two", "three"), 1)]))
    focus(window, "two")
    assert press(Key.Key_Up) == "two"
    for key, rows in (
        (Key.Key_Up, ["one", "two"]),
        (Key.Key_Down, ["two"]),
        (Key.Key_Down, ["two", "three"]),
        (Key.Key_Down, ["two", "three"]),
        (Key.Key_Up, ["two"]),
        (Key.Key_Up, ["one", "two"]),
    ):
        press(key)
        assert chosen(window) == rows
    assert window.timeline.currentIndex() == index_of(window, "one"), "the keyboard goes along"


def test_letter_by_letter_and_word_by_word_over_rows(window: Window, press):
    take(window, *arrived([says(1, text=f"{FAMILY} is one"), says(2, "zoe", "two words")]))
    focus(window, f"{FAMILY} is one")
    assert press(Key.Key_Right) == FAMILY
    assert press(Key.Key_Right, Key.Key_Right) == f"{FAMILY} i"
    assert press(Key.Key_Left) == f"{FAMILY} "
    assert press(Key.Key_Right, held=SHIFT | CTRL) == f"{FAMILY} is "
    assert press(Key.Key_End) == f"{FAMILY} is one"
    both = press(Key.Key_Right, Key.Key_Right, Key.Key_Right)
    assert both == f"[12:00] bob: {FAMILY} is one\n[12:00] zoe: tw"
    assert press(Key.Key_Home) == f"{FAMILY} is one"
    assert press(Key.Key_Left, Key.Key_Left) == f"{FAMILY} is on"


def test_from_the_end_backwards(window: Window, press):
    take(window, *arrived([says(1, text="one"), says(2, "zoe", "two words")]))
    focus(window, "two words")
    assert press(Key.Key_Left, held=SHIFT | CTRL) == "words"
    assert press(Key.Key_Up) == "two words"
    assert press(Key.Key_Left, Key.Key_Left) == "[12:00] bob: e\n[12:00] zoe: two words"


def test_from_where_the_mouse_clicked(window: Window, press):
    take(window, *arrived([says(1, text="one two three")]))
    index = index_of(window, "one two three")
    hand = Hand(window.timeline)
    hand.click(hand.letter(index, "two"))
    assert press(Key.Key_Right, Key.Key_Right, Key.Key_Right) == "two"
    assert press(Key.Key_Home) == "one "


def test_all_is_selected_let_go_of_by_escape_and_by_going_on(window: Window, press, qtbot):
    take(window, *arrived([says(1, "ada", "mine"), says(2, text="yours")]))
    timeline = window.timeline
    for key in (Key.Key_Escape, Key.Key_Up, Key.Key_Down):
        focus(window, "mine")
        assert (
            press(Key.Key_A, held=CTRL) == "Wednesday 15 November 2023\n[12:00] ada: mine\n[12:00] bob: yours"
        )
        assert len(timeline.selectedIndexes()) == timeline.model().rowCount()
        qtbot.keyClick(timeline, key)
        assert timeline.selectedIndexes() == []
        assert not timeline.selecting.is_something
        assert window.composer.editor.hasFocus() == (key == Key.Key_Escape)


@pytest.mark.parametrize("key", [Key.Key_Up, Key.Key_Escape])
def test_what_is_let_go_of_is_not_put_together_as_a_text(
    window: Window, qtbot, monkeypatch: pytest.MonkeyPatch, key: Key
):
    take(window, *arrived([says(seq, text=f"number {seq}") for seq in range(1, 301)]))
    focus(window, "number 300")
    qtbot.keyClick(window.timeline, Key.Key_A, CTRL)
    copied: list[int | None] = []
    copy = MessageText.copy

    def counted(row: MessageRow, *, several: bool) -> str:
        copied.append(row.seq)
        return copy(row, several=several)

    monkeypatch.setattr(MessageText, "copy", staticmethod(counted))
    assert window.timeline.selecting.is_something
    qtbot.keyClick(window.timeline, key)
    assert not window.timeline.selecting.is_something
    assert len(copied) <= 12, "of two rows, each time that is asked"
