"""The front door over real loopback connections: who is gone is noticed, also while nobody reads it."""

import contextlib
import sys
import time

import pytest
from loggia.broker.doors.classic.leaving import STILL_HEARD
from loggia.broker.doors.classic.watch import LOOK_S

from tests.broker.callers import WAIT_S, Caller

OWES_S = 1e6  # until what it has taken is even
MOST_S = 10.0  # of those in which something may be noticed


def wait_until(house, done, within_s=WAIT_S):
    until = time.monotonic() + within_s
    while not house.call(done):
        assert time.monotonic() < until
        time.sleep(0.01)


def visitor_of(house, caller):
    return next(visitor for visitor in house.door._visitors if visitor.peer == caller.name)


def owe(house, seconds):
    """The address has taken so much that nobody of it is read before; all who are here find out."""

    def spend():
        (share,) = house.door._crowd._shares.values()
        share.spend(int(share._left + seconds * share._per_s), house.loop.time())
        for visitor in house.door._visitors:
            visitor.conversation._heard._spend(0, house.loop.time())
            house.door._settle(visitor)

    house.call(spend)


def connected(house):
    return sum(visitor.is_connected for visitor in house.door._visitors)


def let_in_nobody(house):
    house.slow = 10**9


@pytest.mark.parametrize("nick", ["ada", None])
@pytest.mark.parametrize("leave", [Caller.reset, Caller.close])
def test_who_is_gone_is_noticed_whatever_its_address_owes(house, call, nick, leave):
    caller = call(Caller, house.address, nick)
    if nick is None:
        caller.until("call you? ")
    visitor = visitor_of(house, caller)
    owe(house, OWES_S)
    assert not visitor.conversation.wants_input
    leave(caller)
    wait_until(house, lambda: not visitor.is_connected, MOST_S)
    wait_until(house, lambda: not house.door._visitors)


@pytest.mark.parametrize("leave", [Caller.reset, Caller.close])
def test_many_who_are_gone_are_noticed(house, call, leave):
    callers = [call(Caller, house.address) for _ in range(200)]
    for caller in callers:
        caller.until("call you? ")
    owe(house, OWES_S)
    for caller in callers:
        leave(caller)
    wait_until(house, lambda: not connected(house), MOST_S)


def test_what_was_said_before_an_orderly_end_is_heard_once_it_is_even(house, call):
    bob = call(Caller, house.address, "bob")
    ada = call(Caller, house.address, "ada")
    assert bob.line() == "ada has joined the chat"
    owe(house, 3.0)
    ada.say("one", "two")
    ada.send(b"three")
    ada.half_close()
    assert [bob.line() for _ in range(3)] == ["ada: one", "ada: two", "ada: three"]
    assert bob.line().startswith("ada has left the chat")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems throw away what came before a reset")
def test_the_last_that_came_before_a_reset_is_heard(house, call):
    bob = call(Caller, house.address, "bob")
    ada = call(Caller, house.address, "ada")
    assert bob.line() == "ada has joined the chat"
    owe(house, OWES_S)
    ada.say("one", "two")
    ada.reset()
    assert [bob.line() for _ in range(2)] == ["ada: one", "ada: two"]
    assert bob.line().startswith("ada has left the chat")


@pytest.mark.parametrize("leave", [Caller.reset, Caller.close])
def test_who_is_gone_waits_without_a_descriptor_to_be_let_in_and_what_it_said_is_said(house, call, leave):
    bob = call(Caller, house.address, "bob")
    let_in_nobody(house)
    callers = [call(Caller, house.address) for _ in range(50)]
    for number, caller in enumerate(callers):
        caller.until("call you? ")
        caller.say(f"v{number}", f"hello from {number}")
        caller.until("your turn; !end to give up.\n")
        leave(caller)
    wait_until(house, lambda: connected(house) == 1, MOST_S)
    house.slow = 0
    said = set()
    while len(said) < len(callers):
        line = bob.line()
        if "hello" in line:
            said.add(line)
    assert said == {f"v{number}: hello from {number}" for number in range(50)}
    wait_until(house, lambda: len(house.door._visitors) == 1)


@pytest.mark.parametrize("leave", [Caller.reset, Caller.close])
def test_who_is_gone_and_said_nothing_but_a_name_is_not_let_in(house, call, leave):
    let_in_nobody(house)
    caller = call(Caller, house.address)
    caller.until("call you? ")
    caller.say("ada")
    caller.until("your turn; !end to give up.\n")
    leave(caller)
    wait_until(house, lambda: not house.door._visitors, MOST_S)
    assert house.nicks == {}


def test_who_has_only_said_all_is_told_to_wait_and_still_hears_what_comes_of_it(house, call):
    let_in_nobody(house)
    ada = call(Caller, house.address)
    ada.say("ada", "hello")
    ada.half_close()
    ada.until(f"{STILL_HEARD}\n")
    visitor = visitor_of(house, ada)
    over = time.monotonic() + 2 * LOOK_S
    wait_until(house, lambda: time.monotonic() > over)
    assert visitor.is_connected
    house.slow = 0
    assert ada.rest().endswith("ada: hello\n")


def test_who_waits_for_answers_that_do_not_come_is_looked_at_too(house, call):
    """Not even its next word is read, as enough of it waits."""
    ada = call(Caller, house.address, "ada")
    let_in_nobody(house)
    with contextlib.suppress(OSError):
        ada.send(b"x\n" * 20_000)
    visitor = visitor_of(house, ada)
    wait_until(house, lambda: not visitor.conversation.wants_input)
    ada.reset()
    wait_until(house, lambda: not visitor.is_connected, MOST_S)
    house.slow = 0
    wait_until(house, lambda: not house.door._visitors)


def test_nobody_is_looked_at_while_all_are_read(house, call):
    ada = call(Caller, house.address, "ada")
    owe(house, 0.1)
    wait_until(house, lambda: visitor_of(house, ada).conversation.wants_input)
    wait_until(house, lambda: not house.door._watch.is_on)
    assert house.timers() == []
