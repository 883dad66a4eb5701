"""What a session tells its program: plain values, in order. No thread runs here.

A link hands these over in batches; a window, a script or a bot shows them.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec
from loggia.shared.client.commands import Say
from loggia.shared.client.completeness import ArchivedCopy
from loggia.shared.client.completeness import Completeness as Completeness
from loggia.shared.protocol.answers import Error, FoundAnswer, JoinedAnswer, Member, RoomInfo, retry_after
from loggia.shared.protocol.errors import SHOWN_OUT, Code
from loggia.shared.protocol.events import InvitedEvent, PresenceEvent, StoredEvent
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.roles import Role, RoomKind
from msgspec import structs

Connection = Literal["connecting", "connected", "reconnecting", "offline", "ended"]


class ConnectionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The truth about the connection. `retry_in_s`: when the next try starts, for `reconnecting`.

    `disk_full`: this computer's; until there is room nothing is sent or shown.
    """

    connection: Connection
    retry_in_s: float | None = None
    reason: str = ""
    disk_full: bool = False


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """The broker has the account in this room. `resumed`: the session was not over, nothing was told.

    `title`, `kind`, `role`, `subject`: as in `joined`, of the log up to `head`; None: nobody says. `limits`:
    what this broker takes.
    """

    room: str
    nick: str
    account: str
    head: int
    resumed: bool = False
    title: str = ""
    kind: RoomKind = "public"
    limits: Limits = Limits()
    role: Role | None = None
    subject: str | None = None

    @classmethod
    def of(cls, answer: JoinedAnswer, *, resumed: bool) -> "Entered":
        """As the broker says."""
        return cls(
            room=answer.room,
            nick=answer.nick,
            account=answer.account,
            head=answer.head,
            resumed=resumed,
            title=answer.title,
            kind=answer.kind,
            limits=answer.limits,
            role=answer.role,
            subject=answer.subject,
        )


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """New entries of the room's log, in order, each once, nothing missing before them.

    `epoch`: the life of the log that they are of.
    """

    room: str
    events: list[StoredEvent]
    epoch: str = ""


class Older(msgspec.Struct, frozen=True, kw_only=True):
    """Entries before those already shown, ascending. `more`: the room has still older ones.

    `id`: of the LoadOlder that this answers. `refused`: why the broker gave none, if it did not. `epoch`: as
    of Arrived.
    """

    room: str
    events: list[StoredEvent]
    more: bool
    id: str = ""
    epoch: str = ""
    refused: Error | None = None


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A message is in the outbox on this computer, or says something else there, such as no reply any more.

    `was`: the id that it had before, if that is another.
    """

    say: Say
    at: int
    was: str = ""


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """A message of the outbox was answered `stored`."""

    id: str
    room: str
    seq: int
    at: int


class Unreachable(msgspec.Struct, frozen=True, kw_only=True):
    """A message of the outbox is not stored yet; it waits on this computer and is sent by itself.

    `code`: why the broker did not take it, `slow_down` where the room is slow; None when no broker could be
    reached.
    """

    id: str
    room: str
    code: Code | None = None


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """A request was refused for good. `id` is a message's if one of the outbox, which is out of it now."""

    id: str | None
    room: str | None
    code: Code
    text: str
    retry_after_ms: int | None = None

    @classmethod
    def of(cls, error: Error, room: str | None) -> "Failed":
        """Of a request that is no message."""
        return cls(id=None, room=room, code=error.code, text=error.text, retry_after_ms=retry_after(error))

    @property
    def shows_out(self) -> bool:
        """It tells who thought that he is in the room that he is not."""
        return self.id is None and self.code in SHOWN_OUT


class People(msgspec.Struct, frozen=True, kw_only=True):
    """Who is in the room now. `more`: there are others, whom nobody has asked for yet, or too many.
    `shown_out`: who is not any more, as others wanted that.
    """

    room: str
    members: list[Member]
    more: bool = False
    shown_out: list[str] = []


