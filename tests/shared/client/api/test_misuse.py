"""What cannot be is raised at once, in words, and costs nothing."""

import math
import os
import pathlib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from loggia.shared.client.api import arguments
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.client import Client
from loggia.shared.client.api.rehearsing import TestBot
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.events import MessageEvent

from tests.normalizing import LONG_NAMES
from tests.shared.client.running import Broker, eventually, heard

NO_TEXTS = [None, 7, True, b"abc", ["a"], 1.5, object()]


UNSENDABLE = ["", "a\ud83d", "\udcff", "bell \x07", "\x1b[31m", "a\0b"]


NO_ROOMS = [7, True, b"lab", ["lab"], 1.5]


BAD_ROOMS = ["", "a/b", "a\ud83d", " lab", "a\nb", "a\0b", "x" * 65, "x" * 100_000, *LONG_NAMES.values()]


NO_SEQS = ["5", b"5", 1.5, math.nan, True, [5], object()]


BAD_SEQS = [0, -1, 2**63, 2**70]


WRONG = (TypeError, ValueError, Refused)


def event_of(ada: Client) -> MessageEvent:
    ada.send("question")
    return heard(ada, 1)[0]


def calls(ada: Client) -> list[tuple[Callable[..., Any], Any]]:
    """All that can be done wrong with one value: a call, and each value that it will not take."""
    event = event_of(ada)
    return [
        *[(ada.send, value) for value in [*NO_TEXTS, *UNSENDABLE, "x" * 20_000]],
        *[(lambda value: ada.send(value, wait=False), value) for value in [*NO_TEXTS, *UNSENDABLE]],
        *[(lambda value: ada.send("hello", room=value), value) for value in [*NO_ROOMS, *BAD_ROOMS]],
        *[(lambda value: ada.send("hello", reply_to=value), value) for value in [*NO_SEQS, *BAD_SEQS]],
        *[(lambda value: ada.answer(event, value), value) for value in [*NO_TEXTS, *UNSENDABLE]],
        *[(lambda value: ada.answer(value, "hello"), value) for value in [None, 7, "x", b"x", {}]],
        *[(ada.done, value) for value in [None, 7, "x", {}]],
        *[(ada.history, value) for value in [*NO_ROOMS, *BAD_ROOMS]],
        *[(lambda value: ada.history(limit=value), value) for value in [*NO_SEQS, None, 0, -1]],
        *[(ada.members, value) for value in [*NO_ROOMS, *BAD_ROOMS]],
        *[(ada.read_copy, value) for value in [None, 7, "lobby"]],
        *[(lambda value: ada.broker_ms(within_s=value), value) for value in [None, "5", True, -1, math.nan]],
    ]


def test_what_cannot_be_is_raised_at_once_and_the_client_lives(broker: Broker) -> None:
    with Client("ada", connect=broker.requests, timeout_s=600.0) as ada:
        for call, value in calls(ada):
            with pytest.raises(WRONG):
                call(value)
            assert not ada._inbox._waiting, f"{value!r} is in the outbox"
        assert ada.send("fine", reply_to=ada.send("so?")) > 0
        assert ada.history(limit=2**70)
        said = [event.text for event in heard(ada, 2)]
    assert said == ["so?", "fine"]


def test_without_a_broker_it_is_raised_at_once_as_well(nowhere: str, tmp_path: pathlib.Path) -> None:
    with Client("ada", connect=nowhere, data=tmp_path / "a.db", timeout_s=600.0) as ada:
        for value in [*NO_TEXTS, *UNSENDABLE]:
            with pytest.raises(WRONG):
                ada.send(value)
        ada.send("x" * 20_000, wait=False)  # that is for the broker to say
        assert ada.status().connection in ("connecting", "reconnecting")
        eventually(lambda: ada.status().waiting == 1)


@pytest.mark.parametrize(
    "given",
    [
        *[{"nick": value} for value in [None, 7, b"ada", "a\ud83d", "x" * 100_000]],
        *[{"room": value} for value in [None, 7, b"lab", ["lab"], "a\ud83d", "x" * 100_000]],
        *[{"rooms": value} for value in [None, 7, b"lab", b"", [7], [None], ["a\ud83d"], [["lab"]]]],
        *[{"connect": value} for value in [7, b"tcp://127.0.0.1:1101", "", "http://x"]],
        *[{"data": value} for value in [7, b"x.db", "", "a\0b", "a\udcff", ["x.db"], True]],
        *[{"timeout_s": value} for value in [None, "5", -1, -0.1, math.nan, math.inf, True, [1]]],
        *[{"bot": value} for value in [None, "yes", 1]],
        *[{"durable": value} for value in [None, "yes", 1]],
    ],
    ids=repr,
)
def test_a_client_that_cannot_be_is_not_made(given: dict[str, Any]) -> None:
    before = threading.active_count()
    with pytest.raises((TypeError, ValueError)):
        Client(**{"nick": "ada", **given})
    assert threading.active_count() == before


