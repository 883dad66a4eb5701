"""Runs in run.py's only thread: a virtual environment takes the place of another, and leaves nothing over.

Standard library only. Killed at any point, one of the two is there, and the next start ends what was begun.
"""

import contextlib
import errno
import os
import shutil
from pathlib import Path

from loggia.launch.console import Trouble
from loggia.launch.requirements import PROGRAM
from loggia.launch.venv import STAMP, Venv, Wanted, why_not

BESIDE, BEFORE = ".new-", ".old-"  # what is being made, and what was there while both are exchanged
UNMOVABLE = (errno.EBUSY, errno.EXDEV)


def exchange(venv: Venv, new: Venv) -> None:
    """Put the new folder in place of what is there; both are there until the last step."""
    old = venv.folder.with_name(f"{venv.folder.name}{BEFORE}{os.getpid()}")
    try:
        if venv.folder.exists():
            os.rename(venv.folder, old)
        os.rename(new.folder, venv.folder)
    except PermissionError:  # Windows, while a program runs from there
        if old.exists() and not venv.folder.exists():
            os.rename(old, venv.folder)
        raise Trouble(
            f"{venv.folder} is in use. A new one is ready and takes its place when you "
            "close all windows, brokers and bots of this Loggia and start again."
        ) from None
    except OSError as reason:
        if reason.errno not in UNMOVABLE:
            raise
        _refill(venv, new)
    shutil.rmtree(old, ignore_errors=True)


def _refill(venv: Venv, new: Venv) -> None:
    """The folder is a disk of its own, as in a container: what is in it is exchanged, the stamp last."""
    (venv.folder / STAMP).unlink(missing_ok=True)
    for entry in list(os.scandir(venv.folder)):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)
    shutil.copytree(
        new.folder, venv.folder, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns(STAMP)
    )
    shutil.copy(new.folder / STAMP, venv.folder)
    shutil.rmtree(new.folder, ignore_errors=True)


def left_over(venv: Venv, *kinds: str) -> list[Venv]:
    """Folders of a set-up that did not come to its end."""
    names = tuple(f"{venv.folder.name}{kind}" for kind in kinds or (BESIDE, BEFORE))
    try:
        with os.scandir(venv.folder.parent) as there:
            return [Venv(Path(entry.path)) for entry in there if entry.name.startswith(names)]
    except OSError:
        return []


def whole_beside(venv: Venv, wanted: Wanted) -> list[Venv]:
    """What was made and not yet exchanged, if it is whole and what is in place is not: one at most."""
    for left in left_over(venv, BESIDE):
        sections = {name: wanted[name] for name in left.stamp()["sections"] if name in wanted}
        if PROGRAM in sections and not why_not(left, sections) and why_not(venv, sections):
            return [left]
    return []


def clear(venv: Venv, wanted: Wanted) -> None:
    """Put back what an interrupted exchange moved; remove what is left over. Only while we are alone."""
    for old in left_over(venv, BEFORE):
        if os.path.lexists(venv.folder):
            shutil.rmtree(old.folder, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                os.rename(old.folder, venv.folder)
    waiting = [made.folder for made in whole_beside(venv, wanted)]
    for new in left_over(venv, BESIDE):
        if new.folder not in waiting:
            shutil.rmtree(new.folder, ignore_errors=True)
