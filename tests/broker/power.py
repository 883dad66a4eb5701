"""A disk that a power loss cuts off: what SQLite wrote is watched, and what was not synced may be lost.

Nothing runs here by itself; logs that are opened inside `a_watched_disk` are on that disk.
"""

import contextlib
import itertools
import os
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple

import apsw

from tests.broker.disks import numbers, path_of, put_in

SECTOR_BYTES = 512  # what a disk writes whole or not at all, in any order until it is synced
Survives = Literal["nothing", "everything", "some", "torn"]  # of what was not synced


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


class Renamed(NamedTuple):
    """Whatever had the name `target` before is gone."""

    name: str
    target: str


class Deleted(NamedTuple):
    """`synced`: the disk knows it when this returns."""

    name: str
    synced: bool


FOLDER = Synced("", folder=True)


class Watched(apsw.VFS):
    """A disk that works, and remembers in `history` all that was done to the files in `folder`, in order.

    `before`: what was there at first. Writes to files that SQLite does not know are found by `look`, which is
    called with the next sync of anything.
    """

    def __init__(self, base, folder):
        self.name = f"disk-{next(numbers)}"
        self.base = base
        self.folder = folder
        self.history = []
        self._ours = set()
        self._seen = {}
        self.look()
        self.before, self.history = dict(self._seen), []
        super().__init__(self.name, base)

    def xOpen(self, name, flags):
        path = path_of(name)
        if path is None or Path(path).parent != self.folder:
            return apsw.VFSFile(self.base, name, flags)
        self.look()
        short = Path(path).name
        self._ours.add(short)
        self._seen.pop(short, None)
        if not Path(path).exists():
            self.history.append(Created(short))
        return _WatchedFile(self, name, flags, short)

    def xDelete(self, name, syncdir):
        super().xDelete(name, syncdir)
        if Path(name).parent == self.folder:
            self.history.append(Deleted(Path(name).name, bool(syncdir)))

    def look(self):
        """Note what became of the files that are not SQLite's."""
        for file in sorted(self.folder.iterdir()):
            if file.is_dir() or file.name in self._ours or file.name.endswith("-shm"):
                continue
            content, known = file.read_bytes(), self._seen.get(file.name)
            if known is None:
                self.history.append(Created(file.name))
            if content != known:
                self.history += _changes(file.name, known or b"", content)
            self._seen[file.name] = content

    # -- What the product does by itself -------------------------------------------------------

    @contextlib.contextmanager
    def watching(self):
        fsync, replace, unlink = os.fsync, os.replace, os.unlink

        def watched_fsync(descriptor):
            self.look()
            fsync(descriptor)
            self._synced(os.fstat(descriptor))

        def watched_replace(source, target):
            self.look()
            replace(source, target)
            self._renamed(Path(source), Path(target))

        def watched_unlink(path, **more):
            self.look()
            unlink(path, **more)
            self._unlinked(Path(path))

        os.fsync, os.replace, os.unlink = watched_fsync, watched_replace, watched_unlink
        try:
            yield
        finally:
            os.fsync, os.replace, os.unlink = fsync, replace, unlink

    def _synced(self, wanted):
        if os.path.samestat(self.folder.stat(), wanted):
            self.history.append(FOLDER)
        for file in self.folder.iterdir():
            if os.path.samestat(file.stat(), wanted):
                self.history.append(Synced(file.name, folder=False))

    def _renamed(self, source, target):
        if target.parent == self.folder:
            self.history.append(Renamed(source.name, target.name))
            self._ours.discard(target.name)
            if source.name in self._ours:
                self._ours.add(target.name)
            else:
                self._seen[target.name] = self._seen.pop(source.name)

    def _unlinked(self, path):
        if path.parent == self.folder and not path.name.endswith("-shm"):
            self.history.append(Deleted(path.name, synced=False))
            self._ours.discard(path.name)
            self._seen.pop(path.name, None)


def _changes(name, before, after):
    """Each sector that is another one."""
    if len(after) < len(before):
        yield Truncated(name, len(after))
    for start in range(0, len(after), SECTOR_BYTES):
        sector = after[start : start + SECTOR_BYTES]
        if sector != before[start : start + SECTOR_BYTES]:
            yield Wrote(name, start, sector)


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
        self._disk.look()
        super().xSync(flags)
        self._disk.history.append(Synced(self._name, self._folder_is_due))
        self._folder_is_due = False


@contextlib.contextmanager
def a_watched_disk(folder):
    """Logs that are opened meanwhile in `folder` are watched."""
    with put_in(Watched(apsw.vfs_names()[0], folder)) as disk, disk.watching():
        yield disk


class _Content:
    """A file: `synced` is on the disk for certain, `pending` (writes and truncations) perhaps."""

    def __init__(self, synced=b""):
        self.synced = bytearray(synced)
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
    """What a disk holds while a `history` goes on, and what is left of it after a power loss.

    `before`: what it held at first. After kill -9 "everything" is left.
    """

    def __init__(self, before=None):
        self._files = {
            name: _Content(content) for name, content in (before or {}).items()
        }  # as programs see them
        self._found = dict(self._files)  # as the disk's own folder has them

    def do(self, op):
        match op:
            case Created(name):
                self._files[name] = _Content()
            case Renamed(name, target):
                self._files[target] = self._files.pop(name)
            case Deleted(name, synced):
                del self._files[name]
                if synced:
                    self._found = dict(self._files)
            case Synced(name, folder):
                if name:
                    self._file(name).sync()
                if folder:
                    self._found = dict(self._files)
            case _:
                self._file(op.name).pending.append(op)

    def lose_power(self, folder, survives: Survives, chance: Random):
        """Write into `folder` what the disk holds now."""
        folder.mkdir()
        for name in sorted(self._found.keys() | self._files.keys()):
            choice = {"nothing": self._found, "some": chance.choice([self._found, self._files])}
            if (content := choice.get(survives, self._files).get(name)) is not None:
                (folder / name).write_bytes(content.after(survives, chance))

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
            if isinstance(last, Wrote) and len(last.data) > SECTOR_BYTES:
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
