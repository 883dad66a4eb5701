"""Which connection a routing id belongs to, over real sockets."""

import contextlib
import socket

import pytest
import zmq
from loggia.broker.doors.zeromq import connections

from tests.patience import PATIENCE_S

WAIT_MS = round(PATIENCE_S * 1000)


def test_nobody_counts_as_gone_because_many_came_at_once(door, monkeypatch):
    """The news of an arrival may stand behind more of it than one turn takes in."""
    monkeypatch.setattr(connections, "TURN_EVENTS", 2)
    host, _, port = door.requests.removeprefix("tcp://").rpartition(":")
    with zmq.Context() as context, contextlib.ExitStack() as others:
        for _ in range(30):
            others.enter_context(socket.create_connection((host, int(port))))
        client = others.enter_context(context.socket(zmq.DEALER))
        client.linger = 0
        client.connect(door.requests)
        client.send(b'{"op":"ping","id":"1"}')
        assert door.router.poll(WAIT_MS)
        ((key, _),), _ = door.drain()
        assert list(door.connections.known.values()) == [key]
        assert door.connections.take_lost() == []


def test_a_door_closes_though_nobody_heard_of_those_who_came(open_door):
    """libzmq holds its own thread, and whoever ends the monitor, where that has no room for the news."""
    door = open_door()
    host, _, port = door.requests.removeprefix("tcp://").rpartition(":")
    for _ in range(2000):
        socket.create_connection((host, int(port))).close()
    door.close(None, [])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))
