"""Disks for tests, as SQLite sees them: one that can be filled, and files that are not what was written.

Nothing runs here by itself; logs that are opened inside `a_disk` are on that disk.
"""

import contextlib
import itertools
import shutil
from pathlib import Path

import apsw

numbers = itertools.count(1)


# -- A disk that can be full -------------------------------------------------------------------


class Disk(apsw.VFS):
    """`full`: whether the next writes are refused, or the name of the one file that has no room. `refused`:
    how many were. `unreadable`: whether nothing can be read. `shut`: the name of the one file that SQLite
    cannot open."""

    def __init__(self, base):
        self.name = f"disk-{next(numbers)}"
        self.base = base
        self.full = False
        self.refused = 0
        self.unreadable = False
        self.shut = ""
        super().__init__(self.name, base)

    def xOpen(self, name, flags):
        if self.shut and Path(path_of(name) or "").name == self.shut:
            raise apsw.CantOpenError("unable to open database file")
        return _File(self, name, flags)


class _File(apsw.VFSFile):
    def __init__(self, disk, name, flags):
        super().__init__(disk.base, name, flags)
        self._disk = disk
        self._name = Path(path_of(name) or "").name

    def xRead(self, amount, offset):
        if self._disk.unreadable:
            raise apsw.IOError("disk I/O error")
        return super().xRead(amount, offset)

    def xWrite(self, data, offset):
        if self._disk.full in (True, self._name):
            self._disk.refused += 1
            raise apsw.FullError("no space left")
        super().xWrite(data, offset)


def path_of(name):
    return name.filename() if isinstance(name, apsw.URIFilename) else name


@contextlib.contextmanager
def a_disk():
    """Logs that are opened meanwhile are on this disk."""
    with put_in(Disk(apsw.vfs_names()[0])) as disk:
        yield disk


@contextlib.contextmanager
def put_in(disk):
    """For whoever names no disk, or builds one of its own on top."""
    apsw.set_default_vfs(disk.name)
    try:
        yield disk
    finally:
        apsw.set_default_vfs(disk.base)
        disk.unregister()


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
