"""Where this computer's copy begins and there is no connection: what is here is read, and why no more."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.edge import OFFLINE, REFUSED
from loggia.qtclient.window import Window
from loggia.shared.client.commands import LoadOlder
from loggia.shared.client.updates import ConnectionStatus, Older

from tests.qtclient.copy_of_room import Copy
from tests.qtclient.talk import arrived, entered, many

Make = Callable[..., Window]
LAST, FIRST = 3000, 1001  # of the room; of the copy


@pytest.fixture
def copy(make_window: Make, state: WindowState) -> Copy:
    events = many(1, LAST)
    state.apply([*entered(head=LAST), *arrived(events[-400:])], 0)
    window = make_window(state, width=700, height=500)
    made = Copy(window, events, first=FIRST)
    window.take([made.held()])
    window.refresh()
    return made


def loads(window: Window) -> list[LoadOlder]:
    told: list[LoadOlder] = []
    window.asked.connect(lambda command: told.append(command) if isinstance(command, LoadOlder) else None)
    return told


def offline(window: Window) -> None:
    window.take([ConnectionStatus(connection="offline")])
    window.refresh()


def scroll_up(copy: Copy, qtbot, until: Callable[[], bool]) -> None:
    bar = copy.window.timeline.verticalScrollBar()

    def step() -> bool:
        bar.setValue(bar.minimum())
        copy.answer()
        return until()

    qtbot.waitUntil(step)


def test_a_page_that_only_the_server_has_keeps_nobody_from_what_is_here(copy: Copy, qtbot):
    window, room = copy.window, copy.window.state.here
    room.load(1000, FIRST)  # as for a day: it is asked of the server, and the connection goes
    copy._answers.clear()
    offline(window)
    asked = loads(window)
    scroll_up(copy, qtbot, lambda: room.oldest == FIRST)
    asked.clear()
    scroll_up(copy, qtbot, window.travel.edge.isVisible)
    assert asked == [], "nobody asks for what cannot come"
    rows = [row.seq for row in room.rows if isinstance(row, MessageRow)]
    assert rows == [*range(FIRST, LAST + 1)]


def test_at_the_edge_it_is_said_why_nothing_comes_and_it_comes_with_the_connection(copy: Copy, qtbot):
    window, room = copy.window, copy.window.state.here
    offline(window)
    edge = window.travel.edge
    assert not edge.isVisible()
    scroll_up(copy, qtbot, lambda: room.oldest == FIRST and edge.isVisible())
    assert (edge.text(), window.timeline.accessibleDescription()) == (OFFLINE, OFFLINE)
    for width in (700, 360, 1100):
        window.resize(width, 500)
        around = window.timeline.viewport().geometry()
        assert around.contains(edge.geometry())
        assert edge.height() >= edge.heightForWidth(edge.width())
    bar = window.timeline.verticalScrollBar()
    bar.setValue(bar.minimum() + 300)
    assert not edge.isVisible()
    assert window.timeline.accessibleDescription() == ""
    scroll_up(copy, qtbot, edge.isVisible)
    asked = loads(window)
    window.take([*entered(head=LAST)])
    window.refresh()
    assert not edge.isVisible()
    qtbot.waitUntil(lambda: bool(asked))
    copy.answer()
    assert room.oldest < FIRST


def test_who_was_led_far_up_scrolls_down_again_without_a_connection(copy: Copy, qtbot):
    window, room = copy.window, copy.window.state.here
    window.way_back.to("lobby", 1500)
    while copy.answer():
        pass
    assert room.detached
    room.load(200, FIRST)
    copy._answers.clear()
    offline(window)
    bar = window.timeline.verticalScrollBar()

    def step() -> bool:
        bar.setValue(bar.maximum())
        copy.answer()
        return not room.detached

    qtbot.waitUntil(step)


def test_a_page_that_was_refused_is_said_there_too(copy: Copy, qtbot):
    window, room = copy.window, copy.window.state.here
    scroll_up(copy, qtbot, lambda: room.oldest == FIRST)
    copy._answers.clear()
    window.take([Older(room="lobby", events=[], more=True)])
    window.refresh()
    scroll_up(copy, qtbot, window.travel.edge.isVisible)
    assert window.travel.edge.text() == REFUSED


def test_where_the_room_begins_there_is_nothing_to_be_said(make_window: Make, state: WindowState):
    state.apply([*entered(head=9), *arrived(many(1, 9))], 0)
    window = make_window(state)
    offline(window)
    assert not window.travel.edge.isVisible()
