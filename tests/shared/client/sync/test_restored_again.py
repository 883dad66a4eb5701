"""A log that was restored, and again: what comes back, what comes late, anything at all."""

import json
import pathlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from loggia.shared.client import commands, updates
from loggia.shared.client.effects import Recall
from loggia.shared.client.link.replica import Replica

from tests.shared.client.sync.restoring import (
    EVERYTHING,
    answer,
    answers,
    handle_told,
    held,
    joined,
    log,
    restore,
    say,
    void,
)
from tests.shared.client.wired import Client

# -- A log that comes back after another one was served -----------------------------------------


# -- What comes late ---------------------------------------------------------------------------


def test_broadcasts_of_the_life_before_are_no_part_of_the_new_one() -> None:
    client = joined(before=3, complete=True)
    say(client, "gone")
    late = json.dumps(client.broker.published[-1:]).encode()
    restore(client, kept=4)
    client.perform(client.session.heard([], [late], client.now))
    say(client, "new")
    client.wait(1.0)
    assert [event.id for event in held(client, "epoch-2")] == log(client)[3:]
    assert client.texts() == ["new"]


def test_a_log_that_is_restored_under_an_open_connection_begins_a_new_one() -> None:
    client = joined(rooms=("lobby", "lab"))
    client.broker.epoch = "epoch-2"
    client.post(commands.Enter(room="hall"))
    client.deliver_up()
    client.deliver_down()
    assert client.connections == 1
    assert client.connection is None, "what still comes may be of either life"
    client.wait(2.0)
    assert {told.room for told in client.updates(updates.VoidCopy)} == {"lobby", "lab"}
    assert client.status() == "connected"


def test_a_log_that_is_restored_while_the_broker_runs_begins_a_new_connection_too() -> None:
    """Its sessions are over, but the connection stands: broadcasts of both lives may come on it."""
    client = joined(before=3)
    client.wait(2.0)
    client.broker.restore("epoch-2", lobby=2)
    client.now += 10.0
    client.perform(client.session.tick(client.now))
    for _ in range(2):
        client.deliver_up()
        client.deliver_down()
    assert (client.connections, client.connection, client.topics) == (1, None, frozenset())
    assert client.updates(updates.VoidCopy) == []
    client.wait(2.0)
    assert (client.connections, client.status()) == (2, "connected")
    assert void(client).epoch == "epoch-2"


def test_what_the_copy_gave_of_a_life_that_is_over_is_not_told() -> None:
    client = joined(before=5)
    restore(client, kept=2)
    client.wait(1.0)
    told = len(client.told)
    recall = Recall("lobby", "epoch-1", 0, 5, "older")
    client.perform(client.session.recalled(recall, held(client, "epoch-1"), client.now))
    assert len(client.told) == told


def test_who_asks_for_older_entries_twice_at_once_gets_each_once(tmp_path: pathlib.Path) -> None:
    first = joined(before=299, replica=Replica(tmp_path / "a.db"))
    for _ in range(2):
        first.post(commands.LoadOlder(room="lobby", limit=100))
        first.step()
    first.replica.close()
    second = Client(first.broker, replica=Replica(tmp_path / "a.db"))
    older = commands.LoadOlder(room="lobby", limit=100)
    effects = [effect for _ in range(2) for effect in second.session.asked([older], second.now, 0)]
    second.perform(effects)
    pages = [update for update in second.updates(updates.Older)]
    assert [(page.events[0].seq, page.more) for page in pages] == [(201, True), (101, True), (1, False)]
    second.replica.close()


MOVES = st.sampled_from(["say", "hear", "miss", "up", "down", "lose", "wait", "restart", "handle", "restore"])


# -- Anything at all ---------------------------------------------------------------------------


@given(st.lists(MOVES, max_size=40), st.randoms(use_true_random=False))
def test_whatever_happens_all_that_is_in_the_log_was_told_once_and_in_order(
    moves: list[str], chance: Any
) -> None:
    client = joined(before=5, **EVERYTHING)
    lives = 1
    handled: list[str] = []
    told: list[str] = []
    for move in [*moves, "restart"]:
        if move == "say":
            say(client, "x")
        elif move == "hear":
            client.deliver_published()
        elif move == "miss":
            client.deliver_published(lambda event: chance.random() < 0.5)
        elif move == "up":
            client.deliver_up()
        elif move == "down":
            client.deliver_down()
        elif move == "lose":
            client.cut()
            client.perform(client.session.lost("cut", client.now))
        elif move == "wait":
            client.wait(0.5)
        elif move == "restore":
            lives += 1
            kept = chance.randint(6, len(client.broker.rooms["lobby"]))
            restore(client, kept, epoch=f"epoch-{lives}")
        else:
            handled = handle_all(client, handled)
            if move == "restart":
                told = handled
                client.cut()
                client = Client(client.broker, replica=client.replica, **EVERYTHING)
        now = told + told_now(client)
        assert len(now) == len(set(now)), "nothing twice"
    client.wait(200.0)
    now = told + told_now(client)
    assert [one for one in now if one in set(log(client))] == log(client)[6:]
    assert len(now) == len(set(now))
    assert all(log(client)[event.seq - 1] == event.id for event in held(client, client.broker.epoch))


def told_now(client: Client) -> list[str]:
    return [event.id for update in client.updates(updates.Arrived) for event in update.events]


def handle_all(client: Client, before: list[str]) -> list[str]:
    """The program handles all that it was told; returns what it has handled in all its runs."""
    handled = list(before)
    for update in client.updates(updates.Arrived):
        for event in update.events:
            if event.id not in handled:
                handled.append(event.id)
                client.post(commands.Handled(room="lobby", seq=event.seq, epoch=update.epoch))
    return handled


def test_an_answer_that_waits_while_it_is_restored_twice_is_stored_once() -> None:
    client = joined(before=3, **EVERYTHING)
    question = client.broker.say("lobby", "?")
    client.step()
    client.post(answer(question, "once", "epoch-1"))
    client.step()
    handle_told(client, "epoch-1", 5)
    restore(client, kept=6)
    client.wait(2.0)
    client.cut()
    client.post(answer(question, "once", "epoch-1"))
    restore(client, kept=6, epoch="epoch-3")
    client.wait(2.0)
    assert answers(client) == [("once", 5)]


def test_what_is_handled_while_the_place_is_looked_for_counts() -> None:
    client = joined(before=3, **EVERYTHING)
    say(client, "a", "b")
    client.step()
    handle_told(client, "epoch-1", 5)
    restore(client, kept=6)
    asked = len(client.broker.asked("history"))
    for _ in range(200):
        client.now += 0.05
        client.perform(client.session.tick(client.now))
        client.deliver_up()
        if len(client.broker.asked("history")) > asked:
            break
        client.deliver_down()
    assert client.session._sync.is_unsettled("lobby")
    handle_told(client, "epoch-1", 6)
    client.wait(2.0)
    (room,) = client.replica.saved().rooms
    assert (room.epoch, room.handled) == ("epoch-2", 6)
