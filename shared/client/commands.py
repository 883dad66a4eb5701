"""What a program asks of its session: plain values, safe to hand from any thread to the link's."""

import math
from collections.abc import Callable

import msgspec
from loggia.shared.client.ids import set_free
from loggia.shared.protocol.requests import Errand, Inquiry
from msgspec import structs


class Say(msgspec.Struct, frozen=True, kw_only=True):
    """Put a message into the outbox and send it: what is said, as one value from who writes it to the wire.

    `id`: the message's; empty: the link gives it the next of its own. `epoch`: the life of the log that
    `reply_to` and `thread` were told of; empty: the present one. What names an entry that is gone from the
    log is sent without that, which would point at something else.
    """

    room: str
    text: str
    id: str = ""
    reply_to: int | None = None
    thread: int | None = None
    epoch: str = ""

    def free_of(self, is_lost: Callable[[int], bool], epoch: str) -> "Say":
        """The same where nothing that it names is lost; `epoch`: the life of the log in which that was."""
        named = {"reply_to": self.reply_to, "thread": self.thread}
        lost = dict.fromkeys(name for name, seq in named.items() if seq is not None and is_lost(seq))
        return structs.replace(self, id=set_free(self.id, epoch), **lost) if lost else self


class Enter(msgspec.Struct, frozen=True, kw_only=True):
    """Join a room and keep a copy of it; it is joined again after every reconnect."""

    room: str


class LeaveRoom(msgspec.Struct, frozen=True, kw_only=True):
    """Leave a room; its copy stays on this computer."""

    room: str


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for something about a room, about somebody there, or about oneself. `id`: the request's; empty: the
    link gives one. `epoch`: the life of the log that the message was told of which it is about; empty: the
    present one. Where that is gone from the log it is refused: another stands there."""

    request: Errand
    id: str = ""
    epoch: str = ""


class TakeNick(msgspec.Struct, frozen=True, kw_only=True):
    """Be called `nick`, in all rooms. `id`: as of Ask; what comes of it is told as of one."""

    nick: str
    id: str = ""


class Inquire(msgspec.Struct, frozen=True, kw_only=True):
    """Ask the broker what the copies do not hold: a thread (a History with `thread`), the rooms, or what a
    search finds. `id`: as of Ask; `epoch`: the life of the log that the message was told of with which the
    thread began; empty: the present one. Where that is gone from the log it is refused."""

    request: Inquiry
    id: str = ""
    epoch: str = ""


class DropInquiry(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody waits for the answer to this Inquire any more: it is not asked again."""

    id: str


NEWEST = 2**53 - 1  # no log goes further


class LoadOlder(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for up to `limit` entries before the oldest one shown, from the copy first, then the broker.

    `id`: comes back with the answer. Those without one are one wish, however often it is made. `before`: the
    entry before which they stand, of a program that did not keep all that it was shown, and 0 for all others.
    As far as the copy goes without a gap this may be any; NEWEST is behind all there are. With an id, too,
    it moves nobody else: who asks without them goes on from where that was.
    """

    room: str
    limit: int = 100
    id: str = ""
    before: int = 0


class DropOlder(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody waits for the answer to this LoadOlder any more: what it would be is not shown by it."""

    room: str
    id: str


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """Send a failed message again, under a new id."""

    id: str


class Discard(msgspec.Struct, frozen=True, kw_only=True):
    """Forget a message that failed or still waits."""

    id: str


class Handled(msgspec.Struct, frozen=True, kw_only=True):
    """The program has handled the room's entries up to `seq`; later ones are told again after a restart.

    `epoch`: the life of the log that they were told of; empty: the present one.
    """

    room: str
    seq: int
    epoch: str = ""


class ReadArchived(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for the entries `after` < seq <= `after` + `limit` of a copy that was set aside.

    `id`: comes back with the answer.
    """

    room: str
    epoch: str
    after: int = 0
    limit: int = 1000
    id: str = ""


class ReadChanges(msgspec.Struct, frozen=True, kw_only=True):
    """Ask this computer's copy what it holds of message `seq`: as it came, and what became of its text.

    `id`: comes back with the answer.
    """

    room: str
    epoch: str
    seq: int
    id: str = ""


class ReadPins(msgspec.Struct, frozen=True, kw_only=True):
    """Ask this computer's copy which messages of the room are pinned. `id`: comes back with the answer."""

    room: str
    epoch: str
    id: str = ""


class ShowTyping(msgspec.Struct, frozen=True, kw_only=True):
    """We are typing in the room, or (`on` false) not any more: said to the others as often as it is worth."""

    room: str
    on: bool = True


class MarkRead(msgspec.Struct, frozen=True, kw_only=True):
    """We have read the room up to `seq`, of the life of the log that is named `epoch` (empty: the present
    one): told to the broker, at a later connection if there is none."""

    room: str
    seq: int
    epoch: str = ""


class CountUnread(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody looks at what is unread: from now on it is told (updates.ReadState)."""


class ListPeople(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody looks at who is in the room: from now on all are asked for, where a join names only some, and
    asked for again where it may have been lost how they are."""

    room: str


class AskTime(msgspec.Struct, frozen=True, kw_only=True):
    """Ask the broker now what time it is there; nothing without a connection."""


class Goodbye(msgspec.Struct, frozen=True, kw_only=True):
    """`!end`: let the outbox drain for a moment, end the session properly, then stop.

    `most_s`: how long at most for either, for who must be gone soon; what is sent arrives all the same.
    """

    most_s: float = math.inf


class Shut(msgspec.Struct, frozen=True, kw_only=True):
    """`!close`: stop at once, broker or no broker; what waits stays in the outbox."""


Command = (
    Say
    | Enter
    | LeaveRoom
    | Ask
    | TakeNick
    | Inquire
    | DropInquiry
    | LoadOlder
    | DropOlder
    | ReadArchived
    | ReadChanges
    | ReadPins
    | Retry
    | Discard
    | Handled
    | ListPeople
    | ShowTyping
    | MarkRead
    | CountUnread
    | AskTime
    | Goodbye
    | Shut
)
