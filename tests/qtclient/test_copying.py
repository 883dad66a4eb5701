"""What is selected is copied whether or not it is in memory: the rest is read from this computer's copy."""

from collections.abc import Callable

import pytest
from loggia.qtclient import copying
from loggia.qtclient.copying import LEFT, OVERTAKEN, PAGE, READING
from loggia.qtclient.state import kept_rows
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline import paged_text
from loggia.qtclient.timeline.clipboard import to_clipboard
from loggia.qtclient.timeline.selecting import NOTHING
from loggia.qtclient.window import Window
from loggia.shared.client.commands import ReadArchived
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QGuiApplication

from tests.qtclient.copy_of_room import Copy, drain
from tests.qtclient.row_in_hand import focus, index_of
from tests.qtclient.talk import arrived, entered, numbered, says, waits
from tests.qtclient.timeline.hand import Hand, clipboard
from tests.qtclient.written import take

Make = Callable[..., Window]
Key, Held = Qt.Key, Qt.KeyboardModifier
LAST = 30_000


@pytest.fixture
def window(make_window: Make, state: WindowState, qtbot) -> Window:
    state.apply([*entered(head=LAST), *entered("lab", head=1), *arrived([says(1, room="lab")])], 0)
    window = make_window(state)
    qtbot.waitUntil(window.composer.editor.hasFocus)
    QGuiApplication.clipboard().setText("before")
    return window


def opens(window: Window, last: int, first: int = 1) -> Copy:
    """A room as it begins: with a page of the copy, which has no entries before `first`."""
    copy = Copy(window, numbered(1, last), first)
    window.take([*arrived(numbered(last - 99, last)), copy.held()])
    copy.shown = last - 99
    window.refresh()
    return copy


def press(window: Window, qtbot, *keys: Qt.Key, held: Qt.KeyboardModifier = Held.ControlModifier) -> None:
    for key in keys:
        qtbot.keyClick(window.timeline, key, held)


def hint(window: Window) -> str:
    return window.composer.hint.text()


def lines(first: int, last: int) -> list[str]:
    return [f"[12:00] {event.nick}: {event.text}" for event in numbered(first, last)]


def test_all_of_a_long_room_is_copied_in_order_a_page_at_a_time(window: Window, qtbot):
    copy = opens(window, LAST)
    pages: list[int] = []
    window.asked.connect(lambda one: pages.append(one.limit) if isinstance(one, ReadArchived) else None)
    focus(window, "number 30000")
    press(window, qtbot, Key.Key_A, Key.Key_C)
    assert hint(window) == READING
    assert clipboard() == "before"
    done = 0
    while clipboard() == "before":
        assert len(pages) <= done + 1, "one at a time"
        done = len(pages)
        assert copy.answer()
    assert clipboard().splitlines() == ["Wednesday 15 November 2023", *lines(1, LAST)]
    assert (max(pages), sum(pages)) == (PAGE, LAST)
    assert hint(window) == "Copied 30,000 messages."
    assert len(window.state.rooms["lobby"].rows) < 1000, "what is copied is not kept"


def test_what_only_the_server_has_is_told(window: Window, qtbot):
    copy = opens(window, 3000, first=2001)
    focus(window, "number 3000")
    press(window, qtbot, Key.Key_A, Key.Key_C)
    drain(copy, qtbot, lambda: clipboard() != "before")
    assert clipboard().splitlines()[1:] == lines(2001, 3000)
    assert hint(window) == "Copied 1,000 messages; older ones are not loaded."


def test_what_is_written_and_not_stored_is_at_its_end(window: Window, qtbot):
    copy = opens(window, 1000)
    take(window, waits("w1", "and more"))
    focus(window, "and more")
    press(window, qtbot, Key.Key_A, Key.Key_C)
    drain(copy, qtbot, lambda: clipboard() != "before")
    assert clipboard().splitlines()[-2:] == [*lines(1000, 1000), "[13:00] ada: and more"]
    assert hint(window) == "Copied 1,001 messages."


