"""Who is typing, as scripts and bots say and see it, against the real broker."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.client import Client
from loggia.shared.client.api.rehearsing import TestBot
from loggia.shared.client.link import link
from loggia.shared.protocol.errors import Closed
from loggia.shared.protocol.limits import TYPING_OVER_S, TYPING_S

from tests.patience import PATIENCE_S
from tests.shared.client.running import Broker, eventually, heard

LITTLE_S = 0.01


class StoppedClock:
    """The clock of all links of this process: it stands still from `stop` on, and goes as it is told."""

    def __init__(self) -> None:
        self._real = link.clock
        self._at: float | None = None

    def __call__(self) -> float:
        return self._real() if self._at is None else self._at

    def stop(self) -> None:
        self._at = self._real()

    def go(self, seconds: float, *clients: Client) -> None:
        """Let so much time pass for these, who did by its end what they had to."""
        assert self._at is not None
        self._at += seconds
        for client in clients:
            client.broker_ms(within_s=0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    clock = StoppedClock()
    monkeypatch.setattr(link, "clock", clock)
    return clock


@pytest.fixture
def people(broker: Broker, clock: StoppedClock) -> Iterator[tuple[Client, Client, Client]]:
    """ann, bob and cem hear each other, and the clock stands still."""
    ann, bob, cem = (Client(nick, connect=broker.requests) for nick in ("ann", "bob", "cem"))
    with ann, bob, cem:
        for one in (ann, bob, cem):
            one.wait_entered()
        for one in (ann, bob, cem):
            eventually(lambda one=one: len(one.members()) == 3)
        cem.send("hello")
        for one in (ann, bob):
            heard(one, 1)
        clock.stop()
        yield ann, bob, cem


def tell(people: tuple[Client, Client, Client]) -> None:
    """What ann said by now, bob has heard."""
    ann, bob, cem = people
    ann.list_rooms()  # which is answered behind it
    cem.send("now")
    heard(bob, 1)


def test_another_sees_it_and_forgets_it(people: tuple[Client, Client, Client], clock: StoppedClock) -> None:
    ann, bob, _ = people
    ann.typing()
    eventually(lambda: bob.typists() == ["ann"])
    assert ann.typists() == [], "nobody is told of himself"
    clock.go(TYPING_OVER_S - LITTLE_S, bob)
    assert bob.typists() == ["ann"]
    clock.go(LITTLE_S, bob)
    eventually(lambda: bob.typists() == [])


def test_it_is_said_every_three_seconds_and_not_more_often(
    people: tuple[Client, Client, Client], clock: StoppedClock
) -> None:
    ann, bob, _ = people
    ann.typing()
    eventually(lambda: bob.typists() == ["ann"])
    clock.go(TYPING_S - LITTLE_S, ann, bob)
    for _ in range(10):
        ann.typing()
    tell(people)
    clock.go(TYPING_OVER_S - TYPING_S + LITTLE_S, bob)
    eventually(lambda: bob.typists() == [], "it was not said again: forgotten 6 s after the first time")
    ann.typing()
    eventually(lambda: bob.typists() == ["ann"])
    clock.go(TYPING_S, ann, bob)
    ann.typing()
    tell(people)
    clock.go(TYPING_OVER_S - LITTLE_S, bob)
    assert bob.typists() == ["ann"], "it was said again"


def test_who_stops_or_speaks_is_not_typing(people: tuple[Client, Client, Client]) -> None:
    ann, bob, cem = people
    for end in (lambda: ann.typing(on=False), lambda: ann.send("done")):
        ann.typing()
        cem.typing()
        eventually(lambda: bob.typists() == ["ann", "cem"])
        end()
        eventually(lambda: bob.typists() == ["cem"])
        cem.typing(on=False)
        eventually(lambda: bob.typists() == [])


def test_a_bot_types_until_it_answers(broker: Broker, tmp_path: Path) -> None:
    bot, seen = Bot("thinker"), threading.Event()

    @bot.command("!think")
    def think() -> str:
        bot.typing()
        assert seen.wait(PATIENCE_S)
        return "42"

    with pytest.raises(Closed):
        bot.typing()
    seen.set()
    assert TestBot(bot).say("!think") == ["42"]
    seen.clear()
    thread = threading.Thread(
        target=bot.run, kwargs={"connect": broker.requests, "data": tmp_path / "bot.db"}
    )
    thread.start()
    try:
        with Client("ann", connect=broker.requests, bot=False) as ann:
            eventually(lambda: any(member.nick == "thinker" for member in ann.members()))
            ann.send("!think")
            eventually(lambda: ann.typists() == ["thinker"])
            seen.set()
            assert [message.text for message in heard(ann, 2)] == ["!think", "42"]
            eventually(lambda: ann.typists() == [])
    finally:
        seen.set()
        bot.stop()
        thread.join()
