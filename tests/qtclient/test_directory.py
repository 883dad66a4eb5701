"""The rooms that the server lists are offered to who begins one, and asked for then."""

from collections.abc import Callable

import pytest
from loggia.qtclient.directory import MOST_PAGES
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Enter, Inquire, LeaveRoom
from loggia.shared.client.updates import ConnectionStatus, Entered, Inquired
from loggia.shared.protocol.answers import Error, RoomInfo
from loggia.shared.protocol.requests import Rooms
from PyQt6.QtCore import Qt

from tests.qtclient.written import press, ready, send, talk, text, write

Make = Callable[..., Window]
THESIS = "%" + "t" * 22


@pytest.fixture
def window(make_window: Make, state: WindowState, qtbot) -> Window:
    talk(state)
    thesis = Entered(room=THESIS, nick="ada", account="a-ada", head=0, title="Thesis", kind="private")
    state.apply([thesis], 0)
    return ready(make_window(state), qtbot)


@pytest.fixture
def asked(window: Window) -> list:
    found: list = []
    window.asked.connect(found.append)
    return found


def lists(asked: list) -> list[Inquire]:
    return [one for one in asked if isinstance(one, Inquire) and isinstance(one.request, Rooms)]


def told(window: Window, asked: list, *names: str, more: bool = False) -> None:
    rooms = [RoomInfo(room=name, title=name, head=1, members=2, joined=False) for name in names]
    window.take([Inquired(id=lists(asked)[-1].id, rooms=rooms, more=more)])


def offered(window: Window) -> list[str]:
    listed = window.composer.list
    return [listed.item(row).text() for row in range(listed.count())] if listed.isVisible() else []


def test_they_are_asked_for_once_when_a_room_is_begun_and_offered_when_they_come(window: Window, asked: list):
    write(window, "see you in #to")
    assert len(lists(asked)) == 1
    assert offered(window) == []
    told(window, asked, "attic", more=True)
    assert lists(asked)[-1].request.after == "attic"
    told(window, asked, "tower")
    assert offered(window) == ["#tower"]
    press(window, Qt.Key.Key_Tab)
    assert text(window) == "see you in #tower "
    write(window, "or #att")
    assert len(lists(asked)) == 3, "it may have changed"
    assert offered(window) == ["#attic"], "until that comes"


@pytest.mark.parametrize("written", ["/join to", "/leave to"])
def test_behind_a_command_too(window: Window, asked: list, written: str):
    write(window, written)
    told(window, asked, "tower")
    assert offered(window)[0] == "tower"


def test_a_list_without_end_is_not_read_to_its_end(window: Window, asked: list):
    write(window, "#to")
    for page in range(20):
        if len(lists(asked)) > page:
            told(window, asked, f"r{page}", "tower", more=True)
    assert len(lists(asked)) == MOST_PAGES
    assert offered(window)[0] == "#tower"


def test_without_a_connection_and_where_it_is_refused_nothing_is_waited_for(window: Window, asked: list):
    window.take([ConnectionStatus(connection="waiting")])
    write(window, "#x")
    assert lists(asked) == []
    window.take([ConnectionStatus(connection="connected")])
    write(window, "y")
    refused = Error(id="-", code="slow_down", text="Not now.")
    window.take([Inquired(id=lists(asked)[-1].id, refused=refused)])
    assert offered(window) == []
    write(window, "z")
    assert len(lists(asked)) == 1, "not with each letter"
    write(window, " #x")
    assert len(lists(asked)) == 2


def test_names_of_people_and_words_ask_for_no_room(window: Window, asked: list):
    write(window, "hello @bo :tad 50 % /join")
    assert lists(asked) == []


def test_one_of_my_private_rooms_is_gone_to_and_left_by_what_it_is_called(window: Window, asked: list):
    write(window, "/join th")
    assert offered(window) == ["%Thesis"]
    press(window, Qt.Key.Key_Tab)
    assert text(window) == "/join %Thesis "
    press(window, Qt.Key.Key_Return)
    assert window.state.current == THESIS
    assert not any(isinstance(one, Enter) and one.room == "Thesis" for one in asked)
    send(window, "/leave #%thesis")
    assert [one for one in asked if isinstance(one, LeaveRoom)] == [LeaveRoom(room=THESIS)]


def test_a_private_room_that_is_not_mine_is_refused_as_before(window: Window, asked: list):
    send(window, "/join %Nothing")
    assert "private" in window.composer.hint.text()
    assert text(window) == "/join %Nothing"
