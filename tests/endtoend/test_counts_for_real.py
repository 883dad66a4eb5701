"""What somebody missed, by a real mouse: the buttons that count it, each clicked."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("PyQt6")

from tests.endtoend.people import Raw
from tests.endtoend.pointing import LARGE, in_lobby
from tests.endtoend.processes import Broker
from tests.endtoend.screens import managed_screen

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(sys.platform != "linux", reason="needs an X server"),
]
BEFORE, MISSED = 40, 121  # the first are more than fit above the line
MEANT = 60, 100  # far from each other and from both ends


def test_they_lead_to_what_means_me_one_by_one_and_to_the_newest(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("QT_SCALE_FACTOR", "2")
    with (
        Broker(tmp_path / "broker", "--rate", "0") as broker,
        Raw(broker.requests, "raw") as raw,
        managed_screen(LARGE) as display,
    ):
        for number in range(BEFORE):
            raw.say(f"before {number}")
        with in_lobby(broker, display, tmp_path / "ada", "--theme", "light") as window:
            window.shows(f"last='before {BEFORE - 1}'")
        for number in range(MISSED):
            raw.say(f"@ada {number}" if number in MEANT else f"number {number}")
        with in_lobby(broker, display, tmp_path / "ada", "--theme", "light") as window:
            window.process.wait_for(rf"line_at=0.3 counted=\['2 mentions', '{MISSED} new'\] .*'number 0': ")
            window.click("to the mention")
            window.shows("chosen_row='@ada 60'")
            window.shows(r"counted=\['1 mention', .*'@ada 60': ")
            window.click("to the mention")
            window.shows("chosen_row='@ada 100'.*'@ada 100': ")
            window.shows(r"counted=\['\d+ new', 'Back'\]")
            window.click("to the newest")
            window.shows(rf"keys='Message'.*last='number {MISSED - 1}'.*counted=\[\]")
