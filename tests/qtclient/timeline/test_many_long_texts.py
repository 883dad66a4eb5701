"""Of many long messages those on the screen are measured at once, and the others in later turns."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from loggia.qtclient.state.rows import Beginning, Fresh, MessageRow, Row
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.layout import LONG_IS, Layouts, RowLayout
from loggia.qtclient.timeline.near import SLICE_ROWS
from loggia.qtclient.window import Window
from loggia.shared.client.updates import ReadState
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QScrollBar

from tests.qtclient.talk import NOON, arrived, entered, says

Make = Callable[..., Window]
LAST = 300
LONG = {
    "words": "word and " * 1800,
    "faces": "".join(map(chr, range(0x1F600, 0x1F620))) * 128,
    "endless": "\U0001f468\u200d" * 2000,
    "paragraphs": "It is what many write. " * 14,
}
FEW = 2 * SLICE_ROWS // LONG_IS  # more than the screen shows


class Turn:
    """Of the event loop, or a part of it. Attribute `made`: how many long rows were measured in it."""

    def __init__(self) -> None:
        self.made = 0


@pytest.fixture
def turn(monkeypatch: pytest.MonkeyPatch) -> Turn:
    turn, made = Turn(), Layouts._made

    def make(layouts: Layouts, row: Row, width: int) -> RowLayout:
        turn.made += isinstance(row, MessageRow) and len(row.text) > 100
        return made(layouts, row, width)

    monkeypatch.setattr(Layouts, "_made", make)
    return turn


@pytest.fixture(params=LONG)
def window(request, make_window: Make, state: WindowState, qtbot) -> Window:
    state.apply([*entered(), *entered("lab")], 0)
    window = make_window(state)
    qtbot.waitUntil(window.composer.editor.hasFocus)
    window.take(arrived([says(seq, at=NOON + seq, text=LONG[request.param]) for seq in range(1, LAST + 1)]))
    window.take([ReadState(room="lobby", read=LAST, unread=0, mentions=0, upto=LAST)])
    window.go("lab")
    return window


def bar(window: Window) -> QScrollBar:
    bar = window.timeline.verticalScrollBar()
    assert bar is not None
    return bar


def shown(window: Window) -> list[tuple[object, int, int]]:
    """The rows on the screen, and where each begins and ends."""
    timeline = window.timeline
    boxes = [(row, timeline.visualRect(timeline.model().find(row.key))) for row in timeline.on_screen()]
    return [(row.key, box.top(), box.bottom()) for row, box in boxes]


def is_whole(window: Window) -> bool:
    """They stand one below the other, each as tall as it is."""
    layouts, rows = window.timeline._drawn.layouts, shown(window)
    tall = {
        row.key: layouts.of(row, window.timeline.viewport().width()).height
        for row in window.timeline.on_screen()
    }
    return all(
        bottom + 1 - top == tall[key] and after[1] == bottom + 1
        for (key, top, bottom), after in pairwise(rows)
    )


def rest(window: Window, turn: Turn, qtbot) -> int:
    """Let all others be measured. How many there were."""
    count, turn.made = 0, 0

    def is_done() -> bool:
        nonlocal count
        assert turn.made <= FEW
        count, turn.made = count + turn.made, 0
        return not window.timeline._near.isActive()

    near = window.timeline._near
    near.timeout.connect(is_done)
    qtbot.waitUntil(is_done)
    near.timeout.disconnect(is_done)
    return count


def test_a_room_opens_with_those_on_the_screen(window: Window, turn: Turn, qtbot):
    window.go("lobby")
    window.grab()
    assert 0 < turn.made <= len(shown(window)) + FEW
    before = shown(window)
    assert before[-1][0] == ("seq", LAST)
    assert is_whole(window)
    assert rest(window, turn, qtbot) > 100, "the others"
    assert shown(window) == before
    assert bar(window).value() == bar(window).maximum()


def test_it_opens_at_what_is_new_a_third_from_the_top(window: Window, turn: Turn, qtbot):
    window.go("lobby")
    rest(window, turn, qtbot)
    window.go("lab")
    text = window.state.rooms["lobby"].rows[-1].text
    window.take(arrived([says(seq, at=NOON + seq, text=text) for seq in range(LAST + 1, LAST + 201)]))
    turn.made = 0
    window.go("lobby")
    window.grab()
    assert turn.made <= len(shown(window)) + FEW
    before = shown(window)
    (fresh,) = [row for row in window.timeline.on_screen() if isinstance(row, Fresh)]
    assert dict((key, top) for key, top, _ in before)[fresh.key] == window.timeline.viewport().height() // 3
    assert is_whole(window)
    assert rest(window, turn, qtbot) > 50, "the others"
    assert shown(window) == before


@pytest.mark.parametrize("where", ["newest", "back"])
def test_another_width_measures_those_on_the_screen(window: Window, turn: Turn, qtbot, where: str):
    window.go("lobby")
    rest(window, turn, qtbot)
    if where == "back":
        bar(window).setValue(bar(window).maximum() // 2)
        rest(window, turn, qtbot)
    first = window.timeline._places.anchor()
    turn.made = 0
    window.resize(window.width() - 150, window.height())
    window.grab()
    assert 0 < turn.made <= len(shown(window)) + FEW
    before = shown(window)
    assert is_whole(window)
    if where == "back":
        assert window.timeline._places.anchor() == first
    else:
        assert before[-1][0] == ("seq", LAST)
    assert rest(window, turn, qtbot) > 100, "the others"
    assert shown(window) == before


@pytest.mark.parametrize("way", ["up", "to", "home", "font"])
def test_who_goes_where_none_was_measured_sees_whole_ones(window: Window, turn: Turn, qtbot, way: str):
    window.go("lobby")
    timeline = window.timeline
    turn.made = 0
    if way == "up":
        for _ in range(20):
            read = shown(window)
            by = timeline.height() // 2
            bar(window).setValue(bar(window).value() - by)
            now = dict((key, top) for key, top, _ in shown(window))
            assert is_whole(window)
            still = {
                key: top + by for key, top, bottom in read if key in now and top + by < timeline.height()
            }
            assert still
            assert {key: now[key] for key in still} == still
    elif way == "to":
        assert timeline.go_to(("seq", LAST - 100))
        at = dict((key, top) for key, top, _ in shown(window))
        assert at["seq", LAST - 100] == timeline.viewport().height() // 3
    elif way == "home":
        QTest.keyClick(window.composer.editor, Qt.Key.Key_Home)
        window.grab()
        assert 0 < turn.made <= len(shown(window)) + FEW
        assert isinstance(timeline.on_screen()[0], Beginning)
        assert bar(window).value() == 0
    else:
        font = timeline.font()
        font.setPointSizeF(font.pointSizeF() + 3)
        timeline.setFont(font)
        timeline.executeDelayedItemsLayout()
        assert turn.made <= len(shown(window)) + FEW
    assert is_whole(window)
    before = shown(window)
    rest(window, turn, qtbot)
    assert shown(window) == before
    assert is_whole(window)
