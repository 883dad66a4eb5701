"""A script that goes into rooms and out of them, against the real broker."""

from pathlib import Path

import pytest
from loggia.shared.client.api.client import Client
from loggia.shared.protocol.errors import NotReachable, Refused

from tests.patience import PATIENCE_S
from tests.shared.client.running import Broker, eventually, heard


@pytest.fixture
def ann(broker: Broker):
    with Client("ann", connect=broker.requests) as ann:
        ann.wait_entered()
        yield ann


def nicks(client: Client, room: str) -> list[str]:
    return sorted(member.nick for member in client.members(room))


def test_a_room_is_entered_and_left(broker: Broker, ann: Client) -> None:
    with Client("bob", "lab", connect=broker.requests) as bob:
        bob.wait_entered()
        ann.enter("lab")
        ann.enter("lab")
        bob.send("hello")
        assert [message.room for message in heard(ann, 1)] == ["lab"]
        eventually(lambda: nicks(bob, "lab") == nicks(ann, "lab") == ["ann", "bob"])
        ann.leave("lab")
        eventually(lambda: nicks(bob, "lab") == ["bob"])
        assert list(ann.status().rooms) == ["lobby"]
        assert ann.members("lab") == []
        with pytest.raises(Refused, match="not_member"):
            ann.send("hello?", room="lab")
        with pytest.raises(Refused, match="not in lab"):
            ann.history("lab")
        ann.leave("lab")
        ann.enter("lab")
        eventually(lambda: nicks(bob, "lab") == ["ann", "bob"])


def test_who_is_not_let_in_is_told_each_time(broker: Broker, ann: Client) -> None:
    with Client("bob", connect=broker.requests) as bob:
        bob.wait_entered()
        room = bob.create("lab")
        bob.ban("ann", room=room)
        for _ in range(2):
            with pytest.raises(Refused, match="banned"):
                ann.enter(room)
        bob.unban("ann", room=room)
        ann.enter(room)
        with pytest.raises(Refused, match="bad_room"):
            ann.enter("a/b")
        private = bob.create("Thesis", private=True)
        with pytest.raises(Refused, match="no_such_room"):
            ann.enter(private)


def test_it_is_done_when_the_broker_is_back(broker: Broker, tmp_path: Path) -> None:
    data = tmp_path / "ann.db"
    with Client("ann", connect=broker.requests, data=data, timeout_s=0.01, bot=False) as ann:
        ann.wait_entered()
        broker.kill()
        eventually(lambda: ann.status().connection != "connected")
        with pytest.raises(NotReachable, match="as soon as the broker is back"):
            ann.enter("lab")
        broker.start()
        eventually(lambda: "lab" in ann._inbox.entered)
        broker.kill()
        eventually(lambda: ann.status().connection != "connected")
        ann._waiting.timeout_s = PATIENCE_S  # nobody is asked; but its own thread has to come to it
        ann.leave("lab")
    broker.start()
    with Client("ann", connect=broker.requests, data=data, bot=False) as ann:
        ann.wait_entered()
        assert [info.joined for info in ann.list_rooms()] == [False, True]
