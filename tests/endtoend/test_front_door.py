"""The front door of a real broker: terminals, the original chat, ZeroMQ clients, and what its log says."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys

import pytest
import zmq
from loggia.shared.protocol.answers import Stored
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.down import decode_down, decode_events
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import History, Join, Message

from tests.broker.callers import WAIT_S, Caller, OriginalClient, calling
from tests.endtoend.processes import Broker, module
from tests.patience import Stopwatch
from tests.started import Started

DIED = "{} may have crashed or closed the connection prematurely."
REMOVING = "Removing {} from active clients registers..."
DEATH = ["Closing death client socket...", "Connection closed successfully."]


def expect(broker, *lines):
    """These lines are printed, in this order; lines of other things may stand between."""
    for line in lines:
        broker.process.wait_for(f"^{re.escape(line)}$")
    at = [broker.process.lines.index(line) for line in lines]
    assert at == sorted(at), broker.process.lines


def accepted(name):
    return [f"Accepted connection request from: {name}.", f"{name} connection complete."]


def name_of(client):
    return "{}:{}".format(*client.socket.getsockname())


# -- The cases of the original -----------------------------------------------------------------


def test_start_refused(broker, tmp_path):
    taken = "{}:{}".format(*broker.front_door)
    free = ["--requests", "tcp://127.0.0.1:0", "--broadcasts", "tcp://127.0.0.1:0"]
    with module("broker", "--data", str(tmp_path / "other"), "--front-door", taken, *free) as other:
        assert other.wait() == 1
        assert len(other.lines) == 1, other.lines
        assert other.lines[0].startswith("ERROR: Failed to start up the server: ")
        assert "in use" in other.lines[0]


def test_lost_before_the_nickname(broker, call):
    ada = call(Caller)
    ada.until("call you? ")
    name = ada.name
    ada.close()
    registered = (
        "The connection was dropped before the client was registered in the active clients registers."
    )
    expect(broker, *accepted(name), DIED.format(name), registered, *DEATH)


@pytest.mark.parametrize("how", ["window", "reset", "close", "!close"])
def test_lost_after_the_nickname(broker, call, how):
    bob = call(OriginalClient, "bob")
    ada = call(OriginalClient if how == "window" else Caller, "ada")
    name = name_of(ada)
    assert bob.next() == "ada has joined the chat"
    if how == "!close":
        ada.send(b"!close\n")
        assert ada.rest() == ""
    elif how == "reset":
        ada.reset()
    else:
        ada.close()
    assert bob.next().startswith("ada has left the chat")
    expect(broker, DIED.format(name), REMOVING.format(name), *DEATH)


@pytest.mark.parametrize("kind", [OriginalClient, Caller])
def test_end(broker, call, kind):
    bob = call(Caller, "bob")
    ada = call(kind, "ada")
    name = name_of(ada)
    if kind is OriginalClient:
        ada.send("!end")
        assert ada.next() == "!end"
        ada.join()
    else:
        ada.say("!end")
        assert ada.rest() == "!end\n"
        ada.close()
    assert bob.line() == "ada has joined the chat"
    assert bob.line() == "ada has left the chat"
    expect(
        broker,
        *accepted(name),
        f"Received connection closing request from {name}",
        f"Sending connection closure confirmation to {name}",
        REMOVING.format(name),
        f"Closing {name} reserved socket",
        f"Connection with {name} closed successfully.",
    )


def test_a_failed_broadcast_to_one_that_stopped_reading_hurts_nobody(tmp_path):
    with Broker(tmp_path / "fast", "--rate", "0") as broker, calling(broker.front_door) as call:
        stopped = call(Caller, "stopped", receive_buffer=4096)
        name = stopped.name
        bob = call(Caller, "bob")
        zoe = call(OriginalClient, "zoe")
        assert bob.line() == "zoe has joined the chat"
        text = "x" * 16_000
        for number in range(2000):
            bob.say(f"{number} {text}")
            if (line := bob.line()) != f"bob: {number} {text}":
                break
        assert line.startswith("stopped has left the chat")
        zoe.wait_for("stopped has left the chat")
        failed = "ERROR: Broadcast failed to send message."
        expect(broker, failed, DIED.format(name), REMOVING.format(name), *DEATH)
        reason = broker.process.lines[broker.process.lines.index(failed) + 1]
        assert "bytes wait for a client that does not read" in reason
        broker.process.wait_for(f"^{name} reads too slowly: [0-9]+ bytes wait")
        bob.say("still here")
        zoe.wait_for("bob: still here")


def test_a_failed_accept(broker, call):
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit"):
        pytest.skip("the limit of a running process can be set on Linux only")
    ada = call(Caller, "ada")
    pid = broker.process.pid
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    lowest_free = min(set(range(len(used) + 1)) - used)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (lowest_free, limits[1]))
    bob = call(Caller)
    broker.process.wait_for(r"^WARNING: Failed to connect unknown address\.$")
    broker.process.wait_for("Too many open files")
    ada.say("still here")
    assert ada.line() == "ada: still here"
    resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
    bob.until("call you? ")  # it was tried again, after a pause
    failures = [line for line in broker.process.lines if line.startswith("WARNING: Failed to connect")]
    assert len(failures) <= 3


# -- Who meets whom ------------------------------------------------------------------------------


NETCAT = """
import socket, sys, threading
s = socket.create_connection(sys.argv[1:])
threading.Thread(target=lambda: [s.sendall(line) for line in sys.stdin.buffer], daemon=True).start()
while data := s.recv(4096):
    sys.stdout.buffer.write(data)
