"""Runs in run.py's only thread: makes `.venv` from requirements.txt, adds to it, or replaces it.

Standard library only. What works is never touched: a new folder is made beside it and exchanged when it is
whole. Ctrl+C, a full disk or `kill -9` at any point leave what was there; leftovers go at the next start.
"""

import contextlib
import datetime
import errno
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from loggia.launch import pip, requirements, system
from loggia.launch.alone import alone, alone_at_once
from loggia.launch.console import Trouble, say
from loggia.launch.exchange import BESIDE, clear, exchange, left_over, whole_beside
from loggia.launch.requirements import PROGRAM, TOOLS, WINDOW, Pin
from loggia.launch.venv import Venv, Wanted, lacking, why_not

FOR = {PROGRAM: "the broker and bots", WINDOW: "the window", TOOLS: "tests and checks"}
PIP = Pin("pip", "", "", "pip")


def ensure(house: Path, *sections: str, wish: str = "") -> Path:
    """The Python of the house's `.venv`, with what the program and these sections need; set up if need be.

    `wish`: a section that is installed if this machine can have it (`has` tells). Raises Trouble.
    """
    _refuse_names_that_break(house)
    venv = at(house)
    wanted = requirements.sections(house)
    needed = [PROGRAM, *sections]
    if _is_ready(venv, wanted, needed, wish):
        if left_over(venv):
            with alone_at_once(house / "run.py") as free:
                if free:
                    clear(venv, wanted)
    else:
        with alone(house / "run.py", "Another run.py is setting Loggia up; waiting for it ..."):
            clear(venv, wanted)
            if not _is_ready(venv, wanted, needed, wish):
                _set_up(house, venv, wanted, needed, wish)
    venv.name_checkout(house)
    return venv.python


def at(house: Path) -> Venv:
    """The house's virtual environment. A `.venv` that is a link to a folder stays one."""
    folder = house / ".venv"
    return Venv(folder.resolve() if folder.is_dir() else folder)


def has(house: Path, section: str) -> bool:
    """Whether a section is installed, as it is wanted."""
    wanted = requirements.sections(house)
    return lacking(at(house), {section: wanted[section]}) == []


def typed(house: Path) -> Path:
    """A folder in which `loggia` is as when it is installed: a checker of types follows no `__path__`."""
    folder = at(house).folder / "types"
    shutil.rmtree(folder, ignore_errors=True)
    package = folder / "loggia"
    shutil.copytree(house / "packaging" / "loggia", package, ignore=shutil.ignore_patterns("__pycache__"))
    for room in ("shared", "broker", "qtclient"):
        try:
            (package / room).symlink_to(house / room, target_is_directory=True)
        except OSError:  # Windows lets only some make links
            shutil.copytree(house / room, package / room)
    return folder


def _refuse_names_that_break(house: Path) -> None:
    """What Python itself cannot live with in the name of a folder."""
    for character, what in {
        os.pathsep: f'"{os.pathsep}"',
        "\n": "a line break",
        "\r": "a line break",
    }.items():
        if character in str(house):
            raise Trouble(
                f"Loggia cannot run in {str(house)!r}: Python takes no packages from a folder with {what} in "
                "its name. Rename that folder, or move Loggia to another."
            )
    try:
        str(house).encode("utf-8")
    except UnicodeEncodeError:
        raise Trouble(
            f"Loggia cannot run in {str(house)!r}: that name is not UTF-8, and Python makes no virtual "
            "environment there. Rename that folder, or move Loggia to another."
        ) from None


# -- Is it as it should be ---------------------------------------------------------------------


def _is_ready(venv: Venv, wanted: Wanted, needed: Sequence[str], wish: str) -> bool:
    names = [*needed]
    if wish and venv.stamp()["without"].get(wish) != _lost(wanted[wish]):
        names.append(wish)
    return why_not(venv, {name: wanted[name] for name in names}) == ""


def _lost(pins: Sequence[Pin]) -> str:
    """What is remembered, until tomorrow, of a section that this machine cannot have."""
    return f"{datetime.date.today()} {requirements.digest(pins)}"


def _would_do(house: Path, venv: Venv, wanted: Wanted) -> bool:
    """Whether older packages are there that the code can work with, by what pyproject.toml says."""
    stamp = venv.stamp()
    if not venv.stands() or set(wanted) - set(stamp["sections"]) or set(wanted) & set(stamp["adding"]):
        return False
    accepted = {
        name: bounds for section in wanted for name, bounds in requirements.accepted(house, section).items()
    }
    pins = [pin._replace(version="") for section in wanted.values() for pin in section]
    installed = venv.installed()
    return not venv.damage(pins) and all(
        requirements.meets(installed[name][0], bounds)
        for name, bounds in accepted.items()
        if name in installed
    )


# -- Setting up --------------------------------------------------------------------------------


def _set_up(house: Path, venv: Venv, wanted: Wanted, needed: Sequence[str], wish: str) -> None:
    _refuse_what_is_in_the_way(house)
    try:
        with _told_of_the_disk(venv):
            for made in whole_beside(venv, wanted):
                exchange(venv, made)
            if not _is_ready(venv, wanted, needed, wish):
                _provide_what_there_is(venv, wanted, needed, wish)
    except Trouble as reason:
        needs = {name: wanted[name] for name in needed}
        if wish and not why_not(venv, needs):
            say(f"{reason}\nGoing on without the packages for {FOR[wish]}.")
            return
        if TOOLS in needs or not _would_do(house, venv, needs):  # a test means what requirements.txt says
            raise
        say(f"{reason}\nUntil then Loggia runs with the packages that it had.")
    else:
        say("Set up.")


