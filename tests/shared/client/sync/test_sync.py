"""A session and a fake broker: nothing is missing, told twice, or told before what is missing."""

import pathlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from loggia.shared.client import commands, updates
from loggia.shared.client.link.replica import Replica
from loggia.shared.client.sync.backfill import FIRST_PAGE, LONG_ABSENCE

from tests.shared.client.fake import FakeBroker
from tests.shared.client.wired import Client


def joined(before: int = 0, **more: Any) -> Client:
    broker = FakeBroker()
    for number in range(before):
        broker.say("lobby", f"old {number}")
    client = Client(broker, **more)
    client.step()
    return client


def say(client: Client, *texts: str) -> None:
    for text in texts:
        client.broker.say("lobby", text)


def lose(client: Client) -> None:
    client.cut()
    client.perform(client.session.lost("cut", client.now))


def older(client: Client) -> list[int]:
    """The seqs of what was told as older, ascending, oldest page first."""
    pages = [update.events for update in client.updates(updates.Older)]
    return [event.seq for page in reversed(pages) for event in page]


def complete(client: Client) -> tuple[int, int, int]:
    last = client.updates(updates.Completeness)[-1]
    return last.first, last.last, last.head


def test_a_room_that_is_new_to_us_shows_its_newest_page_and_the_rest_on_demand() -> None:
    client = joined(before=250)
    assert older(client) == list(range(152, 252))
    assert client.updates(updates.Older)[-1].more
    assert complete(client) == (152, 251, 251)
    client.post(commands.LoadOlder(room="lobby", limit=100))
    client.step()
    client.post(commands.LoadOlder(room="lobby", limit=100))
    client.step()
    assert older(client) == list(range(1, 252))
    assert not client.updates(updates.Older)[-1].more
    assert client.seqs() == []
    client.post(commands.LoadOlder(room="lobby"))
    assert client.updates(updates.Older)[-1].events == []


def test_a_hole_is_filled_by_exactly_what_is_missing_before_anything_behind_it_is_told() -> None:
    client = joined()
    say(client, "a", "b", "c", "d")
    client.deliver_published(lambda event: event["text"] in "ad")
    assert client.texts() == ["a"]
    client.step()
    (request,) = [request for request in client.broker.asked("history") if "after" in request]
    assert (request["after"], request["limit"]) == (2, 2)
    assert client.texts() == ["a", "b", "c", "d"]


def test_one_request_per_room_is_under_way() -> None:
    client = joined()
    say(client, "a", "b", "c", "d", "e")
    client.deliver_published(lambda event: event["text"] in "bde")
    client.deliver_up()
    assert len([request for request in client.broker.asked("history") if "after" in request]) == 1
    client.step()
    assert client.texts() == ["a", "b", "c", "d", "e"]


def test_live_events_during_a_fill_wait_for_it() -> None:
    client = joined()
    say(client, "a", "b")
    client.deliver_published(lambda event: event["text"] == "b")
    client.deliver_up()
    say(client, "c")
    client.deliver_published()
    assert client.texts() == []
    client.step()
    assert client.texts() == ["a", "b", "c"]


def test_a_lost_last_message_is_found_by_the_ping() -> None:
    client = joined()
    client.wait(2.0)
    say(client, "lost")
    client.deliver_published(lambda event: False)
    client.step()
    assert client.texts() == []
    client.wait(10.0)
    assert client.texts() == ["lost"]
    assert client.broker.asked("ping")[-1]["cursors"] == {"lobby": 1}


def test_what_is_said_before_the_subscription_stands_is_found_soon() -> None:
    client = joined()
    say(client, "too early")
    client.deliver_published(lambda event: False)
    client.wait(0.2)
    assert client.texts() == ["too early"]


def test_events_that_come_twice_are_told_once() -> None:
    client = joined()
    say(client, "a", "b")
    for _ in range(2):
        client._heard = 0
        client.deliver_published()
    assert client.texts() == ["a", "b"]


def test_a_short_absence_is_replayed() -> None:
    client = joined()
    lose(client)
    say(client, *(f"{number}" for number in range(LONG_ABSENCE)))
    client._heard = len(client.broker.published)
    client.wait(1.0)
    assert client.seqs() == list(range(2, LONG_ABSENCE + 2))


