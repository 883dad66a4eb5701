"""The file of the search: under which keys each message stands. Runs in the thread of its connection. SQL.

No text is in it, and what is found is compared with the log. A message has a number (`doc`), in the order in
which they were stored. So many of them are a volume, a table of its own: what is asked of one takes a bounded
time, however it is asked. docs/decisions/0027-search.md
"""

import secrets
import struct
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import apsw
import msgspec
from loggia.broker.storage.page_ends import PageEnds
from loggia.shared.process import files, ownership, paths

VERSION = 1
VOLUME = 65_536  # messages
BLOCK = 128  # of them, whose places stand together
PLACE = struct.Struct("<q")
WIPE_ROWS = 20_000  # of an index looked through in one step: some ms
WIPE_DOCS = 500  # messages whose words are looked for at once
MERGE_PAGES = 32  # written in one step
PAGE_BYTES = 1000  # of a table: FTS5 merges so many of them at once that larger ones take long
CHECKPOINT_PAGES = 250  # of the WAL: some ms

_SCHEMA = f"""
CREATE TABLE meta(key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
-- up to which event each room is here
CREATE TABLE rooms(number INTEGER PRIMARY KEY, seq INTEGER NOT NULL);
-- of {BLOCK} messages their places in the log, and the times of the oldest and the newest
CREATE TABLE blocks(
    first INTEGER PRIMARY KEY, oldest INTEGER NOT NULL, newest INTEGER NOT NULL, places BLOB NOT NULL
);
CREATE INDEX blocks_oldest ON blocks(oldest, newest);
-- full ones: whether what was written piece by piece is one piece now
CREATE TABLE volumes(number INTEGER PRIMARY KEY, merged INTEGER NOT NULL);
-- messages whose text is another now, and its keys; NULL: it has none
CREATE TABLE stale(doc INTEGER PRIMARY KEY, keys TEXT);
"""


class Entry(NamedTuple):
    """A message: its place in the log (event_rows.py), its time, and its keys, with spaces between them."""

    place: int
    at: int
    keys: str


class _Wiping:
    """A volume that is looked through for the keys of some messages: behind which key, and what was found."""

    def __init__(self, volume: int, docs: Sequence[int]) -> None:
        self.volume = volume
        self.docs = docs
        self.behind = ""
        self.found: dict[int, list[str]] = {doc: [] for doc in docs}


