"""Signs are put to messages by a real mouse, and by real keys alone: those at hand, and one by its name."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("PyQt6")

from tests.endtoend.people import Raw
from tests.endtoend.pointing import LARGE, PointedOnScreen, in_lobby
from tests.endtoend.processes import Broker
from tests.endtoend.screens import managed_screen

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(sys.platform != "linux", reason="needs an X server"),
]
THUMB, HEART, TADA = "\U0001f44d", "\u2764\ufe0f", "\U0001f389"
CHOOSE, SEARCH = "Put a sign to it...", "keys='Find a sign by its name'"


def has(window: PointedOnScreen, text: str, *mine: str, theirs: str = "") -> None:
    """Wait until that message has these signs and no others, and they are seen in it."""
    signs = {theirs: (1, False)} if theirs else {}
    signs |= dict.fromkeys(mine, (1, True))
    window.shows_of("signs", lambda there: there.get(text) == signs)


def put(raw: Raw) -> list[tuple[int, str, bool]]:
    """Each sign that was put to a message by its number, or taken back (False)."""
    return [(event["target"], event["emoji"], event["on"]) for event in raw.log() if event["op"] == "reacted"]


def test_by_mouse(broker: Broker, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("QT_SCALE_FACTOR", "2")
    with Raw(broker.requests, "raw") as raw, managed_screen(LARGE) as display:
        first, newest = (raw.say(text)["seq"] for text in ("theirs", "the newest"))
        raw.ask("react", room="lobby", seq=newest, emoji=HEART, on=True)
        with in_lobby(broker, display, tmp_path / "ada", "--theme", "dark") as window:
            has(window, "the newest", theirs=HEART)
            window.shows("ground='#191817'.*places=.*'theirs'")
            window.point("theirs")
            window.click(f"theirs: {CHOOSE}")
            window.click(THUMB)
            has(window, "theirs", THUMB)
            window.shows("keys='Message'")  # where it was
            window.point("theirs")
            window.click(f"theirs: {CHOOSE}")
            window.shows(f"keys='{THUMB}, yours: take it back'")
            window.press("type", "--delay", "5", "tad")
            window.shows(f"{SEARCH}.*places=.*'tada': ")
            window.press("key", "Return")
            has(window, "theirs", THUMB, TADA)
            window.point("the newest")
            window.click(f"the newest: {CHOOSE}")
            window.press("key", "Escape")
            window.click(f"in theirs: Take back {THUMB}")
            has(window, "theirs", TADA)
            window.click(f"in the newest: Give {HEART}")
            window.shows_of("signs", lambda there: there.get("the newest") == {HEART: (2, True)})
        given = [(first, THUMB, True), (first, TADA, True), (first, THUMB, False), (newest, HEART, True)]
        assert put(raw)[1:] == given


def test_by_keys(broker: Broker, tmp_path: Path):
    with Raw(broker.requests, "raw") as raw, managed_screen() as display:
        first = raw.say("theirs")["seq"]
        raw.say("the newest")
        with in_lobby(broker, display, tmp_path / "ada", "--theme", "light") as window:
            window.shows("last='the newest'.*ground='#ffffff'")
            window.press("key", "Tab")
            window.shows("keys='Messages'.*chosen_row='the newest'")
            window.press("key", "Up", "Tab", "Tab", "Tab", "Return")
            window.shows(f"keys='{THUMB}'")
            window.press("key", "Right", "Return")
            has(window, "theirs", HEART)
            window.shows(f"keys='{CHOOSE}'")
            window.press("key", "Return")
            window.shows(f"keys='{HEART}, yours: take it back'")
            window.press("type", "--delay", "5", "tad")
            window.shows(f"{SEARCH}.*places=.*'tada': ")
            window.press("key", "Return")
            has(window, "theirs", HEART, TADA)
            window.press("key", "shift+Tab", "shift+Tab", "shift+Tab")
            window.shows("keys='Messages'.*chosen_row='theirs'")
            window.press("key", "Right", "Return")
            has(window, "theirs", TADA)
        assert put(raw) == [(first, HEART, True), (first, TADA, True), (first, HEART, False)]
