"""Text is selected by keys a screen at a time, and as far as the room goes; it scrolls along."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.timeline import selecting
from loggia.qtclient.timeline.parts.text import MessageText
from loggia.qtclient.window import Window
from loggia.shared.client.commands import LoadOlder
from loggia.shared.client.updates import Completeness, Older
from PyQt6.QtCore import QPoint, Qt

from tests.qtclient.row_in_hand import focus, index_of, told
from tests.qtclient.talk import arrived, many, numbered, restored
from tests.qtclient.timeline.hand import Hand
from tests.qtclient.written import take

Key, Held = Qt.Key, Qt.KeyboardModifier
SHIFT, CTRL = Held.ShiftModifier, Held.ControlModifier


@pytest.fixture
def press(window: Window, qtbot) -> Callable[..., list[str]]:
    """Presses keys, each with what is held down, and tells the lines that are selected then."""

    def press(*keys: Qt.Key, held: Qt.KeyboardModifier = SHIFT) -> list[str]:
        for key in keys:
            qtbot.keyClick(window.timeline, key, held)
        return window.timeline.selecting.text().splitlines()

    return press


def seen(window: Window, text: str) -> bool:
    rect = window.timeline.visualRect(index_of(window, text))
    return window.timeline.viewport().rect().contains(rect)


def test_a_screen_further_and_back_it_scrolls_by_as_much(window: Window, press):
    take(window, *arrived(numbered(1, 200)))
    timeline, bar = window.timeline, window.timeline.verticalScrollBar()
    bar.setValue(0)
    focus(window, "number 3")
    top = bar.value()
    one = press(Key.Key_PageDown)
    assert bar.value() == top + bar.pageStep()
    assert one[0] == "[12:00] zoe: number 3"
    begun = timeline.visualRect(index_of(window, "number 3"))
    reached = timeline.visualRect(timeline.currentIndex())
    assert abs(reached.top() - begun.top() - bar.pageStep()) <= reached.height(), "a screen below"
    assert timeline.viewport().rect().contains(reached)
    two = press(Key.Key_PageDown)
    assert two[: len(one) - 1] == one[:-1]
    assert len(two) > len(one) * 3 // 2
    assert press(Key.Key_PageUp) == one
    assert len(press(Key.Key_PageUp)) <= 1, "on the line where it began"
    above = press(Key.Key_PageUp)
    assert above[-1].startswith("[12:00] zoe: number 2")
    assert bar.value() == 0


def test_the_last_screen_goes_to_the_last_letter_and_the_first_to_the_first(window: Window, press):
    take(window, *arrived(numbered(1, 30)))
    focus(window, "number 29")
    assert press(Key.Key_PageDown) == ["[12:00] bob: number 29", "[12:00] zoe: number 30"]
    assert press(Key.Key_PageDown) == ["[12:00] bob: number 29", "[12:00] zoe: number 30"]
    for _ in range(9):
        lines = press(Key.Key_PageUp)
    assert lines[:2] == ["Wednesday 15 November 2023", "[12:00] bob: number 1"]
    assert lines[-1] == "[12:00] bob: number 28"
    assert window.timeline.verticalScrollBar().value() == 0
    assert window.timeline.currentIndex().row() == 0


def test_from_where_the_mouse_clicked_by_screens_and_with_shift_and_click_from_there(window: Window, press):
    take(window, *arrived(numbered(1, 200)))
    hand = Hand(window.timeline)
    hand.click(hand.letter(index_of(window, "number 198"), "number", 3))
    up = press(Key.Key_PageUp)
    assert up[-1] == "[12:00] zoe: num"
    assert len(up) > 5
    window.timeline.verticalScrollBar().setValue(window.timeline.verticalScrollBar().maximum())
    hand.click(hand.letter(index_of(window, "number 199"), "number", 2), SHIFT)
    assert press() == ["[12:00] zoe: ber 198", "[12:00] zoe: nu"]


def test_a_letter_of_a_tall_message_is_reached_by_screens(window: Window, press):
    take(window, *arrived(many(1, 60)))
    window.resize(window.width(), 400)
    focus(window, "number 59\nmore\nmore\nmore")
    bar = window.timeline.verticalScrollBar()
    before, lines = bar.value(), 0
    for _ in range(5):
        assert len(press(Key.Key_PageUp)) > lines
        lines = len(press())
        current = window.timeline.visualRect(window.timeline.currentIndex())
        assert window.timeline.viewport().rect().intersects(current)
    assert bar.value() <= before - 4 * bar.pageStep()


def test_to_the_newest_and_to_where_the_room_begins(window: Window, press):
    take(window, *arrived(numbered(1, 2000)))
    focus(window, "number 1900")
    bar = window.timeline.verticalScrollBar()
    down = press(Key.Key_End, held=SHIFT | CTRL)
    assert (down[0], down[-1], len(down)) == ("[12:00] bob: number 1900", "[12:00] bob: number 2000", 101)
    assert bar.value() == bar.maximum()
    assert seen(window, "number 2000")
    assert window.timeline.follows
    up = press(Key.Key_Home, held=SHIFT | CTRL)
    assert (up[1], up[-1], len(up)) == ("[12:00] bob: number 1", "[12:00] zoe: number 1899", 1900)
    assert bar.value() == 0
    assert seen(window, "number 1")
    assert window.timeline.hasFocus()
    take(window, *arrived(numbered(2001, 2100)))
    assert press() == up, "what comes is not in it"


def test_what_is_loaded_on_the_way_to_the_beginning_is_in_it(window: Window, press, qtbot):
    asked: list[LoadOlder] = []
    window.asked.connect(lambda one: asked.append(one) if isinstance(one, LoadOlder) else None)
    held = Completeness(room="lobby", first=1, last=3000, head=3000, current=True)
    take(window, *arrived(numbered(2901, 3000)), held)
    focus(window, "number 3000")
    first = 2901
    press(Key.Key_Home, held=SHIFT | CTRL)
    while first > 1:
        qtbot.waitUntil(lambda: bool(asked))
        ask = asked[-1]
        begin, before = max(1, (ask.before or first) - ask.limit), ask.before or first
        asked.clear()
        take(window, Older(room="lobby", events=numbered(begin, before - 1), more=begin > 1))
        first = begin
    lines = press()
    assert lines[1] == "[12:00] bob: number 1"
    assert seen(window, "number 1")
    top = window.timeline.model().index(0, 0)
    assert window.timeline.selecting.piece(0) is not None
    qtbot.waitUntil(lambda: top in window.timeline.selectedIndexes())


def test_of_another_life_of_the_log_nothing_is_selected(window: Window, press):
    take(window, told(*numbered(1, 30)))
    focus(window, "number 30")
    assert len(press(Key.Key_Home, held=SHIFT | CTRL)) > 29
    take(window, restored(30, head=3), *arrived(numbered(1, 9)))
    assert press() == []
    assert not window.timeline.selecting.is_something


def test_dragging_beyond_the_upper_edge_takes_in_what_is_not_shown(window: Window, qtbot):
    take(window, *arrived(numbered(1, 3000)))
    hand, port = Hand(window.timeline), window.timeline.viewport()
    hand.press(hand.letter(index_of(window, "number 2999"), "number", 3))
    hand.move(QPoint(300, -4000))
    qtbot.waitUntil(lambda: "bob: number 1\n" in window.timeline.selecting.text())
    hand.move(QPoint(300, port.height() + 4000))
    qtbot.waitUntil(lambda: window.timeline.selecting.text().startswith("[12:00] zoe: ber 2999\n"))
    hand.release()
    assert window.timeline.selecting.text().endswith("\n[12:00] bob: number 3000")


def test_to_be_pasted_by_the_middle_button_it_is_put_together_when_somebody_does(
    window: Window, press, monkeypatch: pytest.MonkeyPatch
):
    take(window, *arrived(numbered(1, 2000)))
    focus(window, "number 2000")
    offered: list[Callable[[], str]] = []
    monkeypatch.setattr(selecting, "to_primary", offered.append)
    copied: list[int | None] = []
    copy = MessageText.copy

    def counted(row: MessageRow, *, several: bool) -> str:
        copied.append(row.seq)
        return copy(row, several=several)

    monkeypatch.setattr(MessageText, "copy", staticmethod(counted))
    expected = press(Key.Key_Home, held=SHIFT | CTRL)
    assert len(expected) > 1999
    copied.clear()
    window.timeline.selecting.offer()
    assert len(copied) < 10
    window.go("lobby")
    window.timeline.selecting.clear()
    assert offered[-1]().splitlines() == expected, "as it was"
