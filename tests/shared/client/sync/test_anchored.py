"""The entry that a copy begins behind: it tells which log that is before anything was told of it."""

import pathlib
from typing import Any

import pytest
from loggia.shared.client import commands, updates
from loggia.shared.client.api.inbox import Epochs
from loggia.shared.client.completeness import ArchivedCopy
from loggia.shared.client.link.replica import Replica
from loggia.shared.protocol.events import StoredEvent

from tests.shared.client.fake import FakeBroker
from tests.shared.client.sync.restoring import (
    EVERYTHING,
    another_log,
    answer,
    answers,
    handle_told,
    held,
    joined,
    log,
    restore,
    say,
)
from tests.shared.client.wired import Client

SETTINGS = pytest.mark.parametrize("settings", [{"complete": True}, EVERYTHING])


def asked(client: Client) -> list[tuple[Any, Any]]:
    return [(page.get("after"), page["limit"]) for page in client.broker.asked("history")]


# -- Where the copy begins ---------------------------------------------------------------------


@SETTINGS
def test_the_last_entry_before_it_came_is_asked_for_once_and_not_told(settings: dict[str, Any]) -> None:
    client = joined(before=5, **settings)
    client.wait(30.0)
    assert asked(client) == [(5, 1)]
    assert client.texts() == []
    (completeness,) = client.updates(updates.Completeness)[-1:]
    assert (completeness.first, completeness.last, completeness.older) == (7, 6, 6)
    assert [event.id for event in held(client, "epoch-1")] == log(client)[5:6]
    client.cut()
    client.perform(client.session.lost("cut", client.now))
    client.wait(30.0)
    assert asked(client) == [(5, 1)], "it is here"


