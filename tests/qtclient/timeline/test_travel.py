"""The keys of who writes move what is read, as far as the beginning of the room."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.rows import Beginning
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.travel import FAR_PAGE
from loggia.qtclient.window import Window
from loggia.shared.client.commands import LoadOlder
from loggia.shared.client.updates import Older
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.qtclient.talk import arrived, entered, many
from tests.qtclient.written import take

Make = Callable[..., Window]
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(make_window: Make, state: WindowState, qtbot) -> Window:
    state.apply([*entered(head=99), *entered("lab")], 0)
    window = make_window(state)
    qtbot.waitUntil(window.composer.editor.hasFocus)
    return window


def bar(window: Window):
    return window.timeline.verticalScrollBar()


def press(window: Window, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(window.composer.editor, key, held)


def test_pages_ends_and_back_while_one_writes(window: Window):
    take(window, *arrived(many(1, 100)))
    newest = bar(window).maximum()
    press(window, Qt.Key.Key_PageUp)
    assert bar(window).value() == newest - bar(window).pageStep()
    press(window, Qt.Key.Key_PageDown)
    assert bar(window).value() == bar(window).maximum()
    press(window, Qt.Key.Key_Home)
    assert bar(window).value() == 0
    assert isinstance(window.timeline.model().rows[0], Beginning)
    press(window, Qt.Key.Key_End)
    assert bar(window).value() == bar(window).maximum()
    window.composer.editor.write("half a thought")
    press(window, Qt.Key.Key_Home, CTRL)
    assert bar(window).value() == bar(window).maximum(), "the text has a use for it"
    press(window, Qt.Key.Key_Home, CTRL)
    assert bar(window).value() == 0
    press(window, Qt.Key.Key_End, CTRL)
    press(window, Qt.Key.Key_End, CTRL)
    assert bar(window).value() == bar(window).maximum()
    assert window.composer.editor.hasFocus()
    assert window.composer.editor.text == "half a thought"


def test_over_the_messages_the_same_keys_lead_there(window: Window):
    take(window, *arrived(many(1, 100)))
    window.timeline.setFocus()
    QTest.keyClick(window.timeline, Qt.Key.Key_Home, CTRL)
    assert bar(window).value() == 0
    QTest.keyClick(window.timeline, Qt.Key.Key_End, CTRL)
    assert bar(window).value() == bar(window).maximum()


def test_over_the_messages_home_and_end_take_the_keyboard_along(window: Window, qtbot):
    take(window, *arrived(many(500, 560)))
    timeline = window.timeline
    timeline.setFocus()
    QTest.keyClick(timeline, Qt.Key.Key_Home)
    assert (bar(window).value(), timeline.currentIndex().row()) == (0, 0)
    qtbot.waitUntil(lambda: window.state.here.loading)
    take(window, Older(room="lobby", events=many(1, 499), more=False))
    assert (bar(window).value(), timeline.currentIndex().row()) == (0, 0)
    assert isinstance(timeline.model().rows[0], Beginning)
    QTest.keyClick(timeline, Qt.Key.Key_End)
    assert bar(window).value() == bar(window).maximum()
    assert timeline.model().rows[timeline.currentIndex().row()].seq == 560


def test_the_beginning_of_what_is_in_memory_is_one_step(window: Window):
    take(window, *arrived(many(1, 9_000)))
    press(window, Qt.Key.Key_Home)
    assert bar(window).value() == 0
    assert isinstance(window.timeline.model().rows[0], Beginning)
    press(window, Qt.Key.Key_End)
    assert window.timeline.model().rows[-1].seq == 9_000


def test_page_by_page_to_where_the_room_begins(window: Window, qtbot):
    asked: list[LoadOlder] = []
    window.asked.connect(lambda command: asked.append(command) if isinstance(command, LoadOlder) else None)
    take(window, *arrived(many(500, 560)))
    press(window, Qt.Key.Key_Home)
    for pages, first in enumerate((300, 100, 1), 1):
        qtbot.waitUntil(lambda pages=pages: len(asked) == pages)
        assert asked[-1] == LoadOlder(room="lobby", limit=FAR_PAGE)
        last = window.state.here.oldest - 1
        take(window, Older(room="lobby", events=many(first, last), more=first > 1))
        assert bar(window).value() == 0
    assert isinstance(window.timeline.model().rows[0], Beginning)
    take(window, *arrived(many(561, 570)))
    assert bar(window).value() == 0


def test_a_page_that_is_taken_in_before_the_window_tells_of_it_is_gone_on_from(window: Window, qtbot):
    take(window, *arrived(many(500, 560)))
    press(window, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: window.state.here.loading)
    window.state.apply([Older(room="lobby", events=many(300, 499), more=False)], 0)
    while bar(window).value() == 0 and window.timeline._rows.next_older:
        window.timeline._near._prepare()  # as where it has its turn before the window's own look
    assert bar(window).value() > 0
    window.refresh()
    assert bar(window).value() == 0
    assert isinstance(window.timeline.model().rows[0], Beginning)


@pytest.mark.parametrize("how", ["scrolls", "goes back", "goes elsewhere"])
def test_who_does_something_else_meanwhile_is_not_led_on(window: Window, qtbot, how: str):
    take(window, *arrived(many(500, 560)))
    press(window, Qt.Key.Key_Home)
    if how == "scrolls":
        bar(window).setValue(300)
    elif how == "goes back":
        press(window, Qt.Key.Key_End)
    else:
        window.go("lab")
        window.go("lobby")
    place = bar(window).maximum() - bar(window).value()
    take(window, Older(room="lobby", events=many(300, 499), more=True))
    assert bar(window).maximum() - bar(window).value() == place
    assert bar(window).value() > 0
