"""That attackers reach what they attack: they speak ZMTP to libzmq, and what they do not read stays there."""

import contextlib
import json
import random
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
import zmq

from tests.hostile import zmtp
from tests.hostile.attacks.fuzzer import Session
from tests.hostile.swarm import AT_ONCE, MORE_S, Line, Swarm, Target
from tests.patience import PATIENCE_S


class Doors:
    """Sockets as a broker has them."""

    def __init__(self, context):
        self.requests, self.broadcasts = context.socket(zmq.ROUTER), context.socket(zmq.XPUB)
        self.ports = [
            socket.bind_to_random_port("tcp://127.0.0.1") for socket in (self.requests, self.broadcasts)
        ]

    def asked(self):
        assert self.requests.poll(PATIENCE_S * 1000)
        return self.requests.recv_multipart()


@pytest.fixture
def doors():
    with zmq.Context() as context:
        yield Doors(context)
        context.destroy(linger=0)


@pytest.fixture
def swarm(doors, tmp_path):
    requests, broadcasts = (("127.0.0.1", port) for port in doors.ports)
    chance = random.Random(0)
    target = Target(requests, broadcasts, requests, "127.0.0.1", PATIENCE_S, 7, tmp_path, chance)
    swarm = Swarm(target)
    yield swarm
    swarm.close()


def turn(swarm, until):
    for _ in swarm.turns(0.01):
        if until():
            return
    pytest.fail("that never came")


def test_a_session_is_asked_for_as_soon_as_the_other_side_has_shaken_hands(doors, swarm):
    line = swarm.session(room="lab")
    turn(swarm, lambda: doors.requests.poll(0))
    key, join = doors.asked()
    assert json.loads(join) | {"nick": ""} == {"op": "join", "id": "join", "nick": "", "room": "lab"}
    assert not line.answered
    doors.requests.send_multipart([key, b'[{"op":"joined","id":"join","token":"%b"}]' % (b"x" * 43)])
    turn(swarm, lambda: line.answered)
    assert swarm.tally["joined"] == swarm.tally["reached"] == 1
    assert line.token == "x" * 43


def test_requests_go_alone_and_together_and_large_ones_too(doors, swarm):
    line = swarm.guest()
    line.send(zmtp.requests({"id": "é"}) + zmtp.requests({}, {}) + zmtp.frame(b"x" * 70_000))
    line.send(zmtp.frame(b"a", zmtp.MORE) + zmtp.frame(b"b"))
    turn(swarm, lambda: not line.waiting)
    assert [doors.asked()[1:] for _ in range(4)] == [
        ['{"id": "é"}'.encode()], [b"[{}, {}]"], [b"x" * 70_000], [b"a", b"b"]
    ]  # fmt: skip


def test_what_is_subscribed_to_is_heard(doors, swarm):
    line = swarm.subscriber(zmtp.subscription(b"room/lab/"))
    turn(swarm, lambda: doors.broadcasts.poll(0))
    assert doors.broadcasts.recv() == b"\x01room/lab/"
    doors.broadcasts.send_multipart([b"room/lab/", b"[]" * 100])
    turn(swarm, lambda: line.answered)


def test_who_is_deaf_reads_nothing_behind_the_handshake(doors, swarm):
    deaf, other = swarm.session(deaf=True), swarm.session()
    turn(swarm, lambda: not deaf.waiting and not other.waiting)
    for _ in range(2):
        key, _ = doors.asked()
        doors.requests.send_multipart([key, b"x" * 100_000])
    turn(swarm, lambda: other.got > 100_000)
    assert deaf.got < 1000


def test_who_is_cut_off_is_known_and_another_comes(swarm):
    swarm.open(swarm.target.requests, b"GET / HTTP/1.1\r\n\r\n" + b"\0" * 100)
    opened = []
    swarm.flood(lambda _: b"", again=lambda: opened.append(swarm.guest()) or _end(swarm))
    assert swarm.tally["cut off"] == len(opened) == 1


