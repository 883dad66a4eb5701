"""A seed is a whole history: the same one every time, in every process, and printed with its command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation import histories
from tests.simulation.__main__ import TRACE_LINES, main

HOUSE = Path(__file__).parent.parent.parent
SEED = 7


def test_the_same_seed_gives_the_same_trace_twice():
    first, second = (histories.run(SEED, traced=True) for _ in range(2))
    assert first.trace == second.trace
    assert len(first.trace) > 100
    assert first.trace != histories.run(SEED + 1, traced=True).trace


def test_watching_changes_nothing():
    assert histories.run(SEED).events == histories.run(SEED, traced=True).events > 0


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_another_process_lives_through_the_same_history(hash_seed):
    command = [sys.executable, "-m", "tests.simulation", "--seed", str(SEED), "--trace"]
    run = subprocess.run(
        command, cwd=HOUSE, env={**os.environ, "PYTHONHASHSEED": hash_seed}, capture_output=True, text=True
    )
    assert (run.returncode, run.stderr) == (0, "")
    outcome = histories.run(SEED, traced=True)
    *trace, verdict = run.stdout.splitlines()
    assert trace == outcome.trace
    assert verdict == f"Seed {SEED}: every promise was kept ({outcome.events} events)."


def test_a_broken_promise_is_told_with_the_command_that_shows_it_again(monkeypatch, capsys):
    def breaks(world):
        raise histories.Violation("a promise of this test")

    monkeypatch.setattr(histories.World, "judge", breaks)
    assert main(["--minutes", "1", "--seed", "5"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("Seeds from 5 on, for 1 minutes.\n")
    assert said.endswith(
        "Seed 5: a promise of this test\nSee it again: python3 run.py simulate --seed 5 --trace\n"
    )
    assert len(said.splitlines()) == TRACE_LINES + 3


def test_a_minute_of_fresh_seeds_says_how_many(capsys):
    assert main(["--minutes", "0.005"]) == 0
    assert "Every promise was kept." in capsys.readouterr().out


def test_as_many_histories_as_are_asked_for_are_the_same_ones_again(monkeypatch, capsys):
    seeds = []
    monkeypatch.setattr(
        histories, "run", lambda seed, **_: seeds.append(seed) or histories.Outcome(seed, "", 7, [])
    )
    assert main(["--seed", "5", "--histories", "1200"]) == 0
    assert seeds == list(range(5, 1205))
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Seeds from 5 on, 1,200 of them."
    assert said[-1].startswith("1,200 histories, 8,400 events, ")
    assert said[-1].endswith(" Every promise was kept.")


def test_what_the_product_trips_over_is_a_broken_promise(monkeypatch):
    def trips(world):
        raise KeyError("in the product")

    monkeypatch.setattr(histories.World, "judge", trips)
    assert "in the product" in histories.run(SEED).wrong
