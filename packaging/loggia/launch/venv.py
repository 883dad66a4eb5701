"""Runs in run.py's only thread: one virtual environment on the disk: what its stamp says, and is it whole.

Standard library only; reads files and starts nothing, since every start of run.py looks here.
"""

import contextlib
import csv
import hashlib
import json
import os
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from loggia.launch.requirements import Pin, digest, meets, normal

Wanted = dict[str, list[Pin]]  # pins by section

CHECKOUT = "loggia.pth"  # is read by every start of this Python
STAMP = "loggia-stamp"  # written last: a folder without it was interrupted, or is not run.py's


class Venv:
    """The folder, which need not be there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def python(self) -> Path:
        """Where its Python is on this system."""
        scripts, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
        return self.folder / scripts / name

    @property
    def packages(self) -> Path:
        return Path(sysconfig.get_path("purelib", "venv", {"base": str(self.folder)}))

    def stamp(self) -> dict[str, dict[str, str]]:
        """`python`: what it was made of. `sections`: the digest of each that is installed. `adding`: of each
        that was being added. `without`: of each that this machine cannot have. Empty if there is no stamp."""
        found: dict[str, dict[str, str]] = {"python": {}, "sections": {}, "adding": {}, "without": {}}
        with contextlib.suppress(OSError, ValueError):
            read = json.loads((self.folder / STAMP).read_text(encoding="utf-8"))
            for part, values in read.items() if isinstance(read, dict) else ():
                if part in found and isinstance(values, dict):
                    found[part] = {name: value for name, value in values.items() if isinstance(value, str)}
        return found

    def write_stamp(self, **parts: dict[str, str]) -> None:
        """Replace these parts of the stamp, in one moment."""
        text = json.dumps({**self.stamp(), **parts}, indent=1)
        half = self.folder / f"{STAMP}.half"
        half.write_text(text, encoding="utf-8")
        os.replace(half, self.folder / STAMP)

    def made_of(self) -> dict[str, str]:
        """What changes when this folder no longer works with the Python that runs, or was tampered with."""
        python = os.path.realpath(self.python)
        inside = python.startswith(os.path.realpath(self.folder))  # a copy, on Windows: it moves along
        usable = os.path.isfile(python) and os.access(python, os.X_OK)
        try:
            settings = (self.folder / "pyvenv.cfg").read_bytes()
        except OSError:
            settings = b""
        return {
            "version": f"{sys.implementation.cache_tag} {sysconfig.get_platform()}",
            "prefix": sys.base_prefix,
            "interpreter": ("" if inside else python) if usable else "cannot be started",
            "pyvenv.cfg": hashlib.sha256(settings).hexdigest(),
        }

    def stands(self) -> bool:
        """Whether its Python is the one it was made with, the same that runs here."""
        return self.stamp()["python"] == self.made_of()

    def installed(self) -> dict[str, tuple[str, Path]]:
        """The version of each package that is there, and the folder that says so."""
        found = {}
        for folder in self.packages.glob("*.dist-info"):
            name, _, version = folder.name.removesuffix(".dist-info").rpartition("-")
            found[normal(name)] = (version, folder)
        return found

    def damage(self, pins: Iterable[Pin]) -> str:
        """The first thing that is not as pip installed it; empty when all is. 5 ms for each 1000 files."""
        installed = self.installed()
        for pin in pins:
            if pin.is_for_here():
                if pin.name not in installed:
                    return f"{pin.name} is missing"
                version, folder = installed[pin.name]
                if pin.version and not meets(version, f"=={pin.version}"):
                    return f"{pin.name} is {version}"
                if lacks := self._lacks(folder):
                    return lacks
        return ""

    def _lacks(self, package: Path) -> str:
        site = str(self.packages)
        try:
            with (package / "RECORD").open(encoding="utf-8", newline="") as record:
                for path, _, size in csv.reader(record):
                    if path.endswith(".pyc") or path.startswith("..") or os.path.isabs(path):
                        continue  # compiled when it is used, or a script, which names this folder
                    try:
                        there = os.stat(os.path.join(site, path)).st_size
                        if size and there != int(size):
                            return f"{path} is not as it was installed"
                    except OSError:
                        return f"{path} is missing"
        except (OSError, ValueError, csv.Error):
            return f"{package.name} cannot be read"
        return ""

    def name_checkout(self, house: Path) -> None:
        """Let this Python find `loggia` in the house, wherever a program lies that asks for it.

        A folder in the house is told the way from there: it stays right where the two move together, and has
        no letters but ours, since Python before 3.13 reads the file as this computer's old encoding.
        """
        packaging = house / "packaging"
        inside = self.packages.is_relative_to(house)
        line = f"{os.path.relpath(packaging, self.packages) if inside else packaging}\n".encode()
        file = self.packages / CHECKOUT
        with contextlib.suppress(OSError):  # somebody else's: run.py names the house to what it starts
            if not file.is_file() or file.read_bytes() != line:
                half = file.with_suffix(f".half{os.getpid()}")
                half.write_bytes(line)
                os.replace(half, file)

    def name_in_scripts(self, folder: Path) -> None:
        """Scripts name the folder they were made in: let them name the one that this will become."""
        old, new = os.fsencode(self.folder), os.fsencode(folder)
        for file in [*self.python.parent.iterdir(), self.folder / "pyvenv.cfg"]:
            if file.is_file() and not file.is_symlink() and file.suffix != ".exe":
                text = file.read_bytes()
                if old in text:
                    file.write_bytes(text.replace(old, new))


def lacking(venv: Venv, wanted: Wanted) -> list[str]:
    """The sections that are not installed, or not as wanted."""
    stamped = venv.stamp()["sections"]
    return [name for name, pins in wanted.items() if stamped.get(name) != digest(pins)]


def why_not(venv: Venv, wanted: Wanted) -> str:
    """Why these sections cannot be used as they are; empty when they can."""
    stamp = venv.stamp()
    if not venv.stands():
        return "it was made by another Python, or is damaged"
    if set(wanted) & set(stamp["adding"]):
        return "an installation was interrupted"
    if lacking(venv, wanted):
        return "requirements.txt has changed"
    return venv.damage(pin for pins in wanted.values() for pin in pins)
