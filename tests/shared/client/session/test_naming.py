"""Another nick: asked for once, and had once, whatever becomes of the connection and the answer."""

from pathlib import Path
from typing import Any

import pytest
from loggia.shared.client import commands, updates
from loggia.shared.client.link.replica import Replica

from tests.shared.client.fake import WALL_MS, FakeBroker
from tests.shared.client.session.joins import joined
from tests.shared.client.wired import Client


def take(client: Client, nick: str, act_id: str = "n1") -> None:
    client.post(commands.TakeNick(id=act_id, nick=nick))


def outcomes(client: Client) -> list[tuple[str, str, str | None]]:
    """The id, the nick and the refusal of what came of it."""
    told = client.updates(updates.Acted)
    return [(acted.id, acted.nick, acted.refused.code if acted.refused else None) for acted in told]


def asked(client: Client) -> list[tuple[Any, Any]]:
    """The nick and the token of each join."""
    return [(request.get("nick"), request.get("token")) for request in client.broker.asked("join")]


def reconnect(client: Client) -> None:
    client.cut()
    client.perform(client.session.lost("the wire was cut", client.now))
    client.wait(2.0)


def test_the_account_is_called_so_and_comes_back_so() -> None:
    client = joined(rooms=("lobby", "lab"))
    take(client, "bea")
    client.step()
    assert outcomes(client) == [("n1", "bea", None)]
    reconnect(client)
    first, lab, rename, again, lab_again = asked(client)
    assert (first, lab) == (("ada", None), (None, "token-1")), "the nick goes with the join that opens"
    assert (rename, again, lab_again) == (("bea", "token-1"), ("bea", "token-1"), (None, "token-1"))
    assert client.broker.nicks == {"account-1": "bea"}


def test_it_waits_for_the_first_session() -> None:
    client = Client(FakeBroker())
    take(client, "bea")
    client.step()
    assert asked(client) == [("ada", None), ("bea", "token-1")]
    assert outcomes(client) == [("n1", "bea", None)]


def test_a_lost_answer_is_asked_for_again_and_the_old_nick_is_not_taken_meanwhile() -> None:
    client = joined()
    take(client, "bea")
    client.deliver_up()
    reconnect(client)
    assert asked(client) == [("ada", None), ("bea", "token-1"), (None, "token-1"), ("bea", "token-1")]
    assert outcomes(client) == [("n1", "bea", None)]


def is_renamed(client: Client, nick: str, *, at: int, room: str = "lobby") -> None:
    """By another session of the account."""
    was = client.broker.nicks["account-1"]
    client.broker.nicks["account-1"] = nick
    event = client.broker._append(room, {"op": "renamed", "nick": nick, "account": "account-1", "was": was})
    event["at"] = at


def called(client: Client) -> list[str]:
    return [told.nick for told in client.updates(updates.Called)]


def test_a_nick_that_another_session_took_is_ours_and_not_taken_back() -> None:
    client = joined(rooms=("lobby", "lab"))
    is_renamed(client, "bea", at=WALL_MS + 1)
    is_renamed(client, "bea", at=WALL_MS + 1, room="lab")
    client.step()
    assert called(client) == ["bea"]
    reconnect(client)
    assert asked(client)[2:] == [("bea", "token-1"), (None, "token-1")]
    assert client.broker.nicks == {"account-1": "bea"}
    assert called(client) == ["bea"]


def test_rooms_may_tell_of_several_in_any_order() -> None:
    client = joined(rooms=("lobby", "lab"))
    for at, nick in enumerate(("bea", "cem"), WALL_MS + 1):
        for room in ("lobby", "lab"):
            is_renamed(client, nick, at=at, room=room)
    events = client.broker.published[-4:]
    client.broker.published[-4:] = sorted(events, key=lambda event: (event["room"], event["seq"]))
    client.step()
    assert called(client) == ["bea", "cem"]


def test_what_others_are_called_and_what_was_before_we_came_is_not_ours() -> None:
    client = joined()
    client.broker._append("lobby", {"op": "renamed", "nick": "zoe", "account": "account-2", "was": "zo"})
    client.step()
    client.cut()
    is_renamed(client, "bea", at=WALL_MS + 1)
    is_renamed(client, "cem", at=WALL_MS + 2)
    client.deliver_published(lambda event: False)
    client.perform(client.session.lost("the wire was cut", client.now))
    client.wait(2.0)
    assert called(client) == [], "the broker said how we are called when we came in"


def test_of_our_own_renames_the_answers_tell_and_what_rooms_tell_is_nothing_new() -> None:
    client = joined()
    take(client, "bea")
    is_renamed(client, "bea", at=WALL_MS + 1)
    client.deliver_published()
    assert called(client) == [], "asked for, and not answered"
    client.step()
    assert outcomes(client) == [("n1", "bea", None)]
    assert called(client) == []


def test_what_another_session_took_while_ours_is_refused_holds() -> None:
    client = joined()
    client.broker.refusals["join"] = [{"code": "nick_taken"}]
    take(client, "zoe")
    is_renamed(client, "bea", at=WALL_MS + 1)
    client.deliver_published()
    client.step()
    assert outcomes(client) == [("n1", "", "nick_taken")]
    assert called(client) == ["bea"]
    reconnect(client)
    assert client.broker.nicks == {"account-1": "bea"}


