"""Logs that take turns at one address: one is lost, another one served, the first put back."""

import pathlib
from typing import Any

import pytest
from loggia.shared.client import updates
from loggia.shared.client.effects import ACCOUNTS
from loggia.shared.client.link.replica import Replica

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


@pytest.mark.parametrize("others", [0, 3, 12])
@pytest.mark.parametrize("settings", [{"complete": True}, EVERYTHING])
def test_what_was_handled_in_it_is_not_told_again(settings: dict[str, Any], others: int) -> None:
    client = joined(before=3, **settings)
    say(client, "a", "b", "c")
    client.step()
    handle_told(client, "epoch-1", 7)
    lost = another_log(client)
    say(client, *(f"other {number}" for number in range(others)))
    client.wait(2.0)
    handle_told(client, "epoch-2", others)
    another_log(client, lost)
    say(client, "d")
    client.wait(2.0)
    say(client, "e")
    client.step()
    assert client.texts() == ["a", "b", "c", *(f"other {number}" for number in range(others)), "d", "e"]
    assert [event.id for event in held(client, "epoch-3")] == log(client)[6:]


def test_what_was_told_in_it_and_not_handled_is_told_again_and_answered_once() -> None:
    client = joined(before=3, **EVERYTHING)
    question = client.broker.say("lobby", "?")
    say(client, "b")
    client.step()
    handle_told(client, "epoch-1", 4)
    lost = another_log(client)
    client.wait(2.0)
    another_log(client, lost)
    client.wait(2.0)
    assert client.texts() == ["?", "b", "?", "b"]
    for epoch in ("epoch-1", "epoch-3"):  # the handler that still had it, and the one that got it again
        client.post(answer(question, "once", epoch))
        handle_told(client, epoch, 5)
    client.wait(2.0)
    assert answers(client) == [("once", 5)]


def test_a_later_run_compares_with_all_lives_that_were_kept(tmp_path: pathlib.Path) -> None:
    first = joined(before=3, replica=Replica(tmp_path / "a.db"), **EVERYTHING)
    say(first, "a", "b", "c")
    first.step()
    handle_told(first, "epoch-1", 6)
    kept = another_log(first)
    for _ in range(2):
        first.wait(2.0)
        another_log(first)
    first.wait(2.0)
    another_log(first, kept)
    first.replica.close()
    second = Client(first.broker, replica=Replica(tmp_path / "a.db"), **EVERYTHING)
    second.wait(2.0)
    assert second.texts() == ["c"], "6 was handled, and 7 was not"
    assert second.updates(updates.Entered)[-1].account == "account-1"
    second.replica.close()


def test_a_program_that_goes_on_at_the_end_asks_nothing_of_old_lives() -> None:
    client = joined(before=3)
    lost = another_log(client)
    client.wait(2.0)
    another_log(client, lost)
    asked = len(client.broker.asked("history"))
    client.wait(2.0)
    assert [one.get("after") for one in client.broker.asked("history")[asked:]] == [None]


@pytest.mark.parametrize("settings", [{"complete": True}, EVERYTHING])
@pytest.mark.parametrize("another", [False, True])
def test_nothing_is_missed_when_it_is_restored_twice_and_nothing_was_said_between(
    another: bool, settings: dict[str, Any]
) -> None:
    """The copy of the life between holds nothing to compare with; the one before it does."""
    client = joined(before=3, **settings)
    say(client, "a", "b", "c")
    client.step()
    handle_told(client, "epoch-1", 7)
    restore(client, kept=7)
    client.wait(2.0)
    handle_told(client, "epoch-2", 7)
    if another:
        another_log(client)
        client.broker.rooms["lobby"] = []
    else:
        restore(client, kept=5, epoch="epoch-3")
    say(client, "x", "y", "z")
    client._heard = len(client.broker.published)
    client.wait(2.0)
    assert client.texts() == ["a", "b", "c", "x", "y", "z"]


@pytest.mark.parametrize("settings", [{"complete": True}, EVERYTHING])
def test_nothing_of_an_older_log_is_missed_before_a_copy_that_begins_late(settings: dict[str, Any]) -> None:
    client = joined(before=1, **settings)
    say(client, "a")
    client.step()
    handle_told(client, "epoch-1", 3)
    say(client, "while away", "and more")
    client._heard = len(client.broker.published)
    lost = another_log(client)
    others = [f"other {number}" for number in range(8)]
    say(client, *others)
    client.wait(2.0)
    handle_told(client, "epoch-2", 8)
    restore(client, kept=len(log(client)), epoch="epoch-3")
    client.wait(2.0)
    say(client, "later")
    client.step()
    handle_told(client, "epoch-3", len(log(client)))
    another_log(client, lost)
    client.wait(2.0)
    assert client.texts() == ["a", *others, "later", "while away", "and more"]


@pytest.mark.parametrize("restored", [False, True])
def test_a_late_answer_to_a_life_that_is_gone_replies_to_no_other_entry(restored: bool) -> None:
    client = joined(before=3, **EVERYTHING)
    question = client.broker.say("lobby", "?")
    say(client, *"abcdef")
    client.step()
    handle_told(client, "epoch-1", 11)
    if not restored:
        restore(client, kept=5)
        client.wait(2.0)
    another_log(client)
    say(client, *(f"new {number}" for number in range(6)))
    client.wait(2.0)
    handle_told(client, client.broker.epoch, 6)
    if restored:
        restore(client, kept=6, epoch="epoch-3")
        say(client, "newer")
        client._heard = len(client.broker.published)
        client.wait(2.0)
    client.post(answer(question, "late", "epoch-1"))
    client.wait(2.0)
    assert [one.get("reply_to") for one in client.broker.rooms["lobby"] if one.get("text") == "late"] == [
        None
    ]


def test_one_that_comes_back_shorter_under_its_own_name_costs_nothing_of_its_copy() -> None:
    client = joined(before=3, **EVERYTHING)
    say(client, "a", "b", "c")
    client.step()
    handle_told(client, "epoch-1", 7)
    lost = another_log(client)
    client.wait(2.0)
    lost["rooms"]["lobby"] = lost["rooms"]["lobby"][:5]
    another_log(client, lost)
    client.broker.epoch = "epoch-1"
    say(client, "x", "y", "z")
    client._heard = len(client.broker.published)
    client.wait(2.0)
    assert client.texts() == ["a", "b", "c", "x", "y", "z"]
    kept = [event for copy in client.replica.saved().old for event in held(client, copy.epoch)]
    assert "c" in [getattr(event, "text", "") for event in kept]


def test_logs_that_take_turns_do_not_pile_up_who_it_was() -> None:
    client = joined(before=1, **EVERYTHING)
    for _ in range(ACCOUNTS + 3):
        another_log(client)
        client.wait(2.0)
    asked = len(client.broker.asked("join"))
    another_log(client)
    client.wait(2.0)
    assert len(client.broker.asked("join")) - asked == ACCOUNTS + 1
