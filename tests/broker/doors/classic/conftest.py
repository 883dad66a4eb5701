"""What the tests of the classic front door start from."""

import contextlib
import time

import pytest
from loggia.broker.doors.classic.connection import Visitor

from tests.broker.doors.classic.house import House, TerminalLog, hang_up
from tests.broker.doors.classic.visiting import Visit, line_visitor, packet_visitor


@pytest.fixture
def visit():
    return Visit()


@pytest.fixture(params=["lines", "packets"])
def inside(request):
    """A visitor in the lobby, everything that was said so far taken away."""
    return line_visitor() if request.param == "lines" else packet_visitor()


@pytest.fixture
def call():
    """What ends at the end of the test: `call(Caller, address)`."""
    with contextlib.ExitStack() as stack:

        def call(kind, *arguments, **more):
            caller = kind(*arguments, **more)
            stack.callback(hang_up, caller)
            return caller

        yield call


@pytest.fixture
def build(call):
    """Houses that stop before their callers hang up: a caller that is gone is a failed broadcast."""
    houses = []

    def build(**settings):
        houses.append(House(**settings))
        return houses[-1]

    yield build
    for house in houses:
        house.stop()


@pytest.fixture
def house(build):
    return build()


@pytest.fixture
def log(caplog):
    return TerminalLog(caplog)


@pytest.fixture
def sends(monkeypatch):
    """What visitors are sent from now on: peer, when it had gone out, and what."""
    sends = []
    send = Visitor.send

    def sent(visitor, data, *how):
        send(visitor, data, *how)
        sends.append((visitor.peer, time.monotonic(), data))

    monkeypatch.setattr(Visitor, "send", sent)
    return sends
