"""The front door over real loopback connections, with a hub that has no disk and no second thoughts."""

import asyncio
import contextlib
import itertools
import logging
import os
import socket
import threading
import time

import pytest

from broker.doors.classic import door, text
from broker.doors.classic.connection import Visitor
from broker.doors.classic.conversation import END_QUIET_S
from broker.doors.classic.door import FrontDoor
from broker.doors.classic.framing import APART_S, CROWD
from shared.protocol import names
from shared.protocol.errors import Refused
from shared.protocol.limits import LOBBY, Limits
from shared.protocol.requests import Join, Message
from tests.broker.callers import WAIT_S, Caller, OriginalClient
from tests.broker.doors.classic.visits import answer, joined, left, message, refusal
from tests.patience import Stopwatch

DIED = "{} may have crashed or closed the connection prematurely."
CLOSED = "Connection closed successfully."


class House:
    """The broker's loop in a thread, with a front door and a hub made of a few lines."""

    def __init__(self, **settings):
        self.loop = asyncio.SelectorEventLoop()
        self.nicks = {}
        self.lost = []
        self.slow = 0  # batches to be told to slow down
        self.limits = Limits()
        self.door = FrontDoor(
            loop=self.loop, limits=self.limits, submit=self._submit, lost=self._lost, **settings
        )
        self.address = self.door.open("127.0.0.1", 0)
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    def call(self, function, *arguments):
        """Run it on the loop's thread."""

        async def run():
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(WAIT_S)

    def publish(self, *events, room=LOBBY):
        self.call(self.door.publish, room, events)

    def halt(self):
        """The loop stands still from here on."""
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(WAIT_S)

    def stop(self):
        self.halt()
        self.door.close("The broker stops.")
        waiting = [timer for timer in self.loop._scheduled if not timer.cancelled()]
        watched = len(self.loop._selector.get_map())
        ready = [handle for handle in self.loop._ready if not handle.cancelled()]
        self.loop.close()
        assert waiting == []
        assert ready == []
        assert watched == 1  # the loop's own

    def timers(self):
        return self.call(lambda: [timer for timer in self.loop._scheduled if not timer.cancelled()])

    def _submit(self, visitor, requests):
        self.loop.call_soon(self._turn, visitor, requests)

    def _turn(self, visitor, requests):
        answers, events = [], []
        if self.slow:
            self.slow -= 1
            self.door.answer(visitor, [refusal(asked, "slow_down", retry_after_ms=1) for asked in requests])
            return
        for request in requests:
            given, event = self._decide(visitor, request)
            answers.append(given)
            events += [event] if event else []
        self.door.answer(visitor, answers)
        self.door.publish(LOBBY, events)

    def _decide(self, visitor, request):
        account = str(id(visitor))
        if isinstance(request, Join):
            try:
                nick = names.nick(request.nick, self.limits)
            except Refused as refused:
                return refusal(request, refused.code, refused.text), None
            if nick in self.nicks.values():
                return refusal(request, "nick_taken", "It is taken."), None
            self.nicks[visitor] = nick
            return answer(request, account), joined(nick, account)
        if isinstance(request, Message):
            return answer(request), message(self.nicks[visitor], request.text, account)
        return answer(request), left(self.nicks.pop(visitor), "end", account)

    def _lost(self, visitor):
        self.lost.append(visitor.peer)
        if visitor in self.nicks:
            self.door.publish(LOBBY, [left(self.nicks.pop(visitor), "lost", str(id(visitor)))])


@pytest.fixture
def call():
    """What ends at the end of the test: `call(Caller, address)`."""
    with contextlib.ExitStack() as stack:

        def call(kind, *arguments, **more):
            caller = kind(*arguments, **more)
            stack.callback(_hang_up, caller)
            return caller

        yield call


def _hang_up(caller):
    with contextlib.suppress(OSError):
        caller.close()


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


class TerminalLog:
    """What an operator reads."""

    def __init__(self, caplog):
        caplog.set_level(logging.INFO, "loggia")
        self._caplog = caplog

    def __call__(self, *lines):
        """Wait for these lines, in whatever order; returns all."""
        deadline = time.monotonic() + WAIT_S
        while not all(line in self._caplog.messages for line in lines):
            assert time.monotonic() < deadline, (lines, self._caplog.messages)
            threading.Event().wait(0.005)
        return list(self._caplog.messages)

    @property
    def peers(self):
        return {record.peer for record in self._caplog.records}


@pytest.fixture
def log(caplog):
    return TerminalLog(caplog)


def name_of(client):
    return "{}:{}".format(*client.socket.getsockname())


def in_order(lines, messages):
    at = [messages.index(line) for line in lines]
    return at == sorted(at)


# -- Talking -----------------------------------------------------------------------------------


def test_an_original_client_and_a_terminal_see_each_other(house, call):
    ada = call(OriginalClient, house.address, "ada")
    bob = call(Caller, house.address, "bob")
    assert ada.next() == "bob has joined the chat"
    ada.send("hello")
    assert ada.next() == "ada: hello"
    assert bob.line() == "ada: hello"
    bob.say("hi, zoë 日本 😀")
    assert bob.line() == "bob: hi, zoë 日本 😀"
    assert ada.next() == "bob: hi, zoë 日本 😀"


def test_a_bad_or_taken_nickname_is_asked_again(house, call):
    call(OriginalClient, house.address, "ada")
    bob = call(Caller, house.address)
    bob.until("call you? ")
    bob.say("ada")
    assert bob.line().startswith("It is taken.")
    bob.say("a/b")
    assert "U+002F" in bob.line()
    bob.say("bob")
    assert "bob" in bob.line()


