"""docs/protocol.md, "Order of things" and "Sessions", over crashes: what was answered is there, once."""

import json
import resource
import signal

import pytest

from tests.endtoend.processes import Broker
from tests.endtoend.wire import LOBBY, Wire, refused

IN_FLIGHT = 200
STOP_S = 2.0


@pytest.fixture
def unlimited(tmp_path):
    with Broker(tmp_path / "broker", "--rate", "0") as broker:
        yield broker


def answered(caller):
    """All answers that are here or come at once; the ids of those that say `stored`."""
    stored = {}
    while caller.socket.poll(100):
        for item in json.loads(caller.socket.recv()):
            if item["op"] == "stored":
                stored[item["id"]] = item
    return stored


def pour(wire, callers, enough):
    """Let all talk until `enough` are answered, with more on their way; gives answers by account and id."""
    stored = {}
    for caller in callers:
        for _ in range(3):
            caller.post(*[caller.request("message", room=LOBBY, text="x" * 60) for _ in range(IN_FLIGHT)])
    while len(stored) < enough:
        for caller in callers:
            caller.post(*[caller.request("message", room=LOBBY, text="x" * 60) for _ in range(IN_FLIGHT)])
            for item in caller.frame():
                assert item["op"] == "stored", item
                stored[caller.account, item["id"]] = item
    return stored


def is_there_once(stored, log):
    """Every answered message stands where its answer says, and no id stands twice."""
    said = [event for event in log if event["op"] == "message"]
    keys = [(event["account"], event["id"]) for event in said]
    assert len(keys) == len(set(keys))
    by_seq = {event["seq"]: event for event in said}
    for (account, chosen), answer in stored.items():
        event = by_seq[answer["seq"]]
        assert (event["account"], event["id"], event["at"]) == (account, chosen, answer["at"])


# -- kill -9 ------------------------------------------------------------------------------------


def test_what_was_answered_survives_kill_9_under_load(unlimited):
    """Three times in a row: every answered message once, seq dense, ids known, accounts as before."""
    stored, accounts = {}, {}
    for life in range(3):
        with Wire(unlimited) as wire:
            callers = [wire.caller() for _ in range(4)]
            for number, caller in enumerate(callers):
                token = accounts.get(number)
                caller._last_id = 100_000 * life
                caller.join(nick=None if token else f"person {number}", token=token)
                accounts[number] = caller.token
            stored |= pour(wire, callers, enough=2000)
            unlimited.kill()
            for caller in callers:
                stored |= {(caller.account, chosen): item for chosen, item in answered(caller).items()}
        unlimited.start()
        with Wire(unlimited) as wire:
            ada = wire.caller()
            ada._last_id = 100_000 * (life + 1) - 1000
            ada.join(token=accounts[0])
            is_there_once(stored, ada.log())
            for (account, chosen), first in list(stored.items())[-50:]:
                if account == ada.account:
                    again = {"op": "message", "id": chosen, "room": LOBBY, "text": "again"}
                    assert ada.exchange(again) == {**first, "duplicate": True}


def test_nobody_saw_a_message_that_the_crash_took_back(unlimited):
    with Wire(unlimited) as wire:
        listener, ada = wire.listener(f"room/{LOBBY}/"), wire.joined()
        pour(wire, [ada], enough=2000)
        listener._until(lambda: len(listener.heard) > 1000)
        unlimited.kill()
        while listener.socket.poll(100):
            listener._take(listener.socket.recv_multipart())
        seen = [event for _, event in listener.heard]
    assert len(seen) > 1000
    unlimited.start()
    with Wire(unlimited) as wire:
        log = {event["seq"]: event for event in wire.joined().log()}
    for event in seen:
        assert log[event["seq"]] == event


# -- A restart ----------------------------------------------------------------------------------


@pytest.mark.parametrize("killed", [True, False])
def test_a_token_resumes_after_a_restart_without_a_joined(broker, killed):
    with Wire(broker) as wire:
        ada, bob = wire.joined("ada"), wire.joined("bob", bot=True)
        ada.ask("join", room="lab")
        ada.say("before", "lab")
        before = {room: ada.log(room) for room in (LOBBY, "lab")}
    if killed:
        broker.kill()
    else:
        assert broker.stop() == 0
    broker.start()
    with Wire(broker) as wire:
        back = wire.resumed(ada)
        for same in ("account", "nick", "token", "epoch", "room"):
            assert back.me[same] == ada.me[same]
        assert back.rooms == {LOBBY: 2, "lab": 2}
        assert {room: back.log(room) for room in (LOBBY, "lab")} == before
        assert {(m["nick"], m["presence"], m["bot"]) for m in back.members} == {
            ("ada", "online", False),
            ("bob", "away", True),
        }
        taken = wire.caller().ask("join", nick="BOB")
        refused(taken, "nick_taken", taken["id"])
        assert 0 < taken["retry_after_ms"] <= 30_000
        assert wire.resumed(bob).account == bob.account
        assert back.say("after", "lab")["seq"] == 3


