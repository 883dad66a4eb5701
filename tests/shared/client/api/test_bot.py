"""Bots without a network, and against the real broker."""

import logging
import math
import pathlib
import threading
from collections.abc import Callable, Iterator

import pytest

from shared.client.api.bot import Bot, TestBot, Wrong
from shared.client.api.client import Client
from shared.protocol.errors import Refused
from shared.protocol.events import MessageEvent
from tests.shared.client.running import Broker, eventually, heard


def dice(**settings: float) -> Bot:
    bot = Bot("dice", **settings)  # type: ignore[arg-type]

    @bot.command("!roll")
    def roll(sides: int = 6) -> str:
        """Roll a die that always falls on its highest side."""
        return f"{sides}"

    @bot.command("!pick")
    def pick(number: int, of: int) -> str:
        """Pick a number, as in `!pick 2 5`."""
        if number > of:
            raise Wrong(f"There are only {of}.")
        return "abc"["abc".index("abcdefg"[number])]

    @bot.command("!bare")
    def bare(word: str) -> str:
        return f"{int(word)}"

    @bot.command("!boom")
    def boom(*words: str) -> str:
        raise RuntimeError("boom")

    return bot


# -- Without a network -------------------------------------------------------------------------


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


# -- With a broker -----------------------------------------------------------------------------


class Running:
    """A bot in a thread of its own."""

    def __init__(self, bot: Bot, requests: str, data: pathlib.Path) -> None:
        self._bot = bot
        self.failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(requests, data))
        self._thread.start()

    def _run(self, requests: str, data: pathlib.Path) -> None:
        try:
            self._bot.run(connect=requests, data=data)
        except Exception as reason:
            self.failure = reason

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        eventually(lambda: self._bot._client is not None or not self._thread.is_alive())
        self._bot.stop()
        self._thread.join()


Start = Callable[[Bot], Running]


@pytest.fixture
def run(broker: Broker, tmp_path: pathlib.Path) -> Iterator[Start]:
    """Starts a bot on the same file each time; what still runs at the end of the test is stopped."""
    started: list[Running] = []

    def start(bot: Bot) -> Running:
        started.append(Running(bot, broker.requests, tmp_path / "bot.db"))
        return started[-1]

    yield start
    for running in started:
        running.stop()


@pytest.fixture
def ada(broker: Broker) -> Iterator[Client]:
    with Client("ada", connect=broker.requests, bot=False) as client:
        client.send("here")
        heard(client, 1)
        yield client


def waits_for(client: Client, nick: str) -> None:
    eventually(lambda: nick in [member.nick for member in client.members()])


def texts(client: Client, count: int) -> list[tuple[str, str]]:
    return [(event.nick, event.text) for event in heard(client, count)]


def test_a_bot_answers_in_the_room_and_never_itself(ada: Client, run: Start) -> None:
    bot = Bot("echo")
    handled: list[str] = []

    @bot.message
    def echo(event: MessageEvent) -> str:
        handled.append(event.nick)
        return f"{event.text}!"

    running = run(bot)
    waits_for(ada, "echo")
    seq = ada.send("hello")
    _, reply = heard(ada, 2)
    assert (reply.nick, reply.text, reply.reply_to) == ("echo", "hello!", seq)
    ada.send("again")
    assert texts(ada, 2) == [("ada", "again"), ("echo", "again!")]
    running.stop()
    assert handled == ["ada", "ada"]


def test_what_came_while_a_bot_was_down_is_answered_once(ada: Client, run: Start) -> None:
    running = run(dice())
    waits_for(ada, "dice")
    ada.send("!roll 1")
    assert texts(ada, 2) == [("ada", "!roll 1"), ("dice", "1")]
    running.stop()
    ada.send("!roll 2")
    running = run(dice())
    assert texts(ada, 2) == [("ada", "!roll 2"), ("dice", "2")]
    running.stop()
    running = run(dice())
    waits_for(ada, "dice")
    ada.send("!roll 3")
    assert texts(ada, 2) == [("ada", "!roll 3"), ("dice", "3")]
    running.stop()


