"""Who reads back waits for no page: its rows are measured in slices before they are taken in, each once."""

from collections.abc import Callable

import pytest
from loggia.qtclient.models.timeline import STEP_ROWS
from loggia.qtclient.state.rows import Beginning, MessageRow, Row
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.layout import CACHE_ROWS, LONG_IS, Layouts, RowLayout
from loggia.qtclient.timeline.near import SLICE_ROWS, Near
from loggia.qtclient.timeline.view import Timeline
from loggia.qtclient.window import Window

from tests.qtclient.copy_of_room import Copy
from tests.qtclient.talk import arrived, entered, says, talk

Make = Callable[..., Window]
LAST = CACHE_ROWS + 2_000
FEW = 5  # rows change where a page joins the one below it


class Counted:
    """Rows as they are measured. Attributes: `turns`: how many by each time that rows are taken in, or shown;
    `rows`: how often each."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.turns: list[int] = []
        self.rows: dict[object, int] = {}
        self._made = 0
        made = Layouts._made

        def make(layouts: Layouts, row: Row, width: int) -> RowLayout:
            self._made += 1
            self.rows[row.key] = self.rows.get(row.key, 0) + 1
            return made(layouts, row, width)

        monkeypatch.setattr(Layouts, "_made", make)
        for kind, name in ((Near, "_prepare"), (Timeline, "refresh"), (Timeline, "paintEvent")):
            monkeypatch.setattr(kind, name, self._counting(getattr(kind, name)))

    def _counting(self, was: Callable[..., object]) -> Callable[..., object]:
        def counted(*given: object) -> None:
            before = self._made
            was(*given)
            self.turns.append(self._made - before)

        return counted


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


@pytest.fixture
def window(counted: Counted, make_window: Make, state: WindowState, qtbot) -> Window:
    state.apply(entered(head=LAST), 0)
    window = make_window(state)
    qtbot.waitUntil(window.composer.editor.hasFocus)
    return window


def seqs(rows: list[Row]) -> list[int]:
    return [row.seq for row in rows if isinstance(row, MessageRow)]


def read_on(window: Window, copy: Copy, qtbot, to: str) -> None:
    """Until nothing is done or asked for any more; what is read does not move."""
    bar = window.timeline.verticalScrollBar()
    bar.setValue(getattr(bar, to)())
    while True:
        read = window.timeline._places.anchor()
        qtbot.waitUntil(lambda: not window.timeline._near.isActive())
        was_asked = copy.answer()
        window.grab()
        place = window.timeline.model().find(read.key)
        assert window.timeline.visualRect(place).top() == read.top
        if not was_asked:
            return


def test_a_page_is_measured_in_slices(window: Window, counted: Counted, qtbot):
    copy = Copy(window, talk(1, LAST))
    copy.shown = LAST - STEP_ROWS + 1
    window.take([*arrived([copy.events[seq] for seq in range(copy.shown, LAST + 1)]), copy.held()])
    window.refresh()
    window.grab()
    room = window.state.rooms["lobby"]
    counted.turns.clear()
    counted.rows.clear()
    while not isinstance(window.timeline.on_screen()[0], Beginning):
        read_on(window, copy, qtbot, "minimum")
        assert seqs(room.rows) == list(range(room.oldest, room.last + 1))
        shown = seqs(window.timeline.model().rows)
        assert shown == list(range(shown[0], shown[-1] + 1))
    assert room.oldest == 1
    assert SLICE_ROWS // 2 < max(counted.turns) <= SLICE_ROWS + FEW
    assert sum(counted.rows.values()) <= 1.1 * len(counted.rows), "each is measured once"
    counted.turns.clear()
    while window.timeline.in_sight()[1] < LAST:
        read_on(window, copy, qtbot, "maximum")
    assert sum(counted.turns) > STEP_ROWS, "some were measured too long ago"
    assert SLICE_ROWS // 2 < max(counted.turns) <= SLICE_ROWS + FEW


def test_of_long_messages_fewer_are_measured_at_once(window: Window, counted: Counted):
    window.take(arrived([says(seq, text="word and " * (seq % 2 * 1000)) for seq in range(1, 101)]))
    rows, layouts = window.state.rooms["lobby"].rows, Layouts(window.font())
    turns, done = [], False
    while not done:
        before = sum(counted.rows.values())
        done = layouts.measure(rows, 400, SLICE_ROWS)
        turns.append(sum(counted.rows.values()) - before)
    assert sum(turns) == len(rows)
    assert max(turns) <= 2 * SLICE_ROWS // LONG_IS + FEW, "every other one is long"
    assert layouts.measure(rows, 400, 0)
