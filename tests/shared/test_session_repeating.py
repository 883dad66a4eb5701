"""A session and a fake broker: what is asked is asked until it is answered, whatever is lost on the way."""

from typing import Any

from shared import commands, notices
from shared.outbox import RESEND_S
from tests.shared.fake import Client, FakeBroker


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
    assert [notice.room for notice in client.notices(notices.Left)] == ["lab"]
