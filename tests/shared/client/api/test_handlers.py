"""Handlers may return and raise anything; a bot lives on and says what becomes of it."""

import asyncio
import enum
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.bot_commands import Wrong
from loggia.shared.client.api.rehearsing import TestBot
from loggia.shared.protocol.errors import Closed, Refused
from loggia.shared.protocol.events import MessageEvent

from tests.shared.client.api.texts import UNSENDABLE, Expect


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("nobody knows")


class Mute(Wrong):
    def __str__(self) -> str:
        raise RuntimeError("nobody knows")


async def coroutine() -> str:
    return "never awaited"


def generator() -> Iterator[str]:
    yield "never asked"


async def agenerator() -> Any:
    yield "never asked"


NO_TEXTS = [
    42,
    0,
    True,
    False,
    1.5,
    ["a"],
    [],
    ("a", "b"),
    {"a": 1},
    {"a"},
    b"bytes",
    bytearray(b"bytes"),
    object(),
    NotImplemented,
    print,
    str,
    Exception("returned"),
]


RAISED = [
    SystemExit(3),
    SystemExit("bye"),
    KeyboardInterrupt(),
    GeneratorExit(),
    asyncio.CancelledError(),
    StopIteration(1),
    StopAsyncIteration(),
    RecursionError(),
    MemoryError(),
    TimeoutError(),
    Unspeakable(),
    Mute(),
    Wrong("\x1b"),
    Wrong("x" * 20_000),
    BaseException("bare"),
    BaseExceptionGroup("group", [KeyboardInterrupt(), ValueError()]),
    ExceptionGroup("group", [OSError()]),
    UnicodeError,
    Refused("bad_request", "no"),
    Closed("closed"),
    OSError("x" * 50_000),
    AssertionError("\ud800"),
]


def names(value: object) -> str:
    return type(value).__name__


@pytest.fixture(params=["sync", "async"])
def bot(request: pytest.FixtureRequest) -> "Trial":
    return Trial(is_async=request.param == "async")


class Trial:
    """A bot with a handler that does as it is told, and with one that always works."""

    def __init__(self, *, is_async: bool) -> None:
        self.gives: Callable[[], object] = lambda: None
        self.bot = Bot("dice")

        def sync_one() -> object:
            return self.gives()

        async def async_one() -> object:
            await asyncio.sleep(0)
            return self.gives()

        self.bot.command("!try")(async_one if is_async else sync_one)
        self.bot.command("!roll")(lambda: "6")
        if is_async:

            @self.bot.message
            async def listen(event: MessageEvent) -> object:
                return self.gives() if event.text == "try" else None

        else:

            @self.bot.message
            def hear(event: MessageEvent) -> object:
                return self.gives() if event.text == "try" else None

        self.test = TestBot(self.bot)

    def fails(self) -> None:
        """The caller is told, nobody else is, and the bot serves on."""
        assert self.test.say("!try") == ["Sorry, !try failed here; it is in my log."]
        assert self.test.say("try") == []
        assert self.test.say("!roll") == ["6"]


@pytest.mark.parametrize("value", NO_TEXTS, ids=names)
def test_what_is_no_text_fails(bot: Trial, value: object, expect_log: Expect) -> None:
    expect_log(f"(?s)dice could not handle: !try.*Traceback.*is of type {type(value).__name__}")
    expect_log("dice could not handle: try")
    bot.gives = lambda: value
    bot.fails()


@pytest.mark.parametrize("make", [coroutine, generator, agenerator], ids=lambda make: make.__name__)
def test_what_has_first_to_be_run_fails(bot: Trial, make: Callable[[], object], expect_log: Expect) -> None:
    """And no warning that it was never awaited."""
    expect_log("dice could not handle: !?try")
    bot.gives = make
    bot.fails()


def test_who_forgot_async_is_told_so(expect_log: Expect) -> None:
    expect_log("of type coroutine; what awaits something is declared with `async def`")
    bot = Bot("dice")
    bot.command("!try")(lambda: coroutine())
    assert TestBot(bot).say("!try") == ["Sorry, !try failed here; it is in my log."]


@pytest.mark.parametrize("text", UNSENDABLE.values(), ids=UNSENDABLE)
def test_a_text_that_cannot_be_sent_fails(bot: Trial, text: str, expect_log: Expect) -> None:
    expect_log("(?s)dice could not handle: !try.*Traceback")
    expect_log("dice could not handle: try")
    bot.gives = lambda: text
    bot.fails()


@pytest.mark.parametrize("raised", RAISED, ids=names)
def test_whatever_a_handler_raises_it_failed(
    bot: Trial, raised: BaseException, expect_log: Expect, caplog: pytest.LogCaptureFixture
) -> None:
    expect_log("dice could not handle: !?try")

    def gives() -> object:
        raise raised

    bot.gives = gives
    if raised is UnicodeError:  # is a ValueError: somebody's words, or so a command thinks
        caplog.set_level(logging.INFO)
        assert bot.test.say("!try") == ["That does not work. Usage: !try"]
        assert bot.test.say("try") == []
        return
    bot.fails()
    assert "Traceback" in caplog.text


def test_a_recursion_without_end_failed(bot: Trial, expect_log: Expect) -> None:
    expect_log("dice could not handle: !?try")

    def gives() -> object:
        return gives()

    bot.gives = gives
    bot.fails()


@pytest.mark.parametrize("text", [None, "", " ", "\n\t", "\u3000"])
def test_who_has_nothing_to_say_says_nothing(bot: Trial, text: str | None) -> None:
    bot.gives = lambda: text
    assert bot.test.say("!try") == bot.test.say("try") == []


class Colour(str, enum.Enum):  # noqa: UP042 - as older programs write it
    RED = "red"


class Shade(enum.StrEnum):
    DARK = "dark"


class Styled(str):
    def __str__(self) -> str:
        return "another text"


@pytest.mark.parametrize("text", [Colour.RED, Shade.DARK, Styled("plain")])
def test_what_is_a_text_is_said_as_it_is(bot: Trial, text: str) -> None:
    bot.gives = lambda: text
    (said,) = bot.test.say("!try")
    assert (type(said), said) == (str, text.value if isinstance(text, enum.Enum) else "plain")


def test_the_longest_text_is_said(bot: Trial) -> None:
    bot.gives = lambda: "x" * 16_384
    assert bot.test.say("!try") == ["x" * 16_384]


def test_what_somebody_typed_is_quoted_in_short() -> None:
    (said,) = TestBot(Bot("dice")).say("!help " + "x\u202e" * 8_000)
    assert said.startswith("There is no xx") or said.startswith("There is no x\\u202e")
    assert len(said) < 500


@pytest.mark.parametrize(
    "asked", ["!help", "!help help", "!help nothing", "!help a b", "!try x", "!number", "!number x"]
)
def test_no_built_in_reply_begins_as_a_command_in_any_of_its_lines(asked: str) -> None:
    bot = Bot("dice")
    bot.command("!try")(lambda: "")

    @bot.command("!number")
    def number(value: int) -> str:
        raise ValueError

    for name in ("!number 1", asked):
        for reply in TestBot(bot).say(name):
            assert not any(line.lstrip().startswith("!") for line in reply.splitlines())


def test_replies_that_are_too_long_together_are_left_out(expect_log: Expect) -> None:
    expect_log("dice leaves out a reply")
    bot = Bot("dice")
    assert bot._replies.together(["a" * 10_000, "b" * 10_000, "c"], bot._limits) == "a" * 10_000 + "\nc"
