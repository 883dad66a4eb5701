"""Which connection a routing id belongs to, over real sockets."""

import contextlib
import socket

import pytest
import zmq
from loggia.broker.doors.zeromq import connections
from loggia.broker.doors.zeromq.door import Doors
from loggia.shared.protocol.limits import Limits

from tests.patience import PATIENCE_S

WAIT_MS = round(PATIENCE_S * 1000)


@pytest.fixture
def doors():
    doors = Doors(Limits())
    doors.bind("tcp://127.0.0.1:0", "tcp://127.0.0.1:0")
    yield doors
    doors.close()


def test_nobody_counts_as_gone_because_many_came_at_once(doors, monkeypatch):
    """The news of an arrival may stand behind more of it than one turn takes in."""
    monkeypatch.setattr(connections, "TURN_EVENTS", 2)
    host, _, port = doors.requests.removeprefix("tcp://").rpartition(":")
    with zmq.Context() as context, contextlib.ExitStack() as others:
        for _ in range(30):
            others.enter_context(socket.create_connection((host, int(port))))
        client = others.enter_context(context.socket(zmq.DEALER))
        client.linger = 0
        client.connect(doors.requests)
        client.send(b'{"op":"ping","id":"1"}')
        assert doors.router.poll(WAIT_MS)
        ((key, _),), _ = doors.drain()
        assert list(doors.connections.known) == [key]
        assert doors.connections.take_lost() == []
