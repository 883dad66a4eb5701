"""SQLite's pages with a checksum each, so that a changed byte anywhere in the file is noticed. Any thread.

A page keeps its CRC-32 in its last bytes, which SQLite leaves alone (`reserve`); it is made when the page is
written to the database and checked when it is read. Of a WAL SQLite checks the frames when it opens one that
somebody left, and never again: what a process wrote there itself is remembered here, and checked when it is
read. A page that does not match raises PageChanged in whoever reads it.

SQLite writes a WAL in two pieces a page. They go to the disk joined, at the latest with the sync that makes
them count: nobody is told of a page before that, and whoever reads one here makes it be written. And a WAL
that is emptied keeps its room on the disk: only its header is wiped out, and what follows is written over
what was there. To sync a file that grows takes the system longer, and so does cutting it.
"""

import ctypes
import itertools
from pathlib import Path
from zlib import crc32

import apsw
from loggia.shared.process import files
from loggia.shared.process.migrations import HEADER_BYTES, MAGIC

PAGE_BYTES = 4096
FRAME_BYTES = 24  # stand in front of each page of a WAL, the number of the page first
JOINED_BYTES = 62 * 1024  # of a WAL in one write; SQLite's own writer takes twice that for a full disk
EMPTY = bytes(32)  # the header of a WAL in which nothing is; SQLite looks no further
KEPT_BYTES = 16 * 1024 * 1024  # of one that was emptied; what is more is given back
LEAF = 0x0D  # the first byte of a page that holds rows of a table
SUM_BYTES = 8  # SQLite wants the space at a page's end to be even; four zeros and the CRC-32
_names = itertools.count(1)


class PageChanged(apsw.IOError):
    """A page is not what was written."""


class Pages(apsw.VFS):
    """A VFS on top of the default one. `name`: what a connection is opened with; ends with `unregister`.

    Attributes: `newer`, the pages of which the WAL has a newer state, written here since it was emptied, by
    their numbers as bytes; `wal_bytes`, how far that goes; `keeps_room`, whether a WAL that is emptied keeps
    its room on the disk, with what stood there.
    """

    def __init__(self) -> None:
        self.name = f"loggia-pages-{next(_names)}"
        self._base = apsw.vfs_names()[0]
        self.newer: set[bytes] = set()
        self.wal_bytes = 0
        self.keeps_room = True
        super().__init__(self.name, self._base)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        if flags[0] & apsw.SQLITE_OPEN_MAIN_DB:
            return _Database(self._base, name, flags)
        if flags[0] & apsw.SQLITE_OPEN_WAL:
            return _Wal(self, self._base, name, flags)
        return apsw.VFSFile(self._base, name, flags)


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
            data = _without_remains(data[:-SUM_BYTES], HEADER_BYTES if offset == 0 else 0)
            data += _sum(data, offset)
        apsw.VFSFile.xWrite(self, data, offset)


