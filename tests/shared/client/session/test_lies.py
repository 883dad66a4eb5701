"""A broker that lies: whatever it says, the session goes on, and what cannot be read is said to be so."""

import json
from typing import Any

import pytest
from loggia.shared.client import commands, updates
from loggia.shared.client.session.complaints import MOST, WINDOW_S
from loggia.shared.client.session.sending import LONGEST_PAUSE_S
from loggia.shared.protocol.requests import Seq

from tests.shared.client.fake import FakeBroker
from tests.shared.client.lying import BARE, NUMBERS, LyingBroker, as_json, twisted
from tests.shared.client.session.joins import joined
from tests.shared.client.wired import Client

OVER = [number for number in NUMBERS if not 0 <= number < 2**40]


class Told(Client):
    """What the broker says goes through `as_json`, which writes what is no number as well."""

    def deliver_up(self) -> None:
        frames, self.up = self.up, []
        for frame in frames:
            if self.connection is not None and not self.broker.down:
                self.down.append(as_json(self.broker.handle(self.connection, frame)))

    def deliver_published(self, keep: Any = lambda event: True) -> None:
        events, self._heard = self.broker.published[self._heard :], len(self.broker.published)
        for event in events:
            told = self.broker.lie(event) if isinstance(self.broker, LyingBroker) else event
            self.perform(self.session.heard([], [as_json([told])], self.now))


@pytest.mark.parametrize("seed", range(40))
def test_whatever_it_says_a_session_goes_on_and_stands_well_once_it_tells_the_truth(seed: int) -> None:
    broker = LyingBroker(seed)
    client = Told(broker, rooms=("lobby", "lab"), complete=bool(seed % 2), durable=bool(seed % 3))
    for turn in range(12):
        for room in ("lobby", "lab"):
            broker.say(room, f"{turn}")
        client.say(f"from here {turn}")
        client.post(commands.LoadOlder(room="lobby", id=f"{turn}"))
        client.step()
        client.wait(7.0)
    broker.lies = 0.0
    client.say("the end")
    client.wait(LONGEST_PAUSE_S + 60.0)
    if not client.stopped and client.status() != "offline":  # it may have said that it will not have us
        assert client.status() == "connected"
        assert broker.texts("lobby")[-1] == "the end"
    assert len(client.complaints) < 200


def answered(lie: Any, *path: Any, op: str) -> Told:
    """A client to which one answer of `op` was twisted there, and then never again."""
    broker = FakeBroker()
    client = Told(broker)
    was = broker.handle
    told: list[Any] = []

    def handle(connection: int, frame: bytes) -> list[Any]:
        answers: list[Any] = was(connection, frame)
        for at, answer in enumerate(answers):
            if answer["op"] == op and not told:
                told.append(answer)
                answers[at] = twisted(answer, path, lie)
        return answers

    broker.handle = handle  # type: ignore[method-assign]
    client.step()
    return client


def reasons(client: Client) -> list[str]:
    return [one.reason for one in client.updates(updates.ConnectionStatus) if one.reason]


@pytest.mark.parametrize("lie", [*OVER, *BARE[:-2]])
@pytest.mark.parametrize("path", [("head",), ("first",), ("rooms", "lobby")])
def test_a_join_with_a_number_that_is_none_ends_the_connection_and_is_the_reason(
    path: tuple[str, ...], lie: Any
) -> None:
    client = answered(lie, *path, op="joined")
    if isinstance(lie, str) and lie in ("NaN", "Infinity"):  # the frame is no JSON: nobody knows what it was
        assert "no JSON" in client.complaints[0] or "not a JSON" in client.complaints[0]
        client.wait(10.0)
    else:
        assert "cannot be read" in reasons(client)[0], client.told
        assert client.status() == "reconnecting"
        client.wait(10.0)
    assert client.status() == "connected"
    assert client.updates(updates.Entered)[-1].head in (1, 2), "it comes in again, perhaps as another"


