"""For tests that run as root: a folder of another user, and what that user plants there."""

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

USER, GROUP = 12345, 12346
SECRET = b"root's own\n"

as_root = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")


class Planted(NamedTuple):
    """`folder`: the user's. `victim`: a file of root, beside it."""

    folder: Path
    victim: Path

    def give(self) -> None:
        """All that is in the folder now is the user's."""
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, USER, GROUP, follow_symlinks=False)

    def link(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        (self.folder / name).symlink_to(self.victim)
        os.chown(self.folder / name, USER, GROUP, follow_symlinks=False)

    def hard_link(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        os.link(self.victim, self.folder / name)

    def pipe(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        os.mkfifo(self.folder / name)
        os.chown(self.folder / name, USER, GROUP)

    def dangling(self, name: str) -> None:
        """A link to what root would make."""
        (self.folder / name).unlink(missing_ok=True)
        (self.folder / name).symlink_to(self.victim.with_name("made"))
        os.chown(self.folder / name, USER, GROUP, follow_symlinks=False)

    def check(self) -> None:
        """What is root's is as it was, and what is new in the folder is the user's."""
        about = self.victim.stat()
        assert self.victim.read_bytes() == SECRET
        assert (about.st_uid, about.st_gid, stat.S_IMODE(about.st_mode)) == (0, 0, 0o600)
        assert sorted(file.name for file in self.victim.parent.iterdir() if file != self.folder) == ["victim"]
        for file in self.folder.rglob("*"):
            found = file.lstat()
            if found.st_ino != about.st_ino:
                assert (found.st_uid, found.st_gid) == (USER, GROUP), file


PLANTS = [Planted.link, Planted.hard_link, Planted.pipe, Planted.dangling]


@contextlib.contextmanager
def planting(place: Path | None) -> Iterator[Planted]:
    """A folder of the user in a place of root's; None: in one where that user can come."""
    above = Path(tempfile.mkdtemp()) if place is None else place
    try:
        above.mkdir(mode=0o700, exist_ok=True)
        if place is None:
            above.chmod(0o755)
        (above / "victim").write_bytes(SECRET)
        (above / "victim").chmod(0o600)
        (above / "data").mkdir(mode=0o700)
        yield Planted(above / "data", above / "victim")
    finally:
        if place is None:
            shutil.rmtree(above)
