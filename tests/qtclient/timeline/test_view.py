"""Reading: the newest stays in sight, a place that is read stays where it is, and text can be taken out."""

from collections.abc import Callable

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.models.timeline import MOST_ROWS, TimelineModel
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import LIGHT
from loggia.qtclient.timeline.parts.action import Action
from loggia.qtclient.timeline.parts.delivery import DISCARD, RETRY, Delivery
from loggia.qtclient.timeline.parts.table import spoken
from loggia.qtclient.timeline.parts.text import MessageText
from loggia.qtclient.timeline.view import Timeline
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Discard, LoadOlder, Retry, Say
from loggia.shared.client.updates import Delivered, Failed, Older, Unreachable
from PyQt6 import sip
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QGuiApplication

from tests.qtclient.talk import arrived, entered, many, restored, says, waits
from tests.qtclient.timeline.measured import part
from tests.qtclient.written import take

Make = Callable[..., Window]


def bar(window: Window):
    return window.timeline.verticalScrollBar()


def at_bottom(window: Window) -> bool:
    return bar(window).value() == bar(window).maximum()


def top_row(window: Window) -> tuple[int, int]:
    """The message at the upper edge: its number, and how far above the edge it begins."""
    timeline = window.timeline
    for y in range(2, 300):
        index = timeline.indexAt(QPoint(300, y))
        row = index.data(ROW)
        if isinstance(row, MessageRow) and row.seq:
            return row.seq, timeline.visualRect(index).top()
    raise AssertionError("no message is in sight")


def index_of(window: Window, text: str):
    model = window.timeline.model()
    return next(
        model.index(number, 0)
        for number in range(model.rowCount())
        if getattr(model.index(number, 0).data(ROW), "text", "") == text
    )


def test_at_the_bottom_it_stays_at_the_bottom(window: Window):
    for first in range(1, 400, 40):
        take(window, *arrived(many(first, first + 39)))
        assert at_bottom(window)
    assert window.timeline.jumps.newest.isHidden()


def test_a_place_that_is_read_stays_and_a_button_counts_what_is_new(
    make_window: Make, state: WindowState, qtbot
):
    times = [0.0]
    state.apply(entered(head=99), 0)
    window = make_window(state, clock=lambda: times[0])
    take(window, *arrived(many(1, 100)))
    times[0] = 0.5
    window.refresh()
    bar(window).setValue(bar(window).maximum() - 900)
    place = top_row(window)
    take(window, *arrived(many(101, 104)))
    assert top_row(window) == place
    assert window.timeline.jumps.newest.isVisible()
    assert window.timeline.jumps.newest.text() == "4 new"
    qtbot.mouseClick(window.timeline.jumps.newest, Qt.MouseButton.LeftButton)
    assert at_bottom(window)
    qtbot.waitUntil(lambda: window.state.rooms["lobby"].unread == 0)
    assert window.timeline.jumps.newest.isHidden()


def test_older_messages_come_in_above_without_a_move_of_one_pixel(window: Window, qtbot):
    take(window, *arrived(many(500, 560)))
    asked = []
    window.asked.connect(asked.append)
    bar(window).setValue(37)
    qtbot.waitUntil(lambda: asked == [LoadOlder(room="lobby", limit=200)])
    place = top_row(window)
    take(window, Older(room="lobby", events=many(300, 499), more=True))
    qtbot.waitUntil(lambda: window.timeline.model().rowCount() > 200)
    assert top_row(window) == place
    assert bar(window).value() > 37


def test_a_page_is_asked_for_once(window: Window, qtbot):
    take(window, *arrived(many(500, 560)))
    asked = []
    window.asked.connect(asked.append)
    for value in (100, 50, 0, 20):
        bar(window).setValue(value)
        window.timeline._take_in()
    assert len(asked) == 1


def test_the_beginning_asks_for_nothing(window: Window):
    take(window, *arrived(many(1, 60)))
    asked = []
    window.asked.connect(asked.append)
    bar(window).setValue(0)
    window.timeline._take_in()
    assert asked == []


