"""Who we are and where: joins, and what becomes of them."""

import json
from pathlib import Path
from typing import Any

import pytest
from loggia.shared.client import commands, updates
from loggia.shared.client.link.replica import Replica
from loggia.shared.client.session.joining import OWN_NAME_TRIES
from loggia.shared.protocol.limits import RESUME_S, Limits

from tests.shared.client.fake import WALL_MS, FakeBroker
from tests.shared.client.session.joins import joined
from tests.shared.client.wired import Client


def test_a_program_learns_that_it_is_connected_and_where() -> None:
    broker = FakeBroker()
    broker.limits = {"text_bytes": 7}
    client = Client(broker)
    client.step()
    assert [update.connection for update in client.updates(updates.ConnectionStatus)] == [
        "connecting",
        "connected",
    ]
    (entered,) = client.updates(updates.Entered)
    assert (entered.room, entered.nick, entered.head, entered.resumed) == ("lobby", "ada", 1, False)
    assert entered.limits == Limits(text_bytes=7)
    assert client.topics == {"room/lobby/"}
    assert client.updates(updates.People)[-1].members[0].nick == "ada"


def test_the_other_rooms_are_joined_when_the_session_is_open() -> None:
    client = joined(rooms=("lobby", "lab", "den"))
    assert [request["room"] for request in client.broker.asked("join")] == ["lobby", "lab", "den"]
    assert client.topics == {"room/lobby/", "room/lab/", "room/den/"}
    second = json.loads(client.broker.frames[1])
    assert [request["op"] for request in second] == ["history", "join", "join"], (
        "what is ready shares a frame"
    )


def test_after_a_cut_the_session_comes_back_by_its_token_with_all_rooms() -> None:
    client = joined(rooms=("lobby", "lab"))
    client.cut()
    client.perform(client.session.lost("the wire was cut", client.now))
    assert client.status() == "reconnecting"
    assert client.updates(updates.ConnectionStatus)[-1].retry_in_s == 0.25
    client.wait(1.0)
    assert client.status() == "connected"
    again = client.broker.asked("join")[2:]
    assert [(request["room"], request.get("token")) for request in again] == [
        ("lobby", "token-1"),
        ("lab", "token-1"),
    ]
    assert [update.resumed for update in client.updates(updates.Entered)] == [False, False, True, False]
    assert client.updates(updates.Entered)[-1].account == "account-1"


def test_a_session_that_was_over_is_not_called_resumed() -> None:
    client = joined()
    client.broker.down = True
    client.perform(client.session.lost("the wire was cut", client.now))
    client.wait(RESUME_S)
    client.broker.down = False
    client.wait(60.0)
    assert client.status() == "connected"
    assert not client.updates(updates.Entered)[-1].resumed


def test_the_token_survives_a_restart_of_the_program(tmp_path: Any) -> None:
    broker = FakeBroker()
    first = Client(broker, replica=Replica(tmp_path / "ada.db"))
    first.step()
    first.replica.close()
    second = Client(broker, replica=Replica(tmp_path / "ada.db"))
    second.step()
    assert second.updates(updates.Entered)[0].account == "account-1"
    second.replica.close()


def test_a_token_that_the_broker_does_not_know_is_dropped_once() -> None:
    client = joined()
    client.broker.tokens.clear()
    client.cut()
    client.perform(client.session.lost("another broker took its place", client.now))
    client.wait(1.0)
    tokens = [request.get("token") for request in client.broker.asked("join")]
    assert tokens == [None, "token-1", None]
    assert client.status() == "connected"


def test_a_log_that_comes_back_after_another_one_was_served_knows_us_again(tmp_path: Any) -> None:
    """Its account is still ours, with its name and its rights, also in a later run."""
    client = joined(replica=Replica(tmp_path / "ada.db"))
    first = dict(client.broker.tokens)
    for another in ("token-2", "token-3"):
        client.broker.tokens.clear()
        client.cut()
        client.perform(client.session.lost("another broker took its place", client.now))
        client.wait(1.0)
        assert client.replica.saved().tokens[0] == another
    client.replica.close()
    client.broker.tokens = first
    client.broker.sessions.clear()
    later = Client(client.broker, replica=Replica(tmp_path / "ada.db"))
    later.step()
    assert [one.get("token") for one in later.broker.asked("join")][-3:] == ["token-3", "token-2", "token-1"]
    assert later.updates(updates.Entered)[-1].account == "account-1"
    assert later.replica.saved().tokens[0] == "token-1"
    later.replica.close()


