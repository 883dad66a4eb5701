"""The wheel of a real mouse scrolls the messages also where it rests on the bar of a row, or on a button."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("PyQt6")

from tests.endtoend.people import Raw
from tests.endtoend.pointing import PointedOnScreen, in_lobby
from tests.endtoend.processes import Broker
from tests.endtoend.screens import managed_screen

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(sys.platform != "linux", reason="needs an X server"),
]
MANY = 120  # many screens
UP = "4"  # the button of the mouse that its wheel is, for X
Places = dict[str, tuple[int, int]]


ON_BAR = ": Answer"


def scrolls(window: PointedOnScreen) -> None:
    """One step of the wheel upwards, and the messages are elsewhere."""
    before = window.told("places", window.shows(r"places=.*'number \d+': "))
    window.press("click", UP)
    window.shows_of("places", lambda now: any(_is_lower(name, before, now) for name in now))


def _is_lower(name: str, before: Places, now: Places) -> bool:
    return (
        name.startswith("number")
        and name in before
        and not name.endswith(ON_BAR)
        and now[name][1] > before[name][1]
    )


def test_it_scrolls_and_the_bar_goes_on_to_the_row_under_the_mouse(tmp_path: Path):
    with (
        Broker(tmp_path / "broker", "--rate", "0") as broker,
        Raw(broker.requests, "raw") as raw,
        managed_screen() as display,
    ):
        for number in range(MANY):
            raw.say(f"number {number}")
        with in_lobby(broker, display, tmp_path / "ada", "--theme", "light") as window:
            window.shows(f"last='number {MANY - 1}'.*places=.*'number {MANY - 9}'")
            row = f"number {MANY - 12}"
            window.point(row)
            window.point(row + ON_BAR)
            scrolls(window)
            window.shows_of(
                "places", lambda now: row + ON_BAR not in now and any(name.endswith(ON_BAR) for name in now)
            )
            while "'to the newest'" not in window.process.lines[-1]:
                scrolls(window)
            window.point("to the newest")
            scrolls(window)
