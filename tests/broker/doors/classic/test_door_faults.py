"""The front door over real loopback connections: who fails hurts nobody else, and is told."""

import itertools
import socket

import pytest
from loggia.broker.doors.classic import door, parting
from loggia.broker.doors.classic.framing import APART_S
from loggia.broker.doors.door import Parting
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import Message

from tests.broker.callers import Caller, OriginalClient
from tests.broker.doors.classic.house import CLOSED, DIED, House
from tests.broker.doors.classic.visits import message, refusal
from tests.patience import Stopwatch


def test_a_reader_that_stops_is_cut_off_and_nobody_else(house, call, log, expect_log):
    expect_log("reads too slowly: [0-9]+ bytes wait")
    expect_log("ERROR: Broadcast failed")
    expect_log("ConnectionAbortedError")
    stopped = call(Caller, house.address, "stopped", receive_buffer=4096)
    name = stopped.name
    bob = call(Caller, house.address, "bob")
    zoe = call(OriginalClient, house.address, "zoe")
    assert bob.line() == "zoe has joined the chat"
    text = "x" * 16_000
    sent = 0
    while not house.gone:
        assert sent < 1000
        house.publish(message("ada", f"{sent} {text}"))
        assert bob.line() == f"ada: {sent} {text}"
        zoe.wait_for("ada: " if sent == 0 else "x")
        sent += 1
    assert house.gone == [name]
    assert bob.line().startswith("stopped has left the chat")
    zoe.wait_for("stopped has left the chat")
    log(DIED.format(name), CLOSED)


def test_who_never_says_a_nickname_is_cut_off(build, call, log):
    house = build(nick_timeout_s=0.05)
    ada = call(Caller, house.address)
    assert "No nickname" in ada.rest()
    messages = log(DIED.format(ada.name), CLOSED)
    assert "TimeoutError('no nickname within 0.05 s')" in messages


def test_what_is_said_before_closing_half_is_said_and_read(house, call):
    ada = call(Caller, house.address)
    ada.say("ada", "hello")
    ada.send(b"last")
    ada.half_close()
    assert ada.rest().endswith("ada: hello\nada: last\n")


def test_a_client_that_talks_on_after_end_still_gets_its_confirmation(house, call):
    ada = call(Caller, house.address, "ada")
    ada.say("!end", *("and another thing" for _ in range(10_000)))
    assert ada.rest() == "!end\n"


def test_end_waits_until_the_client_has_taken_what_is_before_it(house, call):
    ada = call(Caller, house.address, receive_buffer=4096)
    ada.until("call you? ")
    ada.send(b"ada")
    ada.until("leave.")
    visitor = next(iter(house.door._visitors))
    # a buffer of the kernel's that is set does not grow by itself, so what waits stays waiting
    visitor._connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
    while visitor.unsent_bytes < 64_000:
        house.publish(message("bob", "x" * 16_000))
    ada.send(b"!end")
    while visitor in house.nicks:
        house.call(lambda: None)
    assert visitor.conversation.blocked
    text = ada.rest()
    assert text.endswith("x!end")
    assert text.count("!end") == 1


def test_who_closes_after_the_end_is_let_go_at_once(house, call, log, monkeypatch):
    monkeypatch.setattr(door, "LINGER_S", 60.0)
    ada = call(Caller, house.address, "ada")
    name = ada.name
    ada.say("!end", "more")
    assert ada.rest() == "!end\n"
    ada.close()
    log(f"Connection with {name} closed successfully.")


def test_who_does_not_close_after_the_end_is_closed(house, call, log, monkeypatch):
    monkeypatch.setattr(door, "LINGER_S", 0.05)
    ada = call(Caller, house.address, "ada")
    ada.say("!end")
    log(f"Connection with {ada.name} closed successfully.")
    assert ada.rest() == "!end\n"


def test_who_is_in_the_middle_of_a_word_still_hears_the_farewell(call):
    house = House()
    ada = call(Caller, house.address, "ada")
    house.halt()
    ada.say("nobody reads this")
    house.stop()
    assert ada.rest() == "The broker stops.\n"


def test_an_answer_after_closing_wakes_nobody(call):
    house = House()
    call(Caller, house.address, "ada")
    visitor = next(iter(house.door._visitors))
    house.halt()
    slow = Message(id="m", room=LOBBY, text="hello")
    visitor.conversation._asked.submit(iter([slow, None]).__next__)
    house.door.close(Parting("", "", ""), [])
    house.door.answer(visitor, [refusal(slow, "slow_down", retry_after_ms=1)])
    house.stop()  # finds no timer


def test_the_farewell_is_a_row_of_its_own(call, sends):
    house = House()
    ada = call(OriginalClient, house.address, "ada")
    house.call(sends.clear)  # behind what the loop was doing
    house.publish(message("bob", "1"), message("bob", "2"))
    house.stop()
    assert ada.wait_for("The broker stops.")
    ada.join()
    assert [data for _, _, data in sends] == [b"bob: 1", b"bob: 2", b"The broker stops."]
    assert all(after - before >= APART_S for (_, before, _), (_, after, _) in itertools.pairwise(sends))


def test_everybody_is_told_when_the_door_closes(call):
    house = House()
    ada = call(OriginalClient, house.address, "ada")
    bob = call(Caller, house.address, "bob")
    new = call(Caller, house.address)
    new.until("call you? ")
    house.stop()
    assert ada.wait_for("The broker stops.")
    assert bob.rest() == "The broker stops.\n"
    assert new.rest() == "The broker stops."
    with pytest.raises(OSError, match="refused"):
        Caller(house.address)
    ada.join()


def test_closing_does_not_wait_for_one_that_does_not_read(call):
    house = House()
    stopped = call(Caller, house.address, "stopped", receive_buffer=4096)
    bob = call(Caller, house.address, "bob")
    visitor = next(visitor for visitor in house.door._visitors if visitor.peer == stopped.name)
    while visitor.all_went_out:
        house.publish(message("ada", "x" * 16_000))
        bob.line()
    watch = Stopwatch()
    house.stop()
    assert watch.read_s() < parting.FLUSH_S + 1
    assert bob.rest().endswith("The broker stops.\n")


def test_stop_accepting_keeps_who_is_here(house, call):
    ada = call(Caller, house.address, "ada")
    house.call(house.door.stop_accepting)
    with pytest.raises(OSError, match="refused"):
        Caller(house.address)
    ada.say("hello")
    assert ada.line() == "ada: hello"


def test_the_log_never_holds_what_people_say(house, call, log):
    ada = call(Caller, house.address, "ada")
    name = ada.name
    ada.say("a secret", "!end")
    ada.rest()
    ada.close()
    messages = log(f"Connection with {name} closed successfully.")
    assert not any("secret" in line for line in messages)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="the system has no such options")
def test_a_dead_host_is_noticed_within_two_minutes_also_while_something_is_on_its_way(house, call):
    call(Caller, house.address, "ada")
    connection = next(iter(house.door._visitors))._connection
    option = {
        name: connection.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
        for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")
    }
    assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert option["TCP_KEEPIDLE"] + option["TCP_KEEPINTVL"] * option["TCP_KEEPCNT"] <= 120
    assert 0 < option["TCP_USER_TIMEOUT"] <= 120_000
