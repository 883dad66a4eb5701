"""What happened to the room or to a message, in muted lines: all of it can be read, and leads there."""

from collections.abc import Callable

from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.rows import Note
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.grid import TEXT_LEFT_PX
from loggia.qtclient.timeline.parts.note import NoteLines
from loggia.qtclient.timeline.parts.ruled import AROUND_PX
from loggia.qtclient.window import Window
from loggia.shared.protocol.events import EditedEvent, PinnedEvent, SubjectEvent
from PyQt6.QtCore import QModelIndex, QPoint, Qt

from tests.qtclient.talk import NOON, arrived, entered, many
from tests.qtclient.timeline.measured import part

Make = Callable[..., Window]
BY = {"room": "lobby", "at": NOON + 100_000, "nick": "bob", "account": "a-bob"}
SUBJECT = "The public square: " + "benches, oscilloscopes, " * 20 + "and all else."


def shown(make_window: Make, state: WindowState, *events: PinnedEvent | SubjectEvent | EditedEvent) -> Window:
    state.apply([*entered(), *arrived([*many(1, 60), *events])], 0)
    window = make_window(state)
    window.refresh()
    window.timeline.go_newest()
    return window


def notes(window: Window) -> list[QModelIndex]:
    model = window.timeline.model()
    every = [model.index(number, 0) for number in range(model.rowCount())]
    return [index for index in every if isinstance(index.data(ROW), Note)]


def pins(seq: int, target: int, *, on: bool = True) -> PinnedEvent:
    return PinnedEvent(seq=seq, id=f"id-{seq}", target=target, on=on, **BY)


def test_a_pin_leads_to_its_message_and_says_no_number(make_window: Make, state: WindowState, qtbot):
    window = shown(make_window, state, pins(61, 3), pins(62, 3, on=False))
    timeline = window.timeline
    first, last = notes(window)
    assert [first.data(), last.data()] == ["bob pinned a message", "bob took down a message"]
    at = timeline.visualRect(first).topLeft() + QPoint(
        TEXT_LEFT_PX + 20, timeline.visualRect(first).height() // 2
    )
    qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert timeline.currentIndex().data(ROW).seq == 3
    assert 3 in [getattr(row, "seq", None) for row in timeline.on_screen()]
    timeline.go_newest()
    timeline.setFocus()
    timeline.setCurrentIndex(notes(window)[1])
    qtbot.keyClick(timeline, Qt.Key.Key_Return)
    assert timeline.currentIndex().data(ROW).seq == 3


def test_beside_the_words_nothing_is_pressed(make_window: Make, state: WindowState, qtbot):
    window = shown(make_window, state, pins(61, 3))
    timeline, (index,) = window.timeline, notes(window)
    at = QPoint(timeline.visualRect(index).right() - 20, timeline.visualRect(index).center().y())
    qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert timeline.currentIndex().data(ROW).key == index.data(ROW).key


def test_a_long_subject_is_read_as_a_whole_in_every_width(make_window: Make, state: WindowState):
    window = shown(make_window, state, SubjectEvent(seq=61, id="id-61", subject=SUBJECT, **BY))
    said = f"bob set the subject: {SUBJECT}"
    counts = []
    for width in (1400, 900, 500):
        window.resize(width, 700)
        (index,) = notes(window)
        text = part(window.timeline, index, NoteLines).readable
        assert text is not None
        lines = [text.lines.lineAt(number) for number in range(text.lines.lineCount())]
        assert "".join(text.text[line.textStart() :][: line.textLength()] for line in lines) == said
        assert all(line.naturalTextWidth() <= line.width() for line in lines)
        assert window.timeline.visualRect(index).height() > len(lines) * lines[0].height()
        counts.append(len(lines))
    assert counts == sorted(counts)
    assert counts[0] > 1


def test_one_line_is_as_tall_as_who_came_and_left(make_window: Make, state: WindowState):
    window = shown(make_window, state, pins(61, 3))
    (index,) = notes(window)
    type_ = window.timeline._drawn.layouts.type
    assert part(window.timeline, index, NoteLines).height == round(type_.small_line + AROUND_PX)
