"""What happens in a room, as typed structs: a struct's tag is its `op`. docs/protocol.md, "Events".

Names of events that share an `op` with a request or an answer end in `Event`.
"""

from typing import Any, Literal

import msgspec

State = Literal["online", "away"]
LeftReason = Literal["end", "lost", "kicked"]


# -- Events ------------------------------------------------------------------------------------


class Event(msgspec.Struct, tag_field="op", omit_defaults=True):
    """A stored event: entry `seq` of the log of `room`. `at`: Unix time in ms, never decreasing in a room."""

    room: str
    seq: int
    at: int
    nick: str
    account: str
    id: str


class MessageEvent(Event, tag="message", gc=False):
    """`bot`: a bot said it."""

    text: str
    reply_to: int | None = None
    bot: bool = False


class JoinedEvent(Event, tag="joined"):
    bot: bool = False


class LeftEvent(Event, tag="left"):
    reason: LeftReason


class RenamedEvent(Event, tag="renamed"):
    """`nick` is the new nick, `was` the one before."""

    was: str


class OtherEvent(Event, tag="?"):
    """A stored event of an op this program does not know: it has its place in the log all the same."""

    fields: dict[str, Any]


class PresenceEvent(msgspec.Struct, tag_field="op", tag="presence", kw_only=True):
    """Passing: not stored, no seq."""

    room: str
    nick: str
    account: str
    presence: State


StoredEvent = MessageEvent | JoinedEvent | LeftEvent | RenamedEvent | OtherEvent
AnyEvent = StoredEvent | PresenceEvent