@pytest.mark.parametrize("lie", [-1, -(2**63), 2**53, 2**63, 10**300, *BARE[:3], "soon", None, [], {}])
@pytest.mark.parametrize("code", ["slow_down", "unavailable"])
def test_a_refusal_whose_wait_is_no_time_is_a_refusal_all_the_same(code: str, lie: Any) -> None:
    broker = FakeBroker()
    broker.refusals["join"] = [{"code": code}]
    client = Told(broker)
    was = broker.handle
    broker.handle = lambda *of: [  # type: ignore[method-assign]
        twisted({**answer, "retry_after_ms": 0}, ("retry_after_ms",), lie)
        if answer["op"] == "error"
        else answer
        for answer in was(*of)
    ]
    client.step()
    assert reasons(client) == ["Refused in a test."]
    client.wait(10.0)
    assert client.status() == "connected"


@pytest.mark.parametrize("op", ["join", "message", "history", "leave"])
def test_a_wait_of_ages_is_no_longer_than_a_few_minutes(op: str) -> None:
    broker = FakeBroker()
    for number in range(5):
        broker.say("lobby", f"{number}")
    broker.refusals[op] = [{"code": "slow_down", "retry_after_ms": 2**53 - 1}]
    client = Client(broker)
    client.say("hello")
    client.step()
    if op == "leave":
        client.post(commands.LeaveRoom(room="lobby"))
        client.step()
    client.wait(LONGEST_PAUSE_S + 30.0)
    assert broker.texts("lobby")[-1] == "hello"
    assert len(broker.asked(op)) >= 2


def test_a_page_that_cannot_be_read_is_said_to_be_the_reason_and_asked_for_again() -> None:
    broker = FakeBroker()
    client = Told(broker, complete=True)
    client.step()
    for number in range(5):
        broker.say("lobby", f"{number}")
    client._heard = len(broker.published)
    was = broker._history
    broker._history = lambda *of: {**was(*of), "head": 2**63}  # type: ignore[method-assign]
    client.wait(11.0)
    assert "cannot be read" in client.updates(updates.Completeness)[-1].refused
    broker._history = was  # type: ignore[method-assign]
    client.wait(11.0)
    assert client.texts() == ["0", "1", "2", "3", "4"]


def test_a_message_whose_answer_cannot_be_read_waits_and_is_sent_again() -> None:
    client = joined()
    was = client.broker._message
    client.broker._message = lambda *of: {**was(*of), "seq": -1}  # type: ignore[method-assign]
    client.say("hello")
    client.step()
    assert not client.updates(updates.Failed)
    client.broker._message = was  # type: ignore[method-assign]
    client.wait(20.0)
    assert client.updates(updates.Delivered)
    assert client.broker.texts("lobby") == ["hello"]


def test_what_cannot_be_read_is_complained_of_a_few_times_and_then_counted() -> None:
    client = joined()
    frame = json.dumps([{"op": "message"}] * 50).encode()
    for _ in range(20):
        client.perform(client.session.heard([frame], [], client.now))
        client.perform(client.session.heard([], [frame], client.now))
    assert len(client.complaints) == MOST
    client.wait(WINDOW_S + 1)
    assert client.reports == [f"{2000 - MOST:,} more things from the broker that were ignored"]
    client.perform(client.session.heard([frame], [], client.now))
    assert len(client.complaints) == 2 * MOST


def test_a_frame_of_nothing_else_is_left_after_a_while() -> None:
    client = joined()
    frame = b"[" + b",".join([b"[]"] * 300_000) + b"]"
    client.perform(client.session.heard([frame], [], client.now))
    assert len(client.complaints) <= MOST


def test_the_text_of_a_refusal_is_a_sentence_however_long_it_is() -> None:
    client = joined()
    told = {"op": "error", "id": None, "code": "internal", "text": "x" * 1_000_000}
    client.perform(client.session.heard([json.dumps([told]).encode()], [], client.now))
    assert len(client.complaints[0]) < 2000


def test_the_numbers_that_are_told_are_those_that_may_be_asked_for() -> None:
    assert max(number for number in NUMBERS if number not in OVER) <= 2**40 - 1, Seq
