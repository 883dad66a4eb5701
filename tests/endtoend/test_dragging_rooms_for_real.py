"""A room is dragged to another place by a real mouse, and stands there at the next start, too."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("PyQt6")

from tests.endtoend.pointing import LARGE, LEFT, in_lobby
from tests.endtoend.processes import Broker
from tests.endtoend.screens import managed_screen

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(sys.platform != "linux", reason="needs an X server"),
]
UP_PX = 20  # from the middle of a row into its upper half


def test_a_room_stands_where_it_was_dragged(broker: Broker, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("QT_SCALE_FACTOR", "2")
    with managed_screen(LARGE) as display:
        with in_lobby(broker, display, tmp_path / "ada", "--theme", "dark") as window:
            for room in ("lab", "yard"):
                window.say(f"/join {room}")
                window.shows_of("rooms", lambda there, room=room: room in there)
            window.shows(r"rooms=\['lobby', 'lab', 'yard'\]")
            x, y = window.place("# lobby")
            window.point("# yard")
            window.press("mousedown", LEFT)
            window.go(x, y - UP_PX)
            window.shows("dropped_before='lobby'")
            window.press("key", "Escape")
            window.shows("dropped_before=None")
            window.press("mouseup", LEFT)
            window.point("# yard")
            window.press("mousedown", LEFT)
            window.go(x, y - UP_PX)
            window.shows("dropped_before='lobby'")
            window.press("mouseup", LEFT)
            window.shows(r"rooms=\['yard', 'lobby', 'lab'\].*dropped_before=None")
        with in_lobby(broker, display, tmp_path / "ada", "--theme", "dark") as window:
            window.shows(r"rooms=\['yard', 'lobby', 'lab'\].*'You are ada, online'")
