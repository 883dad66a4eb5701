# SPDX-License-Identifier: GPL-3.0-only
"""Whom and which room somebody may mean who begins a name. Pure: no thread, no clock, no Qt."""

from collections.abc import Iterator
from itertools import islice

from loggia.qtclient.state.kinds import SIGNS
from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.state.moves import MembershipRow
from loggia.qtclient.state.rows import Row
from loggia.qtclient.state.slash import named
from loggia.qtclient.state.state import WindowState

MOST_BACK = 500  # rows of a room: who spoke before that is hardly spoken to


def people(state: WindowState) -> Iterator[str]:
    """Of the room on the screen: who is there, and behind them who spoke or left lately."""
    room, known = state.here, {state.me.account}
    for member in state.members():
        if member.account not in known:
            yield member.nick
    if room is None:
        return
    known |= room.members.keys()
    for row in islice(reversed(room.rows), MOST_BACK):
        for account, nick in _of(row):
            if account not in known:
                known.add(account)
                yield nick


def rooms(state: WindowState) -> Iterator[tuple[str, str]]:
    """What each is called, and how it is written: mine, and behind them the others of the server's list. A
    private one is written with its own sign."""
    mine = [room for room in state.listed if room.kind != "direct"]
    for room in mine:
        yield room.title, room.title if room.kind == "public" else _written(room.title)
    names = {room.name for room in mine}
    yield from ((name, name) for name in state.directory if name not in names)


def private_rooms(state: WindowState) -> dict[str, str]:
    """Mine, as they are written, in small letters: their names, which are the server's."""
    mine = [room for room in state.listed if room.kind == "private"]
    return {_written(room.title).casefold(): room.name for room in reversed(mine)}


def _written(title: str) -> str:
    return f"{SIGNS['private']}{title}"


def _of(row: Row) -> Iterator[tuple[str, str]]:
    """The accounts that a row is about, the last first, and their nicks."""
    if isinstance(row, MessageRow):
        yield row.account, row.nick
    elif isinstance(row, MembershipRow):
        yield from ((move.account, named(move.who)) for move in reversed(row.moves))
