"""What happens in a room, as typed structs: a struct's tag is its `op`. docs/protocol.md, "Events".

Names of events that share an `op` with a request or an answer end in `Event`.
"""

from typing import Any, Literal, NamedTuple

import msgspec
from loggia.shared.protocol.limits import At, Seq
from loggia.shared.protocol.roles import Role

State = Literal["online", "away"]
LeftReason = Literal["end", "lost", "kicked"]


# -- Events ------------------------------------------------------------------------------------


# what an act says is there to be read also where it is nothing: a default that is made is not left out. In
# what older versions stored it is
_NO_WORDS = msgspec.field(default_factory=str)


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
    given by who sent it. `reply_to`: the seq of the message that it answers. `bot`: a bot said it. `thread`:
    the seq of the message that its thread began with. `mentions`: the accounts that it means by `@nick`.

    As history tells it, and whoever keeps it goes on from there, also what became of it up to the event
    `rev` (0: nothing): `text` as last edited, at `edited_at`; `deleted`, then it has no text;
    `reactions`: the accounts that put a sign to it, by that; `pinned`; `replies`: how many are in its thread.
    """

    text: str = ""
    reply_to: Seq | None = None
    bot: bool = False
    thread: Seq | None = None
    mentions: tuple[str, ...] = ()
    rev: Seq = 0
    edited_at: At | None = None
    deleted: bool = False
    reactions: dict[str, tuple[str, ...]] | None = None
    pinned: bool = False
    replies: int = 0


class JoinedEvent(Event, tag="joined"):
    """Somebody came into the room. `bot`: a bot did. The other fields are those of a MessageEvent."""

    bot: bool = False


class LeftEvent(Event, tag="left"):
    """Somebody left the room; `reason` says how. Who was `kicked`: `by`, `by_nick` say by whom, and `why`
    (on the wire `text`) why, as far as that was said; None: nobody in the room did, who runs the broker took
    the token back. The other fields are those of a MessageEvent.
    """

    reason: LeftReason
    by: str = ""
    by_nick: str = ""
    why: str | None = msgspec.field(name="text", default=None)


class RenamedEvent(Event, tag="renamed"):
    """Somebody is called something else: `nick` is the new nick, `was` the one before.

    The other fields are those of a MessageEvent.
    """

    was: str


class AboutRoom(Event):
    """What says how the room is, or who may do what there."""


class CreatedEvent(AboutRoom, tag="created"):
    """Somebody made the room, and is its owner. `private`: it is for its members. `subject`: what it is
    about. `title`: what people call a private one. `people`: whose direct conversation it is, nicks by
    account; such a room has no owner.

    The other fields are those of a MessageEvent.
    """

    private: bool = msgspec.field(default_factory=bool)
    subject: str = _NO_WORDS
    title: str = ""
    people: dict[str, str] = {}


class TargetedEvent(AboutRoom):
    """What somebody (`nick`, `account`) did about somebody else (`target`)."""

    target: str
    target_nick: str
    reason: str = _NO_WORDS


class InvitedEvent(TargetedEvent, tag="invited"):
    """An account was let into the room. `target` is the account of somebody else, `target_nick` how that one
    was called then, and `reason` why.

    The other fields are those of a MessageEvent.
    """


class BannedEvent(TargetedEvent, tag="banned"):
    """An account may not come in. `until`: Unix ms; None: for ever. `target` is the account of somebody
    else, `target_nick` how that one was called then, and `reason` why.

    The other fields are those of a MessageEvent.
    """

    until: At | None = None


class UnbannedEvent(TargetedEvent, tag="unbanned"):
    """An account may come in again. `target` is the account of somebody else, `target_nick` how that one was
    called then, and `reason` why.

    The other fields are those of a MessageEvent.
    """


class MutedEvent(TargetedEvent, tag="muted"):
    """An account may write nothing. `until`: Unix ms; None: for ever. `target` is the account of somebody
    else, `target_nick` how that one was called then, and `reason` why.

    The other fields are those of a MessageEvent.
    """

    until: At | None = None


class UnmutedEvent(TargetedEvent, tag="unmuted"):
    """An account may write again. `target` is the account of somebody else, `target_nick` how that one was
    called then, and `reason` why.

    The other fields are those of a MessageEvent.
    """


class RoleEvent(AboutRoom, tag="role"):
    """What an account is in the room from now on: `role`. `target` is that account, `target_nick` how it was
    called then.

    The other fields are those of a MessageEvent.
    """

    target: str
    target_nick: str
    role: Role


class SubjectEvent(AboutRoom, tag="subject"):
    """What the room is about from now on: `subject`.

    The other fields are those of a MessageEvent.
    """

    subject: str


class ConfiguredEvent(AboutRoom, tag="configured"):
    """How the room is from now on. `title`: what people call it. `slow_s`: so long a member waits between
    two messages. `announce`: only moderators and owners write.

    The other fields are those of a MessageEvent.
    """

    title: str
    slow_s: int
    announce: bool


class ClosedEvent(AboutRoom, tag="closed"):
    """Nobody writes in the room any more.

    The other fields are those of a MessageEvent.
    """


class ReopenedEvent(AboutRoom, tag="reopened"):
    """Those write in the room again who may.

    The other fields are those of a MessageEvent.
    """


class AboutMessage(Event):
    """What changes a message: `target`, its seq."""

    target: Seq


class EditedEvent(AboutMessage, tag="edited"):
    """Who said it lets message `target` say `text`. `mentions`: the accounts that it means now.

    The other fields are those of a MessageEvent.
    """

    text: str = ""
    mentions: tuple[str, ...] = ()


class DeletedEvent(AboutMessage, tag="deleted"):
    """Message `target` is gone: whoever holds its text wipes it. `reason`: why, as far as that was said.
    `proofs`: up to which seq a part of the log is what it was but for that, and the hash that proves it, in
    hex.

    The other fields are those of a MessageEvent.
    """

    reason: str = _NO_WORDS
    proofs: tuple[tuple[Seq, str], ...] = ()


class ReactedEvent(AboutMessage, tag="reacted"):
    """Somebody put a sign, `emoji`, to message `target`, or took it away (`on` false).

    The other fields are those of a MessageEvent.
    """

    emoji: str
    on: bool


class PinnedEvent(AboutMessage, tag="pinned"):
    """Message `target` is pinned to the room, or not any more (`on` false).

    The other fields are those of a MessageEvent.
    """

    on: bool


class OtherEvent(Event, tag="?"):
    """A stored event of an op this program does not know: it has its place in the log all the same.

    `fields`: all that the broker said of it.

    The other fields are those of a MessageEvent.
    """

    fields: dict[str, Any]


class PresenceEvent(msgspec.Struct, tag_field="op", tag="presence", kw_only=True):
    """Passing: not stored, no seq. How somebody in the room is now: `presence`, `since`, `status` as of a
    Member."""

    room: str
    nick: str
    account: str
    presence: State
    status: str = ""
    since: At | None = None


class TypingEvent(msgspec.Struct, tag_field="op", tag="typing", kw_only=True):
    """Passing: not stored, no seq. Somebody in the room is typing, or (`on` false) does not any more."""

    room: str
    nick: str
    account: str
    on: bool = True


class ReadEvent(msgspec.Struct, tag_field="op", tag="read", kw_only=True):
    """Passing: not stored, no seq. One's own mark in the room is at `seq` now, set by another of one's own
    connections; nobody else is told."""

    room: str
    seq: Seq


MembershipEvent = JoinedEvent | LeftEvent | RenamedEvent  # says who is there, and who they are
RoomEvent = (  # all that are AboutRoom
    CreatedEvent
    | InvitedEvent
    | BannedEvent
    | UnbannedEvent
    | MutedEvent
    | UnmutedEvent
    | RoleEvent
    | SubjectEvent
    | ConfiguredEvent
    | ClosedEvent
    | ReopenedEvent
)
ChangeEvent = EditedEvent | DeletedEvent | ReactedEvent | PinnedEvent  # all that are AboutMessage
StoredEvent = MessageEvent | MembershipEvent | RoomEvent | ChangeEvent | OtherEvent
PassingEvent = PresenceEvent | TypingEvent | ReadEvent
AnyEvent = StoredEvent | PassingEvent


def asker(event: StoredEvent) -> str:
    """The account under whose id the event is stored."""
    return event.by or event.account if type(event) is LeftEvent else event.account


class Received(NamedTuple):
    """A stored event as it came: what this program knows of it, and `body`, all that the broker said.

    A copy keeps the body, byte for byte: a newer program may know what this one does not.
    """

    event: StoredEvent
    body: bytes

    @property
    def seq(self) -> int:
        return self.event.seq
