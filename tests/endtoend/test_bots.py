"""Bots as people start and stop them: the examples, and bots whose handlers fail. All real."""

import contextlib
import re
import signal
import subprocess

import pytest

from tests.endtoend.bots import example, own
from tests.endtoend.people import Raw
from tests.endtoend.processes import HOUSE, Broker, Running

PROGRAMS = {
    name: block
    for block in re.findall(r"```python\n(.*?)```", (HOUSE / "docs" / "bots.md").read_text(), re.DOTALL)
    for name in re.findall(r'(?:Bot|Client)\("(\w+)"', block)
    if "script()" in block
}
EXAMPLES = {"echo": "raw_echo", "log": "log_room", "dice": "dice"}


@pytest.fixture
def ada(broker: Broker):
    with Raw(broker.requests, "ada", bot=False) as ada:
        yield ada


def joined(broker: Broker, nick: str, count: int, says: str = "joined lobby") -> None:
    """Wait until the broker has said this of it so often."""
    after = 0
    for _ in range(count):
        line = broker.process.wait_for(f"^{nick} {says}.*", after=after)[0]
        after = broker.process.lines.index(line, after) + 1


def left(broker: Broker, nick: str, count: int) -> None:
    """Wait until it has said goodbye so often."""
    joined(broker, nick, count, r"left lobby \(end\)")


def interrupted(bot: Running) -> int:
    """Its exit code after Ctrl+C; twice where pyzmq was about to wait, and notices none in that moment."""
    bot.send(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        return bot.wait(5.0)
    bot.send(signal.SIGINT)
    return bot.wait()


# -- The examples ------------------------------------------------------------------------------


@pytest.fixture(params=[*EXAMPLES, *(f"docs: {name}" for name in PROGRAMS)])
def start(request, broker, tmp_path):
    """Its nick, and what starts it."""
    nick = request.param.removeprefix("docs: ")
    if nick == request.param:
        return nick, lambda: example(EXAMPLES[nick], broker, tmp_path)
    return nick, lambda: own(PROGRAMS[nick], broker, tmp_path, nick)


def test_the_documentation_has_the_examples():
    assert set(PROGRAMS) == {"hello", "herald", "dice", "clock"}


def test_an_example_is_stopped_and_started_again(start, broker):
    nick, run = start
    for count in (1, 2, 3):
        with run() as bot:
            joined(broker, nick, count)
            code = interrupted(bot)
            expected = ["herald The build is green."] if nick == "herald" else []
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


def test_the_rest_of_the_documentation_runs():
    for block in re.findall(r"```python\n(.*?)```", (HOUSE / "docs" / "bots.md").read_text(), re.DOTALL):
        if "TestBot" in block:
            exec(compile(block, "docs/bots.md", "exec"), {"__name__": "docs"})


# -- Handlers that fail ------------------------------------------------------------------------

POISON = """
import asyncio, sys, threading
from shared.bot import Bot
from shared.script import script

bot = Bot("trial")
GIVES = {
    "int": 42, "list": ["a"], "bytes": b"a", "dict": {}, "true": True,
    "surrogate": "a\\ud83d", "escape": "\\x1b[31m", "nul": "\\0",
    "long": "x" * 20_000, "wide": "\\u3042" * 6_000,
}
RAISES = {
    "exit": SystemExit(3), "interrupt": KeyboardInterrupt(), "generator": GeneratorExit(),
    "cancelled": asyncio.CancelledError(), "memory": MemoryError(), "bare": BaseException(),
}

def trial(what: str) -> object:
    if what in RAISES:
        raise RAISES[what]
    return GIVES[what]

@bot.command("!try")
def sync(what: str) -> object:
    return trial(what)

@bot.command("!async")
async def wait(what: str) -> object:
    await asyncio.sleep(0)
    return trial(what)

@bot.message
def listen(event) -> object:
    return trial(event.text) if event.text in {**GIVES, **RAISES} else None

@bot.command("!elsewhere")
def elsewhere() -> str:
    bot.say("is anybody here?", room="nowhere")
    return "said"

@bot.command("!stop")
def stop() -> str:
    bot.stop()
    return "I go."

@bot.command("!hang")
def hang() -> None:
    print("hangs", flush=True)
    threading.Event().wait()

@bot.command("!wait")
async def wait_for_ever() -> None:
    print("hangs", flush=True)
    await asyncio.Event().wait()

@bot.command("!ping")
def ping(number: int) -> str:
    return f"pong {number}"

with script():
    bot.run()
"""
WHATS = ["int", "list", "bytes", "dict", "true", "surrogate", "long", "wide", "escape", "nul"]
WHATS += ["exit", "interrupt", "generator", "cancelled", "memory", "bare"]


@pytest.fixture
def trial(broker, tmp_path):
    return lambda: own(POISON, broker, tmp_path, "trial")


def texts(raw: Raw, nick: str) -> list[str]:
    return [event["text"] for event in raw.log() if event["op"] == "message" and event["nick"] == nick]


def test_no_message_ends_a_bot_now_or_after_a_restart(broker, trial, ada):
    with trial() as bot:
        joined(broker, "trial", 1)
        for what in WHATS:
            ada.say(f"!try {what}")
            ada.say(f"!async {what}")
            ada.say(what)
        ada.say("!ping 1")
        ada.hears("pong 1", by="trial")
        sorry = ["Sorry, !try failed here; it is in my log.", "Sorry, !async failed here; it is in my log."]
        assert texts(ada, "trial") == [*sorry * len(WHATS), "pong 1"]
        assert sum("could not handle" in line for line in bot.lines) == 3 * len(WHATS)
        assert sum(line.startswith("Traceback") for line in bot.lines) >= 3 * len(WHATS)
        bot.send(signal.SIGINT)
        assert bot.wait() == 0
    with trial() as bot:
        joined(broker, "trial", 2)
        ada.say("!ping 2")
        ada.hears("pong 2", by="trial")
        assert bot.terminate() == 0
        assert bot.lines == []
    assert texts(ada, "trial") == [*sorry * len(WHATS), "pong 1", "pong 2"]


def test_what_is_said_in_a_room_that_is_not_there_is_in_the_log(broker, trial, ada):
    with trial() as bot:
        joined(broker, "trial", 1)
        ada.say("!elsewhere")
        ada.hears("said", by="trial")
        bot.wait_for("The broker refused what was said in nowhere: n")
        ada.say("!ping 2")
        ada.hears("pong 2", by="trial")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["!hang", "!wait"])
