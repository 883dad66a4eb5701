"""Somebody is found by the begin of the name, whatever is in it."""

from collections.abc import Callable, Iterator

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.panels.plain_list import PlainList
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from tests.qtclient.talk import entered, people

Make = Callable[..., Window]
NAMES = ("ada", "anna", "anna maria", "anna zoe", "bob", "o'neil")


@pytest.fixture(autouse=True)
def _patient_typing(qapp: QApplication) -> Iterator[None]:
    """However slow the machine is, one letter belongs to the one before."""
    before = QApplication.keyboardInputInterval()
    QApplication.setKeyboardInputInterval(60_000)
    yield
    QApplication.setKeyboardInputInterval(before)


@pytest.fixture
def found(make_window: Make, state: WindowState, qtbot) -> PlainList:
    state.apply([*entered(), people(*NAMES)], 0)
    listed = make_window(state).people.list
    listed.setFocus()
    qtbot.waitUntil(listed.hasFocus)
    listed.setCurrentIndex(listed.model().index(0, 0))
    return listed


def current(listed: PlainList) -> str:
    return listed.model().rows[listed.currentIndex().row()].title


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("bo", "bob"),
        ("anna m", "anna maria"),
        ("ANNA Z", "anna zoe"),
        ("o'", "o'neil"),
        ("a", "anna"),
        ("aa", "anna maria"),
        ("x", "ada"),
    ],
)
def test_typing_goes_to_who_is_called_so(found: PlainList, qtbot, typed: str, name: str):
    with qtbot.assertNotEmitted(found.chosen):
        qtbot.keyClicks(found, typed)
    assert current(found) == name


def test_a_space_that_is_in_no_such_name_chooses(found: PlainList, qtbot):
    qtbot.keyClicks(found, "bob")
    with qtbot.waitSignal(found.chosen) as chosen:
        qtbot.keyClick(found, Qt.Key.Key_Space)
    assert chosen.args[0].row() == NAMES.index("bob")


def test_a_space_alone_chooses(found: PlainList, qtbot):
    with qtbot.waitSignal(found.chosen):
        qtbot.keyClick(found, Qt.Key.Key_Space)


def test_in_the_rooms_as_well(make_window: Make, state: WindowState, qtbot):
    state.apply([*entered(), *entered("lab"), *entered("lab two")], 0)
    rooms = make_window(state).sidebar.rooms
    rooms.setFocus()
    with qtbot.assertNotEmitted(rooms.chosen):
        qtbot.keyClicks(rooms, "lab t")
    assert current(rooms) == "lab two"


def test_the_keyboard_begins_at_the_room_on_the_screen(make_window: Make, state: WindowState, qtbot):
    state.apply([*entered(), *entered("attic"), *entered("lab")], 0)
    window = make_window(state)
    rooms = window.sidebar.rooms
    for room in ("lab", "attic"):
        window.go(room)
        window.refresh()
        window.composer.editor.setFocus()
        rooms.setFocus(Qt.FocusReason.TabFocusReason)
        assert current(rooms) == room
        with qtbot.waitSignal(rooms.chosen) as chosen:
            qtbot.keyClick(rooms, Qt.Key.Key_Return)
        assert chosen.args[0].data(ROW).key == room, "Enter stays where one is"
    QTest.keyClick(rooms, Qt.Key.Key_Down)
    moved = current(rooms)
    assert moved != "attic"
    for reason in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
        window.composer.editor.setFocus(reason)
        rooms.setFocus(reason)
        assert current(rooms) == moved, "who comes back from a menu goes on there"


def test_the_list_has_a_name_for_who_cannot_see_it(found: PlainList):
    assert found.accessibleName() == "People in the room"
