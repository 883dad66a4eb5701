"""What a program without a file holds while it runs: as replica.py, in plain values, and gone with it.

Runs in the thread of the link that made it.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from loggia.shared.client import effects
from loggia.shared.client.saved import Entry, Saved, SavedCopy, SavedRoom
from loggia.shared.protocol.changes import changed, changed_by, is_pin
from loggia.shared.protocol.events import DeletedEvent, EditedEvent, MessageEvent, PinnedEvent, StoredEvent
from msgspec import structs


class _Copy(msgspec.Struct):
    """Of one life of a room's log."""

    room: str
    epoch: str
    events: dict[int, StoredEvent] = {}
    spans: list[tuple[int, int]] = []
    handled: int | None = None
    changes: dict[int, set[int]] = {}  # of a message: the entries that change it
    deleted: set[int] = set()  # messages, by entries that are here

    @property
    def anchored(self) -> bool:
        """As of a SavedCopy."""
        return bool(self.spans) and self.spans[-1][0] - 1 in self.events

    def put(self, event: StoredEvent) -> int | None:
        """Put an entry into it; returns which message is deleted, if this tells of one that is."""
        self.events[event.seq] = event
        if (target := changed_by(event)) is not None:
            self.changes.setdefault(target, set()).add(event.seq)
        match event:
            case DeletedEvent():
                self.deleted.add(event.target)
                return event.target
            case EditedEvent():
                return event.target if event.target in self.deleted else None
            case MessageEvent():
                return event.seq if event.deleted or event.seq in self.deleted else None
        return None

    def now(self, seq: int) -> StoredEvent:
        """An entry; a message as it is by all that is held here."""
        event = self.events[seq]
        if type(event) is MessageEvent:
            for change in sorted(self.changes.get(seq, ())):
                event = changed(event, self.events[change])
        return event

    def wipe(self, target: int) -> None:
        """Take the text of a message out of it, also what it said before it was edited."""
        message = self.events.get(target)
        if type(message) is MessageEvent:
            self.events[target] = structs.replace(
                message, text="", mentions=(), edited_at=None, deleted=True, reactions=None, pinned=False
            )
        for seq in self.changes.get(target, ()):
            event = self.events[seq]
            if type(event) is EditedEvent:
                self.events[seq] = structs.replace(event, text="", mentions=())


def _same(one: StoredEvent | None, other: StoredEvent | None) -> bool:
    """Whether this is one message, in two lives of a log."""
    if type(one) is not MessageEvent or type(other) is not MessageEvent:
        return False
    return (one.id, one.account, one.at) == (other.id, other.account, other.at)


