"""What was typed to start a program stands in its usage, however it was started."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from loggia.shared.process import command

from loggia.launch import place
from tests.patience import PATIENCE_S

HOUSE = Path(__file__).resolve().parents[3]
RUN = [sys.executable, str(HOUSE / "run.py")]


def test_both_sides_call_it_the_same():
    assert command.STARTED_BY == place.COMMAND


@pytest.mark.parametrize(
    ("started", "typed"),
    [
        ([*RUN, "broker"], "run.py broker"),
        ([*RUN, "broker", "verify"], "run.py broker"),
        ([sys.executable, "-m", "broker"], "python -m broker"),
        ([sys.executable, "-m", "loggia.broker"], "python -m loggia.broker"),
        ([sys.executable, "-m", "qtclient"], "python -m qtclient"),
        ([sys.executable, "-m", "loggia.qtclient"], "python -m loggia.qtclient"),
        ([sys.executable, "-m", "loggia", "broker"], "run.py broker"),
    ],
)
def test_wrong_flags_are_told_behind_what_was_typed(started, typed):
    done = subprocess.run(
        [*started, "--no-such-flag"], capture_output=True, text=True, cwd=HOUSE, timeout=PATIENCE_S
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert f"usage: {typed} [-h]" in done.stderr
    assert f"\n{typed}: error: " in done.stderr


@pytest.mark.parametrize("name", ["loggia-broker", "loggia-broker.exe"])
def test_an_installed_program_is_called_by_its_name(monkeypatch, name):
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    monkeypatch.setattr(sys, "argv", [os.path.join("somewhere", name), "--x"])
    assert command.typed() == "loggia-broker"


def test_who_we_start_is_not_told(monkeypatch):
    monkeypatch.setenv(command.STARTED_BY, "loggia broker")
    assert command.typed() == "loggia broker"
    assert command.STARTED_BY not in os.environ
