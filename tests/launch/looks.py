"""What is seen of a house whose environment is set up."""

from pathlib import Path

import pytest

EVERYTHING = ["make", "install pyzmq PyQt6"]


def pin(house: Path, old: str, new: str) -> None:
    """Change a line of requirements.txt."""
    file = house / "requirements.txt"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def beside(house: Path) -> list[str]:
    return sorted(entry.name for entry in house.iterdir() if entry.name.startswith(".venv"))