def test_what_is_too_old_is_skipped(ada: Client, run: Start, caplog: pytest.LogCaptureFixture) -> None:
    running = run(dice(max_age_s=3600.0))
    waits_for(ada, "dice")
    ada.send("!roll 1")
    assert texts(ada, 2) == [("ada", "!roll 1"), ("dice", "1")]
    running.stop()
    seq = ada.send("!roll 2")
    caplog.set_level(logging.INFO)
    running = run(dice(max_age_s=-3600.0))
    eventually(lambda: f"lobby {seq}" in caplog.text)
    running.stop()
    running = run(dice())
    waits_for(ada, "dice")
    ada.send("!roll 4")
    assert texts(ada, 3) == [("ada", "!roll 2"), ("ada", "!roll 4"), ("dice", "4")]
    running.stop()


def test_a_crash_between_reply_and_cursor_does_not_answer_twice(
    broker: Broker, ada: Client, run: Start, tmp_path: pathlib.Path
) -> None:
    """The reply is stored, but that the message was handled is not written down."""
    with Client("dice", connect=broker.requests, data=tmp_path / "bot.db", durable=True) as crashing:
        waits_for(ada, "dice")
        ada.send("!roll 5")
        crashing.answer(heard(crashing, 1)[0], "5")
        assert texts(ada, 2) == [("ada", "!roll 5"), ("dice", "5")]
        crashing.close(now=True)
    running = run(dice())
    ada.send("!roll 6")
    assert texts(ada, 2) == [("ada", "!roll 6"), ("dice", "6")]
    running.stop()


def test_a_failing_handler_does_not_stop_the_bot(
    ada: Client, run: Start, expect_log: Callable[[str], None]
) -> None:
    expect_log("dice could not handle: !boom")
    running = run(dice())
    waits_for(ada, "dice")
    ada.send("!boom")
    ada.send("!roll")
    said = texts(ada, 4)
    assert [text for nick, text in said if nick == "dice"] == [
        "Sorry, !boom failed here; it is in my log.",
        "6",
    ]
    running.stop()


def test_a_bot_may_be_stopped_by_its_handler_and_from_another_thread(ada: Client, run: Start) -> None:
    bot = Bot("dice")

    @bot.command("!stop")
    async def stop() -> str:
        bot.stop()
        return "gone"

    stopped = run(bot)
    waits_for(ada, "dice")
    ada.send("!stop")
    assert texts(ada, 2) == [("ada", "!stop"), ("dice", "gone")]
    eventually(lambda: not stopped.is_running)
    running = run(dice())
    waits_for(ada, "dice")
    running.stop()
    eventually(lambda: "dice" not in [member.nick for member in ada.members()])


def test_a_reply_that_is_too_long_for_this_broker_fails(
    tmp_path: pathlib.Path, expect_log: Callable[[str], None]
) -> None:
    expect_log("(?s)dice could not handle: !long.*100 bytes")
    (tmp_path / "broker.toml").write_text("[limits]\ntext_bytes = 100\n")
    broker = Broker(tmp_path / "broker", "--config", str(tmp_path / "broker.toml"))
    broker.start()
    try:
        bot = dice()
        bot.command("!long")(lambda: "x" * 101)
        with Client("ada", connect=broker.requests, bot=False) as ada:
            running = Running(bot, broker.requests, tmp_path / "bot.db")
            waits_for(ada, "dice")
            ada.send("!long")
            assert texts(ada, 2)[1] == ("dice", "Sorry, !long failed here; it is in my log.")
            running.stop()
    finally:
        broker.close()


def test_a_bot_whose_name_is_refused_says_why(run: Start) -> None:
    running = run(Bot("no/good"))
    eventually(lambda: running.failure is not None)
    running.stop()
    assert isinstance(running.failure, Refused)
    assert running.failure.code == "bad_nick"
