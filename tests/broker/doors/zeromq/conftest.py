"""A ZeroMQ door that is open, with nobody inside."""

import contextlib

import pytest
from loggia.broker.doors.zeromq.door import ZeroMQDoor
from loggia.shared.protocol.limits import Limits

from tests.broker.doors.inside import Inside

ANY = "tcp://127.0.0.1:0"


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
