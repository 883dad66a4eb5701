"""The front door over real loopback connections: many come, and nobody keeps the others out."""

import time
from collections import Counter

from loggia.broker.doors.classic import crowd, rounds

from tests.broker.callers import WAIT_S, Caller, OriginalClient
from tests.broker.doors.classic.house import CLOSED, DIED

AWAY = "No nickname came while others waited for this place"


def test_who_is_over_the_bound_gets_one_sentence_and_is_closed(build, call, expect_log):
    expect_log("WARNING: Failed to connect 127.0.0.1:")
    expect_log("as many visitors of this address as it may have")
    house = build(per_address=2)
    for nick in ("ada", "bob"):
        call(Caller, house.address, nick)
    assert call(Caller, house.address).rest() == f"{crowd.OWN_FULL[0]}\n"
    assert house.counted["turned_away"] == 1


def test_who_goes_makes_room_again(build, call, log):
    house = build(per_address=2)
    for number in range(6):
        ada = call(Caller, house.address, f"ada{number}")
        ada.say("!end")
        ada.rest()
        name = ada.name
        ada.close()
        log(f"Connection with {name} closed successfully.")


def test_a_flood_of_refused_ones_is_said_once_in_a_while(build, call, log, expect_log):
    expect_log("WARNING: Failed to connect 127.0.0.1:")
    expect_log("as many visitors of this address as it may have")
    house = build(per_address=1)
    call(Caller, house.address, "ada")
    for _ in range(100):
        call(Caller, house.address).rest()
    house.call(lambda: None)  # the loop has noted the last one, too
    failed = [line for line in log() if line.startswith("WARNING: Failed to connect")]
    assert [line.partition(". ")[2] for line in failed] == ["", "10 so far.", "100 so far."]
    assert house.counted["turned_away"] == 100


def test_500_who_say_nothing_keep_nobody_out_and_nobody_with_a_name_leaves(build, call, monkeypatch, log):
    monkeypatch.setattr(crowd, "GRACE_S", 0.0)
    house = build(per_address=400)
    ada = call(Caller, house.address, "ada")
    silent = [call(Caller, house.address) for _ in range(500)]
    bob = call(OriginalClient, house.address, "bob")
    assert ada.line() == "bob has joined the chat"
    bob.send("hello")
    assert ada.line() == "bob: hello"
    assert house.call(lambda: len(house.door._visitors)) <= 202
    assert AWAY in silent[0].rest()
    log(DIED.format(silent[0].name), CLOSED)


def test_a_silent_one_has_its_grace_first(build, call, monkeypatch, expect_log):
    expect_log("WARNING: Failed to connect")
    expect_log("as many visitors")
    monkeypatch.setattr(crowd, "GRACE_S", 1000.0)
    house = build(per_address=2)
    call(Caller, house.address).until("call you? ")
    assert call(Caller, house.address).rest() == f"{crowd.OWN_FULL[0]}\n"
    monkeypatch.setattr(crowd, "GRACE_S", 0.0)
    call(Caller, house.address, "ada")


def test_nothing_is_counted_any_more_when_all_have_gone(build, call):
    house = build()
    for number in range(30):
        caller = call(Caller, house.address, f"v{number}" if number % 3 else None)
        if number % 2:
            caller.reset()
        else:
            caller.close()
    until = time.monotonic() + WAIT_S
    while house.call(lambda: len(house.door._visitors)):
        assert time.monotonic() < until
    counted = house.door._crowd
    kept = (counted._here, counted._nameless, counted._nameless_of, counted._counted._count)
    assert kept == ({}, {}, {}, {})


def test_when_all_speak_at_once_the_loop_looks_at_everything_else_meanwhile(house, call):
    callers = [call(Caller, house.address) for _ in range(150)]
    for caller in callers:
        caller.until("call you? ")
    gone_round, read_in = [0], Counter()
    reads = house.door._reads
    act = reads._act

    def noted(visitor):
        read_in[gone_round[0]] += 1
        act(visitor)

    def tick():
        gone_round[0] += 1
        if read_in.total() < len(callers):
            house.loop.call_soon(tick)

    def speak():
        reads._act = noted
        for caller in callers:
            caller.send(b"\n")
        tick()

    house.call(speak)
    until = time.monotonic() + WAIT_S
    while house.call(read_in.total) < len(callers):
        assert time.monotonic() < until
    house.call(lambda: None)
    assert max(read_in.values()) <= rounds.AT_ONCE
    assert read_in.total() == len(callers)
