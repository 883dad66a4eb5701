"""A second start on a folder, as a process: the first window comes up, or says that it is another's."""

import sys
from pathlib import Path

import pytest
from loggia.qtclient.settings import load

from tests.endtoend.people import Raw
from tests.endtoend.processes import Broker
from tests.endtoend.screens import WindowOnScreen, screen
from tests.patience import PATIENCE_S, Stopwatch
from tests.qtclient.programs import NOBODY, OFFSCREEN_SAYS, nameless, script, window

PRESS_OK = """
def step(qt):
    box = qt.activeModalWidget()
    if box is not None:
        print("shown:", "already uses" in box.text(), flush=True)
        ground = box.palette().window().color().name()
        print("themed:", ground == theme.DARK.bg.lower(), flush=True)
        box.accept()
"""


def test_a_second_window_on_the_folder_of_somebody_else_says_so_and_ends(tmp_path: Path):
    with window(tmp_path) as first:
        first.wait_for("Server not reachable")
        with script(PRESS_OK, tmp_path, "bob") as second:
            assert second.wait() == 1
            assert [line for line in second.lines if OFFSCREEN_SAYS not in line] == [
                f"ERROR: Another Loggia window already uses the folder {tmp_path} (ada at tcp://{NOBODY}). "
                "Close it, or start this one on a folder of its own: "
                "python3 run.py window --data DIR --nick NAME",
                "shown: True",
                "themed: True",
            ]
        assert first.is_running


@pytest.mark.parametrize("flags", [[], ["--nick", "ada", "--room", "lab"]], ids=["bare", "a room"])
def test_a_second_start_brings_the_first_window_up_and_ends_well(tmp_path: Path, flags: list[str]):
    with window(tmp_path) as first:
        first.wait_for("Server not reachable")
        with nameless(tmp_path, *flags) as second:
            assert second.wait() == 0
            assert second.lines == [
                f"A Loggia window of ada is open on the folder {tmp_path}; it is in front now."
            ]
        assert first.terminate() == 0
    remembered = load(tmp_path).settings.server(f"tcp://{NOBODY}")
    assert remembered.current == ("lab" if flags else "lobby")


def test_a_start_while_the_first_still_asks_waits_for_its_answer(tmp_path: Path):
    with nameless(tmp_path) as first:
        first.wait_for(OFFSCREEN_SAYS)
        with nameless(tmp_path) as second:
            assert second.wait() == 0
        assert first.terminate() == 0


def test_what_a_window_that_was_killed_left_keeps_nobody_out(tmp_path: Path):
    with window(tmp_path) as first:
        first.wait_for("Server not reachable")
        first.kill()
    assert (tmp_path / "window.door").exists()
    with window(tmp_path) as second:
        second.wait_for("Server not reachable")
        assert second.terminate() == 0
    assert not (tmp_path / "window.door").exists()


@pytest.mark.xvfb
@pytest.mark.skipif(sys.platform != "linux", reason="screens of Linux")
def test_a_second_start_gives_the_first_window_the_keyboard_in_the_room_it_names(tmp_path: Path):
    """Real keys: before it they go to another window, and then into that room."""
    with (
        Broker(tmp_path / "broker") as broker,
        screen() as display,
        Raw(broker.requests, "raw") as raw,
    ):
        raw.ask("join", room="lab")
        ada = WindowOnScreen(display, broker.requests, "ada", tmp_path / "ada")
        with ada.process:
            ada.focus()
            bob = WindowOnScreen(display, broker.requests, "bob", tmp_path / "bob")
            with bob.process:
                broker.process.wait_for("bob joined lobby")
                bob.focus()
                bob.say("from bob")
                raw.hears("from bob", by="bob")
                again = WindowOnScreen(display, broker.requests, "ada", tmp_path / "ada", "--room", "lab")
                with again.process as second:
                    assert second.wait() == 0
                broker.process.wait_for("ada joined lab")
                ada.say("from ada")
                watch = Stopwatch()
                while ("ada", "from ada") not in said(raw, "lab"):
                    assert watch.read_s() < PATIENCE_S


def said(raw: Raw, room: str) -> list[tuple[str, str]]:
    events = raw.ask("history", room=room)["events"]
    return [(event["nick"], event["text"]) for event in events if event["op"] == "message"]
