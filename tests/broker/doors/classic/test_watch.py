"""Who is not read is looked at now and then."""

import asyncio

import pytest
from loggia.broker.doors.classic.watch import LOOK_S, Watch


class Loop:
    """Its time is moved."""

    def __init__(self):
        self.now = 0.0
        self.timers = []

    def call_later(self, delay, callback, *arguments):
        timer = asyncio.TimerHandle(self.now + delay, callback, arguments, self)
        self.timers.append(timer)
        return timer

    def wait(self, seconds):
        self.now += seconds
        due = [timer for timer in self.timers if timer.when() <= self.now]
        self.timers = [timer for timer in self.timers if timer not in due]
        for timer in due:
            timer._callback(*timer._args)

    def get_debug(self):
        return False

    def _timer_handle_cancelled(self, timer):
        self.timers.remove(timer)


@pytest.fixture
def loop():
    return Loop()


@pytest.fixture
def looked():
    return []


def test_all_who_are_watched_are_looked_at_again_and_again(loop, looked):
    watch = Watch(loop, looked.append)
    watch.set("a", watched=True)
    loop.wait(LOOK_S / 2)
    watch.set("b", watched=True)
    watch.set("a", watched=True)
    assert looked == []
    loop.wait(LOOK_S / 2)
    loop.wait(LOOK_S)
    assert looked == ["a", "b"] * 2
    assert len(loop.timers) == 1


def test_who_is_read_again_is_not_looked_at_and_the_last_takes_the_timer(loop, looked):
    watch = Watch(loop, looked.append)
    watch.set("a", watched=True)
    watch.set("a", watched=False)
    watch.set("b", watched=False)
    loop.wait(LOOK_S)
    assert looked == []
    assert loop.timers == []
    assert not watch.is_on
    watch.set("a", watched=True)
    loop.wait(LOOK_S)
    assert looked == ["a"]


def test_a_look_may_end_the_watch(loop):
    watch = Watch(loop, lambda one: watch.set(one, watched=False))
    for one in "abc":
        watch.set(one, watched=True)
    loop.wait(LOOK_S)
    loop.wait(LOOK_S)
    assert loop.timers == []


def test_cancelled_it_looks_at_nobody(loop, looked):
    watch = Watch(loop, looked.append)
    watch.set("a", watched=True)
    watch.cancel()
    loop.wait(LOOK_S)
    assert looked == []
    assert loop.timers == []
