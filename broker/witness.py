"""What was answered for, kept beside the log: where each room ended and its running hash there.

Runs in the loop's thread. SQLite loses what stands behind a changed byte of its WAL without a word; this file
says what should be there. It is written after each commit and never waited for: after a power loss it may be
older than the log, but it never promises what the log did not hold.
"""

import contextlib
import os
import struct
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from broker import folder

_SLOT = 64  # bytes: lies in one sector, so a power loss leaves the old one or the new one
_GROWTH = 1024 * _SLOT  # room for so many rooms at once; the space is really there, so no write finds it full
_MAGIC = b"loggia 1"
_HEADER = struct.Struct("<8s32sI")  # magic, epoch, CRC-32
_ROOM = struct.Struct("<Q32sI")  # seq, running hash, CRC-32 with the room's number


class End(NamedTuple):
    """Where a room ends: its newest seq, and the running hash behind it."""

    seq: int
    chain: bytes


class Testimony(NamedTuple):
    """What the file says. `ends`: by room number; a room whose record cannot be read is left out."""

    epoch: str
    ends: dict[int, End]


def read(file: Path) -> Testimony | None:
    """What the witness of an earlier run says; None without one that can be read."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    if len(content) < _SLOT:
        return None
    magic, epoch, crc = _HEADER.unpack_from(content)
    if magic != _MAGIC or crc != zlib.crc32(content[: _HEADER.size - 4]):
        return None
    ends = {}
    for number in range(1, len(content) // _SLOT):
        seq, chain, crc = _ROOM.unpack_from(content, number * _SLOT)
        if seq and crc == _room_crc(number, seq, chain):
            ends[number] = End(seq, chain)
    return Testimony(epoch.rstrip(b"\0").decode("utf-8", "replace"), ends)


class Witness:
    """The file of this run. `close` leaves it as it is."""

    def __init__(self, file: Path, epoch: str, ends: Mapping[int, End]) -> None:
        """Begin it anew, whole or not at all, on the disk when this returns.

        Where there is no room for that, the one of the same life goes on. Raises OSError if there is none.
        """
        size = (max(ends, default=0) * _SLOT // _GROWTH + 1) * _GROWTH
        content = bytearray(size)
        head = struct.pack("<8s32s", _MAGIC, epoch.encode())
        content[: _HEADER.size] = head + struct.pack("<I", zlib.crc32(head))
        for number, end in ends.items():
            content[number * _SLOT : number * _SLOT + _ROOM.size] = _record(number, end)
        try:
            folder.write(file, bytes(content))
        except OSError:
            told = read(file)
            if told is None or told.epoch != epoch:
                raise
        self._size = file.stat().st_size
        self._file = file.open("r+b", buffering=0)
        self.note(ends.items())

    def note(self, ends: Iterable[tuple[int, End]]) -> None:
        """These rooms end here, and that is on the disk. A full disk leaves the witness older."""
        with contextlib.suppress(OSError):
            for number, end in ends:
                while number * _SLOT >= self._size:
                    self._grow()
                self._file.seek(number * _SLOT)
                self._file.write(_record(number, end))

    def close(self) -> None:
        self._file.close()

    def _grow(self) -> None:
        self._file.seek(self._size)
        self._file.write(bytes(_GROWTH))
        os.fsync(self._file.fileno())
        self._size += _GROWTH


def _record(number: int, end: End) -> bytes:
    return _ROOM.pack(end.seq, end.chain, _room_crc(number, end.seq, end.chain))


def _room_crc(number: int, seq: int, chain: bytes) -> int:
    return zlib.crc32(struct.pack("<QQ32s", number, seq, chain))
