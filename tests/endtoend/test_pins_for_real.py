"""Pins by a real mouse and real keys: put by the menu, listed by Ctrl+P, and gone to by a click."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("PyQt6")

from tests.endtoend.people import Raw
from tests.endtoend.pointing import RIGHT, in_lobby
from tests.endtoend.processes import Broker
from tests.endtoend.screens import managed_screen

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(sys.platform != "linux", reason="needs an X server"),
]
MANY = 60  # more than the screen has room for
PINNED = "keys='Pinned messages of # lobby'"


def test_what_is_pinned_by_the_menu_is_gone_to_from_the_list(tmp_path: Path):
    with (
        Broker(tmp_path / "broker", "--rate", "0") as broker,
        managed_screen() as display,
        in_lobby(broker, display, tmp_path / "ada", "--theme", "dark") as window,  # who comes first may pin
        Raw(broker.requests, "raw") as raw,
    ):
        texts = "first", "second"
        first, second = (raw.say(text)["seq"] for text in texts)
        window.shows("last='second'.*ground='#191817'")
        for text in texts:
            window.click(text, RIGHT)
            window.click("Pin to the room")
            window.shows_of("pinned", lambda there, text=text: text in there)
        for number in range(MANY):
            raw.say(f"number {number}")
        window.shows(f"last='number {MANY - 1}'.*pinned=\\[\\]")
        window.press("key", "ctrl+p")
        window.shows(PINNED)
        window.click("first")
        window.shows(rf"keys='Messages'.*seen=\({first}, .*chosen_row='first'")
        window.press("key", "ctrl+End")
        window.shows(f"last='number {MANY - 1}'")
        window.press("key", "ctrl+p")
        window.shows(PINNED)
        window.press("key", "Return")  # the newest is at the top
        window.shows(r"chosen_row='second'.*places=.*'second'")
        window.click("first", RIGHT)
        window.click("Take the pin off")
        window.shows_of("pinned", lambda there: there == ["second"])
        window.click("Pinned messages (Ctrl+P)")
        window.shows(PINNED)
        window.shows_of("places", lambda there: "second" in there and "first" not in there)
        window.press("key", "Escape")
        window.shows(r"places=.*'first'")
        pins = [(event["target"], event["on"]) for event in raw.log() if event["op"] == "pinned"]
        assert pins == [(first, True), (second, True), (first, False)]
