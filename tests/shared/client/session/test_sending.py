"""A session and a fake broker: what becomes of messages."""

import json
import pathlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.shared.client import commands, updates
from loggia.shared.client.link.replica import Replica
from loggia.shared.client.session.outbox import RESEND_S
from loggia.shared.client.session.sending import MOST_TRIES

from tests.shared.client.fake import FakeBroker
from tests.shared.client.wired import Client


def joined(**more: Any) -> Client:
    client = Client(FakeBroker(), **more)
    client.step()
    return client


def lose(client: Client) -> None:
    client.cut()
    client.perform(client.session.lost("cut", client.now))


def test_a_message_waits_is_delivered_and_leaves_the_outbox() -> None:
    client = joined()
    message_id = client.say("hello")
    assert client.updates(updates.Waiting)[-1].say.id == message_id
    assert [entry.id for entry in client.replica.saved().outbox] == [message_id]
    client.step()
    (delivered,) = client.updates(updates.Delivered)
    assert (delivered.id, delivered.room, delivered.seq) == (message_id, "lobby", 2)
    assert client.replica.saved().outbox == []


def test_a_message_said_before_there_is_a_connection_is_sent_by_itself() -> None:
    client = Client(FakeBroker())
    client.say("early")
    client.step()
    assert client.broker.texts("lobby") == ["early"]


def test_an_answer_lost_with_the_connection_stores_nothing_twice() -> None:
    client = joined()
    client.say("once")
    client.deliver_up()
    lose(client)
    client.wait(1.0)
    assert client.broker.texts("lobby") == ["once"]
    ids = [request["id"] for request in client.broker.asked("message")]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert len(client.updates(updates.Delivered)) == 1


def test_what_waits_is_told_once_to_be_unreachable_and_comes_through_later() -> None:
    client = joined()
    client.broker.down = True
    lose(client)
    message_id = client.say("patience")
    client.wait(20.0)
    assert [update.id for update in client.updates(updates.Unreachable)] == [message_id]
    client.broker.down = False
    client.wait(20.0)
    assert [update.id for update in client.updates(updates.Delivered)] == [message_id]


def test_the_outbox_survives_the_program(tmp_path: pathlib.Path) -> None:
    broker = FakeBroker()
    broker.down = True
    first = Client(broker, replica=Replica(tmp_path / "ada.db"))
    ids = [first.say(text) for text in ("one", "two")]
    first.replica.close()
    broker.down = False
    second = Client(broker, replica=Replica(tmp_path / "ada.db"))
    assert [update.say.id for update in second.updates(updates.Waiting)] == ids
    third = second.say("three")
    second.step()
    assert broker.texts("lobby") == ["one", "two", "three"]
    assert third > ids[-1]
    second.replica.close()


def test_slow_down_is_waited_for_and_repeated_in_order() -> None:
    client = joined()
    client.broker.refusals["message"] = [
        None,
        {"code": "slow_down", "retry_after_ms": 3000},
    ]  # type: ignore[list-item]
    for text in ("a", "b", "c"):
        client.say(text)
    client.step()
    assert client.broker.texts("lobby") == ["a"]
    client.wait(2.9)
    assert client.broker.texts("lobby") == ["a"]
    client.wait(0.2)
    assert client.broker.texts("lobby") == ["a", "b", "c"]
    assert client.updates(updates.Failed) == []


@pytest.mark.parametrize("code", ["slow_down", "storage_full", "unavailable", "internal"])
def test_whatever_is_refused_for_now_the_order_holds(code: str) -> None:
    client = joined()
    client.broker.refusals["message"] = [None, *[{"code": code}] * 9]  # type: ignore[list-item]
    for number in range(10):
        client.say(f"{number}")
    client.step()
    assert client.broker.texts("lobby") == ["0"]
    client.wait(60.0)
    assert client.broker.texts("lobby") == [f"{number}" for number in range(10)]
    assert client.updates(updates.Failed) == []


def test_a_message_at_which_the_broker_fails_again_and_again_is_given_up_and_the_others_follow() -> None:
    client = joined()
    client.broker.refusals["message"] = [{"code": "internal"}] * MOST_TRIES
    bad = client.say("the broker fails at this")
    client.step()
    client.say("behind it")
    client.step()
    assert len(client.broker.asked("message")) == 1
    tries = []
    for _ in range(40):
        client.wait(1.0)
        tries.append(sum(request["id"] == bad for request in client.broker.asked("message")))
    pauses = [tries.index(count) for count in range(2, MOST_TRIES + 1)]
    assert pauses == [0, 2, 6, 14], "1 s, then twice as long each time"
    assert [(update.id, update.code) for update in client.updates(updates.Failed)] == [(bad, "internal")]
    assert client.broker.texts("lobby") == ["behind it"]


def test_a_full_disk_at_the_broker_is_told_and_tried_again() -> None:
    client = joined()
    client.broker.refusals["message"] = [{"code": "storage_full"}]
    message_id = client.say("no room")
    client.step()
    assert client.updates(updates.Unreachable) == [
        updates.Unreachable(id=message_id, room="lobby", code="storage_full")
    ]
    client.wait(6.0)
    assert client.broker.texts("lobby") == ["no room"]


def test_why_a_message_waits_is_told_again_when_it_is_something_else() -> None:
    client = joined()
    client.broker.refusals["message"] = [{"code": "unavailable", "retry_after_ms": 1000}] * 3
    client.say("not now")
    client.step()
    client.wait(2.5)
    lose(client)
    assert [update.code for update in client.updates(updates.Unreachable)] == ["unavailable", None]