@pytest.mark.parametrize("timeout_s", [2**70, 1e300, 0, 3])
def test_any_number_of_seconds_is_a_time(timeout_s: float) -> None:
    assert 0 <= arguments.seconds("timeout_s", timeout_s) <= threading.TIMEOUT_MAX


@pytest.mark.parametrize(
    "given",
    [
        *[{"nick": value} for value in [None, 7, b"ada", "a\ud83d", "x" * 100_000]],
        *[{"room": value} for value in [None, 7, b"lab", "a\ud83d"]],
        *[{"rooms": value} for value in [None, 7, b"lab", [7]]],
        *[{"max_age_s": value} for value in ["60", b"60", True, [60], math.nan]],
        *[{"hears_bots": value} for value in [None, "yes", 1]],
    ],
    ids=repr,
)
def test_a_bot_that_cannot_be_is_not_made(given: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        Bot(**{"nick": "ada", **given})


@pytest.mark.parametrize("value", [7, "x", b"x", [print]], ids=repr)
def test_what_cannot_be_called_handles_nothing(value: Any) -> None:
    bot = Bot("ada")
    for register in (bot.message, bot.message(bots=True), bot.command("!hello")):
        with pytest.raises(TypeError, match=r"is a function, not"):
            register(value)
    for asks in (bot.message, lambda bots: bot.command("!hello", bots=bots)):
        with pytest.raises(TypeError, match=r"`bots` is True, False or None, not"):
            asks(bots=value)(print)
    assert TestBot(bot).say("!hello") == []


def test_a_bot_says_at_once_what_it_cannot_say(tmp_path: pathlib.Path) -> None:
    bot = Bot("ada")
    for room in [*NO_ROOMS, *BAD_ROOMS[:-2]]:
        with pytest.raises(WRONG):
            bot.say("hello", room=room)
    for data in ("", {}, [], 0, False):
        with pytest.raises((TypeError, ValueError)):
            bot.run(connect="tcp://127.0.0.1:1", data=data)
    for said in ({"text": 7}, {"text": None}, {"text": "hi", "nick": 7}, {"text": "hi", "room": None}):
        with pytest.raises(TypeError):
            TestBot(bot).say(**said)  # type: ignore[arg-type]


class Text(str):
    """A str whose `str()` is another one, as of an enum."""

    def __str__(self) -> str:
        return "something else"


def test_what_is_as_good_as_a_str_a_number_or_a_path_is_taken(broker: Broker, tmp_path: pathlib.Path) -> None:
    class Number:
        def __index__(self) -> int:
            return said

    with Client(Text("ada"), connect=broker.requests, data=str(tmp_path / "a.db")) as ada:
        said = ada.send("so?")
        ada.send(Text("hello"), reply_to=Number())  # type: ignore[call-overload]
        assert [event.text for event in heard(ada, 2)] == ["so?", "hello"]
    assert (tmp_path / "a.db").exists()


def test_a_path_is_of_the_folder_where_the_client_was_made(
    broker: Broker, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Path(os.PathLike[str]):
        def __fspath__(self) -> str:
            return "a.db"

    monkeypatch.chdir(tmp_path)
    with Client("ada", connect=broker.requests, data=Path()) as ada:
        ada.send("hello")
    assert (tmp_path / "a.db").exists()


def test_a_message_that_would_cut_the_connection_is_refused_here(broker: Broker) -> None:
    """Said before the broker's limits are known, and longer than any frame that it takes."""
    broker.stop()
    with Client("ada", connect=broker.requests, timeout_s=60.0) as ada:
        outcome: list[BaseException] = []

        def say() -> None:
            try:
                ada.send("x" * 3_000_000)
            except Refused as refused:
                outcome.append(refused)

        thread = threading.Thread(target=say)
        thread.start()
        eventually(lambda: ada.status().waiting == 1)
        broker.start()
        thread.join()
        assert str(outcome[0]).startswith(
            "too_large: This is 2,983,616 characters too long for one message (16,384 fit)."
        )
        assert ada.send("fine") > 0
