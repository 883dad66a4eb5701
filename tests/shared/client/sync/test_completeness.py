"""A session and a fake broker: what it says about how much is here is so at every moment, and it counts."""

import itertools
import pathlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from loggia.shared.client import commands, updates
from loggia.shared.client.link.replica import Replica
from loggia.shared.client.session.outbox import RESEND_S
from loggia.shared.client.sync.backfill import FIRST_PAGE, LONG_ABSENCE
from loggia.shared.process.counters import REPORT_S
from loggia.shared.protocol.requests import Ping

from tests.shared.client.fake import FakeBroker
from tests.shared.client.wired import Client


def joined(before: int = 0, **more: Any) -> Client:
    broker = FakeBroker()
    say(broker, before)
    client = Client(broker, **more)
    client.step()
    client.wait(2.0)
    return client


def say(broker: FakeBroker, count: int) -> None:
    for number in range(count):
        broker.say("lobby", f"{number}")


def lose(client: Client) -> None:
    client.cut()
    client.perform(client.session.lost("cut", client.now))


def words(client: Client, room: str = "lobby") -> str:
    told = [update for update in client.updates(updates.Completeness) if update.room == room]
    return told[-1].words if told else ""


def counted(client: Client) -> dict[str, int]:
    told = client.updates(updates.Counts)
    return {name: count for name, count in told[-1].totals.items() if count} if told else {}


def test_a_room_of_which_nothing_is_missing() -> None:
    client = joined(complete=True)
    say(client.broker, 3)
    client.step()
    assert words(client) == "2 to 4, not loaded: 1 older"
    client.post(commands.LoadOlder(room="lobby"))
    client.step()
    assert words(client) == "1 to 4, nothing missing"


def test_a_hole_is_told_while_it_is_filled() -> None:
    client = joined()
    say(client.broker, 5)
    client.deliver_published(lambda event: event["text"] == "4")
    assert words(client) == "1 to 1, filling 4 messages"
    client.step()
    assert words(client) == "1 to 6, nothing missing"


def test_a_lost_tail_is_told_when_the_broker_tells_its_head() -> None:
    client = joined()
    say(client.broker, 2)
    client.deliver_published(lambda event: False)
    client.now += 10.0
    client.perform(client.session.tick(client.now))
    client.deliver_up()
    assert words(client) == "1 to 1, nothing missing", "as far as anybody here can know"
    client.deliver_down()
    assert words(client) == "1 to 1, filling 2 messages"
    client.step()
    assert words(client) == "1 to 3, nothing missing"


def test_a_page_that_is_refused_is_still_missing() -> None:
    client = joined()
    client.broker.refusals["history"] = [{"code": "unavailable"}]
    say(client.broker, 2)
    client.deliver_published(lambda event: event["text"] == "1")
    client.step()
    assert words(client) == "1 to 1, the server does not give 1 message: Refused in a test."


def test_an_answer_about_other_rooms_says_nothing_about_this_one() -> None:
    client = joined()
    say(client.broker, 9)
    client._heard = len(client.broker.published)
    client.broker.refusals["history"] = [{"code": "unavailable"}]
    lose(client)
    client.now += 1.0
    client.perform(client.session.tick(client.now))
    client.step()
    assert words(client) == "1 to 1, the server does not give 9 messages: Refused in a test."
    client.session._pending.sent(ping := stray_ping(), client.now)
    pong = f'[{{"op":"pong","id":"{ping.id}","heads":{{}},"at":1}}]'
    client.perform(client.session.heard([pong.encode()], [], client.now))
    assert words(client) == "1 to 1, the server does not give 9 messages: Refused in a test."


def stray_ping() -> Ping:
    return Ping(id="p", cursors={})


def test_a_long_absence_says_what_is_not_loaded_without_what_is_held_beyond_the_gap() -> None:
    client = joined(before=9)
    lose(client)
    say(client.broker, LONG_ABSENCE + 1)
    client._heard = len(client.broker.published)
    client.wait(1.0)
    head = 10 + LONG_ABSENCE + 1
    missing = head - FIRST_PAGE - 10
    assert words(client) == f"{head - FIRST_PAGE + 1:,} to {head:,}, not loaded: {missing:,} older"


def test_before_the_first_join_and_offline_and_back(tmp_path: pathlib.Path) -> None:
    first = joined(before=4, replica=Replica(tmp_path / "a.db"))
    assert words(first) == "1 to 5, nothing missing"
    lose(first)
    assert words(first) == "1 to 5 on this computer"
    first.replica.close()
    first.broker.down = True
    second = Client(first.broker, replica=Replica(tmp_path / "a.db"))
    assert words(second) == "1 to 5 on this computer"
    say(first.broker, 3)
    first.broker.down = False
    second.wait(7.0)
    assert words(second) == "1 to 8, nothing missing"
    second.replica.close()


