"""A disk that a test can fill: SQLite's own writes fail, at any moment, as ENOSPC makes them fail."""

import contextlib
import functools
import itertools

import apsw

_numbers = itertools.count(1)


class Disk(apsw.VFS):
    """`full`: whether the next writes are refused. `refused`: how many were."""

    def __init__(self, base):
        self.name = f"disk-{next(_numbers)}"
        self.base = base
        self.full = False
        self.refused = 0
        super().__init__(self.name, base)

    def xOpen(self, name, flags):
        return _File(self, name, flags)


class _File(apsw.VFSFile):
    def __init__(self, disk, name, flags):
        super().__init__(disk.base, name, flags)
        self._disk = disk

    def xWrite(self, data, offset):
        if self._disk.full:
            self._disk.refused += 1
            raise apsw.FullError("no space left")
        super().xWrite(data, offset)


@contextlib.contextmanager
def a_disk(monkeypatch):
    """Logs that are opened meanwhile are on this disk."""
    disk = Disk(apsw.vfs_names()[0])
    with monkeypatch.context() as patch:
        patch.setattr(apsw, "Connection", functools.partial(apsw.Connection, vfs=disk.name))
        yield disk
    disk.unregister()
