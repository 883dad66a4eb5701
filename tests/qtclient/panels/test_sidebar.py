"""The rooms beside the messages: by menu, keys and mouse they are arranged, and stay so."""

from collections.abc import Callable

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.models.rooms import RoomRow
from loggia.qtclient.panels.rooms_list import RoomsList
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import LIGHT
from loggia.qtclient.window import Window
from loggia.shared.client.updates import Entered, People, ReadState
from loggia.shared.protocol.answers import Member
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QColor
from PyQt6.QtTest import QTest

from tests.qtclient.talk import MINUTE, NOON, arrived, entered, says

Make = Callable[..., Window]

TALK = "~" + "t" * 22
CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
ALT_SHIFT = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    state.apply([*entered(), *entered("lab"), *entered("attic"), *entered("tower")], 0)
    state.apply([Entered(room=TALK, nick="ada", account="a-ada", head=0, title="zoe", kind="direct")], 0)
    return make_window(state)


def names(window: Window) -> list[str]:
    return [row.key for row in window.sidebar.rooms.model().rows if isinstance(row, RoomRow)]


def place(window: Window, name: str) -> QPoint:
    rooms = window.sidebar.rooms
    return rooms.visualRect(rooms.model().find(name)).center()


def stand_on(window: Window, name: str) -> RoomsList:
    rooms = window.sidebar.rooms
    rooms.setFocus()
    rooms.setCurrentIndex(rooms.model().find(name))
    return rooms


def choose(window: Window, room: str, what: str) -> None:
    menu = window.sidebar.menu(room, f"# {room}")
    next(entry for entry in menu.actions() if entry.data() == what).trigger()
    menu.deleteLater()


def drag(window: Window, name: str, to: QPoint) -> None:
    port = window.sidebar.rooms.viewport()
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=place(window, name))
    for part in (1, 2, 3):
        QTest.mouseMove(port, place(window, name) + (to - place(window, name)) * part / 3)
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=to)


def test_a_favourite_stands_first_by_menu_and_keys(window: Window, qtbot):
    choose(window, "attic", "favourite")
    assert names(window) == ["attic", "lobby", "lab", "tower", TALK]
    rooms = stand_on(window, "tower")
    qtbot.keyClick(rooms, Qt.Key.Key_F, CONTROL_SHIFT)
    assert names(window) == ["attic", "tower", "lobby", "lab", TALK]
    assert rooms.currentIndex().data(ROW).key == "tower", "the keyboard stays where it was"
    qtbot.keyClick(rooms, Qt.Key.Key_F, CONTROL_SHIFT)
    assert names(window) == ["attic", "lobby", "lab", "tower", TALK]
    assert window.ordering.favourites == ["attic"]


def test_a_muted_room_does_not_call(window: Window, state: WindowState, qtbot):
    state.apply([ReadState(room="lab", read=0, unread=7, mentions=0, upto=9)], 0)
    window.refresh()
    assert window.windowTitle() == "(7) # lobby - Loggia"
    qtbot.keyClick(stand_on(window, "lab"), Qt.Key.Key_M, CONTROL_SHIFT)
    assert window.windowTitle() == "# lobby - Loggia"
    row = window.sidebar.rooms.model().find("lab")
    assert row.data(Qt.ItemDataRole.AccessibleTextRole) == "lab, public room, muted, 7 unread"
    window.composer.editor.setFocus()
    quiet = accent(window, "lab")
    choose(window, "lab", "mute-room")
    assert window.windowTitle() == "(7) # lobby - Loggia"
    assert accent(window, "lab") > quiet == 0


