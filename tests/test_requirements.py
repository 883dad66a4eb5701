"""requirements.txt pins what is installed here: exactly, and all that it needs."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HOUSE = Path(__file__).parent.parent
LINES = [line for line in (HOUSE / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
PINS = {canonicalize_name(pin.name): pin for pin in map(Requirement, LINES)}
HERE = [name for name, pin in PINS.items() if pin.marker is None or pin.marker.evaluate()]


def listed() -> list[Requirement]:
    """What pyproject.toml lists, with all extras."""
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    return [Requirement(line) for group in groups for line in group]


def needed_by(name: str) -> list[Requirement]:
    """What a package that is installed needs here, without its extras."""
    needed = map(Requirement, metadata.requires(name) or [])
    return [each for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})]


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_an_exact_pin(line):
    assert re.fullmatch(r"[A-Za-z0-9-]+==[0-9][0-9.]*( ; sys_platform == \"win32\")?", line)


def test_each_package_has_one_line():
    assert len(PINS) == len(LINES)


@pytest.mark.parametrize("name", HERE)
def test_what_is_installed_is_what_is_pinned(name):
    assert PINS[name].specifier.contains(metadata.version(name), prereleases=True)


@pytest.mark.parametrize("name", HERE)
def test_what_a_package_needs_is_pinned(name):
    for need in needed_by(name):
        assert canonicalize_name(need.name) in PINS, f"{name} needs {need}"


def test_each_pin_is_needed():
    needed = {canonicalize_name(wanted.name) for wanted in listed()}
    todo = list(needed)
    while todo:
        new = {canonicalize_name(need.name) for need in needed_by(todo.pop())} - needed
        needed |= new
        todo += new
    assert set(HERE) == needed


def test_the_pins_are_in_the_ranges_of_the_package():
    for wanted in listed():
        version = str(PINS[canonicalize_name(wanted.name)].specifier).removeprefix("==")
        assert wanted.specifier.contains(version), wanted