def test_a_bot_whose_handler_hangs_ends_and_handles_that_message_again(broker, trial, ada, number, command):
    with trial() as bot:
        joined(broker, "trial", 1)
        ada.say(command)
        bot.wait_for("hangs")
        bot.send(number)
        assert bot.wait() == 0
        assert bot.lines == ["hangs"]
    left(broker, "trial", 1)
    with trial() as bot:
        bot.wait_for("hangs")


def test_a_command_may_end_the_bot_and_does_so_once(broker, trial, ada):
    with trial() as bot:
        joined(broker, "trial", 1)
        ada.say("!stop")
        assert bot.wait() == 0
        assert bot.lines == []
    ada.hears("I go.", by="trial")
    with trial() as bot:
        joined(broker, "trial", 2)
        ada.say("!ping 2")
        ada.hears("pong 2", by="trial")
    assert texts(ada, "trial") == ["I go.", "pong 2"]


# -- Clocks ------------------------------------------------------------------------------------

YOUNG = """
import time
from shared.bot import Bot
from shared.script import script

off_s = {off_s}
right_ns = time.time_ns
time.time_ns = lambda: right_ns() + int(off_s * 1e9)
time.time = lambda: time.time_ns() / 1e9

bot = Bot("young", max_age_s={max_age_s})

@bot.command("!say")
def say(text: str) -> str:
    return text

with script():
    bot.run()
"""


@pytest.mark.parametrize(
    ("off_s", "way"), [(120, "120 s ahead of"), (-120, "120 s behind"), (7e6, "ahead of")]
)
def test_a_computer_whose_clock_is_wrong_answers_what_is_fresh_and_says_so_once(
    broker, tmp_path, ada, off_s, way
):
    with own(YOUNG.format(off_s=off_s, max_age_s=60), broker, tmp_path) as bot:
        joined(broker, "young", 1)
        for number in range(3):
            ada.say(f"!say {number}")
            ada.hears(f"{number}", by="young")
        assert bot.terminate() == 0
        (line,) = bot.lines
        assert f"The clock of this computer is {'' if off_s == 7e6 else way}" in line
        assert way in line


@pytest.mark.parametrize("off_s", [0, 10, -10])
def test_a_clock_that_is_a_little_off_is_no_news(broker, tmp_path, ada, off_s):
    with own(YOUNG.format(off_s=off_s, max_age_s=60), broker, tmp_path) as bot:
        joined(broker, "young", 1)
        ada.say("!say hi")
        ada.hears("hi", by="young")
        assert bot.terminate() == 0
        assert bot.lines == []


@pytest.mark.parametrize("off_s", [0, 120, -120])
def test_what_is_older_than_it_may_be_is_skipped_by_the_brokers_clock(broker, tmp_path, ada, off_s):
    with own(YOUNG.format(off_s=off_s, max_age_s=1.5), broker, tmp_path) as bot:
        joined(broker, "young", 1)
        bot.terminate()
    old = ada.say("!say old")
    while ada.ask("ping")["at"] - old["at"] < 2_000:
        pass
    with own(YOUNG.format(off_s=off_s, max_age_s=1.5), broker, tmp_path) as bot:
        joined(broker, "young", 2)
        for number in range(20):  # on a busy machine one may be too old, too, before the bot gets its turn
            ada.say(f"!say new-{number}")
            with contextlib.suppress(AssertionError):
                ada.hears(f"new-{number}", by="young", within_s=5.0)
                break
    said = texts(ada, "young")
    assert said[-1:] == [f"new-{number}"]
    assert "old" not in said