def test_a_letter_cut_between_two_segments_survives(house, call):
    ada = call(OriginalClient, house.address, "ada")
    letter = "é".encode()
    ada.socket.send(b"caf" + letter[:1])
    house.call(lambda: None)  # the loop has read the first half
    ada.socket.send(letter[1:])
    assert ada.next() == "ada: café"


def test_many_lines_at_once_are_all_said_in_order(house, call):
    ada = call(Caller, house.address, "ada")
    bob = call(Caller, house.address, "bob")
    house.slow = 5
    lines = [f"line {number}" for number in range(3000)]
    ada.say(*lines)
    assert [bob.line() for _ in lines] == [f"ada: {line}" for line in lines]


def pair_of_rows(client, publish):
    """Two lines come together: what the client's recv took for messages. One that reads late takes both at
    once, whatever the broker does; so it has some tries."""
    for number in range(20):
        publish(number)
        rows = client.wait_for(f"last {number}")
        if len(rows) == 2:
            return rows
    raise AssertionError(f"never apart: {rows}")


def test_two_messages_that_come_together_are_two_rows_of_the_original_client(house, call):
    ada = call(OriginalClient, house.address, "ada")
    rows = pair_of_rows(
        ada, lambda number: house.publish(message("nina", "one"), message("nina", f"last {number}"))
    )
    assert rows[0] == "nina: one"
    assert rows[1].startswith("nina: last")


@pytest.fixture
def sends(monkeypatch):
    """What visitors are sent from now on: peer, when it had gone out, and what."""
    sends = []
    send = Visitor.send

    def sent(visitor, data, writable):
        send(visitor, data, writable)
        sends.append((visitor.peer, time.monotonic(), data))

    monkeypatch.setattr(Visitor, "send", sent)
    return sends


def test_sends_to_original_clients_are_apart_and_never_hold_two_messages(house, call, sends):
    clients = [call(OriginalClient, house.address, f"v{number}") for number in range(10)]
    for client in clients[:-1]:
        client.wait_for("v9 has joined the chat")
    house.call(sends.clear)  # behind what the loop was doing
    told = [
        joined("bob"),
        *(message("bob", f"{number} one\ntwo") for number in range(CROWD - 2)),
        left("bob"),
    ]
    house.publish(*told)
    for client in clients:
        client.wait_for("bob has left")
    house.call(lambda: None)  # the loop has noted them, too
    for client in clients:
        mine = [(at, data) for peer, at, data in sends if peer == name_of(client)]
        assert [data for _, data in mine] == [text.shown(event).data for event in told]
        assert all(after - before >= APART_S for (before, _), (after, _) in itertools.pairwise(mine))


def test_end_comes_behind_the_quiet_however_long_the_last_send_took(house, call, sends):
    ada = call(OriginalClient, house.address, "ada")
    house.call(sends.clear)  # behind what the loop was doing
    house.publish(message("bob", "one"), message("bob", "two"))
    ada.send("!end")
    ada.wait_for("!end")
    house.call(lambda: None)  # the loop has noted it, too
    _, (_, at, last), (_, end_at, end) = sends
    assert (last, end) == (b"bob: two", b"!end")
    assert end_at - at >= END_QUIET_S


def test_a_crowd_comes_to_an_original_client_whole_and_in_order(house, call):
    ada = call(OriginalClient, house.address, "ada")
    texts = [f"{number:03d} {'e' * 80}" for number in range(200)]
    for start in range(0, 200, 20):
        house.publish(*(message("bob", text) for text in texts[start : start + 20]))
    said = "".join(f"bob: {text}" for text in texts)
    got = ""
    while len(got) < len(said):  # a busy machine may let it read late, and then one recv takes several sends
        got += ada.next().replace("\n", "")
    assert got == said


def test_a_line_over_the_limit_is_answered_and_dropped(house, call):
    ada = call(Caller, house.address, "ada")
    ada.say("x" * 200_000, "hello")
    assert "16384 bytes" in ada.line()
    assert ada.line() == "ada: hello"


def test_rooms_other_than_the_lobby_are_not_heard(house, call):
    ada = call(Caller, house.address, "ada")
    house.publish(message("bob", "psst"), room="staff")
    house.publish(message("bob", "hello"))
    assert ada.line() == "bob: hello"


def test_nothing_ticks_while_nobody_talks(house, call):
    for nick in ("ada", "bob"):
        call(Caller, house.address, nick)
    call(OriginalClient, house.address, "zoe")
    assert house.timers() == []


# -- The cases of the original -------------------------------------------------------------------


def test_start_refused(house):
    loop = asyncio.SelectorEventLoop()
    door = FrontDoor(loop=loop, limits=Limits(), submit=print, lost=print)
    with pytest.raises(OSError, match=r"in use|permitted"):
        door.open(*house.address)
    door.close("")
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
    assert house.lost == []
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
    assert house.lost == [name]


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
        house.door.publish(LOBBY, [message("zoe", "hello")])

    house.call(drop_and_publish)
    assert bob.line() == "zoe: hello"
    assert bob.line().startswith("ada has left the chat")
    messages = log("ERROR: Broadcast failed to send message.", DIED.format(name), CLOSED)
    assert "Error(" in messages[messages.index("ERROR: Broadcast failed to send message.") + 1]
    assert house.lost == [name]


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


# -- Who hurts whom ------------------------------------------------------------------------------


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
    while not house.lost:
        assert sent < 1000
        house.publish(message("ada", f"{sent} {text}"))
        assert bob.line() == f"ada: {sent} {text}"
        zoe.wait_for("ada: " if sent == 0 else "x")
        sent += 1
    assert house.lost == [name]
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
    house.door.close("")
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
    assert watch.read_s() < door.FLUSH_S + 1
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