def test_a_long_absence_begins_with_the_newest_page_and_the_gap_is_known() -> None:
    client = joined(before=9)
    lose(client)
    say(client, *(f"{number}" for number in range(LONG_ABSENCE + 1)))
    client._heard = len(client.broker.published)
    head = 10 + LONG_ABSENCE + 1
    client.wait(1.0)
    completeness = client.updates(updates.Completeness)
    assert (completeness[-2].first, completeness[-2].last) == (head + 1, head), "the gap is told first"
    assert [event.seq for event in client.updates(updates.Older)[-1].events] == list(
        range(head - FIRST_PAGE + 1, head + 1)
    )
    assert complete(client) == (head - FIRST_PAGE + 1, head, head)
    say(client, "and on")
    client.step()
    assert client.texts() == ["and on"]


def test_loading_older_closes_the_gap_and_then_comes_from_the_copy() -> None:
    client = joined(before=9)
    lose(client)
    say(client, *(f"{number}" for number in range(LONG_ABSENCE + 1)))
    client._heard = len(client.broker.published)
    client.wait(1.0)
    client.post(commands.LoadOlder(room="lobby", limit=1000))
    client.step()
    assert complete(client)[0] == 1, "the copy held the rest"
    assert client.updates(updates.Older)[-1].events[0].seq == 11
    asked = len(client.broker.asked("history"))
    client.post(commands.LoadOlder(room="lobby"))
    assert [event.seq for event in client.updates(updates.Older)[-1].events] == list(range(1, 11))
    assert len(client.broker.asked("history")) == asked


def test_a_program_that_must_have_everything_gets_a_long_absence_in_full() -> None:
    client = joined(complete=True)
    lose(client)
    say(client, *(f"{number}" for number in range(LONG_ABSENCE * 2 + 5)))
    client._heard = len(client.broker.published)
    client.wait(1.0)
    assert client.seqs() == list(range(2, LONG_ABSENCE * 2 + 7))


def test_the_copy_is_shown_before_anybody_is_connected(tmp_path: pathlib.Path) -> None:
    first = joined(before=150, replica=Replica(tmp_path / "a.db"))
    first.replica.close()
    first.broker.down = True
    second = Client(first.broker, replica=Replica(tmp_path / "a.db"))
    assert older(second) == list(range(52, 152))
    second.post(commands.LoadOlder(room="lobby"))
    assert len(older(second)) == 100, "the rest is not on this computer"
    first.broker.down = False
    second.wait(20.0)
    assert older(second) == list(range(1, 152))
    second.replica.close()


def test_events_are_on_the_disk_before_they_are_told(tmp_path: pathlib.Path) -> None:
    client = joined(replica=Replica(tmp_path / "a.db"))
    say(client, "kept")
    client.step()
    (held,) = client.replica.events("lobby", "epoch-1", 1, 99)
    assert held == client.updates(updates.Arrived)[0].events[0]
    client.replica.close()


def test_another_life_of_the_log_voids_the_copy() -> None:
    client = joined(before=5)
    say(client, "of the old life")
    client.step()
    lose(client)
    client.broker.epoch = "epoch-2"
    client.broker.rooms["lobby"] = []
    say(client, "of the new life")
    client._heard = len(client.broker.published)
    client.wait(1.0)
    (void,) = client.updates(updates.VoidCopy)
    assert (void.room, void.epoch) == ("lobby", "epoch-2")
    assert [getattr(event, "text", "") for event in client.updates(updates.Older)[-1].events] == [
        "of the new life",
        "",
    ]
    assert complete(client) == (1, 2, 2)


def test_a_page_of_another_life_makes_the_session_join_again() -> None:
    client = joined()
    client.broker.epoch = "epoch-2"
    say(client, "a", "b")
    client.deliver_published(lambda event: event["text"] == "b")
    client.step()
    client.wait(1.0)
    assert [update.epoch for update in client.updates(updates.VoidCopy)] == ["epoch-2"]
    assert client.connections == 2, "broadcasts that still come may be of either life"
    assert complete(client) == (1, 3, 3)


