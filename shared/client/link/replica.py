"""This computer's copy: the logs of rooms, the outbox, the account, and a bot's own cursors. SQL is here.

Runs in the thread of the link that opened it, and ends with `close`. One program writes a file: a second one
gets StorageBroken. Every `keep` is one transaction, on the disk (fsync) when it returns.
"""

import contextlib
import itertools
import pathlib
from collections.abc import Callable, Iterable, Iterator

import apsw
from loggia.shared.client import effects
from loggia.shared.client.commands import Say
from loggia.shared.client.link import migrations
from loggia.shared.client.link.changes import Changes, entries, pins, texts
from loggia.shared.client.link.copy_file import broken, check, check_number, make
from loggia.shared.client.link.tables import CHANGE, TABLES
from loggia.shared.client.saved import Entry, Saved, SavedCopy, SavedRoom
from loggia.shared.process import ownership, paths
from loggia.shared.process.migrations import Upgrade, keep
from loggia.shared.protocol.errors import Refused, StorageBroken, StorageFull
from loggia.shared.protocol.events import StoredEvent


class Replica:
    """One file, or SQLite's memory when `path` is None; raises StorageBroken when it cannot be used.

    Attribute: `upgraded`, what was done to a file of an older version.
    """

    def __init__(self, path: pathlib.Path | None) -> None:
        self._where = "memory" if path is None else str(path)
        # What is in the tables; one that changes is another, so that who fails goes back to the one before
        self._copies: dict[str, tuple[str, int]] = {}  # room -> epoch, number
        self._layouts: dict[int, list[tuple[int, int]]] = {}  # number -> spans, the newest as it was written
        self.upgraded: Upgrade | None = None
        rights: contextlib.AbstractContextManager[None] = contextlib.nullcontext()
        try:
            if path is not None:
                ownership.refuse_link(path)
                check(path)  # before anything is touched
                path = paths.real(path)  # what is beside a file is not beside a link to it
                make(path)
                rights = ownership.rights_of_owner(path.parent)
            with rights:
                self._db = apsw.Connection(":memory:" if path is None else paths.for_sqlite(path))
                try:
                    self._open(path)
                except BaseException:
                    self._db.close()
                    raise
        except (OSError, apsw.Error) as reason:
            raise broken(self._where, reason) from reason

    def close(self) -> None:
        self._db.close()

    def saved(self) -> Saved:
        """What earlier runs kept."""
        with self._reading():
            meta = dict(self._db.execute("SELECT key, value FROM meta"))
            wanted = {name: bool(flag) for name, flag in self._db.execute("SELECT name, wanted FROM room")}
            return Saved(
                tokens=[
                    token for (token,) in self._db.execute("SELECT token FROM account ORDER BY place DESC")
                ],
                last_id=meta.get("last_id", ""),
                rooms=[
                    self._saved_room(name, wanted.get(name, True))
                    for name in dict.fromkeys([*wanted, *self._copies])
                ],
                outbox=[
                    Entry(
                        place=place,
                        say=Say(id=id_, room=room, text=text, reply_to=to, thread=thread),
                        at=at,
                        code=code,
                        reason=reason,
                    )
                    for place, id_, room, text, to, thread, at, code, reason in self._db.execute(
                        "SELECT place, id, room, text, reply_to, thread, at, code, reason FROM outbox"
                        " ORDER BY place"
                    )
                ],
                old=self._archived_copies(),
                given=meta.get("given", ""),
                nick=meta.get("nick", ""),
                asked=bool(meta.get("asked")),
            )

    def keep(self, changes: Iterable[effects.Keep]) -> None:
        """Write all or nothing; raises StorageFull when the disk took nothing of it."""
        before = self._copies, self._layouts
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for kind, run in itertools.groupby(changes, type):
                _WRITES[kind](self, run)
            self._db.execute("COMMIT")
            if self._changes.is_stale:
                self._changes.settle()
        except (apsw.Error, Refused) as reason:
            self._copies, self._layouts = before
            if self._db.in_transaction:  # a full disk has rolled back already
                self._db.execute("ROLLBACK")
            if isinstance(reason, apsw.FullError | apsw.IOError):
                raise StorageFull(f"The disk refused to store what is new in {self._where}.") from reason
            raise broken(self._where, reason) from reason

    def events(self, room: str, epoch: str, after: int, upto: int) -> list[StoredEvent]:
        """The entries `after` < seq <= `upto` of a copy, ascending; of one that was set aside as well."""
        with self._reading():
            return entries(self._db, self._number(room, epoch), after, upto)

    def texts(self, room: str, epoch: str, seq: int) -> list[StoredEvent]:
        """Message `seq` as it came to a copy, then what edited and deleted it as far as that is there."""
        with self._reading():
            return texts(self._db, self._number(room, epoch), seq)

    def pins(self, room: str, epoch: str) -> list[StoredEvent]:
        """The messages of a copy that are pinned, ascending, as they are by all that it holds; of those that
        it does not hold, what says that they are pinned."""
        with self._reading():
            return pins(self._db, self._number(room, epoch))

    def _open(self, path: pathlib.Path | None) -> None:
        try:
            for pragma in _PRAGMAS:
                self._db.execute(f"PRAGMA {pragma}")
            self._prepare(path)
            self._changes = Changes(self._db)
            self._changes.settle()
        except apsw.BusyError as reason:
            text = f"{self._where} is in use by another program; close that one, or choose another folder."
            raise StorageBroken(text) from reason
        except apsw.Error as reason:
            raise broken(self._where, reason) from reason
        with self._reading():
            rows = self._db.execute("SELECT copy.room, epoch, id FROM current JOIN copy ON id = copy")
            self._copies = {room: (epoch, copy) for room, epoch, copy in rows}

    def _prepare(self, path: pathlib.Path | None) -> None:
        """Make the tables, or bring those of an older version here, whole or not at all."""
        newest = migrations.REPLICA.newest
        with self._db:  # a file without tables is locked from here on, too
            number = self._db.pragma("user_version")
            if number == 0:
                self._db.execute(TABLES + CHANGE)
                self._db.pragma("user_version", newest)
        check_number(self._where, number)
        if number in (0, newest):
            return
        kept = None if path is None else keep(self._db, path, number)
        with self._db:
            migrations.REPLICA.run(self._db, number)
        self.upgraded = None if kept is None else Upgrade(number, newest, kept)

    def _saved_room(self, name: str, wanted: bool) -> SavedRoom:
        epoch, copy = self._copies.get(name, ("", 0))
        handled = next(self._db.execute("SELECT handled FROM copy WHERE id = ?", (copy,)), (None,))[0]
        return SavedRoom(
            room=name,
            wanted=wanted,
            epoch=epoch,
            spans=self._spans(copy),
            handled=handled,
            anchored=self._is_anchored(copy),
        )

    def _archived_copies(self) -> list[SavedCopy]:
        rows = self._db.execute(
            "SELECT id, room, epoch, handled FROM copy WHERE id NOT IN (SELECT copy FROM current) ORDER BY id"
        )
        return [
            SavedCopy(
                room=room,
                epoch=epoch,
                spans=self._spans(copy),
                handled=handled,
                anchored=self._is_anchored(copy),
            )
            for copy, room, epoch, handled in list(rows)
        ]

    def _spans(self, copy: int) -> list[tuple[int, int]]:
        """The newest goes as far as there are entries: it grows with each, and is not written then."""
        spans = list(self._db.execute("SELECT first, last FROM span WHERE copy = ? ORDER BY first", (copy,)))
        if spans:
            query = "SELECT max(seq) FROM event WHERE copy = ?"
            newest = next(self._db.execute(query, (copy,)))[0] or 0
            spans[-1] = (spans[-1][0], max(spans[-1][1], newest))
        return spans

    def _is_anchored(self, copy: int) -> bool:
        """Whether the entry before the newest span is here, which no span counts."""
        first = "(SELECT max(first) FROM span WHERE copy = ?)"
        query = f"SELECT 1 FROM event WHERE copy = ? AND seq = {first} - 1"
        return bool(list(self._db.execute(query, (copy, copy))))

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """What cannot be read is damaged, and said to be so."""
        try:
            yield
        except (apsw.Error, Refused) as reason:
            raise broken(self._where, reason) from reason

    # -- Writes --------------------------------------------------------------------------------

    def _keep_account(self, changes: Iterable[effects.KeepAccount]) -> None:
        for change in changes:
            self._db.execute("DELETE FROM account WHERE account = ?", (change.account,))
            self._db.execute(
                "INSERT INTO account (account, token) VALUES (?, ?)", (change.account, change.token)
            )
        self._db.execute(
            "DELETE FROM account WHERE place NOT IN (SELECT place FROM account ORDER BY place DESC LIMIT ?)",
            (effects.ACCOUNTS,),
        )

    def _keep_nick(self, changes: Iterable[effects.KeepNick]) -> None:
        for change in changes:
            asked = "yes" if change.asked else ""
            names = [("given", change.given), ("nick", change.nick), ("asked", asked)]
            self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", names)

    def _keep_room(self, changes: Iterable[effects.KeepRoom]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO room VALUES (?, ?)", [(change.room, change.wanted) for change in changes]
        )

    def _keep_copy(self, changes: Iterable[effects.KeepCopy]) -> None:
        for change in changes:
            copy = self._copy(change.room, change.epoch)
            self._changes.keep(copy, change.entries)
            layout = self._layouts.get(copy)
            if layout is None or layout[:-1] != change.spans[:-1] or layout[-1][0] != change.spans[-1][0]:
                self._keep_spans(copy, change.spans)

    def _keep_spans(self, copy: int, spans: list[tuple[int, int]]) -> None:
        self._db.execute("DELETE FROM span WHERE copy = ?", (copy,))
        self._db.executemany("INSERT INTO span VALUES (?, ?, ?)", [(copy, *span) for span in spans])
        self._layouts = {**self._layouts, copy: spans}

    def _copy(self, room: str, epoch: str) -> int:
        """The number of a room's copy; another epoch begins a new one, and the old one stays aside."""
        held_epoch, copy = self._copies.get(room, ("", 0))
        if held_epoch == epoch and copy:
            return copy
        self._db.execute("INSERT OR IGNORE INTO copy (room, epoch) VALUES (?, ?)", (room, epoch))
        copy = self._number(room, epoch)
        self._db.execute("INSERT OR REPLACE INTO current VALUES (?, ?)", (room, copy))
        self._copies = {**self._copies, room: (epoch, copy)}
        return copy

    def _archived(self, room: str, epoch: str) -> int:
        """The number of a copy that was set aside under this name; 0: none was."""
        if self._copies.get(room, ("", 0))[0] == epoch:
            return 0
        return self._number(room, epoch)

    def _number(self, room: str, epoch: str) -> int:
        """That of a copy, which may be set aside; 0: there is none."""
        rows = self._db.execute("SELECT id FROM copy WHERE room = ? AND epoch = ?", (room, epoch))
        return next((copy for (copy,) in rows), 0)

    def _set_aside(self, changes: Iterable[effects.SetAside]) -> None:
        for change in changes:
            self._db.execute(
                "UPDATE copy SET epoch = ? WHERE room = ? AND epoch = ?",
                (change.name, change.room, change.epoch),
            )
            self._db.execute("DELETE FROM current WHERE room = ?", (change.room,))
            self._copies = {room: copy for room, copy in self._copies.items() if room != change.room}

    def _keep_handled(self, changes: Iterable[effects.KeepHandled]) -> None:
        for change in changes:
            copy = self._archived(change.room, change.epoch) or self._copy(change.room, change.epoch)
            self._db.execute("UPDATE copy SET handled = ? WHERE id = ?", (change.seq, copy))

    def _keep_entry(self, changes: Iterable[effects.KeepEntry]) -> None:
        entries = [change.entry for change in changes]
        self._db.executemany(
            "INSERT OR REPLACE INTO outbox (place, id, room, text, reply_to, thread, at, code, reason)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(one.place, one.id, one.room, *_said(one.say), one.at, one.code, one.reason) for one in entries],
        )
        self._db.execute(
            "INSERT INTO meta VALUES ('last_id', ?)"
            " ON CONFLICT DO UPDATE SET value = max(value, excluded.value)",
            (max(one.id for one in entries),),
        )

    def _drop_entry(self, changes: Iterable[effects.DropEntry]) -> None:
        ids = [change.id for change in changes]
        self._db.executemany("DELETE FROM outbox WHERE id = ?", [(id,) for id in ids])
        self._changes.dropped(ids)


def _said(say: Say) -> tuple[str, int | None, int | None]:
    return say.text, say.reply_to, say.thread


_PRAGMAS = ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL", "secure_delete = ON")
_WRITES: dict[type, Callable[..., None]] = {
    effects.KeepAccount: Replica._keep_account,
    effects.KeepNick: Replica._keep_nick,
    effects.KeepRoom: Replica._keep_room,
    effects.KeepCopy: Replica._keep_copy,
    effects.SetAside: Replica._set_aside,
    effects.KeepHandled: Replica._keep_handled,
    effects.KeepEntry: Replica._keep_entry,
    effects.DropEntry: Replica._drop_entry,
}