def test_the_next_run_knows_it(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "a.db"
    client = joined(before=5, replica=Replica(file), **EVERYTHING)
    assert client.replica.saved().rooms[0].anchored
    client.replica.close()
    later = Client(client.broker, replica=Replica(file), **EVERYTHING)
    later.wait(30.0)
    assert asked(later) == [(5, 1)], "and does not ask again"
    later.replica.close()


def test_a_window_loads_what_is_before_anyway() -> None:
    client = joined(before=5)
    assert [page for page in asked(client) if page[0] is not None] == []


def test_who_is_there_first_begins_behind_nothing() -> None:
    client = joined(**EVERYTHING)
    restore(client, kept=0)
    client.broker.rooms["lobby"] = []
    client.wait(2.0)
    assert asked(client)[:1] == [(0, 1)], "its own coming"
    (room,) = client.replica.saved().rooms
    assert room.spans[-1] == (1, 1)


def until_asked(**settings: Any) -> Client:
    """It is about to ask for the entry before its copy, number 6."""
    broker = FakeBroker()
    for number in range(5):
        broker.say("lobby", f"old {number}")
    client = Client(broker, **settings)
    for _ in range(200):
        client.now += 0.05
        client.perform(client.session.tick(client.now))
        if any(b'"history"' in frame for frame in client.up):
            return client
        client.deliver_up()
        client.deliver_down()
    raise AssertionError


@pytest.mark.parametrize("code", ["no_such_room", "internal"])
@SETTINGS
def test_a_broker_that_does_not_give_it_is_asked_again_later(settings: dict[str, Any], code: str) -> None:
    client = until_asked(**settings)
    client.broker.refusals["history"] = [{"code": code}]
    client.deliver_up()
    client.deliver_down()
    assert not client.replica.saved().rooms[0].anchored
    client.wait(30.0)
    assert asked(client) == [(5, 1), (5, 1)]
    restore(client, kept=3)
    say(client, *(f"n{number}" for number in range(5)))
    client.wait(2.0)
    assert client.texts() == [f"n{number}" for number in range(5)]


@SETTINGS
def test_what_else_is_wanted_when_it_is_refused_comes(settings: dict[str, Any]) -> None:
    client = until_asked(**settings)
    client.post(commands.LoadOlder(room="lobby", limit=3, id="1"))
    client.broker.refusals["history"] = [{"code": "internal"}]
    say(client, "a", "b")
    client.deliver_published(lambda event: event.get("text") != "a")
    client.step()
    client.wait(1.0)
    assert [event.seq for older in client.updates(updates.Older) for event in older.events] == [4, 5, 6]
    assert client.texts() == ["a", "b"]


@SETTINGS
def test_what_is_said_while_it_is_asked_for_is_told(settings: dict[str, Any]) -> None:
    client = until_asked(**settings)
    client.deliver_up()
    say(client, "a", "b")
    client.deliver_published()
    assert client.texts() == ["a", "b"]
    client.wait(2.0)
    assert client.texts() == ["a", "b"]
    (room,) = client.replica.saved().rooms
    assert room.anchored
    assert [event.id for event in held(client, "epoch-1")] == log(client)[5:]


def test_older_entries_are_loaded_as_ever() -> None:
    client = joined(before=5, **EVERYTHING)
    client.post(commands.LoadOlder(room="lobby", limit=3, id="1"))
    client.step()
    (older,) = client.updates(updates.Older)
    assert [event.seq for event in older.events] == [4, 5, 6]


# -- Logs that take turns at one address -------------------------------------------------------


@pytest.mark.parametrize("others", [0, 3, 20])
@pytest.mark.parametrize("later", [False, True])
@SETTINGS
def test_a_program_that_was_told_nothing_is_not_told_it_all_when_it_is_back(
    settings: dict[str, Any], others: int, later: bool
) -> None:
    client = joined(before=10, **settings)
    lost = another_log(client)
    texts = [f"other {number}" for number in range(others)]
    say(client, *texts)
    client.wait(2.0)
    handle_told(client, "epoch-2", others + 1)
    if later:
        client.cut()
        client = Client(client.broker, replica=client.replica, **settings)
        texts = []
    another_log(client, lost)
    client.wait(2.0)
    say(client, "new")
    client.step()
    assert client.texts() == [*texts, "new"]


@SETTINGS
def test_all_of_another_log_that_is_served_to_who_was_told_nothing_is_new(settings: dict[str, Any]) -> None:
    client = joined(before=3, **settings)
    another_log(client)
    texts = [f"n{number}" for number in range(9)]
    say(client, *texts)
    client.wait(2.0)
    assert client.texts() == texts


@pytest.mark.parametrize("kept", [3, 5, 6])
@SETTINGS
def test_a_log_that_was_cut_before_anything_was_told_of_it(settings: dict[str, Any], kept: int) -> None:
    client = joined(before=5, **settings)
    restore(client, kept=kept)
    say(client, *(f"n{number}" for number in range(5)))
    client.wait(2.0)
    assert client.texts() == [f"n{number}" for number in range(5)]


@SETTINGS
def test_three_logs_in_turns_of_which_nothing_was_told(settings: dict[str, Any]) -> None:
    client = joined(before=4, **settings)
    logs = [another_log(client)]
    client.wait(2.0)
    logs.append(another_log(client))
    client.wait(2.0)
    for number, kept in enumerate([*logs, *logs[::-1]]):
        another_log(client, kept)
        client.wait(2.0)
        assert client.texts() == [], number
    say(client, "new")
    client.step()
    assert client.texts() == ["new"]


@pytest.mark.parametrize("later", [False, True])
def test_what_is_handled_when_its_log_was_replaced_already_is_not_told_again(later: bool) -> None:
    client = joined(before=3, **EVERYTHING)
    say(client, "a", "b")
    client.step()
    handle_told(client, "epoch-1", 5)
    lost = another_log(client)
    client.wait(2.0)
    handle_told(client, "epoch-1", 6)  # what "b" wanted took a while
    if later:
        client.cut()
        client = Client(client.broker, replica=client.replica, **EVERYTHING)
        client.wait(2.0)
    (room,) = client.replica.saved().rooms
    assert room.epoch == "epoch-2", "what is over did not become the present one"
    another_log(client, lost)
    client.wait(2.0)
    assert client.texts().count("b") == (0 if later else 1)


def test_what_a_program_handled_once_says_nothing_when_it_does_so_no_more() -> None:
    client = joined(before=3, **EVERYTHING)
    say(client, "a")
    client.step()
    handle_told(client, "epoch-1", 5)
    client.cut()
    client = Client(client.broker, replica=client.replica, complete=True)
    client.wait(2.0)
    say(client, "b", "c")
    client.step()
    lost = another_log(client)
    client.wait(2.0)
    another_log(client, lost)
    client.wait(2.0)
    assert client.texts() == ["b", "c"]


class Dropping(FakeBroker):
    """It gives nothing before `kept_from` any more."""

    kept_from = 1

    def _join(self, connection: int, request: dict[str, Any]) -> dict[str, Any]:
        return super()._join(connection, request) | {"first": self.kept_from}

    def _history(self, connection: int, request: dict[str, Any]) -> dict[str, Any]:
        page = super()._history(connection, request)
        return page | {"events": [event for event in page["events"] if event["seq"] >= self.kept_from]}


@pytest.mark.parametrize("kept_from", [4, 6, 7])
@SETTINGS
def test_a_broker_that_keeps_not_all_is_asked_for_what_it_keeps(
    settings: dict[str, Any], kept_from: int
) -> None:
    broker = Dropping()
    for number in range(5):
        broker.say("lobby", f"old {number}")
    client = Client(broker, **settings)
    client.step()
    say(client, "a", "b", "c", "d")  # 7 to 10
    client.step()
    handle_told(client, "epoch-1", 10)
    broker.kept_from = kept_from
    restore(client, kept=8)
    say(client, "n", "m")
    client.wait(2.0)
    assert client.texts() == ["a", "b", "c", "d", "n", "m"]


# -- A life that is back under its own name ----------------------------------------------------


@pytest.mark.parametrize("shorter", [False, True])
def test_an_answer_to_what_it_lost_goes_to_nothing_else(shorter: bool) -> None:
    """Another log was served meanwhile; then it is back, perhaps without its end, under its own name."""
    client, lives = joined(before=3, **EVERYTHING), Epochs()
    say(client, "a")
    question = client.broker.say("lobby", "?")
    say(client, "c")
    client.step()
    handle_told(client, "epoch-1", 5)
    lost = another_log(client)
    client.wait(2.0)
    if shorter:
        lost["rooms"]["lobby"] = lost["rooms"]["lobby"][:5]
    another_log(client, lost)
    client.broker.epoch = "epoch-1"
    say(client, "x", "y", "z")
    client._heard = len(client.broker.published)
    client.wait(2.0)
    told: StoredEvent | None = None
    copies: list[ArchivedCopy] = []
    for update in client.told:
        if isinstance(update, updates.VoidCopy):
            lives.ended(update.old, update.renamed)
            copies = update.copies(copies)
        elif isinstance(update, updates.Arrived):
            lives.told(update.room, update.events, update.epoch)
            told = next((event for event in update.events if event.id == question["id"]), told)
    assert told is not None
    client.post(answer(question, "late", lives.of(told)))
    client.wait(2.0)
    assert answers(client) == [("late", None if shorter else question["seq"])]
    saved = client.replica.saved()
    now = [(copy.epoch, copy.spans) for copy in saved.old]
    assert [(copy.epoch, copy.spans) for copy in copies] == now
    assert len({epoch for epoch, _ in now} | {saved.rooms[0].epoch}) == 3