def test_a_refused_message_is_told_kept_and_can_be_sent_as_a_new_one() -> None:
    client = joined()
    client.broker.refusals["message"] = [{"code": "muted", "retry_after_ms": 60000}]
    message_id = client.say("shh")
    client.step()
    (failed,) = client.updates(updates.Failed)
    assert (failed.id, failed.code, failed.retry_after_ms) == (message_id, "muted", 60000)
    (kept,) = client.replica.saved().outbox
    assert (kept.id, kept.code) == (message_id, "muted")
    client.post(commands.Retry(id=message_id))
    client.step()
    (delivered,) = client.updates(updates.Delivered)
    assert delivered.id != message_id
    assert client.replica.saved().outbox == []


def test_a_refused_message_is_still_there_after_a_restart_until_discarded() -> None:
    client = joined()
    client.broker.refusals["message"] = [{"code": "banned"}]
    message_id = client.say("let me in")
    client.step()
    again = Client(client.broker, replica=client.replica)
    again.step()
    assert [(update.id, update.code) for update in again.updates(updates.Failed)] == [(message_id, "banned")]
    again.post(commands.Discard(id=message_id))
    assert client.replica.saved().outbox == []
    assert client.broker.texts("lobby") == []


def test_a_discarded_message_that_waits_is_not_sent() -> None:
    client = Client(FakeBroker())
    message_id = client.say("never mind")
    client.post(commands.Discard(id=message_id))
    client.step()
    assert client.broker.texts("lobby") == []


def test_the_same_command_twice_is_one_message() -> None:
    client = joined()
    say = commands.Say(id="same", room="lobby", text="hi", reply_to=1)
    client.post(say)
    client.post(say)
    client.step()
    assert client.broker.rooms["lobby"][-1]["reply_to"] == 1
    assert client.broker.texts("lobby") == ["hi"]


def test_messages_for_a_room_wait_until_we_are_in_it() -> None:
    client = joined()
    client.broker.refusals["join"] = [{"code": "unavailable"}]
    client.post(commands.Enter(room="lab"))
    client.say("for the lab", room="lab")
    client.say("for all")
    client.step()
    assert client.broker.texts("lobby") == ["for all"]
    assert client.broker.texts("lab") == []
    client.wait(11.0)
    assert client.broker.texts("lab") == ["for the lab"]
    assert client.updates(updates.Failed) == []


def test_an_answer_that_never_comes_is_asked_for_again() -> None:
    client = joined()
    client.say("swallowed")
    client.deliver_up()
    client.down.clear()
    client.wait(RESEND_S - 1)
    assert client.updates(updates.Delivered) == []
    client.wait(2.0)
    assert len(client.updates(updates.Delivered)) == 1
    assert client.broker.texts("lobby") == ["swallowed"]


def test_frames_up_are_no_longer_than_the_broker_takes() -> None:
    client = joined()
    for number in range(40):
        client.session.asked(
            [commands.Say(id=f"m{number:02}", room="lobby", text="x" * 16000)], client.now, 0
        )
    lose(client)
    client.wait(1.0)
    assert len(client.broker.texts("lobby")) == 40
    assert max(map(len, client.broker.frames)) <= 256 * 1024
    assert max(len(json.loads(frame)) for frame in client.broker.frames) > 10, "and they are well filled"


@given(st.lists(st.sampled_from(["say", "up", "down", "lose", "wait", "forget", "refuse"]), max_size=40))
def test_whatever_breaks_or_is_refused_every_message_is_stored_once_and_in_order(
    moves: list[str],
) -> None:
    client = joined()
    said: list[str] = []
    for move in moves:
        if move == "say":
            said.append(f"m{len(said)}")
            client.say(said[-1])
        elif move == "up":
            client.deliver_up()
        elif move == "down":
            client.deliver_down()
        elif move == "lose":
            lose(client)
        elif move == "forget":
            client.broker.sessions.clear()
        elif move == "refuse":
            client.broker.refusals["message"] = [{"code": "slow_down", "retry_after_ms": 200}]
        else:
            client.wait(1.0)
    client.wait(120.0)
    assert client.broker.texts("lobby") == said
    assert client.texts() == said
    assert len(client.updates(updates.Delivered)) == len(said)
    assert client.replica.saved().outbox == []


def test_a_slow_room_holds_up_its_own_messages_and_no_others() -> None:
    client = joined(rooms=("lobby", "lab"))
    slow = {"code": "slow_down", "text": "lobby is slow.", "retry_after_ms": 30_000}
    client.broker.refusals["message"] = [slow]
    client.say("soon", room="lobby")
    client.step()
    client.broker.first.clear()
    client.say("later", room="lobby")
    client.say("now", room="lab")
    client.wait(2.0)
    assert client.broker.texts("lab") == ["now"]
    assert client.broker.texts("lobby") == []
    assert {told.code for told in client.updates(updates.Unreachable)} == {"slow_down"}
    client.wait(30.0)
    assert client.broker.texts("lobby") == ["soon", "later"]


def test_who_sends_too_fast_waits_with_everything() -> None:
    client = joined(rooms=("lobby", "lab"))
    fast = {"code": "slow_down", "text": "Too fast.", "retry_after_ms": 900}
    client.broker.refusals["message"] = [fast]
    client.say("first", room="lobby")
    client.say("second", room="lab")
    client.step()
    assert client.broker.texts("lab") == []
    client.wait(1.0)
    assert (client.broker.texts("lobby"), client.broker.texts("lab")) == (["first"], ["second"])
    assert client.updates(updates.Unreachable) == []