class _Wal(apsw.VFSFile):
    def __init__(
        self, pages: Pages, base: str, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> None:
        super().__init__(base, name, flags)
        self._pages = pages
        self._sums: dict[int, int] = {}  # of the pages that this process wrote, by their place
        self._joined: list[bytes] = []  # what is not written yet: from `_begin` to `_end` without a gap
        self._begin = self._end = 0
        self._is_synced = False

    def xRead(self, amount: int, offset: int) -> bytes:
        if self._joined and offset < self._end:
            self._write()
        data = super().xRead(amount, offset)
        if amount == PAGE_BYTES and (known := self._sums.get(offset)) is not None and known != crc32(data):
            raise PageChanged(f"a page at {offset} of the WAL is not what was written")
        return data

    def xWrite(self, data: bytes, offset: int) -> None:
        size = len(data)
        if size == PAGE_BYTES:
            self._sums[offset] = crc32(data)
        elif size == FRAME_BYTES:
            self._pages.newer.add(data[:4])
        elif offset == 0:  # the header of a new round, perhaps of one that SQLite begins by itself
            self._pages.newer.clear()
        if self._joined and (offset != self._end or self._end + size - self._begin > JOINED_BYTES):
            self._write()
        if not self._joined:
            self._begin = offset
        self._joined.append(data)
        self._end = self._pages.wal_bytes = offset + size
        self._is_synced = False

    def xSync(self, flags: int) -> None:
        """Of a checkpoint, which begins with one, there is nothing to sync behind that of the last commit."""
        if not self._is_synced:
            self._write()
            apsw.VFSFile.xSync(self, flags)
            self._is_synced = True

    def xFileSize(self) -> int:
        self._write()
        return apsw.VFSFile.xFileSize(self)

    def xTruncate(self, size: int) -> None:
        self._write()
        self._is_synced = False
        if size:
            super().xTruncate(size)
        else:
            self._empty()
        self._sums = {offset: known for offset, known in self._sums.items() if offset < size}

    def _empty(self) -> None:
        """As SQLite itself begins a WAL anew, the next header is on the disk before what follows it."""
        apsw.VFSFile.xWrite(self, EMPTY, 0)
        kept = KEPT_BYTES if self._pages.keeps_room else len(EMPTY)
        if apsw.VFSFile.xFileSize(self) > kept:
            apsw.VFSFile.xSync(self, apsw.SQLITE_SYNC_NORMAL)  # or a power loss could take this back alone
            apsw.VFSFile.xTruncate(self, kept)
        self._pages.newer.clear()
        self._pages.wal_bytes = 0

    def xClose(self) -> None:
        try:
            self._write()
        finally:
            super().xClose()

    def _write(self) -> None:
        """What a disk refuses is forgotten, as SQLite forgets it: it was not committed."""
        if self._joined:
            data, self._joined = b"".join(self._joined), []
            apsw.VFSFile.xWrite(self, data, self._begin)


def reserve(db: apsw.Connection) -> None:
    """Leave room for the checksums in a database that has no pages yet, or in one that VACUUM writes anew."""
    count = ctypes.c_int(SUM_BYTES)
    db.file_control("main", apsw.SQLITE_FCNTL_RESERVE_BYTES, ctypes.addressof(count))


def checksum(page: bytes, offset: int) -> bytes:
    """What the end of this page holds, in the place where it stands."""
    return _sum(page[:-SUM_BYTES], offset)


def _without_remains(page: bytes, header: int) -> bytes:
    """A page of rows (no other begins so below 800 GB) without what lies between its list of cells and the
    cells: where SQLite has moved some to another page it leaves their bytes there."""
    if page[header] != LEAF:
        return page
    begin = header + 8 + 2 * int.from_bytes(page[header + 3 : header + 5])
    end = int.from_bytes(page[header + 5 : header + 7])
    return page[:begin] + bytes(end - begin) + page[end:] if begin < end <= len(page) else page


def _sum(content: bytes, offset: int) -> bytes:
    return crc32(content, offset // PAGE_BYTES).to_bytes(SUM_BYTES, "big")


def damaged(database: Path) -> list[int]:
    """The numbers of the pages in the file that are not what was written, from 1."""
    found: list[int] = []
    with files.reading(database) as file:
        for offset in itertools.count(0, PAGE_BYTES):
            page = file.read(PAGE_BYTES)
            if not page:
                return found
            if len(page) < PAGE_BYTES or page[-SUM_BYTES:] != checksum(page, offset):
                found.append(offset // PAGE_BYTES + 1)
    raise AssertionError("a file ends")


def is_unwritten(database: Path, number: int) -> bool:
    """Whether nothing was written there yet: a checkpoint leaves a page to a later one that has changed since
    what somebody still reads, and those behind it may be there."""
    with files.reading(database) as file:
        file.seek((number - 1) * PAGE_BYTES)
        return not any(file.read(PAGE_BYTES))
