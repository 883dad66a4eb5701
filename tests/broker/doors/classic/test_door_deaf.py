"""The front door over real loopback connections: readers that do not read cost a bounded memory."""

import time

from loggia.broker.doors.classic.connection import SEND_BYTES
from loggia.broker.doors.classic.door import EACH_BYTES

from tests.broker.callers import WAIT_S, Caller, OriginalClient
from tests.broker.doors.classic.visits import message

TEXT = "x" * 16_000


def expect_cut_off(expect_log):
    expect_log("reads too slowly: [0-9]+ bytes wait")
    expect_log("ERROR: Broadcast failed")
    expect_log("ConnectionAbortedError")


def test_the_system_keeps_little_for_a_reader_that_does_not_read(house, call, expect_log):
    expect_cut_off(expect_log)
    deaf = call(Caller, house.address, "deaf", receive_buffer=4096)
    sent = 0
    while not house.gone:
        house.publish(message("ada", f"{sent:05d} {TEXT}"))
        sent += len(TEXT)
        assert sent < EACH_BYTES + 2 * SEND_BYTES + 10 * len(TEXT)
    assert house.gone == [deaf.name]


def test_the_sum_of_what_waits_is_bounded_and_who_reads_hears_all(build, call, expect_log):
    expect_cut_off(expect_log)
    most = 200_000
    house = build(all_bytes=most)
    deaf = [call(Caller, house.address, f"deaf{number}", receive_buffer=4096) for number in range(10)]
    bob = call(OriginalClient, house.address, "bob")
    ada = call(Caller, house.address, "ada")
    sent = 0
    while not house.gone:
        assert sent < 100
        house.publish(message("zoe", f"{sent} {TEXT}"))
        bob.wait_for("zoe: ")
        assert ada.line() == f"zoe: {sent} {TEXT}"
        waits = house.call(lambda: sum(visitor.unsent_bytes for visitor in house.door._visitors))
        assert waits <= most
        sent += 1
    assert set(house.gone) <= {caller.name for caller in deaf}
    assert house.call(lambda: house.door._sends.waiting.sum) <= most
    assert "deaf" in ada.line()


def test_nothing_waits_for_those_who_are_gone(house, call):
    callers = [call(Caller, house.address, f"v{number}", receive_buffer=4096) for number in range(5)]
    for number in range(10):
        house.publish(message("zoe", f"{number} {TEXT}"))
    for caller in callers:
        caller.say("!end")
        assert caller.rest().endswith("!end\n")
        caller.close()
    until = time.monotonic() + WAIT_S
    while house.call(lambda: len(house.door._visitors)):
        assert time.monotonic() < until
    assert house.door._sends.waiting.sum == 0


def test_events_cost_nothing_for_those_without_a_name(house, call, monkeypatch):
    for _ in range(5):
        call(Caller, house.address).until("call you? ")
    ada = call(Caller, house.address, "ada")
    performed = set()
    perform = house.door._perform

    def noted(visitor, effects):
        performed.add(visitor.peer)
        perform(visitor, effects)

    monkeypatch.setattr(house.door, "_perform", noted)
    house.publish(message("zoe", "hello"))
    assert ada.line() == "zoe: hello"
    assert performed == {ada.name}
