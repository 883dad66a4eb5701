"""The stopwatch of tests: what other programs took does not count, and all else does."""

from tests import patience
from tests.patience import Stopwatch


def test_what_other_programs_took_does_not_count(tmp_path, monkeypatch):
    cpu, io = tmp_path / "cpu", tmp_path / "io"
    monkeypatch.setattr(patience, "PRESSURE", [cpu, io])
    cpu.write_text("some avg10=0.00 avg60=0.00 avg300=0.00 total=5000000\nfull avg10=0.00 total=7\n")
    watch = Stopwatch()
    assert watch.starved_s() == 0.0
    cpu.write_text("some avg10=9.00 avg60=0.00 avg300=0.00 total=3605000000\nfull avg10=0.00 total=9\n")
    io.write_text("some avg10=9.00 avg60=0.00 avg300=0.00 total=1000000\n")
    assert watch.starved_s() == 3601.0
    assert watch.read_s() == 0.0


def test_where_nobody_counts_that_all_time_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(patience, "PRESSURE", [tmp_path / "missing"])
    now = [100.0]
    monkeypatch.setattr(patience.time, "monotonic", lambda: now[0])
    watch = Stopwatch()
    now[0] += 2.5
    assert watch.read_s() == 2.5
