"""The example bots: short, and each does what it says, against the real broker."""

import io
import os
import pathlib
import signal
import subprocess
import sys
import tokenize
from collections.abc import Iterator

import pytest
from loggia.shared.client.api.client import Client
from loggia.shared.client.api.rehearsing import TestBot

from bots.dice import bot as dice
from tests.patience import PATIENCE_S
from tests.shared.client.running import HOUSE, Broker, eventually, heard

BOTS = HOUSE / "bots"


@pytest.fixture
def broker(tmp_path: pathlib.Path) -> Iterator[Broker]:
    running = Broker(tmp_path / "broker")
    try:
        running.start()
        yield running
    finally:
        running.close()


@pytest.fixture
def ada(broker: Broker) -> Iterator[Client]:
    with Client("ada", connect=broker.requests, bot=False) as client:
        client.send("here")
        heard(client, 1)
        yield client


class Process:
    """A bot as people start it."""

    def __init__(self, name: str, broker: Broker, folder: pathlib.Path, *arguments: str) -> None:
        surroundings = {
            **os.environ,
            "LOGGIA_REQUESTS": broker.requests,
            "XDG_DATA_HOME": str(folder),
            "PYTHONPATH": str(HOUSE),
        }
        command = [sys.executable, str(BOTS / f"{name}.py"), *arguments]
        self._process = subprocess.Popen(command, cwd=folder, env=surroundings, stderr=subprocess.DEVNULL)

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.stop()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self._process.send_signal(number)
        return self._process.wait(PATIENCE_S)


def lines_of_code(path: pathlib.Path) -> int:
    """Lines that hold anything but comments, blank lines and docstrings."""
    lines: set[int] = set()
    skip = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    starts = True
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        docstring = token.type == tokenize.STRING and starts
        if token.type not in skip and not docstring:
            lines.update(range(token.start[0], token.end[0] + 1))
        starts = token.type in (skip - {tokenize.COMMENT}) or (starts and token.type == tokenize.COMMENT)
    return len(lines)


@pytest.mark.parametrize(("name", "most"), [("raw_echo", 16), ("log_room", 10), ("dice", 12)])
def test_the_examples_stay_short(name: str, most: int) -> None:
    assert 3 < lines_of_code(BOTS / f"{name}.py") <= most


def test_dice_without_a_network() -> None:
    bot = TestBot(dice)
    (answer,) = bot.say("!roll 3d1")
    assert answer == "1 + 1 + 1 = 3"
    assert "!roll" in bot.say("!help")[0]
    assert bot.say("hello") == []


@pytest.mark.parametrize("words", ["abc", "2d0", "2d6d8", "1.5d6"])
def test_dice_that_cannot_be_rolled_are_answered_with_the_usage(words: str) -> None:
    (answer,) = TestBot(dice).say(f"!roll {words}")
    assert answer.endswith("Usage: !roll [dice] - Roll dice: `!roll 2d6` rolls two with six sides.")


@pytest.mark.parametrize("words", ["0d6", "-1d6"])
def test_no_dice_at_all_are_answered_in_words(words: str) -> None:
    assert TestBot(dice).say(f"!roll {words}") == ["Roll at least one."]


def waits_for(client: Client, nick: str) -> None:
    eventually(lambda: nick in [member.nick for member in client.members()])


def test_the_raw_bot_repeats_others_once(broker: Broker, ada: Client, tmp_path: pathlib.Path) -> None:
    with Process("raw_echo", broker, tmp_path):
        waits_for(ada, "echo")
        nicks: list[str] = []
        while "echo" not in nicks:  # its subscription takes a moment
            ada.send("are you there?")
            nicks += [event.nick for event in heard(ada, 1)]
        ada.send("once")
        ada.send("last")
        after: list[tuple[str, str]] = []
        while ("echo", "last") not in after:
            after += [(event.nick, event.text) for event in heard(ada, 1)]
        assert [nick for nick, text in after if text == "once"] == ["ada", "echo"]
        assert [nick for nick, text in after if text == "last"] == ["ada", "echo"]


def test_the_log_bot_writes_a_line_for_each_message(
    broker: Broker, ada: Client, tmp_path: pathlib.Path
) -> None:
    log = tmp_path / "lobby.log"
    with Process("log_room", broker, tmp_path):
        waits_for(ada, "log")
        ada.send("first\nof two")
        ada.send("second")
        eventually(lambda: log.exists() and len(log.read_text().splitlines()) == 2)
        first, second = log.read_text().splitlines()
        assert first.endswith("ada first\\nof two")
        assert second.endswith("ada second")


def test_dice_rolls_and_ends_as_asked(broker: Broker, ada: Client, tmp_path: pathlib.Path) -> None:
    process = Process("dice", broker, tmp_path)
    with process:
        waits_for(ada, "dice")
        ada.send("!roll 2d1")
        assert [event.text for event in heard(ada, 2)] == ["!roll 2d1", "1 + 1 = 2"]
        assert process.stop() == 0


def test_asking_log_room_for_help_starts_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, BOTS / "log_room.py", "--help"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(BOTS.parent)},
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0
    assert "Writes what is said in a room to a file" in done.stdout
    assert os.listdir(tmp_path) == []
