"""What was said is refused where its row is not seen, in another room or further down: so it is told."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.updates import Delivered, Failed, Left
from PyQt6.QtCore import Qt

from tests.qtclient.row_in_hand import told
from tests.qtclient.talk import NOON, entered, many, restored, says, waits

WHY = "You are muted."


@pytest.fixture
def window(make_window: Callable[..., Window], state: WindowState) -> Window:
    state.apply([*entered(), told(says(1)), *entered("lab"), told(says(1, room="lab"))], 0)
    window = make_window(state)
    window.take([waits("w1", "mine", room="lab")])
    window.refresh()
    return window


def refused(window: Window) -> str:
    window.take([Failed(id="w1", room="lab", code="muted", text=WHY)])
    window.refresh()
    return window.composer.hint.text()


def test_it_is_told_of_which_room(window: Window):
    assert refused(window) == f"What you said in # lab was not sent: {WHY}"
    window.go("lab")
    (row,) = window.state.rooms["lab"].tail
    assert (row.text, row.sign, row.reason) == ("mine", "failed", WHY), "it can be sent again there"


def test_also_of_a_room_that_i_am_out_of(window: Window):
    window.take([Left(room="lab")])
    assert refused(window) == f"What you said in # lab was not sent: {WHY}"


def test_the_list_of_rooms_tells_it_until_it_is_sent_or_thrown_away(window: Window):
    rooms = window.sidebar.rooms
    index = window.sidebar.rooms.model().find("lab")
    before = rooms.grab(rooms.visualRect(index)).toImage()
    refused(window)
    assert (
        index.data(Qt.ItemDataRole.AccessibleTextRole) == "lab, public room, 1 message was not sent, 1 unread"
    )
    assert rooms.grab(rooms.visualRect(index)).toImage() != before
    window.state.forget("w1")
    window.refresh()
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "lab, public room, 1 unread"
    assert rooms.grab(rooms.visualRect(index)).toImage() == before


def test_what_was_sent_and_went_with_a_restored_log_is_not_among_them(window: Window):
    window.take([Delivered(id="w1", room="lab", seq=2, at=NOON)])
    window.take([restored(2, head=0, room="lab"), waits("w2", "more", room="lab")])
    window.refresh()
    index = window.sidebar.rooms.model().find("lab")
    assert [one.sign for one in window.state.rooms["lab"].outgoing.values()] == ["failed", "waiting"]
    assert "not sent" not in index.data(Qt.ItemDataRole.AccessibleTextRole)
    window.take([Failed(id="w2", room="lab", code="muted", text=WHY)])
    window.refresh()
    assert "1 message was not sent" in index.data(Qt.ItemDataRole.AccessibleTextRole)


def test_on_the_screen_its_row_tells(window: Window):
    window.go("lab")
    assert refused(window) == ""


def test_but_not_where_one_reads_further_up(window: Window):
    window.take([told(*many(2, 200, room="lab"))])
    window.go("lab")
    window.timeline.go_newest()
    window.refresh()
    assert window.timeline.follows
    window.timeline.go_to(("seq", 20))
    window.refresh()
    assert not window.timeline.follows
    assert refused(window) == f"What you said in # lab was not sent: {WHY}"
    window.take([waits("w1", "mine", room="lab")])
    window.timeline.go_newest()
    window.refresh()
    window.composer.tell("")
    assert refused(window) == "", "there its row tells"
