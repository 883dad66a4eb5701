"""To a day by real keys, in a log whose messages are weeks apart: a broker with a clock that is set."""

import sys
from datetime import date
from pathlib import Path

import pytest

pytest.importorskip("PyQt6")

from tests.endtoend.people import Raw
from tests.endtoend.processes import Broker
from tests.endtoend.screens import WatchedOnScreen, managed_screen
from tests.endtoend.test_faults_clock import Clock

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(sys.platform != "linux", reason="needs an X server"),
]
EACH = 120  # more than a window's first page has
WEEKS = (-2, -6.5 / 7, 0)  # whatever the time of day is: the second is less than a week ago, and no day less


def test_a_day_is_chosen_by_keys_and_by_a_command(tmp_path: Path):
    clock = Clock(tmp_path / "clock")
    clock.is_off_by(WEEKS[0])
    program = clock.program("broker")
    with (
        Broker(tmp_path / "broker", "--rate", "0", program=program) as broker,
        Raw(broker.requests, "raw") as raw,
    ):
        begins = []
        for weeks in WEEKS:
            clock.is_off_by(weeks)
            said = [raw.say(f"number {number}") for number in range(EACH)]
            begins.append(said[0])
        oldest, week_ago, today = (event["seq"] for event in begins)
        day = date.fromtimestamp(begins[0]["at"] / 1000)
        with managed_screen() as display:
            window = WatchedOnScreen(display, broker.requests, "ada", tmp_path / "ada")
            with window.process:
                window.focus()
                window.shows(f"keys='Message.*last='number {EACH - 1}'")
                window.press("key", "ctrl+j")
                window.shows("keys='Days of this room'")
                window.press("key", "Up", "Return")
                window.shows(rf"keys='Message.*seen=\({week_ago},")
                window.say(f"/date {day}")
                window.shows(rf"written=''.*seen=\({oldest},")
                window.press("key", "End")
                window.shows(rf"seen=\((?!{oldest},)\d+, {today + EACH - 1}|last='number {EACH - 1}'")
                window.press("key", "ctrl+j")
                window.shows("keys='Days of this room'")
                window.press("key", "Escape")
                window.shows("keys='Message")
                window.ends()
