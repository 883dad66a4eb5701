"""The front door over real loopback connections: the cases of the original."""

import asyncio
import os
import socket
import time

import pytest
from loggia.broker.doors.classic.door import FrontDoor
from loggia.broker.sessions.delivery import Delivery
from loggia.shared.protocol.limits import LOBBY, Limits

from tests.broker.callers import WAIT_S, Caller, OriginalClient
from tests.broker.doors.classic.house import CLOSED, DIED, name_of
from tests.broker.doors.classic.visits import message


def in_order(lines, messages):
    at = [messages.index(line) for line in lines]
    return at == sorted(at)


def test_start_refused(house):
    loop = asyncio.SelectorEventLoop()
    door = FrontDoor(place=house.address, loop=loop, limits=Limits(), inside=house)
    with pytest.raises(OSError, match=r"in use|permitted"):
        door.open()
    door.close(None, [])
    loop.close()


def test_lost_before_the_nickname(house, call, log):
    ada = call(Caller, house.address)
    ada.until("call you? ")
    assert house.call(house.door.nameless) == 1
    name = ada.name
    ada.close()
    lines = [
        f"Accepted connection request from: {name}.",
        f"{name} connection complete.",
        DIED.format(name),
        "The connection was dropped before the client was registered in the active clients registers.",
        "Closing death client socket...",
        CLOSED,
    ]
    assert in_order(lines, log(*lines))
    assert log.peers == {name}
    assert house.gone == []
    assert house.call(house.door.nameless) == 0


@pytest.mark.parametrize("how", ["close", "reset", "!close"])
def test_lost_after_the_nickname(house, call, log, how):
    bob = call(OriginalClient, house.address, "bob")
    ada = call(Caller, house.address, "ada")
    name = ada.name
    assert bob.next() == "ada has joined the chat"
    if how == "!close":
        ada.send(b"!close\n")
        assert ada.rest() == ""
    else:
        getattr(ada, how)()
    assert bob.next().startswith("ada has left the chat")
    lines = [
        DIED.format(name),
        f"Removing {name} from active clients registers...",
        "Closing death client socket...",
        CLOSED,
    ]
    assert in_order(lines, log(*lines))
    assert house.gone == [name]


@pytest.mark.parametrize("framing", ["lines", "packets"])
def test_end(house, call, log, framing):
    bob = call(Caller, house.address, "bob")
    if framing == "packets":
        ada = call(OriginalClient, house.address, "ada")
        name = name_of(ada)
        ada.send("!end")
        assert ada.next() == "!end"
        ada.join()
    else:
        ada = call(Caller, house.address, "ada")
        name = ada.name
        ada.say("!end")
        assert ada.rest() == "!end\n"
        ada.close()
    assert bob.line() == "ada has joined the chat"
    assert bob.line() == "ada has left the chat"
    lines = [
        f"Received connection closing request from {name}",
        f"Sending connection closure confirmation to {name}",
        f"Removing {name} from active clients registers...",
        f"Closing {name} reserved socket",
        f"Connection with {name} closed successfully.",
    ]
    assert in_order(lines, log(*lines))


def test_end_comes_alone_in_a_busy_room(house, call):
    ada = call(OriginalClient, house.address, "ada")
    bob = call(Caller, house.address, "bob")
    ada.wait_for("bob has joined")
    bob.say(*(f"line {number}" for number in range(500)))
    ada.send("!end")
    packets = []
    while (packet := ada.next()) is not None:
        packets.append(packet)
    assert packets[-1] == "!end"
    assert sum("!end" in packet for packet in packets) == 1


def test_a_failed_broadcast(house, call, log, expect_log):
    expect_log("ERROR: Broadcast failed")
    expect_log("ConnectionResetError|BrokenPipeError")
    ada = call(Caller, house.address, "ada")
    bob = call(Caller, house.address, "bob")
    name = ada.name

    def drop_and_publish():
        """In one turn of the loop: the door has not heard of the drop when it sends."""
        ada.reset()
        house.door.deliver(Delivery(LOBBY, [message("zoe", "hello")], []))

    house.call(drop_and_publish)
    assert bob.line() == "zoe: hello"
    assert bob.line().startswith("ada has left the chat")
    messages = log("ERROR: Broadcast failed to send message.", DIED.format(name), CLOSED)
    assert "Error(" in messages[messages.index("ERROR: Broadcast failed to send message.") + 1]
    assert house.gone == [name]


def test_a_failed_accept(build, call, log, expect_log):
    resource = pytest.importorskip("resource")
    expect_log("WARNING: Failed to connect unknown address.")
    expect_log("OSError")
    house = build(accept_pause_s=0.05)
    ada = call(Caller, house.address, "ada")
    bob = Caller.__new__(Caller)
    bob.heard = b""
    with socket.socket() as bob.socket:
        bob.socket.settimeout(WAIT_S)
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        lowest_free = os.dup(0)
        os.close(lowest_free)

        def connect_with_no_descriptor_left():
            resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, limits[1]))
            bob.socket.connect(house.address)

        start = time.monotonic()
        try:
            house.call(connect_with_no_descriptor_left)
            messages = log("WARNING: Failed to connect unknown address.")
            ada.say("still here")
            assert ada.line() == "ada: still here"
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        bob.until("call you? ")  # the door tried again
        tries = (time.monotonic() - start) / 0.05
    assert log().count("WARNING: Failed to connect unknown address.") <= 1 + tries
    assert (
        "Too many open files" in messages[messages.index("WARNING: Failed to connect unknown address.") + 1]
    )


def test_a_connection_that_cannot_be_set_up_is_a_failed_accept(build, call, log, expect_log):
    expect_log("WARNING: Failed to connect 127.0.0.1:")
    expect_log("the front door is full")
    house = build(most_visitors=1)
    ada = call(Caller, house.address, "ada")
    name = ada.name
    bob = call(Caller, house.address)
    assert "full" in bob.rest()
    log(f"WARNING: Failed to connect {bob.name}.")
    ada.say("!end")
    ada.rest()
    ada.close()
    log(f"Connection with {name} closed successfully.")
    call(Caller, house.address, "bob")


def test_what_is_said_alike_of_each_visitor_is_one_message_of_the_log(house, call, log, caplog):
    for nick in ("100%", "ada"):
        caller = call(Caller, house.address, nick)
        caller.say("!end")
        caller.rest()
        name = caller.name
        caller.close()
        log(f"Connection with {name} closed successfully.")
    alike = [record.msg for record in caplog.records]
    assert len(alike) == 2 * len(set(alike)) > 8
    assert "Accepted connection request from: %s." in alike
