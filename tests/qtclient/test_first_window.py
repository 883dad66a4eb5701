"""The first start of all, by real keys on a real screen, as somebody who never saw it goes through it."""

import sys
from pathlib import Path

import pytest

from tests.endtoend.people import Raw
from tests.endtoend.processes import Broker
from tests.endtoend.screens import WindowOnScreen, screen
from tests.qtclient.programs import NOBODY

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(sys.platform != "linux", reason="screens of Linux"),
]


def test_a_name_and_enter_and_one_talks(tmp_path: Path, monkeypatch):
    with Broker(tmp_path / "broker") as broker, screen() as display, Raw(broker.requests, "raw") as raw:
        monkeypatch.setenv("LOGGIA_FOUND", broker.requests)  # as run.py says it
        window = WindowOnScreen(display, broker.requests, "", tmp_path / "data")
        with window.process:
            window.focus()
            window.say("zoe")
            broker.process.wait_for("zoe joined lobby")
            window.focus()
            window.say("here I am")
            raw.hears("here I am", by="zoe")


def test_an_address_is_written_by_keys_alone_and_remembered(tmp_path: Path, monkeypatch):
    with Broker(tmp_path / "broker") as broker, screen() as display, Raw(broker.requests, "raw") as raw:
        monkeypatch.setenv("LOGGIA_FOUND", f"tcp://{NOBODY}")
        first = WindowOnScreen(display, NOBODY, "", tmp_path / "data")
        with first.process as running:
            first.focus()
            first.press("type", "--delay", "5", "zoe")
            first.press("key", "Tab", "Down", "Tab")
            first.say(broker.requests.removeprefix("tcp://"))
            broker.process.wait_for("zoe joined lobby")
            first.focus()
            first.say("here I am")
            raw.hears("here I am", by="zoe")
            assert running.terminate() == 0
        broker.process.wait_for(r"zoe left lobby \(end\)")
        mark = len(broker.process.lines)
        again = WindowOnScreen(display, NOBODY, "", tmp_path / "data")
        with again.process:
            broker.process.wait_for("zoe joined lobby", after=mark)
            again.focus()
            again.say("here again")
            raw.hears("here again", by="zoe")
