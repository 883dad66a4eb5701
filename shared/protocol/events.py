"""What happens in a room, as typed structs: a struct's tag is its `op`. docs/protocol.md, "Events".

Names of events that share an `op` with a request or an answer end in `Event`.
"""

from typing import Any, Literal, NamedTuple

import msgspec
from loggia.shared.protocol.limits import At, Seq

State = Literal["online", "away"]
LeftReason = Literal["end", "lost", "kicked"]


# -- Events ------------------------------------------------------------------------------------


class Event(msgspec.Struct, tag_field="op", omit_defaults=True):
    """A stored event: entry `seq` of the log of `room`. `at`: Unix time in ms, never decreasing in a room."""

    room: str
    seq: Seq
    at: At
    nick: str
    account: str
    id: str


class MessageEvent(Event, tag="message", gc=False):
    """Somebody said `text` in `room`. `seq`: its number in the room's log, from 1, without holes. `at`: when,
    Unix ms by the broker's clock, never decreasing in a room. `nick`, `account`: who, as then called. `id`:
    given by who sent it. `reply_to`: the seq of the message that it answers. `bot`: a bot said it.
    """

    text: str
    reply_to: Seq | None = None
    bot: bool = False


class JoinedEvent(Event, tag="joined"):
    """Somebody came into the room. `bot`: a bot did. The other fields are those of a MessageEvent."""

    bot: bool = False


class LeftEvent(Event, tag="left"):
    """Somebody left the room; `reason` says how. The other fields are those of a MessageEvent."""

    reason: LeftReason


class RenamedEvent(Event, tag="renamed"):
    """Somebody is called something else: `nick` is the new nick, `was` the one before.

    The other fields are those of a MessageEvent.
    """

    was: str


class OtherEvent(Event, tag="?"):
    """A stored event of an op this program does not know: it has its place in the log all the same.

    `fields`: all that the broker said of it. The other fields are those of a MessageEvent.
    """

    fields: dict[str, Any]


class PresenceEvent(msgspec.Struct, tag_field="op", tag="presence", kw_only=True):
    """Passing: not stored, no seq."""

    room: str
    nick: str
    account: str
    presence: State


MembershipEvent = JoinedEvent | LeftEvent | RenamedEvent  # says who is there, and who they are
StoredEvent = MessageEvent | MembershipEvent | OtherEvent
AnyEvent = StoredEvent | PresenceEvent


class Received(NamedTuple):
    """A stored event as it came: what this program knows of it, and `body`, all that the broker said.

    A copy keeps the body, byte for byte: a newer program may know what this one does not.
    """

    event: StoredEvent
    body: bytes

    @property
    def seq(self) -> int:
        return self.event.seq
