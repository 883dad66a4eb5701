"""What of the window's state tests look at."""

from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.updates import Update


def take(state: WindowState, *updates: Update, now: float = 0.0) -> None:
    state.apply(updates, now)


def texts(state: WindowState, room: str = "lobby") -> list[str]:
    found = state.rooms[room]
    return [row.text for row in [*found.rows, *found.tail] if isinstance(row, MessageRow)]


def signs(state: WindowState) -> list[tuple[str, str]]:
    room = state.rooms["lobby"]
    return [
        (row.text, row.sign) for row in [*room.rows, *room.tail] if isinstance(row, MessageRow) and row.own
    ]
