"""Writing by real keys on a real screen: what is sent is what was seen, and was meant to be said."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("PyQt6")

from tests.endtoend.people import Raw
from tests.endtoend.processes import Broker
from tests.endtoend.screens import WindowOnScreen, screen


@pytest.mark.xvfb
@pytest.mark.skipif(sys.platform != "linux", reason="needs an X server")
def test_what_is_covered_is_not_sent_and_what_begins_with_a_slash_is_not_said(broker: Broker, tmp_path: Path):
    with screen() as display, Raw(broker.requests, "raw") as raw:
        window = WindowOnScreen(display, broker.requests, "ada", tmp_path / "ada")
        with window.process:
            window.focus()
            broker.process.wait_for("ada joined lobby")
            narrow = "windowsize", "--sync", "500", "500"
            window.press("search", "--onlyvisible", "--name", "Loggia$", *narrow)
            window.press("type", "--delay", "5", "half a thought")
            window.press("key", "ctrl+b", "x", "Tab", "x", "Tab", "x")  # into the rooms, which cover the text
            window.press("key", "Escape", "Return")
            raw.hears("half a thought", by="ada")
            window.press("key", "ctrl+Up")
            window.say(", said")
            raw.hears("half a thought, said", by="ada")
            window.say("/msgg raw a secret")
            window.press("key", "Return", "Escape", "ctrl+a", "BackSpace")
            window.say("//tmp is full")
            window.say("/me waves")
            raw.hears("*waves*", by="ada")
            window.say("!end")
            assert window.process.wait() == 0
            assert window.process.lines == []
        said = [event["text"] for event in raw.log() if event["op"] == "message"]
        assert said == ["half a thought", "half a thought, said", "/tmp is full", "*waves*"]
