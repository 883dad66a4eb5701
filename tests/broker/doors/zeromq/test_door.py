"""What may wait for those who do not read, over real sockets."""

import contextlib
import json

import msgspec
import pytest
import zmq
from loggia.broker.doors.zeromq.door import DRAIN_BYTES, DRAIN_REQUESTS
from loggia.broker.doors.zeromq.frames import FRAME_BYTES_PUB
from loggia.broker.doors.zeromq.sockets import QUEUE_BYTES, queue_frames
from loggia.broker.sessions.delivery import Delivery
from loggia.shared.protocol.answers import HistoryAnswer, Pong
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.limits import FRAME_EVENTS, LOBBY, Limits

from tests.patience import PATIENCE_S, Stopwatch

WAIT_MS = round(PATIENCE_S * 1000)
PAGES = 200
PING = b'{"op":"ping","id":"1"}'


@pytest.fixture
def socket():
    """Makes sockets, which are closed at the end."""
    with zmq.Context() as context, contextlib.ExitStack() as sockets:

        def make(kind):
            made = sockets.enter_context(context.socket(kind))
            made.linger = 0
            return made

        yield make


def message(seq, text, room=LOBBY):
    return MessageEvent(room, seq, 1, "ada", "a", "id", text, None)


@pytest.mark.parametrize("text_bytes", [1, 16 * 1024, 1024 * 1024, 100_000_000])
def test_the_largest_broadcasts_that_may_wait_for_one_reader_are_bounded(text_bytes):
    limits = Limits(text_bytes=text_bytes)
    event = message(2**40, '"' * text_bytes, "\U0001f600" * limits.room_chars)
    event.nick, event.id = "\U0001f600" * limits.nick_chars, "\x01" * 64
    largest = max(FRAME_BYTES_PUB, len(encode(event)) + 2)
    assert queue_frames(limits) * largest < QUEUE_BYTES or queue_frames(limits) == 1


def test_broadcasts_are_bounded_in_bytes_and_count(door, socket):
    sub = socket(zmq.SUB)
    sub.connect(door.broadcasts)
    sub.subscribe("")
    long, short = [message(seq, "x" * 20_000) for seq in range(1, 8)], [message(8, "x")] * (FRAME_EVENTS + 1)
    while not sub.poll(10):  # a subscription takes a moment
        door.deliver(Delivery(LOBBY, short[:1], [encode(short[0])]))
    while sub.poll(10):
        sub.recv_multipart()
    events = long + short
    door.deliver(Delivery(LOBBY, events, [encode(event) for event in events]))
    heard = []
    while len(heard) < len(events):
        assert sub.poll(WAIT_MS)
        topic, frame = sub.recv_multipart()
        assert topic == b"room/lobby/"
        assert len(frame) <= FRAME_BYTES_PUB
        part = json.loads(frame)
        assert len(part) <= FRAME_EVENTS
        heard += part
    assert [event["seq"] for event in heard] == [event.seq for event in events]


@pytest.mark.parametrize(
    "frame",
    [b"[" + b"7," * 999 + b"7]", b"x" * 500_000, PING, b"[" + b",".join([PING] * 1000) + b"]"],
    ids=["no requests", "no JSON", "a request", "requests"],
)
@pytest.mark.parametrize("envelope", [[], [b""]], ids=["bare", "enveloped"])
def test_what_is_read_in_a_turn_is_bounded_whatever_it_is(door, socket, envelope, frame):
    client = socket(zmq.DEALER)
    client.sndhwm = client.rcvhwm = 0
    client.connect(door.requests)
    count = 12 if len(frame) > 100_000 else 40
    for _ in range(count):
        client.send_multipart([*envelope, frame])
    read, all_of_it = 0, False
    while read < count or not all_of_it:
        assert read == count or door.router.poll(WAIT_MS)
        arrived, all_of_it = door.drain()
        read += len(arrived)
        assert (len(arrived) - 1) * len(frame) < DRAIN_BYTES
        assert sum(len(requests) for _, requests in arrived[:-1]) < DRAIN_REQUESTS
    assert read == count


def test_answers_that_nobody_reads_are_dropped_counted_and_said_once(door, inside, socket, expect_log):
    client = socket(zmq.DEALER)
    client.rcvhwm, client.rcvbuf = 1, 4096
    client.connect(door.requests)
    client.send(b'{"op":"ping","id":"1"}')
    assert door.router.poll(WAIT_MS)
    ((key, _),), _ = door.drain()
    door.answer(key, [Pong(id="1", at=1, heads={})])
    assert not inside.counted
    events = [msgspec.Raw(encode(message(seq, "x" * 16_000))) for seq in range(15)]
    page = HistoryAnswer(id="1", room=LOBBY, epoch="e", head=15, events=events, more=False)
    expect_log(r"A client at 127\.0\.0\.1:\d+ does not read its answers")
    for _ in range(PAGES):
        door.answer(key, [page])
    assert 0 < inside.counted["drops"] < PAGES
    watch = Stopwatch()
    while inside.gone != [key]:  # it is cut off
        assert watch.read_s() < PATIENCE_S
        door.take_in()


def test_what_is_for_some_goes_over_their_connections_and_is_no_broadcast(door, socket):
    sub, hears, is_left_out, asks = (socket(kind) for kind in (zmq.SUB, zmq.DEALER, zmq.DEALER, zmq.REQ))
    sub.connect(door.broadcasts)
    sub.subscribe("")
    while not sub.poll(10):  # a subscription takes a moment
        door.deliver(Delivery(LOBBY, [message(1, "x")], [encode(message(1, "x"))]))
    while sub.poll(10):
        sub.recv_multipart()
    keys = []
    for client in (hears, is_left_out, asks):
        client.connect(door.requests)
        client.send(b'{"op":"ping","id":"1"}')
        assert door.router.poll(WAIT_MS)
        ((key, _),), _ = door.drain()
        keys.append(key)
    events = [message(seq, "psst", "den") for seq in range(1, FRAME_EVENTS + 3)]
    to = frozenset({keys[0], keys[2], "a visitor"})
    door.deliver(Delivery("den", events, [encode(event) for event in events], to))
    door.deliver(Delivery(LOBBY, events[:1], [encode(message(2, "for all"))]))
    heard = []
    while len(heard) < len(events):
        assert hears.poll(WAIT_MS)
        heard += json.loads(hears.recv())
    assert [event["seq"] for event in heard] == [event.seq for event in events]
    assert sub.poll(WAIT_MS)
    assert json.loads(sub.recv_multipart()[1])[0]["text"] == "for all"
    assert not sub.poll(10)
    assert not is_left_out.poll(10)
    assert not asks.poll(10)
