"""The files beside the database, which the product writes by itself, on the simulated disk.

A write lasts when the file is synced, a name when the folder is. Until then a loss of power may take them
back, each sector and each name for itself. Runs in the simulation's only thread.
"""

import os
import random
from pathlib import Path

from loggia.broker.storage import data_dir

NAMES = (data_dir.HEADS, data_dir.DAMAGE)
SECTOR_BYTES = 512  # what a disk writes as a whole; a longer write may tear between two


class Beside:
    """`freeze` when the process dies, `bury` when it is gone: what it did in between never happened."""

    def __init__(self, data: Path, chance: random.Random) -> None:
        self._data = data
        self._chance = chance
        self._safe: dict[Path, bytes] = {}  # what was synced of the file that has the name now
        self._before: dict[Path, list[bytes | None]] = {}  # what the disk may still have under this name
        self._last: dict[Path, bytes] = {}

    def forget(self) -> None:
        """Somebody has removed files."""
        here = self._here()
        self._safe = {path: content for path, content in self._safe.items() if path in here}
        self._before = {path: contents for path, contents in self._before.items() if path in here}

    def named(self, wanted: os.stat_result) -> Path | None:
        """The file that somebody has open."""
        return next((path for path in self._here() if os.path.samestat(path.stat(), wanted)), None)

    def is_safe(self, path: Path) -> None:
        self._safe[path] = path.read_bytes()

    def names_are_safe(self) -> None:
        self._before = {}

    def replaced(self, source: Path, target: Path) -> None:
        """`source` is about to get the name of `target`."""
        self._before.setdefault(target, []).append(self._left(target) if target.exists() else None)
        self._safe[target] = self._safe.pop(source, b"")

    def freeze(self) -> None:
        self._last = self._files()

    def bury(self, *, power: bool) -> None:
        for path in self._files().keys() - self._last.keys():
            path.unlink()
        for path, content in self._last.items():
            path.write_bytes(content)
        if power:
            for path in self._last:
                before = self._before.get(path, [])
                found = self._chance.choice([*before, self._left(path)]) if before else self._left(path)
                if found is None:
                    path.unlink()
                else:
                    path.write_bytes(found)
            self._safe, self._before = self._files(), {}

    def _files(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in self._here()}

    def _here(self) -> list[Path]:
        """What is there under these names, and what is about to get them."""
        files = [file for name in NAMES for file in (self._data / name, *self._data.glob(f"{name}.*.new"))]
        return [file for file in files if file.exists()]

    def _left(self, path: Path) -> bytes:
        """Each sector as it was synced, or as it is."""
        mixed = bytearray(path.read_bytes())
        old = self._safe.get(path, b"").ljust(len(mixed), b"\0")
        for start in range(0, len(mixed), SECTOR_BYTES):
            if self._chance.random() < 0.5:
                mixed[start : start + SECTOR_BYTES] = old[start : start + SECTOR_BYTES]
        return bytes(mixed)
