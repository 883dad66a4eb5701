"""The cost of an import is measured, and what would make it large is not loaded. No test asserts a time."""

import json
import subprocess
import sys

import pytest

from bench import imports
from tests.patience import PATIENCE_S

# What a script, or a bot without `async def`, has no need of. Each costs milliseconds, at every start.
NOT_NEEDED = {
    *("asyncio", "concurrent", "subprocess", "multiprocessing", "tempfile", "shutil"),
    *(
        "confusable_homoglyphs",
        "platformdirs",
        "email",
        "http",
        "ssl",
        "hashlib",
        "urllib.request",
        "sqlite3",
    ),
    *("PyQt6", "loggia.broker", "loggia.qtclient", "broker", "shared", "qtclient", "bench", "tests"),
}


def run(*words, complaints=""):
    done = subprocess.run(
        [sys.executable, *words], cwd=imports.HOUSE, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert (done.returncode, done.stderr) == (0, complaints)
    return done.stdout


@pytest.fixture(scope="module")
def loaded():
    return set(run("-c", f"{imports.CODE['loggia']}\nimport sys\nprint(*sys.modules)").split())


def test_what_is_measured_loads_the_library(loaded):
    assert {
        "loggia.shared.client.api.client",
        "loggia.shared.client.api.bot",
        "zmq",
        "apsw",
        "msgspec",
    } <= loaded


@pytest.mark.parametrize("module", sorted(NOT_NEEDED))
def test_a_plain_import_does_without(module, loaded):
    assert module not in loaded


def test_a_run_reports_one_line():
    report = json.loads(run("-m", "bench.imports", "--runs", "1"))
    assert report["runs"] == 1
    assert report["over_python_ms"] == pytest.approx(report["loggia_ms"] - report["python_ms"], abs=0.11)
    assert report["over_libraries_ms"] == pytest.approx(
        report["loggia_ms"] - report["libraries_ms"], abs=0.11
    )
    assert all(report[f"{name}_ms"] > 0 for name in imports.CODE)
