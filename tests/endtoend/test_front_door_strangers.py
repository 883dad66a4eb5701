"""Programs that take the front door of a real broker for another server say nothing in the chat."""

import contextlib
import http.client
import re
import shutil
import socket
import ssl
import subprocess
import urllib.request

import pytest
import zmq
from zmq.utils.monitor import recv_monitor_message

from tests.broker.callers import WAIT_S, Caller
from tests.endtoend.people import Raw


@pytest.fixture
def reader(broker):
    """Somebody in the lobby, who reads all that is stored."""
    with contextlib.closing(Raw(broker.requests, "ada", bot=False)) as reader:
        yield reader


def knock(broker, kind):
    """One stranger comes and is gone, and the broker said so in one line behind those of the accept."""
    seen = len(broker.process.lines)
    _KNOCKS[kind](broker.front_door)
    told = r"^([0-9.:]+) speaks .*; it was told so, and the connection is closed\.$"
    (line,) = [line for line in _new_lines(broker, seen, told) if re.match(told, line)]
    peer = re.match(told, line)[1]
    mine = [line for line in broker.process.lines[seen:] if peer in line]
    assert mine == [f"Accepted connection request from: {peer}.", f"{peer} connection complete.", line]


def _new_lines(broker, seen, pattern):
    broker.process.wait_for(pattern)
    return broker.process.lines[seen:]


def _posted(door):
    request = urllib.request.Request("http://{}:{}/".format(*door), data=b"I resign.\nada\n!end\n")
    with pytest.raises(http.client.HTTPException):
        urllib.request.urlopen(request, timeout=WAIT_S)


def _fetched(door):
    """What a web page can send to a reader's loopback: a form of plain text, of several megabytes."""
    headers = {"Origin": "http://evil.example", "Content-Type": "text/plain"}
    body = b"x" * 3_000_000 + b"\nada\nI resign.\n"
    connection = http.client.HTTPConnection(*door, timeout=WAIT_S)
    with contextlib.closing(connection):
        with contextlib.suppress(OSError):  # it may be closed while we send
            connection.request("POST", "/", body, headers)
        with contextlib.suppress(OSError, http.client.HTTPException):
            assert not connection.getresponse()


def _curl(door):
    if not shutil.which("curl"):
        return _posted(door)
    url = "http://{}:{}/".format(*door)
    words = ["curl", "-s", "-X", "POST", "--http0.9", "--data-binary", "I resign.", url]
    assert subprocess.run(words, capture_output=True, timeout=WAIT_S, check=False).returncode in (0, 1, 56)


def _tls(door):
    context = ssl.create_default_context()
    with socket.create_connection(door, WAIT_S) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_hostname="localhost").close()


def _irc(door):
    _says(door, b"CAP LS 302\r\nNICK ada\r\nUSER ada 0 * :Ada\r\nJOIN #lobby\r\nPRIVMSG #lobby :I resign\r\n")


def _ssh(door):
    _says(door, b"SSH-2.0-OpenSSH_9.2p1\r\n")


def _join(door):
    assert "requests door" in _says(door, b'{"op": "join", "id": "1", "nick": "ada"}\n')


def _in_pieces(door):
    with contextlib.closing(Caller(door)) as caller:
        caller.until("call you? ")
        for piece in (b"PO", b"ST", b" / HT", b"TP/1.1\r\n", b"Host: x\r\n\r\nI resign."):
            with contextlib.suppress(OSError):  # closed already
                caller.send(piece)
            caller.socket.settimeout(0.05)
            with contextlib.suppress(OSError):
                caller.heard += caller.socket.recv(65536)


def _says(door, data):
    with contextlib.closing(Caller(door)) as caller:
        caller.until("call you? ")
        caller.send(data)
        answer = caller.rest()
        assert answer.count("\n") <= 1, answer
        return answer


def _zeromq(door):
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.setsockopt(zmq.LINGER, 0)
        dealer.setsockopt(zmq.RECONNECT_IVL, -1)  # one try
        with contextlib.closing(dealer.get_monitor_socket()) as monitor:
            dealer.connect("tcp://{}:{}".format(*door))
            dealer.send(b'{"op": "join", "id": "1", "nick": "ada"}')
            over = False
            while not over:
                assert monitor.poll(WAIT_S * 1000)
                over = recv_monitor_message(monitor)["event"] in _OVER
            dealer.disable_monitor()


_OVER = (zmq.EVENT_DISCONNECTED, zmq.EVENT_CLOSED, zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL)
_KNOCKS = {
    "a POST": _posted,
    "a web page": _fetched,
    "curl": _curl,
    "TLS": _tls,
    "IRC": _irc,
    "SSH": _ssh,
    "a join": _join,
    "in pieces": _in_pieces,
    "ZeroMQ": _zeromq,
}


@pytest.mark.parametrize("kind", _KNOCKS)
def test_a_stranger_says_nothing_in_the_chat(broker, reader, kind):
    knock(broker, kind)
    reader.say("still here")
    assert [(event["op"], event["nick"]) for event in reader.log()] == [("joined", "ada"), ("message", "ada")]


def test_who_was_told_to_wait_may_come_again(broker, reader):
    answer = _says(broker.front_door, b"ada\nI resign\n!end\n")
    assert answer.startswith("The nickname is taken by ada")
    assert answer.endswith("wait for the answer to your nickname.\n")
    bob = Caller(broker.front_door, "bob")
    with contextlib.closing(bob):
        reader.say("still here")
        assert bob.line() == "ada: still here"
    assert not any(event.get("text") == "I resign" for event in reader.log())
