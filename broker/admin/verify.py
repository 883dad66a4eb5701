"""`python -m broker verify`: is all of a log what was written? Runs in the tool's thread."""

import argparse
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw
import msgspec
from loggia.broker.admin import leash, rebuild
from loggia.broker.admin.progress import Progress
from loggia.broker.admin.snapshot import LogSnapshot, snapshot
from loggia.broker.storage import damage, data_dir, heads_file, integrity, migrations, page_checksums
from loggia.broker.storage.damage import Damage
from loggia.broker.storage.database import check_format
from loggia.broker.storage.derived import Derived
from loggia.broker.storage.event_rows import Chunk
from loggia.broker.storage.heads_file import RoomEnd
from loggia.shared.process import files, format, wal
from loggia.shared.protocol.errors import StorageDamaged
from loggia.shared.protocol.names import escaped

MADE = {  # tables that follow from the events, in words
    "message_states": "what became of messages",
    "threads": "which messages are in threads",
    "tallies": "how many messages rooms have",
    "spoken": "how many messages are whose",
    "deleted": "which messages are deleted",
    "mentions": "whom messages mean",
}
LOOKS = 3  # at files beside a log, which a broker that runs may be changing


class Report(msgspec.Struct):
    """`damage`: what is lost or changed. `notes`: what the next start of a broker, or a command, mends.

    `ends`: where each room's sound part ends, by its number; `rooms`: their names.
    """

    epoch: str = ""
    rooms: dict[int, str] = {}
    ends: dict[int, RoomEnd] = {}
    damage: list[Damage] = []
    notes: list[str] = []

    def extent(self) -> str:
        """As in "3 rooms, 48,112 events"."""
        events = sum(end.seq for end in self.ends.values())
        return f"{format.count(len(self.rooms), 'room')}, {format.count(events, 'event')}"

    def lines(self) -> list[str]:
        """One for each room, then what is wrong."""
        found = {damaged.room: damaged for damaged in self.damage}
        lines = []
        for number, name in self.rooms.items():
            end = self.ends.get(number, RoomEnd(0, b""))
            is_sound = "sound" if name not in found else f"damaged from {found[name].first:,}"
            lines.append(f"{escaped(name)}: 1 to {end.seq:,}, {is_sound}, hash {end.chain.hex() or '-'}")
        lines += [f"DAMAGED: {damaged}" for damaged in self.damage]
        return lines + [f"NOTE: {note}" for note in self.notes]


def run(data: Path, flags: argparse.Namespace, progress: Progress) -> int:
    """The command; 0: sound, 1: not, or something is noted."""
    report = verify(data, progress)
    healed = _keep_damage(data, report)  # before anything is printed: nobody may read it to the end
    for line in report.lines():
        print(line)
    if healed:
        print("What was known to be damaged is sound again.")
    if report.damage:
        print(f"NOT SOUND. What can be read: {report.extent()}; a broker serves that and stores nothing.")
    else:
        sound = "SOUND BUT FOR WHAT IS NOTED" if report.notes else "SOUND"
        print(f"{sound}: {report.extent()}, epoch {report.epoch}.")
    return 1 if report.damage or report.notes else 0


def _keep_damage(data: Path, report: Report) -> bool:
    """Let brokers know what was found, a running one too; returns whether what was known is gone."""
    marks = data / data_dir.DAMAGE
    known = damage.known(marks)
    if report.damage and set(report.damage) - set(known):
        damage.keep(marks, report.damage)
    elif known and not (report.damage or report.notes):
        marks.unlink()
    else:
        return False
    with leash.aside(data):  # a running broker comes back, and finds what is known
        return not report.damage


def verify(data: Path, progress: Progress) -> Report:
    """All of the log in a data folder, whether a broker runs on it or not. Raises StorageBroken."""
    refuse_damaged_older(data)
    past = Past(data)
    file = data / data_dir.DATABASE
    try:
        with snapshot(file) as log, closing(Derived(log.connection)) as made:
            report = examine(log, progress, made)
            past.compare(report, log)
    except StorageDamaged as reason:
        report = Report(damage=[Damage(None, 0, str(reason))])
    examine_pages(report, file)
    return report


def refuse_damaged_older(data: Path) -> None:
    """Raises StorageBroken for a log of an older version that is damaged, as far as its pages tell: to bring
    it here would be tried in vain."""
    file = data / data_dir.DATABASE
    number = check_format(file)
    if number in (0, migrations.LOG.newest):
        return
    report = Report(damage=damage.known(data / data_dir.DAMAGE))
    examine_pages(report, file)
    migrations.check_undamaged(number, report.damage)


