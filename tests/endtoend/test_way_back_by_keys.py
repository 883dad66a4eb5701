"""Back to where one read by real keys, under a window manager."""

import re
import sys
from pathlib import Path

import pytest

pytest.importorskip("PyQt6")

from tests.endtoend.people import Raw
from tests.endtoend.processes import Broker
from tests.endtoend.screens import WatchedOnScreen
from tests.endtoend.test_window_by_keys import WRITES, ada

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(sys.platform != "linux", reason="needs an X server"),
]
MANY = 400  # more than a window's first pages have


def seen(window: WatchedOnScreen, other_than: str = r"\(0, 0\)") -> str:
    """What is on the screen, once it is not that any more."""
    line = window.shows(rf"{WRITES}.*seen=(?!{other_than})\(\d+, \d+\)")
    found = re.search(r"seen=\((\d+), (\d+)\)", line)
    assert found is not None
    return rf"\({found[1]}, {found[2]}\)"


def test_alt_left_leads_back_and_alt_right_forward_again(tmp_path: Path):
    with (
        Broker(tmp_path / "broker", "--rate", "0") as broker,
        Raw(broker.requests, "raw") as raw,
    ):
        raw.say("a needle")
        for number in range(MANY):
            raw.say(f"number {number}")
        with ada(broker, tmp_path / "ada") as window:
            window.press("type", "--delay", "5", "two words")
            window.press("key", "ctrl+End", "ctrl+End")
            window.shows(f"last='number {MANY - 1}'")
            newest = seen(window)
            window.press("key", "Prior")
            one = seen(window, newest)
            window.press("key", "Prior")
            two = seen(window, f"{newest}|{one}")
            window.press("key", "ctrl+k")
            dialog = window.press("search", "--sync", "--onlyvisible", "--name", "^Go to$").split()[-1]
            window.press("windowfocus", "--sync", dialog)
            window.press("type", "--delay", "5", "needle")
            window.shows("offered='a needle'")
            window.press("key", "Return")
            window.shows(rf"{WRITES}.*seen=\([12], ")
            found = seen(window)
            window.press("key", "alt+Left")
            window.shows(f"{WRITES}.*written='two words'.*seen={two}")
            window.press("key", "alt+Right")
            window.shows(f"seen={found}")
            window.press("key", "alt+Left")
            window.shows(f"seen={two}")
            window.press("key", "ctrl+End", "ctrl+End")
            window.shows(f"last='number {MANY - 1}'")
            window.press("key", "alt+Left")
            window.shows(f"seen={two}")
            window.press("key", "ctrl+a", "BackSpace")
            window.shows("written=''")
