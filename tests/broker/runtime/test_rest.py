"""What a broker does while nobody asks for anything."""

import contextlib

import pytest
from loggia.broker.doors.doors import DOORS
from loggia.broker.runtime import server
from loggia.broker.storage.hash_chain import BLOCK_EVENTS
from loggia.broker.storage.log import Log

from tests.broker.runtime.serving import Client, Serving, until


@pytest.fixture
def serving(tmp_path):
    with contextlib.closing(Serving(tmp_path, *DOORS)) as serving:
        yield serving


@pytest.fixture
def ada(serving):
    with contextlib.closing(Client(serving.bound)) as ada:
        ada.join("ada")
        yield ada


def rows(serving):
    db = serving.server._disk.database.connection
    return serving.call(lambda: db.execute("SELECT count(*) FROM chunks").get)


def test_it_joins_what_was_said_one_by_one(serving, ada):
    for number in range(BLOCK_EVENTS + 10):
        ada.say(f"{number}")
    until(lambda: rows(serving) < 20)
    assert ada.ask("history", room="lobby", before=BLOCK_EVENTS)["events"][-1]["seq"] == BLOCK_EVENTS - 1


def test_while_it_is_asked_for_something_it_does_nothing_else(serving, ada, monkeypatch):
    rested = []
    monkeypatch.setattr(Log, "rest", lambda log, now: rested.append(now))

    def no_rest():
        serving.server.turn()
        serving.server._rest.cancel()
        serving.server._use_rest()
        return [*rested], serving.server._rest

    before = serving.call(lambda: len(rested))
    for _ in range(20):
        ada.say("hello")
        found, again = serving.call(no_rest)
        assert again is not None, "it looks again later"
    assert len(found) - before <= 1, "at most while this test was held up by others"
    until(lambda: len(rested) > len(found))


def test_it_ends_at_once_in_the_middle_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "REST_AGAIN_S", 0.0)
    with contextlib.closing(Serving(tmp_path, *DOORS)) as serving:
        monkeypatch.setattr(Log, "rest", lambda log, now: True)
        until(lambda: serving.call(lambda: serving.server._rest) is not None)
    assert serving.server._rest.cancelled()