@pytest.mark.parametrize("unread", [b"", b"x" * 100_000])
def test_who_is_cut_off_while_it_talks_is_known_as_well(swarm, unread):
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = swarm.open(server.getsockname(), b"x" + unread)
        turn(swarm, lambda: swarm.tally["bytes"])
        other, _ = server.accept()
        other.recv(1)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        other.close()
    turn(swarm, lambda: line.ended)
    assert swarm.tally["cut off"] == 1


def test_who_never_got_there_was_not_cut_off(swarm):
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = server.getsockname()
    line = swarm.open(place, b"x")
    turn(swarm, lambda: line.ended)
    assert swarm.tally["cut off"] == 0


def test_it_goes_on_until_it_has_managed_what_it_must(swarm):
    swarm.target = swarm.target._replace(seconds=0.0, least={"done": 3})
    for _ in swarm.turns(0.001):
        swarm.tally["done"] += 1
    assert swarm.tally["done"] == 3


def test_but_not_for_ever(swarm):
    swarm.target = swarm.target._replace(seconds=-MORE_S, least={"done": 3})
    assert list(swarm.turns(0.001)) == []


def test_a_token_is_that_of_an_account_that_is_gone_again(doors, swarm):
    with ThreadPoolExecutor() as broker:
        answered = broker.submit(_let_in, doors)
        assert swarm.token() == "x" * 43
        answered.result()
    assert swarm.lines == []


@pytest.mark.parametrize("seed", range(10))
def test_whatever_is_drawn_is_a_request_and_mostly_about_others(doors, swarm, seed):
    swarm.target = swarm.target._replace(chance=random.Random(seed))
    about = []
    with zmq.Context() as context:
        session = Session(context, "tcp://{}:{}".format(*swarm.target.requests), swarm, 0, ["bob"])
        _let_in(doors)
        assert session.socket.poll(PATIENCE_S * 1000)
        session.read()
        begun = time.monotonic()
        for second in range(500):
            session.waiting.clear()
            session.ask(begun + second)
            asked = map(json.loads, session.waiting.values())
            about += [request["who"] for request in asked if "who" in request]
        context.destroy(linger=0)
    assert swarm.tally["asked"] > 500
    assert about.count("bob") > len(about) / 2 > 0


def _let_in(doors):
    key, asked = doors.asked()
    answer = {"op": "joined", "id": json.loads(asked)["id"], "room": "lobby", "token": "x" * 43}
    doors.requests.send_multipart([key, msgspec.json.encode([answer])])


def test_an_answer_in_pieces_counts_once_and_events_do_not(doors, swarm):
    line = swarm.guest()
    line.send(zmtp.requests({}))
    turn(swarm, lambda: doors.requests.poll(0))
    key, _ = doors.asked()
    page = b'{"op":"history","id":"1","events":[{"op":"joined","room":"lobby","seq":1}]}'
    long = b"x" * 5000
    for _ in range(300):
        doors.requests.send_multipart([key, b'[%b,{"op":"stored","id":"%b"}]' % (page, long)])
    line.send(zmtp.requests({}))
    turn(swarm, lambda: swarm.tally["stored"] >= 300)
    assert swarm.tally["history"] == swarm.tally["stored"] == 300
    assert swarm.tally["joined"] == 0


@pytest.mark.parametrize(
    ("gesture", "how", "seen"),
    [(Line.half_close, "half closed", b""), (Line.break_off, "broken off", ConnectionResetError)],
)
def test_who_closes_a_side_and_who_breaks_off_look_like_that(swarm, gesture, how, seen):
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = swarm.open(server.getsockname())
        other, _ = server.accept()
        with other:
            gesture(line)
            gesture(line)
            assert swarm.tally[how] >= 1
            assert line.ended is (gesture is Line.break_off)
            with pytest.raises(seen) if seen else contextlib.nullcontext():
                assert other.recv(1) == b""


def test_who_is_gone_already_neither_closes_nor_breaks_off(swarm):
    line = swarm.guest()
    line.close()
    line.half_close()
    line.break_off()
    assert swarm.tally.keys() == {"connections"}


def _end(swarm):
    swarm.target = swarm.target._replace(seconds=0.0)
