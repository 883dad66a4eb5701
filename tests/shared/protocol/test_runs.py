"""Frames of one peer that are read together: the same as each by itself."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from loggia.shared.protocol.codec import decode_requests, decode_run, encode, encode_each
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.limits import Limits

LIMITS = Limits()
ONE = b'{"op":"ping","id":"1"}'
OTHERS = [
    b"",
    b" ",
    b"{",
    b"}",
    b"\n",
    b"null",
    b"{}",
    b"\xff",
    ONE + ONE,
    ONE + b"\n" + ONE,
    ONE + b" ",
    b" " + ONE,
    b"[" + ONE + b"]",
    b"[" + ONE + b"," + ONE + b"]",
    b'{"op":"ping",\n"id":"2"}',
    b'{"op":"ping",',
    b'"id":"3"}',
    b'{"op":"message","id":"4","room":"lobby","text":"a}\\n{b"}',
    b'{"op":"message","id":"5","room":"lobby","text":"\xc3\xa4"}',
    b'{"op":"message","id":"6","room":"lobby","text":"\xc3"}',
    b'{"op":"nothing","id":"7"}',
    b'{"op":"ping","id":7}',
]


@given(st.lists(st.sampled_from([ONE, ONE[:-1] + b" " * 30 + b"}"])))
def test_each_has_its_bound(frames):
    limits = Limits(frame_bytes=30)
    alone = [request for frame in frames for request in decode_requests(frame, limits)]
    assert list(decode_run(frames, limits)) == alone


@given(st.lists(st.sampled_from([ONE, *OTHERS]), max_size=8))
@example([ONE] * 5)
@example([ONE + ONE, b""])
@example([b"", ONE + ONE])
@example([b"{", b"}"])
@example([ONE[:-1], b"}" + ONE])
def test_each_is_read_as_it_would_be_by_itself(frames):
    alone = [request for frame in frames for request in decode_requests(frame, LIMITS)]
    assert list(decode_run(frames, LIMITS)) == alone


@pytest.mark.parametrize("count", [1, 2, 1000])
def test_messages_are_read_together(count):
    frames = [
        json.dumps({"op": "message", "id": str(number), "room": "lobby", "text": "a\nb"}).encode()
        for number in range(count)
    ]
    assert [request.id for request in decode_run(frames, LIMITS)] == [str(number) for number in range(count)]


@given(st.lists(st.text()))
def test_what_is_encoded_together_is_what_each_is_alone(texts):
    events = [
        MessageEvent("lobby", seq, 5, "ada", "a", str(seq), text, None, False)
        for seq, text in enumerate(texts, 1)
        if text.isprintable() or "\n" in text
    ]
    assert encode_each(events) == [encode(event) for event in events]
