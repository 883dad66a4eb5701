"""docs/protocol.md, frames: requests and answers in arrays, limits, and what cannot be read."""

import json

import pytest

from tests.endtoend.wire import LOBBY, refused
from tests.patience import PATIENCE_S

FRAME_BYTES = 256 * 1024


MANY = 1000


def padded(request: dict, size: int) -> bytes:
    """The request as a frame of exactly `size` bytes; the padding is in a field nobody knows."""
    bare = len(json.dumps({**request, "padding": ""}))
    frame = json.dumps({**request, "padding": "x" * (size - bare)}).encode()
    assert len(frame) == size
    return frame


# -- One frame up, an array down ----------------------------------------------------------------


def test_a_single_request_is_answered_in_an_array(wire):
    ada = wire.joined()
    ada.post(ada.request("ping"))
    assert [item["op"] for item in ada.frame()] == ["pong"]


def test_an_array_is_answered_in_the_order_of_its_requests_whatever_they_are(wire):
    ada = wire.caller()
    ops = [
        "join",
        "message",
        "rooms",
        "message",
        "nonsense",
        "history",
        "ping",
        "leave",
        "message",
        "!end",
        "ping",
    ]
    requests = [ada.request(op, room=LOBBY, text="hello") for op in ops]
    requests[0]["nick"] = wire.name()
    requests[3]["text"] = 7
    ada.post(*requests)
    answers = ada.take(len(ops))
    assert [answer["id"] for answer in answers] == [request["id"] for request in requests]
    assert [answer.get("code", answer["op"]) for answer in answers] == [
        "joined", "stored", "rooms", "bad_request", "unknown_op", "history", "pong", "stored",
        "not_member", "!end", "no_session",
    ]  # fmt: skip
    ada.says_nothing_more()


def test_what_is_asked_behind_a_join_sees_it_done(wire):
    ada, room = wire.caller(), wire.name("room")
    ada.post(
        ada.request("join", nick=wire.name(), room=room),
        ada.request("message", room=room, text="first"),
        ada.request("history", room=room),
    )
    joined, stored, history = ada.take(3)
    assert (joined["head"], stored["seq"]) == (1, 2)
    assert [event["op"] for event in history["events"]] == ["joined", "message"]


def test_what_waits_together_travels_together_within_bounds(wire):
    """1000 answers and 1000 events take a few frames, none of them with everything."""
    room = wire.name("room")
    listener, ada = wire.listener(f"room/{room}/"), wire.joined(room=room)
    listener.so_far()
    ada.frames = listener.frames = 0
    ada.post(*[ada.request("message", room=room, text=f"number {number}") for number in range(MANY)])
    stored = ada.take(MANY)
    assert [answer["seq"] for answer in stored] == list(range(2, MANY + 2))
    assert 2 <= ada.frames <= 20
    assert [event["seq"] for event in listener.so_far()] == list(range(2, MANY + 2))
    assert 2 <= listener.frames <= 20


def test_frames_down_are_bounded_in_bytes(wire):
    ada, room = wire.joined(), wire.name("room")
    ada.ask("join", room=room)
    for _ in range(8):
        ada.post(*[ada.request("message", room=room, text="x" * 16_000) for _ in range(15)])
        ada.take(15)
    pages = [ada.request("history", room=room, limit=1000) for _ in range(20)]
    ada.post(*pages)
    sizes = []
    while len(sizes) < len(pages):
        assert ada.socket.poll(PATIENCE_S * 1000)
        frame = ada.socket.recv()
        sizes += [len(frame)] * len(json.loads(frame))
    assert max(sizes) < 2 * FRAME_BYTES


def test_nothing_waits_to_fill_a_frame(wire):
    """Each of these is answered before the next is asked, with nothing else going on."""
    ada = wire.joined()
    ada.frames = 0
    for number in range(100):
        ada.say(f"number {number}")
    assert ada.frames == 100


