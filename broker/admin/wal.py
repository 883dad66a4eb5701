"""What a WAL holds, read as a file: SQLite checks its frames only when it opens one that somebody left. Pure.

https://sqlite.org/fileformat2.html#walformat
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from loggia.broker.storage.page_checksums import PAGE_BYTES

_HEADER = struct.Struct(">I12x8sII")  # magic; salts; two sums
_FRAME = struct.Struct(">II8sII")  # page, size of the database behind a commit; salts; two sums
_BIG_ENDIAN = 0x377F0683  # the other magic number is one less, and its sums are of little-endian words
_SUMMED = 8  # bytes of a frame's header that its sums cover


class Wal(NamedTuple):
    """`pages`: of which it has a newer state than the database. `changed`: the first frame, from 1, that is
    not what was written, and has others committed behind it; one that a power loss tore has none."""

    pages: frozenset[int]
    changed: int | None


class _Frame(NamedTuple):
    page: int
    commits: bool
    sound: bool


def read(file: BinaryIO) -> Wal:
    """All frames of the present round, whoever writes more of them meanwhile."""
    pages = set()
    changed: int | None = None
    committed = False  # the transaction of the changed frame has ended
    for number, frame in enumerate(_frames(file), 1):
        pages.add(frame.page)
        if changed is not None and committed:
            return Wal(frozenset(pages), changed)
        if changed is None and not frame.sound:
            changed = number
        committed = changed is not None and frame.commits
    return Wal(frozenset(pages), None)


def _frames(file: BinaryIO) -> Iterator[_Frame]:
    header = file.read(32)
    if len(header) < 32:
        return
    magic, salts, first, second = _HEADER.unpack(header)
    words = struct.Struct((">" if magic == _BIG_ENDIAN else "<") + f"{(_SUMMED + PAGE_BYTES) // 4}I")
    while len(frame := file.read(_FRAME.size + PAGE_BYTES)) == _FRAME.size + PAGE_BYTES:
        page, size, its_salts, *told = _FRAME.unpack_from(frame)
        if its_salts != salts:
            return
        for left, right in _pairs(words.unpack(frame[:_SUMMED] + frame[_FRAME.size :])):
            first = (first + left + second) & 0xFFFFFFFF
            second = (second + right + first) & 0xFFFFFFFF
        yield _Frame(page, size > 0, [first, second] == told)


def _pairs(words: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    return zip(words[::2], words[1::2], strict=True)
