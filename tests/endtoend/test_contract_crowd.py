"""docs/protocol.md, "Frames" and "Catching up", with many clients, slow ones, and the rate limit."""

import time

import pytest
import zmq

from tests.endtoend.processes import Broker
from tests.endtoend.wire import LOBBY, Wire, refused
from tests.patience import PATIENCE_S, Stopwatch

CROWD = 100
MOST_MIB = 400  # what a broker may grow to whatever one client does


def resident_mib(broker):
    with open(f"/proc/{broker.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def fill(caller, room, arrays, text):
    for _ in range(arrays):
        caller.post(*[caller.request("message", room=room, text=text) for _ in range(200)])
        caller.take(200)


# -- Many ---------------------------------------------------------------------------------------


def test_many_at_once_all_see_the_same(wire):
    room = wire.name("room")
    listeners = [wire.listener(f"room/{room}/") for _ in range(CROWD)]
    callers = [wire.caller() for _ in range(CROWD)]
    for caller in callers:
        caller.post(caller.request("join", nick=wire.name(), room=room))
    for caller in callers:
        caller.me = caller.next()
    assert sorted(caller.head for caller in callers)[-1] == CROWD
    for number in range(5):
        for caller in callers:
            caller.post(caller.request("message", room=room, text=f"number {number}"))
    seqs = [caller.next()["seq"] for _ in range(5) for caller in callers]
    assert sorted(seqs) == list(range(CROWD + 1, 6 * CROWD + 1))
    log = callers[0].log()
    for listener in listeners:
        assert listener.so_far() == log
    assert len(callers[0].ask("members", room=room)["members"]) == CROWD


def test_connections_that_come_and_go_leave_nothing_behind(wire):
    """Each a session, closed without a word: all are away, none is lost track of."""
    room, ada = wire.name("room"), wire.joined()
    ada.ask("join", room=room)
    for _ in range(100):
        wire.joined(room=room).close()
    listener = wire.listener(f"room/{room}/")
    wire.joined(room=room).close()
    listener.until(lambda event: event["op"] == "presence")
    members = ada.ask("members", room=room)["members"]
    assert sorted(member["presence"] for member in members) == ["away"] * 101 + ["online"]


def test_a_room_with_more_people_than_a_page(wire):
    """The first page comes with the join, the others are asked for; each of them is told once."""
    room, people = wire.name("room"), [wire.joined()]
    for _ in range(204):
        people.append(wire.joined(room=room))
    people[0].ask("join", room=room)
    last = people[-1].ask("join", room=room)
    assert (len(last["members"]), last["members_more"]) == (200, True)
    rest = people[-1].ask("members", room=room, after=last["members"][-1]["account"], limit=3)
    assert (len(rest["members"]), rest["more"]) == (3, True)
    end = people[-1].ask("members", room=room, after=rest["members"][-1]["account"])
    assert (len(end["members"]), end["more"]) == (2, False)
    told = [member["account"] for page in (last, rest, end) for member in page["members"]]
    assert told == sorted(person.account for person in people)
    assert (people[0].ask("rooms", after=room[:-1], limit=1)["rooms"][0]["members"]) == 205


# -- Slow ones ----------------------------------------------------------------------------------


def test_a_client_that_never_reads_its_answers_hurts_nobody(wire):
    """It asks for 1500 large pages; the others are served meanwhile, and the broker's memory is bounded."""
    room = wire.name("room")
    ada = wire.joined(room=room)
    fill(ada, room, 3, "x" * 1000)
    eve = wire.caller(rcvhwm=1, rcvbuf=4096)
    eve.join(nick=wire.name(), room=room)
    for _ in range(15):
        eve.post(*[eve.request("history", room=room, after=0, limit=1000) for _ in range(100)])
    slowest = 0.0
    for number in range(50):
        watch = Stopwatch()
        ada.say(f"still served {number}")
        slowest = max(slowest, watch.read_s())
    assert slowest < 5.0
    assert resident_mib(wire.broker) < MOST_MIB


def test_history_is_given_in_portions(wire):
    """Far more than fits is asked for at once: all of it comes, at once or later, answered in its order."""
    ada = wire.joined(room=wire.name("room"))
    fill(ada, ada.room, 2, "x" * 1000)
    wanted = [ada.request("history", room=ada.room, after=0, limit=1000) for _ in range(200)]
    while wanted:
        ada.post(*wanted)
        answers = ada.take(len(wanted))
        assert [answer["id"] for answer in answers] == [request["id"] for request in wanted]
        assert answers[0]["op"] == "history"
        later = [answer for answer in answers if answer["op"] == "error"]
        for answer in later:
            refused(answer, "slow_down", answer["id"])
            assert 0 < answer["retry_after_ms"] <= 1000
        wanted = wanted[len(wanted) - len(later) :]


def test_a_subscriber_that_stops_reading_hurts_nobody(wire):
    room = wire.name("room")
    ada = wire.joined(room=room)
    asleep = wire.listener("")
    asleep.socket.rcvhwm = 1
    awake = wire.listener(f"room/{room}/")
    awake.so_far()
    for _ in range(30):
        fill(ada, room, 1, "x" * 1000)
        assert len(awake.so_far()) == 200
    assert resident_mib(wire.broker) < MOST_MIB


def test_half_a_frame_blocks_nobody(wire):
    """A peer that begins a message of several parts and never ends it."""
    eve, ada = wire.joined(), wire.joined()
    eve.socket.send(b'{"op": "ping", "id": "1"}', zmq.SNDMORE)
    assert ada.ask("ping")["op"] == "pong"
    eve.socket.send(b"")
    refused(eve.next(), "bad_frame", None)


# -- Rate ---------------------------------------------------------------------------------------


@pytest.fixture
def slow(tmp_path):
    with Broker(tmp_path / "broker", "--rate", "5") as broker, Wire(broker) as wire:
        yield wire


def test_over_the_rate_comes_slow_down(slow):
    """Of a new account four seconds' worth at once, then none until the time that the error names; in
    order."""
    ada, bob = slow.joined(), slow.joined()
    requests = [ada.request("message", room=LOBBY, text=str(number)) for number in range(55)]
    ada.post(*requests)
    answers = ada.take(55)
    passed = [answer for answer in answers if answer["op"] == "stored"]
    assert answers[: len(passed)] == passed
    assert 20 <= len(passed) <= 21
    for answer, request in zip(answers[len(passed) :], requests[len(passed) :], strict=True):
        refused(answer, "slow_down", request["id"])
        assert 0 < answer["retry_after_ms"] <= 1010
    assert ada.ask("history", room=LOBBY)["op"] == "history"  # only messages count
    assert ada.ask("ping")["op"] == "pong"
    bob.say("I am another account")
    waiting = requests[len(passed) :]
    deadline = time.monotonic() + PATIENCE_S
    while waiting and time.monotonic() < deadline:
        answer = ada.exchange(waiting[0])
        if answer["op"] == "stored":
            waiting.pop(0)
        else:
            ada.socket.poll(answer["retry_after_ms"])
    texts = [
        event["text"] for event in ada.log() if event["account"] == ada.account and event["op"] == "message"
    ]
    assert texts == [str(number) for number in range(55)]


def test_the_rate_counts_for_the_account_not_the_connection(slow):
    ada = slow.joined()
    back = slow.resumed(ada)
    began = time.monotonic()
    for caller in (ada, back):
        caller.post(*[caller.request("message", room=LOBBY, text="hi") for _ in range(40)])
    codes = [answer.get("code", answer["op"]) for caller in (ada, back) for answer in caller.take(40)]
    assert 20 <= codes.count("stored") <= 21 + 5 * (time.monotonic() - began)
    assert set(codes) == {"stored", "slow_down"}


def test_a_rate_of_zero_is_no_limit(wire):
    ada = wire.joined()
    for _ in range(3):
        ada.post(*[ada.request("message", room=LOBBY, text="hi") for _ in range(1000)])
    assert {answer["op"] for answer in ada.take(3000)} == {"stored"}


def test_the_default_rate_is_50_a_second(broker):
    with Wire(broker) as wire:
        ada = wire.joined()
        began = time.monotonic()
        ada.post(*[ada.request("message", room=LOBBY, text="hi") for _ in range(600)])
        stored = [answer["op"] for answer in ada.take(600)].count("stored")
        assert 200 <= stored <= 201 + 50 * (time.monotonic() - began)