class PeopleChanged(msgspec.Struct, frozen=True, kw_only=True):
    """What is another in the room than was told by then: who is there, as now (`members`), and the accounts
    that are not any more (`gone`), of whom some were shown out by others (`shown_out`). `more`: as in People.
    """

    room: str
    members: list[Member]
    gone: list[str]
    more: bool = False
    shown_out: list[str] = []

    def put_into(self, members: dict[str, Member]) -> None:
        """Bring what was told before, by account, to what is now."""
        for account in self.gone:
            members.pop(account, None)
        members.update((member.account, member) for member in self.members)


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in a room is away, or back, or has another status."""

    event: PresenceEvent


class Typists(msgspec.Struct, frozen=True, kw_only=True):
    """Who else is typing in the room now, by nick."""

    room: str
    nicks: list[str]


class ReadState(msgspec.Struct, frozen=True, kw_only=True):
    """How far this account has read `room`. `read`: the seq of its mark; `unread`: how many messages of
    others stand behind that, up to entry `upto`, which are not deleted; `mentions`: how many of them mean it.
    """

    room: str
    read: int
    unread: int = 0
    mentions: int = 0
    upto: int = 0


class Acted(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an Ask or a TakeNick: it is stored, or `refused`. `room`: which one was made, if one was
    asked for; `nick`: what this account is called from now on, if that was."""

    id: str
    room: str = ""
    nick: str = ""
    refused: Error | None = None


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """What this account is called from now on: another of its sessions took the nick."""

    nick: str


class Inquired(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to an Inquire, a page of it: `events` of `room` as they are now, or `rooms`, ascending;
    `more`: there is more behind them. Or what a search `found`. `refused`: why the broker gave none, if it
    did not."""

    id: str
    room: str = ""
    events: list[StoredEvent] = []
    rooms: list[RoomInfo] = []
    more: bool = False
    found: FoundAnswer | None = None
    refused: Error | None = None


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody let this account into a room. Where invitations are accepted it is entered by itself."""

    event: InvitedEvent


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """This account left the room: as it asked for, or somebody showed it out."""

    room: str


class VoidCopy(msgspec.Struct, frozen=True, kw_only=True):
    """The broker's log began a new life (`epoch`), up to `head` so far: the copy on this computer, `old`, was
    set aside and can still be read. Nothing of it is offered to the broker. `renamed`: the names that copies
    set aside before have now, by those that they had: the new life has one of these.
    """

    room: str
    epoch: str
    head: int
    old: ArchivedCopy
    renamed: dict[str, str] = {}

    def copies(self, before: Iterable[ArchivedCopy]) -> list[ArchivedCopy]:
        """What is set aside now, where these copies were; those of other rooms stay as they are."""
        mine = (copy if copy.room != self.room else self._named(copy) for copy in before)
        return [*mine, self.old]

    def _named(self, copy: ArchivedCopy) -> ArchivedCopy:
        return structs.replace(copy, epoch=self.renamed.get(copy.epoch, copy.epoch))


class ArchivedCopies(msgspec.Struct, frozen=True, kw_only=True):
    """What earlier runs set aside, oldest first."""

    copies: list[ArchivedCopy]


class ArchivedEntries(msgspec.Struct, frozen=True, kw_only=True):
    """What `ReadArchived` asked for, ascending."""

    room: str
    epoch: str
    after: int
    events: list[StoredEvent]
    id: str = ""


class ToldChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What `ReadChanges` asked for, ascending: the message as it came, whatever became of it since, then each
    `edited` and `deleted` of it. What the copy does not hold is not among them, and what was deleted is
    without its texts."""

    room: str
    seq: int
    events: list[StoredEvent]
    id: str = ""


class ToldPins(msgspec.Struct, frozen=True, kw_only=True):
    """What `ReadPins` asked for, ascending: the messages that are pinned, as they are now, as far as the copy
    holds the room; of those that it does not hold, the `pinned` events."""

    room: str
    epoch: str
    events: list[StoredEvent]
    id: str = ""


class Time(msgspec.Struct, frozen=True, kw_only=True):
    """What time it is at the broker (`at`, Unix ms), told at `now` (the session's clock, s).

    It was asked `took_s` before.
    """

    at: int
    now: float
    took_s: float


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How often what should be rare happened since the start, by name (shared/client/tally.py)."""

    totals: dict[str, int]


Update = (
    ConnectionStatus
    | Entered
    | Arrived
    | Older
    | Completeness
    | Waiting
    | Delivered
    | Unreachable
    | Failed
    | People
    | PeopleChanged
    | Presence
    | Typists
    | ReadState
    | Acted
    | Called
    | Inquired
    | Invited
    | Left
    | VoidCopy
    | ArchivedCopies
    | ArchivedEntries
    | ToldChanges
    | ToldPins
    | Time
    | Counts
)
