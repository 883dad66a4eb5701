"""Bots without a network: what they reply."""

import logging
import math
from collections.abc import Callable

import pytest
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.bot_commands import Wrong
from loggia.shared.client.api.rehearsing import TestBot
from loggia.shared.protocol.events import MessageEvent

from tests.shared.client.api.dice import dice


def test_a_returned_string_is_the_reply() -> None:
    bot = TestBot(dice())
    assert bot.say("!roll") == ["6"]
    assert bot.say("!roll 20") == ["20"]
    assert bot.say("roll") == []
    assert bot.say("!rolling") == []


def test_help_comes_from_docstrings() -> None:
    (text,) = TestBot(dice()).say("!help")
    assert text.splitlines() == [
        "Commands: `!roll` [sides] - Roll a die that always falls on its highest side.",
        "`!pick` number of - Pick a number, as in `!pick 2 5`.",
        "`!bare` word",
        "`!boom` [words ...]",
        "`!help` [command] - Say what this bot can do.",
    ]
    usage = "Usage: !roll [sides] - Roll a die that always falls on its highest side."
    for asked in ("!help roll", "!help !roll", "!help ROLL", "\t!HELP\u3000Roll"):
        assert TestBot(dice()).say(asked) == [usage]
    assert TestBot(dice()).say("!help nothing") == ["There is no nothing; say !help to see what there is."]


def test_wrong_words_are_answered_with_the_usage() -> None:
    assert TestBot(dice()).say("!roll many") == ["sides must be a whole number. Usage: !roll [sides]"]


def test_what_a_handler_says_is_wrong_is_the_reply() -> None:
    assert TestBot(dice()).say("!pick 3 2") == ["There are only 2."]
    bot = Bot("parrot")

    @bot.message
    def listen(event: MessageEvent) -> str:
        raise Wrong("Louder, please.")

    assert TestBot(bot).say("hi") == ["Louder, please."]


def test_a_value_error_of_a_handler_is_answered_with_the_usage(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    bot = TestBot(dice())
    assert bot.say("!pick 2 5") == ["c"]
    assert bot.say("!pick 4 5") == [
        "That does not work. Usage: !pick number of - Pick a number, as in `!pick 2 5`."
    ]
    assert bot.say("!bare x") == ["That does not work. Usage: !bare word"]
    assert "substring not found" in caplog.text, "whoever wrote the bot can see why"


def test_a_value_error_without_a_command_is_a_fault(expect_log: Callable[[str], None]) -> None:
    expect_log("parrot could not handle: hi")
    bot = Bot("parrot")

    @bot.message
    def listen(event: MessageEvent) -> str:
        return f"{int(event.text)}"

    assert TestBot(bot).say("hi") == []
    assert TestBot(bot).say("7") == ["7"]


def test_an_exception_is_logged_with_the_command_and_others_are_served(
    expect_log: Callable[[str], None],
) -> None:
    expect_log(r"dice could not handle: !boom \\x07")
    bot = TestBot(dice())
    assert bot.say("!boom \x07") == ["Sorry, !boom failed here; it is in my log."]
    assert bot.say("!roll") == ["6"]


def test_messages_go_to_every_handler_and_commands_to_none_of_them() -> None:
    bot = Bot("parrot")
    heard: list[str] = []

    @bot.message
    def listen(event: MessageEvent) -> None:
        heard.append(f"{event.room} {event.nick}: {event.text}")

    @bot.message
    def repeat(event: MessageEvent) -> str:
        return event.text.upper()

    test = TestBot(bot)
    assert test.say("hi", nick="zoe", room="lab") == ["HI"]
    test.say("!help")
    assert heard == ["lab zoe: hi"]


class Told:
    """A client whose broker had its clock set: what was told of it before, and what it says now."""

    def __init__(self, before_ms: int, now_ms: int) -> None:
        self._before_ms, self._now_ms = before_ms, now_ms
        self.asked = 0

    def broker_ms(self, *, within_s: float = math.inf) -> int:
        if within_s == math.inf:
            return self._before_ms
        self.asked += 1
        return self._now_ms


@pytest.mark.parametrize(
    ("before_s", "now_s", "is_fresh", "asked"),
    [(0, 0, True, 0), (59, 59, True, 0), (61, 61, False, 1), (3600, 1, True, 1), (-3600, 3600, True, 0)],
)
def test_the_age_of_a_message_is_by_the_brokers_clock_as_it_is_now(
    before_s: int, now_s: int, is_fresh: bool, asked: int
) -> None:
    event = MessageEvent(room="lobby", seq=1, at=10**12, nick="ada", account="a", id="1", text="hi")
    client = Told(event.at + before_s * 1000, event.at + now_s * 1000)
    assert dice(max_age_s=60.0)._is_fresh(event, client) is is_fresh  # type: ignore[arg-type]
    assert client.asked == asked