def accent(window: Window, name: str) -> int:
    rooms = window.sidebar.rooms
    image = rooms.viewport().grab(rooms.visualRect(rooms.model().find(name))).toImage()
    wanted = QColor(LIGHT.accent).rgb()
    return sum(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


def test_they_stand_by_name_or_by_the_newest_message(window: Window, state: WindowState):
    choose(window, "lab", "order-name")
    assert names(window) == ["attic", "lab", "lobby", "tower", TALK]
    choose(window, "lab", "order-activity")
    for seq, room in enumerate(("tower", "attic"), 1):
        window.take(arrived([says(1, room=room, at=NOON + seq * MINUTE)]))
    window.refresh()
    assert names(window)[:2] == ["attic", "tower"]
    menu = window.sidebar.menu("lab", "# lab")
    assert [entry.data() for entry in menu.actions() if entry.isChecked()] == ["order-activity"]
    menu.deleteLater()


def test_the_keyboard_stays_on_its_room_while_others_move(window: Window, state: WindowState):
    choose(window, "lab", "order-activity")
    rooms = stand_on(window, "lab")
    for seq, room in enumerate(("tower", "attic", "tower"), 1):
        window.take(arrived([says(seq, room=room, at=NOON + seq * MINUTE)]))
        window.refresh()
        assert rooms.currentIndex().data(ROW).key == "lab"


def test_a_room_is_dragged_to_where_somebody_wants_it(window: Window, state: WindowState, qtbot):
    with qtbot.assertNotEmitted(window.sidebar.picked):
        drag(window, "tower", place(window, "lab") - QPoint(0, 10))
    assert names(window) == ["lobby", "tower", "lab", "attic", TALK]
    with qtbot.assertNotEmitted(window.sidebar.picked):
        drag(window, "lobby", place(window, "attic") + QPoint(0, 10))
    assert names(window) == ["tower", "lab", "attic", "lobby", TALK]
    drag(window, "tower", place(window, TALK) + QPoint(0, 200))
    assert names(window) == ["lab", "attic", "lobby", "tower", TALK], "behind the rooms, not among people"
    kept = [room.name for room in state.listed if room.kind != "direct"]
    assert kept == ["lab", "attic", "lobby", "tower"], "and the next start finds them so"
    assert window.ordering.by == "own"


def test_a_press_that_hardly_moves_is_a_click(window: Window, state: WindowState, qtbot):
    port = window.sidebar.rooms.viewport()
    with qtbot.waitSignal(window.sidebar.picked) as picked:
        QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=place(window, "attic"))
        QTest.mouseMove(port, place(window, "attic") + QPoint(1, 1))
        QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=place(window, "attic") + QPoint(1, 1))
    assert picked.args == ["attic"]


def test_escape_lets_it_where_it_was(window: Window, qtbot):
    port = window.sidebar.rooms.viewport()
    window.sidebar.rooms.setFocus()
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=place(window, "tower"))
    QTest.mouseMove(port, place(window, "lobby"))
    assert window.sidebar.rooms.dragging
    qtbot.keyClick(window.sidebar.rooms, Qt.Key.Key_Escape)
    assert not window.sidebar.rooms.dragging
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=place(window, "lobby"))
    assert names(window) == ["lobby", "lab", "attic", "tower", TALK]


def test_keys_move_a_room_among_its_kind(window: Window, qtbot):
    rooms = stand_on(window, "lab")
    qtbot.keyClick(rooms, Qt.Key.Key_Down, ALT_SHIFT)
    assert names(window) == ["lobby", "attic", "lab", "tower", TALK]
    for _ in range(3):
        qtbot.keyClick(rooms, Qt.Key.Key_Down, ALT_SHIFT)
    assert names(window) == ["lobby", "attic", "tower", "lab", TALK]
    for _ in range(5):
        qtbot.keyClick(rooms, Qt.Key.Key_Up, ALT_SHIFT)
    assert names(window) == ["lab", "lobby", "attic", "tower", TALK]
    assert rooms.currentIndex().data(ROW).key == "lab"


def test_alt_and_arrows_go_as_the_rooms_stand(window: Window, state: WindowState, qtbot):
    choose(window, "lab", "order-name")
    gone = []
    for _ in range(5):
        qtbot.keyClick(window, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
        gone.append(state.current)
    assert gone == ["tower", TALK, "attic", "lab", "lobby"]


def test_the_menu_tells_the_keys(window: Window):
    menu = window.sidebar.menu("lab", "# lab")
    texts = [entry.text() for entry in menu.actions() if entry.text()]
    assert "Make it a favourite\tCtrl+Shift+F" in texts
    assert "Leave # lab" in texts
    menu.deleteLater()


@pytest.mark.parametrize("way", ["click", "space"])
def test_who_sits_here_has_a_card_too(window: Window, state: WindowState, qtbot, way: str):
    state.apply([People(room="lobby", members=[Member(nick="ada", account="a-ada", presence="online")])], 0)
    window.refresh()
    me = window.sidebar.me
    if way == "click":
        qtbot.mouseClick(me, Qt.MouseButton.LeftButton)
    else:
        me.setFocus()
        qtbot.keyClick(me, Qt.Key.Key_Space)
    assert window.going.card.met.me
    window.going.card.close()


def test_the_focus_on_who_sits_here_can_be_seen(window: Window):
    window.composer.editor.setFocus()
    before = window.sidebar.me.grab().toImage()
    window.sidebar.me.setFocus()
    assert window.sidebar.me.grab().toImage() != before
