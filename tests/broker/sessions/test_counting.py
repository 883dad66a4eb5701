"""What a broker counts of what should be rare, and that it says so once a minute."""

import asyncio
import logging
import time

import pytest
import zmq
from loggia.broker.config import Config
from loggia.broker.runtime.server import Server
from loggia.shared.process.counters import REPORT_S
from loggia.shared.protocol.answers import Ended, HistoryAnswer, Stored
from loggia.shared.protocol.limits import LOBBY, RESUME_S, Limits
from loggia.shared.protocol.requests import End, History, Leave, Message

from tests.patience import PATIENCE_S

WAIT_S = PATIENCE_S


def counted(house):
    return {name: total for name, total in house.pipeline.hub.counters.totals.items() if total}


def test_what_is_usual_counts_nothing(house):
    house.join("ada", "ada")
    house.say("ada", "1")
    house.page("ada", before=2)
    house.ask("ada", Leave(id="2", room=LOBBY))
    assert counted(house) == {}
    assert house.pipeline.hub.counters.due_at() is None


def test_what_was_stored_already_is_counted(house):
    house.join("ada", "ada")
    house.say("ada", "1")
    assert house.say("ada", "1").duplicate
    again, new, twin = house.ask("ada", *(Message(id=id, room=LOBBY, text="x") for id in ("1", "2", "2")))
    assert (again.duplicate, new.duplicate, twin.duplicate) == (True, False, True)
    assert counted(house) == {"duplicates": 3}


def test_a_request_that_failed_first_is_no_duplicate(house, monkeypatch, expect_log):
    """One that the disk did not take is decided again."""
    house.join("ada", "ada")
    house.say("ada", "1")
    append, failures = house.log.append, [RuntimeError("once")]

    def append_or_fail(batch):
        if failures:
            raise failures.pop()
        append(batch)

    monkeypatch.setattr(house.log, "append", append_or_fail)
    expect_log("A turn failed")
    first, second = house.ask("ada", *(Message(id=id, room=LOBBY, text="x") for id in ("1", "2")))
    assert isinstance(first, Stored)
    assert isinstance(second, Stored)
    assert counted(house) == {"duplicates": 1}


def test_events_that_somebody_missed_are_counted(house):
    house.join("ada", "ada")
    for number in range(5):
        house.say("ada", f"{number}")
    assert isinstance(house.ask_one("ada", History(id="h", room=LOBBY, after=2, limit=3)), HistoryAnswer)
    assert counted(house) == {"fills": 3}


def test_sessions_that_came_back_and_did_not_are_counted(house):
    token = house.join("ada", "ada").token
    house.join("bob", "bob")
    house.join("eve", "eve")
    house.join("a visitor", "a visitor", door="front")
    house.lose("ada", "bob", "a visitor")
    house.join("ada again", token=token)
    house.passes(RESUME_S)
    assert isinstance(house.ask_one("eve", End(id="end")), Ended)
    assert counted(house) == {"resumed": 1, "lost": 1}


class Ahead(asyncio.SelectorEventLoop):
    """A loop whose time a test moves."""

    ahead_s = 0.0

    def time(self):
        return super().time() + self.ahead_s


@pytest.fixture
def loop():
    loop = Ahead()
    yield loop
    loop.close()


@pytest.fixture
def server(loop, tmp_path):
    config = Config(
        data=tmp_path / "data",
        name="house",
        requests="tcp://127.0.0.1:0",
        broadcasts="tcp://127.0.0.1:0",
        front_door=None,
        rate=0.0,
        log_json=False,
        log_file=None,
        log_keep=5,
        limits=Limits(),
        sources={},
    )
    server = Server(config, loop)
    yield server
    server.abandon()


def test_it_is_said_once_a_minute(server, loop, caplog):
    caplog.set_level(logging.INFO, "loggia")
    server.open()
    message = b'{"op":"message","id":"1","room":"lobby","text":"x"}'
    (requests,) = (line.split()[-1] for line in caplog.messages if line.startswith("Requests on"))

    async def until(holds):
        deadline = time.monotonic() + WAIT_S
        while not holds():
            assert time.monotonic() < deadline, caplog.messages
            await asyncio.sleep(0.001)

    def lines():
        return [line for line in caplog.messages if line.startswith("In the last minute")]

    totals = server.counters.totals
    with zmq.Context() as context, context.socket(zmq.DEALER) as client:
        client.linger = 0
        client.connect(requests)
        for frame in (b'{"op":"join","id":"0","nick":"ada"}', message, message, message):
            client.send(frame)
        loop.run_until_complete(until(lambda: totals["duplicates"] == 2))
        assert lines() == []
        loop.ahead_s = REPORT_S
        loop.run_until_complete(until(lines))
        assert lines() == ["In the last minute: 2 requests that were stored already."]
        loop.ahead_s *= 3
        client.send(message)
        loop.run_until_complete(until(lambda: totals["duplicates"] == 3))
        loop.ahead_s += REPORT_S
        loop.run_until_complete(until(lambda: len(lines()) == 2))
        assert lines()[1] == "In the last minute: 1 request that was stored already."