def test_a_room_may_hold_events_of_the_future() -> None:
    client = joined()
    client.broker._append("lobby", {"op": "pinned", "nick": "zoe", "account": "z", "target": 1})
    say(client, "after it")
    client.step()
    assert client.seqs() == [2, 3]
    assert client.replica.events("lobby", "epoch-1", 1, 2)[0].fields["target"] == 1  # type: ignore[union-attr]


def test_an_event_nobody_can_read_stops_its_room_without_asking_again_and_again() -> None:
    client = joined()
    client.wait(2.0)
    client.broker.rooms["lobby"].append({"op": "message", "room": "lobby", "seq": "two"})
    say(client, "behind it")
    client.step()
    asked = len(client.broker.asked("history"))
    client.wait(1.0)
    assert len(client.broker.asked("history")) == asked
    assert client.texts() == []
    assert client.complaints


def test_a_refused_page_is_asked_for_again_when_the_broker_tells_its_head() -> None:
    client = joined()
    client.wait(2.0)
    client.broker.refusals["history"] = [{"code": "unavailable"}]
    say(client, "a", "b")
    client.deliver_published(lambda event: event["text"] == "b")
    client.step()
    assert client.texts() == []
    client.wait(10.0)
    assert client.texts() == ["a", "b"]


def test_a_durable_program_gets_what_it_had_not_handled_first(tmp_path: pathlib.Path) -> None:
    first = joined(replica=Replica(tmp_path / "a.db"), complete=True, durable=True)
    say(first, "handled", "told, then killed")
    first.step()
    first.post(commands.Handled(room="lobby", seq=2))
    first.replica.close()
    say(first, "while it was down")
    second = Client(first.broker, replica=Replica(tmp_path / "a.db"), complete=True, durable=True)
    assert second.seqs() == []
    second.step()
    assert second.texts() == ["told, then killed", "while it was down"]
    second.replica.close()


def test_a_durable_program_begins_where_it_first_came(tmp_path: pathlib.Path) -> None:
    first = joined(before=5, replica=Replica(tmp_path / "a.db"), complete=True, durable=True)
    assert first.seqs() == []
    say(first, "never handled")
    first.step()
    first.replica.close()
    second = Client(first.broker, replica=Replica(tmp_path / "a.db"), complete=True, durable=True)
    second.step()
    assert second.texts() == ["never handled"]
    second.replica.close()


def test_people_follow_who_comes_and_goes() -> None:
    client = joined()
    other = Client(client.broker, nick="bob")
    other.step()
    client.step()
    assert [member.nick for member in client.updates(updates.People)[-1].members] == ["ada"]
    assert [member.nick for member in client.updates(updates.PeopleChanged)[-1].members] == ["bob"]
    away = b'[{"op":"presence","room":"lobby","nick":"bob","account":"account-2","presence":"away"}]'
    client.perform(client.session.heard([], [away], client.now))
    [bob] = client.updates(updates.PeopleChanged)[-1].members
    assert (bob.nick, bob.presence) == ("bob", "away")
    assert client.updates(updates.Presence)[0].event.nick == "bob"


MOVES = st.sampled_from(["say", "hear", "miss", "up", "down", "lose", "wait", "restart"])


@given(st.lists(MOVES, max_size=40), st.randoms(use_true_random=False))
def test_any_loss_gives_a_gapless_prefix_and_in_the_end_everything_once(
    moves: list[str], chance: Any
) -> None:
    client = joined(complete=True, durable=True)
    told: list[int] = []
    for move in moves:
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
            lose(client)
        elif move == "wait":
            client.wait(0.2)
        else:
            for seq in client.seqs()[-1:]:
                client.post(commands.Handled(room="lobby", seq=seq))
            told += client.seqs()
            client.cut()
            client = Client(client.broker, replica=client.replica, complete=True, durable=True)
        now = told + client.seqs()
        assert now == list(range(2, len(now) + 2))
    client.wait(120.0)
    assert told + client.seqs() == list(range(2, len(client.broker.rooms["lobby"]) + 1))
