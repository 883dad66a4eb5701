"""A failed test does not wait for its processes."""

import signal
import subprocess
import sys

import pytest

from tests.started import Started

WAITS = [sys.executable, "-c", "import threading; threading.Event().wait()"]


def test_where_the_test_fails_the_process_is_ended():
    with pytest.raises(AssertionError), Started(WAITS, stdout=subprocess.PIPE) as process:
        raise AssertionError
    assert process.returncode == -signal.SIGKILL


def test_else_it_is_waited_for():
    with Started([sys.executable, "-c", "raise SystemExit(3)"]) as process:
        pass
    assert process.returncode == 3
