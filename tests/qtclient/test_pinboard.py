"""What is pinned in a room is listed whole: of its rows, of the copy on this computer, of what is loaded."""

from collections.abc import Callable

import pytest
from loggia.qtclient.app import App
from loggia.qtclient.dialogs.pins import NONE_HERE, PinsList
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.pinboard import NO_MORE, PAGE
from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.state.pinned import LOAD, LOOKING, NOT_HERE, NOT_LISTED, ONCE_CONNECTED, STOP
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Ask, DropOlder, LoadOlder, ReadPins
from loggia.shared.client.updates import ConnectionStatus, Left, Older, ToldPins
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.events import DeletedEvent, EditedEvent, StoredEvent
from loggia.shared.protocol.requests import Pin
from msgspec import structs
from PyQt6.QtCore import Qt

from tests.endtoend.processes import Broker
from tests.qtclient.apps import connected, say
from tests.qtclient.copy_of_room import Copy
from tests.qtclient.dialogs.test_pins import lines, opened, pins
from tests.qtclient.talk import NOON, arrived, entered, many, restored

Make = Callable[..., Window]
LAST = 5000


def log(*pinned: int, last: int = LAST) -> list[StoredEvent]:
    """Entries 1 to `last`, of which these are pinned messages."""
    made = many(1, last)
    for seq in pinned:
        made[seq - 1] = structs.replace(made[seq - 1], pinned=True, rev=seq)
    return made


@pytest.fixture
def copy(make_window: Make, state: WindowState) -> Copy:
    """Of a room of which this computer has the entries from 2,001 on, and the window the last 400."""
    events = log(7, 1500, 2500, 4990)
    state.apply([*entered(head=LAST), *arrived(events[-400:])], 0)
    window = make_window(state)
    made = Copy(window, events, first=2001)
    window.take([made.held()])
    window.refresh()
    return made


def seqs(shown: PinsList) -> list[int]:
    return [shown.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(shown.list.count())]


def test_those_of_the_whole_copy_are_listed_the_newest_first_and_what_is_missing_is_said(copy: Copy, qtbot):
    shown = opened(copy.window, qtbot)
    assert (seqs(shown), shown.hint.text()) == ([4990], LOOKING)
    assert copy.answer()
    assert seqs(shown) == [4990, 2500]
    assert "number 2500" in lines(shown)[1]
    assert shown.hint.text() == f"2,000 older messages are not on this computer. {NOT_LISTED}"
    assert (shown.more.isVisible(), shown.more.text()) == (True, LOAD)
    assert shown.more.accessibleDescription() == shown.hint.text()


def test_one_that_is_not_in_memory_is_gone_to(copy: Copy, qtbot):
    shown = opened(copy.window, qtbot)
    copy.answer()
    shown.list.setCurrentRow(1)
    qtbot.keyClick(shown.list, Qt.Key.Key_Return)
    while copy.answer():
        pass
    assert copy.window.timeline.currentIndex().data(ROW).seq == 2500


@pytest.mark.parametrize("way", ["click", "keys"])
def test_older_ones_are_loaded_for_it_as_far_as_the_beginning_and_no_row_moves(copy: Copy, qtbot, way: str):
    window = copy.window
    shown = opened(window, qtbot)
    copy.answer()
    qtbot.waitUntil(shown.isActiveWindow)
    before = [row.key for row in window.state.here.rows]
    if way == "click":
        qtbot.mouseClick(shown.more, Qt.MouseButton.LeftButton)
    else:
        qtbot.keyClick(shown.list, Qt.Key.Key_Tab)
        assert shown.more.hasFocus()
        qtbot.keyClick(shown.more, Qt.Key.Key_Return)
    assert shown.more.text() == STOP
    copy.answer()
    assert seqs(shown) == [4990, 2500, 1500]
    assert shown.hint.text().startswith("1,000 older messages")
    copy.answer()
    assert seqs(shown) == [4990, 2500, 1500, 7]
    assert (shown.hint.isVisible(), shown.more.isVisible(), copy.answer()) == (False, False, False)
    assert [row.key for row in window.state.here.rows] == before
    assert way == "click" or shown.list.hasFocus()
    shown.close()
    bar, room = window.timeline.verticalScrollBar(), window.state.here

    def scrolled() -> bool:
        bar.setValue(0)
        copy.answer()
        return room.oldest <= LAST - 400

    qtbot.waitUntil(scrolled)
    rows = [row.seq for row in window.state.here.rows if isinstance(row, MessageRow)]
    assert rows == [*range(rows[0], LAST + 1)], "who scrolls up goes on where he was"