def test_reading_back_through_twenty_thousand_messages_and_forth(window: Window, qtbot):
    take(window, *arrived(many(1, 20_000)))
    timeline = window.timeline
    for _ in range(12):
        bar(window).setValue(0)
        place = top_row(window)
        timeline._take_in()
        assert top_row(window) == place
        assert timeline.model().rowCount() <= MOST_ROWS
    first = top_row(window)[0]
    assert first < 19_000
    take(window, *arrived(many(20_001, 20_010)))
    assert top_row(window)[0] == first
    bar(window).setValue(bar(window).maximum())
    timeline._take_in()
    assert top_row(window)[0] > first
    timeline.go_newest()
    assert at_bottom(window)
    assert index_of(window, "number 20010\nmore\nmore").isValid()


def test_another_width_keeps_the_bottom_and_the_place(window: Window):
    take(window, *arrived([says(seq, text="word " * 60) for seq in range(1, 100)]))
    tall = bar(window).maximum()
    window.resize(760, 700)
    window.resize(500, 700)
    assert bar(window).maximum() > tall + 1000
    assert at_bottom(window)
    bar(window).setValue(1000)
    place = top_row(window)
    window.resize(760, 600)
    assert top_row(window) == place


def test_sending_goes_to_the_bottom(window: Window, qtbot):
    take(window, *arrived(many(1, 100)))
    bar(window).setValue(500)
    qtbot.keyClicks(window.composer.editor, "mine")
    with qtbot.waitSignal(window.asked) as asked:
        qtbot.keyClick(window.composer.editor, Qt.Key.Key_Return)
    assert asked.args == [Say(room="lobby", text="mine")]
    take(window, waits("w1"))
    assert at_bottom(window)


# -- Taking text out ---------------------------------------------------------------------------


def test_the_menu_copies_the_text_alone(window: Window):
    take(window, *arrived([says(1, text="just this")]))
    menu = window.timeline.menu(index_of(window, "just this"))
    next(action for action in menu.actions() if action.text() == "Copy the text alone").trigger()
    assert QGuiApplication.clipboard().text() == "just this"


def test_typing_over_the_messages_writes_into_the_composer(window: Window, qtbot):
    take(window, *arrived([says(1)]))
    window.timeline.setFocus()
    qtbot.keyClick(window.timeline, Qt.Key.Key_H)
    assert window.composer.editor.text == "h"
    assert window.composer.editor.hasFocus()


def test_the_keyboard_begins_at_what_is_seen_and_moves_nothing(window: Window, qtbot):
    """Whatever row had the focus before."""
    take(window, *arrived(many(1, 200)))
    timeline = window.timeline
    timeline.setFocus()
    assert timeline.currentIndex().row() == timeline.model().rowCount() - 1
    window.composer.editor.setFocus()
    take(window, *arrived(many(201, 300)))
    for value in (bar(window).maximum(), 1000, 1013, 0):
        bar(window).setValue(value)
        timeline.setFocus()
        assert bar(window).value() == value
        seen = timeline.visualRect(timeline.currentIndex())
        assert timeline.viewport().rect().contains(seen)
        assert seen.bottom() > timeline.viewport().height() / 2
        window.composer.editor.setFocus()
    take(window, *arrived(many(301, 301)))
    timeline.setCurrentIndex(index_of(window, "number 2\nmore\nmore"))
    place = bar(window).value()
    window.composer.editor.setFocus()
    timeline.setFocus()
    assert timeline.currentIndex() == index_of(window, "number 2\nmore\nmore"), "it is seen: nothing changes"
    assert bar(window).value() == place


# -- Messages that failed ----------------------------------------------------------------------


@pytest.fixture
def failed(window: Window) -> Window:
    refused = Failed(id="w1", room="lobby", code="muted", text="You are muted.")
    take(window, *arrived([says(1)]), waits("w1"), refused)
    return window


def press(window: Window, qtbot, action: Action) -> None:
    timeline: Timeline = window.timeline
    index = index_of(window, "mine")
    delivery = part(timeline, index, Delivery)
    assert delivery.buttons is not None
    button = delivery.buttons.places[action.id].translated(timeline.visualRect(index).topLeft())
    assert button.height() >= 28
    assert button.width() >= 28
    qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=button.center())


