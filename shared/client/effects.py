"""What a session wants done, and what an earlier run of the program kept for it: plain values.

The link performs effects in this order: keep (one transaction), then send and tell. Nothing is sent or told
before what it rests on is on this computer's disk.
"""

from typing import Literal

import msgspec
from loggia.shared.client.saved import Entry
from loggia.shared.client.updates import Update
from loggia.shared.protocol.events import Received
from loggia.shared.protocol.requests import AnyRequest

# Entries that the program has not handled; older than those shown; one to compare with the broker's; of an
# archived copy that somebody wants to see; what became of one; or what is pinned.
Purpose = Literal["new", "older", "compare", "old", "changes", "pins"]


class Connect(msgspec.Struct, frozen=True):
    """Open a new connection to the broker's requests door; an old one is closed."""


class Disconnect(msgspec.Struct, frozen=True):
    """Close the connection to the requests door."""


class Send(msgspec.Struct, frozen=True):
    """One up frame."""

    frame: bytes


class Subscribe(msgspec.Struct, frozen=True):
    """Listen to exactly these topics at the broadcasts door `endpoint`; for none there is no connection."""

    endpoint: str
    topics: frozenset[str]


class Tell(msgspec.Struct, frozen=True):
    """Hand this to the program."""

    update: Update


class Complain(msgspec.Struct, frozen=True):
    """Log that the broker sent something that was ignored."""

    text: str


class Report(msgspec.Struct, frozen=True):
    """Log what was counted."""

    text: str


class Recall(msgspec.Struct, frozen=True):
    """Read the entries `after` < seq <= `upto` from the copy and hand them to `Session.recalled`; for
    "changes" the one entry as it came, and those that say what became of its text, for "pins" what is pinned.

    `id`: of the command that asked for them, if one did.
    """

    room: str
    epoch: str
    after: int
    upto: int
    purpose: Purpose
    id: str = ""


class Stop(msgspec.Struct, frozen=True):
    """Close everything now."""


class OnDisk(msgspec.Struct, frozen=True):
    """What all of Keep are, to be told from the rest at once."""


ACCOUNTS = 8  # who a program was: as many logs may take turns at an address


class KeepAccount(OnDisk, frozen=True):
    """Who this program is at this broker; who it was before is kept, too: that log may come back."""

    account: str
    token: str


class KeepNick(OnDisk, frozen=True):
    """The account took the name `nick`, empty for none; the program calls itself `given`.

    `asked`: another one is asked for, and what comes of that is not known.
    """

    given: str
    nick: str
    asked: bool = False


class KeepRoom(OnDisk, frozen=True):
    """Whether this room is joined again at the next start."""

    room: str
    wanted: bool


class KeepCopy(OnDisk, frozen=True):
    """New entries of a room's copy as they came, and all the spans that it holds with them.

    Another `epoch` than before begins a new copy; the old one is set aside.
    """

    room: str
    epoch: str
    entries: list[Received]
    spans: list[tuple[int, int]]


class SetAside(OnDisk, frozen=True):
    """The log lost entries without another epoch: keep the copy of `epoch` under `name` from now on."""

    room: str
    epoch: str
    name: str


class KeepHandled(OnDisk, frozen=True):
    """The program has handled everything up to `seq`."""

    room: str
    epoch: str
    seq: int


class KeepEntry(OnDisk, frozen=True):
    """Put a message into the outbox, or write down that it was refused."""

    entry: Entry


class DropEntry(OnDisk, frozen=True):
    """Take a message out of the outbox."""

    id: str


Keep = KeepAccount | KeepNick | KeepRoom | KeepCopy | SetAside | KeepHandled | KeepEntry | DropEntry
Effect = Connect | Disconnect | Send | Subscribe | Tell | Complain | Report | Recall | Stop | Keep
Out = list[Effect | AnyRequest]  # what the parts of a session want done, before requests become frames
