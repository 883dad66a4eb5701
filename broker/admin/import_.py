"""`python -m broker import FILE`: rooms of an export, same numbers and hashes. Runs in the tool's thread."""

import argparse
import codecs
import secrets
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec
from loggia.broker.admin import leash, recognize
from loggia.broker.admin.export import FORMAT, OLDER, Header, RoomBegins, RoomEnds, Sealed
from loggia.broker.admin.progress import Progress
from loggia.broker.admin.snapshot import snapshot
from loggia.broker.core.rules import Rules, step
from loggia.broker.storage import damage, data_dir, rules
from loggia.broker.storage.accounts import Accounts
from loggia.broker.storage.chunks import Chunks
from loggia.broker.storage.derived import Folding
from loggia.broker.storage.event_rows import rows_of
from loggia.broker.storage.hash_chain import BLOCK_EVENTS, EMPTY, Chain
from loggia.broker.storage.heads_file import RoomEnd
from loggia.broker.storage.log import Log
from loggia.broker.storage.seals import Seal
from loggia.broker.storage.tallies import Tallies
from loggia.shared.process import format
from loggia.shared.protocol import names
from loggia.shared.protocol.down import decode_event
from loggia.shared.protocol.errors import Refused, StorageBroken
from loggia.shared.protocol.events import MessageEvent, PassingEvent
from loggia.shared.protocol.limits import MOST_TEXT_BYTES, Limits
from loggia.shared.protocol.names import escaped

LINE_BYTES = 64 * 1024 * 1024  # more than an event has: a longer line is taken for several, which are none
LAST_AT = 253_402_300_799_999  # ms: the year 9999 ends; a room's next event is never earlier than this one

_LIMITS = Limits(  # another broker, or an older one, may have allowed more than this one does
    text_bytes=MOST_TEXT_BYTES, nick_chars=2**10, room_chars=2**10
)


