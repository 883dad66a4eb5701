"""The window by real keys, under a window manager: where they go, and what they lead to."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("PyQt6")

from tests.endtoend.people import Raw
from tests.endtoend.processes import Broker
from tests.endtoend.screens import WatchedOnScreen, managed_screen

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(sys.platform != "linux", reason="needs an X server"),
]
MANY = 120  # more than the screen has room for
WRITES = "keys='Message"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker", "--rate", "0") as broker:
        yield broker


@pytest.fixture
def raw(broker: Broker) -> Iterator[Raw]:
    with Raw(broker.requests, "raw") as raw:
        yield raw


@contextlib.contextmanager
def ada(broker: Broker, data: Path) -> Iterator[WatchedOnScreen]:
    """In the lobby with the keyboard, and closed by its key at the end."""
    with managed_screen() as display:
        window = WatchedOnScreen(display, broker.requests, "ada", data)
        with window.process:
            window.focus()
            broker.process.wait_for("ada joined lobby")
            window.shows(f"entered=True {WRITES}")
            yield window
            window.ends()


def tab_to(window: WatchedOnScreen, name: str) -> None:
    """By Tab, as far as it takes."""
    while f"keys='{name}" not in (line := window.process.lines[-1]):
        before = len(window.process.lines)
        window.press("key", "Tab")
        now = window.process.wait_for("^shows ", after=before)[0]
        assert f"{WRITES}'" not in now or WRITES in line, f"no {name} on the way round"


def said(raw: Raw) -> list[str]:
    return [event["text"] for event in raw.log() if event["op"] == "message"]


def test_rooms_over_a_narrow_window_have_the_keys_and_nothing_unseen_is_sent(broker, raw, tmp_path):
    with ada(broker, tmp_path / "ada") as window:
        window.press("windowsize", "--sync", window._id, "500", "500")
        window.press("type", "--delay", "5", "half a thought")
        window.shows("covered=False written='half a thought'")
        window.press("key", "ctrl+b")
        assert WRITES not in window.shows("covered=True")
        window.press("key", "Return")
        window.shows(f"{WRITES}.* covered=False written='half a thought'")
        window.say(", said")
        raw.hears("half a thought, said", by="ada")
    assert said(raw) == ["half a thought, said"]


def test_who_writes_can_scroll_and_go_to_either_end(broker, raw, tmp_path):
    last = [raw.say(f"number {number}")["seq"] for number in range(MANY)][-1] + 1
    raw.say("the newest")
    with ada(broker, tmp_path / "ada") as window:

        def goes(key: str, to: str) -> None:
            window.press("key", *key.split())
            assert WRITES in window.shows(to)

        first, newest = r"seen=\([12], ", r"last='the newest'"
        above = rf"seen=\(\d+, (?!{last}\)|{last + 1}\)|{last + 2}\))"
        window.press("key", "ctrl+End")
        for draft in ("", "thought"):
            window.press("type", "--delay", "5", draft or "x")
            window.press("key", *([] if draft else ["BackSpace"]), "ctrl+End", "ctrl+End")
            window.shows(f"written='{draft}'.*{newest}")
            goes("Prior", above)
            goes("Next", newest)
            goes("Home" if not draft else "ctrl+Home ctrl+Home", first)
            goes("End" if not draft else "ctrl+End ctrl+End", newest)
            goes("ctrl+Home ctrl+Home", first)
            goes("ctrl+End ctrl+End", newest)
        window.press("key", "ctrl+a", "BackSpace")
        window.shows("written=''")


def test_up_changes_the_last_own_message_and_leaves_the_view_alone(broker, raw, tmp_path):
    with ada(broker, tmp_path / "ada") as window:
        for mine in ("an older one", "mine"):
            window.say(mine)
            raw.hears(mine, by="ada")
        for number in range(MANY):
            raw.say(f"number {number}")
        window.press("key", "ctrl+End")
        window.shows(f"written=''.*last='number {MANY - 1}'")
        window.press("key", "Up")
        assert f"last='number {MANY - 1}'" in window.shows(f"{WRITES}.*written='mine'")
        window.say(", changed")
        window.shows("written=''")
        raw.say("the end")
        window.shows("last='the end'")
        edits = [event for event in raw.log() if event["op"] == "edited"]
        assert [event["text"] for event in edits] == ["mine, changed"]


def test_escape_lets_go_of_own_messages_that_are_selected(broker, raw, tmp_path):
    with ada(broker, tmp_path / "ada") as window:
        for text in ("one", "two", "three"):
            window.say(text)
            raw.hears(text, by="ada")
        window.shows("last='three'")
        tab_to(window, "Messages")
        window.press("key", "shift+Up", "shift+Up")
        window.shows("selected=[23]")
        window.press("key", "Escape")
        window.shows(f"{WRITES}.*selected=0")


def test_a_space_is_a_letter_of_the_name_that_is_typed_among_people(broker, raw, tmp_path):
    with (
        Raw(broker.requests, "anna bell"),
        Raw(broker.requests, "anna maria"),
        ada(broker, tmp_path / "ada") as window,
    ):
        tab_to(window, "People")
        window.press("type", "--delay", "5", "anna m")
        window.shows("person='anna maria' card=False")


def test_at_twice_the_size_what_is_typed_is_sent_and_seen(broker, raw, tmp_path, monkeypatch):
    monkeypatch.setenv("QT_SCALE_FACTOR", "2")
    with ada(broker, tmp_path / "ada") as window:
        window.say("as large as life")
        window.shows("written=''.*last='as large as life'.*scale=2.0")
    raw.hears("as large as life", by="ada")
