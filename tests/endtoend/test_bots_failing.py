"""Bots as real processes, whose handlers fail."""

import signal

import pytest

from tests.endtoend.bot_sayings import joined, left, texts
from tests.endtoend.bots import own

POISON = """
import asyncio, sys, threading
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.script import script

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
        bot.send(signal.SIGINT)
        assert bot.wait() == 0
        assert sum("could not handle" in line for line in bot.lines) == 3 * len(WHATS)
        assert sum(line.startswith("Traceback") for line in bot.lines) >= 3 * len(WHATS)
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
