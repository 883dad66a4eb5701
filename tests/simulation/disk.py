"""Runs in the simulation's only thread: a disk that forgets, fills up, fails, and dies with its machine.

SQLite writes real files through this VFS; the product may put its own on top. What `xSync` has not confirmed
is remembered beside them, so that a loss of power can take any part of it back. `close` takes it away again.
"""

import itertools
import os
import random
from collections.abc import Callable
from pathlib import Path

import apsw

from broker import folder

SMALL = (folder.HEADS, folder.DAMAGE)  # files that SQLite knows nothing of
SECTOR_BYTES = 512  # what a disk writes as a whole; a longer write may tear between two

_numbers = itertools.count(1)


class Killed(BaseException):
    """The process ends here, in the middle of what it does.

    SQLite may swallow it and go on; so whoever runs the process looks at `Disk.dead`, too.
    """


class Disk(apsw.VFS):
    """The default VFS while it is open.

    Attributes a fault may set: `full`; `fails_at`, `dies_at`: counts of operations.
    `operations` counts writes, syncs, truncations and deletions. After `dies_at` nothing more is written.
    """

    def __init__(self, data: Path, chance: random.Random) -> None:
        self.name = f"simulated-{next(_numbers)}"
        self.base = apsw.vfs_names()[0]
        self.data = data
        self.chance = chance
        self._safe: dict[Path, bytes] = {}
        self._last: dict[Path, bytes] = {}
        self.full = False
        self.fails_at = self.dies_at = -1
        self.operations = 0
        self.dead = False
        self.say: Callable[..., None] = lambda *what: None
        self._known: dict[str, _Content] = {}
        super().__init__(self.name, self.base)
        apsw.set_default_vfs(self.name)
        self._fsync, os.fsync = os.fsync, self._sync_small

    def close(self) -> None:
        os.fsync = self._fsync
        apsw.set_default_vfs(self.base)
        self.unregister()

    def xOpen(self, name, flags):
        return _File(self, name, flags)

    def xDelete(self, name, sync_folder):
        if self.step("delete", name):
            super().xDelete(name, sync_folder)
            self._known.pop(name, None)

    def excepthook(self, kind, reason, trace):
        """What SQLite swallowed is no news: it was meant to happen."""
        return True

    def revive(self) -> None:
        """The machine runs again, and another process will open the files."""
        self.dead = self.full = False
        self.fails_at = self.dies_at = -1

    def forget(self) -> None:
        """The files are gone."""
        self._known.clear()

    def witnessed(self) -> None:
        """The small files beside the database are on the disk as they are now."""
        self._safe = self._small_files()

    def die(self) -> None:
        """Nothing is written from here on, not even by code that does not know yet that it is dead."""
        self.dead = True
        self._last = self._small_files()

    def bury(self, *, power: bool) -> None:
        """The process is gone. Without power, of what was not synced some is on the disk, whole or in part,
        in any combination."""
        for path, content in self._last.items():
            path.write_bytes(self._mixed(content, self._safe.get(path, b"")) if power else content)
        for path in self._small_files().keys() - self._last.keys():
            path.unlink()
        if power:
            for name, content in self._known.items():
                if content.loose and Path(name).exists():
                    content.settle(self.chance)
                    Path(name).write_bytes(content.safe)

    def _sync_small(self, descriptor: int) -> None:
        """As os.fsync. Of the files beside the database, `witnessed` says when they are safe."""
        number = os.fstat(descriptor).st_ino
        for name, content in self._known.items():
            if os.path.exists(name) and os.stat(name).st_ino == number and self.step("sync", name):
                content.sync()

    def _small_files(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for name in SMALL if (path := self.data / name).exists()}

    def _mixed(self, new: bytes, old: bytes) -> bytes:
        """Each sector as it was, or as it is."""
        mixed = bytearray(new)
        for start in range(0, min(len(old), len(new)), SECTOR_BYTES):
            if self.chance.random() < 0.5:
                mixed[start : start + SECTOR_BYTES] = old[start : start + SECTOR_BYTES]
        return bytes(mixed)

    def content(self, name: str) -> "_Content":
        if name not in self._known:
            path = Path(name)
            self._known[name] = _Content(path.read_bytes() if path.exists() else b"")
        return self._known[name]

    def step(self, what: str, name: str) -> bool:
        """Count an operation; False if there is nobody any more to do it. Raises what becomes of it."""
        if self.dead:
            return False
        self.operations += 1
        if self.operations == self.dies_at:
            self.die()
            self.say("disk", "the broker dies at operation", self.operations, what, name[-12:])
            raise Killed
        if self.operations == self.fails_at:
            self.say("disk", "operation fails", self.operations, what, name[-12:])
            raise apsw.IOError("simulated: the disk failed")
        if self.full and what == "write":
            raise apsw.FullError("simulated: the disk is full")
        return True


class _Content:
    """One file. `safe`: what is on the disk for certain. `loose`: (offset, bytes), or (size, None)."""

    def __init__(self, safe: bytes) -> None:
        self.safe = bytearray(safe)
        self.loose: list[tuple[int, bytes | None]] = []

    def sync(self) -> None:
        for offset, data in self.loose:
            self._apply(offset, data)
        self.loose.clear()

    def settle(self, chance: random.Random) -> None:
        """The power is gone."""
        for offset, data in self.loose:
            fate = chance.random()
            if data is None or fate < 0.35:
                if fate < 0.35:
                    self._apply(offset, data)
            elif fate < 0.65:  # torn
                for start in range(0, len(data), SECTOR_BYTES):
                    if chance.random() < 0.5:
                        self._apply(offset + start, data[start : start + SECTOR_BYTES])
        self.loose.clear()

    def _apply(self, offset: int, data: bytes | None) -> None:
        if data is None:
            del self.safe[offset:]
            return
        if len(self.safe) < offset:
            self.safe.extend(bytes(offset - len(self.safe)))
        self.safe[offset : offset + len(data)] = data


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name, flags) -> None:
        super().__init__(disk.base, name, flags)
        self._disk = disk
        self._name = name.filename() if isinstance(name, apsw.URIFilename) else (name or "")
        self._content = disk.content(self._name)

    def excepthook(self, kind, reason, trace):
        """As above."""
        return True

    def xWrite(self, data, offset):
        if self._disk.step("write", self._name):
            data = bytes(data)
            super().xWrite(data, offset)
            self._content.loose.append((offset, data))

    def xTruncate(self, size):
        if self._disk.step("truncate", self._name):
            super().xTruncate(size)
            self._content.loose.append((size, None))

    def xSync(self, flags):
        if self._disk.step("sync", self._name):
            self._content.sync()
