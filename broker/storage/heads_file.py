"""What was answered for, kept beside the log: where each room ended and its running hash there.

Runs in the loop's thread. SQLite loses what stands behind a changed byte of its WAL without a word; this file
says what should be there. It is written after each commit and mostly not waited for: after a power loss it
may be older than the log, but it never promises what the log did not hold. What is on the disk at every
moment: whether the newest of the log stands in the WAL, and where it does not, all of the ends.
"""

import contextlib
import os
import struct
import sys
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from loggia.broker.storage import data_dir
from loggia.broker.storage.hash_chain import Chain
from loggia.shared.process import durable, files, ownership
from loggia.shared.protocol.errors import StorageFull

_SLOT = 64  # bytes: lies in one sector, so a power loss leaves the old one or the new one
_GROWTH = 1024 * _SLOT  # room for so many rooms at once; the space is really there, so no write finds it full
_MAGIC = b"loggia 1"
_HEADER = struct.Struct("<8s32sI")  # magic, epoch, CRC-32
_ROOM = struct.Struct("<Q32sI20x")  # seq, running hash, CRC-32 with the room's number; as long as a slot
_PROVED = struct.Struct("<QQ32s")  # what that CRC-32 is of
_MARK_AT = 48  # in the header's slot
_IN_WAL, _NOT_IN_WAL = b"wal!", bytes(4)


class RoomEnd(NamedTuple):
    """Where a room ends: its newest seq, and the running hash behind it."""

    seq: int
    chain: bytes


class Testimony(NamedTuple):
    """What the file says. `ends`: by room number; a room whose record cannot be read is left out.

    `in_wal`: the WAL holds what was answered, and the ends may be older. `readable`: every record is.
    """

    epoch: str
    ends: dict[int, RoomEnd]
    in_wal: bool = False
    readable: bool = True


def read(file: Path) -> Testimony | None:
    """What the witness of an earlier run says; None without one that can be read."""
    try:
        content = files.read(file)
    except OSError:
        return None
    if len(content) < _SLOT:
        return None
    magic, epoch, crc = _HEADER.unpack_from(content)
    if magic != _MAGIC or crc != zlib.crc32(content[: _HEADER.size - 4]):
        return None
    ends, readable = {}, True
    for number in range(1, len(content) // _SLOT):
        seq, chain, crc = _ROOM.unpack_from(content, number * _SLOT)
        if seq and crc == _room_crc(number, seq, chain):
            ends[number] = RoomEnd(seq, chain)
        else:
            readable &= not (seq or crc or any(chain))
    in_wal = content[_MARK_AT : _MARK_AT + len(_IN_WAL)] != _NOT_IN_WAL
    return Testimony(epoch.rstrip(b"\0").decode("utf-8", "replace"), ends, in_wal, readable)


class HeadsFile:
    """The file of this run. `close` leaves it as it is."""

    def __init__(self, file: Path, epoch: str, ends: Mapping[int, RoomEnd], *, in_wal: bool = False) -> None:
        """Begin it anew, whole or not at all, on the disk when this returns. `in_wal`: as in Testimony.

        Where there is no room for that, the one of the same life goes on. Raises OSError if there is none.
        """
        self._in_wal: bool | None = in_wal  # what is on the disk; None: a disk that failed may have either
        self._folder: Path | None = None  # where the file's name is not on the disk for certain
        size = (max(ends, default=0) * _SLOT // _GROWTH + 1) * _GROWTH
        content = bytearray(size)
        head = struct.pack("<8s32s", _MAGIC, epoch.encode())
        content[: _HEADER.size] = head + struct.pack("<I", zlib.crc32(head))
        content[_MARK_AT : _MARK_AT + len(_IN_WAL)] = _IN_WAL if in_wal else _NOT_IN_WAL
        for number, end in ends.items():
            content[number * _SLOT : number * _SLOT + _ROOM.size] = _record(number, end)
        try:
            data_dir.write(file, bytes(content))
        except OSError:
            told = read(file)
            if told is None or told.epoch != epoch:
                raise
            self._in_wal, self._folder = None, file.parent
        self._size = file.stat().st_size
        with ownership.rights_of_owner(file.parent):
            self._file = files.changing(file, buffering=0)
        with contextlib.suppress(OSError):
            self._write(ends.items())

    def note(self, ends: Iterable[tuple[int, RoomEnd]]) -> None:
        """These rooms end here, and that is on the disk, in the WAL. A full disk leaves the witness older."""
        with contextlib.suppress(OSError):
            self._write(ends)
            if self._in_wal is not True:
                try:
                    self._mark(in_wal=True)
                except OSError:  # a disk that fails once does not fail at the next try
                    self._mark(in_wal=True)

    def secure(self, chains: Mapping[int, Chain], rooms: Iterable[int]) -> None:
        """What is in these rooms will be wiped: where they end is on the disk when this returns.

        Of what is wiped nobody can make the hashes again, but for the one behind it all: an older witness
        could not be compared. Raises StorageFull.
        """
        try:
            self._write((number, RoomEnd(chains[number].seq, chains[number].digest)) for number in rooms)
            self._sync_name()
            os.fsync(self._file.fileno())
        except OSError as reason:
            raise StorageFull(f"The disk refused to store what is new ({reason.strerror})") from reason

    def settle(self) -> None:
        """All that was noted goes into the database now, and after that no WAL has to be there.

        The end of each room is on the disk when this returns. Raises OSError: then the WAL must stay.
        """
        if self._in_wal is not False:
            os.fsync(self._file.fileno())  # first: a power loss may take any part of what is not synced
            self._mark(in_wal=False)

    def close(self) -> None:
        self._file.close()

    def _write(self, ends: Iterable[tuple[int, RoomEnd]]) -> None:
        """Rooms with numbers that follow each other in one write; a power loss leaves each old or new."""
        records: list[bytes] = []
        begin = 0
        for number, end in sorted(ends):
            while number * _SLOT >= self._size:
                self._grow()
            if records and number != begin + len(records):
                self._put(b"".join(records), begin * _SLOT)
                records = []
            begin = begin if records else number
            records.append(_record(number, end))
        if records:
            self._put(b"".join(records), begin * _SLOT)

    def _mark(self, *, in_wal: bool) -> None:
        self._sync_name()
        self._in_wal = None
        self._put(_IN_WAL if in_wal else _NOT_IN_WAL, _MARK_AT)
        os.fsync(self._file.fileno())
        self._in_wal = in_wal

    def _sync_name(self) -> None:
        if self._folder is not None:
            durable.sync(self._folder)
            self._folder = None

    def _grow(self) -> None:
        self._put(bytes(_GROWTH), self._size)
        os.fsync(self._file.fileno())
        self._size += _GROWTH

    def _put(self, data: bytes, offset: int) -> None:
        if sys.platform == "win32":  # which knows no way to do it in one call
            self._file.seek(offset)
            self._file.write(data)
        else:
            os.pwrite(self._file.fileno(), data, offset)


def _record(number: int, end: RoomEnd) -> bytes:
    seq, chain = end
    return _ROOM.pack(seq, chain, zlib.crc32(_PROVED.pack(number, seq, chain)))


def _room_crc(number: int, seq: int, chain: bytes) -> int:
    return zlib.crc32(_PROVED.pack(number, seq, chain))
