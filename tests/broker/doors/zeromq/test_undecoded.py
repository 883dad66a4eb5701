"""What waits to be read, over real sockets: whose turn is next, and who is cut off or let go."""

import pytest
import zmq
from loggia.broker.doors.zeromq import door as door_module
from loggia.broker.doors.zeromq import reception, undecoded
from loggia.broker.doors.zeromq.connections import Dealer
from loggia.broker.doors.zeromq.door import ZeroMQDoor
from loggia.shared.protocol.limits import Limits

from tests.broker.doors.zeromq.conftest import ANY, PING, WAIT_MS, connected
from tests.patience import PATIENCE_S, Stopwatch

LARGE = {
    "no requests": b"[" + b"7," * 9990 + b"7]",
    "no JSON": b"x" * 500_000,
    "requests": b"[" + b",".join([PING] * 1000) + b"]",
}


@pytest.mark.parametrize("frame", LARGE.values(), ids=LARGE)
@pytest.mark.parametrize("envelope", [[], [b""]], ids=["bare", "enveloped"])
def test_what_takes_long_to_read_makes_no_other_wait(door, socket, monkeypatch, envelope, frame):
    monkeypatch.setattr(reception, "DECODE_S", 0.0)  # one large frame in a turn
    greedy, other = socket(zmq.DEALER), socket(zmq.DEALER)
    first, second = connected(door, greedy), connected(door, other)
    sent, marks = 10, 2 * bool(envelope)
    for _ in range(sent):
        greedy.send_multipart([*envelope, frame])
    greedy.send(PING)  # waits behind them, though it is small
    with monkeypatch.context() as none_yet:
        none_yet.setattr(door.reception._undecoded, "take", lambda: None)
        while first.undecoded < sent * len(frame) + len(PING):
            assert door.router.poll(WAIT_MS)
            assert door.reception.take()[0] == []
    read = []
    other.send(PING)
    assert door.router.poll(WAIT_MS)
    arrived, _ = door.reception.take()
    assert arrived[0][0] is second
    read += arrived[1:]
    while door.has_input():
        read += door.reception.take()[0]
    assert {key for key, _ in read} == {first}
    counts = [len(requests) - marks for _, requests in read[:-1]]
    assert counts == [1000 if frame.startswith(b'[{"') else 1] * sent
    assert len(read[-1][1]) == 1
    assert (first.undecoded, door.reception._undecoded.sum) == (0, 0)


def test_who_says_two_long_things_is_not_kept_out_by_those_who_say_one_after_the_other():
    waiting = undecoded.Undecoded(None)
    others = [Dealer(None, b"%d" % number) for number in range(20)]
    ada = Dealer(None, b"ada")
    for dealer in (ada, ada, *others):
        waiting.hold(dealer, (b"x",))
    taken = []
    while taken.count(ada) < 2:
        dealer, _ = waiting.take()
        taken.append(dealer)
        if dealer is not ada:
            waiting.hold(dealer, (b"x",))
        assert len(taken) < 10
    assert waiting.sum == len(others)


def test_who_sends_more_than_can_be_read_is_cut_off(door, inside, socket, monkeypatch, expect_log):
    monkeypatch.setattr(undecoded, "EACH_BYTES", 400_000)
    door.reception._undecoded = undecoded.Undecoded(door._is_greedy)
    client, other = socket(zmq.DEALER), socket(zmq.DEALER)
    key = connected(door, client)
    expect_log(r"A client at 127\.0\.0\.1:\d+ sends more than can be read and is cut off")
    for _ in range(3):
        client.send(b"x" * 500_000)
    assert door.router.poll(WAIT_MS)
    assert door.reception.take()[0] == []
    assert key.cut
    assert door.reception._undecoded.sum == 0
    watch = Stopwatch()
    while inside.gone != [key]:
        assert watch.read_s() < PATIENCE_S
        door.take_in()
    connected(door, other)


@pytest.mark.parametrize("most", [0, 100])
def test_of_many_who_are_gone_nothing_more_is_read(inside, socket, monkeypatch, most):
    """While more comes than is taken in, their last words would fill the memory."""
    monkeypatch.setattr(door_module, "MOST_LOST", most)
    monkeypatch.setattr(reception, "DECODE_S", 0.0)  # one in a turn
    door = ZeroMQDoor(
        requests=ANY, broadcasts=ANY, limits=Limits(), loop=inside.loop, inside=inside, bounded=True
    )
    door.open()
    try:
        client = socket(zmq.DEALER)
        key = connected(door, client)
        sent, frame = 20, b"[" + b"7," * 9990 + b"7]"
        for _ in range(sent):
            client.send(frame)
        while key.undecoded < sent * len(frame):
            door.reception._receive([])
        client.close()
        while not door.connections._lost:
            door.connections.read()
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(door.reception, "_receive", lambda arrived: False)  # that was not all
            door.take_in()
        assert (inside.gone == [key]) == (most == 0)
        assert door.reception.holds(key) == (most > 0)
        watch = Stopwatch()
        while door.connections.known.keys() & {key.routing_id}:
            assert watch.read_s() < PATIENCE_S
            door.take_in()
        assert inside.gone == [key]
        assert len([1 for dealer, _ in inside.arrived if dealer is key]) == (sent if most else 1)
    finally:
        door.close(None, [])


def test_of_a_newcomer_who_is_gone_nothing_is_heard_behind_that(inside, socket, monkeypatch):
    monkeypatch.setattr(door_module, "MOST_LOST", 0)
    monkeypatch.setattr(reception, "NEWCOMERS_S", 0.0)  # one message in a turn
    door = ZeroMQDoor(
        requests=ANY, broadcasts=ANY, limits=Limits(), loop=inside.loop, inside=inside, bounded=True
    )
    door.open()
    try:
        client, sent = socket(zmq.DEALER), 5
        client.connect(door.requests)
        for _ in range(sent):
            client.send(PING)
        while len(door.reception._newcomers) < sent:
            assert door.router.poll(WAIT_MS)
            door.reception._receive([])
        door.take_in()
        client.close()
        while not door.connections._lost:
            door.connections.read()
        while door.connections.known:
            door.take_in()
        assert len(inside.arrived) == 2, "one, and the one of the turn in which it was lost"
        assert len(inside.gone) == 1
    finally:
        door.close(None, [])
