"""Bots with a broker: what they answer, once, whatever happens."""

import logging
import pathlib
import threading
from collections.abc import Callable, Iterable, Iterator

import pytest
from loggia.shared.client import effects
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.client import Client
from loggia.shared.client.commands import Command, Handled
from loggia.shared.client.link.link import Link
from loggia.shared.client.link.replica import Replica
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.events import MessageEvent

from tests.shared.client.api.dice import dice
from tests.shared.client.running import Broker, eventually, heard


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


class Writes:
    """What was kept in each write of the bots' files."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kinds: list[list[type]] = []
        keep = Replica.keep

        def noted(replica: Replica, changes: Iterable[effects.Keep]) -> None:
            changes = list(changes)
            self.kinds.append([type(change) for change in changes])
            keep(replica, changes)

        monkeypatch.setattr(Replica, "keep", noted)

    def of(self, kind: type) -> list[list[type]]:
        return [kinds for kinds in self.kinds if kind in kinds]


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
    expect_log("(?s)dice could not handle: !long.*1 character too long for one message .100 fit.")
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


def test_a_reply_and_that_it_is_done_are_one_write_and_the_bots_own_messages_are_none(
    broker: Broker, run: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes, post = Writes(monkeypatch), Link.post
    posted: dict[int, bool] = {}

    def noted(link: Link, command: Command, *, soon: bool = True) -> str:
        if isinstance(command, Handled):
            posted[command.seq] = soon
        return post(link, command, soon=soon)

    monkeypatch.setattr(Link, "post", noted)
    bot = Bot("echo")
    bot.message(lambda event: event.text)
    running = run(bot)
    said: list[MessageEvent] = []
    with Client("ada", connect=broker.requests, bot=False) as ada:
        eventually(lambda: bot._client is not None and bot._client.account)
        for number in range(5):
            ada.send(f"{number}")
            said += heard(ada, 2)
        eventually(lambda: said[-1].seq in posted)
    running.stop()
    assert [message.text for message in said] == [f"{number // 2}" for number in range(10)]
    assert {message.seq: posted[message.seq] for message in said} == {
        message.seq: message.nick == "ada" for message in said
    }
    assert [effects.KeepHandled in kinds for kinds in writes.of(effects.KeepEntry)] == [True] * 5
    writes.kinds.clear()
    before = bot._client
    again = run(bot)
    eventually(lambda: bot._client not in (None, before) and bot._client.account)
    again.stop()
    assert writes.of(effects.KeepEntry) == [], "nothing is told again that would be answered"
