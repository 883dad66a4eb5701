"""What the rooms are, read naively from their logs: each entry as it stood there first, and what it became.

Nothing of the product decides here: who is in a room and what a message is now are counted together anew from
all entries, as docs/protocol.md says it. Runs in the simulation's only thread.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable

from loggia.shared.protocol.events import (
    AboutMessage,
    CreatedEvent,
    DeletedEvent,
    EditedEvent,
    InvitedEvent,
    JoinedEvent,
    LeftEvent,
    MessageEvent,
    PinnedEvent,
    ReactedEvent,
    StoredEvent,
)
from msgspec import structs

from tests.simulation.standing import Standing


class RoomLog:
    """One room in one life of the log. `lines`, `events`: seq 1 first. `members`, `standings`: who is in it,
    and how it is, behind each, at first nobody. `head_before`: up to where it went one look before."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.events: list[StoredEvent] = []
        self.members: list[frozenset[str]] = [frozenset()]
        self.standings = [Standing()]
        self.is_private = False
        self.head_before = 0
        self._changes: dict[int, list[StoredEvent]] = defaultdict(list)

    def take(self, line: bytes, event: StoredEvent) -> None:
        """The next entry, as it stands in the log."""
        self.lines.append(line)
        self.events.append(event)
        self.members.append(_members(self.members[-1], event))
        self.standings.append(self.standings[-1].then(event))
        self.is_private = self.is_private or (isinstance(event, CreatedEvent) and event.private)
        if (target := target_of(event)) is not None:
            self._changes[target].append(event)

    @property
    def head(self) -> int:
        return len(self.events)

    def changes(self, seq: int) -> list[StoredEvent]:
        """What changed a message, the first first."""
        return self._changes.get(seq, [])

    def is_gone(self, seq: int) -> bool:
        """Whether the words of an entry are: those of a deleted message, and what it was edited to."""
        event = self.events[seq - 1]
        message = event.target if isinstance(event, EditedEvent) else seq
        return any(isinstance(change, DeletedEvent) for change in self.changes(message))

    def line_now(self, seq: int) -> bytes:
        """An entry as it has to stand in the log by now."""
        line = self.lines[seq - 1]
        return wiped(line) if self.is_gone(seq) else line

    def as_of(self, seq: int, upto: int) -> StoredEvent:
        """An entry as history tells it while `upto` is the room's head."""
        return self.made_of(seq, [change for change in self._changes_of(seq) if change.seq <= upto])

    def at_rev(self, message: MessageEvent) -> StoredEvent:
        """A message as of the change that it was told with."""
        return self.made_of(message.seq, [one for one in self.changes(message.seq) if one.seq <= message.rev])

    def made_of(self, seq: int, changes: Iterable[StoredEvent]) -> StoredEvent:
        """An entry, and these of what changed the message that it is of."""
        event, changes = self.events[seq - 1], list(changes)
        if isinstance(event, EditedEvent):
            gone = any(isinstance(change, DeletedEvent) for change in changes)
            return without_words(event) if gone else event
        return became(event, changes) if isinstance(event, MessageEvent) else event

    def _changes_of(self, seq: int) -> list[StoredEvent]:
        event = self.events[seq - 1]
        return self.changes(event.target if isinstance(event, EditedEvent) else seq)

    def texts(self, seq: int) -> list[str]:
        """All that a message ever said."""
        edits = [one for one in self.changes(seq) if isinstance(one, EditedEvent)]
        return [one.text for one in [self.events[seq - 1], *edits] if one.text]


def _members(before: frozenset[str], event: StoredEvent) -> frozenset[str]:
    match event:
        case JoinedEvent():
            return before | {event.account}
        case InvitedEvent():
            return before | {event.target}
        case LeftEvent():
            return before - {event.account}
    return before


def target_of(event: StoredEvent) -> int | None:
    """Which message an entry changes."""
    if isinstance(event, MessageEvent):
        return event.thread
    return event.target if isinstance(event, AboutMessage) else None


def became(message: MessageEvent, changes: Collection[StoredEvent]) -> MessageEvent:
    """A message as it was said, and all that changed it."""
    last = max((change.seq for change in changes), default=0)
    replies = sum(isinstance(change, MessageEvent) for change in changes)
    now = structs.replace(message, rev=last, replies=replies)
    if any(isinstance(change, DeletedEvent) for change in changes):
        return structs.replace(without_words(now), deleted=True)
    for change in changes:
        if isinstance(change, EditedEvent):
            now.text, now.mentions, now.edited_at = change.text, change.mentions, change.at
        elif isinstance(change, PinnedEvent):
            now.pinned = change.on
    now.reactions = _reactions(changes) or None
    return now


def _reactions(changes: Iterable[StoredEvent]) -> dict[str, tuple[str, ...]]:
    """Who has put which sign and not taken it back, in the order in which they did."""
    put: dict[tuple[str, str], int] = {}
    for change in changes:
        if isinstance(change, ReactedEvent):
            put.pop((change.emoji, change.account), None)
            if change.on:
                put[change.emoji, change.account] = change.seq
    found: dict[str, tuple[str, ...]] = {}
    for emoji, account in put:
        found[emoji] = (*found.get(emoji, ()), account)
    return found


def without_words(event: MessageEvent | EditedEvent) -> MessageEvent | EditedEvent:
    return structs.replace(event, text="", mentions=())


def wiped(line: bytes) -> bytes:
    """An entry of the log, without what people said in it."""
    told = {name: value for name, value in json.loads(line).items() if name not in ("text", "mentions")}
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()


def identity(event: StoredEvent) -> StoredEvent:
    """What of an entry never becomes another."""
    if isinstance(event, EditedEvent):
        return without_words(event)
    if not isinstance(event, MessageEvent):
        return event
    return structs.replace(
        without_words(event), rev=0, edited_at=None, deleted=False, reactions=None, pinned=False, replies=0
    )
