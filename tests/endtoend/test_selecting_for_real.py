"""Text of messages is selected by a real mouse and keys, and pasted: by Ctrl+V, by the middle button."""

import re
import sys
from pathlib import Path

import pytest

pytest.importorskip("PyQt6")

from tests.endtoend.people import Raw
from tests.endtoend.processes import Broker
from tests.endtoend.screens import WatchedOnScreen, managed_screen

UP_PX = 20  # from the middle of a line into the row above


def place(window: WatchedOnScreen, name: str, line: str) -> tuple[int, int]:
    found = re.search(rf"{name}=\((\d+), (\d+)\)", line)
    assert found is not None
    return int(found[1]), int(found[2])


@pytest.mark.xvfb
@pytest.mark.skipif(sys.platform != "linux", reason="needs an X server")
@pytest.mark.parametrize("scale", [1, 2])
def test_what_is_selected_is_pasted(broker: Broker, tmp_path: Path, monkeypatch, scale: int):
    monkeypatch.setenv("QT_SCALE_FACTOR", str(scale))
    with managed_screen("2200x1500x24") as display, Raw(broker.requests, "raw") as raw:
        window = WatchedOnScreen(display, broker.requests, "ada", tmp_path / "ada")
        with window.process:
            window.focus()
            broker.process.wait_for("ada joined lobby")
            raw.say("alpha beta gamma")
            raw.say("delta epsilon")
            line = window.shows("last='delta epsilon'.*chosen=''")
            x, y = (scale * one for one in place(window, "words_at", line))
            y += 10 * scale

            def go(right: int, down: int = 0) -> None:
                window.press("mousemove", str(x + right * scale), str(y + down * scale))

            go(10)
            window.press("click", "--repeat", "2", "--delay", "40", "1")
            window.shows("chosen='delta'")
            go(60)
            window.press("click", "--repeat", "3", "--delay", "40", "1")
            window.shows("chosen='delta epsilon'")
            go(60)
            window.press("mousedown", "1")
            go(40, -5)
            go(14, -UP_PX)
            window.press("mouseup", "1")
            both = r"\[\d+:\d+\] raw: \w* ?beta gamma\\n\[\d+:\d+\] raw: delta \w*"
            window.shows(f"selected=2 chosen='{both}'")
            window.press("key", "ctrl+a", "ctrl+c", "ctrl+l", "ctrl+v")
            window.shows(r"written='.*: alpha beta gamma\\n\[.*raw: delta epsilon'")
            window.press("key", "ctrl+a", "BackSpace")
            window.shows("written=''")
            go(10)
            window.press("click", "--repeat", "2", "--delay", "40", "1")
            window.shows("chosen='delta'")
            window.press("key", "shift+ctrl+Right", "shift+ctrl+Right")
            line = window.shows("chosen='delta epsilon'")
            to = (str(scale * one) for one in place(window, "writes_at", line))
            window.press("mousemove", *to)
            window.press("click", "2")
            window.shows("written='delta epsilon'")
            window.press("key", "ctrl+a", "BackSpace", "Escape")
            window.shows("written=''.*chosen=''")
            window.ends()
