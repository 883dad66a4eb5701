"""What happened to a room, in a sentence for people: the same at each door, in the log and in the window.
Pure.

What people wrote stands at the end, and is theirs: whoever prints it to a terminal escapes all of it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import assert_never

from loggia.shared.protocol.events import (
    BannedEvent,
    ChangeEvent,
    ClosedEvent,
    ConfiguredEvent,
    CreatedEvent,
    DeletedEvent,
    EditedEvent,
    InvitedEvent,
    LeftEvent,
    MutedEvent,
    PinnedEvent,
    ReactedEvent,
    ReopenedEvent,
    RoleEvent,
    RoomEvent,
    SubjectEvent,
    UnbannedEvent,
    UnmutedEvent,
)
from loggia.shared.protocol.names import quoted
from loggia.shared.protocol.roles import Role

_ARTICLES: dict[Role, str] = {
    "guest": "a guest, who reads only",
    "member": "a member",
    "moderator": "a moderator",
    "owner": "an owner",
}


def _utc(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M} UTC"


def sentence(event: RoomEvent, *, words: bool = True, when: Callable[[int], str] = _utc) -> str:
    """Without a full stop, as it may go on. `words`: with what people said in their own; `when`: how a time,
    Unix ms, is told to who reads it."""
    who = quoted(event.nick)
    why = _said if words else _unsaid
    match event:
        case CreatedEvent():
            what = "began the conversation" if event.people else "made the room"
            return f"{who} {what}{why(event.subject)}"
        case InvitedEvent():
            return f"{who} invited {quoted(event.target_nick)}{why(event.reason)}"
        case BannedEvent():
            return f"{who} banned {quoted(event.target_nick)}{_until(event.until, when)}{why(event.reason)}"
        case UnbannedEvent():
            return f"{who} let {quoted(event.target_nick)} come in again{why(event.reason)}"
        case MutedEvent():
            return f"{who} muted {quoted(event.target_nick)}{_until(event.until, when)}{why(event.reason)}"
        case UnmutedEvent():
            return f"{who} let {quoted(event.target_nick)} speak again{why(event.reason)}"
        case RoleEvent():
            return f"{who} made {quoted(event.target_nick)} {_ARTICLES[event.role]}"
        case SubjectEvent():
            return (
                f"{who} set the subject{why(event.subject)}"
                if event.subject
                else f"{who} cleared the subject"
            )
        case ConfiguredEvent():
            return f"{who} set up the room: {_how(event)}"
        case ClosedEvent():
            return f"{who} closed the room"
        case ReopenedEvent():
            return f"{who} opened the room again"
    assert_never(event)


def change(event: ChangeEvent, *, words: bool = True) -> str:
    """As `sentence`, of what happened to a message."""
    who = quoted(event.nick)
    match event:
        case EditedEvent():
            return f"{who} edited message {event.target}"
        case DeletedEvent():
            return f"{who} deleted message {event.target}{(_said if words else _unsaid)(event.reason)}"
        case ReactedEvent():
            return f"{who} {'put' if event.on else 'took back'} {event.emoji} at message {event.target}"
        case PinnedEvent():
            return f"{who} {'pinned' if event.on else 'took down'} message {event.target}"
    assert_never(event)


def shown_out(event: LeftEvent) -> str:
    """Of somebody who was, by somebody else (`by`)."""
    return f"{quoted(event.by_nick)} showed {quoted(event.nick)} out{_said(event.why or '')}"


def _said(text: str) -> str:
    return f": {text}" if text else ""


def _unsaid(text: str) -> str:
    return ""


def _until(until: int | None, when: Callable[[int], str]) -> str:
    if until is None:
        return ""
    try:
        datetime.fromtimestamp(until / 1000, UTC)
        return f" until {when(until)}"
    except (ValueError, OverflowError, OSError):  # a time no calendar knows
        return " for long"


def _how(event: ConfiguredEvent) -> str:
    writes = "only moderators and owners write" if event.announce else "all members write"
    slow = f"one message in {event.slow_s} s" if event.slow_s else "as often as they like"
    return f"{writes}, {slow}"
