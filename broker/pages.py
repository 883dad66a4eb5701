"""SQLite's pages with a checksum each, so that a changed byte anywhere in the file is noticed. Any thread.

SQLite itself checks the frames of its WAL, but no page of its database. A page keeps its CRC-32 in its last
bytes, which SQLite leaves alone (`reserve`); it is made when the page is written and checked when it is read.
A page that does not match raises PageChanged in whoever reads it.
"""

import ctypes
import itertools
import zlib
from pathlib import Path

import apsw

PAGE_BYTES = 4096
SUM_BYTES = 8  # SQLite wants the space at a page's end to be even; four zeros and the CRC-32
MAGIC = b"SQLite format 3\0"

_names = itertools.count(1)


class PageChanged(apsw.IOError):
    """A page is not what was written."""


class Pages(apsw.VFS):
    """A VFS on top of the default one. `name`: what a connection is opened with; ends with `unregister`."""

    def __init__(self) -> None:
        self.name = f"loggia-pages-{next(_names)}"
        self._base = apsw.vfs_names()[0]
        super().__init__(self.name, self._base)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        kind = _Database if flags[0] & apsw.SQLITE_OPEN_MAIN_DB else apsw.VFSFile
        return kind(self._base, name, flags)


class _Database(apsw.VFSFile):
    def xRead(self, amount: int, offset: int) -> bytes:
        start = offset - offset % PAGE_BYTES
        if start == 0 and amount < PAGE_BYTES:  # a look at the header, which does not belong to a page yet
            return super().xRead(amount, offset)
        page = super().xRead(PAGE_BYTES, start)  # also where SQLite reads a part: the rest of a long row
        if not page:  # behind the end
            return page
        if start == 0 and not page.startswith(MAGIC):  # SQLite has better words for what is no database
            return page
        if len(page) != PAGE_BYTES or page[-SUM_BYTES:] != checksum(page, start):
            raise PageChanged(f"page {start // PAGE_BYTES + 1} is not what was written")
        return page[offset - start : offset - start + amount]

    def xWrite(self, data: bytes, offset: int) -> None:
        if len(data) == PAGE_BYTES:
            data = data[:-SUM_BYTES]
            data += _sum(data, offset)
        apsw.VFSFile.xWrite(self, data, offset)


def reserve(db: apsw.Connection) -> None:
    """Leave room for the checksums in a database that has no pages yet, or in one that VACUUM writes anew."""
    count = ctypes.c_int(SUM_BYTES)
    db.file_control("main", apsw.SQLITE_FCNTL_RESERVE_BYTES, ctypes.addressof(count))


def checksum(page: bytes, offset: int) -> bytes:
    """What the end of this page holds, in the place where it stands."""
    return _sum(page[:-SUM_BYTES], offset)


def _sum(content: bytes, offset: int) -> bytes:
    return zlib.crc32(content, offset // PAGE_BYTES).to_bytes(SUM_BYTES, "big")


def damaged(database: Path) -> list[int]:
    """The numbers of the pages in the file that are not what was written, from 1."""
    found: list[int] = []
    with database.open("rb") as file:
        for offset in itertools.count(0, PAGE_BYTES):
            page = file.read(PAGE_BYTES)
            if not page:
                return found
            if len(page) < PAGE_BYTES or page[-SUM_BYTES:] != checksum(page, offset):
                found.append(offset // PAGE_BYTES + 1)
    raise AssertionError("a file ends")
