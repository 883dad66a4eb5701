"""Keys lead to the next room in which something is unread, wherever the keyboard is."""

from collections.abc import Callable

import pytest
from loggia.qtclient.frame import NOTHING_BUT_MUTED, NOTHING_UNREAD
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.updates import Entered, ReadState
from PyQt6.QtCore import Qt

from tests.qtclient.talk import entered
from tests.qtclient.written import heard, ready, take, text, told, write

Make = Callable[..., Window]

TALK = "~" + "t" * 22
ALT_SHIFT = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(make_window: Make, state: WindowState, qtbot) -> Window:
    state.apply([*entered(), *entered("lab"), *entered("attic"), *entered("tower")], 0)
    state.apply([Entered(room=TALK, nick="ada", account="a-ada", head=0, title="zoe", kind="direct")], 0)
    return ready(make_window(state), qtbot)


def has(window: Window, room: str, unread: int, mentions: int = 0) -> None:
    take(window, ReadState(room=room, read=0, unread=unread, mentions=mentions, upto=9))


def go(window: Window, qtbot, key: Qt.Key, count: int = 1) -> list[str]:
    """Where that leads, time by time."""
    gone = []
    for _ in range(count):
        qtbot.keyClick(window.focusWidget(), key, ALT_SHIFT)
        gone.append(window.state.current)
    return gone


def test_down_and_up_go_round_where_something_is_unread(window: Window, qtbot):
    for room in ("lab", "tower", TALK):
        has(window, room, 2)
    assert go(window, qtbot, Qt.Key.Key_Down, 4) == ["lab", "tower", TALK, "lab"]
    assert go(window, qtbot, Qt.Key.Key_Up, 4) == [TALK, "tower", "lab", TALK]
    assert window.composer.editor.hasFocus()
    assert told(window) == ""


def test_what_is_written_and_selected_stays(window: Window, qtbot):
    has(window, "lab", 2)
    write(window, "half a thought")
    assert go(window, qtbot, Qt.Key.Key_Down) == ["lab"]
    has(window, "lobby", 1)
    assert go(window, qtbot, Qt.Key.Key_Up) == ["lobby"]
    assert text(window) == "half a thought"
    assert not window.composer.editor.textCursor().hasSelection()


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_Up])
def test_where_nothing_is_unread_it_says_so_and_stays(window: Window, qtbot, key: Qt.Key):
    asked = heard(window)
    write(window, "half")
    has(window, "lobby", 3)
    assert go(window, qtbot, key) == ["lobby"]
    assert told(window) == NOTHING_UNREAD
    assert window.composer.editor.accessibleDescription().startswith(NOTHING_UNREAD.rstrip("."))
    assert (text(window), asked) == ("half", [])


def test_a_muted_room_counts_where_somebody_means_me(window: Window, qtbot):
    window.ordering.mute("lab", True)
    has(window, "lab", 5)
    assert go(window, qtbot, Qt.Key.Key_Down) == ["lobby"]
    assert told(window) == NOTHING_BUT_MUTED
    has(window, "lab", 5, mentions=1)
    assert go(window, qtbot, Qt.Key.Key_Down) == ["lab"]


def test_from_the_messages_and_from_the_people_they_lead_there_too(window: Window, qtbot):
    for room in ("lab", "tower"):
        has(window, room, 2)
    window.timeline.setFocus()
    assert go(window, qtbot, Qt.Key.Key_Down) == ["lab"]
    window.people.list.setFocus()
    assert go(window, qtbot, Qt.Key.Key_Down) == ["tower"]


def test_in_the_list_of_rooms_they_move_a_room(window: Window, qtbot):
    has(window, "tower", 2)
    rooms = window.sidebar.rooms
    rooms.setFocus()
    rooms.setCurrentIndex(rooms.model().find("lab"))
    assert go(window, qtbot, Qt.Key.Key_Down) == ["lobby"]
    assert window.frame.sidebar.rooms.model().names() == ["lobby", "attic", "lab", "tower", TALK]
