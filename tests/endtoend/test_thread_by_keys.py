"""A thread by real keys, under a window manager: opened, answered in, left."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("PyQt6")

from tests.endtoend.people import Raw
from tests.endtoend.processes import Broker
from tests.endtoend.test_window_by_keys import ada, tab_to

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(sys.platform != "linux", reason="needs an X server"),
]
THREAD, ROWS = "keys='Answer in the thread'", "keys='Messages'"


def test_a_thread_is_opened_answered_and_left_by_keys(broker: Broker, tmp_path: Path):
    with Raw(broker.requests, "raw") as raw:
        root = raw.say("why")["seq"]
        raw.say("the newest")
        with ada(broker, tmp_path / "ada") as window:
            window.shows("last='the newest'")
            tab_to(window, "Messages")
            window.press("key", "Up", "F4")
            window.shows(f"{THREAD} covered=False")
            window.say("because")
            one = raw.hears("because", by="ada")
            assert (one["thread"], one["reply_to"]) == (root, root)
            window.press("type", "--delay", "5", "and @ra")
            window.press("key", "Tab")
            window.say("so")
            assert raw.hears("and @raw so", by="ada")["thread"] == root
            window.press("type", "--delay", "5", "a draft")
            window.press("key", "Escape")
            window.shows(f"{ROWS} covered=False written=''")
            window.press("windowsize", "--sync", window._id, "500", "500")
            window.press("key", "F4")
            window.shows(f"{THREAD} covered=True")
            window.say(", said")
            assert raw.hears("a draft, said", by="ada")["thread"] == root
            window.press("key", "Escape")
            window.shows(f"{ROWS} covered=False")
            window.press("key", "ctrl+l")
            window.say("aside")
            assert "thread" not in raw.hears("aside", by="ada")


def test_up_in_a_thread_changes_ones_last_message_of_it_there(broker: Broker, tmp_path: Path):
    with Raw(broker.requests, "raw") as raw:
        raw.say("why")
        with ada(broker, tmp_path / "ada") as window:
            window.say("in the room")
            raw.hears("in the room", by="ada")
            raw.say("the newest")
            window.shows("last='the newest'")
            tab_to(window, "Messages")
            window.press("key", "Up", "Up", "F4")
            window.shows(THREAD)
            window.say("because")
            thread = raw.hears("because", by="ada")["thread"]
            raw.say("it is here")
            window.shows("in_thread=''.*last='it is here'")
            window.press("key", "Up")
            window.shows(f"{THREAD}.*written='' in_thread='because'")
            window.say(" of this")
            window.shows(f"{THREAD}.*written='' in_thread=''")
            window.press("key", "Up")
            window.shows("in_thread='because of this'")
            window.press("key", "Escape")
            window.shows(f"{THREAD}.*in_thread=''")
            window.press("key", "Escape")
            window.shows(ROWS)
        edits = [event for event in raw.log() if event["op"] == "edited"]
        assert [event["text"] for event in edits] == ["because of this"]
        (answer,) = [event for event in raw.log() if event.get("thread")]
        assert (answer["seq"], answer["thread"]) == (edits[0]["target"], thread)
