"""On the way to what is not in memory: what is refused or cut off is said and ends it, and so does Escape."""

from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from loggia.qtclient.state.seeking import RESTORED
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.commands import LoadOlder, ReadArchived
from loggia.shared.client.updates import ArchivedEntries, Completeness, ConnectionStatus, Older, ReadState
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.events import StoredEvent
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.qtclient.talk import DAY, NOON, entered, restored, says
from tests.qtclient.written import press, ready, send, take, told

LAST, FIRST = 5_000, 4_900  # of the room, and in memory
Make = Callable[..., Window]
WAYS = ["day", "message", "mention"]
REFUSED = "The server's disk does not answer."


def one(seq: int) -> StoredEvent:
    return says(seq, at=NOON - (LAST - seq) // 100 * DAY)


def holding(first: int) -> Completeness:
    return Completeness(room="lobby", first=first, last=LAST, head=LAST, older=first - 1, current=True)


def page(first: int, end: int = FIRST) -> Older:
    return Older(room="lobby", events=[one(seq) for seq in range(first, end)], more=first > 1)


@pytest.fixture
def window(make_window: Make, state: WindowState, qtbot) -> Window:
    """On this computer are the newest messages alone; somebody meant me before them."""
    state.apply(entered(head=LAST), 0)
    window = ready(make_window(state), qtbot)
    window.asked.connect(partial(looked, window))
    take(window, page(FIRST, LAST + 1), holding(FIRST))
    take(window, ReadState(room="lobby", read=2_000, unread=3_000, mentions=1, upto=LAST))
    take(window, Older(room="lobby", events=[], more=True))  # what is asked for by itself is not given
    bar = window.timeline.verticalScrollBar()
    bar.setValue(bar.maximum() - 900)  # who looks at the newest has nothing unread
    window.refresh()
    return window


def looked(window: Window, command: object) -> None:
    """The copy tells single entries at once."""
    if isinstance(command, ReadArchived):
        seq = command.after + 1
        told = [one(seq)] if seq >= window.state.here.held.first else []
        window.take([ArchivedEntries(room="lobby", epoch="", after=seq - 1, events=told, id=command.id)])


@pytest.fixture
def asked(window: Window) -> list[LoadOlder]:
    found: list[LoadOlder] = []
    window.asked.connect(lambda one: found.append(one) if isinstance(one, LoadOlder) else None)
    return found


def go(window: Window, way: str) -> None:
    if way == "day":
        window.days.to(date(2023, 10, 10))
    elif way == "message":
        window.way_back.to("lobby", 2_500)
    else:
        window.reader.go_mention()


def seeks(window: Window) -> bool:
    return window.seeking.seeks


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("words", [REFUSED, ""])
def test_what_is_refused_is_said_and_ends_it(window: Window, asked: list, way: str, words: str):
    go(window, way)
    assert (len(asked), seeks(window)) == (1, True)
    refused = Error(id="x", code="storage_full", text=words) if words else None
    take(window, Older(room="lobby", events=[], more=True, refused=refused))
    assert not seeks(window)
    assert told(window) == words if words else "not given" in told(window)
    window.refresh()
    assert len(asked) == 1, "nobody asks again by himself"
    go(window, way)
    assert (len(asked), seeks(window)) == (2, True)


@pytest.mark.parametrize("way", WAYS)
def test_a_connection_that_is_lost_is_said_and_ends_it(window: Window, asked: list, way: str):
    go(window, way)
    assert (len(asked), seeks(window)) == (1, True)
    take(window, ConnectionStatus(connection="offline"))
    assert not seeks(window)
    assert told(window).endswith("not on this computer, and there is no connection.")
    for _ in range(2):  # who tries again is told again
        window.composer.tell("")
        go(window, way)
        window.refresh()
        assert not seeks(window)
        assert told(window).endswith("not on this computer, and there is no connection.")


@pytest.mark.parametrize("way", WAYS)
def test_escape_ends_it(window: Window, asked: list, way: str):
    go(window, way)
    assert seeks(window)
    press(window, Qt.Key.Key_Escape)
    assert not seeks(window)
    shown = window.timeline.on_screen()
    take(window, page(3_900))
    assert (window.timeline.on_screen(), len(asked)) == (shown, 1)


def test_escape_ends_it_before_what_is_written_is_left(window: Window, asked: list):
    window.answering.begin(window.state.here, LAST)
    go(window, "day")
    press(window, Qt.Key.Key_Escape)
    assert (seeks(window), window.answering.isVisible()) == (False, True)
    press(window, Qt.Key.Key_Escape)
    assert not window.answering.isVisible()


def test_without_a_connection_the_copy_is_gone_through_all_the_same(window: Window, asked: list):
    """Also while a page that only the server has is waited for."""
    window.state.here.refused = False
    window.travel.older()
    assert window.state.here.loading
    take(window, holding(2_000), ConnectionStatus(connection="offline"))
    go(window, "message")
    assert [(len(asked), one.before > 2_500) for one in asked[1:]] == [(2, True)]
    assert seeks(window)
    window.refresh()
    assert seeks(window), "it comes"


def test_a_page_that_was_refused_lets_go_of_rows(window: Window):
    window.state.here.load(100, 0)
    take(window, Older(room="lobby", events=[], more=True))
    assert (window.state.here.loading, window.state.here.refused) == (False, True)
    take(window, *entered(head=LAST))
    assert not window.state.here.refused


@pytest.mark.parametrize("way", WAYS)
def test_a_log_that_is_restored_is_said_and_ends_it(window: Window, asked: list, way: str):
    """Its entries of the same numbers are other ones."""
    take(window, Older(room="lobby", epoch="one", events=[], more=True))
    go(window, way)
    assert (len(asked), seeks(window)) == (1, True)
    take(window, restored(LAST, head=3_000))
    assert (seeks(window), told(window)) == (False, RESTORED)
    again = [one(seq) for seq in range(2_001, 3_001)]
    take(window, Older(room="lobby", epoch="two", events=again, more=True))
    assert not window.timeline.currentIndex().isValid(), "nobody was led there"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("to", ["newest", "beginning", "button", "said"])
def test_who_goes_to_an_end_of_the_room_is_not_led_away_from_it(window: Window, way: str, to: str):
    go(window, way)
    assert seeks(window)
    if to == "said":
        send(window, "here")
    elif to == "button":
        QTest.mouseClick(window.timeline.jumps.newest, Qt.MouseButton.LeftButton)
    else:
        end = Qt.Key.Key_End if to == "newest" else Qt.Key.Key_Home
        press(window, end, Qt.KeyboardModifier.ControlModifier)
    assert not seeks(window)
    bar = window.timeline.verticalScrollBar()
    assert bar.value() == (bar.minimum() if to == "beginning" else bar.maximum())
    take(window, page(2_400))
    if to != "beginning":
        assert bar.value() == bar.maximum()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("step", [Qt.Key.Key_Left, Qt.Key.Key_Right])
def test_who_goes_a_step_back_or_forward_to_the_newest_is_not_led_away_from_it(
    window: Window, way: str, step: Qt.Key
):
    alt, bar = Qt.KeyboardModifier.AltModifier, window.timeline.verticalScrollBar()
    bar.setValue(bar.maximum())
    window.way_back.to("lobby", 4_950)
    if step == Qt.Key.Key_Right:
        press(window, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
        press(window, Qt.Key.Key_Left, alt)
    assert bar.value() < bar.maximum()
    go(window, way)
    assert seeks(window)
    press(window, step, alt)
    assert not seeks(window)
    take(window, page(2_400))
    assert bar.value() == bar.maximum()
