"""What a WAL holds, read as a file: SQLite checks its frames only when it opens one that somebody left. Pure.

https://sqlite.org/fileformat2.html#walformat
"""

import itertools
import os
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

_HEADER = struct.Struct(">I4xI4x8sII")  # magic; size of a page; salts; two sums
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


def newest(file: BinaryIO, page: int, amount: int) -> tuple[bytes, int] | None:
    """The first bytes of the newest committed state of a page, and the frame, from 1, that committed it.

    None where it is not in the WAL. The sums are not looked at: that costs a second for each 20 MB.
    """
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    _, page_bytes, salts, _, _ = _HEADER.unpack(header)
    found: tuple[bytes, int] | None = None
    written: bytes | None = None
    for number in itertools.count(1):
        frame = file.read(_FRAME.size)
        if len(frame) < _FRAME.size:
            return found
        its_page, size, its_salts, *_ = _FRAME.unpack(frame)
        content = file.read(amount) if its_page == page else b""
        if its_salts != salts:
            return found
        if content:
            written = content
        if size and written is not None:
            found, written = (written, number), None
        file.seek(page_bytes - len(content), os.SEEK_CUR)
    raise AssertionError("a file ends")


def is_sound(file: BinaryIO, upto: int) -> bool:
    """Whether the frames up to this one are what was written, so that SQLite takes them."""
    number = 0
    for number, frame in enumerate(_frames(file), 1):
        if not frame.sound or number == upto:
            return frame.sound
    return False


def _frames(file: BinaryIO) -> Iterator[_Frame]:
    header = file.read(32)
    if len(header) < 32:
        return
    magic, page_bytes, salts, first, second = _HEADER.unpack(header)
    words = struct.Struct((">" if magic == _BIG_ENDIAN else "<") + f"{(_SUMMED + page_bytes) // 4}I")
    while len(frame := file.read(_FRAME.size + page_bytes)) == _FRAME.size + page_bytes:
        page, size, its_salts, *told = _FRAME.unpack_from(frame)
        if its_salts != salts:
            return
        for left, right in _pairs(words.unpack(frame[:_SUMMED] + frame[_FRAME.size :])):
            first = (first + left + second) & 0xFFFFFFFF
            second = (second + right + first) & 0xFFFFFFFF
        yield _Frame(page, size > 0, [first, second] == told)


def _pairs(words: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    return zip(words[::2], words[1::2], strict=True)
