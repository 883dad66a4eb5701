"""A room that the broker refuses is told, once, and costs the others nothing: fake broker and real one."""

import json
import threading

import pytest
from loggia.shared.client import commands, updates
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.client import Client
from loggia.shared.client.sync.roster import Present
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.events import JoinedEvent

from tests.shared.client import wired
from tests.shared.client.fake import FakeBroker
from tests.shared.client.running import Broker, eventually, heard

CODES = ["bad_room", "no_such_room", "not_allowed", "not_member", "banned", "muted", "bad_request"]
CODES += ["too_large", "unknown_op"]


def session(broker: FakeBroker, *rooms: str, bot: bool = True) -> wired.Client:
    client = wired.Client(broker, rooms=rooms, bot=bot, complete=True)
    client.step()
    return client


def refused(client: wired.Client) -> list[tuple[str | None, str]]:
    return [(update.room, update.code) for update in client.updates(updates.Failed)]


def entered(client: wired.Client) -> list[str]:
    return [update.room for update in client.updates(updates.Entered)]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_others_are_joined(code: str, place: int) -> None:
    broker = FakeBroker()
    broker.refusals["join"] = [*[None] * place, {"code": code}]  # type: ignore[list-item]
    rooms = ["lobby", "lab", "den"]
    client = session(broker, *rooms)
    gone = rooms.pop(place)
    assert client.status() == "connected"
    assert entered(client) == rooms
    assert refused(client) == [(gone, code)]
    client.wait(60.0)
    assert refused(client) == [(gone, code)], "said once"
    assert client.say("hello", rooms[0])
    client.step()
    assert "hello" in client.broker.texts(rooms[0])


def test_with_all_rooms_refused_there_is_no_session() -> None:
    broker = FakeBroker()
    broker.refusals["join"] = [{"code": "bad_room"}, {"code": "banned"}]
    client = session(broker, "a/b", "lab")
    assert client.status() == "offline"
    assert refused(client) == [("a/b", "bad_room"), ("lab", "banned"), (None, "banned")]
    client.wait(60.0)
    assert len(broker.asked("join")) == 2


def reconnect(client: wired.Client) -> None:
    client.cut()
    client.perform(client.session.lost("the wire was cut", client.now))
    client.wait(1.0)
    assert client.status() == "connected"


def test_a_room_that_is_refused_at_a_reconnect_costs_the_others_nothing() -> None:
    client = session(FakeBroker(), "lobby", "lab")
    client.broker.refusals["join"] = [{"code": "banned"}]
    reconnect(client)
    assert refused(client) == [("lobby", "banned")]
    assert entered(client)[2:] == ["lab"]


def test_a_bot_tries_a_refused_room_again_with_the_next_session() -> None:
    broker = FakeBroker()
    broker.refusals["join"] = [{"code": "banned"}]
    client = session(broker, "lobby", "lab")
    broker.refusals["join"] = [None, {"code": "banned"}]  # type: ignore[list-item]
    reconnect(client)
    assert refused(client) == [("lobby", "banned")], "said once"
    reconnect(client)
    assert entered(client)[-2:] == ["lab", "lobby"]


def test_a_window_does_not_come_back_to_a_room_that_it_took_from_its_list() -> None:
    broker = FakeBroker()
    broker.refusals["join"] = [None, {"code": "banned"}]  # type: ignore[list-item]
    client = session(broker, "lobby", "lab", bot=False)
    reconnect(client)
    assert entered(client) == ["lobby", "lobby"]


# -- The real broker ---------------------------------------------------------------------------


def test_a_bad_room_among_them(broker: Broker) -> None:
    with Client("ada", rooms=["a/b", "lab", "x" * 65, "lab"], connect=broker.requests) as ada:
        assert ada.send("hello") > 0
        assert ada.send("hello", room="lab") > 0
        eventually(lambda: len(ada.status().refused) == 2)
        standing = ada.status()
        assert list(standing.rooms) == ["lab", "lobby"]
        assert standing.refused["a/b"].startswith('The room name holds "/"; use')
        assert str(standing).count("a/b: refused: The room name holds") == 1
        for call in (lambda: ada.history("a/b"), lambda: ada.send("hello", room="a/b")):
            with pytest.raises(Refused, match="bad_room"):
                call()
        assert [event.text for event in heard(ada, 2)] == ["hello", "hello"]


def test_a_bad_room_as_the_first(broker: Broker) -> None:
    with Client("ada", "a/b", rooms={"lab"}, connect=broker.requests) as ada:
        assert ada.send("hello", room="lab") > 0
        assert heard(ada, 1)[0].room == "lab"
        with pytest.raises(Refused, match="bad_room"):
            ada.send("hello")
        assert "a/b" in ada.status().refused


def test_no_room_but_bad_ones(broker: Broker) -> None:
    with Client("ada", "a/b", rooms=["c/d"], connect=broker.requests, timeout_s=60.0) as ada:
        with pytest.raises(Refused, match="bad_room"):
            next(ada.events())
        assert ada.status().connection == "offline"


