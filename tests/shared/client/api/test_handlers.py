"""Handlers that give what cannot be said, or raise what nobody catches; `async def`; bots that hear bots."""

import asyncio
import contextlib
import enum
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.client.api.bot import Bot, TestBot, Wrong
from shared.protocol.errors import Closed, Refused
from shared.protocol.events import MessageEvent

Expect = Callable[[str], None]


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
UNSENDABLE = {
    "lone surrogate": "a\ud83d",
    "other surrogate": "\udcff",
    "escape": "\x1b[31m",
    "nul": "a\0b",
    "bell": "\x07",
    "carriage return": "a\r\nb",
    "delete": "\x7f",
    "C1": "\x9b",
    "20,000 characters": "x" * 20_000,
    "over 16 KiB of UTF-8": "\u3042" * 6_000,
    "one byte too long": "x" * 16_385,
}
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
    assert bot._joined(["a" * 10_000, "b" * 10_000, "c"]) == "a" * 10_000 + "\nc"


# -- Saying unasked ----------------------------------------------------------------------------


def test_a_handler_may_say_more_than_its_reply() -> None:
    bot = Bot("dice", room="lab")

    @bot.command("!count")
    async def count() -> str:
        bot.say("1")
        await asyncio.sleep(0)
        bot.say("2", room="lobby")
        return "3"

    assert TestBot(bot).say("!count") == ["1", "2", "3"]
    with pytest.raises(Closed, match="dice is not running"):
        bot.say("4")


@pytest.mark.parametrize(
    "text", [*UNSENDABLE.values(), "", " ", None], ids=[*UNSENDABLE, "empty", "blank", "None"]
)
def test_what_cannot_be_said_is_refused_to_the_handler_at_once(text: str, expect_log: Expect) -> None:
    expect_log("(?s)dice could not handle: !try.*Refused")
    bot = Bot("dice")
    bot.command("!try")(lambda: bot.say(text))
    assert TestBot(bot).say("!try") == ["Sorry, !try failed here; it is in my log."]


# -- Async -------------------------------------------------------------------------------------


def test_async_handlers_await_what_they_like() -> None:
    bot = Bot("dice")

    @bot.command("!wait")
    async def wait(event: MessageEvent, times: int = 1) -> str:
        """Wait a moment."""
        async with asyncio.timeout(5):
            done = await asyncio.gather(*(asyncio.to_thread(str, number) for number in range(times)))
        return f"{event.nick}: {' '.join(done)}"

    test = TestBot(bot)
    assert test.say("!wait 3", nick="zoe") == ["zoe: 0 1 2"]
    assert test.say("!wait x") == ["times must be a whole number. Usage: !wait [times]"]
    assert test.say("!help wait") == ["Usage: !wait [times] - Wait a moment."]


def test_a_task_that_was_left_running_is_cancelled_at_the_end() -> None:
    bot, seen = Bot("dice"), list[str]()

    async def background() -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    @bot.command("!start")
    async def start() -> str:
        tasks.append(asyncio.create_task(background()))
        await asyncio.sleep(0)
        return "started"

    tasks: list[asyncio.Task[None]] = []
    assert TestBot(bot).say("!start") == ["started"]
    assert seen == ["cancelled"]


def test_a_task_that_ends_the_program_does_not(expect_log: Expect) -> None:
    expect_log("A task of a handler failed")
    bot = Bot("dice")

    async def leave() -> None:
        raise SystemExit(3)

    @bot.command("!start")
    async def start() -> str:
        task = asyncio.create_task(leave())
        await asyncio.wait([task])
        assert isinstance(task.exception(), SystemExit)
        return "still here"

    assert TestBot(bot).say("!start") == ["still here"]


def test_a_task_that_does_not_end_is_left_behind(expect_log: Expect, monkeypatch: pytest.MonkeyPatch) -> None:
    expect_log("does not let itself be cancelled")
    monkeypatch.setattr("shared.client.api.handler_loop.END_S", 0.05)
    monkeypatch.setattr("shared.client.api.handler_loop.LOOK_S", 0.05)
    bot, let_go = Bot("dice"), threading.Event()

    async def blocks() -> None:
        let_go.wait(20)

    @bot.command("!start")
    async def start() -> str:
        asyncio.get_running_loop().call_soon(asyncio.ensure_future, blocks())
        return "started"

    assert TestBot(bot).say("!start") == ["started"]
    let_go.set()


