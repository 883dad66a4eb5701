"""Disks for tests, as SQLite sees them: one that can be filled, and one that a power loss cuts off.

Nothing runs here by itself; logs that are opened inside `a_disk` or `a_watched_disk` are on that disk.
"""

import contextlib
import itertools
import shutil
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple

import apsw

_numbers = itertools.count(1)

SECTOR_BYTES = 512  # what a disk writes whole or not at all, in any order until it is synced
Survives = Literal["nothing", "everything", "some", "torn"]  # of what was not synced


# -- A disk that can be full -------------------------------------------------------------------


class Disk(apsw.VFS):
    """`full`: whether the next writes are refused, or the name of the one file that has no room. `refused`:
    how many were. `unreadable`: whether nothing can be read."""

    def __init__(self, base):
        self.name = f"disk-{next(_numbers)}"
        self.base = base
        self.full = False
        self.refused = 0
        self.unreadable = False
        super().__init__(self.name, base)

    def xOpen(self, name, flags):
        return _File(self, name, flags)


class _File(apsw.VFSFile):
    def __init__(self, disk, name, flags):
        super().__init__(disk.base, name, flags)
        self._disk = disk
        self._name = Path(_path(name) or "").name

    def xRead(self, amount, offset):
        if self._disk.unreadable:
            raise apsw.IOError("disk I/O error")
        return super().xRead(amount, offset)

    def xWrite(self, data, offset):
        if self._disk.full in (True, self._name):
            self._disk.refused += 1
            raise apsw.FullError("no space left")
        super().xWrite(data, offset)


def _path(name):
    return name.filename() if isinstance(name, apsw.URIFilename) else name


@contextlib.contextmanager
def a_disk():
    """Logs that are opened meanwhile are on this disk."""
    with _default(Disk(apsw.vfs_names()[0])) as disk:
        yield disk


@contextlib.contextmanager
def _default(disk):
    """For whoever names no disk, or builds one of its own on top."""
    apsw.set_default_vfs(disk.name)
    try:
        yield disk
    finally:
        apsw.set_default_vfs(disk.base)
        disk.unregister()


# -- A disk that forgets -----------------------------------------------------------------------


class Wrote(NamedTuple):
    name: str
    offset: int
    data: bytes


class Truncated(NamedTuple):
    name: str
    size: int


class Synced(NamedTuple):
    """All that was done to this file before is on the disk; `folder`: the names in its folder are, too."""

    name: str
    folder: bool


class Created(NamedTuple):
    name: str


class Deleted(NamedTuple):
    """`synced`: the disk knows it when this returns."""

    name: str
    synced: bool


class Beside(NamedTuple):
    """A file that SQLite does not know was found changed; None: it is gone."""

    name: str
    content: bytes | None


class Watched(apsw.VFS):
    """A disk that works, and remembers in `history` all that was done to the files in `folder`, in order."""

    def __init__(self, base, folder):
        self.name = f"disk-{next(_numbers)}"
        self.base = base
        self.folder = folder
        self.history = []
        self._ours = set()
        self._beside = {}
        super().__init__(self.name, base)

    def xOpen(self, name, flags):
        path = _path(name)
        if path is None or Path(path).parent != self.folder:
            return apsw.VFSFile(self.base, name, flags)
        self._ours.add(Path(path).name)
        if not Path(path).exists():
            self.history.append(Created(Path(path).name))
        return _WatchedFile(self, name, flags, Path(path).name)

    def xDelete(self, name, syncdir):
        super().xDelete(name, syncdir)
        if Path(name).parent == self.folder:
            self.history.append(Deleted(Path(name).name, bool(syncdir)))

    def look_beside(self):
        """Note what became of the files that are not SQLite's."""
        seen = {
            file.name: file.read_bytes()
            for file in self.folder.iterdir()
            if file.name not in self._ours and not file.name.endswith("-shm")
        }
        for name in seen.keys() | self._beside.keys():
            if seen.get(name) != self._beside.get(name):
                self.history.append(Beside(name, seen.get(name)))
        self._beside = seen


