"""The simulation finds each bug that is planted into the real code, soon; without one it finds nothing."""

import re

import pytest

from tests.simulation.__main__ import first_broken
from tests.simulation.plants import PLANTS
from tests.simulation.test_histories import FIXED

SEEDS = range(400)


@pytest.mark.parametrize(("plant", "words"), PLANTS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_planted_bug_is_found(plant, words, monkeypatch):
    plant(monkeypatch)
    broken = first_broken(SEEDS)
    assert broken is not None, "the simulation is blind to this"
    assert re.search(words, broken.wrong), broken.wrong


def test_without_a_plant_nothing_is_found_there():
    assert set(SEEDS) <= set(range(FIXED)), "test_histories.py lives through the same seeds"
