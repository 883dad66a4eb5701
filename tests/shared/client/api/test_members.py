"""The people of a room, of whom a join tells only the first 200, against the real broker."""

import json
from collections.abc import Iterator

import pytest
import zmq
from loggia.shared.client.api.client import Client

from tests.shared.client.running import Broker, eventually

CROWD = 230


class Crowd:
    """Raw connections, each somebody in the lobby."""

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", requests: str) -> None:
        self._context = context
        self._requests = requests
        self.people: list[zmq.Socket[bytes]] = []

    def join(self, count: int) -> None:
        new = []
        for number in range(len(self.people), len(self.people) + count):
            person = self._context.socket(zmq.DEALER)
            self.people.append(person)
            new.append(person)
            person.linger = 0
            person.connect(self._requests)
            person.send(json.dumps({"op": "join", "id": "1", "nick": f"n{number}"}).encode())
        for person in new:
            assert json.loads(person.recv())[0]["op"] == "joined"


@pytest.fixture
def crowd(broker: Broker) -> Iterator[Crowd]:
    with zmq.Context() as context:
        crowd = Crowd(context, broker.requests)
        crowd.join(CROWD)
        yield crowd
        for person in crowd.people:
            person.close()


def test_they_are_all_of_them_and_follow_who_comes_and_goes(broker: Broker, crowd: Crowd) -> None:
    with Client("ada", connect=broker.requests) as ada, Client("bob", connect=broker.requests) as bob:
        eventually(lambda: len(ada.members()) == CROWD + 2)
        crowd.join(1)
        eventually(lambda: len(bob.members()) == len(ada.members()) == CROWD + 3)
        assert len({member.account for member in bob.members()}) == CROWD + 3
        crowd.people[0].send(b'{"op": "!end", "id": "2"}')
        eventually(lambda: len(bob.members()) == len(ada.members()) == CROWD + 2)
        assert "n0" not in {member.nick for member in bob.members()}


def test_who_asks_without_a_broker_is_told_what_is_known(broker: Broker, crowd: Crowd) -> None:
    with Client("ada", connect=broker.requests, timeout_s=1000.0) as ada:
        eventually(lambda: ada.status().connection == "connected")
        broker.stop()
        eventually(lambda: ada.status().connection != "connected")
        assert len(ada.members()) == 200
