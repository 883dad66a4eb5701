"""A message takes no more calls and instructions of Python than was recorded, to a tenth."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import counts
from bench.counts import MOST_GROWTH, SHAPES
from tests.patience import PATIENCE_S

SOME = ["crowd", "lone", "join", "says"]
HOUSE = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def counted():
    """Of some shapes, twice, in processes of their own."""
    script = f"import json; from bench import counts; print(json.dumps(counts.counted({SOME})))"
    said = [
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=HOUSE,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=True,
        ).stdout
        for _ in range(2)
    ]
    return [json.loads(each) for each in said]


def test_nothing_grew_since_it_was_recorded():
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick"],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    assert [line.partition(":")[0] for line in done.stderr.splitlines()][: len(SHAPES)] == [
        shape.about for shape in SHAPES.values()
    ]


def test_the_same_is_counted_each_time(counted):
    first, second = counted
    for shape, count in first.items():
        assert count == pytest.approx(second[shape], rel=0.01)  # sets of names are in an order of chance
        assert count["instructions"] > count["calls"] > 1


def test_this_python_is_recorded():
    """Others may lack, and then nothing is compared: CI has this one."""
    assert set(counts.recorded()["3.11"]) == set(SHAPES)


def test_what_grew_is_told_and_what_is_new_is_not():
    before = {"lone": {"calls": 100.0, "instructions": 1000.0}}
    now = {"lone": {"calls": 100.0 * MOST_GROWTH, "instructions": 1101.0}, "flood": {"calls": 9.0}}
    assert counts.grown(now, before) == [
        "a message alone in its turn: 1101 instructions a message, recorded were 1000"
    ]


@pytest.fixture
def record(monkeypatch, tmp_path):
    """Counting takes no time here, and gives what `now` holds."""
    now = {"lone": {"calls": 50.0}}
    monkeypatch.setattr(counts, "counted", lambda: now)
    monkeypatch.setattr(counts, "recorded", lambda *_: json.loads((tmp_path / "counts.json").read_text()))
    write = counts.write
    monkeypatch.setattr(counts, "write", lambda counted: write(counted, tmp_path / "counts.json"))
    return now


def test_growth_fails_until_it_is_recorded(record, capsys):
    assert bench.main(["--record"]) == 0
    assert bench.main(["--quick"]) == 0
    record["lone"]["calls"] = 56.0
    assert bench.main(["--quick"]) == 1
    assert (
        "Grown: a message alone in its turn: 56 calls a message, recorded were 50." in capsys.readouterr().err
    )
    assert bench.main(["--record"]) == 0
    assert bench.main(["--quick"]) == 0


def test_another_python_is_told_that_nothing_is_recorded(record, monkeypatch, capsys):
    bench.main(["--record"])
    monkeypatch.setattr(counts, "version", lambda: "4.0")
    assert bench.main(["--quick"]) == 0
    assert "Nothing is recorded for Python 4.0" in capsys.readouterr().err
