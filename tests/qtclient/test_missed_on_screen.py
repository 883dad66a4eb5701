"""What comes while another window has the keyboard: a real screen with a window manager, a real broker."""

import re
import sys
from pathlib import Path

import pytest

from tests.endtoend.people import Raw
from tests.endtoend.processes import Broker
from tests.endtoend.screens import WindowOnScreen
from tests.patience import PATIENCE_S, Stopwatch
from tests.qtclient.programs import NOBODY
from tests.qtclient.test_placing_on_screen import managed_screen

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(sys.platform != "linux", reason="screens of Linux"),
]
MISSED = 121
READ_S = 0.5  # on the screen, and it is read


def unread(shown: WindowOnScreen) -> int:
    """As the title says."""
    title = shown.press("getwindowname", shown._id).strip()
    found = re.fullmatch(r"(?:\((\d+)\) )?# lobby - Loggia", title)
    return int(found[1] or 0) if found else -1


def settled(shown: WindowOnScreen) -> int:
    """How much is unread once something was read, and then nothing more for as long as that takes, twice."""
    count, since = waits(shown, 1, MISSED - 1), Stopwatch()
    while since.read_s() < 2 * READ_S:
        if (now := unread(shown)) != count:
            count, since = now, Stopwatch()
    return count


def waits(shown: WindowOnScreen, first: int, last: int) -> int:
    """Until so much is unread."""
    watch = Stopwatch()
    while not first <= (count := unread(shown)) <= last:
        assert watch.read_s() < PATIENCE_S, shown.press("getwindowname", shown._id)
    return count


def test_what_comes_behind_another_window_is_read_as_it_is_seen(tmp_path: Path, broker: Broker):
    with managed_screen() as name, Raw(broker.requests, "bob", bot=False) as bob:
        other = WindowOnScreen(name, NOBODY, "zoe", tmp_path / "other")
        with other.process as behind:
            other.focus()
            shown = WindowOnScreen(name, broker.requests, "ada", tmp_path / "ada")
            with shown.process as running:
                ids = shown.press("search", "--sync", "--onlyvisible", "--name", "Loggia$").split()
                broker.process.wait_for("ada joined lobby")
                while not (mine := set(ids) - {other._id}):
                    ids = shown.press("search", "--sync", "--onlyvisible", "--name", "Loggia$").split()
                shown._id = mine.pop()
                other.press("windowfocus", "--sync", other._id)
                for number in range(MISSED):
                    bob.say(f"number {number}")
                waits(shown, MISSED, MISSED)
                shown.press("windowfocus", "--sync", shown._id)
                assert settled(shown) > MISSED // 2, "what is on the screen is read, and no more"
                shown.press("key", "ctrl+End")
                waits(shown, 0, 0)
                shown.press("key", "ctrl+q")
                assert running.wait() == 0
            other.press("windowfocus", "--sync", other._id)
            other.press("key", "ctrl+q")
            assert behind.wait() == 0
