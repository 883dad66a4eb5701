"""What a Client and a Bot cost is measured, each in a process of its own. No test asserts a time."""

import json

from bench.clients import KINDS
from tests.bench.test_imports import run


def test_each_kind_has_its_figures():
    words = ["--messages", "300", "--sends", "10", "--seconds", "0.2"]
    report = json.loads(run("-m", "bench.clients", *words))
    silent = report.pop("idling")
    assert set(silent) == {"wakeups_per_s", "cpu_ms_per_s"}
    for kind in KINDS.keys() - {"idling"}:
        assert report[kind]["per_s"] > 0 < report[kind]["cpu_us"], kind
    assert report["catching_up"]["filled"] >= 300
