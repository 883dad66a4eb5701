"""A second log beside the first: what the broker applied, as bytes, is applied to another core and log.

`Record` hears of it while a history is lived through, and changes nothing of it. Afterwards `follow` gives
the same bytes to a log that was empty, and that was never closed, killed or refused by its disk: after each
start of the broker, and at the end, the two are the same.
"""

import tempfile
import traceback
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import apsw
import msgspec
from loggia.broker.core import ordered
from loggia.broker.core.ordered import Ordered, Result
from loggia.broker.core.rooms import RoomsState
from loggia.broker.runtime.applier import Applied, Applier
from loggia.broker.storage import data_dir
from loggia.broker.storage.event_rows import SEQ_BITS
from loggia.broker.storage.log import Log

from tests.simulation.disk import Disk
from tests.simulation.ledger import Violation

FILES = (data_dir.DATABASE, data_dir.WAL)
TABLES = (
    *(
        "meta",
        "rooms",
        "accounts",
        "looks",
        "members",
        "rules",
        "chunks",
        "mixed",
        "message_states",
        "threads",
        "seals",
    ),
    *("tallies", "spoken", "deleted", "mentions", "marks"),
    *("runs", "strays"),
)

Files = Mapping[str, bytes]
Dump = Mapping[str, object]


class Batch(msgspec.Struct):
    """What was ordered, as bytes, and what came of it."""

    encoded: bytes
    results: Sequence[Result]


class Opened(msgspec.Struct):
    """The log as the broker has it, when it has just started and at the end.

    `pending`: what it applied when it died, which is in the log or is not. `put_back`: it is an old backup.
    """

    epoch: str
    files: Files
    core: Dump
    pending: bytes | None
    put_back: bool


class Record:
    """What one broker applies in a history.

    Attributes: `put_back`: somebody puts an old backup back. `failed`: how often a commit was refused by the
    disk, and did not happen. `broken`: what went wrong while it was watched.
    """

    def __init__(self, folder: Path, disk: Disk) -> None:
        self.entries: list[Batch | Opened] = []
        self.put_back = False
        self.failed = 0
        self.broken = ""
        self._folder, self._disk = folder, disk
        self._pending: bytes | None = None

    def watch(self, applier: Applier) -> None:
        """Hear of all that this one applies."""
        apply = applier.apply

        def apply_and_record(batch: Ordered) -> Applied:
            encoded = ordered.encode(batch)
            died_before = self._disk.dead
            try:
                applied = apply(batch)
            except Exception:
                self.failed += not self._disk.dead
                raise
            finally:
                if self._disk.dead and not died_before:  # what is on the disk is seen at the next start
                    self._pending = encoded
            if ordered.encode(batch) != encoded:
                self.broken = f"what was ordered is not the same any more: {batch}"
            if not self._disk.dead:
                self._applied(batch, applied)
            return applied

        applier.apply = apply_and_record

    def _applied(self, batch: Ordered, applied: Applied) -> None:
        done = [place for place in range(len(batch.commands)) if place not in applied.left_out]
        commands = [batch.commands[place] for place in done]
        encoded = ordered.encode(Ordered(batch.epoch, commands))
        self.entries.append(Batch(encoded, [applied.results[place] for place in done]))

    def opened(self, log: Log, rooms: RoomsState) -> None:
        files = {name: (self._folder / name).read_bytes() for name in FILES if (self._folder / name).exists()}
        self.entries.append(Opened(log.epoch, files, core_of(rooms), self._pending, self.put_back))
        self._pending, self.put_back = None, False


def follow(record: Record, *, restless: bool = False) -> str:
    """Apply it all to a second log; where it becomes another one, in words.

    `restless`: it is closed and opened again before each batch, and remembers nothing.
    """
    try:
        _follow(record, restless)
    except Violation as broken:
        return str(broken)
    except Exception:  # what was applied once can be applied again
        return traceback.format_exc()
    return ""


