"""The front door over real loopback connections: many come, and nobody keeps the others out."""

import time
from collections import Counter

from loggia.broker.doors.classic import crowd, rounds
from loggia.broker.doors.classic.connection import Visitor
from loggia.broker.sessions.delivery import Delivery
from loggia.shared.protocol.limits import LOBBY

from tests.broker.callers import WAIT_S, Caller, OriginalClient
from tests.broker.doors.classic.house import CLOSED, DIED
from tests.broker.doors.classic.visits import message

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


class Ticks:
    """How often something happened in each round of the loop, until it is `over`."""

    def __init__(self, loop):
        self.count = Counter()
        self._loop, self._round, self._over = loop, 0, False

    def note(self):
        self.count[self._round] += 1

    def begin(self):
        self._round += 1
        if not self._over:
            self._loop.call_soon(self.begin)

    def over(self):
        self._over = True
        return self.count


def test_when_all_speak_at_once_the_loop_looks_at_everything_else_meanwhile(house, call):
    callers = [call(Caller, house.address) for _ in range(150)]
    for caller in callers:
        caller.until("call you? ")
    ticks = Ticks(house.loop)
    reads = house.door._reads
    act = reads._act

    def noted(visitor):
        ticks.note()
        act(visitor)

    def speak():
        reads._act = noted
        for caller in callers:
            caller.send(b"\n")
        ticks.begin()

    house.call(speak)
    until = time.monotonic() + WAIT_S
    while house.call(ticks.count.total) < len(callers):
        assert time.monotonic() < until
    read_in = house.call(ticks.over)
    assert max(read_in.values()) <= rounds.AT_ONCE
    assert read_in.total() == len(callers)


def test_when_all_are_told_the_loop_looks_at_everything_else_meanwhile(house, call, monkeypatch):
    callers = [call(Caller, house.address, f"v{number}") for number in range(150)]
    for caller in callers[:-1]:
        caller.until("v149 has joined the chat\n")
    ticks = Ticks(house.loop)
    push = Visitor.push

    def noted(visitor):
        ticks.note()
        return push(visitor)

    def tell():
        monkeypatch.setattr(Visitor, "push", noted)
        for number in range(20):
            house.door.deliver(Delivery(LOBBY, [message("zoe", f"{number}")], []))
        ticks.begin()

    house.call(tell)
    for caller in callers:
        assert [caller.line() for _ in range(20)] == [f"zoe: {number}" for number in range(20)]
    sent_in = house.call(ticks.over)
    assert max(sent_in.values()) <= rounds.AT_ONCE
    assert sent_in.total() <= 3 * len(callers)  # what comes while one waits for its turn goes out with it


def test_of_many_who_are_let_go_at_once_each_is_told_why(house, call):
    callers = [call(Caller, house.address) for _ in range(100)]
    for caller in callers:
        caller.until("call you? ")

    def let_go():
        later = house.loop.time() + 1.0  # apart from the greeting
        for visitor in list(house.door._visitors):
            house.door._perform(visitor, visitor.conversation.make_room(later))

    house.call(let_go)
    assert all(AWAY in caller.rest() for caller in callers)


def test_nobody_is_cut_off_for_what_waits_for_its_turn(build, call):
    house = build(all_bytes=100_000)
    callers = [call(Caller, house.address, f"v{number}") for number in range(100)]
    for caller in callers[:-1]:
        caller.until("v99 has joined the chat\n")
    texts = [f"{number} {'x' * 2000}" for number in range(20)]

    def tell():
        for text in texts:
            house.door.deliver(Delivery(LOBBY, [message("zoe", text)], []))
        assert house.door._sends.waiting.sum <= 100_000

    house.call(tell)
    for caller in callers:
        assert [caller.line() for _ in texts] == [f"zoe: {text}" for text in texts]
    assert house.gone == []
