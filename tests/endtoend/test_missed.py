"""Somebody closes the window, others go on talking, and it is opened again: a real broker, a real link."""

import pytest
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.rows import Fresh
from loggia.qtclient.timeline.view import Timeline
from PyQt6.QtCore import Qt

from tests.endtoend.people import Raw
from tests.endtoend.processes import Broker
from tests.endtoend.windows import Window

BEFORE, MISSED = 30, 121
MANY = 1508  # more than a window asks for by itself after a long absence


@pytest.fixture
def broker(tmp_path):
    with Broker(tmp_path / "broker", "--rate", "0") as broker:
        yield broker


def room(ada: Window, name: str = "lobby") -> Room:
    return ada.window.state.rooms[name]


def sits(ada: Window) -> None:
    """In front of the window, at the newest message of the room: what comes from now on is seen to come.

    Whoever talks earlier does so to somebody who is not there yet, and for that one all of it is new.
    """
    ada.window.activateWindow()
    ada.waits(lambda: ada.window.state.rooms[ada.window.state.current].stay.attended, "sits there")


def opens(ada: Window) -> Timeline:
    """The timeline, when it shows the line a third from the top; the window is in front."""
    ada.window.activateWindow()
    timeline = ada.window.timeline
    third = timeline.viewport().height() // 3

    def place() -> int | None:
        rows = timeline.model().rows
        found = [number for number, row in enumerate(rows) if isinstance(row, Fresh)]
        return timeline.visualRect(timeline.model().index(found[0])).top() if found else None

    ada.waits(lambda: place() == third, "opens at what is new")
    return timeline


def test_what_was_missed_is_where_the_window_opens_and_is_read_as_it_is_seen(broker, tmp_path, qtbot):
    with Raw(broker.requests, "bob", bot=False) as bob:
        ada = Window(qtbot, broker.requests, "ada", tmp_path / "ada")
        sits(ada)
        read = [bob.say(f"before {number}")["seq"] for number in range(BEFORE)][-1]
        ada.waits(lambda: (room(ada).read, room(ada).unread) == (read, 0), "has read all")
        ada.app.save()
        ada.close()
        said = [bob.say("@ada, tea?" if number == 100 else f"number {number}") for number in range(MISSED)]
        last = said[-1]["seq"]

        ada = Window(qtbot, broker.requests, "ada", tmp_path / "ada")
        timeline = opens(ada)
        ada.waits(lambda: room(ada).read == timeline.in_sight()[1], "reads what is on the screen")
        assert read < room(ada).read < last
        assert (room(ada).unread, room(ada).mentions) == (last - room(ada).read, 1)
        assert timeline.jumps.newest.text() == f"{room(ada).unread} new"
        assert ada.window.windowTitle().startswith(f"({room(ada).unread}) ")
        qtbot.mouseClick(timeline.jumps.mention, Qt.MouseButton.LeftButton)
        ada.waits(lambda: room(ada).mentions == 0, "has seen who wants tea")
        assert room(ada).unread > 21, "what is before it is still unread"
        qtbot.mouseClick(timeline.jumps.newest, Qt.MouseButton.LeftButton)
        ada.waits(lambda: (room(ada).read, room(ada).unread) == (last, 0), "has read all")
        ada.close()


def test_a_room_with_more_than_comes_by_itself_opens_at_the_first_of_it(broker, tmp_path, qtbot):
    with Raw(broker.requests, "bob", bot=False) as bob:
        bob.ask("join", room="lab")
        ada = Window(qtbot, broker.requests, "ada", tmp_path / "ada")
        ada.window.go("lab")
        ada.waits(lambda: room(ada, "lab").entered, "is in the lab")
        sits(ada)
        read = [bob.say(f"before {number}", room="lab")["seq"] for number in range(BEFORE)][-1]
        ada.waits(lambda: room(ada, "lab").read == read, "has read all")
        ada.window.go("lobby")
        ada.app.save()
        ada.close()
        said = [bob.say(f"number {number}", room="lab") for number in range(MANY)]

        ada = Window(qtbot, broker.requests, "ada", tmp_path / "ada")
        ada.waits(lambda: room(ada, "lab").unread == MANY, "knows how much is new")
        assert room(ada, "lab").oldest > said[0]["seq"], "not all of it is here"
        ada.window.go("lab")
        timeline = opens(ada)
        ada.waits(lambda: room(ada, "lab").read == timeline.in_sight()[1], "reads what is on the screen")
        assert read < room(ada, "lab").read < said[100]["seq"]
        assert room(ada, "lab").unread == said[-1]["seq"] - room(ada, "lab").read
        ada.close()