# -- Bots that hear bots -----------------------------------------------------------------------


def heard(text: str) -> MessageEvent:
    """As a bot says it."""
    return MessageEvent(room="lobby", seq=1, at=1, nick="zoe", account="z", id="1", text=text, bot=True)


def hearing(**settings: bool) -> Bot:
    bot = Bot("dice", **settings)  # type: ignore[arg-type]
    bot.command("!own")(lambda: "own")
    bot.command("!deaf", bots=False)(lambda: "deaf")
    bot.command("!keen", bots=True)(lambda: "keen")
    bot.message(lambda event: "heard" if event.text == "hi" else None)
    bot.message(bots=True)(lambda event: "overheard")
    bot.message(bots=False)(lambda event: "person")
    return bot


@pytest.mark.parametrize(
    ("text", "person", "bot", "bot_if_asked"),
    [
        ("!own", ["own"], [], ["own"]),
        ("!deaf", ["deaf"], [], []),
        ("!keen", ["keen"], ["keen"], ["keen"]),
        ("hi", ["heard", "overheard", "person"], ["overheard"], ["heard", "overheard"]),
        ("!unknown", ["overheard", "person"], ["overheard"], ["overheard"]),
        ("!help nothing", ["There is no nothing; say !help to see what there is."], [], ...),
    ],
)
def test_a_bot_does_not_hear_bots_unless_it_asks_to(
    text: str, person: list[str], bot: list[str], bot_if_asked: Any
) -> None:
    assert TestBot(hearing()).say(text) == person
    assert TestBot(hearing(hears_bots=True)).say(text) == person
    assert TestBot(hearing()).say(text, bot=True) == bot
    assert TestBot(hearing(hears_bots=True)).say(text, bot=True) == (
        person if bot_if_asked is ... else bot_if_asked
    )


def test_a_bot_that_talks_with_a_bot_stops_and_says_so_once(
    expect_log: Expect, caplog: pytest.LogCaptureFixture
) -> None:
    expect_log("dice spoke 20 times in 10 s in lobby")
    bot = Bot("dice", hears_bots=True)
    bot.message(lambda event: bot.say("more") if event.seq % 2 else "again")
    test = TestBot(bot)
    assert sum(len(test.say("go on", nick="bert", bot=True)) for _ in range(100)) == 20
    assert test.say("enough", bot=False) == ["more"]
    assert test.say("go on", nick="bert", bot=True) == []
    assert caplog.text.count("20 times") == 1
    assert test.say("go on", nick="bert", bot=True, room="lab") == ["more"]


def test_what_a_task_says_later_is_no_talk_with_bots() -> None:
    """However often, and whoever asked for it."""
    bot = Bot("dice", hears_bots=True)
    tasks = []

    async def later(rounds: asyncio.Event) -> None:
        await rounds.wait()
        for number in range(40):
            bot.say(f"{number}")

    @bot.command("!start")
    async def start() -> str:
        go = asyncio.Event()
        tasks.append(asyncio.create_task(later(go)))
        asyncio.get_running_loop().call_later(0.01, go.set)
        return "started"

    @bot.command("!wait")
    async def wait() -> None:
        await asyncio.wait(tasks)

    said: list[str] = []
    bot._speak = lambda room, text: said.append(text)
    with contextlib.closing(bot._handlers):
        assert bot.replies(heard("!start")) == ["started"]
        assert bot.replies(heard("!wait")) == []
    assert len(said) == 40


def test_a_person_is_answered_as_often_as_he_likes() -> None:
    bot = Bot("dice", hears_bots=True)
    bot.message(lambda event: "yes")
    test = TestBot(bot)
    assert all(test.say("you?") == ["yes"] for _ in range(100))


# -- Registering -------------------------------------------------------------------------------


def test_two_commands_of_one_name_are_refused() -> None:
    bot = Bot("dice")
    bot.command("!roll")(lambda: "")
    with pytest.raises(ValueError, match="has a command !ROLL already"):
        bot.command("!ROLL")(lambda: "")


def test_help_may_be_ones_own() -> None:
    bot = Bot("dice")
    bot.command("!Help")(lambda: "Help yourself.")
    assert TestBot(bot).say("!help") == ["Help yourself."]


def test_a_command_without_a_name_says_how_it_is_written() -> None:
    with pytest.raises(TypeError, match=r'write @bot.command\("!roll"\)'):
        Bot("dice").command(lambda: "")  # type: ignore[arg-type]
