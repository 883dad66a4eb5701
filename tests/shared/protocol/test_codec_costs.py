"""Frames made to cost: what cannot be read is looked at for its `id`, and nothing else of it is built."""

import tracemalloc

import pytest
from loggia.shared.protocol.codec import Malformed, decode_requests
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.requests import End, Join, Ping

LIMITS = Limits()
NONE_BUILT = 128 * 1024  # bytes: a view of each of as many items as one array may have, and some room
COPIES = 3 * LIMITS.frame_bytes  # what fits is looked at as text, and copied where a key may stand twice
PING = b'{"op":"ping","id":"p"}'
SIZES = {"one frame": LIMITS.frame_bytes, "too large a frame": 4 * LIMITS.frame_bytes}


def listed(item: bytes, most: int, begin: bytes = b"[", end: bytes = b"]") -> bytes:
    """As often as there is room for it."""
    return begin + b",".join([item] * ((most - len(begin) - len(end)) // (len(item) + 1))) + end


def fields(most: int) -> bytes:
    return b"".join(b',"%07d":0' % number for number in range(most // 12))


DANCE = b'{"op":"dance","id":"1"'
LEAVE = b'{"op":"leave","id":"1"'
PAGE = b'{"op":"history","id":"1","room":"a","after":'

# What is sent, what of it is an id, and why it is refused where it fits a frame.
COSTLY = {
    "lists": (lambda most: listed(b"[]", most), None, "too_large"),
    "numbers": (lambda most: listed(b"1", most), None, "too_large"),
    "fractions": (lambda most: listed(b"1.5e3", most), None, "too_large"),
    "objects": (lambda most: listed(b"{}", most), None, "too_large"),
    "strings": (lambda most: listed(b'"\xc3\xa9"', most), None, "too_large"),
    "requests": (lambda most: listed(PING, most), None, "too_large"),
    "lists of lists": (lambda most: listed(listed(b"[]", 200), most), None, "too_large"),
    "lists without an end": (lambda most: listed(b"[]", most, end=b""), None, "bad_frame"),
    "deep lists": (lambda most: b"[" * most, None, "bad_frame"),
    "deep objects": (lambda most: b'{"a":' * (most // 5), None, "bad_frame"),
    "no JSON": (lambda most: b"x" * most, None, "bad_frame"),
    "spaces": (lambda most: b" " * most, None, "bad_frame"),
    "deep in a field": (lambda most: DANCE + b',"x":' + b"[" * (most - 99), None, "bad_frame"),
    "a list in a field": (lambda most: listed(b"[]", most, DANCE + b',"x":[', b"]}"), "1", "unknown_op"),
    "unknown fields": (lambda most: DANCE + fields(most - 99) + b"}", "1", "unknown_op"),
    "one key again": (lambda most: listed(b'"id":"1"', most, DANCE + b",", b"}"), "1", "unknown_op"),
    "an op of lists": (lambda most: listed(b"[]", most, b'{"id":"1","op":[', b"]}"), "1", "bad_request"),
    "an id of lists": (lambda most: listed(b"[]", most, b'{"op":"ping","id":[', b"]}"), None, "bad_request"),
    "a room of lists": (lambda most: listed(b"[]", most, LEAVE + b',"room":[', b"]}"), "1", "bad_request"),
    "a number": (lambda most: PAGE + b"9" * (most - 99) + b"}", "1", "bad_request"),
    "an exponent": (lambda most: PAGE + b"1e" + b"9" * (most - 99) + b"}", "1", "bad_request"),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("make", "request_id", "code"), COSTLY.values(), ids=COSTLY)
def test_nothing_is_built_of_what_cannot_be_read(size, make, request_id, code):
    frame = make(SIZES[size])
    decode_requests(b"[7]", LIMITS)  # what is made once
    tracemalloc.start()
    try:
        (read, *more) = decode_requests(frame, LIMITS)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(read, Malformed)
    most = NONE_BUILT + COPIES
    if len(frame) > LIMITS.frame_bytes:
        code, most = "too_large", NONE_BUILT
    assert (read.error.id, read.error.code) == (request_id, code)
    assert len(read.error.text) < 1000
    assert more == []
    assert peak < most


@pytest.mark.parametrize("letter", [b"x", b"\xc3\xa9", b"\\u00e9", b"\xff"])
@pytest.mark.parametrize("size", SIZES)
def test_an_id_without_end_is_no_id(size, letter):
    frame = b'{"op":"ping","id":"' + letter * ((SIZES[size] - 30) // len(letter)) + b'"}'
    (read,) = decode_requests(frame, LIMITS)
    assert isinstance(read, Malformed)
    assert read.error.id is None


@pytest.mark.parametrize("letter", ["x", "\\u00e9", "\\ud83d\\ude00", "\U0001f600", '\\"'])
def test_an_id_may_be_written_in_any_way(letter):
    frame = ('{"op":"dance","id":"' + letter * 64 + '"}').encode()
    (read,) = decode_requests(frame, LIMITS)
    assert isinstance(read, Malformed)
    assert len(read.error.id or "") == 64
    assert decode_requests(frame, Limits(frame_bytes=20))[0].error.id == read.error.id


@pytest.mark.parametrize(
    "bad",
    [
        b"7",
        b"{}",
        b"[[[]]]",
        b'{"op":"dance","id":"1"}',
        b'{"op":"ping","id":1e999}',
        b'{"op":"ping","id":"1","x":1e999,"cursors":1}',
        b'{"op":"history","id":"1","room":"a","after":' + b"9" * 200 + b"}",
    ],
)
@pytest.mark.parametrize("place", [0, 1, 500, 999])
def test_the_good_requests_among_bad_ones_are_served(bad, place):
    items = [bad] * 1000
    items[place] = PING
    read = decode_requests(b"[" + b",".join(items) + b"]", LIMITS)
    assert len(read) == 1000
    assert read[place] == Ping(id="p")
    assert sum(isinstance(one, Malformed) for one in read) == 999


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('{"op":"ping","id":1,"id":"2"}', Ping(id="2")),
        ('{"op":"ping","id":"1","id":"2"}', Ping(id="2")),
        ('{"op":7,"id":"1","op":"!end"}', End(id="1")),
        ('{"op":"join","op":"ping","id":"1"}', Ping(id="1")),
        ('{"op":"join","bot":7,"id":"1","bot":true}', Join(id="1", bot=True)),
        ('{"id":"1","\\u006fp":"ping"}', Ping(id="1")),
    ],
)
def test_of_a_key_that_stands_twice_the_last_value_counts(written, read):
    frame = written.encode()
    assert list(decode_requests(frame, LIMITS)) == [read]
    assert decode_requests(b"[7," + frame + b"]", LIMITS)[1] == read
    assert decode_requests(b"\n" + frame, LIMITS)[0] == read


@pytest.mark.parametrize("most", [1, 2, 1000, 10_000, 10_001, 2**31 - 1])
def test_an_array_has_as_many_requests_as_the_limit_says(most):
    limits = Limits(array_requests=most, frame_bytes=2**20)
    for count in {1, min(most, 10_001), min(most, 10_001) + 1}:
        for item in (PING, b"7", b'{"op":"message","id":"p","room":"{{{","text":"{{{[[,,"}'):
            read = decode_requests(b" [" + b" ,\n".join([item] * count) + b"] ", limits)
            assert read == decode_requests(b"[" + b",".join([item] * count) + b"]", limits)
            assert len(read) == (count if count <= most else 1)
            if count > most:
                assert (
                    read[0].error.text
                    == f"The array holds more than {most} requests; send at most {most} at once."
                )


def test_what_is_not_utf_8_is_no_frame_also_where_nobody_looks():
    for frame in (b'{"op":"dance","id":"1","x":"\xff"}', b'[7,{"op":"ping","id":"1","\xff":1}]'):
        (read,) = decode_requests(frame, LIMITS)
        assert (read.error.id, read.error.code) == (None, "bad_frame")
