"""docs/protocol.md, "Frames": a request in an envelope, as a REQ socket sends it, and what may go wrong."""

import contextlib
import json
import threading

import pytest
import zmq

from tests.endtoend.people import Visitor
from tests.endtoend.processes import Broker
from tests.endtoend.wire import ANSWER_S, LOBBY, Wire, refused

MANY = 1000


class Req:
    """A REQ socket as a newcomer uses it: `recv` after each `send`, and nothing that is Loggia's."""

    def __init__(self, socket):
        self.socket = socket
        self.socket.rcvtimeo = round(ANSWER_S * 1000)
        self._ids = 0

    def request(self, op, **fields):
        self._ids += 1
        return {"op": op, "id": f"{self._ids:08d}", **fields}

    def exchange(self, frame):
        """What comes for a request: one frame, which is an array."""
        self.socket.send_json(frame)
        answers = json.loads(self.socket.recv())
        assert not self.socket.rcvmore
        assert isinstance(answers, list), answers
        return answers

    def ask(self, op, **fields):
        (answer,) = self.exchange(self.request(op, **fields))
        return answer

    def join(self, nick=None, **fields):
        self.me = self.ask("join", nick=nick, **fields) if nick else self.ask("join", **fields)
        assert self.me["op"] == "joined", self.me
        return self.me


@pytest.fixture
def req(wire):
    """Makes REQ sockets without a session."""
    return lambda **options: Req(wire.socket(zmq.REQ, wire.broker.requests, **options))


STRICT = {"req_correlate": True, "req_relaxed": True}


# -- A REQ socket ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options", [{}, {"req_correlate": True}, STRICT], ids=["bare", "correlate", "relaxed"]
)
def test_a_req_socket_does_all_that_there_is_to_do(wire, req, options):
    room, listener = wire.name("room"), wire.listener("")
    eve = req(**options)
    joined = eve.join(wire.name(), room=room)
    first = eve.request("message", room=room, text="one")
    (stored,) = eve.exchange(first)
    assert (stored["op"], stored["seq"], stored["duplicate"]) == ("stored", 2, False)
    (again,) = eve.exchange(first)
    assert again == {**stored, "duplicate": True}
    page = eve.ask("history", room=room)
    assert [event["op"] for event in page["events"]] == ["joined", "message"]
    assert eve.ask("ping", cursors={room: 0})["heads"] == {room: 2}
    assert eve.ask("members", room=room)["members"][0]["account"] == joined["account"]
    assert any(found["room"] == room for found in eve.ask("rooms")["rooms"])
    assert eve.ask("leave", room=room)["seq"] == 3
    refused(eve.ask("message", room=room, text="two"), "not_member", f"{eve._ids:08d}")
    assert eve.ask("!end")["op"] == "!end"
    refused(eve.ask("ping"), "no_session", f"{eve._ids:08d}")
    assert [e["op"] for e in listener.so_far() if e["room"] == room] == ["joined", "message", "left"]


def test_each_message_of_a_req_socket_gets_exactly_one_whatever_is_in_it(wire, req):
    """An array is answered in one frame, though a DEALER gets several for it and some come in later turns."""
    eve, room = req(), wire.name("room")
    ops = ["join", "message", "join", "nonsense", "history", "!end", "ping", "join", "message"]
    requests = [eve.request(op, room=room, text="hello", nick="eve " + room) for op in ops]
    answers = eve.exchange(requests)
    assert [answer["id"] for answer in answers] == [request["id"] for request in requests]
    assert [answer.get("code", answer["op"]) for answer in answers] == [
        "joined", "stored", "joined", "unknown_op", "history", "!end", "no_session", "joined", "stored",
    ]  # fmt: skip
    many = [eve.request("message", room=room, text=f"number {number}") for number in range(MANY)]
    stored = eve.exchange(many)
    assert [answer["id"] for answer in stored] == [request["id"] for request in many]
    assert [answer["seq"] for answer in stored] == list(range(stored[0]["seq"], stored[0]["seq"] + MANY))
    pages = [eve.request("history", room=room, limit=1000) for _ in range(100)]
    assert [answer["id"] for answer in eve.exchange(pages)] == [page["id"] for page in pages]
    assert eve.ask("ping")["op"] == "pong"


UNREADABLE = {
    "nothing": [b""],
    "no JSON": [b"hello there"],
    "no UTF-8": [b"\xff\xfe"],
    "empty array": [b"[]"],
    "too many": [b"[" + b",".join([b"{}"] * (MANY + 1)) + b"]"],
    "too large": [b"x" * (300 * 1024)],
    "two parts": [b'{"op": "ping", "id": "1"}', b"bytes"],
    "two requests": [b'{"op": "ping", "id": "1"}', b'{"op": "ping", "id": "2"}'],
    "an empty part behind": [b'{"op": "ping", "id": "1"}', b""],
    "only empty parts": [b"", b"", b""],
    "fifty parts": [b"part"] * 50,
    "another one's address": [b"\x00\x00\x00\x00\x01", b'{"op": "!end", "id": "1"}'],
}