"""


def nc(address):
    """netcat, or the same few lines in Python where there is none."""
    command = [shutil.which("nc")] if shutil.which("nc") else [sys.executable, "-c", NETCAT]
    words = [*command, address[0], str(address[1])]
    return Started(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_netcat(broker, call):
    ada = call(OriginalClient, "ada")
    with nc(broker.front_door) as terminal:
        for line, told in {"zoë": "zoë has joined the chat", "hi, 日本": "zoë: hi, 日本"}.items():
            terminal.stdin.write(f"{line}\n".encode())
            terminal.stdin.flush()
            assert ada.next() == told
        ada.send("hello")
        assert ada.next() == "ada: hello"
        terminal.stdin.write(b"!end\n")
        terminal.stdin.flush()
        assert ada.next() == "zoë has left the chat"
        output, _ = terminal.communicate(timeout=WAIT_S)
    first, *lines = output.decode().splitlines()
    assert first.startswith("Welcome to Loggia!")
    assert lines == ["zoë: hi, 日本", "ada: hello", "!end"]


class ZeroMQ:
    """A client that knows nothing but the wire contract."""

    def __init__(self, broker, nick):
        self._context = zmq.Context()
        self._requests = self._socket(zmq.DEALER, broker.requests)
        self._broadcasts = self._socket(zmq.SUB, broker.broadcasts)
        self._broadcasts.subscribe(b"room/lobby/")
        self._events = []
        self.request(Join(id="1", nick=nick))

    def _socket(self, kind, endpoint):
        made = self._context.socket(kind)
        made.setsockopt(zmq.RCVTIMEO, round(WAIT_S * 1000))
        made.setsockopt(zmq.LINGER, 0)
        made.connect(endpoint)
        return made

    def request(self, request):
        self._requests.send(encode(request))
        return decode_down(self._requests.recv())[0]

    def next_message(self):
        while True:
            while self._events:
                event = self._events.pop(0).event
                if isinstance(event, MessageEvent):
                    return event
            _, frame = self._broadcasts.recv_multipart()
            self._events += decode_events(frame)

    def close(self):
        self._context.destroy(linger=0)


def test_zeromq_and_the_front_door_see_each_other(broker, call):
    terminal = call(Caller, "ada")
    window = call(OriginalClient, "zoe")
    assert terminal.line() == "zoe has joined the chat"
    with contextlib.closing(ZeroMQ(broker, "bob")) as bob:
        for hears in (terminal.line, window.next):
            assert hears() == "bob has joined the chat"
        said = Message(id="2", room=LOBBY, text="hello from ZeroMQ")
        assert isinstance(bob.request(said), Stored)
        for hears in (terminal.line, window.next):
            assert hears() == "bob: hello from ZeroMQ"
        assert _first_that_arrives(bob, terminal)
        window.send("and from the window")
        event = bob.next_message()
        while event.nick != "zoe":
            event = bob.next_message()
        assert event.text == "and from the window"


def _first_that_arrives(bob, terminal):
    """Subscribing is not immediate: say something until it is heard."""
    bob._broadcasts.setsockopt(zmq.RCVTIMEO, 200)
    for number in range(50):
        terminal.say(f"try {number}")
        with contextlib.suppress(zmq.Again):
            while (event := bob.next_message()).nick != "ada":
                pass
            bob._broadcasts.setsockopt(zmq.RCVTIMEO, round(WAIT_S * 1000))
            return event.text.startswith("try ")
    return False


def test_a_nickname_is_taken_at_both_doors(broker, call):
    with contextlib.closing(ZeroMQ(broker, "bob")):
        ada = call(Caller)
        ada.until("call you? ")
        ada.say("BOB")
        assert "taken" in ada.line()
        ada.say("bad/name")
        assert 'The nickname holds "/";' in ada.line()
        ada.say("ada")
        assert ada.line().startswith("Nice to meet you, ada!")


def test_a_flood_is_slowed_down_in_order_and_nothing_is_lost(tmp_path):
    with Broker(tmp_path / "slow", "--rate", "20") as broker:
        ada = Caller(broker.front_door, "ada")
        with contextlib.closing(ada):
            lines = [f"line {number}" for number in range(215)]  # 200 at once, the others at 20 a second
            ada.say(*lines)
            assert [ada.line() for _ in lines] == [f"ada: {line}" for line in lines]


def test_many_visitors_hear_everything_in_the_same_order(broker, call):
    crowd = [call(Caller) for _ in range(50)]
    for number, visitor in enumerate(crowd):
        visitor.say(f"v{number}")
        visitor.until("leave.\n")
    for visitor in crowd:
        visitor.say(*(f"{number}" for number in range(5)))
    heard = []
    for visitor in crowd:
        said = []
        while len(said) < 5 * len(crowd):
            line = visitor.line()
            said += [line] if ": " in line else []
        heard.append(said)
    assert all(said == heard[0] for said in heard)
    assert len(set(heard[0])) == 5 * len(crowd)


# -- The end -------------------------------------------------------------------------------------


def test_stopping_the_broker_tells_everybody(broker, call):
    terminal = call(Caller, "ada")
    window = call(OriginalClient, "zoe")
    watch = Stopwatch()
    assert broker.stop() == 0
    assert watch.read_s() < 2
    assert "stopping" in terminal.rest()
    window.wait_for("stopping")
    window.join()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(broker.front_door, WAIT_S)


def test_what_visitors_said_is_there_after_a_kill(broker, call):
    ada = call(Caller, "ada")
    ada.say("remember this")
    assert ada.line() == "ada: remember this"
    broker.kill()
    broker.start()
    with contextlib.closing(ZeroMQ(broker, "bob")) as bob:
        page = bob.request(History(id="h", room=LOBBY, limit=100))
    assert b"".join(map(bytes, page.events)).count(b"remember this") == 1
    call(Caller, "ada")  # the nickname is free again: its session was its connection


def test_the_log_never_holds_what_people_say(broker, call):
    ada = call(Caller, "ada")
    ada.say("a secret", "!end")
    ada.rest()
    ada.close()
    broker.process.wait_for("closed successfully")
    assert not any("secret" in line for line in broker.process.lines)
