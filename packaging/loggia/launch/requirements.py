"""Runs in run.py's only thread: what `requirements.txt` pins, by section, and what pyproject.toml accepts.

Standard library only.
"""

import hashlib
import re
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from loggia.launch.console import Trouble

PROGRAM, WINDOW, TOOLS = "program", "window", "tools"  # the sections; everything needs the first
EXTRAS = {WINDOW: ("window",), TOOLS: ("test", "check", "metrics")}  # of pyproject.toml

_HEAD = re.compile(r"#\s*\[(\w+)\]")
_PIN = re.compile(r"([\w.-]+)==([\w.!+-]+)\s*(?:;\s*sys_platform == \"(\w+)\"\s*)?")
_RANGE = re.compile(r"(>=|<=|==|>|<)\s*([\d.]+)")


class Pin(NamedTuple):
    """One line. `version`: empty if not exact. `platform`: the only `sys.platform` it is for, or empty."""

    name: str
    version: str
    platform: str
    line: str

    def is_for_here(self) -> bool:
        return self.platform in ("", sys.platform)


def sections(house: Path) -> dict[str, list[Pin]]:
    """The pins by section. What stands before the first heading is the program's. Raises Trouble."""
    found: dict[str, list[Pin]] = {PROGRAM: [], WINDOW: [], TOOLS: []}
    section = PROGRAM
    try:
        text = (house / "requirements.txt").read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as reason:
        raise Trouble(
            f"{house / 'requirements.txt'} cannot be read ({reason}): this copy of Loggia is not complete."
        ) from None
    for line in text.splitlines():
        if head := _HEAD.match(line):
            section = head[1]
        elif bare := line.partition("#")[0].strip():
            found.setdefault(section, []).append(_pin(bare))
    return found


def _pin(line: str) -> Pin:
    match = _PIN.fullmatch(line)
    name, version, platform = match.groups() if match else (line, "", "")
    return Pin(normal(name), version, platform or "", line)


def normal(name: str) -> str:
    """The name of a package in its one spelling."""
    return re.sub(r"[-_.]+", "-", name).lower()


def digest(pins: Sequence[Pin]) -> str:
    """Differs when a pin does, not when a comment does."""
    return hashlib.sha256("\n".join(pin.line for pin in pins).encode()).hexdigest()


def accepted(house: Path, section: str) -> dict[str, str]:
    """What pyproject.toml asks for in a section, and the versions that the code can work with."""
    project = tomllib.loads((house / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines: list[str] = project["dependencies"] if section == PROGRAM else []
    for extra in EXTRAS.get(section, ()):
        lines = lines + project["optional-dependencies"][extra]
    parts = (re.match(r"([\w.-]+)\s*(.*)", line) for line in lines)
    return {normal(part[1]): part[2] for part in parts if part}


def meets(version: str, wanted: str) -> bool:
    """Whether a version is in a range such as `>=6.8,<7`."""
    return all(_compare(version, *one) for one in _RANGE.findall(wanted))


def _compare(version: str, how: str, bound: str) -> bool:
    ours, theirs = _numbers(version), _numbers(bound)
    return {
        ">=": ours >= theirs,
        "<=": ours <= theirs,
        "==": ours == theirs,
        ">": ours > theirs,
        "<": ours < theirs,
    }[how]


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(number) for number in re.findall(r"\d+", version)]
    while numbers and numbers[-1] == 0:
        numbers.pop()  # 6.0 is 6
    return tuple(numbers)