def test_a_room_that_was_left_is_on_this_computer() -> None:
    client = joined(rooms=("lobby", "lab"))
    client.post(commands.LeaveRoom(room="lab"))
    client.step()
    assert words(client, "lab") == "1 to 1 on this computer"


def test_what_the_broker_has_no_more_is_not_missing_and_is_gone_past() -> None:
    """A log of which the broker dropped the beginning while we were away."""
    client = joined(complete=True)
    lose(client)
    say(client.broker, 9)
    client._heard = len(client.broker.published)
    log = client.broker.rooms["lobby"]
    join, page = client.broker._join, client.broker._history

    def forgetful_join(connection: int, request: dict[str, Any]) -> dict[str, Any]:
        return {**join(connection, request), "first": 6}

    def forgetful_page(connection: int, request: dict[str, Any]) -> dict[str, Any]:
        answer = page(connection, request)
        return {**answer, "events": [event for event in log if event["seq"] > max(request["after"], 5)]}

    client.broker._join, client.broker._history = forgetful_join, forgetful_page  # type: ignore[method-assign]
    client.wait(30.0)
    assert client.seqs() == [6, 7, 8, 9, 10]
    assert words(client) == "6 to 10, all that the server has"


def test_nothing_is_told_twice_of_what_did_not_change() -> None:
    client = joined()
    client.wait(60.0)
    told = client.updates(updates.Completeness)
    assert all(one != two for one, two in itertools.pairwise(told))
    assert len(told) < 5


MOVES = st.sampled_from(["say", "hear", "miss", "up", "down", "lose", "wait", "older"])


@given(st.lists(MOVES, max_size=40), st.randoms(use_true_random=False))
def test_what_is_told_is_what_is_here_at_every_moment(moves: list[str], chance: Any) -> None:
    client = joined(before=3)
    for move in moves:
        if move == "say":
            say(client.broker, 1)
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
        elif move == "older":
            client.post(commands.LoadOlder(room="lobby", limit=1))
        else:
            client.wait(0.2)
        told = client.updates(updates.Completeness)[-1]
        held = [event.seq for event in client.replica.events("lobby", "epoch-1", 0, 99)]
        assert held == list(range(told.first, told.last + 1))
        cursor = client.session._sync._rooms["lobby"].cursor
        assert told.filling == told.head - told.last - len(cursor._ahead)
        assert told.head <= len(client.broker.rooms["lobby"])
        assert told.current == client.session._sync.is_in("lobby")
    client.wait(120.0)
    assert client.updates(updates.Completeness)[-1].filling == 0


# -- Counters ----------------------------------------------------------------------------------


def test_what_went_well_is_not_counted() -> None:
    client = joined(before=50)
    say(client.broker, 9)
    client.say("mine")
    client.step()
    client.wait(120.0)
    assert counted(client) == {}
    assert client.reports == []


def test_a_gap_is_counted_once_with_what_was_filled_and_said_in_the_log_once() -> None:
    client = joined()
    say(client.broker, 5)
    client.deliver_published(lambda event: event["text"] in "14")
    client.step()
    assert counted(client) == {"gaps": 2, "filled": 3}, "two holes: one, and two in a row"
    client.wait(REPORT_S - 1)
    assert client.reports == []
    client.wait(2.0)
    assert client.reports == ["2 gaps found, 3 messages filled"]
    client.wait(3 * REPORT_S)
    assert len(client.reports) == 1


def test_a_gap_that_is_asked_for_again_and_in_pages_is_one() -> None:
    client = joined(complete=True)
    client.broker.refusals["history"] = [None, {"code": "unavailable"}]  # type: ignore[list-item]
    say(client.broker, 2500)
    client.deliver_published(lambda event: event["text"] == "2499")
    client.step()
    client.wait(12.0)
    assert counted(client) == {"gaps": 1, "filled": 2499}
    say(client.broker, 1)
    client.deliver_published(lambda event: False)
    client.wait(12.0)
    assert counted(client) == {"gaps": 2, "filled": 2500}


def test_messages_sent_again_and_answered_as_duplicates_are_counted() -> None:
    client = joined()
    client.say("swallowed")
    client.deliver_up()
    client.down.clear()
    client.wait(RESEND_S + 1)
    assert counted(client) == {"resent": 1, "duplicates": 1}


def test_events_that_come_again_are_counted() -> None:
    client = joined()
    say(client.broker, 2)
    for _ in range(2):
        client._heard = 1
        client.deliver_published()
    assert counted(client) == {"repeats": 2}
