"""The bar above a message by a real mouse: each of its buttons, and what is typed then. Dark and large."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("PyQt6")

from tests.endtoend.painted import Painted
from tests.endtoend.people import Raw
from tests.endtoend.pointing import LARGE, in_lobby
from tests.endtoend.processes import Broker
from tests.endtoend.screens import managed_screen

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(sys.platform != "linux", reason="needs an X server"),
]
WRITES, THREAD = "keys='Message'", "keys='Answer in the thread'"
ANSWER = "so it is, as far as I know"
GROUND, INK = "#191817", "#ece8e3"  # of the dark look
MORE, REMOVE = "What else can be done", "Delete for everybody..."


def test_each_button_leads_where_it_says(broker: Broker, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("QT_SCALE_FACTOR", "2")
    painted = Painted(tmp_path)
    with Raw(broker.requests, "raw") as raw, managed_screen(LARGE, *painted.flags) as display:
        theirs = raw.say("theirs")["seq"]
        with in_lobby(broker, display, tmp_path / "ada", "--theme", "dark") as window:
            window.shows(f"scale=2.0 ground='{GROUND}'.*'theirs'")
            window.say("mine")
            mine = raw.hears("mine", by="ada")["seq"]
            raw.say("the newest")
            window.shows("last='the newest'")
            window.point("theirs")
            window.click("theirs: Answer")
            window.shows(f"{WRITES}.*answers='Answering raw: theirs'")
            window.press("type", "--delay", "5", ANSWER)
            line = window.shows(f"written='{ANSWER}'")
            painted.waits(GROUND, INK, *window.told("writes_in", line))
            window.press("key", "Return")
            assert raw.hears(ANSWER, by="ada")["reply_to"] == theirs
            window.shows(f"{WRITES}.*written='' .*last='{ANSWER}'.*answers=''")
            window.point("mine")
            window.click("mine: Change")
            window.shows(f"{WRITES}.*written='mine'")
            window.say(", changed")
            window.shows(f"{WRITES}.*written=''.*places=.*'mine, changed'")
            window.point("theirs")
            window.click("theirs: Show thread")
            window.shows(THREAD)
            window.say("aside")
            assert raw.hears("aside", by="ada")["thread"] == theirs
            window.press("key", "Escape")
            window.shows(f"{WRITES}.*last='aside'.*'in theirs: Show thread'")  # now no row moves any more
            window.point("mine, changed")
            window.click(f"mine, changed: {MORE}")
            window.click(REMOVE)
            window.click("Keep it")
            window.point("mine, changed")
            window.click(f"mine, changed: {MORE}")
            window.click(REMOVE)
            window.click("Delete it")
            window.shows_of("signs", lambda there: "mine, changed" not in there)
            window.click("in theirs: Show thread")
            window.shows(THREAD)
            window.press("key", "Escape")
            window.shows("keys='Messages'")  # a click into a row goes there
        log = raw.log()
        assert [event["op"] for event in log if event.get("target") == mine] == ["edited", "deleted"]
