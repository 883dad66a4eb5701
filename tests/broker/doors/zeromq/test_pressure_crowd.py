"""What libzmq holds of a crowd, as the system would tell it."""

import sys
from collections import Counter

import pytest
from loggia.broker.doors.zeromq import pressure
from loggia.broker.doors.zeromq.pressure import (
    GROWTH_BYTES,
    HURRIED_AT,
    LOOKED_AT,
    LOOKS,
    READS_NOT,
    SENDS,
    Pressure,
)
from loggia.broker.doors.zeromq.wire import Wire

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much came")


class Crowd:
    """Connections, each by its number: `came` and was not taken, `waits` as it is not read, `acked` of what a
    listener was sent. `cut`: who was cut off, and why."""

    def __init__(self, monkeypatch, came=(), waits=(), listeners=0):
        self.came = dict(enumerate(came))
        self.whole = {}
        self.waits = {len(came) + number: size for number, size in enumerate(waits)}
        self.acked = {10_000 + number: 1 for number in range(listeners)}
        self.published = 0
        self.on_its_way = 100_000  # of what a listener was sent
        self.cut = {}
        self.later = {}
        self.now = 0.0
        monkeypatch.setattr(pressure, "wire", self._wire)
        monkeypatch.setattr(pressure, "unread", lambda fd: 0)
        monkeypatch.setattr(pressure, "unsent", lambda fd: 0 if fd in self.waits else self.on_its_way)
        self.pressure = Pressure(self, lambda: self.published, 40_000_000)

    def _wire(self, fd):
        return Wire(self.came.get(fd, 0), self.acked.get(fd, 1_000_000), waits=True)

    def dealers(self):
        return [*self.came, *self.waits]

    def listeners(self):
        return [*self.acked]

    def came_at(self, fd):
        return self.later.get(fd, 0.0)

    def taken(self, fd):
        return self.said(fd)

    def said(self, fd):
        return self.whole.get(fd, 0)

    def sent(self, fd):
        return 1_000_000 + self.waits.get(fd, 0)

    def looked_at(self, fd):
        assert fd in self.acked

    def end(self, fd, why):
        self.cut[fd] = why
        for those in (self.came, self.waits, self.acked):
            those.pop(fd, None)

    def look(self, times=1, resident=0):
        for _ in range(times):
            self.pressure.look(resident, self.now)
            self.now += pressure.LOOK_S