class Bad(StorageBroken):
    """A line of the file is not what an export writes."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line:,} of the file is {why}; nothing was imported")


def run(data: Path, flags: argparse.Namespace, progress: Progress) -> int:
    """The command."""
    ends = take_in(data, Path(flags.file), progress)
    for name, end in ends.items():
        print(f"{escaped(name)}: 1 to {end.seq:,}, hash {end.chain.hex()}")
    events = sum(end.seq for end in ends.values())
    print(f"Imported: {format.count(len(ends), 'room')}, {format.count(events, 'event')}.")
    return 0


def take_in(data: Path, file: Path, progress: Progress) -> dict[str, RoomEnd]:
    """Add the rooms of an export to a log, all of them or none; a running broker steps aside for it.

    Returns where each ends. Raises StorageBroken: no whole export, or a room of it is here already.
    """
    recognize.refuse_unless("export", file)
    size = file.stat().st_size
    with file.open("rb") as lines:  # all of it is read before anybody has to wait
        progress.begin("checking", size, "bytes")
        here: set[str] | None = None
        for name, _, _ in _rooms(lines, progress):
            here = _rooms_here(data) if here is None else here  # of no interest before this is an export
            _refuse_twice(name, here)
        progress.end()
        lines.seek(0)
        with leash.aside(data), closing(Log(data, secrets.token_hex(8))) as log:
            if log.frozen:
                raise StorageBroken(f"{log.frozen} Restore it first")
            data_dir.drop_search(data)  # what was said goes into it by its time
            progress.begin("importing", size, "bytes")
            ends = _store(log, _rooms(lines, progress))
            progress.end()
    return ends


def _rooms_here(data: Path) -> set[str]:
    """The rooms of the log, read beside a broker that serves it. Raises StorageBroken, StorageDamaged."""
    damage.refuse(data / data_dir.DAMAGE)
    if not data_dir.has_content(data / data_dir.DATABASE):
        return set()
    with snapshot(data / data_dir.DATABASE) as log:
        return set(log.rooms.values())


def _refuse_twice(name: str, here: set[str]) -> None:
    if name in here:
        raise StorageBroken(f"there is a room {escaped(name)} here already; nothing was imported")


class Part(NamedTuple):
    """`events`: the next ones of room `name`, a block of them at most. `sealed`: the last of these ends
    what was wiped."""

    name: str
    events: list[bytes]
    sealed: Sealed | None = None


def _store(log: Log, parts: Iterator[Part]) -> dict[str, RoomEnd]:
    db = log.database.connection
    chunks = Chunks(db)
    here = {name for (name,) in db.execute("SELECT name FROM rooms")}
    number = db.execute("SELECT coalesce(max(number), 0) FROM rooms").get
    ends: dict[str, Chain] = {}
    numbers: dict[str, int] = {}
    by_room: dict[str, Rules] = {}
    messages: dict[str, Folding] = {}
    with log.database.transaction():
        for name, events, sealed in parts:
            _refuse_twice(name, here)
            if name not in numbers:
                number += 1
                numbers[name], ends[name] = number, Chain()
                db.execute("INSERT INTO rooms VALUES(?, ?)", (number, name))
            _add(chunks, numbers[name], events, ends[name], sealed)
            ruled = by_room.setdefault(name, Rules())
            for line in events:
                event = decode_event(line)
                assert not isinstance(event, PassingEvent)  # which has no place in a log
                changed = step(ruled, event)
                rules.store(db, {(numbers[name], key): ruled.kept(key) for key in changed}, {})
                messages.setdefault(name, Folding(db, numbers[name])).take(event)
        for folding in messages.values():
            folding.end()
        tallies = Tallies(db, chunks)
        for room in numbers.values():
            tallies.make(room)
        private = {numbers[name]: ruled.members for name, ruled in by_room.items() if ruled.members}
        Accounts(db).belong(private)
    log.added({numbers[name]: end for name, end in ends.items() if end.seq})
    return {name: RoomEnd(end.seq, end.digest) for name, end in ends.items()}


def _rooms(lines: BinaryIO, progress: Progress) -> Iterator[Part]:
    """What the file holds, checked line by line. Raises Bad."""
    number = 1
    _header(lines.readline(LINE_BYTES).removeprefix(codecs.BOM_UTF8))  # Windows may have put that there
    seen: set[str] = set()
    while begins := lines.readline(LINE_BYTES):
        number += 1
        name = _name(begins, number)
        if name in seen:
            raise Bad(number, f"a second room {escaped(name)}")
        seen.add(name)
        number = yield from _events(lines, name, number, progress)


def _events(lines: BinaryIO, name: str, number: int, progress: Progress) -> Generator[Part, None, int]:
    seq, at, chain = 0, 0, Chain()
    some: list[bytes] = []
    while line := lines.readline(LINE_BYTES):
        number += 1
        progress.advance(len(line))
        line = line.rstrip(b"\r\n")
        if line.startswith(b'{"room_ends"'):
            _take(chain, some)
            if _ends(line, number) != RoomEnds(name, seq, chain.digest.hex()):
                raise Bad(number, f"not the end of what was exported of {escaped(name)}")
            yield Part(name, some)
            return number
        if line.startswith(b'{"sealed"'):
            sealed = _sealed(line, number)
            _take(chain, some)
            told = Sealed(seq, seq - len(some) + 1, sealed.chain, chain.digest.hex())
            if sealed != told or not some:
                raise Bad(number, f"not what proves the events up to {seq:,} of {escaped(name)}")
            chain.go_on_from(bytes.fromhex(sealed.chain))
            yield Part(name, some, sealed)
            some = []
            continue
        if some and seq % BLOCK_EVENTS == 0:
            _take(chain, some)
            yield Part(name, some)
            some = []
        seq, at = _event(line, name, seq + 1, at, number)
        some.append(line)
    raise Bad(number, f"the last one, in the middle of {escaped(name)}")


def _add(chunks: Chunks, room: int, events: list[bytes], chain: Chain, sealed: Sealed | None) -> None:
    """In a transaction of the caller; `chain`, the end of the room, goes along."""
    rows = rows_of(events, chain)
    if sealed is not None:
        behind = bytes.fromhex(sealed.chain)
        chain.go_on_from(behind)
        rows[-1] = msgspec.structs.replace(rows[-1], chain=behind)
        chunks.seals.put(room, Seal(sealed.first, sealed.sealed, bytes.fromhex(sealed.digest)))
    chunks.append({room: rows})


def _take(chain: Chain, events: list[bytes]) -> None:
    if events:
        chain.extend(b"\n".join(events), len(events))


def _header(line: bytes) -> None:
    try:
        header = msgspec.json.decode(line, type=Header)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Bad(1, "not the first one of an export of Loggia") from None
    if header.loggia not in (OLDER, FORMAT):
        raise Bad(1, f"of an export in format {header.loggia}, and this version reads {FORMAT}")


def _name(line: bytes, number: int) -> str:
    try:
        name = msgspec.json.decode(line, type=RoomBegins).room_begins
        if len(name) > _LIMITS.room_chars or names.room(name, _LIMITS, marks=_LIMITS.room_chars) != name:
            raise Bad(number, "a room whose name is not written as Loggia does")
        return name
    except (msgspec.MsgspecError, UnicodeDecodeError, Refused) as reason:
        raise Bad(number, f"not the begin of a room: {escaped(str(reason))}") from None


def _ends(line: bytes, number: int) -> RoomEnds:
    try:
        return msgspec.json.decode(line, type=RoomEnds)
    except (msgspec.MsgspecError, UnicodeDecodeError) as reason:
        raise Bad(number, f"not the end of a room: {reason}") from None


def _sealed(line: bytes, number: int) -> Sealed:
    try:
        sealed = msgspec.json.decode(line, type=Sealed)
        if len(bytes.fromhex(sealed.chain)) != len(EMPTY):
            raise ValueError("a hash has another length")
        return sealed
    except (msgspec.MsgspecError, ValueError) as reason:
        raise Bad(number, f"not what proves events of which texts were wiped: {reason}") from None


def _event(line: bytes, name: str, seq: int, at: int, number: int) -> tuple[int, int]:
    try:
        event = decode_event(line)
    except Refused:
        raise Bad(number, "no event, or not all of one") from None
    try:
        if isinstance(event, MessageEvent) and event.text:  # it was wiped where there is none
            names.text(event.text, _LIMITS)
    except Refused as refused:
        raise Bad(number, f"no event: {escaped(refused.text)}") from None
    if isinstance(event, PassingEvent) or event.room != name or event.seq != seq:
        raise Bad(number, f"not event {seq:,} of {escaped(name)}")
    if max(len(event.nick), len(getattr(event, "was", ""))) > _LIMITS.nick_chars:
        raise Bad(number, f"an event of somebody whose nickname has over {_LIMITS.nick_chars:,} characters")
    if not at <= event.at <= LAST_AT:
        raise Bad(number, f"an event of a time that cannot be, {event.at:,} ms")
    return seq, event.at