def test_no_session_makes_it_join_again_on_the_same_connection() -> None:
    client = joined(rooms=("lobby", "lab"))
    client.broker.sessions.clear()
    client.say("are you there?")
    client.step()
    assert client.connections == 1
    assert client.status() == "connected"
    assert [request["room"] for request in client.broker.asked("join")] == ["lobby", "lab"] * 2
    assert client.broker.texts("lobby") == ["are you there?"]


def test_a_nick_that_lapses_by_itself_is_waited_for() -> None:
    broker = FakeBroker()
    broker.refusals["join"] = [{"code": "nick_taken", "retry_after_ms": 4000}]
    client = Client(broker)
    client.step()
    last = client.updates(updates.ConnectionStatus)[-1]
    assert (last.connection, last.retry_in_s, last.reason) == ("reconnecting", 4.0, "Refused in a test.")
    client.wait(3.9)
    assert client.status() == "reconnecting"
    client.wait(0.2)
    assert client.status() == "connected"


def taken(times: int) -> Client:
    """Its first join is stored, and the answer lost; its name is then that of somebody who is there."""
    broker = FakeBroker()
    client = Client(broker)
    client.now += 0.1
    client.perform(client.session.tick(client.now))
    client.deliver_up()
    assert len(broker.asked("join")) == 1
    client.cut()
    client.perform(client.session.lost("cut", client.now))
    broker.refusals["join"] = [{"code": "nick_taken"}] * times
    client.wait(120.0)
    return client


def test_a_name_that_may_be_our_own_is_waited_for() -> None:
    client = taken(times=3)
    assert client.status() == "connected"
    assert len(client.broker.asked("join")) == 5
    client.broker.refusals["join"] = [{"code": "bad_token"}, {"code": "nick_taken"}]
    client.cut()
    client.perform(client.session.lost("cut", client.now))
    client.wait(120.0)
    assert client.status() == "offline", "this time every answer came"


def test_a_name_that_stays_taken_is_given_up() -> None:
    client = taken(times=1000)
    assert client.status() == "offline"
    assert client.updates(updates.Failed)[-1].code == "nick_taken"
    assert len(client.broker.asked("join")) == OWN_NAME_TRIES + 2


@pytest.mark.parametrize("code", ["nick_taken", "bad_nick", "bad_request"])
def test_a_name_that_will_never_do_is_told_and_not_tried_again(code: str) -> None:
    broker = FakeBroker()
    broker.refusals["join"] = [{"code": code}]
    client = Client(broker)
    client.say("hello?")
    client.step()
    assert client.updates(updates.Failed)[0].code == code
    assert client.status() == "offline"
    assert [update.id for update in client.updates(updates.Unreachable)]
    client.wait(600.0)
    assert len(broker.asked("join")) == 1


@pytest.mark.parametrize("code", ["unavailable", "storage_full", "internal", "slow_down"])
def test_a_broker_in_trouble_is_asked_again_later(code: str) -> None:
    broker = FakeBroker()
    broker.refusals["join"] = [{"code": code}]
    client = Client(broker)
    client.step()
    assert client.status() == "reconnecting"
    client.wait(5.0)
    assert client.status() == "connected"


def test_a_room_that_is_closed_to_us_does_not_keep_us_out_of_the_others() -> None:
    broker = FakeBroker()
    broker.refusals["join"] = [{"code": "banned"}, None, {"code": "not_allowed"}]  # type: ignore[list-item]
    client = Client(broker, rooms=("lobby", "lab", "den"))
    client.step()
    assert [(update.room, update.code) for update in client.updates(updates.Failed)] == [
        ("lobby", "banned"),
        ("den", "not_allowed"),
    ]
    assert [update.room for update in client.updates(updates.Entered)] == ["lab"]
    client.wait(30.0)
    assert len(broker.asked("join")) == 3