def test_loading_is_stopped_by_the_same_button_and_by_closing(copy: Copy, qtbot):
    asked: list[object] = []
    copy.window.asked.connect(asked.append)
    shown = opened(copy.window, qtbot)
    copy.answer()
    for stop in (lambda: qtbot.mouseClick(shown.more, Qt.MouseButton.LeftButton), shown.close):
        before = copy.first
        qtbot.mouseClick(shown.more, Qt.MouseButton.LeftButton)
        (load,) = [one for one in asked if isinstance(one, LoadOlder)]
        assert (load.limit, load.before) == (PAGE, before)
        stop()
        assert [one.id for one in asked if isinstance(one, DropOlder)] == [load.id]
        asked.clear()
        copy.answer()
        assert (seqs(shown), asked) == ([4990, 2500], [])


def test_what_is_pinned_unpinned_changed_and_deleted_out_of_memory_is_followed(copy: Copy, qtbot):
    shown = opened(copy.window, qtbot)
    copy.answer()
    copy.events[3000] = structs.replace(copy.events[3000], pinned=True, rev=LAST + 1)
    copy.say(pins(LAST + 1, 3000))
    assert seqs(shown) == [4990, 3000, 2500]
    copy.answer()
    assert "number 3000" in lines(shown)[1]
    copy.say(EditedEvent("lobby", LAST + 2, NOON, "bob", "a-bob", "e", 2500, "be kind"))
    assert lines(shown)[2].endswith("be kind")
    copy.say(pins(LAST + 3, 3000, on=False))
    assert seqs(shown) == [4990, 2500]
    copy.say(DeletedEvent("lobby", LAST + 4, NOON, "bob", "a-bob", "d", 2500))
    assert seqs(shown) == [4990]
    copy.say(pins(LAST + 5, 4990, on=False))
    assert (seqs(shown), shown.hint.text().startswith(NONE_HERE)) == ([], True)


def test_one_whose_message_only_the_server_has_is_listed_as_that_until_it_is_loaded(copy: Copy, qtbot):
    copy.say(pins(LAST + 1, 1200))
    shown = opened(copy.window, qtbot)
    copy.answer()
    assert lines(shown)[2] == "A message that is not here, pinned by olga on Wednesday 15 November 2023"
    copy.events[1200] = structs.replace(copy.events[1200], pinned=True, rev=LAST + 1)
    qtbot.mouseClick(shown.more, Qt.MouseButton.LeftButton)
    copy.answer()
    assert seqs(shown) == [4990, 2500, 1500, 1200]
    assert "number 1200" in lines(shown)[3]


def test_without_a_connection_nothing_is_offered_and_it_is_said_when(copy: Copy, qtbot):
    shown = opened(copy.window, qtbot)
    copy.answer()
    qtbot.waitUntil(shown.isActiveWindow)
    shown.more.setFocus()
    copy.window.take([ConnectionStatus(connection="offline")])
    copy.window.refresh()
    assert shown.hint.text().endswith(ONCE_CONNECTED)
    assert not shown.more.isVisible()
    assert shown.list.hasFocus()
    copy.window.take([*entered(head=LAST)])
    copy.window.refresh()
    assert shown.more.isVisible()