def test_what_was_dragged_over_and_let_go_of_since_is_copied_from_its_ends(
    window: Window, qtbot, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(kept_rows, "MOST_KEPT", 50)
    monkeypatch.setattr(kept_rows, "BESIDE", 5)
    copy = opens(window, 400)
    hand = Hand(window.timeline)
    hand.drag(
        hand.letter(index_of(window, "number 390"), "ber"),
        hand.letter(index_of(window, "number 392"), " 392"),
    )
    selected = window.timeline.selecting.text()
    copy.say(*numbered(401, 1600))
    assert window.timeline.selecting.text() == ""
    window.timeline.setFocus()
    press(window, qtbot, Key.Key_C)
    drain(copy, qtbot, lambda: clipboard() != "before")
    assert clipboard() == selected
    assert hint(window) == "Copied 3 messages."
    hand.click(hand.letter(index_of(window, "number 1599"), "number", 3), Held.ShiftModifier)
    QGuiApplication.clipboard().setText("before")
    press(window, qtbot, Key.Key_C)
    drain(copy, qtbot, lambda: clipboard() != "before")
    assert clipboard().splitlines()[1:] == [
        *lines(391, 1598),
        lines(1599, 1599)[0].replace("number 1599", "num"),
    ]


def test_one_message_that_is_not_here_any_more_is_copied_as_it_was_written(
    window: Window, qtbot, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(kept_rows, "MOST_KEPT", 50)
    monkeypatch.setattr(kept_rows, "BESIDE", 5)
    copy = opens(window, 400)
    focus(window, "number 400")
    press(window, qtbot, Key.Key_Up, held=Held.ShiftModifier)
    copy.say(*numbered(401, 1600))
    press(window, qtbot, Key.Key_C)
    drain(copy, qtbot, lambda: clipboard() != "before")
    assert clipboard() == "number 400"
    assert hint(window) == "Copied 1 message."


def test_more_than_the_clipboard_is_given_is_told(window: Window, qtbot, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(paged_text, "MOST_BYTES", 3 * 2**20)
    monkeypatch.setattr(copying, "MOST_BYTES", 3 * 2**20)
    copy = Copy(window, [says(seq, text="x" * 1000) for seq in range(1, 5001)])
    window.take([*arrived([copy.events[seq] for seq in range(4901, 5001)]), copy.held()])
    window.refresh()
    window.timeline.setFocus()
    press(window, qtbot, Key.Key_A, Key.Key_C)
    drain(copy, qtbot, lambda: clipboard() != "before")
    assert 2**20 < len(clipboard()) <= 3 * 2**20
    count = len(clipboard().splitlines())
    assert hint(window) == f"Copied the newest {count:,} messages: more than 3 MiB is not copied at once."


def test_a_later_copy_takes_its_place_whatever_it_is_of(window: Window, qtbot):
    copy = opens(window, 3000)
    focus(window, "number 3000")
    press(window, qtbot, Key.Key_A, Key.Key_C)
    copy.answer()
    hand = Hand(window.timeline)
    hand.click(hand.letter(index_of(window, "number 2999"), "number", 2), times=2)
    press(window, qtbot, Key.Key_C)
    assert clipboard() == "number"
    assert hint(window) == OVERTAKEN
    while copy.answer():
        pass
    assert clipboard() == "number"
    for again in (lambda: press(window, qtbot, Key.Key_C), lambda: to_clipboard("of another program")):
        press(window, qtbot, Key.Key_A, Key.Key_C)
        copy.answer()
        before = copy.looked
        again()
    while copy.answer():
        pass
    assert copy.looked - before <= 1
    assert clipboard() == "of another program"


def test_a_second_copy_of_the_same_begins_anew_and_ends_once(window: Window, qtbot):
    copy = opens(window, 3000)
    focus(window, "number 3000")
    press(window, qtbot, Key.Key_A, Key.Key_C)
    copy.answer()
    press(window, qtbot, Key.Key_C)
    drain(copy, qtbot, lambda: clipboard() != "before")
    assert clipboard().splitlines()[1:] == lines(1, 3000)
    assert not copy.answer()


def test_escape_ends_it(window: Window, qtbot):
    copy = opens(window, 3000)
    focus(window, "number 3000")
    press(window, qtbot, Key.Key_A, Key.Key_C)
    copy.answer()
    press(window, qtbot, Key.Key_Escape, held=Held.NoModifier)
    assert hint(window) == LEFT
    assert window.timeline.selecting.is_something, "one step"
    while copy.answer():
        pass
    assert clipboard() == "before"


def test_it_goes_on_in_another_room(window: Window, qtbot):
    copy = opens(window, 3000)
    focus(window, "number 3000")
    press(window, qtbot, Key.Key_A, Key.Key_C)
    window.go("lab")
    drain(copy, qtbot, lambda: clipboard() != "before")
    assert clipboard().splitlines()[1:] == lines(1, 3000)


def test_where_the_copy_has_nothing_of_it_nothing_is_copied(window: Window, qtbot):
    copy = opens(window, 3000)
    hand = Hand(window.timeline)
    window.timeline.selecting.all()
    copy.first = 3001
    window.timeline.copy()
    drain(copy, qtbot, lambda: hint(window) == NOTHING)
    assert clipboard() == "before"
    hand.click(QPoint(300, 300))
