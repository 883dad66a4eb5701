"""What requests are said to cost beside what they take."""

import json

from bench.costs import KINDS
from tests.bench.test_imports import run


def test_each_kind_has_its_figures():
    report = json.loads(run("-m", "bench.costs", "--requests", "20"))
    for kind in KINDS:
        assert set(report[kind]) == {"cpu_us", "as_messages", "cost"}
        assert report[kind]["cost"] >= 1
    assert report["history of 1000"]["cost"] > report["history"]["cost"] > report["message"]["cost"]
