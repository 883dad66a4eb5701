"""What became of a message, as the events behind it say it: each event is one step. Pure.

What is decided, what is read from the disk and what a client holds go through the same steps, so the state
of now can be made again from the log alone. docs/protocol.md, "Events".
docs/decisions/0030-messages-that-change.md.
"""

from typing import Any

import msgspec
from loggia.shared.protocol.events import (
    AboutMessage,
    DeletedEvent,
    EditedEvent,
    MessageEvent,
    PinnedEvent,
    ReactedEvent,
    StoredEvent,
)


class MessageState(msgspec.Struct, omit_defaults=True):
    """Of one message to which something happened; the names are those of history.

    `text`, `mentions`: None while they are as they were said. `edits`: which events hold earlier texts, and
    the one of now; nobody is told.
    """

    rev: int = 0
    text: str | None = None
    mentions: tuple[str, ...] | None = None
    edited_at: int | None = None
    deleted: bool = False
    reactions: dict[str, list[str]] = {}
    pinned: bool = False
    replies: int = 0
    edits: list[int] = []


def changed_by(event: StoredEvent) -> int | None:
    """Which message of its room an event changes, by its seq; None: none."""
    if isinstance(event, AboutMessage):
        return event.target
    return event.thread if type(event) is MessageEvent else None


def is_pin(event: StoredEvent) -> bool:
    """A message that is pinned, or what pins one."""
    return (isinstance(event, MessageEvent) and event.pinned) or (isinstance(event, PinnedEvent) and event.on)


def step(state: MessageState, event: StoredEvent) -> None:
    """What comes of one event more, which changes this message."""
    state.rev = event.seq
    match event:
        case MessageEvent():
            state.replies += 1
        case EditedEvent():
            state.text, state.mentions, state.edited_at = event.text, event.mentions, event.at
            state.edits.append(event.seq)
        case DeletedEvent():
            state.text = state.mentions = state.edited_at = None
            state.deleted, state.pinned, state.reactions = True, False, {}
        case PinnedEvent():
            state.pinned = event.on
        case ReactedEvent():
            _react(state.reactions, event)


def _react(reactions: dict[str, list[str]], event: ReactedEvent) -> None:
    there = reactions.setdefault(event.emoji, [])
    if event.account in there:
        there.remove(event.account)
    if event.on:
        there.append(event.account)
    if not there:
        del reactions[event.emoji]


def as_now(line: bytes | msgspec.Raw, state: bytes) -> bytes:
    """A message as it is stored, and its state, both as JSON: as history tells them.

    Fields that nobody knows here stay. Raises msgspec.MsgspecError.
    """
    told: dict[str, Any] = _decode(line)
    told |= _decode(state)
    told.pop("edits", None)
    if told.get("deleted"):
        told.pop("text", None)
    if told.get("deleted") or not told.get("mentions"):
        told.pop("mentions", None)
    return msgspec.json.encode(told)


def changed(message: MessageEvent, event: StoredEvent) -> MessageEvent:
    """A message as it was told, and one event more that changes it; the same if it was told behind that."""
    if message.rev >= event.seq:
        return message
    reactions = {emoji: list(accounts) for emoji, accounts in (message.reactions or {}).items()}
    state = MessageState(
        text=message.text,
        mentions=message.mentions,
        edited_at=message.edited_at,
        deleted=message.deleted,
        reactions=reactions,
        pinned=message.pinned,
        replies=message.replies,
    )
    step(state, event)
    return msgspec.structs.replace(
        message,
        rev=state.rev,
        text=state.text or "",
        mentions=state.mentions or (),
        edited_at=state.edited_at,
        deleted=state.deleted,
        reactions={emoji: tuple(accounts) for emoji, accounts in state.reactions.items()} or None,
        pinned=state.pinned,
        replies=state.replies,
    )


_decode = msgspec.json.Decoder().decode
encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(MessageState).decode