class SearchIndex:
    """Of the log whose life is `epoch`; ends with `close`. Raises apsw.Error; what it is of another log or
    version, or is no index, raises Unusable.

    Attributes: `upto`, by number of a room, the newest event that is in it; `count`, of messages; `stale`, of
    how many the text is another now.
    """

    def __init__(self, file: Path, epoch: str) -> None:
        with ownership.rights_of_owner(file.parent):
            files.make(file)
            self._db = apsw.Connection(paths.for_sqlite(file))
        try:
            self._open(epoch)
        except BaseException:
            self._db.close(True)
            raise

    def close(self) -> None:
        with suppress(apsw.Error):  # a full disk keeps it in the WAL
            self._db.close(True)

    def _open(self, epoch: str) -> None:
        db = self._db
        db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")  # what a power loss takes is indexed again
        db.wal_autocheckpoint(CHECKPOINT_PAGES)
        if db.pragma("user_version") == 0 and not db.execute("SELECT count(*) FROM sqlite_schema").get:
            with db:
                db.execute(_SCHEMA)
                new = [("epoch", epoch), ("secret", secrets.token_bytes(32))]
                db.executemany("INSERT INTO meta VALUES(?, ?)", new)
                db.pragma("user_version", VERSION)
        if db.pragma("user_version") != VERSION:
            raise Unusable("it is of another version")
        if db.execute("SELECT value FROM meta WHERE key = 'epoch'").get != epoch:
            raise Unusable("it is of another log")
        self._page_ends = PageEnds(bytes(db.execute("SELECT value FROM meta WHERE key = 'secret'").get))
        self._is_in_wal = True  # what was taken out before a crash may be
        self.load()

    def load(self) -> None:
        """What is in memory, as the disk has it."""
        db = self._db
        self.upto: dict[int, int] = {room: seq for room, seq in db.execute("SELECT number, seq FROM rooms")}
        last = db.execute("SELECT first, length(places) FROM blocks ORDER BY first DESC LIMIT 1").get
        self.count = 0 if last is None else last[0] + last[1] // PLACE.size
        self.stale = int(db.execute("SELECT count(*) FROM stale").get)
        self._unmerged = [n for (n,) in db.execute("SELECT number FROM volumes WHERE NOT merged")]
        self._is_merging = False
        self._wiping: _Wiping | None = None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All of it or nothing. Whoever is broken off in it has to `load` before anything else."""
        with self._db:
            yield

    # -- Writing, within `writing` -------------------------------------------------------------

    def add(self, entries: Iterable[Entry]) -> None:
        """What comes next."""
        rest = list(entries)
        while rest:
            volume = self.count // VOLUME
            some, rest = (
                rest[: (volume + 1) * VOLUME - self.count],
                rest[(volume + 1) * VOLUME - self.count :],
            )
            if self.count % VOLUME == 0:
                self._begin(volume)
            keyed = [(doc, entry.keys) for doc, entry in enumerate(some, self.count) if entry.keys]
            self._db.executemany(f"INSERT INTO words_{volume}(rowid, keys) VALUES(?, ?)", keyed)
            self._place(some)

    def reached(self, upto: dict[int, int]) -> None:
        """So far these rooms are here."""
        self._db.executemany("REPLACE INTO rooms VALUES(?, ?)", upto.items())
        self.upto.update(upto)

    def change(self, doc: int, keys: str | None) -> None:
        """The text of a message is another now; None: it has none any more."""
        self._db.execute("REPLACE INTO stale VALUES(?, ?)", (doc, keys))
        self.stale = int(self._db.execute("SELECT count(*) FROM stale").get)

    def _begin(self, volume: int) -> None:
        self._db.execute(
            f"CREATE VIRTUAL TABLE words_{volume} USING fts5("
            "keys, content='', columnsize=0, detail=none, tokenize='ascii')"
        )
        options = [("secure-delete", 1), ("pgsz", PAGE_BYTES)]
        self._db.executemany(f"INSERT INTO words_{volume}(words_{volume}, rank) VALUES(?, ?)", options)
        self._db.execute(f"CREATE VIRTUAL TABLE keys_{volume} USING fts5vocab(words_{volume}, instance)")
        if volume:
            self._db.execute("INSERT INTO volumes VALUES(?, 0)", (volume - 1,))
            self._unmerged.append(volume - 1)

    def _place(self, entries: Sequence[Entry]) -> None:
        while entries:
            first = self.count // BLOCK * BLOCK
            room_left = first + BLOCK - self.count
            some, entries = entries[:room_left], entries[room_left:]
            times = [entry.at for entry in some]
            self._db.execute(
                "INSERT INTO blocks VALUES(?1, ?2, ?3, ?4) ON CONFLICT(first) DO UPDATE SET "
                "oldest = min(oldest, ?2), newest = max(newest, ?3), places = CAST(places || ?4 AS BLOB)",
                (first, min(times), max(times), b"".join([PLACE.pack(entry.place) for entry in some])),
            )
            self.count += len(some)

    # -- What is better done when nobody asks for anything -------------------------------------

    def tidy(self) -> bool:
        """Some ms of it; whether there is more."""
        return self._wipe() or self._empty_wal() or self._merge()

    def _wipe(self) -> bool:
        """Take messages out of the keys they had, and into those that they have: no file says which these
        were. Keys are not stored by message, so a whole volume is looked through."""
        if not self.stale:
            return False
        wiping = self._wiping = self._wiping or self._to_wipe()
        db, volume = self._db, wiping.volume
        within = f"SELECT term FROM keys_{volume} WHERE term > ? LIMIT {WIPE_ROWS}"
        last = db.execute(f"SELECT max(term) FROM ({within})", (wiping.behind,)).get
        if last is not None:
            sql = f"SELECT term, doc FROM keys_{volume} WHERE term > ? AND term <= ? AND doc IN ({_ALL})"
            for term, doc in db.execute(sql, (wiping.behind, last, _listed(wiping.docs))):
                wiping.found[doc].append(term)
            wiping.behind = last
            return True
        self._is_in_wal = True
        with self.writing():
            for doc, terms in wiping.found.items():
                self._replace(volume, doc, terms)
            self._db.execute(f"DELETE FROM stale WHERE doc IN ({_ALL})", (_listed(wiping.docs),))
        self._wiping = None
        self.stale = int(db.execute("SELECT count(*) FROM stale").get)
        self._empty_wal()
        return True

    def _empty_wal(self) -> bool:
        """It has pages with what was taken out."""
        if not self._is_in_wal:
            return False
        self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        self._is_in_wal = False
        return True

    def _to_wipe(self) -> _Wiping:
        volume = self._db.execute("SELECT min(doc) FROM stale").get // VOLUME
        sql = f"SELECT doc FROM stale WHERE doc < ? ORDER BY doc LIMIT {WIPE_DOCS}"
        return _Wiping(volume, [doc for (doc,) in self._db.execute(sql, ((volume + 1) * VOLUME,))])

    def _replace(self, volume: int, doc: int, terms: Sequence[str]) -> None:
        if terms:
            sql = f"INSERT INTO words_{volume}(words_{volume}, rowid, keys) VALUES('delete', ?, ?)"
            self._db.execute(sql, (doc, " ".join(terms)))
        keys = self._db.execute("SELECT keys FROM stale WHERE doc = ?", (doc,)).get
        if keys:
            self._db.execute(f"INSERT INTO words_{volume}(rowid, keys) VALUES(?, ?)", (doc, keys))

    def _merge(self) -> bool:
        """A full volume becomes one piece: the smallest one, and the quickest to ask."""
        if not self._unmerged:
            return False
        volume = self._unmerged[0]
        before = self._db.total_changes()
        pages = MERGE_PAGES if self._is_merging else -MERGE_PAGES  # what is negative says that all is meant
        with self.writing():
            self._db.execute(f"INSERT INTO words_{volume}(words_{volume}, rank) VALUES('merge', ?)", (pages,))
            is_whole = self._db.total_changes() - before < 2
            if is_whole:
                self._db.execute("UPDATE volumes SET merged = 1 WHERE number = ?", (volume,))
        self._is_merging = not is_whole
        if is_whole:
            self._unmerged.pop(0)
        return True

    # -- Reading -------------------------------------------------------------------------------

    def docs(self, query: str, volume: int, first: int, last: int) -> Generator[int]:
        """The messages of a volume from one to another, both counted in, that a query of FTS5 means, the
        newest first. To be closed."""
        sql = f"SELECT rowid FROM words_{volume} WHERE words_{volume} MATCH ? AND rowid BETWEEN ? AND ?"
        with closing(self._db.cursor()) as cursor:
            for (doc,) in cursor.execute(f"{sql} ORDER BY rowid DESC", (query, first, last)):
                yield doc

    def within(self, first: int, last: int, since: int | None, until: int | None) -> tuple[int, int]:
        """Which of these messages can be of a time, Unix ms: from, and to; the latter is smaller where none
        is."""
        if since is None and until is None:
            return first, last
        low, high = self._db.execute(
            "SELECT min(first), max(first) FROM blocks WHERE first BETWEEN ? AND ? "
            "AND (?3 IS NULL OR newest >= ?3) AND (?4 IS NULL OR oldest <= ?4)",
            (first // BLOCK * BLOCK, last, since, until),
        ).get
        return (last + 1, last) if low is None else (max(first, low), min(last, high + BLOCK - 1))

    def places(self, doc: int) -> Sequence[int]:
        """Where the messages of its block stand in the log."""
        (block,) = self._db.execute("SELECT places FROM blocks WHERE first = ?", (doc // BLOCK * BLOCK,))
        return [place for (place,) in PLACE.iter_unpack(block[0])]

    def find(self, place: int, at: int) -> int | None:
        """The message that stands there in the log; `at`: its time."""
        sql = "SELECT first, places FROM blocks WHERE oldest <= ? AND newest >= ? ORDER BY oldest DESC"
        packed = PLACE.pack(place)
        with closing(self._db.cursor()) as cursor:
            for first, places in cursor.execute(sql, (at, at)):
                found = places.find(packed)
                while found >= 0 and found % PLACE.size:
                    found = places.find(packed, found + 1)
                if found >= 0:
                    doc: int = first + found // PLACE.size
                    return doc
        return None

    @property
    def page_ends(self) -> PageEnds:
        """What ends of pages are sealed with."""
        return self._page_ends

    def inherit(self, page_ends: PageEnds) -> None:
        """That of an index of the same log, which is gone."""
        with self.writing():
            self._db.execute("UPDATE meta SET value = ? WHERE key = 'secret'", (page_ends.secret,))
        self._page_ends = page_ends


class Unusable(Exception):
    """Not the index that is wanted."""


def _listed(docs: Sequence[int]) -> str:
    return msgspec.json.encode(docs).decode()


_ALL = "SELECT value FROM json_each(?)"


def query(exact: Collection[str], begin: str, scope: Collection[str]) -> str:
    """What FTS5 is asked for: all of these keys, one with this begin, if it is not empty, and one of the
    scope."""
    parts = [f'"{key}"' for key in exact]
    if begin:
        parts.append(f'"{begin}" *')
    if scope:
        parts.append("(" + " OR ".join(f'"{key}"' for key in scope) + ")")
    return " AND ".join(parts)
