"""What of the window's state tests look at, and how many steps it takes."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.state.sight import READ_S
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.updates import Update


def take(state: WindowState, *updates: Update, now: float = 0.0) -> None:
    state.apply(updates, now)


def texts(state: WindowState, room: str = "lobby") -> list[str]:
    found = state.rooms[room]
    return [row.text for row in [*found.rows, *found.tail] if isinstance(row, MessageRow)]


def reads(state: WindowState, now: float = 0.0) -> None:
    """All that is here was on the screen for long enough, and still is."""
    newest = state.here.newest if state.here else 0
    for at in (now, now + READ_S):
        state.attend((1, newest), at, newest=True)


def leaves(state: WindowState, now: float = 1.0) -> None:
    """Nobody looks at the window any more."""
    state.attend(None, now)


def signs(state: WindowState) -> list[tuple[str, str]]:
    room = state.rooms["lobby"]
    return [
        (row.text, row.sign) for row in [*room.rows, *room.tail] if isinstance(row, MessageRow) and row.own
    ]


STEPS_MORE = 100  # than twice as many, for twice as much: of what is done once


def steps(work: Callable[[], object]) -> int:
    """How many lines of Python run for it, whatever time that takes."""
    count = 0

    def line(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        return line

    before = sys.gettrace()
    sys.settrace(line)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
