"""A client that takes another nick, against the real broker."""

import shutil
from pathlib import Path

import pytest
from loggia.shared.client.api.client import Client
from loggia.shared.protocol.errors import NotReachable, Refused
from loggia.shared.protocol.events import RenamedEvent, StoredEvent
from loggia.shared.protocol.limits import RENAMES_PER_MINUTE

from tests.shared.client.running import Broker, eventually


def renames(events: list[StoredEvent]) -> list[tuple[str, str, str]]:
    """The room, the nick before and the new one of each."""
    return [(event.room, event.was, event.nick) for event in events if isinstance(event, RenamedEvent)]


def nicks(client: Client) -> list[str]:
    return sorted(member.nick for member in client.members())


def test_others_hear_it_in_every_room_and_so_does_the_client(broker: Broker) -> None:
    with (
        Client("ann", "lab", rooms=["lobby"], connect=broker.requests) as ann,
        Client("bob", "lab", rooms=["lobby"], connect=broker.requests) as bob,
    ):
        ann.wait_entered()
        eventually(lambda: nicks(bob) == ["ann", "bob"])
        account = ann.account
        ann.rename("Anna Maria")
        assert (ann.nick, ann.account) == ("Anna Maria", account)
        eventually(lambda: nicks(bob) == nicks(ann) == ["Anna Maria", "bob"])
        ann.send("it is me")
        said = next(message for message in bob if message.text == "it is me")
        assert (said.nick, said.account) == ("Anna Maria", account)
        for client in (ann, bob):
            pages = client.page("lab"), client.page("lobby")
            assert [renames(page) for page in pages] == [
                [("lab", "ann", "Anna Maria")],
                [("lobby", "ann", "Anna Maria")],
            ]
        with Client("ann", connect=broker.requests) as other:
            other.wait_entered()  # the name is free


def test_what_the_broker_refuses_says_what_to_do(broker: Broker) -> None:
    with Client("ann", connect=broker.requests) as ann, Client("bob", connect=broker.requests) as bob:
        bob.wait_entered()
        with pytest.raises(Refused, match="nick_taken: The nickname is taken by bob") as taken:
            ann.rename("Bob")
        assert taken.value.code == "nick_taken"
        for bad, reason in [
            ("a/b", "bad_nick"),
            ("", "bad_nick"),
            (" x", "bad_nick"),
            ("x" * 33, "bad_nick"),
        ]:
            with pytest.raises(Refused, match=reason):
                ann.rename(bad)
        assert ann.nick == "ann"
        with pytest.raises(TypeError):
            ann.rename(5)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="half of a character"):
            ann.rename("\ud800")
        ann.rename("ann")
        ann.send("still here")


def test_who_does_it_too_often_is_told_for_how_long(broker: Broker) -> None:
    with Client("n0", connect=broker.requests) as ann:
        for number in range(1, RENAMES_PER_MINUTE + 1):
            ann.rename(f"n{number}")
        with pytest.raises(Refused, match="slow_down: You took another name too often; do it again") as slow:
            ann.rename("n9")
        assert 0 < (slow.value.retry_after_ms or 0) <= 60_000 / RENAMES_PER_MINUTE
        assert ann.nick == f"n{RENAMES_PER_MINUTE}"


def test_what_one_session_took_all_of_the_account_have(broker: Broker, tmp_path: Path) -> None:
    with Client("ann", connect=broker.requests, data=tmp_path / "ann.db") as ann:
        ann.wait_entered()
    shutil.copy(tmp_path / "ann.db", tmp_path / "elsewhere.db")
    with (
        Client("ann", connect=broker.requests, data=tmp_path / "ann.db") as ann,
        Client("ann", connect=broker.requests, data=tmp_path / "elsewhere.db") as elsewhere,
    ):
        ann.wait_entered()
        elsewhere.wait_entered()
        elsewhere.rename("bea")
        eventually(lambda: ann.nick == "bea")
        broker.kill()
        for client in (ann, elsewhere):
            eventually(lambda client=client: client.status().connection != "connected")
        broker.start()
        ann.send("back")
        elsewhere.send("and I")
        assert (ann.nick, elsewhere.nick) == ("bea", "bea")
        assert renames(ann.page()) == [("lobby", "ann", "bea")]


def test_it_holds_over_a_lost_connection_and_a_restart(broker: Broker, tmp_path: Path) -> None:
    data = tmp_path / "ann.db"
    with Client("ann", connect=broker.requests, data=data) as ann:
        ann.rename("bea")
        broker.kill()
        eventually(lambda: ann.status().connection != "connected")
        broker.start()
        ann.send("back")
        assert ann.nick == "bea"
        account = ann.account
    with Client("thief", connect=broker.requests) as thief:
        with pytest.raises(Refused, match="nick_taken"):
            thief.rename("bea")  # it is kept
        with Client("ann", connect=broker.requests, data=data) as ann:
            ann.wait_entered()
            assert (ann.nick, ann.account) == ("bea", account)
            assert renames(ann.page()) == [("lobby", "ann", "bea")]
    with Client("cem", connect=broker.requests, data=data) as cem:
        cem.wait_entered()
        assert (cem.nick, cem.account) == ("cem", account)
    with (
        Client("bea", connect=broker.requests) as bea,
        Client("ann", connect=broker.requests, data=data) as ann,
    ):
        bea.wait_entered()
        ann.wait_entered()  # it is "ann" again, and does not ask for what it took before it was "cem"
        assert (ann.nick, ann.account) == ("ann", account)


def test_without_a_broker_it_is_done_when_it_is_back(broker: Broker) -> None:
    with Client("ann", connect=broker.requests, timeout_s=0.01) as ann:
        ann.wait_entered()
        broker.kill()
        eventually(lambda: ann.status().connection != "connected")
        with pytest.raises(NotReachable, match="asked for again by itself"):
            ann.rename("bea")
        assert ann.nick == "ann"
        broker.start()
        eventually(lambda: ann.nick == "bea")
