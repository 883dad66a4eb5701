"""`python -m broker export`: rooms as lines of JSON, or as a page to read. Runs in the tool's thread.

As lines: one says what it is; then for each room a line, its events as they stand in the log, and a line with
its last number and its running hash. Tokens and accounts are not in it; a backup has them.
"""

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec
from loggia.broker.admin import export_rows
from loggia.broker.admin.export_page import RoomRows
from loggia.broker.admin.progress import Progress
from loggia.broker.admin.snapshot import LogSnapshot, snapshot
from loggia.broker.admin.verify import Past, Report
from loggia.broker.storage import data_dir, rules
from loggia.broker.storage.chunks import Unsound
from loggia.broker.storage.damage import Damage
from loggia.broker.storage.event_rows import DAMAGE, LAST_SEQ
from loggia.broker.storage.hash_chain import Chain
from loggia.broker.storage.heads_file import RoomEnd
from loggia.shared.process import files, format, streams
from loggia.shared.protocol.errors import LoggiaError, StorageBroken, StorageDamaged
from loggia.shared.protocol.names import canonical, escaped
from loggia.shared.protocol.roles import RoomKind

FORMAT = 2
OLDER = 1  # in which no text was ever wiped


class Header(msgspec.Struct, frozen=True):
    """The first line. `loggia`: the format of what follows; `epoch`: of the log it came from."""

    loggia: int
    epoch: str


class RoomBegins(msgspec.Struct, frozen=True, omit_defaults=True):
    """`title`: what people call one that is not public. Both say again what its events do."""

    room_begins: str
    kind: RoomKind = "public"
    title: str = ""


class RoomEnds(msgspec.Struct, frozen=True):
    """`seq`: the number of the room's events. `chain`: the running hash behind the last one, in hex."""

    room_ends: str
    seq: int
    chain: str


class Sealed(msgspec.Struct, frozen=True):
    """Behind events of which texts were wiped. `sealed`: the seq of the last of them. `chain`: the running
    hash behind it, as it was before; `digest`: as it goes on over what they are now, from event `first` on.
    In hex.
    """

    sealed: int
    first: int
    chain: str
    digest: str


Write = Callable[[bytes], object]


def run(data: Path, flags: argparse.Namespace, progress: Progress) -> int:
    """The command."""
    past = Past(data)
    with snapshot(data / data_dir.DATABASE) as log, _output(data, flags.output) as write:
        rooms = _chosen(log, flags.room or [])
        lost = _FORMATS[flags.format](log, rooms, write, progress)
        if log.chunks.unreadable:
            lost.append(str(Damage(None, 0, log.chunks.unreadable)))
        _complain([*lost, *_cut_off(past, log, rooms)])
        events = sum(map(log.head, rooms))
    if flags.output is not None:
        file = Path(flags.output)
        told = f"{format.count(len(rooms), 'room')}, {format.count(events, 'event')}"
        print(f"Exported: {told}, {format.size(file.stat().st_size)} in {escaped(str(file))}.")
    return 0


def as_lines(log: LogSnapshot, rooms: dict[int, str], write: Write, progress: Progress) -> list[str]:
    """The rooms as JSON lines, for `import`. Returns what is not there, since only a part is sound."""
    encode = msgspec.json.encode
    write(encode(Header(FORMAT, log.epoch)) + b"\n")
    lost, beginnings = [], _beginnings(log, rooms)
    for number, name in rooms.items():
        write(encode(beginnings[number]) + b"\n")
        chain = Chain()
        seals = log.chunks.seals.between(number, 1, LAST_SEQ)
        seq, behind = 0, chain.digest
        try:
            for chunk in log.chunks.checked(number, chain):
                write(chunk.lines + b"\n")
                if (seal := seals.get(chunk.last)) is not None:
                    write(encode(Sealed(seal.upto, seal.first, chunk.chain.hex(), seal.digest.hex())) + b"\n")
                seq, behind = chunk.last, chunk.chain
                progress.advance(chunk.last - chunk.first + 1)
        except Unsound as unsound:
            lost.append(str(Damage(name, unsound.first, unsound.why)))
        write(encode(RoomEnds(name, seq, behind.hex())) + b"\n")
    return lost


def as_page(log: LogSnapshot, rooms: dict[int, str], write: Write, progress: Progress) -> list[str]:
    """The rooms as one page of HTML without scripts, for people. Returns what is not there, as above."""
    lost, beginnings = [], _beginnings(log, rooms)
    titles = {name: beginnings[number].title or name for number, name in rooms.items()}

    def put(text: str) -> None:
        write(text.encode())

    put(export_rows.begins(titles))
    for number, name in rooms.items():
        put(export_rows.heading(name, beginnings[number].kind, titles[name]))
        lost += RoomRows(log, number, name, put).write(progress)
    put(export_rows.ENDS)
    return lost


def _beginnings(log: LogSnapshot, rooms: dict[int, str]) -> dict[int, RoomBegins]:
    """By number; without kind and title where those cannot be read."""
    try:
        by_room, *_ = rules.load(log.connection)
    except (*DAMAGE, msgspec.DecodeError):
        by_room = {}
    return {
        number: RoomBegins(name)
        if (ruled := by_room.get(number)) is None or ruled.settings.kind == "public"
        else RoomBegins(name, ruled.settings.kind, ruled.title(""))
        for number, name in rooms.items()
    }


def _cut_off(past: Past, log: LogSnapshot, rooms: dict[int, str]) -> Iterator[str]:
    """What was answered for and is missing behind the end of these rooms."""
    ends = {number: RoomEnd(seq, b"") for number in log.rooms if (seq := log.head(number))}
    report = Report(rooms=log.rooms, ends=ends)
    past.compare(report, log)
    return (str(lost) for lost in report.damage if lost.room is None or lost.room in rooms.values())


def _chosen(log: LogSnapshot, names: list[str]) -> dict[int, str]:
    """All rooms, or those that are named."""
    if not names:
        return log.rooms
    by_name = {name: number for number, name in log.rooms.items()}
    chosen = {}
    for name in map(canonical, names):
        if name not in by_name:
            known = ", ".join(map(escaped, by_name)) or "none"
            raise StorageBroken(f"there is no room {escaped(name)} in this log; it has: {known}")
        chosen[by_name[name]] = name
    return chosen


@contextlib.contextmanager
def _output(data: Path, name: str | None) -> Iterator[Write]:
    """Standard output, or a new file that is there only when all went well."""
    if name is None:
        yield _print
        return
    file = Path(name)
    data_dir.refuse_inside(data, file)
    damaged: LoggiaError | None = None
    with data_dir.becoming(file) as fresh, files.changing(fresh) as out:
        try:
            yield out.write
        except StorageDamaged as reason:  # the sound part is worth keeping
            damaged = reason
    if damaged is not None:
        raise damaged


def _print(content: bytes) -> None:
    """To standard output; raises what is wrong with it, so that nobody goes on exporting to nowhere."""
    sys.stdout.buffer.write(content)
    if reason := streams.failed():
        raise reason


def _complain(lost: Iterable[str]) -> None:
    if found := "; ".join(lost):
        raise StorageDamaged(f"the log is damaged, only what is sound was exported; missing: {found}")


_FORMATS: dict[str, Callable[[LogSnapshot, dict[int, str], Write, Progress], list[str]]] = {
    "jsonl": as_lines,
    "html": as_page,
}