class Memory:
    """Never full, and never broken."""

    upgraded = None

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}  # by account, the last one last
        self._nick = effects.KeepNick("", "")
        self._wanted: dict[str, bool] = {}
        self._copies: list[_Copy] = []
        self._current: dict[str, _Copy] = {}
        self._outbox: dict[str, Entry] = {}
        self._last_id = ""

    def close(self) -> None:
        """There is nothing to close."""

    def saved(self) -> Saved:
        """What was kept; nothing, for the first who asks."""
        current = {id(copy) for copy in self._current.values()}
        return Saved(
            tokens=[*reversed(self._tokens.values())],
            last_id=self._last_id,
            rooms=[self._saved_room(name) for name in dict.fromkeys([*sorted(self._wanted), *self._current])],
            outbox=[
                structs.replace(entry)
                for entry in sorted(self._outbox.values(), key=lambda entry: entry.place)
            ],
            old=[
                SavedCopy(
                    room=copy.room,
                    epoch=copy.epoch,
                    spans=copy.spans,
                    handled=copy.handled,
                    anchored=copy.anchored,
                )
                for copy in self._copies
                if id(copy) not in current
            ],
            given=self._nick.given,
            nick=self._nick.nick,
            asked=self._nick.asked,
        )

    def keep(self, changes: Iterable[effects.Keep]) -> None:
        for change in changes:
            _WRITES[type(change)](self, change)

    def events(self, room: str, epoch: str, after: int, upto: int) -> list[StoredEvent]:
        """The entries `after` < seq <= `upto` of a copy, ascending; of one that was set aside as well."""
        copy = self._found(room, epoch)
        if copy is None:
            return []
        last = min(upto, max(copy.events, default=0))
        return [copy.now(seq) for seq in range(after + 1, last + 1) if seq in copy.events]

    def texts(self, room: str, epoch: str, seq: int) -> list[StoredEvent]:
        """Message `seq` as it came to a copy, then what edited and deleted it as far as that is there."""
        copy = self._found(room, epoch)
        if copy is None:
            return []
        told = [copy.events[one] for one in sorted(copy.changes.get(seq, ()))]
        came = [copy.events[seq]] if seq in copy.events else []
        return came + [one for one in told if isinstance(one, EditedEvent | DeletedEvent)]

    def pins(self, room: str, epoch: str) -> list[StoredEvent]:
        """The messages of a copy that are pinned, ascending, as they are by all that it holds; of those that
        it does not hold, what says that they are pinned."""
        copy, found = self._found(room, epoch), dict[int, StoredEvent]()
        if copy is None:
            return []
        for seq, event in sorted(copy.events.items()):
            if isinstance(event, PinnedEvent):
                found[event.target] = event
            elif isinstance(event, MessageEvent) and event.pinned:
                found[seq] = event
        there = [seq for seq in sorted(found) if seq in copy.events or seq not in copy.deleted]
        now = (copy.now(seq) if seq in copy.events else found[seq] for seq in there)
        return [event for event in now if is_pin(event)]

    def _saved_room(self, name: str) -> SavedRoom:
        copy = self._current.get(name, _Copy(name, ""))
        return SavedRoom(
            room=name,
            wanted=self._wanted.get(name, True),
            epoch=copy.epoch,
            spans=copy.spans,
            handled=copy.handled,
            anchored=copy.anchored,
        )

    def _found(self, room: str, epoch: str) -> _Copy | None:
        return next((copy for copy in self._copies if (copy.room, copy.epoch) == (room, epoch)), None)

    def _copy(self, room: str, epoch: str) -> _Copy:
        """A room's copy; another epoch begins a new one, and the old one stays aside."""
        copy = self._current.get(room)
        if copy is None or copy.epoch != epoch:
            copy = self._found(room, epoch)
            if copy is None:
                copy = _Copy(room, epoch)
                self._copies.append(copy)
            self._current[room] = copy
        return copy

    # -- Writes --------------------------------------------------------------------------------

    def _keep_account(self, change: effects.KeepAccount) -> None:
        self._tokens.pop(change.account, None)
        self._tokens[change.account] = change.token
        for account in [*self._tokens][: -effects.ACCOUNTS]:
            del self._tokens[account]

    def _keep_nick(self, change: effects.KeepNick) -> None:
        self._nick = change

    def _keep_room(self, change: effects.KeepRoom) -> None:
        self._wanted[change.room] = change.wanted

    def _keep_copy(self, change: effects.KeepCopy) -> None:
        copy = self._copy(change.room, change.epoch)
        copy.spans = change.spans
        gone = set[int]()
        for event, _ in change.entries:
            if type(event) is MessageEvent and event.thread is None and not (event.deleted or copy.deleted):
                copy.events[event.seq] = event  # most often
            elif (target := copy.put(event)) is not None:
                gone.add(target)
        for target in gone:
            message = copy.events.get(target)
            for other in self._copies:
                if other is copy or (other.room == copy.room and _same(message, other.events.get(target))):
                    other.wipe(target)

    def _set_aside(self, change: effects.SetAside) -> None:
        copy = self._found(change.room, change.epoch)
        if copy is not None:
            copy.epoch = change.name
        self._current.pop(change.room, None)

    def _keep_handled(self, change: effects.KeepHandled) -> None:
        current = self._current.get(change.room)
        aside = self._found(change.room, change.epoch)
        if aside is None or (current is not None and current.epoch == change.epoch):
            aside = self._copy(change.room, change.epoch)
        aside.handled = change.seq

    def _keep_entry(self, change: effects.KeepEntry) -> None:
        self._outbox[change.entry.id] = change.entry
        self._last_id = max(self._last_id, change.entry.id)

    def _drop_entry(self, change: effects.DropEntry) -> None:
        self._outbox.pop(change.id, None)


_WRITES: dict[type, Callable[[Memory, Any], None]] = {
    effects.KeepAccount: Memory._keep_account,
    effects.KeepNick: Memory._keep_nick,
    effects.KeepRoom: Memory._keep_room,
    effects.KeepCopy: Memory._keep_copy,
    effects.SetAside: Memory._set_aside,
    effects.KeepHandled: Memory._keep_handled,
    effects.KeepEntry: Memory._keep_entry,
    effects.DropEntry: Memory._drop_entry,
}
