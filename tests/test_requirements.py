"""requirements.txt pins what is installed here: exactly, and all that it needs."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from loggia.launch import requirements
from loggia.launch.requirements import PROGRAM, TOOLS, WINDOW
from tests.conftest import NO_QT, QT_IS_HERE

HOUSE = Path(__file__).parent.parent
SECTIONS = requirements.sections(HOUSE)
LINES = [pin.line for pins in SECTIONS.values() for pin in pins]
# What each is installed with, by run.py.
TOGETHER = {PROGRAM: [PROGRAM], WINDOW: [PROGRAM, WINDOW], TOOLS: [PROGRAM, TOOLS]}
BY_HAND = {"bench", "spell"}  # who draws pictures, measures others or looks words up installs what does
PINS = {canonicalize_name(pin.name): pin for pin in map(Requirement, LINES)}
NOT_HERE = set() if QT_IS_HERE else {pin.name for pin in SECTIONS[WINDOW]}
HERE = {name for name, pin in PINS.items() if pin.marker is None or pin.marker.evaluate()} - NOT_HERE


def needed_in(section: str) -> set[str]:
    """The packages of a section: those pyproject.toml lists for it, and what they need."""
    needed = set(requirements.accepted(HOUSE, section))
    todo = list(needed)
    while todo:
        new = {canonicalize_name(need.name) for need in needed_by(todo.pop())} - needed
        needed |= new
        todo += new
    return needed


def listed() -> list[Requirement]:
    """What pyproject.toml lists, with all extras that run.py installs."""
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    groups = [project["dependencies"], *(lines for name, lines in extras.items() if name not in BY_HAND)]
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


@pytest.mark.parametrize("name", sorted(HERE))
def test_what_is_installed_is_what_is_pinned(name):
    assert PINS[name].specifier.contains(metadata.version(name), prereleases=True)


@pytest.mark.parametrize("name", sorted(HERE))
def test_what_a_package_needs_is_pinned(name):
    for need in needed_by(name):
        assert canonicalize_name(need.name) in PINS, f"{name} needs {need}"


@pytest.mark.parametrize(
    "section",
    [
        PROGRAM,
        TOOLS,
        pytest.param(WINDOW, marks=pytest.mark.skipif(not QT_IS_HERE, reason=NO_QT)),
    ],
)
def test_a_section_has_what_is_needed_and_no_more(section):
    pinned = {pin.name for name in TOGETHER[section] for pin in SECTIONS[name]}
    assert needed_in(section) <= pinned
    assert {pin.name for pin in SECTIONS[section] if pin.is_for_here()} <= needed_in(section)


def test_the_pins_are_in_the_ranges_of_the_package():
    for wanted in listed():
        version = str(PINS[canonicalize_name(wanted.name)].specifier).removeprefix("==")
        assert wanted.specifier.contains(version), wanted