def _follow(record: Record, restless: bool) -> None:
    if record.broken:
        raise Violation(record.broken)
    with tempfile.TemporaryDirectory(prefix="loggia-") as folder:
        second: _Second | None = None
        try:
            for number, entry in enumerate(record.entries):
                if isinstance(entry, Opened):
                    # of an old backup that lacks no message, but who owns the broker, the epoch is the same
                    if second is None or second.log.epoch != entry.epoch or entry.put_back:
                        if second is not None:
                            second.log.close()
                        second = _Second(Path(folder) / str(number), entry)
                    second.goes_on_as(entry)
                else:
                    if restless:
                        second.open_again()
                    second.apply(entry)
        finally:
            if second is not None:
                second.log.close()


def fingerprint(record: Record) -> str:
    """Of all that was ordered, what came of it, and the logs it became."""
    entries = [
        repr((entry.epoch, log_in(entry.files)))
        if isinstance(entry, Opened)
        else repr((entry.encoded, entry.results))
        for entry in record.entries
    ]
    return sha256("\n".join(entries).encode()).hexdigest()


class _Second:
    """Begins empty, or from the file where somebody has put an old one in the place of the first."""

    def __init__(self, folder: Path, first: Opened) -> None:
        folder.mkdir()
        if first.put_back:
            _write(first.files, folder)
        self._folder = folder
        self._open(first.epoch)

    def _open(self, epoch: str) -> None:
        self.log = Log(self._folder, epoch)
        self.applier = Applier(self.log)

    def open_again(self) -> None:
        self.log.close()
        self._open("another life")

    def apply(self, batch: Batch) -> None:
        results = self.applier.apply(ordered.decode(batch.encoded)).results
        _same("what came of a batch", batch.results, results)

    def goes_on_as(self, first: Opened) -> None:
        log = log_in(first.files)
        if first.pending is not None and log != self._dump():
            self.applier.apply(ordered.decode(first.pending))
        for table, rows in log.items():
            _same(f"the log's {table}", rows, self._dump()[table])
        core = core_of(self.applier.rooms)
        for what, value in first.core.items():
            _same(f"the state's {what}", value, core[what])

    def _dump(self) -> Dump:
        return _tables(self.log.database.connection)


def core_of(rooms: RoomsState) -> Dump:
    """All that decides what comes next."""
    return {
        "rooms": {
            room.name: (room.number, room.place, room.head, room.at, sorted(room.people))
            for room in rooms._rooms.behind(None)
        },
        "people": {
            person.account: (*msgspec.structs.astuple(person)[:-1], sorted(person.rooms))
            for person in rooms.people()
        },
        "tokens": {token: person.account for token, person in rooms._people.by_token.items()},
        "nicks": rooms._people.names.by_account(),
        "numbers": (rooms._last_account, rooms._rooms.last),
    }


def log_in(files: Files) -> Dump:
    """All rows of a log."""
    with tempfile.TemporaryDirectory(prefix="loggia-") as folder:
        _write(files, Path(folder))
        db = apsw.Connection(str(Path(folder) / data_dir.DATABASE))
        try:
            return _tables(db)
        finally:
            db.close()


def _write(files: Files, folder: Path) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _tables(db: apsw.Connection) -> Dump:
    """Every row: of who stored what under which id, of accounts; of events each by itself, and the running
    hash where a room ends: in how many rows they lie depends on when nobody asked for anything."""
    found = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    if sorted(found) != sorted(TABLES):
        raise Violation(f"a log has other tables than are compared: {found}")
    rows = {table: list(db.execute(f"SELECT * FROM {table} ORDER BY 1, 2")) for table in TABLES}
    return {**rows, "chunks": _events(rows["chunks"])}


def _events(rows: Iterable[tuple[int, bytes, bytes]]) -> tuple[dict[int, bytes], dict[int, bytes]]:
    events, ends = {}, {}
    for place, chain, lines in rows:
        events |= dict(enumerate(lines.split(b"\n"), place))
        ends[place >> SEQ_BITS] = chain
    return events, ends


def _same(what: str, first: object, second: object) -> None:
    if first != second:
        raise Violation(f"{what} in a second log: {second}, in the first: {first}")
