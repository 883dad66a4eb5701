"""Messages that change, in a copy on the disk: what changes which, how they are now, what is wiped. SQL.

A message stays as it came, with the state that it had then; what it is now comes of the events of the copy
that change it, whenever they came: before it, or as part of an older page, or behind a hole. Only what is
deleted is written anew, without its text. docs/protocol.md, "Events".
"""

import contextlib
from collections.abc import Iterable
from typing import Any

import apsw
import msgspec
from loggia.shared.protocol.changes import changed, changed_by, is_pin
from loggia.shared.protocol.down import decode_event
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.events import (
    DeletedEvent,
    EditedEvent,
    MessageEvent,
    PassingEvent,
    PinnedEvent,
    Received,
    StoredEvent,
)


class Changes:
    """Of one file. What `keep` and `dropped` leave to be done to the file itself, `settle` does."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._gone: set[str] = set()  # ids of messages that were found deleted
        self._is_stale = False  # what is gone may be in the file or its WAL until a checkpoint

    def keep(self, copy: int, entries: Iterable[Received]) -> None:
        """Put entries into a copy, note what they change, and wipe what is deleted by now."""
        db = self._db
        gone: set[int] = set()
        messages: set[int] = set()
        rows: list[tuple[int, int, bytes]] = []
        changes: list[tuple[int, int, int, bool]] = []
        for event, body in entries:
            rows.append((copy, event.seq, body))
            if type(event) is MessageEvent:
                messages.add(event.seq)
                if event.deleted:
                    gone.add(event.seq)
                    self._gone.add(event.id)
                    _wipe(db, copy, event.seq, event)  # the one that it replaces
            if (target := changed_by(event)) is not None:
                deletes = type(event) is DeletedEvent
                changes.append((copy, target, event.seq, deletes))
                if deletes or (type(event) is EditedEvent and _deleted(db, copy, target, target)):
                    gone.add(target)
        db.executemany("INSERT OR REPLACE INTO event VALUES (?, ?, ?)", rows)
        if changes:
            db.executemany("INSERT OR REPLACE INTO change VALUES (?, ?, ?, ?)", changes)
        if messages:
            gone |= _deleted(db, copy, min(messages), max(messages)) & messages
        for target in gone:
            message = _message(db, copy, target)
            _wipe(db, copy, target, message)
            self._gone.update([message.id] if message is not None else [])
        self._is_stale |= bool(gone)

    def dropped(self, ids: Iterable[str]) -> None:
        """These are out of the outbox, where their texts were."""
        self._is_stale |= not self._gone.isdisjoint(ids)

    def settle(self) -> None:
        """Between transactions: leave nothing in the file and its WAL of what was wiped.

        SQLite overwrites what it deletes, but not where it was before it moved: so the file is written anew.
        What a full disk forbids is done by the next try; a program that starts is one.
        """
        with contextlib.suppress(apsw.FullError, apsw.IOError):
            if wiped := list(self._db.execute("SELECT 1 FROM meta WHERE key = 'wiped'")):
                self._db.execute("VACUUM")
            if wiped or self._is_stale:
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                self._db.execute("DELETE FROM meta WHERE key = 'wiped'")
                self._is_stale = False

    @property
    def is_stale(self) -> bool:
        """Whether `settle` has something to do."""
        return self._is_stale


def entries(db: apsw.Connection, copy: int, after: int, upto: int) -> list[StoredEvent]:
    """The entries `after` < seq <= `upto` of a copy, ascending, as they are by all that the copy holds."""
    query = "SELECT body FROM event WHERE copy = ? AND seq > ? AND seq <= ? ORDER BY seq"
    return as_now(db, copy, _stored(body for (body,) in db.execute(query, (copy, after, upto))))


def texts(db: apsw.Connection, copy: int, seq: int) -> list[StoredEvent]:
    """Entry `seq` as it came, then what edited and deleted it, ascending, as far as the copy holds that."""
    rows = db.execute(
        "SELECT body FROM event WHERE copy = ?1 AND (seq = ?2"
        " OR seq IN (SELECT seq FROM change WHERE copy = ?1 AND target = ?2)) ORDER BY seq",
        (copy, seq),
    )
    found = _stored(body for (body,) in rows)
    return [one for one in found if one.seq == seq or isinstance(one, EditedEvent | DeletedEvent)]


def pins(db: apsw.Connection, copy: int) -> list[StoredEvent]:
    """The messages of a copy that are pinned, ascending, as they are by all that it holds; of those that it
    does not hold, the last entry that says so."""
    query = "SELECT body FROM event WHERE copy = ? AND instr(body, ?) ORDER BY seq"
    told = _stored(body for (body,) in list(db.execute(query, (copy, _PINNED))))
    found: dict[int, StoredEvent] = {}
    for event in told:
        if isinstance(event, PinnedEvent):
            found[event.target] = event
        elif isinstance(event, MessageEvent):
            found[event.seq] = event
    now = []
    for seq in sorted(found):
        if held := entries(db, copy, seq - 1, seq):
            now += held
        elif not _deleted(db, copy, seq, seq):
            now.append(found[seq])
    return [event for event in now if is_pin(event)]


def _stored(bodies: Iterable[bytes]) -> list[StoredEvent]:
    found = (decode_event(body) for body in bodies)
    return [one for one in found if not isinstance(one, PassingEvent)]


def as_now(db: apsw.Connection, copy: int, events: list[StoredEvent]) -> list[StoredEvent]:
    """Entries of a copy, ascending, with the messages as they are by all that the copy holds."""
    if not events:
        return events
    now = {event.seq: event for event in events}
    rows = db.execute(
        "SELECT target, body FROM change JOIN event USING (copy, seq)"
        " WHERE copy = ? AND target BETWEEN ? AND ? ORDER BY seq",
        (copy, events[0].seq, events[-1].seq),
    )
    for target, body in rows:
        message, event = now.get(target), decode_event(body)
        if type(message) is MessageEvent and not isinstance(event, PassingEvent):
            now[target] = changed(message, event)
    return list(now.values())


def note_all(db: apsw.Connection) -> None:
    """As `Changes.keep`, of all that a file of an older version holds."""
    noted = Changes(db)
    query = "SELECT copy, body FROM event WHERE instr(body, ?) OR instr(body, ?)"
    for copy, body in list(db.execute(query, (b'"target"', b'"thread"'))):
        with contextlib.suppress(Refused):  # who reads it is told
            event = decode_event(body)
            if not isinstance(event, PassingEvent) and changed_by(event) is not None:
                noted.keep(copy, [Received(event, body)])


def _deleted(db: apsw.Connection, copy: int, first: int, last: int) -> set[int]:
    """Which messages from `first` to `last` an event of the copy deletes."""
    query = "SELECT target FROM change WHERE copy = ? AND target BETWEEN ? AND ? AND gone"
    return {target for (target,) in db.execute(query, (copy, first, last))}


def _wipe(db: apsw.Connection, copy: int, target: int, message: MessageEvent | None) -> None:
    """Take the text of a message out of the copy, and out of those of earlier lives in which it is the same,
    also what it said before it was edited. `message`: as it is, if that is known.
    """
    query = "SELECT id FROM copy WHERE room = (SELECT room FROM copy WHERE id = ?)"
    for (other,) in list(db.execute(query, (copy,))):
        theirs = _message(db, other, target)
        if other == copy or (message is not None and theirs is not None and _same(message, theirs)):
            _wipe_in(db, other, target)


def _same(one: MessageEvent, other: MessageEvent) -> bool:
    return (one.id, one.account, one.at) == (other.id, other.account, other.at)


def _wipe_in(db: apsw.Connection, copy: int, target: int) -> None:
    rows = db.execute(
        "SELECT seq, body FROM event WHERE copy = ?1 AND"
        " (seq = ?2 OR seq IN (SELECT seq FROM change WHERE copy = ?1 AND target = ?2))",
        (copy, target),
    )
    for seq, body in list(rows):
        told: dict[str, Any] = msgspec.json.decode(body)
        if (told["op"], seq == target) not in (("message", True), ("edited", False)):
            continue
        left = {name: value for name, value in told.items() if name not in _WIPED}
        if seq == target:
            left["deleted"] = True
        if left != told:
            db.execute(
                "INSERT OR REPLACE INTO event VALUES (?, ?, ?)", (copy, seq, msgspec.json.encode(left))
            )
            db.execute("INSERT OR REPLACE INTO meta VALUES ('wiped', '')")


def _message(db: apsw.Connection, copy: int, seq: int) -> MessageEvent | None:
    rows = db.execute("SELECT body FROM event WHERE copy = ? AND seq = ?", (copy, seq))
    found = next((decode_event(body) for (body,) in rows), None)
    return found if type(found) is MessageEvent else None


_WIPED = ("text", "mentions", "reactions", "pinned", "edited_at")
_PINNED = b'"pinned"'  # an op, or what a message is: no text holds it, where each " has a sign before it
