"""Which connection a routing id belongs to, over real sockets."""

import contextlib
import itertools
import socket
import threading

import pytest
import zmq
from loggia.broker.doors.zeromq import arrivals, reception
from loggia.broker.doors.zeromq.door import REFUSALS

from tests.patience import PATIENCE_S

WAIT_MS = round(PATIENCE_S * 1000)


def test_nobody_counts_as_gone_because_many_came_at_once(door, monkeypatch):
    """The news of an arrival may stand behind more of it than one turn takes in."""
    monkeypatch.setattr(arrivals, "TURN_EVENTS", 2)
    host, _, port = door.requests.removeprefix("tcp://").rpartition(":")
    with zmq.Context() as context, contextlib.ExitStack() as others:
        for _ in range(30):
            others.enter_context(socket.create_connection((host, int(port))))
        client = others.enter_context(context.socket(zmq.DEALER))
        client.linger = 0
        client.connect(door.requests)
        client.send(b'{"op":"ping","id":"1"}')
        assert door.router.poll(WAIT_MS)
        ((key, _),), _ = door.reception.take()
        assert list(door.connections.known.values()) == [key]
        assert door.connections.take_lost() == []


def test_a_door_closes_though_nobody_heard_of_those_who_came(open_door, monkeypatch):
    """libzmq holds its own thread, and whoever ends the monitor, where that has no room for the news."""
    monkeypatch.setattr(arrivals, "NEWS", 1)
    door = open_door()
    host, _, port = door.requests.removeprefix("tcp://").rpartition(":")
    for _ in range(2000):
        socket.create_connection((host, int(port))).close()
    door.close(None, [])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))


def test_a_door_closes_while_a_crowd_comes_and_goes(open_door, monkeypatch):
    """Without room for news, and with more of it than there is room for, until nobody is let in."""
    monkeypatch.setattr(arrivals, "NEWS", 1)
    door = open_door()
    host, _, port = door.requests.removeprefix("tcp://").rpartition(":")
    underway, over = threading.Event(), threading.Event()

    def come_and_go():
        with contextlib.suppress(OSError):  # nobody listens any more
            for number in itertools.takewhile(lambda _: not over.is_set(), itertools.count()):
                socket.create_connection((host, int(port))).close()
                if number == 500:
                    underway.set()

    crowd = [threading.Thread(target=come_and_go) for _ in range(2)]
    for one in crowd:
        one.start()
    assert underway.wait(PATIENCE_S)
    door.close(None, [])
    over.set()
    for one in crowd:
        one.join()


def test_who_is_known_need_not_wait_for_newcomers_who_are_heard_in_order(door, monkeypatch):
    monkeypatch.setattr(reception, "NEWCOMERS_S", 0.0)  # one message of theirs in a turn
    with zmq.Context() as context, contextlib.ExitStack() as ends:

        def connected():
            client = ends.enter_context(context.socket(zmq.DEALER))
            client.linger = 0
            client.connect(door.requests)
            return client

        known, eve = connected(), connected()
        known.send(b'{"op":"ping","id":"1"}')
        assert door.router.poll(WAIT_MS)
        ((key, _),), _ = door.reception.take()
        newcomers = [eve, *(connected() for _ in range(10))]
        for client in newcomers:
            for number in range(3):
                client.send(b'{"op":"ping","id":"%d"}' % number)
        while len(door.reception._newcomers) < 3 * len(newcomers):
            assert door.router.poll(WAIT_MS)
            with monkeypatch.context() as nobody_yet:
                nobody_yet.setattr(door.reception, "_look_up", lambda arrived: None)
                assert door.reception.take()[0] == []
        known.send(b'{"op":"ping","id":"2"}')
        assert door.router.poll(WAIT_MS)
        (at_once, *read), _ = door.reception.take()
        assert at_once[0] is key
        while door.reception.waits():
            arrived, _ = door.reception.take()
            assert len(arrived) == 1
            read += arrived
        assert len(read) == 3 * len(newcomers)
        said = {}
        for dealer, requests in read:
            said.setdefault(dealer, []).append(requests[0].id)
        assert list(said.values()) == [["0", "1", "2"]] * len(newcomers)


def test_who_chose_its_routing_id_is_told_why_that_cannot_be_and_then_turned_away(door):
    with zmq.Context() as context, context.socket(zmq.DEALER) as client:
        client.linger = 0
        client.routing_id = b"chosen"
        client.connect(door.requests)
        with contextlib.closing(client.get_monitor_socket(zmq.EVENT_DISCONNECTED)) as gone:
            for _ in range(REFUSALS):
                client.send(b'{"op":"ping","id":"1"}')
                assert door.router.poll(WAIT_MS)
                door.take_in()
                assert client.poll(WAIT_MS)
                assert b"not_allowed" in client.recv()
            client.send(b'{"op":"ping","id":"2"}')
            assert door.router.poll(WAIT_MS)
            door.take_in()
            assert gone.poll(WAIT_MS)
            client.disable_monitor()
    assert door.connections.known == {}


def test_what_one_said_who_is_gone_takes_no_connection_from_another_with_its_descriptor(door):
    """A frame may lie at the ROUTER while its connection goes and another one comes."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as client:
        client.linger = 0
        client.connect(door.requests)
        client.send(b'{"op":"ping","id":"1"}')
        assert door.router.poll(WAIT_MS)
        ((honest, _),), _ = door.reception.take()
        client.send(b'{"op":"ping","id":"2"}')
        assert door.router.poll(WAIT_MS)
        routing_id = door.router.recv()
        frame = door.router.recv(copy=False)
        number = int.from_bytes(routing_id[1:])
        gone = door.connections.add(b"\0" + ((number - 1) % 2**32).to_bytes(4), frame)
        assert door.connections.take_lost() == [gone]
        newer = door.connections.add(b"\0" + ((number + 1) % 2**32).to_bytes(4), frame)
        assert door.connections.take_lost() == [honest], "whoever has its descriptor now came later"
        assert [*door.connections.known.values()] == [honest, gone, newer]


def test_a_monitor_that_has_no_news_is_not_asked_for_them(door, monkeypatch):
    """libzmq answers that by an exception, three times as dear, and there is one at each turn."""
    raised = []
    monkeypatch.setattr(zmq.Again, "__init__", lambda self, *args, **more: raised.append(args))
    for of_one in door._arrivals:
        of_one.read()
        of_one.read()
    assert not raised