class _WatchedFile(apsw.VFSFile):
    def __init__(self, disk, name, flags, short):
        super().__init__(disk.base, name, flags)
        self._disk = disk
        self._name = short
        # SQLite syncs the folder with the first sync of a journal or WAL that it made
        self._folder_is_due = bool(flags[0] & (apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL))

    def xWrite(self, data, offset):
        super().xWrite(data, offset)
        self._disk.history.append(Wrote(self._name, offset, bytes(data)))

    def xTruncate(self, size):
        super().xTruncate(size)
        self._disk.history.append(Truncated(self._name, size))

    def xSync(self, flags):
        self._disk.look_beside()
        super().xSync(flags)
        self._disk.history.append(Synced(self._name, self._folder_is_due))
        self._folder_is_due = False


@contextlib.contextmanager
def a_watched_disk(folder):
    """Logs that are opened meanwhile in `folder` are watched."""
    with _default(Watched(apsw.vfs_names()[0], folder)) as disk:
        yield disk


class _Content:
    """A file: `synced` is on the disk for certain, `pending` (writes and truncations) perhaps."""

    def __init__(self):
        self.synced = bytearray()
        self.pending = []

    def sync(self):
        for change in self.pending:
            _apply(change, self.synced)
        self.pending = []

    def after(self, survives, chance):
        """The content that is found when the power is back."""
        content = bytearray(self.synced)
        for change in _surviving(self.pending, survives, chance):
            _apply(change, content)
        return content


class Platter:
    """What a disk holds while a `history` goes on, and what is left of it after a power loss."""

    def __init__(self):
        self._files = {}  # as programs see them
        self._found = {}  # as the disk's own folder has them
        self._beside = {}  # of the others: each file's contents so far

    def do(self, op):
        match op:
            case Created(name):
                self._files[name] = _Content()
            case Deleted(name, synced):
                del self._files[name]
                if synced:
                    self._found = dict(self._files)
            case Synced(name, folder):
                self._file(name).sync()
                if folder:
                    self._found = dict(self._files)
            case Beside(name, content):
                self._beside.setdefault(name, [None]).append(content)
            case _:
                self._file(op.name).pending.append(op)

    def lose_power(self, folder, survives: Survives, chance: Random, beside: int = -1):
        """Write into `folder` what the disk holds now.

        `beside`: which content of the other files, -1 the newest; they are synced when they are made.
        """
        folder.mkdir()
        for name in self._found.keys() | self._files.keys():
            choice = {"nothing": self._found, "some": chance.choice([self._found, self._files])}
            if (content := choice.get(survives, self._files).get(name)) is not None:
                (folder / name).write_bytes(content.after(survives, chance))
        for name, contents in self._beside.items():
            content = contents[max(beside, 1 - len(contents))]
            if content is not None:
                (folder / name).write_bytes(content)

    def _file(self, name):
        """A file that was there before it was watched was empty, and its name is known to the disk."""
        if name not in self._files:
            self._files[name] = self._found[name] = _Content()
        return self._files[name]


def _apply(change, content):
    match change:
        case Wrote(_, offset, data):
            content.extend(bytes(max(0, offset - len(content))))
            content[offset : offset + len(data)] = data
        case Truncated(_, size):
            del content[size:]


def _surviving(pending, survives, chance):
    match survives:
        case "everything":
            yield from pending
        case "torn" if pending:
            *whole, last = pending
            yield from whole
            if isinstance(last, Wrote):
                yield last._replace(data=last.data[: chance.randrange(len(last.data))])
        case "some":
            for change in pending:
                if isinstance(change, Wrote):
                    yield from _sectors(change, chance)
                elif chance.random() < 0.5:
                    yield change


def _sectors(wrote, chance):
    """Each sector of a write reached the disk, or did not."""
    end = wrote.offset + len(wrote.data)
    borders = range(wrote.offset - wrote.offset % SECTOR_BYTES + SECTOR_BYTES, end, SECTOR_BYTES)
    for first, last in itertools.pairwise([wrote.offset, *borders, end]):
        if chance.random() < 0.5:
            yield Wrote(wrote.name, first, wrote.data[first - wrote.offset : last - wrote.offset])


# -- A disk that is not what was written ---------------------------------------------------------


def killed(house, tmp_path, name="copy"):
    """The folder as kill -9 leaves it."""
    folder = tmp_path / name
    shutil.copytree(house.folder, folder)
    return folder


def flip(file, offset, bit=1):
    with file.open("r+b") as out:
        out.seek(offset)
        byte = out.read(1)[0]
        out.seek(offset)
        out.write(bytes([byte ^ bit]))


def place_of(file, request_id):
    """Where the event stands that was stored under this id."""
    return file.read_bytes().index(b'"id":"%s"' % request_id.encode())
