"""Who may hear what of a private room: its members, in the moment in which they are told, and nobody else.

Asked by the ledger about all that leaves the broker. To whoever is no member, such a room is one that never
was. Runs in the simulation's only thread.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec
from loggia.shared.protocol.answers import (
    AnyAnswer,
    Error,
    HistoryAnswer,
    JoinedAnswer,
    MembersAnswer,
    Pong,
    RoomsAnswer,
    Stored,
)
from loggia.shared.protocol.events import CreatedEvent, LeftEvent, PassingEvent, StoredEvent
from loggia.shared.protocol.names import is_made
from loggia.shared.protocol.requests import AnyRequest

if TYPE_CHECKING:
    from tests.simulation.ledger import Ledger

# what may keep anybody from anything, and tells of no room
ANYWHERE = (
    "no_such_room",
    "no_session",
    "slow_down",
    "storage_full",
    "unavailable",
    "internal",
    "nick_taken",
)


def event_goes(ledger: "Ledger", event: StoredEvent | PassingEvent, accounts: Iterable[str] | None) -> None:
    """An event leaves for the connections of these; None: for whoever listens."""
    log = ledger.log_of(event.room)
    if log is None or not log.is_private:
        ledger.require(not is_made(event.room), "told of a room that is not there:", event)
        return
    ledger.require(accounts is not None, "what is private was broadcast:", event)
    seq = log.head if isinstance(event, PassingEvent) else event.seq
    may = set(log.members[seq])
    if isinstance(event, LeftEvent | CreatedEvent):  # who goes is told that he does
        may.add(event.account)
    others = sorted(set(accounts) - may)
    ledger.require(not others, "told who is no member:", others, event, "and members are", sorted(may))


def answer_goes(ledger: "Ledger", account: str, request: AnyRequest | None, answer: AnyAnswer) -> None:
    """A response leaves for a connection of this account."""
    for room in _rooms_in(answer):
        log = ledger.log_of(room)
        is_open = log is None or not log.is_private
        is_member = is_open or account in log.members[-1]
        ledger.require(is_member, "answered who is no member:", account, answer, request)
    room = getattr(request, "room", "")
    if not is_made(room) or _was_member(ledger, account, room):
        return
    if isinstance(answer, Error):
        is_hidden = answer.code in ANYWHERE
        ledger.require(is_hidden, "a stranger is told of a private room:", account, request, answer)
    elif isinstance(answer, Stored):  # as it was, when it was stored
        ledger.require(answer.duplicate, "a stranger does something in a private room:", account, request)


def _was_member(ledger: "Ledger", account: str, room: str) -> bool:
    """Now, or at any time since the last turn."""
    log = ledger.log_of(room)
    return log is not None and any(account in members for members in log.members[log.head_before :])


def _rooms_in(answer: AnyAnswer) -> Iterable[str]:
    """What an answer tells of."""
    match answer:
        case HistoryAnswer() | MembersAnswer():
            return [answer.room]
        case JoinedAnswer():
            rooms = answer.rooms
            told = msgspec.json.decode(rooms) if isinstance(rooms, msgspec.Raw) else rooms
            return [answer.room, *told]
        case Pong():
            return answer.heads
        case RoomsAnswer():
            return [info.room for info in answer.rooms]
    return []
