"""Bots as real processes: the examples, and those of the documentation."""

import contextlib
import re
import signal
import subprocess

import pytest

from tests.endtoend.bot_sayings import joined, left
from tests.endtoend.bots import example, own
from tests.endtoend.processes import HOUSE, Running

BLOCKS = [
    block
    for paper in ("README.md", "docs/bots.md")
    for block in re.findall(r"```python\n(.*?)```", (HOUSE / paper).read_text(encoding="utf-8"), re.DOTALL)
]
PROGRAMS = {
    name: block
    for block in BLOCKS
    for name in re.findall(r'(?:Bot|Client)\("(\w+)"', block)
    if "script()" in block
}


SAYS = {"herald": ["herald The build is green."], "reporter": ["reporter: The build is green."]}
EXAMPLES = {"echo": "raw_echo", "log": "log_room", "dice": "dice"}


def interrupted(bot: Running) -> int:
    """Its exit code after Ctrl+C; twice where pyzmq was about to wait, and notices none in that moment."""
    bot.send(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        return bot.wait(5.0)
    bot.send(signal.SIGINT)
    return bot.wait()


@pytest.fixture(params=[*EXAMPLES, *(f"docs: {name}" for name in PROGRAMS)])
def start(request, broker, tmp_path):
    """Its nick, and what starts it."""
    nick = request.param.removeprefix("docs: ")
    if nick == request.param:
        return nick, lambda: example(EXAMPLES[nick], broker, tmp_path)
    return nick, lambda: own(PROGRAMS[nick], broker, tmp_path, nick)


def test_the_documentation_has_the_examples():
    assert set(PROGRAMS) == {"reporter", "hello", "herald", "dice", "builder", "clock"}


def test_an_example_is_stopped_and_started_again(start, broker):
    nick, run = start
    for count in (1, 2, 3):
        with run() as bot:
            joined(broker, nick, count)
            code = interrupted(bot)
            expected = SAYS.get(nick, [])
            assert (code, bot.lines) == (0, expected[: len(bot.lines)])
        left(broker, nick, count)


def test_a_second_one_beside_it_ends_with_a_sentence(start, broker, tmp_path):
    nick, run = start
    with run() as first:
        joined(broker, nick, 1)
        with own(PROGRAMS[nick], broker, tmp_path, nick) if nick in PROGRAMS else run() as second:
            assert second.wait() == 1
            sentence = second.lines[0]
            assert f"taken by {nick}, who is here; choose another." in sentence or "is in use by" in sentence
            assert not any("Traceback" in line and "__del__" not in line for line in second.lines[:1])
            assert not any(f"{nick}.py" in line or "raw_echo.py" in line for line in second.lines)
        assert interrupted(first) == 0


def test_echo_that_was_killed_is_told_that_its_name_is_kept(broker, tmp_path):
    with example("raw_echo", broker, tmp_path) as echo:
        joined(broker, "echo", 1)
        echo.kill()
    broker.process.wait_for("lost the connection of echo")
    with example("raw_echo", broker, tmp_path) as echo:
        assert echo.wait() == 1
        kept = r"The nickname is kept for echo, who lost the connection; wait \d+ s, or choose another\."
        assert re.fullmatch(kept, echo.lines[0]), echo.lines


def test_echo_without_a_broker_says_so(broker, tmp_path):
    broker.stop()
    with example("raw_echo", broker, tmp_path) as echo:
        echo.wait_for("^No broker answers.$")
        assert echo.wait() == 1


def test_a_dice_that_was_killed_is_back_at_once(broker, tmp_path, ada):
    with example("dice", broker, tmp_path) as dice:
        joined(broker, "dice", 1)
        ada.say("!roll 1d1")
        ada.hears("1 = 1", by="dice")
        dice.kill()
    ada.say("!roll 2d1")
    with example("dice", broker, tmp_path) as dice:
        ada.hears("1 + 1 = 2", by="dice")
        assert dice.terminate() == 0
        assert dice.lines == []


def test_the_first_bot_greets(broker, tmp_path, ada):
    """That `run.py bot PATH` finds it is in tests/launch/test_commands.py."""
    with own(PROGRAMS["hello"], broker, tmp_path, "hello") as bot:
        joined(broker, "hello", 1)
        ada.say("!HELLO\tAda")
        ada.hears("Hello, Ada!", by="hello")
        ada.say("\n!Hello")
        ada.hears("Hello, world!", by="hello")
        assert bot.terminate() == 0


def test_the_clock_of_the_documentation_reminds(broker, tmp_path, ada):
    with own(PROGRAMS["clock"], broker, tmp_path, "clock") as clock:
        joined(broker, "clock", 1)
        ada.say('!remind "buy\nmilk" 0.01')
        ada.hears("I will.", by="clock")
        ada.hears("buy\nmilk", by="clock")
        ada.say("!remind never 3600")
        ada.hears("I will.", by="clock")
        clock.send(signal.SIGINT)
        assert clock.wait() == 0
        assert clock.lines == []


def test_the_script_of_the_readme_is_given_what_was_said_meanwhile(broker, tmp_path, ada):
    with own(PROGRAMS["reporter"], broker, tmp_path, "reporter") as script:
        script.wait_for("^reporter: The build is green.$")
        ada.say("hello")
        script.wait_for("^ada: hello$")
        assert script.terminate() == 0
    left(broker, "reporter", 1)
    ada.say("are you there?")
    with own(PROGRAMS["reporter"], broker, tmp_path, "reporter") as script:
        script.wait_for("^reporter: The build is green.$")
        assert script.terminate() == 0
        assert script.lines == ["ada: are you there?", "reporter: The build is green."]


def test_the_workers_of_the_documentation_speak(broker, tmp_path, ada):
    (block,) = [block for block in BLOCKS if "multiprocessing" in block]
    with own(block, broker, tmp_path, "workers") as workers:
        ada.hears("worker is here", by="worker")
        assert workers.wait() == 0
        assert workers.lines == []


def test_the_rest_of_the_documentation_runs():
    for block in BLOCKS:
        if "TestBot" in block:
            exec(compile(block, "docs/bots.md", "exec"), {"__name__": "docs"})