@pytest.mark.parametrize("refused", ["You may not.", ""])
def test_a_page_that_is_not_given_is_said_and_can_be_asked_for_again(
    make_window: Make, state: WindowState, qtbot, refused: str
):
    state.apply([*entered(head=LAST), *arrived(log()[-100:])], 0)
    window = make_window(state)
    window.take([Copy(window, log(), first=4901).held()])
    asked: list[object] = []
    window.asked.connect(asked.append)
    shown = opened(window, qtbot)
    (read,) = [one for one in asked if isinstance(one, ReadPins)]
    window.take([ToldPins(room="lobby", epoch="", events=[], id=read.id)])
    for _ in range(2):
        asked.clear()
        qtbot.mouseClick(shown.more, Qt.MouseButton.LeftButton)
        (load,) = [one for one in asked if isinstance(one, LoadOlder)]
        error = Error(id=load.id, code="slow_down", text=refused) if refused else None
        window.take([Older(room="lobby", events=[], more=True, id=load.id, refused=error)])
        assert shown.hint.text().endswith(refused or NO_MORE)
        assert (shown.more.text(), state.problem) == (LOAD, "")


def test_another_life_of_the_log_begins_it_anew(copy: Copy, qtbot):
    shown = opened(copy.window, qtbot)
    copy.answer()
    copy.window.take([restored(LAST, 10)])
    copy.window.refresh()
    assert (seqs(shown), shown.hint.text()) == ([], LOOKING)


def test_where_nothing_of_the_room_is_here_that_is_said(make_window: Make, state: WindowState, qtbot):
    window = make_window(state)
    asked: list[object] = []
    window.asked.connect(asked.append)
    shown = opened(window, qtbot)
    (read,) = [one for one in asked if isinstance(one, ReadPins)]
    window.take([ToldPins(room="lobby", epoch="", events=[], id=read.id)])
    assert shown.hint.text() == f"{NONE_HERE} {NOT_HERE} {ONCE_CONNECTED}"


def test_who_comes_with_the_newest_page_alone_finds_what_was_pinned_long_ago(
    start: Callable[..., App], broker: Broker, qtbot
):
    ada = start(broker.requests)
    qtbot.waitUntil(lambda: connected(ada))
    for number in range(150):
        say(ada, f"number {number}")
    room = ada.window.state.rooms["lobby"]
    qtbot.waitUntil(lambda: room.newest > 150 and not room.tail)
    first = next(row.seq for row in room.rows if isinstance(row, MessageRow) and row.text == "number 3")
    ada.window.asked.emit(Ask(request=Pin(id="-", room="lobby", seq=first), id="pin-1"))
    qtbot.waitUntil(lambda: room.newest > 151)
    for number in range(150):
        say(ada, f"more {number}")
    qtbot.waitUntil(lambda: room.newest > 300 and not room.tail)
    bob = start(broker.requests, "bob")
    qtbot.waitUntil(lambda: connected(bob) and bob.window.state.rooms["lobby"].held.older > 0)
    shown = opened(bob.window, qtbot)
    qtbot.waitUntil(shown.more.isVisible)
    assert seqs(shown) == []
    qtbot.mouseClick(shown.more, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: seqs(shown) == [first])
    qtbot.waitUntil(lambda: not shown.hint.isVisible())
    assert lines(shown)[0].endswith("number 3")
    ada.window.asked.emit(Ask(request=Pin(id="-", room="lobby", seq=first, on=False), id="pin-2"))
    qtbot.waitUntil(lambda: seqs(shown) == [])
    shown.close()


def test_the_list_goes_with_the_room_that_somebody_is_shown_out_of(copy: Copy, qtbot):
    window = copy.window
    window.take([*entered("lab")])
    shown = opened(window, qtbot)
    window.take([Left(room="lab")])
    window.refresh()
    assert shown.isVisible()
    window.take([Left(room="lobby")])
    window.refresh()
    assert not shown.isVisible()
    assert window.pinboard.list is None
