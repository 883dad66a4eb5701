"""A session and a fake broker: what is asked is asked until it is answered, whatever is lost on the way."""

import json
import pathlib
from typing import Any

import pytest
from loggia.shared.client import commands, updates
from loggia.shared.client.link.replica import Replica
from loggia.shared.client.session.outbox import RESEND_S
from loggia.shared.protocol.requests import React

from tests.shared.client.fake import WALL_MS, FakeBroker
from tests.shared.client.wired import Client

DEN = "%" + "a" * 27 + "1"  # a private room


def joined(**more: Any) -> Client:
    client = Client(FakeBroker(), **more)
    client.step()
    client.wait(2.0)
    return client


def asked_for_hole(client: Client) -> list[str]:
    return [request["id"] for request in client.broker.asked("history") if "after" in request]


def test_a_page_that_is_lost_on_the_way_is_asked_for_again_though_pings_are_answered() -> None:
    client = joined()
    client.broker.say("lobby", "lost")
    client.broker.say("lobby", "behind the hole")
    client.deliver_published(lambda event: event["text"] != "lost")
    client.deliver_up()
    client.down.clear()
    client.wait(RESEND_S - 1)
    assert client.texts() == []
    client.wait(2.0)
    assert client.texts() == ["lost", "behind the hole"]
    ids = asked_for_hole(client)
    assert (len(ids), len(set(ids))) == (2, 1), "the same request: a late answer serves as well"
    assert client.connections == 1


def test_a_page_that_comes_late_and_then_again_is_told_once() -> None:
    client = joined()
    client.broker.say("lobby", "lost")
    client.broker.say("lobby", "behind the hole")
    client.deliver_published(lambda event: event["text"] != "lost")
    client.deliver_up()
    late, client.down = client.down, []
    client.wait(RESEND_S)
    client.down += late
    client.step()
    assert client.texts() == ["lost", "behind the hole"]


def test_a_page_that_is_more_than_is_sent_at_once_is_asked_for_when_the_broker_said() -> None:
    client = joined()
    client.broker.refusals["history"] = [{"code": "slow_down", "retry_after_ms": 50}]
    client.broker.say("lobby", "lost")
    client.broker.say("lobby", "behind the hole")
    client.deliver_published(lambda event: event["text"] != "lost")
    client.step()
    client.wait(0.1)
    assert client.texts() == ["lost", "behind the hole"]


def test_a_join_that_is_lost_on_the_way_is_repeated_though_pings_are_answered() -> None:
    client = joined()
    client.post(commands.Enter(room="lab"))
    client.up.clear()
    client.wait(RESEND_S + 1)
    assert client.topics == {"room/lobby/", "room/lab/"}
    assert (client.connections, client.status()) == (1, "connected")


def test_a_leave_that_is_lost_on_the_way_is_repeated() -> None:
    client = joined(rooms=("lobby", "lab"))
    client.post(commands.LeaveRoom(room="lab"))
    client.up.clear()
    client.wait(RESEND_S + 1)
    assert [update.room for update in client.updates(updates.Left)] == ["lab"]


def left(client: Client) -> list[str]:
    return [update.room for update in client.updates(updates.Left)]


def cut(client: Client) -> None:
    client.cut()
    client.perform(client.session.lost("cut", client.now))


def members(client: Client, room: str) -> bool:
    return any(room in session["rooms"] for session in client.broker.sessions.values())


def test_a_leave_under_way_when_the_wire_is_cut_is_said_again_and_told_when_it_is_done() -> None:
    client = joined(rooms=("lobby", "lab"))
    client.broker.keeps_rooms = True
    client.post(commands.LeaveRoom(room="lab"))
    cut(client)
    assert left(client) == []
    client.wait(1.0)
    assert not members(client, "lab")
    assert left(client) == ["lab"]
    client.wait(60.0)
    assert left(client) == ["lab"]


def test_a_leave_that_was_done_when_its_answer_was_cut_off_is_told() -> None:
    client = joined(rooms=("lobby", "lab"))
    client.broker.keeps_rooms = True
    client.post(commands.LeaveRoom(room="lab"))
    client.deliver_up()
    cut(client)
    client.wait(1.0)
    assert left(client) == ["lab"]
    assert len(client.broker.asked("leave")) == 1


@pytest.mark.parametrize("back", [True, False], ids=["let in again", "let in before"])
@pytest.mark.parametrize("bot", [True, False])
def test_who_left_and_was_let_in_again_before_that_was_answered_is_in(back: bool, bot: bool) -> None:
    client = joined(rooms=("lobby", DEN), bot=bot)
    broker, account = client.broker, client.updates(updates.Entered)[0].account
    client.post(commands.LeaveRoom(room=DEN))
    (leave,) = [request for frame in client.up for request in json.loads(frame) if request["op"] == "leave"]
    client.up.clear()  # it arrives, and its answer is lost
    gone = broker._append(DEN, {"op": "left", "nick": "ada", "account": account, "reason": "end"})
    about = {"target": account, "target_nick": "ada", "reason": ""}
    invited = broker._append(DEN, {"op": "invited", "nick": "zoe", "account": "z", **about})
    stored = invited["seq"] + 1 if not back else gone["seq"]
    client.down.append(json.dumps([invited]).encode())
    client.step()
    answer = {"op": "stored", "id": leave["id"], "room": DEN, "seq": stored, "at": WALL_MS, "duplicate": True}
    client.down.append(json.dumps([answer]).encode())
    client.step()
    client.wait(1.0)
    assert left(client) == [DEN]
    entered = [update.room for update in client.updates(updates.Entered)]
    assert entered.count(DEN) == (2 if back else 1)