def test_a_goodbye_survives_a_crash(broker):
    with Wire(broker) as wire:
        ada = wire.joined("ada")
        ada.ask("!end")
        broker.kill()
    broker.start()
    with Wire(broker) as wire:
        eve = wire.joined("ada")
        assert eve.account != ada.account
        assert [event["op"] for event in eve.log()] == ["joined", "left", "joined"]
        taken = wire.caller().ask("join", token=ada.token)
        refused(taken, "nick_taken", taken["id"])
        assert wire.resumed(ada, nick="ada the first").account == ada.account


def test_an_epoch_is_one_life_of_a_log(tmp_path):
    epochs = []
    for folder in ("one", "one", "two"):
        with Broker(tmp_path / folder) as broker, Wire(broker) as wire:
            epochs.append(wire.joined(wire.name()).epoch)
            assert broker.stop() == 0
    assert epochs[0] == epochs[1] != epochs[2]


def test_a_token_is_not_in_the_data_folder(broker):
    with Wire(broker) as wire:
        token = wire.joined("ada").token.encode()
    assert broker.stop() == 0
    assert all(token not in file.read_bytes() for file in broker.data.iterdir())


# -- SIGTERM and Ctrl+C -------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_under_load_answers_tells_everybody_and_keeps_all(unlimited, number):
    with Wire(unlimited) as wire:
        callers = [wire.joined(f"person {number}") for number in range(4)]
        idle = wire.joined("idle")
        stored = pour(wire, callers, enough=2000)
        unlimited.process.send(number)
        for _ in range(5):
            for caller in callers:
                caller.post(*[caller.request("message", room=LOBBY, text="late") for _ in range(IN_FLIGHT)])
        assert unlimited.process.wait(promised_s=STOP_S) == 0
        refused(idle.next(), "unavailable", None)
        for caller in callers:
            while (item := caller.next())["op"] == "stored":
                stored[caller.account, item["id"]] = item
            refused(item, "unavailable", None)
            assert not caller.socket.poll(100)
    assert "Traceback" not in "\n".join(unlimited.process.lines)
    unlimited.stop()
    unlimited.start()
    with Wire(unlimited) as wire:
        log = wire.joined("late").log()
        is_there_once(stored, log)
        said = [event for event in log if event["op"] == "message"]
        assert len(said) == len(stored)  # what is there was answered, to clients that read


# -- A full disk --------------------------------------------------------------------------------


def test_a_full_disk_is_told_and_reading_goes_on(unlimited):
    """The system refuses the broker every further byte, and later grants them again."""
    pid = unlimited.process.pid
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    with Wire(unlimited) as wire:
        ada, bob = wire.joined("ada"), wire.joined("bob")
        first = ada.say("before")
        listener = wire.listener(f"room/{LOBBY}/")
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, most))
        lost = [ada.request("message", room=LOBBY, text="x" * 1000) for _ in range(20)]
        for request in lost:
            answer = ada.exchange(request)
            refused(answer, "storage_full", request["id"])
            assert answer["retry_after_ms"] > 0
        answer = wire.caller().ask("join", nick="eve")
        refused(answer, "storage_full", answer["id"])
        assert bob.ask("history", room=LOBBY)["head"] == first["seq"]
        assert {member["nick"] for member in bob.ask("members", room=LOBBY)["members"]} == {"ada", "bob"}
        assert wire.resumed(ada).account == ada.account
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))
        answer = {"op": "error"}
        while answer["op"] == "error":  # the broker tries again by itself; a client repeats with the same id
            answer = ada.exchange(lost[0])
            assert answer.get("code", "storage_full") == "storage_full"
        assert answer["seq"] == first["seq"] + 1
        assert answer["duplicate"] is False
        ada.post(*lost)
        assert [item["duplicate"] for item in ada.take(20)] == [True] + [False] * 19
        assert [event["seq"] for event in listener.so_far()] == list(
            range(first["seq"] + 1, first["seq"] + 21)
        )
        assert len(ada.log()) == first["seq"] + 20
    assert unlimited.stop() == 0
    assert "Traceback" not in "\n".join(unlimited.process.lines)
