"""Which file `run.py bot NAME` runs: one of Loggia's own, or the user's. Standard library only."""

import ast
import os
from collections.abc import Iterable
from pathlib import Path

SHOWN = 20  # files of a folder that are named: enough to find a slip in, and no page full


class NoSuchBot(Exception):
    """There is none; the text says what there is."""


def find(folder: Path, name: str) -> Path:
    """The file, absolute; `.py` may be left out, `~` is known. Raises NoSuchBot.

    A name in `folder`, where Loggia's own bots are, wins over a file beside.
    """
    own = {file.stem: file for file in folder.glob("[!_]*.py")}
    if name in own:
        return own[name]
    given = os.path.abspath(os.path.expanduser(name))
    for file in (given, f"{given}.py"):
        if os.path.isfile(file):  # which raises nothing, whatever was typed
            return Path(file)
    wrong = "is a folder" if os.path.isdir(given) else "is no file"
    looked = given if os.path.isdir(given) else os.path.dirname(given)
    here = sorted(file.name for file in Path(looked).glob("*.py"))
    there = f"{looked} has {_listed(here)}; " if here else ""
    raise NoSuchBot(f"{given} {wrong}; {there}Loggia's own bots are {names(folder)}.")


def told_by(file: Path) -> str:
    """What a bot of ours says about itself."""
    return (
        ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or f"{file} says nothing about itself."
    )


def names(folder: Path) -> str:
    """The bots that come with Loggia, in a line."""
    return _listed(sorted(file.stem for file in folder.glob("[!_]*.py")))


def _listed(found: Iterable[str]) -> str:
    first, more = [*found][:SHOWN], [*found][SHOWN:]
    return ", ".join(first) + (f" and {len(more)} more" if more else "")