@pytest.mark.parametrize("options", [{}, STRICT], ids=["bare", "relaxed"])
@pytest.mark.parametrize("parts", UNREADABLE.values(), ids=UNREADABLE)
def test_a_req_socket_hears_what_was_wrong(wire, req, parts, options):
    eve = req(**options)
    for _ in range(2):
        eve.socket.send_multipart(parts)
        (answer,) = json.loads(eve.socket.recv())
        refused(answer, "too_large" if len(parts[0]) > 3000 else "bad_frame", None)
    eve.join(wire.name())


def test_a_req_socket_with_an_identity_of_its_own_hears_that_it_may_not(req):
    eve = req(routing_id=b"eve")
    refused(eve.ask("ping"), "not_allowed", None)
    refused(eve.ask("ping"), "not_allowed", None)


def test_a_req_socket_keeps_its_session_and_is_missed_when_it_is_gone(wire, req):
    ada, eve = wire.joined(), req()
    nick = wire.name()
    eve.join(nick)
    listener = wire.listener(f"room/{LOBBY}/")
    assert any(member["nick"] == nick for member in ada.ask("members", room=LOBBY)["members"])
    eve.socket.close(linger=0)
    listener.until(lambda event: event["op"] == "presence" and event["nick"] == nick)
    back = req()
    assert back.join(token=eve.me["token"])["account"] == eve.me["account"]
    assert all(event["op"] == "presence" for event in listener.so_far())


def test_a_req_socket_is_told_to_slow_down_and_when_it_may_go_on(tmp_path):
    with Broker(tmp_path / "broker", "--rate", "0.2") as broker, Wire(broker) as wire:
        eve = Req(wire.socket(zmq.REQ, broker.requests))
        eve.join("eve")
        answers = eve.exchange([eve.request("message", room=LOBBY, text="hi") for _ in range(5)])
        assert [answer.get("code", answer["op"]) for answer in answers] == ["stored"] + ["slow_down"] * 4
        assert answers[-1]["retry_after_ms"] > 0
        assert eve.ask("ping")["op"] == "pong"


def test_a_req_socket_in_another_thread_talks_while_others_do(wire, req):
    """Each has its own socket, and nothing of one comes to another."""
    room, count = wire.name("room"), 50
    sockets, seqs = [req(**options) for options in ({}, STRICT, {"req_correlate": True}, {})], []

    def talk(eve):
        eve.join(wire.name(), room=room)
        seqs.extend(eve.ask("message", room=room, text=f"{number}")["seq"] for number in range(count))

    threads = [threading.Thread(target=talk, args=(eve,)) for eve in sockets]
    for thread in threads:
        thread.start()
    ada = wire.joined(room=room)
    for thread in threads:
        thread.join()
    assert len(set(seqs)) == count * len(sockets)
    said = {event["seq"] for event in ada.log(room) if event["op"] == "message"}
    assert said == set(seqs)


# -- The broker stops -----------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_req_socket_that_waits_for_nothing_goes_on_after_a_restart(tmp_path, how):
    """No goodbye is taken for an answer; it joins again and repeats what it is not sure of."""
    with Broker(tmp_path / "broker") as broker, Wire(broker) as wire:
        eve = Req(wire.socket(zmq.REQ, broker.requests))
        eve.join("eve")
        said = eve.request("message", room=LOBBY, text="once")
        (stored,) = eve.exchange(said)
        getattr(broker, how)()
        broker.start()
        refused(eve.ask("ping"), "no_session", f"{eve._ids:08d}")
        assert eve.join(token=eve.me["token"])["account"] == eve.me["account"]
        (again,) = eve.exchange(said)
        assert again == {**stored, "duplicate": True}


def test_a_relaxed_req_socket_repeats_what_a_killed_broker_did_not_answer(tmp_path):
    with Broker(tmp_path / "broker") as broker, Wire(broker) as wire:
        eve = Req(wire.socket(zmq.REQ, broker.requests, **STRICT))
        eve.join("eve")
        said = eve.request("message", room=LOBBY, text="once")
        broker.kill()
        eve.socket.rcvtimeo = 100
        eve.socket.send_json(said)
        with pytest.raises(zmq.Again):
            eve.socket.recv()
        broker.start()
        eve.socket.rcvtimeo = round(ANSWER_S * 1000)
        eve.join(token=eve.me["token"])
        (stored,) = eve.exchange(said)
        assert stored["op"] == "stored"
        texts = [event.get("text") for event in eve.ask("history", room=LOBBY)["events"]]
        assert texts.count("once") == 1