def examine(log: LogSnapshot, progress: Progress, made: Derived | None = None) -> Report:
    """The events of all rooms, and what SQLite says of its tables and indexes. `made`: where what became of
    messages, and is counted of them, is made again and compared."""
    report = Report(epoch=log.epoch, rooms=log.rooms)
    progress.begin("verifying", log.events, "events")
    wanted = rebuild.Expected()
    for number, name in log.rooms.items():
        folding = None if made is None else made.taker(number)
        sound = integrity.whole(log.chunks, number, name, _looks(wanted.of(number, folding), progress))
        if folding is not None:
            folding.end()
        if sound.end is not None:
            report.ends[number] = sound.end
        if sound.damage is not None:
            report.damage.append(sound.damage)
    progress.end()
    if log.chunks.unreadable and not report.damage:
        report.damage.append(Damage(None, 0, log.chunks.unreadable))
    if report.damage:  # SQLite would say it again in other words
        return report
    try:
        said = [str(row[0]) for row in log.connection.execute("PRAGMA integrity_check(5)")]
    except apsw.Error as reason:
        said = [str(reason)]
    report.damage += [Damage(None, 0, f"SQLite says: {line}") for line in said if line != "ok"]
    if report.damage:
        return report
    if changed := len(wanted.others(log.connection)):
        report.notes.append(_others(changed, "what rooms are now"))
    if made is not None:
        _count(log, made, progress)
        for table, rows in made.others().items():
            report.notes.append(_others(rows, f"{MADE[table]} (table {table})"))
    return report


def _count(log: LogSnapshot, made: Derived, progress: Progress) -> None:
    progress.begin("counting", log.events, "events")
    for number in log.rooms:
        made.count(number)
        progress.advance(log.head(number))
    progress.end()


def _others(count: int, what: str) -> str:
    rows = f"1 row of {what} is" if count == 1 else f"{count:,} rows of {what} are"
    return f'{rows} not what their events come to: see the command "rebuild"'


def _looks(take: Callable[[Chunk], None], progress: Progress) -> Callable[[Chunk], None]:
    def look(row: Chunk) -> None:
        take(row)
        progress.advance(row.last - row.first + 1)

    return look


class Past:
    """What the files beside a log say of it. Made before the log is read, which may only be newer then."""

    def __init__(self, data: Path) -> None:
        for _ in range(LOOKS):
            self._told = heads_file.read(data / data_dir.HEADS)
            had_wal = data_dir.has_frames(data / data_dir.WAL)
            if had_wal or self._told is None or not self._told.in_wal:
                break  # else a broker may be emptying its WAL at this moment
        # what was cut off is gone from the WAL, too, once a broker has served the rest
        self._was_cut = had_wal or bool(damage.known(data / data_dir.DAMAGE))

    def compare(self, report: Report, log: LogSnapshot) -> None:
        """Add to the report what is missing behind the sound part."""
        told = self._told
        if report.damage or not (report.ends or (told and told.ends)):
            return
        rooms = [(number, name, report.ends.get(number)) for number, name in log.rooms.items()]
        life, short = integrity.compare(told, log.epoch, rooms, log.chunks, had_wal=self._was_cut)
        report.damage += short
        if life != "same":
            report.notes.append(
                f"at its next start this log begins a new life, because {integrity.WHY_NEW[life]}"
            )


def examine_pages(report: Report, file: Path, called: Path | None = None) -> None:
    """The pages that nothing above reads: unused ones, and those that the WAL replaces."""
    name = (called or file).name
    suspects = page_checksums.damaged(file)
    replaced = _look_at_wal(report, file.with_name(file.name + "-wal"), f"{name}-wal")
    if suspects:  # a broker that checkpoints may have been writing one, and has it if the WAL has it no more
        suspects = sorted(set(suspects) & set(page_checksums.damaged(file)))
    for number in suspects:
        if number in replaced:
            if page_checksums.is_unwritten(file, number):
                continue
            text = f"page {number} of {name} is not what was written, but the WAL holds it whole"
            report.notes.append(f"{text}: the next start of the broker mends it")
        elif not report.damage:
            report.damage.append(Damage(None, 0, f"page {number} of {name} is not what was written"))


def _look_at_wal(report: Report, file: Path, name: str) -> frozenset[int]:
    """The pages of which the WAL has a newer state."""
    if not data_dir.has_frames(file):
        return frozenset()
    with files.reading(file) as content:
        found = wal.read(content)
    if found.changed is not None and not report.damage:
        why = f"frame {found.changed:,} of {name} is not what was written"
        report.damage.append(Damage(None, 0, why))
    return found.pages
