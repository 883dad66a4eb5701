"""What comes over the wire: read, refused or ignored, never a crash."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.shared.protocol.answers import Error, HistoryAnswer, Stored, error, retry_after
from loggia.shared.protocol.codec import Malformed, array, decode_requests, encode
from loggia.shared.protocol.down import decode_down, decode_event, decode_events
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.events import JoinedEvent, MessageEvent, OtherEvent, PresenceEvent, Received
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.requests import Join, Message, Ping

LIMITS = Limits()
EVENT = {"room": "lobby", "seq": 1, "at": 5, "nick": "ada", "account": "a", "id": "i"}


def dumps(value: object) -> bytes:
    return json.dumps(value).encode()


def refusals(frame: bytes, limits: Limits = LIMITS) -> list[tuple[str | None, str]]:
    """(id, code) of what could not be read; ("read", op) of what could."""
    return [
        (read.error.id, read.error.code) if isinstance(read, Malformed) else ("read", type(read).__name__)
        for read in decode_requests(frame, limits)
    ]


def test_one_request_or_an_array_of_them() -> None:
    one = {"op": "join", "id": "1", "nick": "ada", "of the future": True}
    assert decode_requests(dumps(one), LIMITS) == (Join(id="1", nick="ada"),)
    assert decode_requests(dumps([one, {"op": "ping", "id": "2"}]), LIMITS) == [
        Join(id="1", nick="ada"),
        Ping(id="2"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"op": "dance", "id": "1"}, "unknown_op"),
        ({"op": "message", "id": "1"}, "bad_request"),
        ({"op": "message", "id": "1", "room": "lobby", "text": 7}, "bad_request"),
        ({"op": ["message"], "id": "1"}, "bad_request"),
        ({"id": "1"}, "bad_request"),
        ({"op": "history", "id": "1", "room": "lobby", "limit": 0}, "bad_request"),
        ({"op": "history", "id": "1", "room": "lobby", "after": 2**40}, "bad_request"),
    ],
)
def test_a_request_that_cannot_be_read_is_answered_by_its_id(content: object, code: str) -> None:
    assert refusals(dumps(content)) == [("1", code)]


@pytest.mark.parametrize("frame", [b"", b"\xff", b"{", b"7", b"null", b"[]", b"[1]", b"[" * 9999])
def test_a_frame_that_cannot_be_read_is_answered_without_an_id(frame: bytes) -> None:
    assert refusals(frame) == [(None, "bad_frame")]


@pytest.mark.parametrize("request_id", ["", "x" * 65, 7, None])
def test_an_id_that_is_none_is_not_repeated(request_id: object) -> None:
    assert refusals(dumps({"op": "ping", "id": request_id})) == [(None, "bad_request")]


def test_one_bad_request_of_an_array_does_not_hurt_the_others() -> None:
    ping = {"op": "ping", "id": "1"}
    assert refusals(dumps([ping, {"op": "dance", "id": "2"}, ping])) == [
        ("read", "Ping"),
        ("2", "unknown_op"),
        ("read", "Ping"),
    ]


def test_a_frame_or_an_array_that_is_too_long_is_refused() -> None:
    long = {"op": "message", "id": "1", "room": "lobby", "text": "x" * 100}
    assert refusals(dumps(long), Limits(frame_bytes=64)) == [("1", "too_large")]
    assert refusals(b"x" * 100, Limits(frame_bytes=64)) == [(None, "too_large")]
    pings = [{"op": "ping", "id": "1"}] * 3
    assert refusals(dumps(pings), Limits(array_requests=2)) == [(None, "too_large")]


@given(st.binary(max_size=200))
def test_no_bytes_crash_a_reader(frame: bytes) -> None:
    assert decode_requests(frame, LIMITS)
    skipped: list[Refused] = []
    assert len(decode_down(frame, skipped)) + len(skipped) >= (frame.strip() != b"[]")
    decode_events(frame, [])


def test_down_frames_mix_answers_and_events() -> None:
    history = {"op": "history", "id": "2", "room": "lobby", "epoch": "e", "head": 1, "more": False}
    items = [
        {"op": "stored", "id": "1", "room": "lobby", "seq": 1, "at": 5},
        {"op": "joined", **EVENT},
        {**history, "events": [{"op": "message", **EVENT, "text": "hi", "heard_by": 9}]},
        {"op": "error", "id": None, "code": "slow_down", "text": "Wait.", "retry_after_ms": 7},
    ]
    stored, joined, page, told = decode_down(dumps(items))
    assert isinstance(stored, Stored)
    assert isinstance(joined, Received)
    assert isinstance(joined.event, JoinedEvent)
    assert isinstance(page, HistoryAnswer)
    assert isinstance(told, Error)
    assert decode_event(page.events[0]) == MessageEvent(**EVENT, text="hi")  # type: ignore[arg-type]
    assert retry_after(told) == 7


def test_what_cannot_be_read_is_left_out_only_when_asked() -> None:
    frame = dumps([{"op": "message", **EVENT, "text": "hi"}, {"op": "message"}, 7])
    skipped: list[Refused] = []
    assert len(decode_events(frame, skipped)) == 1
    assert [refused.code for refused in skipped] == ["bad_frame", "bad_frame"]
    with pytest.raises(Refused, match="bad_frame"):
        decode_events(frame)


def test_events_of_the_future_keep_their_place_and_all_their_fields() -> None:
    event = {"op": "pinned", **EVENT, "target": {"seq": 3}}
    (read,) = decode_events(dumps([event]))
    assert isinstance(read, Received)
    assert isinstance(read.event, OtherEvent)
    assert read.seq == 1
    assert read.event.fields == json.loads(read.body) == event


@pytest.mark.parametrize("op", ["message", "joined", "left", "renamed", "pinned"])
def test_what_came_is_kept_byte_for_byte(op: str) -> None:
    """Whatever this program makes of it: fields that it does not know, in any order, written in any way."""
    body = (
        f'{{ "mood":[1, null,{{"deep":1.50}}],"op" : "{op}", "text":"hi\\u00e9\u00e9",'
        f'"reason":"end","was":"x",'
        f'{dumps(EVENT).decode()[1:-1]},\n "heard_by" :9007199254740993 }}'
    ).encode()
    for frame in (b"[" + body + b"]", b' [ {"op":"?"} ,' + body + b" ,7,\n" + body + b"] "):
        for decoded in (decode_events(frame, []), decode_down(frame, [])):
            assert {read.body for read in decoded} == {body}
            assert all(read.event == decode_event(body) for read in decoded)


def test_a_body_keeps_no_frame_alive() -> None:
    """A part that points into its frame would hold all of it for as long as it waits behind a hole."""
    (read,) = decode_events(dumps([{"op": "message", **EVENT, "text": "hi"}]))
    assert type(read.body) is bytes


def test_what_passes_has_no_body() -> None:
    presence = {"op": "presence", "room": "lobby", "nick": "ada", "account": "a", "presence": "away"}
    assert decode_events(dumps([presence])) == [
        PresenceEvent(room="lobby", nick="ada", account="a", presence="away")
    ]


@pytest.mark.parametrize("field", [b'"z":1e999', b'"z":"\xff"', b'"\xff":1'])
@pytest.mark.parametrize("op", [b"message", b"pinned"])
def test_a_field_that_nobody_can_read_costs_no_more_than_itself(op: bytes, field: bytes) -> None:
    """A newer program that knows the field must still find the event in its copy, in its place."""
    body = dumps(EVENT)[:-1] + b',"op":"' + op + b'","text":"hi",' + field + b"}"
    (read,) = decode_events(b"[" + body + b"]")
    assert (read.seq, read.event.nick, read.body) == (1, "ada", body)


def test_an_event_comes_back_as_it_was_written() -> None:
    event = MessageEvent(**EVENT, text="\u202e\U0001f600\n", reply_to=0, bot=True)  # type: ignore[arg-type]
    assert decode_event(encode(event)) == event


def test_answers_and_requests_on_the_wire() -> None:
    request = Message(id="1", room="lobby", text="hi")
    assert json.loads(array([encode(request)])) == [
        {"op": "message", "id": "1", "room": "lobby", "text": "hi"}
    ]
    assert json.loads(encode(error("1", Refused("slow_down", "Wait.", 7)))) == {
        "op": "error",
        "id": "1",
        "code": "slow_down",
        "text": "Wait.",
        "retry_after_ms": 7,
    }
    assert "retry_after_ms" not in json.loads(encode(error(None, Refused("bad_nick", "No."))))


def test_an_error_with_a_code_of_the_future_is_a_refusal_with_its_text():
    (error,) = decode_down(b'[{"op":"error","id":"1","code":"too_early","text":"Come back at noon."}]')
    assert error == Error(id="1", code="not_allowed", text="Come back at noon.")


def test_an_event_with_a_value_of_the_future_keeps_its_place():
    line = (
        b'{"op":"left","room":"lobby","seq":7,"at":1,"nick":"ada","account":"a","id":"x","reason":"retired"}'
    )
    event = decode_event(line)
    assert isinstance(event, OtherEvent)
    assert event.seq == 7
    assert decode_event(encode(event.fields)) == event


def test_a_limit_of_the_future_is_ignored():
    assert msgspec.json.decode(b'{"text_bytes":10,"poems":3}', type=Limits).text_bytes == 10