def test_a_goodbye_comes_as_the_last_answer_came(tmp_path):
    with Broker(tmp_path / "broker") as broker, Wire(broker) as wire, contextlib.ExitStack() as visitors:
        ada, eve = wire.joined(), wire.joined()
        visitors.enter_context(Visitor(broker.front_door, "vera"))
        eve.send(b"hop", b"", json.dumps(eve.request("ping")).encode())
        assert eve.socket.recv_multipart()[:2] == [b"hop", b""]
        assert broker.stop() == 0
        refused(ada.next(), "unavailable", None)
        *envelope, frame = eve.socket.recv_multipart()
        assert envelope == [b"hop", b""]
        refused(json.loads(frame)[0], "unavailable", None)


# -- A DEALER -------------------------------------------------------------------------------------


def enveloped(caller, *envelope, request):
    """Send a request in an envelope; its answer, after a look at what came in front of it."""
    caller.send(*envelope, json.dumps(request).encode())
    assert caller.socket.poll(ANSWER_S * 1000)
    *came_in, frame = caller.socket.recv_multipart()
    assert tuple(came_in) == envelope
    (answer,) = json.loads(frame)
    return answer


@pytest.mark.parametrize("envelope", [(b"",), (b"\x00\x00\x01\x02", b""), (b"proxy", b"\x00abcd", b"")])
def test_a_dealer_chooses_with_each_message_whether_it_sends_an_envelope(wire, envelope):
    ada = wire.joined()
    for _ in range(3):
        request = ada.request("message", room=LOBBY, text="in an envelope")
        assert enveloped(ada, *envelope, request=request)["id"] == request["id"]
        assert ada.say("and without")["op"] == "stored"
    ada.says_nothing_more()


def test_plain_and_enveloped_messages_in_flight_are_answered_in_their_order(wire):
    ada = wire.caller()
    join = ada.request("join", nick=wire.name())
    pings = [ada.request("ping") for _ in range(4)]
    ada.post(pings[0], join, pings[1])
    ada.send(b"x", b"", json.dumps(pings[2]).encode())
    ada.post(pings[3])
    came = []
    while len(came) < 5:
        assert ada.socket.poll(ANSWER_S * 1000)
        *envelope, frame = ada.socket.recv_multipart()
        came += [(envelope, item["id"], item.get("code", item["op"])) for item in json.loads(frame)]
    assert came == [
        ([], pings[0]["id"], "no_session"),
        ([], join["id"], "joined"),
        ([], pings[1]["id"], "pong"),
        ([b"x", b""], pings[2]["id"], "pong"),
        ([], pings[3]["id"], "pong"),
    ]


@pytest.mark.parametrize("parts", [[b""], [b"x", b"y"], [b"x", b""], [b"", b""], [b""] * 50, [b"x"] * 50])
@pytest.mark.parametrize("in_session", [True, False])
def test_parts_without_a_request_are_answered(wire, parts, in_session):
    eve = wire.joined() if in_session else wire.caller()
    eve.send(*parts)
    assert eve.socket.poll(ANSWER_S * 1000)
    *envelope, frame = eve.socket.recv_multipart()
    assert envelope == ([b""] if len(parts) > 1 and not parts[0] else [])
    refused(json.loads(frame)[0], "bad_frame", None)
    eve.says_nothing_more()


def test_a_request_in_front_of_an_empty_part_is_no_envelope(wire):
    ada = wire.joined()
    request = json.dumps(ada.request("ping")).encode()
    for parts in ([request, b""], [request, b"", request], [request, b"bytes", b"", request]):
        ada.send(*parts)
        refused(ada.next(), "bad_frame", None)
    ada.says_nothing_more()


def test_req_sockets_behind_a_proxy_get_each_its_own(wire):
    """A ROUTER in front and a DEALER behind it: one connection to the broker, so one session."""
    front = wire.context.socket(zmq.ROUTER)
    back = wire.socket(zmq.DEALER, wire.broker.requests)
    control = wire.context.socket(zmq.PAIR)
    stop = wire.context.socket(zmq.PAIR)
    control.bind("inproc://stop the proxy")
    stop.connect("inproc://stop the proxy")
    port = front.bind_to_random_port("tcp://127.0.0.1")
    proxy = threading.Thread(target=zmq.proxy_steerable, args=(front, back, None, control))
    proxy.start()
    try:
        clients = [Req(wire.socket(zmq.REQ, f"tcp://127.0.0.1:{port}", **more)) for more in ({}, STRICT)]
        clients[0].join(wire.name())
        for number in range(10):
            for client in clients:
                request = client.request("message", room=LOBBY, text=f"{number}")
                request["id"] = f"{number} of {client.socket.fd}"
                (stored,) = client.exchange(request)
                assert (stored["op"], stored["id"]) == ("stored", request["id"])
    finally:
        stop.send(b"TERMINATE")
        proxy.join()
        for socket in (front, control, stop):
            socket.close(linger=0)
