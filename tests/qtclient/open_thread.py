"""A thread that is open at the right of a window's messages, and what the broker has of it."""

from collections.abc import Callable

from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Inquire
from loggia.shared.client.updates import Inquired
from PyQt6.QtCore import QModelIndex, Qt
from PyQt6.QtTest import QTest

from tests.qtclient.row_in_hand import focus, told
from tests.qtclient.talk import entered, says


def wide(window: Window) -> Window:
    """Wide enough for a thread beside the messages of the room."""
    window.resize(1200, 600)
    window.refresh()
    return window


def beside(make_window: Callable[..., Window], state: WindowState) -> Window:
    """A wide window on a room where "so" is said in the thread of "why"."""
    said = says(1, text="why"), says(2, text="else"), says(3, text="so", thread=1)
    state.apply([*entered(), told(*said)], 0)
    return wide(make_window(state))


def heard(window: Window) -> list[object]:
    """All that the window asks of the link from now on."""
    commands: list[object] = []
    window.asked.connect(commands.append)
    return commands


def inquiries(asked: list[object]) -> list[Inquire]:
    return [one for one in asked if isinstance(one, Inquire)]


def show(window: Window, text: str = "why") -> None:
    focus(window, text)
    QTest.keyClick(window.timeline, Qt.Key.Key_F4)


def texts(window: Window) -> list[str]:
    model = window.threads.panel.timeline.model()
    rows = [model.index(number, 0).data(ROW) for number in range(model.rowCount())]
    return [row.text for row in rows if isinstance(row, MessageRow)]


def answer(window: Window, asked: list[object]) -> None:
    ask = inquiries(asked)[-1]
    root = says(1, text="why", replies=1, rev=3)
    window.take([Inquired(id=ask.id, room="lobby", events=[root, says(3, text="so", thread=1)])])
    window.refresh()


def in_panel(window: Window, text: str) -> QModelIndex:
    model = window.threads.panel.timeline.model()
    found = (model.index(number, 0) for number in range(model.rowCount()))
    return next(index for index in found if getattr(index.data(ROW), "text", "") == text)