def test_many_who_hold_little_each_are_bounded_too(monkeypatch):
    crowd = Crowd(monkeypatch, [100_000] * 2000 + [1000] * 20)
    crowd.look(1 + -(-2020 // LOOKED_AT))
    assert sum(crowd.came.values()) <= pressure.HELD_BYTES / 4
    assert {2000 + number for number in range(20)} <= {*crowd.came}, "they have hardly anything"


def test_those_who_hold_most_are_the_first_to_go(monkeypatch):
    crowd = Crowd(monkeypatch, [pressure.HELD_BYTES, 1000, 2 * pressure.LEAST_BYTES, 1000])
    crowd.look(2)
    assert crowd.cut == {0: SENDS}


def test_those_who_do_not_read_their_answers_are_counted_with_them(monkeypatch):
    crowd = Crowd(monkeypatch, [10_000_000], [1_000_000] * 60 + [1000])
    crowd.look(3)
    assert crowd.cut[0] == SENDS
    assert {*crowd.cut.values()} == {SENDS, READS_NOT}
    assert sum(crowd.waits.values()) <= pressure.HELD_BYTES / 4
    assert 61 in crowd.waits


def test_where_memory_grows_all_are_looked_at_soon_and_never_all_at_once(monkeypatch):
    """A look at 4,000 takes 35 ms, in which nobody is answered."""
    crowd = Crowd(monkeypatch, [100_000] * (2 * HURRIED_AT + 10))
    seen = Counter()
    wire = pressure.wire
    monkeypatch.setattr(pressure, "wire", lambda fd: seen.update([fd]) or wire(fd))
    assert crowd.pressure.look(0, 0.0) == pressure.LOOK_S
    seen.clear()
    monkeypatch.setattr(pressure, "HELD_BYTES", 2 * HURRIED_AT * 100_000)
    for number in (1, 2):
        assert crowd.pressure.look(GROWTH_BYTES, number / 100) == pressure.HURRY_S
        assert (len(seen), crowd.cut) == (number * HURRIED_AT, {})
    assert crowd.pressure.look(GROWTH_BYTES, 0.03) == pressure.LOOK_S
    assert {*seen.values()} == {1}
    assert sum(crowd.came.values()) <= pressure.HELD_BYTES / 4


def test_where_memory_grows_nobody_waits_until_all_are_looked_at(monkeypatch):
    crowd = Crowd(monkeypatch, [pressure.HELD_BYTES // 100] * (2 * HURRIED_AT))
    crowd.pressure.look(0, 0.0)
    assert crowd.pressure.look(GROWTH_BYTES, 0.01) == pressure.HURRY_S
    assert len(crowd.cut) == HURRIED_AT - 25


def test_who_came_to_a_descriptor_after_the_look_has_nothing_to_do_with_it(monkeypatch):
    crowd = Crowd(monkeypatch, [1000] * LOOKED_AT + [2 * pressure.HELD_BYTES])
    crowd.look(2)
    crowd.later[LOOKED_AT] = crowd.now
    crowd.look()
    assert not crowd.cut
    crowd.look(2)
    assert [*crowd.cut] == [LOOKED_AT]


SOME_BYTES = 15_000  # less than anybody is cut off for
SOME = 2 * pressure.HELD_BYTES // pressure.PART_TIMES // SOME_BYTES  # who can fill twice what there may be


@pytest.mark.parametrize("each_look", [GROWTH_BYTES, GROWTH_BYTES // 400], ids=["fast", "slowly"])
def test_parts_that_are_little_on_the_wire_are_bounded_by_the_memory_they_take(monkeypatch, each_look):
    crowd = Crowd(monkeypatch, [SOME_BYTES] * SOME + [800] * 20)
    resident = 0
    while not crowd.cut:
        crowd.look(resident=resident)
        resident += each_look
        assert resident < 20 * GROWTH_BYTES
    assert {*crowd.cut.values()} == {SENDS}
    assert {SOME + number for number in range(20)} <= {*crowd.came}, "they shook hands"
    left = sum(crowd.came.values()) - 20 * 800
    assert left * pressure.PART_TIMES <= pressure.HELD_BYTES / 2


def test_nobody_whose_messages_end_is_cut_off_for_what_is_on_its_way(monkeypatch):
    crowd = Crowd(monkeypatch, [SOME_BYTES] * SOME)
    for look in range(2 * LOOKS):
        for fd in crowd.came:
            crowd.whole[fd] = crowd.whole.get(fd, 0) + 1000
            crowd.came[fd] += 1000
        crowd.look(resident=look * GROWTH_BYTES // 10)
    assert not crowd.cut


def test_messages_that_take_long_are_no_matter_where_memory_does_not_grow(monkeypatch):
    crowd = Crowd(monkeypatch, [SOME_BYTES] * SOME)
    crowd.look(20 * LOOKS, resident=GROWTH_BYTES)
    assert not crowd.cut


def test_listeners_who_stand_still_are_bounded_together(monkeypatch):
    crowd = Crowd(monkeypatch, listeners=5)
    reads = min(crowd.acked)
    for _ in range(20):
        crowd.acked[reads] += pressure.STANDS_BYTES
        crowd.published += pressure.FOR_LISTENERS_BYTES // 100
        crowd.look()
    assert not crowd.cut, "it is less than there may be"
    while not crowd.cut:
        crowd.acked[reads] += pressure.STANDS_BYTES
        crowd.published += pressure.FOR_LISTENERS_BYTES // 100
        crowd.look()
    assert reads not in crowd.cut
    assert {*crowd.cut.values()} == {READS_NOT}


def test_one_who_reads_what_comes_does_not_stand_still_however_far_away(monkeypatch):
    """Something is on its way to it at each look, and it is little."""
    crowd = Crowd(monkeypatch, listeners=20)
    crowd.on_its_way = 4000
    for _ in range(50):
        for fd in crowd.acked:
            crowd.acked[fd] += 2000
        crowd.published += 10_000_000
        crowd.look()
    crowd.look(resident=GROWTH_BYTES)
    assert not crowd.cut


def test_where_memory_grows_no_listener_may_stand_still(monkeypatch):
    crowd = Crowd(monkeypatch, listeners=2)
    reads = min(crowd.acked)
    for _ in range(20):
        crowd.acked[reads] += pressure.STANDS_BYTES
        crowd.published += 50_000
        crowd.look()
    crowd.acked[reads] += pressure.STANDS_BYTES
    crowd.look(resident=GROWTH_BYTES)
    assert crowd.cut == {10_001: READS_NOT}
