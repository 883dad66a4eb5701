"""Marks that tower over a line end with the row: what is beside it looks as if they were not there."""

from collections.abc import Callable

import pytest
from loggia.qtclient.asking import Asking
from loggia.qtclient.dialogs.go_to import GoTo
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.finding import Finder, RoomFound
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import LIGHT
from loggia.qtclient.window import Window
from loggia.shared.client.updates import Entered
from PyQt6.QtCore import QPoint
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QListView

from tests.qtclient.talk import arrived, entered, people, says

Make = Callable[..., Window]
MARKS = "".join(map(chr, range(0x300, 0x340)))  # 64 of them, above and below
TOWER = "M" + MARKS


def row_of(view: QListView, text: str) -> QImage:
    """How the row looks whose words hold that, where all rows were painted."""
    model = view.model()
    for number in range(model.rowCount()):
        index = model.index(number, 0)
        if text in str(index.data()) and index.data(ROW) is not None:
            return view.viewport().grab().toImage().copy(view.visualRect(index))
    raise AssertionError(f"no row of {text}")


def beside(make_window: Make, build: Callable[[str], tuple[WindowState, str]], what: str) -> list[QImage]:
    """The rows above and below one of that text or name."""
    state, part = build(what)
    window = make_window(state)
    window.refresh()
    view = {"people": window.people.list, "rooms": window.sidebar.rooms}.get(part, window.timeline)
    view.viewport().cursor().setPos(QPoint(0, 0))
    return [row_of(view, text) for text in ("aaaa", "zzzz")]


def fresh() -> WindowState:
    return WindowState(nick="ada", endpoint="tcp://127.0.0.1:1101")


def messages(text: str) -> tuple[WindowState, str]:
    state = fresh()
    said = [says(1, text="aaaa"), says(2, text=text), says(3, text="zzzz"), says(4, text="end")]
    state.apply([*entered(), *arrived(said)], 0)
    return state, "timeline"


def persons(nick: str) -> tuple[WindowState, str]:
    state = fresh()
    state.apply([*entered(), people("aaaa", nick, "zzzz")], 0)
    return state, "people"


def rooms(title: str) -> tuple[WindowState, str]:
    state = fresh()
    named = [("a", "aaaa"), ("m", title), ("z", "zzzz")]
    told = [Entered(room=name, nick="ada", account="a", head=0, title=shown) for name, shown in named]
    state.apply([*entered(), *told], 0)
    return state, "rooms"


@pytest.mark.parametrize("build", [messages, persons, rooms], ids=["messages", "people", "rooms"])
def test_a_tower_of_marks_ends_with_its_row(make_window: Make, build):
    plain = beside(make_window, build, "M")
    tower = beside(make_window, build, TOWER[:60])
    assert plain == tower


def test_a_tower_ends_with_its_row_in_what_was_found_too(qtbot, dress):
    dress(LIGHT)

    def found(title: str) -> list[QImage]:
        titles = {"a": "aaaa", "m": title, "z": "zzzz"}
        rooms = {name: RoomFound(key=f"room {name}", room=name, title=titles[name]) for name in titles}
        dialog = GoTo(Finder(rooms), Asking(lambda command: None), LIGHT)
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.waitExposed(dialog)
        return [row_of(dialog.list, text) for text in ("aaaa", "zzzz")]

    assert found("M") == found(TOWER[:60])