@pytest.mark.parametrize(("action", "command"), [(RETRY, Retry(id="w1")), (DISCARD, Discard(id="w1"))])
def test_the_mouse_retries_and_deletes(failed: Window, qtbot, action: Action, command):
    with qtbot.waitSignal(failed.asked) as asked:
        press(failed, qtbot, action)
    assert asked.args == [command]
    assert failed.state.rooms["lobby"].tail == []


@pytest.mark.parametrize(
    ("key", "command"), [(Qt.Key.Key_Return, Retry(id="w1")), (Qt.Key.Key_Delete, Discard(id="w1"))]
)
def test_the_keyboard_retries_and_deletes(failed: Window, qtbot, key: Qt.Key, command):
    failed.timeline.setFocus()
    failed.timeline.setCurrentIndex(index_of(failed, "mine"))
    with qtbot.waitSignal(failed.asked) as asked:
        qtbot.keyClick(failed.timeline, key)
    assert asked.args == [command]


@pytest.mark.parametrize(("word", "command"), [("Retry", Retry(id="w1")), ("Delete", Discard(id="w1"))])
def test_the_menu_retries_and_deletes(failed: Window, qtbot, word: str, command):
    menu = failed.timeline.menu(index_of(failed, "mine"))
    with qtbot.waitSignal(failed.asked) as asked:
        next(action for action in menu.actions() if action.text() == word).trigger()
    assert asked.args == [command]


def test_a_message_that_waits_can_be_taken_back(window: Window, qtbot):
    take(window, *arrived([says(1)]), waits("w1"), Unreachable(id="w1", room="lobby"))
    menu = window.timeline.menu(index_of(window, "mine"))
    with qtbot.waitSignal(window.asked) as asked:
        next(action for action in menu.actions() if action.text() == "Do not send").trigger()
    assert asked.args == [Discard(id="w1")]


def test_what_does_not_get_through_says_so_beside_it(window: Window):
    take(window, waits("w1"))
    waiting = window.timeline.visualRect(index_of(window, "mine")).height()
    take(window, Unreachable(id="w1", room="lobby"))
    index = index_of(window, "mine")
    words = part(window.timeline, index, Delivery).words.text()
    assert words == "The server cannot be reached. It waits here and is sent by itself."
    assert window.timeline.visualRect(index).height() > waiting


def test_a_long_word_is_broken_and_no_line_is_longer_than_eighty_characters(window: Window):
    take(window, *arrived([says(1, text="w" * 500), says(2, text="word " * 200)]))
    timeline = window.timeline
    for text in ("w" * 500, "word " * 200):
        index = index_of(window, text)
        rect = timeline.visualRect(index)
        lines = part(timeline, index, MessageText).lines
        widest = max(lines.lineAt(n).naturalTextWidth() for n in range(lines.lineCount()))
        assert widest <= min(timeline._drawn.layouts.type.column, rect.width()) + 1
        assert lines.lineCount() > 3
    assert timeline._drawn.colors is LIGHT


def test_a_scroll_bar_that_outlives_its_messages_harms_nothing(window: Window, qtbot):
    timeline = Timeline(TimelineModel(window.state, spoken), LIGHT)
    scroll_bar = timeline.verticalScrollBar()
    scroll_bar.setRange(0, 7)
    assert scroll_bar.isEnabled()
    scroll_bar.setRange(0, 0)
    assert not scroll_bar.isEnabled()
    scroll_bar.setParent(None)
    sip.delete(timeline)
    with qtbot.captureExceptions() as faults:
        scroll_bar.setRange(0, 7)
    assert faults == []
    sip.delete(scroll_bar)


def test_a_message_that_went_with_a_restore_is_sent_as_a_new_one(window: Window):
    take(window, *arrived(many(1, 5)), waits("id-6", "gone"))
    take(window, Delivered(id="id-6", room="lobby", seq=6, at=0), restored(5, head=5))
    take(window, Older(room="lobby", events=many(1, 5), more=False))
    asked = []
    window.asked.connect(asked.append)
    window.timeline.acted.emit(RETRY.id, "id-6")
    assert asked == [Say(room="lobby", text="gone", epoch="one")]
