"""The measurement runs and reports what it should; how fast anything is, is no test's business."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import broker, load
from tests.patience import PATIENCE_S

HOUSE = Path(__file__).parent.parent.parent
FIGURES = {
    "answered_per_s",
    "deliveries_per_s",
    "delivered",
    "dropped",
    "cpu_us_per_message",
    "answer_p50_us",
    "answer_p99_us",
    "delivery_p50_us",
    "delivery_p99_us",
}


def test_a_small_run_reports_one_line_and_keeps_it(tmp_path):
    kept = tmp_path / "results.jsonl"
    kept.write_text("a line of before\n")
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--messages", "500", "--subscribers", "1", "3", "--keep", str(kept)],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert kept.read_text() == "a line of before\n" + done.stdout
    report = json.loads(done.stdout)
    assert set(report) == {
        *("date", "commit", "cpu", "machine", "python", "messages", "characters", "window"),
        *("subscribers_1", "subscribers_3"),
    }
    assert report["messages"] == 500
    for count in (1, 3):
        figures = report[f"subscribers_{count}"]
        assert set(figures) == FIGURES
        assert (figures["delivered"], figures["dropped"]) == (500 * count, 0)
        assert all(figures[name] > 0 for name in FIGURES - {"dropped", "cpu_us_per_message"})


def test_cpu_time_is_the_operating_systems(monkeypatch, tmp_path):
    (tmp_path / "17").mkdir()
    monkeypatch.setattr(broker, "PROC", tmp_path)
    monkeypatch.setattr("os.sysconf", {"SC_CLK_TCK": 100}.get)
    (tmp_path / "17" / "stat").write_text("17 (py (thon) S 1 2 3 4 5 6 7 8 9 10 150 50 13 14")
    assert broker.Broker(17, "", "").cpu_s() == 2.0


def test_without_proc_the_cpu_time_is_null(monkeypatch, tmp_path):
    monkeypatch.setattr(broker, "PROC", tmp_path)
    assert broker.Broker(17, "", "").cpu_s() is None
    assert load.cpu_us(None, None, 500) is None
    assert load.cpu_us(1.0, 1.5, 100_000) == 5.0
    assert bench.cpu(tmp_path) is None


def test_the_processor_is_named(tmp_path):
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: Loom 3000\nmodel name\t: Loom 3001\n")
    assert bench.cpu(tmp_path) == "Loom 3000"


def test_outside_a_checkout_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert bench.commit(tmp_path) is None
    monkeypatch.setenv("PATH", "")
    assert bench.commit(HOUSE) is None


@pytest.mark.parametrize("line", (HOUSE / "bench" / "results.jsonl").read_text().splitlines())
def test_a_kept_line_is_whole(line):
    report = json.loads(line)
    assert report["messages"] == 200_000
    assert {"date", "commit", "cpu", "python"} <= set(report)
    for count in (1, 100):
        assert set(report[f"subscribers_{count}"]) == FIGURES
        assert report[f"subscribers_{count}"]["dropped"] == 0