def test_what_was_said_before_all_was_refused_is_not_said_to_be_sent(broker: Broker) -> None:
    broker.kill()
    with Client("a/b", connect=broker.requests, timeout_s=60.0) as ada:
        ada.send("hello", wait=False)
        broker.start()
        with pytest.raises(Refused, match="bad_nick"):
            ada.wait_entered()
        standing = ada.status()
        assert standing.over
        assert standing.waiting == 1
        assert str(standing).endswith(
            "1 message waits on this computer and is not sent by this client any more"
        )


@pytest.mark.parametrize("rooms", ["lab", ["lab"], ("lab",), {"lab"}, {"lab": 1}, iter(["lab", "lab"])])
def test_rooms_are_names_in_whatever_holds_them(broker: Broker, rooms: object) -> None:
    with Client("ada", rooms=rooms, connect=broker.requests) as ada:  # type: ignore[arg-type]
        assert ada.send("hello", room="lab") > 0
        assert set(ada.status().rooms) == {"lab", "lobby"}


def test_a_bot_is_in_the_rooms_that_will_do(broker: Broker, tmp_path) -> None:  # type: ignore[no-untyped-def]
    bot = Bot("echo", rooms="lab")
    more = Bot("more", room="a/b", rooms=["lab"])
    threads = [
        threading.Thread(
            target=one.run, kwargs={"connect": broker.requests, "data": str(tmp_path / one.nick)}
        )
        for one in (bot, more)
    ]
    for thread in threads:
        thread.start()
    with Client("ada", "lab", connect=broker.requests) as ada:
        eventually(lambda: {member.nick for member in ada.members()} == {"ada", "echo", "more"})
        came = [event for event in ada.history() if isinstance(event, JoinedEvent)]
        assert {event.room for event in came} == {"lab"}
    for one in (bot, more):
        one.stop()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("code", ["banned", "not_member"])
def test_who_missed_that_it_was_shown_out_learns_it_when_it_fills_the_hole(code: str) -> None:
    broker = FakeBroker()
    client = session(broker, "lobby", "lab")
    broker.refusals["history"] = [{"code": code, "text": "You are not let into lab."}]
    broker.say("lab", "missed")
    client.deliver_published(lambda event: False)
    broker.say("lab", "heard")
    client.step()
    assert refused(client) == [("lab", code)]
    assert [update.room for update in client.updates(updates.Left)] == ["lab"]
    kinds = [type(update) for update in client.told if isinstance(update, updates.Left | updates.Failed)]
    assert kinds == [updates.Failed, updates.Left], "why, before it is"
    client.wait(60.0)
    assert len([join for join in broker.asked("join") if join["room"] == "lab"]) == 1
    assert client.say("hello")
    client.step()
    assert "hello" in broker.texts("lobby")


@pytest.mark.parametrize("bot", [True, False])
@pytest.mark.parametrize("lost", ["both", "ban", "none"])
def test_who_is_banned_from_a_room_where_nothing_follows_learns_it_by_its_own_connection(
    lost: str, bot: bool
) -> None:
    broker = FakeBroker()
    client = session(broker, "lobby", "lab", bot=bot)
    account = client.updates(updates.Entered)[0].account
    of_zoe = {"nick": "zoe", "account": "z", "id": "ban"}
    about = {"target": account, "target_nick": "echo", "reason": ""}
    by = {"reason": "kicked", "by": "z", "by_nick": "zoe"}
    banned = broker._append("lab", {"op": "banned", **of_zoe, **about})
    left = broker._append("lab", {"op": "left", "nick": "echo", "account": account, "id": "ban", **by})
    client.deliver_published(lambda event: lost == "none" or (lost == "ban" and event["op"] == "left"))
    client.down.append(json.dumps([banned, left]).encode())
    client.step()
    assert [update.room for update in client.updates(updates.Left)] == ["lab"]
    assert refused(client) == []
    assert client.seqs("lab")[-2:] == [banned["seq"], left["seq"]]
    assert len(client.seqs("lab")) == len(set(client.seqs("lab")))
    client.wait(60.0)
    assert len([join for join in broker.asked("join") if join["room"] == "lab"]) == 1


def test_who_missed_it_learns_it_when_it_lists_who_is_there() -> None:
    broker = FakeBroker()
    client = session(broker, "lobby", "lab", bot=False)
    broker.refusals["members"] = [{"code": "banned", "text": "You are not let into lab."}]
    room = client.session._sync._rooms["lab"]
    room.present = Present([Member(nick="zoe", account="z", presence="online")], more=True)
    client.post(commands.ListPeople(room="lab"))
    client.step()
    assert refused(client) == [("lab", "banned")]
    assert [update.room for update in client.updates(updates.Left)] == ["lab"]
