"""When a broker that shall stop when it is alone looks whether it is. Its lives: endtoend/test_aside.py."""

import asyncio

import pytest
from loggia.broker import config
from loggia.broker.runtime.supervisor import RETURN_S, Supervisor


class Clock(asyncio.SelectorEventLoop):
    """A loop whose time passes only here. `due`: what was put off, by when."""

    def __init__(self):
        super().__init__()
        self.now = 100.0
        self.due = []

    def time(self):
        return self.now

    def call_later(self, delay, callback, *args, context=None):
        self.due.append((self.now + delay, callback))

    def call_at(self, when, callback, *args, context=None):
        self.due.append((when, callback))

    def passes_to_the_next(self):
        [(self.now, callback)] = self.due
        self.due.clear()
        callback()


class Serving:
    """A server that is only asked whether it is alone."""

    def __init__(self):
        self.asked = 0

    def stop_when_alone(self):
        self.asked += 1


@pytest.fixture
def loop():
    loop = Clock()
    yield loop
    loop.close()


@pytest.fixture
def lives(loop, tmp_path):
    settings = config.load(config.parser("broker").parse_args(["--data", str(tmp_path)]), {})
    return Supervisor(settings, loop)


def test_a_broker_that_never_went_away_looks_at_once(loop, lives):
    lives._server = server = Serving()
    lives._stop_when_alone()
    assert server.asked == 1
    assert not loop.due


def test_a_broker_that_is_aside_looks_when_it_is_back_and_the_others_had_time(loop, lives):
    lives._stop_when_alone()
    loop.passes_to_the_next()  # it is aside still
    lives._server = server = Serving()
    lives._returned_at = loop.now + RETURN_S / 2
    loop.passes_to_the_next()
    assert server.asked == 0
    loop.passes_to_the_next()
    assert server.asked == 1
    assert loop.now == lives._returned_at + RETURN_S
    assert not loop.due


def test_a_broker_that_came_back_long_ago_looks_at_once(loop, lives):
    lives._server = server = Serving()
    lives._returned_at = loop.now - RETURN_S
    lives._stop_when_alone()
    assert server.asked == 1
