"""Runs in the simulation's only thread: a disk that forgets, fills up, fails, and dies with its machine.

SQLite writes real files through this VFS; the product may put its own on top. What `xSync` has not confirmed
is remembered beside them, so that a loss of power can take any part of it back. The small files that the
product writes by itself are in beside.py. `close` takes the disk away again.
"""

import errno
import itertools
import os
import random
from collections.abc import Callable
from pathlib import Path

import apsw
from loggia.broker.storage.log import Log

from tests.simulation.beside import SECTOR_BYTES, Beside

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
        self._beside = Beside(data, chance)
        self.full = False
        self.fails_at = self.dies_at = -1
        self.operations = 0
        self.dead = False
        self.say: Callable[..., None] = lambda *what: None
        self._known: dict[str, _Content] = {}
        super().__init__(self.name, self.base)
        apsw.set_default_vfs(self.name)
        self._fsync, os.fsync = os.fsync, self._sync
        self._replace, os.replace = os.replace, self._rename

    def close(self) -> None:
        os.fsync, os.replace = self._fsync, self._replace
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
        """Somebody has removed files, or put others in their place, which are on the disk."""
        self._known.clear()
        self._beside.forget()

    def die(self) -> None:
        """Nothing is written from here on, not even by code that does not know yet that it is dead."""
        self.dead = True
        self._beside.freeze()

    def bury(self, *, power: bool) -> None:
        """The process is gone. Without power, of what was not synced some is on the disk, whole or in part,
        in any combination."""
        self._beside.bury(power=power)
        if power:
            for name, content in self._known.items():
                if content.loose and Path(name).exists():
                    content.settle(self.chance)
                    Path(name).write_bytes(content.safe)

    def _sync(self, descriptor: int) -> None:
        """As os.fsync, of a file or of the folder."""
        wanted = os.fstat(descriptor)
        for name, content in self._known.items():
            if os.path.exists(name) and os.path.samestat(os.stat(name), wanted):
                if self._act("sync", name):
                    content.sync()
                return
        if os.path.samestat(os.stat(self.data), wanted):
            if self._act("sync", "folder"):
                self._beside.names_are_safe()
        elif (path := self._beside.named(wanted)) is not None and self._act("sync", path.name):
            self._beside.is_safe(path)

    def _rename(self, source, target) -> None:
        """As os.replace, of a file that SQLite knows nothing of."""
        if Path(target).parent != self.data:
            self._replace(source, target)
        elif self._act("rename", str(target)):
            self._beside.replaced(Path(source), Path(target))
            self._replace(source, target)

    def _act(self, what: str, name: str) -> bool:
        """A step of the product itself, which expects what the system raises."""
        try:
            return self.step(what, name)
        except apsw.IOError as reason:
            raise OSError(errno.EIO, str(reason)) from reason

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
        # one without a name is gone with its process
        self._content = disk.content(self._name) if self._name else _Content(b"")

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


def close(log: Log) -> None:
    """Let go of the files. SQLite does what it can on a disk that fails; of a process that is dead it writes
    nothing any more."""
    for _ in range(2):  # what the simulated disk raises interrupts the first; SQLite itself is not
        try:
            log.close()
        except (Exception, Killed):
            continue