def _provide_what_there_is(venv: Venv, wanted: Wanted, needed: Sequence[str], wish: str) -> None:
    """Provide what is needed, and of all else what this machine can have."""
    sections, without = [*needed, *filter(None, [wish])], list[str]()
    while True:
        try:
            return _provide(venv, wanted, [name for name in sections if name not in without], without)
        except pip.NoWheel as reason:
            section = next(
                (name for name, pins in wanted.items() if reason.package in [p.name for p in pins]), ""
            )
            if section == WINDOW and section in needed:
                if WINDOW not in venv.stamp()["sections"]:  # what a broker needs is as good as here
                    _provide(venv, wanted, [name for name in needed if name != WINDOW], without)
                raise Trouble(
                    f"{reason}\nA broker, bots and tests need none: python3 run.py broker"
                ) from None
            if section in (*needed, *without, ""):
                raise
            say(f"{reason}\nGoing on without the packages for {FOR[section]}.")
            without.append(section)


def _refuse_what_is_in_the_way(house: Path) -> None:
    folder = house / ".venv"
    if os.path.lexists(folder) and not folder.is_dir():
        what = f"a link to {os.readlink(folder)}, which is no folder" if folder.is_symlink() else "a file"
        raise Trouble(
            f"{folder} is {what}, and Loggia makes a folder of that name for its packages. "
            "Delete it, or move it away, and start again."
        )


def _provide(venv: Venv, wanted: Wanted, sections: Sequence[str], without: Sequence[str]) -> None:
    """Add to what stands, if what it has of these sections is as it should be; else make all of it anew."""
    stamp = venv.stamp()
    there = {name: wanted[name] for name in sections if name in stamp["sections"]}
    missing = [name for name in sections if name not in there]
    why = why_not(venv, there) if PROGRAM in there else "not complete"
    if not why and missing:
        why = "an installation was interrupted" if set(missing) & set(stamp["adding"]) else venv.damage([PIP])
    lost = {name: _lost(wanted[name]) for name in without}
    if why:
        kept = [name for name in wanted if name in {*sections, *stamp["sections"]} and name not in without]
        _make_anew(venv, wanted, kept, lost, why)
    else:
        _add(venv, wanted, sections, missing, lost)


def _add(
    venv: Venv, wanted: Wanted, sections: Sequence[str], missing: Sequence[str], lost: dict[str, str]
) -> None:
    """Install sections that are not there yet: what is there stays as it is."""
    added = {name: requirements.digest(wanted[name]) for name in missing}
    if missing:
        venv.write_stamp(adding=added)
        try:
            _install(venv, wanted, sections, missing)
        except pip.PipFailed as reason:
            if not reason.touched:
                venv.write_stamp(adding={})
            raise
    venv.write_stamp(sections={**venv.stamp()["sections"], **added}, adding={}, without=lost)


def _make_anew(venv: Venv, wanted: Wanted, sections: Sequence[str], lost: dict[str, str], why: str) -> None:
    """A new folder beside, exchanged when it is whole."""
    new = Venv(venv.folder.with_name(f"{venv.folder.name}{BESIDE}{os.getpid()}"))
    if venv.stamp()["sections"]:
        say(f"Making a new virtual environment .venv: {why} ...")
    else:
        say("Making the virtual environment .venv (needed once) ...")
    try:
        new.folder.mkdir()
        _make(new.folder)
        _install(new, wanted, sections, sections)
        new.name_in_scripts(venv.folder)
        new.write_stamp(
            python=new.made_of(),
            sections={name: requirements.digest(wanted[name]) for name in sections},
            without=lost,
        )
    except BaseException:
        shutil.rmtree(new.folder, ignore_errors=True)
        raise
    exchange(venv, new)


def _make(folder: Path) -> None:
    if importlib.util.find_spec("ensurepip") is None:  # Debian keeps it in a package of its own
        system.provide(["python3-venv"], "Setting up needs")
    python: str = getattr(sys, "_base_executable", None) or sys.executable  # not that of a venv we replace
    isolated = ["-I", "-X", "utf8", "-m"]
    made = [*isolated, "venv", "--clear", "--without-pip", "--prompt", ".venv", str(folder)]
    _run([python, *made], folder.parent)
    _run([str(Venv(folder).python), *isolated, "ensurepip", "--upgrade", "--default-pip"], folder.parent)


def _run(command: Sequence[str], folder: Path) -> None:
    """One step towards a virtual environment, for which Python has no sentences."""
    made = subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env=pip.surroundings(),
        cwd=folder,  # where we are may be gone
    )
    if made.returncode != 0:
        said = (made.stdout + made.stderr).strip()
        if full := re.search(r"Errno (28|122)\b|No space left|Disk quota", said):
            raise OSError(int(full[1] or errno.ENOSPC), full[0])
        raise Trouble(f"{said}\nThe virtual environment could not be made.")


def _install(venv: Venv, wanted: Wanted, sections: Sequence[str], new: Sequence[str]) -> None:
    say(f"Installing the packages for {', '.join(FOR.get(name, name) for name in new)} ...")
    lines = [pin.line for name in sections for pin in wanted[name]]
    pip.install(venv.python, lines, wheels_of=[pin.name for pin in wanted[WINDOW]])


@contextlib.contextmanager
def _told_of_the_disk(venv: Venv) -> Iterator[None]:
    """What the system refuses us, in a sentence."""
    try:
        yield
    except OSError as reason:
        if reason.errno in (errno.ENOSPC, errno.EDQUOT):
            text = f"There is no room left on the disk of {venv.folder.parent}. {pip.MAKE_ROOM}"
        else:
            text = (
                f"Cannot write to {reason.filename or venv.folder}: {reason.strerror}. "
                "Copy Loggia into a folder of your own."
            )
        raise Trouble(text) from None
