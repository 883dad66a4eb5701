"""Who else may have a hand in a folder, as OpenSSH and PostgreSQL ask it. Any thread.

Where others may write, what is there may be anybody's, so it is refused. Root is different: it may work in a
folder of somebody else, and does so with no more rights than that owner has. docs/decisions/0018.
"""

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Self

from loggia.shared.process import paths
from loggia.shared.protocol.errors import StorageBroken

OTHERS = stat.S_IWGRP | stat.S_IWOTH


def refuse_shared(folder: Path, advice: str) -> None:
    """Raises StorageBroken where somebody else could write into a folder, or exchange it. `advice`: where to
    go instead.

    It may be written by its owner alone, who is this user; root takes that of anybody.
    """
    if os.name != "posix":
        return
    place = paths.real(folder)
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
        _refuse_folder(folder, place.stat(), advice)
    refuse_exchange(place, advice)


def refuse_exchange(path: Path, advice: str) -> None:
    """Raises StorageBroken where everybody could exchange a file or a folder, or what it is in. As above.

    In a folder like /tmp, which is sticky, nobody takes what is another's.
    """
    if os.name != "posix":
        return
    for above in paths.real(path).parents:
        try:
            mode = above.stat().st_mode
        except OSError:  # it is made, or said to be out of reach, by who needs it
            continue
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise StorageBroken(
                f"everybody may write to {above}, and so exchange {path}; take that right away with "
                f"`chmod o-w {above}`, or {advice}"
            )


def _refuse_folder(folder: Path, about: os.stat_result, advice: str) -> None:
    if about.st_mode & OTHERS and stat.S_ISDIR(about.st_mode):
        raise StorageBroken(
            f"others may write to the folder {folder}, so what is in it may be anybody's; take that right "
            f"away with `chmod go-w {folder}`, or {advice}"
        )
    if os.geteuid() not in (0, about.st_uid) and about.st_uid != 0:
        raise StorageBroken(
            f"the folder {folder} belongs to another user, who could change all that is in it; run this as "
            f"that user, or {advice}"
        )


def refuse_planted(folder: Path, names: Iterable[str]) -> None:
    """Raises StorageBroken where one of these is there and is no file of the folder's owner alone."""
    if os.name != "posix" or not folder.is_dir():
        return
    owner = folder.stat().st_uid
    for file in (folder / name for name in names):
        try:
            about = file.lstat()
        except OSError:
            continue
        if stat.S_ISDIR(about.st_mode):  # which nobody takes for a file
            continue
        if not stat.S_ISREG(about.st_mode):
            what = "a link" if stat.S_ISLNK(about.st_mode) else "no file"
            raise StorageBroken(f"{file} is {what}, and nothing that Loggia made; move it away")
        if about.st_uid != owner and (about.st_uid not in (0, os.geteuid()) or os.geteuid() == 0):
            raise StorageBroken(
                f"{file} belongs to another user than its folder; if it is what it should be, give it to the "
                "owner of the folder with chown, else move it away"
            )
        if about.st_mode & OTHERS:
            raise StorageBroken(
                f"others may write to {file}, so what is in it may be anybody's; take that right away with "
                f"`chmod go-w {file}`"
            )


def refuse_link(link: Path) -> None:
    """Raises StorageBroken for a link of one user to what belongs to another: it may have been planted.

    Links that root or this user made are followed.
    """
    if os.name != "posix" or not link.is_symlink():
        return
    maker, led_to = link.lstat().st_uid, paths.real(link)
    if maker in (0, os.geteuid()):
        return
    if not led_to.exists() or led_to.stat().st_uid != maker:
        raise StorageBroken(
            f"{link} is a link of another user to {led_to}, which is not that user's, so it is not followed; "
            "name the folder that is meant"
        )


@contextlib.contextmanager
def rights_of_owner(folder: Path) -> Iterator[None]:
    """Within it root works with the rights of the owner of this folder, and what is made is that owner's.

    Whatever is planted there, also at the last moment, leads nowhere that the owner could not go. Nothing
    changes for others than root, and where the owner cannot come to the folder: nobody else can plant there.
    """
    if os.name != "posix" or os.getuid() != 0:
        yield
        return
    before = _Rights.now()
    try:
        about = folder.stat()
    except OSError:
        yield
        return
    if about.st_uid == before.user:
        yield
        return
    try:
        _Rights(about.st_uid, about.st_gid, []).take()
        os.scandir(folder).close()
    except OSError:  # the owner cannot come here, or the system lets root take no other rights
        with contextlib.suppress(OSError):
            before.take()
        yield
        return
    try:
        yield
    finally:
        before.take()


class _Rights(NamedTuple):
    """Of the process: all of its threads have them."""

    user: int
    group: int
    groups: list[int]

    @classmethod
    def now(cls) -> Self:
        return cls(os.geteuid(), os.getegid(), os.getgroups())

    def take(self) -> None:
        """Raises OSError where the system does not let root change."""
        os.seteuid(0)
        os.setgroups(self.groups)
        os.setegid(self.group)
        os.seteuid(self.user)
