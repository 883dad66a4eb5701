"""What the tests of the log share."""

import contextlib
import shutil

import pytest
from loggia.broker.storage import indexing, search_index

from tests.broker.house import House


@pytest.fixture
def lived(tmp_path):
    """A log of the old format that was served; `killed` is what was left of it before it was closed."""
    data = tmp_path / "data"
    house = House(data)
    house.join("ada", "ada")
    house.join("ada", room="lab")
    for number in range(60):
        house.say("ada", f"{number:04d}", f"words {number}", ["lobby", "lab"][number % 2])
    house.say("ada", "0000-stray", "out of order")
    shutil.copytree(data, tmp_path / "killed", ignore=shutil.ignore_patterns("*-shm", "lock*"))
    house.close()
    return house


@pytest.fixture
def searched(tmp_path, monkeypatch):
    """However slow the computer is, a search finds what was just said."""
    monkeypatch.setattr(indexing, "FRESH_S", 60.0)
    with contextlib.closing(House(tmp_path / "data", searched=True)) as house:
        house.join("ada", "ada")
        house.join("bob", "bob")
        yield house


@pytest.fixture
def small(monkeypatch):
    """Volumes and blocks so small that a few messages fill several."""
    monkeypatch.setattr(indexing, "VOLUME", 64)
    monkeypatch.setattr(search_index, "VOLUME", 64)
    monkeypatch.setattr(indexing, "BLOCK", 8)
    monkeypatch.setattr(search_index, "BLOCK", 8)
