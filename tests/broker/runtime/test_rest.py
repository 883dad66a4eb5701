"""What a broker does while nobody asks for anything."""

import contextlib

import pytest
from loggia.broker.doors.doors import DOORS
from loggia.broker.runtime import resting
from loggia.broker.storage import compaction
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


def test_it_joins_what_was_said_one_by_one(serving, ada, monkeypatch):
    monkeypatch.setattr(compaction, "QUIET_S", 0.0)  # it may have looked already, while this was held up
    for number in range(BLOCK_EVENTS + 10):
        ada.say(f"{number}")
    until(lambda: rows(serving) < 20)
    assert ada.ask("history", room="lobby", before=BLOCK_EVENTS)["events"][-1]["seq"] == BLOCK_EVENTS - 1


def test_while_it_is_asked_for_something_it_does_nothing_else(serving, ada, monkeypatch):
    rested = []
    monkeypatch.setattr(Log, "rest", lambda log, now: rested.append(now))

    def no_rest():
        serving.server.turn()
        serving.server._resting._due.cancel()
        serving.server._resting.use()
        return [*rested], serving.server._resting._due

    before = serving.call(lambda: len(rested))
    for _ in range(20):
        ada.say("hello")
        found, again = serving.call(no_rest)
        assert again is not None, "it looks again later"
    assert len(found) - before <= 1, "at most while this test was held up by others"
    until(lambda: len(rested) > len(found))


def test_it_ends_at_once_in_the_middle_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr(resting, "REST_AGAIN_S", 0.0)
    with contextlib.closing(Serving(tmp_path, *DOORS)) as serving:
        monkeypatch.setattr(Log, "rest", lambda log, now: True)
        until(lambda: serving.call(lambda: serving.server._resting._due) is not None)
    assert serving.server._resting._due is None


def test_what_was_said_is_in_the_index_a_moment_later_though_nobody_searches(serving, ada):
    ada.say("hello")
    until(lambda: serving.call(lambda: serving.server._index.is_complete))
    assert serving.call(lambda: serving.server._index.progress()) == (2, 2)


def test_where_there_is_never_a_rest_the_index_goes_on_too(serving, ada, monkeypatch):
    monkeypatch.setattr(resting, "REST_S", 3600.0)
    for number in range(100):
        ada.say(f"{number}")

    def no_rest():
        serving.server._resting.turned()
        serving.server._resting.use()
        return serving.server._index.is_complete

    until(lambda: serving.call(no_rest))