UNREADABLE = {
    "nothing": b"",
    "no JSON": b"hello there",
    "half of it": b'{"op": "ping", "id": "1"',
    "two of them": b'{"op": "ping", "id": "1"}{"op": "ping", "id": "2"}',
    "text": b'"ping"',
    "number": b"12",
    "null": b"null",
    "empty array": b"[]",
    "bytes that are no UTF-8": b'{"op": "message", "id": "1", "room": "lobby", "text": "\xff\xfe"}',
    "UTF-16": '{"op": "ping", "id": "1"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"op": "ping", "id": "1"}',
    "surrogate in bytes": b'{"op": "ping", "id": "\xed\xa0\x80"}',
    "half a surrogate pair": b'{"op": "message", "id": "1", "room": "lobby", "text": "\\ud800"}',
    "overlong UTF-8": b'{"op": "ping", "id": "\xc0\xaf"}',
    "not a number": b'{"op": "ping", "id": "1", "cursors": NaN}',
    "zeros": b"\x00" * 100,
    "deep arrays": b"[" * 100_000 + b"]" * 100_000,
    "open arrays": b"[" * 200_000,
    "deep objects": b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
    "endless number": b"9" * 100_000,
    "a routing line": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


# -- What cannot be read ------------------------------------------------------------------------


@pytest.mark.parametrize("frame", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("in_session", [True, False])
def test_an_unreadable_frame_is_answered_with_a_null_id(wire, frame, in_session):
    ada = wire.joined() if in_session else wire.caller()
    ada.send(frame)
    refused(ada.next(), "bad_frame", None)
    ada.says_nothing_more()


def test_deep_nesting_in_an_unknown_field_is_answered(wire):
    ada = wire.joined()
    deep = b'{"op": "ping", "id": "deep", "more": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    ada.send(deep)
    assert ada.next()["op"] in ("pong", "error")
    ada.says_nothing_more()


def test_each_thing_in_an_array_that_is_no_request_is_answered_in_its_place(wire):
    ada = wire.joined()
    ada.post(ada.request("ping"), 7, None, "ping", [], {}, ada.request("ping"))
    answers = ada.take(7)
    assert [answer.get("code", answer["op"]) for answer in answers] == [
        "pong", "bad_frame", "bad_frame", "bad_frame", "bad_frame", "bad_request", "pong",
    ]  # fmt: skip
    assert {answer["id"] for answer in answers[1:-1]} == {None}


def test_unknown_fields_are_ignored(wire):
    ada = wire.joined(colour="red", members=[1, {"a": None}])
    assert ada.ask("message", room=LOBBY, text="hi", mood={"deep": [1, 2]}, seq=77)["seq"] != 77
    assert "colour" not in ada.log()[-1]
    assert "mood" not in ada.log()[-1]


# -- Limits of a frame --------------------------------------------------------------------------


def test_a_frame_of_the_limit_passes_and_one_byte_more_is_too_large(wire):
    ada = wire.joined()
    request = ada.request("ping")
    ada.send(padded(request, FRAME_BYTES))
    assert ada.next()["op"] == "pong"
    ada.send(padded(request, FRAME_BYTES + 1))
    refused(ada.next(), "too_large", request["id"])
    ada.send(b"x" * (FRAME_BYTES + 1))
    refused(ada.next(), "too_large", None)
    ada.says_nothing_more()


@pytest.mark.parametrize("length", [999, 1000])
def test_an_array_of_a_thousand_requests_passes(wire, length):
    ada = wire.joined()
    requests = [ada.request("ping") for _ in range(length)]
    ada.post(*requests)
    assert [answer["id"] for answer in ada.take(length)] == [request["id"] for request in requests]
    ada.says_nothing_more()


def test_an_array_of_more_is_refused_whole(wire):
    ada = wire.joined()
    before = ada.ask("history", room=LOBBY)["head"]
    ada.post(*[ada.request("message", room=LOBBY, text="hi") for _ in range(MANY + 1)])
    refused(ada.next(), "too_large", None)
    ada.says_nothing_more()
    assert ada.ask("history", room=LOBBY)["head"] == before


def test_a_frame_of_two_mebibytes_hurts_nobody(wire):
    ada, eve = wire.joined(), wire.joined()
    for _ in range(5):
        eve.send(b"x" * (2 * 1024 * 1024))
        assert ada.ask("ping")["op"] == "pong"
    fresh = wire.joined()
    assert fresh.say("hello")["seq"] == ada.ask("history", room=LOBBY)["head"]


# -- A second frame -----------------------------------------------------------------------------


@pytest.mark.parametrize("behind", [(b"",), (b"\x00\xff",), (b"x" * FRAME_BYTES,), (b"a", b"b", b"c")])
def test_bytes_behind_a_request_that_takes_none_are_answered(wire, behind):
    ada = wire.joined()
    before = ada.ask("history", room=LOBBY)["head"]
    ada.send(json.dumps(ada.request("message", room=LOBBY, text="hi")).encode(), *behind)
    answer = ada.next()
    refused(answer, "bad_frame", answer["id"])
    ada.says_nothing_more()
    assert ada.ask("history", room=LOBBY)["head"] == before


def test_a_part_that_looks_like_a_frame_of_another_peer_is_no_request(wire):
    ada, eve = wire.joined(), wire.joined()
    eve.send(b"junk", b"\x00\x00\x00\x00\x01", b'{"op":"!end","id":"1"}')
    refused(eve.next(), "bad_frame", None)
    eve.says_nothing_more()
    ada.says_nothing_more()