def test_entering_and_leaving_a_room() -> None:
    client = joined()
    client.post(commands.Enter(room="lab"))
    client.step()
    assert client.topics == {"room/lobby/", "room/lab/"}
    client.post(commands.LeaveRoom(room="lab"))
    client.step()
    assert [update.room for update in client.updates(updates.Left)] == ["lab"]
    assert client.topics == {"room/lobby/"}
    client.cut()
    client.perform(client.session.lost("cut", client.now))
    client.wait(1.0)
    assert client.topics == {"room/lobby/"}
    assert client.broker.asked("join")[-1]["room"] == "lobby"


def test_rooms_entered_earlier_are_joined_after_a_restart_and_left_ones_are_not(tmp_path: Any) -> None:
    broker = FakeBroker()
    first = Client(broker, replica=Replica(tmp_path / "ada.db"))
    first.post(commands.Enter(room="lab"))
    first.post(commands.Enter(room="den"))
    first.step()
    first.post(commands.LeaveRoom(room="den"))
    first.step()
    first.replica.close()
    second = Client(broker, replica=Replica(tmp_path / "ada.db"))
    second.step()
    assert {update.room for update in second.updates(updates.Entered)} == {"lobby", "lab"}
    second.replica.close()


def test_the_broker_says_how_a_room_is_spelled() -> None:
    client = joined(rooms=("Cafe\u0301❤\ufe0f",))
    assert client.updates(updates.Entered)[0].room == "Caf\u00e9❤"
    client.say("composed", room="Cafe\u0301❤\ufe0f")
    client.step()
    assert client.broker.texts("Caf\u00e9❤") == ["composed"]


def test_the_time_at_the_broker_is_told_with_how_long_that_took() -> None:
    client = joined()
    before = len(client.updates(updates.Time))
    client.post(commands.AskTime())
    client.deliver_up()
    client.now += 0.25
    client.step()
    told = client.updates(updates.Time)[before:]
    assert [(one.at, one.now, round(one.took_s, 3)) for one in told] == [(WALL_MS, client.now, 0.25)]


def test_without_a_connection_nobody_is_asked_for_the_time() -> None:
    client = Client(FakeBroker())
    client.perform(client.session.lost("nobody there", client.now))
    client.post(commands.AskTime())
    assert not client.up


# -- Keeping the name --------------------------------------------------------------------------


def test_a_nick_is_kept_from_when_the_token_is_on_the_disk(tmp_path: Path) -> None:
    """Else whoever lost the first answer would have lost the own name for 90 days."""
    broker = FakeBroker()
    client = Client(broker, replica=Replica(tmp_path / "ada.db"), keep=True)
    client.now += 0.1
    client.perform(client.session.tick(client.now))
    client.deliver_up()
    (first,) = broker.asked("join")
    assert "keep" not in first
    client.deliver_down()
    assert client.replica.saved().tokens == ["token-1"]
    client.deliver_up()
    again = broker.asked("join")[-1]
    assert (again["keep"], again["room"], again["token"]) == (True, "lobby", "token-1")
    client.step()
    assert len(client.updates(updates.Entered)) == 1, "it is nothing to tell"
    assert len(broker.asked("join")) == 2
    client.replica.close()
    broker.sessions.clear()
    later = Client(broker, replica=Replica(tmp_path / "ada.db"), keep=True)
    later.step()
    assert [(one["token"], one["keep"]) for one in broker.asked("join")[2:]] == [("token-1", True)]
    later.replica.close()


def test_a_keep_that_was_refused_costs_nothing_else() -> None:
    client = Client(FakeBroker(), keep=True)
    client.now += 0.1
    client.perform(client.session.tick(client.now))
    client.deliver_up()
    client.broker.refusals["join"] = [{"code": "slow_down", "retry_after_ms": 100}]
    client.step()
    client.wait(5.0)
    assert client.status() == "connected"
    assert client.updates(updates.Failed) == []
    assert client.connections == 1


def test_a_name_that_somebody_else_keeps_is_told_at_once() -> None:
    broker = FakeBroker()
    broker.refusals["join"] = [{"code": "nick_taken", "retry_after_ms": 90 * 24 * 3600 * 1000}]
    client = Client(broker, keep=True)
    client.step()
    assert client.updates(updates.Failed)[0].code == "nick_taken"
    assert client.status() == "offline"
