"""docs/protocol.md: who is who at the doors, what is broadcast, and strangers."""

import contextlib
import json
import socket

import pytest
import zmq

from tests.endtoend.wire import LOBBY, refused
from tests.patience import PATIENCE_S

# -- Routing identities -------------------------------------------------------------------------


@pytest.mark.parametrize("identity", [b"ada", b"12345", b"\xff" * 5, b"x" * 255])
def test_a_routing_identity_that_the_client_chose_is_refused(wire, identity):
    eve = wire.caller(routing_id=identity)
    eve.post(eve.request("join", nick=wire.name()))
    answer = eve.next()
    refused(answer, "not_allowed", answer["id"])
    eve.post(eve.request("ping"))
    assert eve.next()["op"] == "error"


def test_nobody_takes_over_a_connection_by_its_identity(wire):
    ada = wire.joined()
    first, second = (wire.caller(routing_id=b"same") for _ in range(2))
    for eve in (first, second):
        eve.post(eve.request("ping"))
    refused(first.next(), "not_allowed", None)
    ada.says_nothing_more()


# -- Broadcasts ---------------------------------------------------------------------------------


def test_topics_are_rooms_and_end_with_a_slash(wire):
    lab = wire.name("lab")
    listener, everything = wire.listener(f"room/{lab}/"), wire.listener("")
    ada = wire.joined(room=lab)
    assert ada.topic == f"room/{lab}/"
    others = [lab + "2", lab + " 2", lab[:-1] + "x"]
    for room in others:
        ada.ask("join", room=room)
        ada.say("elsewhere", room)
    ada.say("here", lab)
    assert {event["room"] for event in listener.so_far()} == {lab}
    assert {event["room"] for event in everything.so_far()} >= {lab, *others}


def test_broadcasts_of_a_room_are_its_log(wire):
    """The same events, in the order of their seq, each once."""
    room = wire.name("room")
    listener = wire.listener(f"room/{room}/")
    ada, bob = wire.joined(room=room), wire.joined(room=room)
    ada.say("a" * 5000)
    bob.say("\u202e \n\t <b>\U0001f600")
    bob.ask("leave", room=room)
    ada.ask("join", nick=wire.name("renamed"), room=room)
    assert listener.so_far() == ada.log(room)


def test_answers_are_never_broadcast(wire):
    everything = wire.listener("")
    ada = wire.joined()
    ada.say("hello")
    for op in ("history", "rooms", "members", "ping", "nonsense"):
        ada.ask(op, room=LOBBY)
    ada.send(b"junk")
    ada.next()
    back = wire.resumed(ada)
    back.ask("leave", room=LOBBY)
    back.ask("!end")
    ops = {"message", "joined", "left", "presence", "renamed"}
    events = everything.so_far()
    assert {event["op"] for event in events} <= ops
    assert all("seq" in event or event["op"] == "presence" for event in events)
    assert ada.token not in json.dumps(events)


# -- Strangers at the doors ---------------------------------------------------------------------


@pytest.mark.parametrize("door", ["requests", "broadcasts"])
@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"\xff" + b"\x00" * 8 + b"\x7f" * 5000, b""])
def test_what_speaks_no_zeromq_does_no_harm(wire, door, said):
    host, port = getattr(wire.broker, door).removeprefix("tcp://").rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as stranger:
        stranger.sendall(said)
        listener, ada = wire.listener(""), wire.joined()
        ada.say("still here")
        assert any(event.get("text") == "still here" for event in listener.so_far())


@pytest.mark.parametrize("kind", [zmq.SUB, zmq.PUSH, zmq.ROUTER, zmq.PAIR])
def test_the_wrong_socket_at_the_requests_door_does_no_harm(wire, kind):
    wire.socket(kind, wire.broker.requests)
    ada = wire.joined()
    assert ada.ask("ping")["op"] == "pong"


def test_a_subscriber_that_sends_something_else_does_no_harm(wire):
    stranger = wire.socket(zmq.XSUB, wire.broker.broadcasts)
    for junk in (b"\x01" + b"t" * 500, b"hello", b"\x02", b"\x01" + b"t" * 100_000):
        stranger.send(junk)
    listener, ada = wire.listener(""), wire.joined()
    ada.say("still here")
    assert any(event.get("text") == "still here" for event in listener.so_far())


def part(body: bytes, more: bool = False) -> bytes:
    """A message part as ZMTP 1 writes it: length, flags, body."""
    return bytes([len(body) + 1, int(more)]) + body


def test_a_peer_of_the_oldest_protocol_hurts_nobody(wire):
    """Its frames do not tell where they come from; what it sends may not be taken for another's."""
    ada = wire.joined()
    host, _, port = wire.broker.requests.removeprefix("tcp://").rpartition(":")
    with contextlib.ExitStack() as strangers:
        for _ in range(20):
            stranger = strangers.enter_context(socket.create_connection((host, int(port))))
            stranger.sendall(part(b"") + part(b"hello"))
            forged = part(b"x", more=True) + part(b"\0abcd", more=True) + part(b'{"op":"!end","id":"f"}')
            stranger.sendall(forged)
            assert ada.ask("ping")["op"] == "pong"
            assert ada.say("still here")["op"] == "stored"
