"""What a script or a bot says of itself, against the real broker."""

import threading
from pathlib import Path
from typing import Any

import pytest
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.client import Client
from loggia.shared.client.api.rehearsing import TestBot
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.errors import Closed, Refused

from tests.patience import PATIENCE_S
from tests.shared.client.running import Broker, eventually


def seen(by: Client, nick: str) -> Member | None:
    return next((member for member in by.members() if member.nick == nick), None)


def status_of(by: Client, nick: str) -> str | None:
    member = seen(by, nick)
    return None if member is None else member.status


def test_others_read_what_a_client_says_of_itself(broker: Broker) -> None:
    with Client("ann", connect=broker.requests) as ann, Client("bob", connect=broker.requests) as bob:
        ann.set_status("at lunch")
        eventually(lambda: status_of(bob, "ann") == "at lunch")
        eventually(lambda: status_of(ann, "ann") == "at lunch")
        with pytest.raises(Refused, match="bad_request: The status holds"):
            ann.set_status("a\nb")
        ann.set_status("")
        eventually(lambda: status_of(bob, "ann") == "")
        with Client("cem", connect=broker.requests) as cem:
            cem.set_status("new")
            eventually(lambda: status_of(bob, "cem") == "new")


def test_who_is_away_is_so_since_then(broker: Broker) -> None:
    ann = Client("ann", connect=broker.requests)
    with Client("bob", connect=broker.requests) as bob:
        before = bob.broker_ms()
        ann.wait_entered()
        eventually(lambda: seen(bob, "ann"))
        ann.close(now=True)
        eventually(lambda: seen(bob, "ann").presence == "away")
        away = seen(bob, "ann")
        assert away is not None
        assert away.since is not None
        assert before <= away.since < before + 1000 * PATIENCE_S


@pytest.mark.parametrize(("text", "error"), [("x" * 141, ValueError), (5, TypeError), ("\ud800", ValueError)])
def test_what_is_no_status_is_raised_at_once(text: Any, error: type[Exception]) -> None:
    bot = Bot("bot")
    with Client("ann", connect="tcp://127.0.0.1:1") as ann, pytest.raises(error):
        ann.set_status(text)
    with pytest.raises((error, Closed)):
        bot.set_status(text)


def test_a_bot_says_so_too(broker: Broker, tmp_path: Path) -> None:
    bot = Bot("bot")

    @bot.command("!busy")
    def busy() -> str:
        bot.set_status("busy")
        return "I am"

    with pytest.raises(Closed):
        bot.set_status("not running")
    assert TestBot(bot).say("!busy") == ["I am"]
    thread = threading.Thread(
        target=bot.run, kwargs={"connect": broker.requests, "data": tmp_path / "bot.db"}
    )
    thread.start()
    try:
        with Client("ann", connect=broker.requests, bot=False) as ann:
            eventually(lambda: seen(ann, "bot"))
            ann.send("!busy")
            eventually(lambda: status_of(ann, "bot") == "busy")
    finally:
        bot.stop()
        thread.join()
