"""The durable log: every room's events, who owns which account, who is where.

Runs in the broker's loop thread; `close` ends it. One connection writes and checkpoints (SQLite before 3.51.3
could corrupt a WAL that two connections reset at once). `append` returns after the fsync. A log that is not
what was written is served as far as it is sound, and takes nothing more: docs/reliability.md.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import apsw
import msgspec
from loggia.broker.core.rules import Rules
from loggia.broker.core.state import Batch, Room, Snapshot
from loggia.broker.storage import damage, data_dir, heads_file, integrity, migrations, rules
from loggia.broker.storage.chunks import Position, Unsound
from loggia.broker.storage.compaction import Compaction
from loggia.broker.storage.damage import Damage
from loggia.broker.storage.database import Database, check_format
from loggia.broker.storage.event_rows import DAMAGE, place_of
from loggia.broker.storage.hash_chain import Chain
from loggia.broker.storage.heads_file import HeadsFile, RoomEnd
from loggia.broker.storage.lookups import Lookups
from loggia.broker.storage.pages import LogPages
from loggia.broker.storage.seals import Seal
from loggia.broker.storage.tables import Tables
from loggia.broker.storage.work import Work
from loggia.shared.process import durable, ownership
from loggia.shared.protocol.errors import StorageBroken, StorageDamaged, StorageFull

FORGET_ACCOUNTS = 5000  # in one transaction: bounds memory and the WAL

_ADVICE = 'see what is left with the command "verify", or put a backup back with "restore"'

_log = logging.getLogger("loggia")


class Log(Lookups):
    """One broker's log in the folder `data`. Raises StorageBroken when it cannot be used.

    Attributes: `epoch`, the name of its life (docs/protocol.md, "Events"); `damage`, what is not sound;
    `database`, its file, for tools that work on it; `pages`, what is read of its events; `work`, what it has
    done.
    """

    def __init__(self, data: Path, new_epoch: str) -> None:
        self._data = data
        self.work = Work()
        self._witness: HeadsFile | None = None
        self._unreadable = ""  # why the disk could not be read last, as the log was told
        self._loaded = False  # what could be read once is damaged when it cannot be read any more
        self._sought: set[str] = set()  # for which reasons all was read
        data_dir.refuse_shared(data)
        with suppress(OSError):  # of which what follows has sentences
            check_format(data / data_dir.DATABASE)  # before anything is touched
        with ownership.rights_of_owner(data), ExitStack() as undo:
            self._lock = data_dir.lock(data)
            undo.callback(self._lock.close)
            self._told = heads_file.read(data / data_dir.HEADS)
            self._had_wal = data_dir.has_frames(data / data_dir.WAL)
            self.damage = damage.known(data / data_dir.DAMAGE)
            try:
                migrations.check_undamaged(check_format(data / data_dir.DATABASE), self.damage)
                durable.settle(data / data_dir.WAL)  # before anybody is told what it holds
                undo.callback(self._dismiss_witness)
                self.database = Database(data / data_dir.DATABASE, new_epoch)
                undo.callback(self.database.close)
                self.database.before_checkpoint = self._settle
                self._db = self.database.connection
                tables = self._tables = Tables(self._db)
                self._chunks, self._accounts, self._ids = tables.chunks, tables.accounts, tables.ids
                self._tallies = tables.tallies
                self.pages = LogPages(self._db, tables, self._reading, self._head)
                if self._chunks.seals.any:  # the last run may have ended before it was done
                    tables.wiping.ask()
                self._compaction = Compaction(self.database, self._chunks)
                self._examine(new_epoch)
                self._examined_at = self._db.total_changes()
                self.epoch = self.database.epoch
                if (upgraded := self.database.upgraded) is not None:
                    level = logging.WARNING if upgraded.kept.file is None else logging.INFO
                    _log.log(level, "The log was brought %s.", upgraded)
            except apsw.Error as reason:
                raise StorageBroken(f"the log in {data} cannot be read: {reason}; {_ADVICE}") from reason
            except OSError as reason:
                raise StorageBroken(f"the log in {data} cannot be written: {reason.strerror}") from reason
            undo.pop_all()

    def close(self) -> None:
        if self._tables.wiping.waits and not self.damage:
            with suppress(StorageDamaged, apsw.ConnectionClosedError):  # closed twice, it is done once
                self._tables.wiping.finish(self.database)
        self.database.close()
        self._dismiss_witness()
        self._lock.close()

    @property
    def frozen(self) -> str:
        """Why nothing can be stored, for those who want to; empty when all is well."""
        return f"The log of this broker is damaged: {damage.in_words(self.damage)}." if self.damage else ""

    def load(self) -> Snapshot:
        """The state as the disk has it: all rooms, and the people whose session is not over.

        Raises StorageBroken.
        """
        rooms = self.load_rooms()
        with self._loading():
            _, owners, founding = rules.load(self._db)
            world = Snapshot(rooms, self._accounts.present(), self._accounts.last(), owners, founding)
        self._loaded = True
        return world

    def load_rooms(self, *, ruled: bool = True) -> dict[str, Room]:
        """All rooms as far as they are sound, for those who know who is there. `ruled`: and who may do what
        in them, which can be made again. Raises StorageBroken.
        """
        with self._loading():
            if self.damage or self._examined_at != self._db.total_changes():
                self._chunks.load()
                if found := self._look_at_ends():
                    self._note(found)
            self._examined_at = -1
            found_rules = rules.load(self._db)[0] if ruled else {}
            return {name: self._room(at, name, found_rules.get(at)) for at, name in self._tables.rooms()}

    def append(self, batch: Batch) -> None:
        """Make the batch durable, whole or not at all. Raises StorageFull, StorageDamaged."""
        if batch.wiped and self._witness is not None:
            self._witness.secure(self._chains, batch.wiped)
        began = time.perf_counter()
        try:
            with self.database.transaction():
                ends, change = self._tables.write(batch, self._chains)
        except BaseException as reason:
            self._tallies.forget()
            if isinstance(reason, StorageDamaged | msgspec.DecodeError | Unsound):  # counted lines are read
                self._search(str(reason))
                raise StorageDamaged(str(reason)) from reason
            raise
        if batch.wiped:
            self._tables.wiping.ask()
        self.work.committed(batch, time.perf_counter() - began)
        self._chunks.settle(change)
        self._compaction.spoken(ends)
        self.added(ends)

    def relieve(self, *, resting: bool = False) -> bool:
        """Copy back what the WAL holds where it is much; some ms. Call it when all is answered.

        `resting`: nobody waits for anything, so already where it is less. Returns whether it was much.
        """
        done = self.database.relieve(resting=resting)
        if self._tables.wiping.is_due(resting=resting) and not self.damage:
            self._tables.wiping.finish(self.database)
            done = True
        if self.database.changed and not self.damage:
            self._search(self.database.changed)
        return done

    def rest(self, now: float) -> bool:
        """Nobody asks for anything: some ms of what is better done then; whether there is more of it.

        `now`: s, of any clock that goes on.
        """
        if self.damage:
            return False
        if self.relieve(resting=True):
            return True
        try:
            counts = self.pages.count_ahead(self._chains)
            return counts or self._compaction.step(now) or self._tables.wiping.waits
        except StorageDamaged as reason:
            self._search(str(reason))
            return False

    def try_to_write(self) -> None:
        """Write and sync as a batch does, without a change to what is stored. Raises as `append`."""
        try:
            self.database.write_nothing()
        except StorageDamaged as reason:
            self._search(str(reason))
            raise
        self.relieve()

    def forget_visitors(self) -> None:
        """Remove the accounts of visitors who left while nothing could be stored, or to an older version.

        A disk that refuses keeps them until the next start. Raises StorageBroken.
        """
        if self.damage:
            return
        try:
            with self._loading():
                for numbers in self._accounts.left_over(FORGET_ACCOUNTS):
                    with self.database.transaction():
                        self._accounts.forget(numbers)
                    self.database.relieve()
        except StorageFull as reason:
            _log.warning("Visitors who are gone could not be removed from the log: %s.", reason)
        except StorageDamaged as reason:
            self._search(str(reason))

    def added(self, ends: Mapping[int, Chain]) -> None:
        """These rooms, by number, end here, and that is on the disk."""
        self._chains |= ends
        if self._witness is not None:
            self._witness.note((number, RoomEnd(end.seq, end.digest)) for number, end in ends.items())

    # -- Whether it is sound -------------------------------------------------------------------

    def _examine(self, new_epoch: str) -> None:
        """Compare with what was answered for. A damaged log keeps its witness as it is, and gets none."""
        found = self._look_at_ends()
        life: integrity.Life = "same"
        promised = self._told is not None and self._told.ends
        ends = {number: RoomEnd(end.seq, end.digest) for number, end in self._chains.items() if end.seq}
        if (promised or not self.database.is_new) and not (found or self.damage):
            rooms = [(number, name, ends.get(number)) for number, name in self._tables.rooms()]
            life, found = integrity.compare(
                self._told, self.database.epoch, rooms, self._chunks, had_wal=self._had_wal
            )
        if found or self.damage:
            self._note(found)
            return
        # the witness first: whoever starts behind a crash in between finds another log, and no damage
        epoch = self.database.epoch if life == "same" else new_epoch
        self._witness = HeadsFile(self._data / data_dir.HEADS, epoch, ends, in_wal=self._had_wal)
        if life != "same":
            self.database.begin_life(new_epoch)
            if promised or ends:  # else there is nothing that anybody could have a copy of
                _log.warning(
                    "This log begins a new life, because %s. Clients keep what they have and start again.",
                    integrity.WHY_NEW[life],
                )
        if self._had_wal:
            self.database.checkpoint()  # mends pages that a power loss left half written

    def _settle(self) -> None:
        """The WAL is about to be emptied. Raises OSError: what it holds is not safe without it yet."""
        if self._witness is not None:
            self._witness.settle()
        elif not self.damage:
            raise OSError("nothing beside the log tells how far it has come")

    def _dismiss_witness(self) -> None:
        if self._witness is not None:
            self._witness.close()
            self._witness = None

    def _look_at_ends(self) -> list[Damage]:
        """Where each room ends, as far as it is sound; returns what is not and was not known."""
        known = {damaged.room: damaged.first for damaged in self.damage}
        self._chains: dict[int, Chain] = {}
        self._newest: dict[int, bytes] = {}
        self._chunks.last_rows = {}
        found = []
        if self._chunks.unreadable and None not in known:
            found.append(Damage(None, 0, self._chunks.unreadable))
        for number, name in self._tables.rooms():
            look = integrity.whole if name in known else integrity.end_of
            sound = look(self._chunks, number, name)
            self._chains[number] = sound.chain
            if sound.newest is not None:
                self._newest[number] = sound.newest.events()[-1]
            if sound.damage is not None:
                self._chunks.last_rows[number] = sound.newest.first if sound.newest else 0
                if name not in known:
                    found.append(sound.damage)
        return found

    def _note(self, found: list[Damage]) -> None:
        """Nothing is stored from here on, in later runs neither, until the log is restored."""
        self.damage += found
        self._dismiss_witness()
        try:
            damage.keep(self._data / data_dir.DAMAGE, self.damage)
        except OSError as reason:
            _log.error("What is damaged could not be written down: %s.", reason.strerror)
        _log.error(
            "The log is damaged: %s. What is sound can be read, nothing is stored; %s.",
            damage.in_words(self.damage),
            _ADVICE,
        )

    @contextmanager
    def _loading(self) -> Iterator[None]:
        try:
            yield
        except (apsw.Error, msgspec.DecodeError) as reason:
            if self._loaded and isinstance(reason, DAMAGE):
                self._search(str(reason))
            raise StorageBroken(f"the log cannot be read: {reason}. {_ADVICE}") from reason

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (*DAMAGE, msgspec.DecodeError) as reason:
            self._search(str(reason))
            raise StorageDamaged(f"This part of the log cannot be read: {reason}.") from reason
        except apsw.IOError as reason:  # of the disk, which may recover: nothing is known to be damaged
            if str(reason) != self._unreadable:
                _log.error("The disk cannot be read: %s.", reason)
            self._unreadable = str(reason)
            raise StorageDamaged(f"The disk cannot be read: {reason}.") from reason
        else:
            self._unreadable = ""

    def _search(self, why: str) -> None:
        """Something could not be read: find out what, reading all there is; of the same reason once."""
        if self.damage and why in self._sought:
            return
        self._sought.add(why)
        known = {damaged.room for damaged in self.damage}
        try:
            wholes = [integrity.whole(self._chunks, number, name) for number, name in self._tables.rooms()]
        except apsw.Error:  # no way to find more
            wholes = []
        found = [sound.damage for sound in wholes if sound.damage is not None]
        found = found or [Damage(None, 0, why)]
        if news := [damaged for damaged in found if damaged.room not in known]:
            self._note(news)

    def sealed(self, room: int, seqs: Iterable[int]) -> list[Seal]:
        """What proves a room's events when these are wiped, for the event that says so. Raises
        StorageDamaged."""
        with self._reading():
            try:
                return self._tables.wiping.sealed(room, seqs, self._head(room))
            except Unsound as reason:
                raise StorageDamaged(f"This part of the log cannot be read: {reason}.") from reason

    def _head(self, room: int) -> int:
        return self._chains[room].seq if room in self._chains else 0

    # -- Rows ----------------------------------------------------------------------------------

    def _room(self, number: int, name: str, ruled: Rules | None) -> Room:
        head = at = 0
        if number in self._newest:
            newest = msgspec.json.decode(self._newest[number], type=Position)
            head, at = newest.seq, newest.at
        return Room(number=number, name=name, place=place_of(number, 0), head=head, at=at, rules=ruled)
