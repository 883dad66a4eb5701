"""Where the window stands on a real screen with a window manager, which puts a frame around it."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endtoend.screens import WindowOnScreen, managed_screen
from tests.qtclient.programs import NOBODY

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(sys.platform != "linux", reason="screens of Linux"),
]


@contextlib.contextmanager
def window(name: str, data: Path) -> Iterator[WindowOnScreen]:
    """Closed by its key at the end."""
    shown = WindowOnScreen(name, NOBODY, "ada", data)
    with shown.process as running:
        shown.focus()
        yield shown
        shown.press("key", "ctrl+q")
        assert running.wait() == 0


def geometry(shown: WindowOnScreen) -> dict[str, int]:
    lines = shown.press("getwindowgeometry", "--shell", shown._id).split()
    told = dict(line.split("=") for line in lines)
    return {field: int(told[field]) for field in ("X", "Y", "WIDTH", "HEIGHT")}


def test_it_comes_back_where_it_was_and_does_not_wander(tmp_path: Path):
    with managed_screen() as name:
        with window(name, tmp_path) as first:
            first.press("windowsize", "--sync", first._id, "640", "480")
            first.press("windowmove", "--sync", first._id, "210", "170")
            before = geometry(first)
        assert (before["WIDTH"], before["HEIGHT"]) == (640, 480)
        for _ in range(2):
            with window(name, tmp_path) as again:
                assert geometry(again) == before


def test_on_a_smaller_screen_all_of_it_is_there_and_on_the_large_one_it_is_as_it_was(tmp_path: Path):
    with managed_screen() as name, window(name, tmp_path) as first:
        first.press("windowsize", "--sync", first._id, "1000", "600")
        first.press("windowmove", "--sync", first._id, "250", "150")
        before = geometry(first)
    with managed_screen("800x500x24") as small, window(small, tmp_path) as second:
        found = geometry(second)
        assert 0 <= found["X"] <= 800 - found["WIDTH"]
        assert 0 <= found["Y"] <= 500 - found["HEIGHT"]
    with managed_screen() as name, window(name, tmp_path) as third:
        assert (geometry(third)["WIDTH"], geometry(third)["HEIGHT"]) == (before["WIDTH"], before["HEIGHT"])
