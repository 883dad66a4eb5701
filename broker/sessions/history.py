"""EventPages of a room's log, for who may read it: which events are asked for. Pure.

Read from the committed state, after the turn's commit. docs/protocol.md, "Requests" and "Catching up".
"""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

import msgspec
from loggia.broker.core.state import Counted, Room
from loggia.shared.protocol.answers import HistoryAnswer
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.requests import History


class EventPages(Protocol):
    """What the log is asked for: broker/storage/pages.py. `room`: its number."""

    def after(self, room: int, seq: int, limit: int) -> list[msgspec.Raw]: ...

    def before(self, room: int, seq: int, limit: int) -> list[msgspec.Raw]: ...

    def thread(
        self, room: int, root: int, after: int, before: int, limit: int, *, newest: bool
    ) -> tuple[list[msgspec.Raw], bool]: ...

    def seq_at(self, room: int, at: int) -> int: ...

    def unread(self, number: int, account: str, rooms: Iterable[tuple[int, int]]) -> list[Counted]: ...


class _Wanted(NamedTuple):
    """Events between two seqs, neither counted in: the first of them, or the `newest`."""

    after: int
    before: int
    newest: bool


def page(request: History, room: Room, pages: EventPages, limits: Limits, epoch: str) -> HistoryAnswer:
    """Raises Refused."""
    if request.limit > limits.page_events:
        text = f'"limit" is {request.limit}; a page has at most {limits.page_events} events.'
        raise Refused("bad_request", text)
    wanted = _wanted(request, room, pages)
    if request.thread is not None:
        bounds = wanted.after, wanted.before
        events, more = pages.thread(room.number, request.thread, *bounds, request.limit, newest=wanted.newest)
    elif wanted.newest:
        events = pages.before(room.number, wanted.before, request.limit)
        more = wanted.before - len(events) > 1
    else:
        events = pages.after(room.number, wanted.after, request.limit)
        more = wanted.after + len(events) < room.head
    return HistoryAnswer(
        id=request.id, room=room.name, epoch=epoch, head=room.head, first=1, events=events, more=more
    )


def _wanted(request: History, room: Room, pages: EventPages) -> _Wanted:
    places = {
        "after": request.after,
        "before": request.before,
        "around": request.around,
        "at": request.at,
    }
    named = [name for name, place in places.items() if place is not None]
    if len(named) > 1:
        text = f'Ask for what is "{named[0]}" or what is "{named[1]}", not for both at once.'
        raise Refused("bad_request", text)
    end = room.head + 1
    if request.after is not None:
        return _Wanted(request.after, end, newest=False)
    if request.around is not None:
        newest_begin = max(0, room.head - request.limit)
        begin = max(0, min(request.around, end) - request.limit // 2 - 1)
        return _Wanted(min(begin, newest_begin), end, newest=False)
    if request.at is not None:
        return _Wanted(pages.seq_at(room.number, request.at) - 1, end, newest=False)
    return _Wanted(0, end if request.before is None else min(request.before, end), newest=True)
