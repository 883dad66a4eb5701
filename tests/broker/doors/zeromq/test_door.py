"""What may wait for those who do not read, over real sockets."""

import json

import msgspec
import pytest
import zmq
from loggia.broker.doors.zeromq import door as door_module
from loggia.broker.doors.zeromq import unsent
from loggia.broker.doors.zeromq.frames import FRAME_BYTES_PUB
from loggia.broker.doors.zeromq.sockets import QUEUE_BYTES, Signal, queue_frames
from loggia.broker.sessions.delivery import Delivery
from loggia.shared.protocol.answers import HistoryAnswer, Pong
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.limits import FRAME_EVENTS, LOBBY, Limits

from tests.broker.doors.zeromq.conftest import PING, WAIT_MS, connected
from tests.patience import PATIENCE_S, Stopwatch


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


EVENTS = [msgspec.Raw(encode(message(seq, "x" * 16_000))) for seq in range(15)]


def page(number):
    return HistoryAnswer(id=f"{number}", room=LOBBY, epoch="e", head=15, events=EVENTS, more=False)


PAGE_BYTES = len(encode(page(1)))
MOST_PAGES = unsent.EACH_BYTES // PAGE_BYTES  # that wait for one
IN_LIBZMQ = 60  # and more than wait there, and in the network


@pytest.fixture
def slow(socket):
    """A client for which little waits outside of the door."""
    client = socket(zmq.DEALER)
    client.rcvhwm, client.rcvbuf = 1, 4096
    return client


def test_answers_to_a_slow_reader_wait_and_come_in_order(door, inside, slow):
    key = connected(door, slow)
    number = 0
    while key.unread < unsent.EACH_BYTES / 2:
        door.answer(key, [page(number)])
        number += 1
    door.answer(key, [Pong(id=f"{number}", at=1, heads={})])
    read = []
    while len(read) <= number:
        door.take_in()
        if slow.poll(10):
            read += [answer["id"] for answer in json.loads(slow.recv())]
    assert read == [f"{one}" for one in range(number + 1)]
    assert key.unread == 0
    assert not inside.counted


def test_the_loop_sends_what_waited_though_nobody_says_anything(door, inside, slow, monkeypatch):
    monkeypatch.setattr(inside, "turn", door.take_in)
    key = connected(door, slow)
    while key.unread < unsent.EACH_BYTES / 2:
        door.answer(key, [page(0)])
    door.take_in()
    while key.unread:
        if slow.poll(10):
            slow.recv()
        inside.loop.call_soon(inside.loop.stop)
        inside.loop.run_forever()


def test_who_reads_no_answers_is_cut_off(door, inside, slow, expect_log):
    key = connected(door, slow)
    expect_log(r"A client at 127\.0\.0\.1:\d+ does not read its answers and is cut off")
    for _ in range(MOST_PAGES + IN_LIBZMQ):
        door.answer(key, [page(0)])
        assert key.unread <= unsent.EACH_BYTES
    assert inside.counted["drops"] == 1
    assert (key.cut, key.unread) == (True, 0)
    watch = Stopwatch()
    while inside.gone != [key]:
        assert watch.read_s() < PATIENCE_S
        door.take_in()


def test_what_waits_for_all_readers_together_is_bounded(door, inside, socket, monkeypatch, expect_log):
    """Of those who read nothing the one is cut off for whom most waits."""
    monkeypatch.setattr(unsent, "ALL_BYTES", 3 * unsent.EACH_BYTES // 2)
    door._unsent = unsent.Unsent(door.router, door._is_deaf)
    expect_log("does not read its answers")
    keys = []
    for _ in range(3):
        client = socket(zmq.DEALER)
        client.rcvhwm, client.rcvbuf = 1, 4096
        keys.append(connected(door, client))
    for key, most in zip(keys, (0.9, 0.1, 0.9), strict=True):
        while not inside.counted and key.unread < most * unsent.EACH_BYTES:
            door.answer(key, [page(0)])
            assert sum(each.unread for each in keys) <= unsent.ALL_BYTES
    assert [key.cut for key in keys] == [True, False, False]


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
        ((key, _),), _ = door.reception.take()
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


def test_what_came_is_looked_after_once_a_second_though_nobody_told_of_it(open_door, inside, monkeypatch):
    """To send may take in what came, and the loop hears nothing of it."""
    monkeypatch.setattr(door_module, "DRAIN_S", 0.01)
    turns = []
    monkeypatch.setattr(inside, "turn", lambda: turns.append(1))
    door = open_door()
    while len(turns) < 3:
        inside.loop.call_later(0.01, inside.loop.stop)
        inside.loop.run_forever()
    door.close(None, [])
    assert door._drain_due.cancelled()


@pytest.fixture
def untold(open_door, inside, monkeypatch):
    """A door of whose sockets nothing tells the loop, which has the door's own timer alone."""
    monkeypatch.setattr(door_module, "DRAIN_S", 0.01)
    monkeypatch.setattr(Signal, "is_up", lambda signal: False)
    door = open_door()
    for fd in door._fds:
        assert inside.loop.remove_reader(fd)
    inside.turn = door.take_in
    yield door
    door.close(None, [])


def goes_on_until(loop, is_so):
    watch = Stopwatch()
    while not is_so():
        assert watch.read_s() < PATIENCE_S
        loop.call_later(0.01, loop.stop)
        loop.run_forever()


def test_subscriptions_are_taken_in_though_nobody_told_of_them(untold, inside, socket):
    listeners = untold.listeners._subscriptions._listeners
    ada, bob = socket(zmq.SUB), socket(zmq.SUB)
    for sub, rooms in ((ada, "ab"), (bob, "bc")):
        sub.connect(untold.broadcasts)
        for room in rooms:
            sub.subscribe(f"room/{room}/")
    goes_on_until(inside.loop, lambda: listeners == {b"room/a/": 1, b"room/b/": 2, b"room/c/": 1})
    ada.unsubscribe("room/a/")
    goes_on_until(inside.loop, lambda: listeners == {b"room/b/": 2, b"room/c/": 1})
    bob.close()
    goes_on_until(inside.loop, lambda: listeners == {b"room/b/": 1})


def test_requests_are_taken_in_and_the_lost_are_known_though_nobody_told_of_them(untold, inside, socket):
    client = socket(zmq.DEALER)
    client.connect(untold.requests)
    client.send(PING)
    goes_on_until(inside.loop, lambda: inside.arrived)
    client.close()
    goes_on_until(inside.loop, lambda: inside.gone)
    assert inside.gone == [inside.arrived[0][0]]
