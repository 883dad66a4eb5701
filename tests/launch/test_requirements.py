"""Sections, pins and ranges, read with the standard library alone."""

from pathlib import Path

import pytest

from loggia.launch import requirements
from loggia.launch.requirements import PROGRAM, TOOLS, WINDOW

HOUSE = Path(__file__).parent.parent.parent


def read(folder: Path, text: str, encoding: str = "utf-8") -> dict[str, list[str]]:
    (folder / "requirements.txt").write_text(text, encoding=encoding)
    return {name: [pin.name for pin in pins] for name, pins in requirements.sections(folder).items()}


def test_the_sections_of_this_house():
    read = requirements.sections(HOUSE)
    assert list(read) == [PROGRAM, WINDOW, TOOLS]
    assert {"pyzmq", "msgspec"} <= {pin.name for pin in read[PROGRAM]}
    assert [pin.name for pin in read[WINDOW]] == ["pyqt6", "pyqt6-qt6", "pyqt6-sip"]
    assert {"pytest", "ruff", "mypy", "attrs"} <= {pin.name for pin in read[TOOLS]}


def test_a_file_without_sections_is_all_program(tmp_path):
    assert read(tmp_path, "# Program\nA==1\n\nb==2\n") == {PROGRAM: ["a", "b"], WINDOW: [], TOOLS: []}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_editor_may_have_touched_it(tmp_path, encoding, end):
    text = end.join(["a==1  # why", "# [tools] more", "  b_c==2.0", ""])
    assert read(tmp_path, text, encoding) == {PROGRAM: ["a"], WINDOW: [], TOOLS: ["b-c"]}


def test_a_pin_for_another_system_is_not_for_here(tmp_path):
    read(tmp_path, 'a==1 ; sys_platform == "atari"\nb==1\nc>=2\n')
    a, b, c = requirements.sections(tmp_path)[PROGRAM]
    assert (a.is_for_here(), b.is_for_here()) == (False, True)
    assert (a.version, c.version) == ("1", "")


@pytest.mark.parametrize("section", [PROGRAM, WINDOW, TOOLS])
def test_the_pins_of_this_house_are_what_its_code_accepts(section):
    pins = {pin.name: pin.version for pin in requirements.sections(HOUSE)[section]}
    accepted = requirements.accepted(HOUSE, section)
    assert accepted
    for name, bounds in accepted.items():
        assert bounds
        assert requirements.meets(pins[name], bounds), name


@pytest.mark.parametrize(
    ("version", "wanted", "good"),
    [
        ("6.11.0", ">=6.8,<7", True),
        ("6.7.9", ">=6.8,<7", False),
        ("7.0", ">=6.8,<7", False),
        ("7", ">=7.0.0", True),
        ("27.3", "==27.3.0", True),
        ("27.3.1", "==27.3.0", False),
        ("3", ">2,<=3", True),
        ("1", "", True),
    ],
)
def test_ranges(version, wanted, good):
    assert requirements.meets(version, wanted) is good