def test_two_in_one_millisecond_are_both_heard_and_a_new_connection_has_its_own_time() -> None:
    client = joined()
    is_renamed(client, "bea", at=WALL_MS + 9)
    is_renamed(client, "cem", at=WALL_MS + 9)
    client.step()
    assert called(client) == ["bea", "cem"]
    reconnect(client)
    is_renamed(client, "dan", at=WALL_MS + 1)
    client.step()
    assert called(client)[2:] == ["dan"]


def test_what_another_session_took_is_kept_over_a_restart(tmp_path: Path) -> None:
    broker = FakeBroker()
    replica = Replica(tmp_path / "ada.db")
    client = Client(broker, replica=replica)
    client.step()
    is_renamed(client, "bea", at=WALL_MS + 1)
    client.step()
    client.cut()
    replica.close()
    replica = Replica(tmp_path / "ada.db")
    client = Client(broker, replica=replica)
    client.step()
    replica.close()
    assert asked(client)[-1] == ("bea", "token-1")


def test_who_is_refused_is_called_as_before() -> None:
    client = joined()
    client.broker.refusals["join"] = [{"code": "nick_taken"}, {"code": "slow_down", "retry_after_ms": 9000}]
    take(client, "bea")
    client.step()
    take(client, "cem", "n2")
    client.step()
    assert outcomes(client) == [("n1", "", "nick_taken"), ("n2", "", "slow_down")]
    assert client.status() == "connected"
    reconnect(client)
    assert asked(client)[-1] == ("ada", "token-1")


def test_several_are_taken_in_order() -> None:
    client = joined()
    for number, nick in enumerate(["bea", "cem", "dea"]):
        take(client, nick, f"n{number}")
    client.step()
    assert outcomes(client) == [("n0", "bea", None), ("n1", "cem", None), ("n2", "dea", None)]
    assert client.broker.nicks == {"account-1": "dea"}


def test_who_is_in_no_room_is_told() -> None:
    client = joined()
    client.post(commands.LeaveRoom(room="lobby"))
    client.step()
    take(client, "bea")
    client.step()
    assert outcomes(client) == [("n1", "", "not_member")]


def test_a_file_keeps_it_for_who_calls_itself_as_before(tmp_path: Path) -> None:
    broker = FakeBroker()
    for given, wanted in [("ada", "bea"), ("ada", None), ("cem", None), ("cem", "ada"), ("cem", None)]:
        client = Client(broker, nick=given, replica=Replica(tmp_path / "copy.db"), keep=True)
        client.step()
        if wanted is not None:
            take(client, wanted)
            client.step()
        client.replica.close()
    opened = [request for request in broker.asked("join") if request.get("nick")]
    assert [request["nick"] for request in opened] == ["ada", "bea", "bea", "cem", "cem", "ada", "ada"]
    assert all(request.get("keep") for request in opened[1:])
    assert list(broker.nicks) == ["account-1"]


def test_who_called_itself_something_else_in_between_is_called_as_it_says(tmp_path: Path) -> None:
    broker = FakeBroker()
    for given, wanted in [("ada", "bea"), ("cem", None), ("ada", None)]:
        client = Client(broker, nick=given, replica=Replica(tmp_path / "copy.db"), keep=True)
        client.step()
        if wanted is not None:
            take(client, wanted)
            client.step()
        client.replica.close()
    opened = [request["nick"] for request in broker.asked("join") if request.get("nick")]
    assert opened == ["ada", "bea", "cem", "ada"]
    assert broker.nicks == {"account-1": "ada"}


@pytest.mark.parametrize(
    ("is_stored", "since", "called"),
    [(True, None, "bea"), (False, None, "ada"), (True, "dea", "dea")],
    ids=["stored", "lost", "another connection of the account took another"],
)
def test_who_ended_before_the_answer_is_called_what_the_broker_says(
    tmp_path: Path, is_stored: bool, since: str | None, called: str
) -> None:
    broker = FakeBroker()
    client = Client(broker, replica=Replica(tmp_path / "copy.db"), keep=True)
    client.step()
    take(client, "bea")
    if is_stored:
        client.deliver_up()
        assert broker.nicks == {"account-1": "bea"}
    client.replica.close()
    if since is not None:
        broker.nicks["account-1"] = since
    for _ in range(2):
        client = Client(broker, replica=Replica(tmp_path / "copy.db"), keep=True)
        client.step()
        assert client.updates(updates.Entered)[-1].nick == called
        assert not client.updates(updates.Acted)
        client.replica.close()
    assert asked(client)[-2:] == [(None, "token-1"), (called, "token-1")]


def test_who_ended_before_the_answer_and_calls_itself_something_else_is_called_so(tmp_path: Path) -> None:
    broker = FakeBroker()
    for given in ["ada", "cem", "ada"]:
        client = Client(broker, nick=given, replica=Replica(tmp_path / "copy.db"), keep=True)
        client.step()
        assert broker.nicks == {"account-1": given}
        if given == "ada":
            take(client, "bea")
            client.deliver_up()
        client.replica.close()


def test_who_was_refused_asks_for_its_nick_as_before(tmp_path: Path) -> None:
    broker = FakeBroker()
    client = Client(broker, replica=Replica(tmp_path / "copy.db"), keep=True)
    client.step()
    broker.refusals["join"] = [{"code": "nick_taken"}]
    take(client, "bea")
    client.step()
    client.replica.close()
    client = Client(broker, replica=Replica(tmp_path / "copy.db"), keep=True)
    client.step()
    assert asked(client)[-1] == ("ada", "token-1")
    client.replica.close()
