"""A ZeroMQ door that is open, with nobody inside."""

import contextlib

import pytest
import zmq
from loggia.broker.doors.zeromq.door import ZeroMQDoor
from loggia.shared.protocol.limits import Limits

from tests.broker.doors.inside import Inside
from tests.patience import PATIENCE_S

ANY = "tcp://127.0.0.1:0"
WAIT_MS = round(PATIENCE_S * 1000)
PING = b'{"op":"ping","id":"1"}'


@pytest.fixture
def inside():
    with contextlib.closing(Inside()) as inside:
        yield inside


@pytest.fixture
def open_door(inside):
    """Opens one, which is to be closed."""

    def opened():
        door = ZeroMQDoor(requests=ANY, broadcasts=ANY, limits=Limits(), loop=inside.loop, inside=inside)
        door.open()
        return door

    return opened


@pytest.fixture
def door(open_door):
    door = open_door()
    yield door
    door.close(None, [])


@pytest.fixture
def socket():
    """Makes sockets, which are closed at the end."""
    with zmq.Context() as context, contextlib.ExitStack() as sockets:

        def make(kind):
            made = sockets.enter_context(context.socket(kind))
            made.linger = 0
            return made

        yield make


def connected(door, client):
    """The key of a client that has said one thing."""
    client.connect(door.requests)
    client.send(PING)
    assert door.router.poll(WAIT_MS)
    ((key, _),), _ = door.reception.take()
    return key
