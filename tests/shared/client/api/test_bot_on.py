"""Bots that hear what is no message."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.breaker import ANSWERS
from loggia.shared.client.api.client import Client
from loggia.shared.protocol.events import JoinedEvent, MessageEvent, ReactedEvent
from loggia.shared.protocol.limits import LOBBY

from tests.shared.client.running import Broker


def reacted(seq: int, at: int = 1) -> ReactedEvent:
    return ReactedEvent(LOBBY, seq, at, "ada", "a-ada", f"e{seq}", 3, "+1", True)


def test_a_handler_hears_its_kind_and_its_answer_is_said() -> None:
    bot = Bot("watcher")

    @bot.on("reacted")
    def thank(event: ReactedEvent) -> str:
        return f"{event.nick} likes {event.target}"

    @bot.on("joined")
    def greet(event: JoinedEvent) -> str:
        raise AssertionError("it is of another kind")

    assert bot.rehearse(reacted(4)) == ["ada likes 3"]


@pytest.mark.parametrize("op", ["message", "nonsense", "", None, 3])
def test_what_is_no_kind_of_entry_is_said(op: object) -> None:
    with pytest.raises(ValueError, match="An event is one of"):
        Bot("watcher").on(op)(lambda event: None)  # type: ignore[arg-type]


def test_the_decorator_needs_its_kind() -> None:
    with pytest.raises(TypeError, match="what it is called for"):
        Bot("watcher").on(lambda event: None)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Bot("watcher").on("joined")("no function")  # type: ignore[type-var]


def test_two_that_answer_each_others_signs_come_to_rest(expect_log: Callable[[str], None]) -> None:
    bot = Bot("watcher")
    bot.on("reacted")(lambda event: "thanks")
    answers = [bot.rehearse(reacted(seq)) for seq in range(1, 100)]
    assert answers == [["thanks"]] * ANSWERS + [[]] * (99 - ANSWERS)
    expect_log("it passes over what they say")


def test_against_a_real_broker(broker: Broker, tmp_path: Path) -> None:
    bot = Bot("watcher")

    @bot.on("joined")
    def greet(event: JoinedEvent) -> str:
        return f"welcome {event.nick}"

    @bot.on("edited")
    def noticed(event: object) -> str:
        return "I saw that"

    @bot.message
    def hear(event: MessageEvent) -> None:
        return None

    thread = threading.Thread(
        target=bot.run, kwargs={"connect": broker.requests, "data": tmp_path / "bot.db"}
    )
    with Client("ann", connect=broker.requests, bot=False) as ann:
        ann.wait_entered()
        heard = ann.events()
        said = (event.text for event in heard if isinstance(event, MessageEvent) and event.nick == "watcher")
        thread.start()
        try:
            while not (isinstance(event := next(heard), JoinedEvent) and event.nick == "watcher"):
                pass
            with Client("tom", connect=broker.requests) as tom:
                tom.wait_entered()
                while next(said) != "welcome tom":
                    pass
            ann.edit(ann.send("helo"), "hello")
            assert next(said) == "I saw that"
        finally:
            bot.stop()
            thread.join()