def test_who_was_let_in_again_while_it_was_away_is_in_though_its_leave_is_answered_late() -> None:
    client = joined(rooms=("lobby", DEN))
    client.broker.keeps_rooms = True
    client.post(commands.LeaveRoom(room=DEN))
    cut(client)
    broker, account = client.broker, client.updates(updates.Entered)[0].account
    gone = broker._append(DEN, {"op": "left", "nick": "ada", "account": account, "reason": "end"})
    broker._append(DEN, {"op": "invited", "nick": "zoe", "account": "z", "target": account})
    broker.refusals["leave"] = [{"op": "stored", "room": DEN, "seq": gone["seq"], "at": WALL_MS}]
    client.wait(2.0)
    assert left(client) == [DEN]
    entered = [update.room for update in client.updates(updates.Entered)]
    assert entered.count(DEN) == 2


def test_a_leave_without_a_connection_is_told_at_once_and_once() -> None:
    client = joined(rooms=("lobby", "lab"))
    client.broker.keeps_rooms = True
    cut(client)
    client.post(commands.LeaveRoom(room="lab"))
    assert left(client) == ["lab"]
    client.wait(1.0)
    assert not members(client, "lab")
    assert left(client) == ["lab"]


def test_a_leave_outlives_the_program(tmp_path: pathlib.Path) -> None:
    first = joined(rooms=("lobby", "lab"), replica=Replica(tmp_path / "a.db"))
    first.broker.keeps_rooms = True
    first.post(commands.LeaveRoom(room="lab"))
    first.cut()
    first.replica.close()
    second = Client(first.broker, replica=Replica(tmp_path / "a.db"))
    second.step()
    assert not members(second, "lab")
    assert left(second) == []
    second.replica.close()


@pytest.mark.parametrize("code", ["storage_full", "internal", "unavailable", "slow_down"])
def test_a_leave_that_the_broker_cannot_take_now_is_repeated_and_not_told_as_done(code: str) -> None:
    client = joined(rooms=("lobby", "lab"))
    client.broker.refusals["leave"] = [{"code": code}, {"code": code}]
    client.post(commands.LeaveRoom(room="lab"))
    client.step()
    assert left(client) == []
    assert client.updates(updates.Failed) == []
    client.wait(12.0)
    assert left(client) == ["lab"]
    assert not members(client, "lab")


def test_leaving_where_we_are_no_member_is_no_failure() -> None:
    client = joined(rooms=("lobby", "lab"))
    client.broker.refusals["leave"] = [{"code": "not_member"}]
    client.post(commands.LeaveRoom(room="lab"))
    client.step()
    assert left(client) == ["lab"]
    assert client.updates(updates.Failed) == []


def test_who_wants_a_room_again_while_its_leave_is_under_way_is_in_it_at_the_end() -> None:
    client = joined(rooms=("lobby", "lab"))
    client.broker.keeps_rooms = True
    client.post(commands.LeaveRoom(room="lab"))
    client.post(commands.Enter(room="lab"))
    client.step()
    assert members(client, "lab")
    client.post(commands.LeaveRoom(room="lab"))
    cut(client)
    client.post(commands.Enter(room="lab"))
    client.wait(1.0)
    assert members(client, "lab")
    assert "room/lab/" in client.topics


def test_a_room_left_while_the_session_opens_is_left_once() -> None:
    client = Client(FakeBroker(), rooms=("lab", "lobby"))
    client.post(commands.LeaveRoom(room="lab"))
    client.step()
    assert not members(client, "lab")
    assert (len(client.broker.asked("leave")), left(client)) == (1, ["lab"])


def test_who_left_every_room_is_in_the_lobby_when_it_comes_back() -> None:
    client = joined()
    cut(client)
    client.post(commands.LeaveRoom(room="lobby"))
    client.wait(1.0)
    assert members(client, "lobby")
    assert client.broker.asked("leave") == []


def test_who_wants_a_room_again_whose_leave_waits_to_be_repeated_is_in_it_at_the_end() -> None:
    client = joined(rooms=("lobby", "lab"))
    client.broker.refusals["leave"] = [{"code": "unavailable"}]
    client.post(commands.LeaveRoom(room="lab"))
    client.step()
    client.post(commands.Enter(room="lab"))
    client.wait(30.0)
    assert members(client, "lab")
    assert "room/lab/" in client.topics
    assert [type(update) for update in client.told if getattr(update, "room", "") == "lab"][
        -1
    ] is not updates.Left


def test_what_may_be_done_already_is_asked_for_again_where_it_is_refused_for_now() -> None:
    """Its answer was lost, and it was asked again too soon: whether it is done nobody knows by that."""
    client = joined()
    client.post(commands.Ask(request=React(id="-", room="lobby", seq=1, emoji="+1")))
    client.deliver_up()
    client.down.clear()
    client.broker.refusals["react"] = [{"code": "slow_down", "retry_after_ms": 5000}]
    client.wait(RESEND_S + 1)
    assert len(client.broker.asked("react")) == 2
    assert client.updates(updates.Acted) == []
    client.wait(5.0)
    assert [told.refused for told in client.updates(updates.Acted)] == [None]
    assert len({request["id"] for request in client.broker.asked("react")}) == 1


def test_what_cannot_be_done_yet_is_told_at_once_where_it_was_asked_once() -> None:
    client = joined()
    client.broker.refusals["react"] = [{"code": "slow_down", "retry_after_ms": 5000}]
    client.post(commands.Ask(request=React(id="-", room="lobby", seq=1, emoji="+1")))
    client.wait(1.0)
    assert [told.refused.code for told in client.updates(updates.Acted) if told.refused] == ["slow_down"]
