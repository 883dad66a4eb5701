"""The server's list of doors: a new one is a line in it, and what breaks at one stays there."""

import ast
import contextlib
import logging
from pathlib import Path

import pytest
from loggia.broker.core import permissions
from loggia.broker.doors.door import Connection
from loggia.broker.doors.doors import DOORS
from loggia.broker.doors.zeromq.door import ZeroMQDoor
from loggia.broker.runtime import server
from loggia.broker.storage.log import Log
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import Ping

from tests.broker.callers import Caller
from tests.broker.doors import datagrams
from tests.broker.doors.datagrams import DatagramDoor
from tests.broker.runtime.serving import Client, Datagrams, Serving, until

DEN = "den"


@pytest.fixture
def come():
    """Somebody comes in: `come(Datagrams, door)`; hung up at the end."""
    with contextlib.ExitStack() as people:
        yield lambda kind, *where: people.enter_context(contextlib.closing(kind(*where)))


@pytest.fixture
def start(tmp_path, come):
    """Start a server with the doors there are and these. It ends before those who came in hang up."""
    with contextlib.ExitStack() as ends:
        yield lambda *doors: ends.enter_context(contextlib.closing(Serving(tmp_path, *DOORS, *doors)))


def test_a_door_is_made_in_forty_lines():
    assert len(Path(datagrams.__file__).read_text(encoding="utf-8").splitlines()) <= 40


def test_the_loop_asks_no_door_or_connection_of_which_type_it_is():
    """That it imports none of them, tests/arrows.py sees."""
    tree = ast.parse(Path(server.__file__).read_text(encoding="utf-8"))
    asked = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert asked.isdisjoint({"isinstance", "issubclass", "type", "hasattr"})


def test_who_comes_in_by_a_new_door_talks_with_everybody_else(start, come, caplog):
    caplog.set_level(logging.INFO, "loggia")
    serving = start(DatagramDoor)
    ada = come(Datagrams, serving.made[-1])
    bob = come(Caller, serving.bound.front_door, "bob")
    eve = come(Client, serving.bound)
    assert sorted(member["nick"] for member in ada.join("ada")["members"]) == ["ada", "bob"]
    eve.join("eve")
    eve.listens(lambda: eve.say("is anybody here?"))
    ada.say("hello, I am a datagram")
    eve.hears_broadcast("hello, I am a datagram")
    bob.until("ada: hello, I am a datagram\n")
    bob.say("and I a line")
    assert ada.hears("and I a line")["nick"] == "bob"
    eve.say("and I a frame")
    assert ada.hears("and I a frame")["nick"] == "eve"
    seqs = [item["seq"] for item in ada.heard if "seq" in item and item["op"] != "stored"]
    assert seqs == sorted(set(seqs))
    first, *others = (line for line in caplog.messages if " on " in line)
    assert first == "Ready to serve on {}:{}.".format(*serving.bound.front_door)
    assert [line.partition(" on ")[0] for line in others] == ["Requests", "Broadcasts", "Datagrams"]
    assert f"127.0.0.1:{ada._socket.getsockname()[1]} is ada" in " ".join(caplog.messages)


def test_a_session_is_of_no_door(start, come):
    """Lost at one, it is resumed at another."""
    serving = start(DatagramDoor)
    ada = come(Datagrams, serving.made[-1])
    joined = ada.join("ada")
    bob = come(Client, serving.bound)
    bob.join("bob")
    bob.listens(lambda: bob.say("is anybody here?"))
    ada.send(b"")
    until(lambda: "ada" not in _online(bob))
    back = come(Client, serving.bound)
    again = back.ask("join", token=joined["token"])
    assert (again["op"], again["account"], again["nick"]) == ("joined", joined["account"], "ada")
    assert "ada" in _online(bob)


def _online(client):
    members = client.ask("members", room=LOBBY)["members"]
    return {member["nick"] for member in members if member["presence"] == "online"}


def test_what_is_for_members_goes_over_their_connections_at_any_door(start, come, monkeypatch):
    monkeypatch.setattr(
        permissions, "audience", lambda room: frozenset(room.people) if room.name == DEN else None
    )
    serving = start(DatagramDoor, DatagramDoor)
    one, other = serving.made[-2:]
    ada, bob, eve = come(Datagrams, one), come(Datagrams, other), come(Datagrams, other)
    kim, sue = come(Client, serving.bound), come(Client, serving.bound)
    for person, nick in ((ada, "ada"), (bob, "bob"), (kim, "kim")):
        person.join(nick, room=DEN)
    for person, nick in ((eve, "eve"), (sue, "sue")):
        person.join(nick)
    sue.listens(lambda: sue.say("is anybody here?"))
    ada.say("psst", DEN)
    for person in (ada, bob, kim):
        assert person.hears("psst")["nick"] == "ada"
    sue.say("for all")
    assert eve.hears("for all")
    sue.hears_broadcast("for all")
    sue.ask("ping")
    for told in (eve.heard, sue.heard, sue.broadcast):
        assert not [item for item in told if item.get("text") == "psst" or item.get("room") == DEN]


def test_what_is_for_some_of_the_lobby_is_shown_to_them_alone_at_the_front_door(start, come, monkeypatch):
    """What they say to each other."""
    serving = start()
    bob, eve = come(Caller, serving.bound.front_door, "bob"), come(Caller, serving.bound.front_door, "eve")
    kim = come(Client, serving.bound)
    accounts = {member["nick"]: member["account"] for member in kim.join("kim")["members"]}
    monkeypatch.setattr(permissions, "audience", lambda room: frozenset({accounts["bob"], accounts["kim"]}))
    kim.say("psst")
    bob.until("kim: psst\n")
    monkeypatch.undo()
    kim.say("for all")
    assert "psst" not in eve.until("kim: for all\n")


def test_connections_of_two_doors_are_two_though_they_come_from_one_address(start, come):
    serving = start(DatagramDoor, DatagramDoor)
    one, other = serving.made[-2:]
    somebody = come(Datagrams, one)
    ada = somebody.join("ada")
    somebody.door = other
    assert somebody.ask("ping")["code"] == "no_session"
    eve = somebody.join("eve")
    assert eve["account"] != ada["account"]
    somebody.say("from the other")
    assert somebody.hears("from the other")["account"] == eve["account"]


# -- What breaks ---------------------------------------------------------------------------------


def breaking(step):
    """A datagram door that is broken at this."""

    def breaks(self, *arguments):
        if step == "close":
            DatagramDoor.close(self, *arguments)
        raise RuntimeError(f"broken at {step}")

    return type("Broken", (DatagramDoor,), {step: breaks})


@pytest.mark.parametrize(
    "step", ["take_in", "has_input", "answer", "deliver", "stop_accepting", "nameless", "close"]
)
def test_a_door_that_fails_stops_no_other(start, come, expect_log, step):
    expect_log(r"ERROR loggia: The datagram door failed, 10* so far; the others go on\.(.|\n)*broken at")
    serving = start(breaking(step), DatagramDoor)
    broken, whole = serving.made[-2:]
    come(Datagrams, broken).post("join", nick="zoe")
    ada = come(Datagrams, whole)
    bob, eve = come(Caller, serving.bound.front_door, "bob"), come(Client, serving.bound)
    ada.join("ada")
    eve.join("eve")
    eve.listens(lambda: eve.say("is anybody here?"))
    ada.say("hello")
    bob.until("ada: hello\n")
    eve.hears_broadcast("hello")
    bob.say("hi")
    assert ada.hears("hi")
    serving.call(serving.server.stop_when_alone)  # they are here, so it serves on
    assert eve.ask("ping")["op"] == "pong"
    serving.close()
    assert eve.next(lambda item: item.get("code") == "unavailable")
    assert bob.rest().endswith("The server is stopping. Goodbye.\n")


def test_what_a_door_could_not_take_in_is_taken_in_later(start, come, expect_log, monkeypatch):
    """Nothing else has to happen for that."""
    monkeypatch.setattr(server, "AGAIN_S", 0.01)
    expect_log("The datagram door failed, 1 so far")

    class Late(DatagramDoor):
        tries = 0

        def take_in(self):
            self.tries += 1
            if self.tries < 4:
                raise RuntimeError("not yet")

    serving = start(Late)
    until(lambda: serving.made[-1].tries == 4)
    assert serving.call(serving.server.counters.totals.get, "failures") == 3
    assert come(Datagrams, serving.made[-1]).join("ada")


def test_a_door_that_fails_all_the_time_does_not_flood_the_log(start, come, expect_log, caplog):
    expect_log("The datagram door failed, 10? so far")
    serving = start(breaking("deliver"))
    eve = come(Client, serving.bound)
    eve.join("eve")
    for number in range(20):
        eve.say(f"{number}")
    eve.ask("ping")
    told = [line for line in caplog.messages if "failed" in line]
    assert [line.partition(", ")[2].partition(" ")[0] for line in told] == ["1", "10"]
    assert serving.call(serving.server.counters.totals.get, "failures") == 21


def test_where_one_cannot_open_the_others_are_closed(start):
    """The test's own watch finds sockets and threads that were left."""

    class Taken(DatagramDoor):
        def open(self):
            raise OSError("127.0.0.1:53: Address already in use")

    with pytest.raises(OSError, match=":53: Address already in use"):
        start(DatagramDoor, Taken, DatagramDoor)


def test_where_one_cannot_be_made_nothing_is_open(start):
    def fails(config, loop, inside):
        raise OSError("too old")

    with pytest.raises(OSError, match="too old"):
        start(DatagramDoor, fails)


# -- The end -------------------------------------------------------------------------------------


def test_visitors_of_any_door_leave_before_the_others_are_told_goodbye(start, come):
    closed = []

    class Porch(DatagramDoor):
        name, visitors = "porch", True

        def close(self, parting, in_session):
            closed.append((self.name, parting.visitors, [connection.peer for connection in in_session]))
            super().close(parting, in_session)

    class Gate(Porch):
        name, visitors = "gate", False

    serving = start(Gate, Porch)
    gate, porch = serving.made[-2:]
    eve, ada, bob = come(Datagrams, gate), come(Datagrams, porch), come(Datagrams, gate)
    eve.join("eve")
    ada.join("ada")
    assert bob.ask("ping")["code"] == "no_session"
    serving.close()
    adas, eves = ("{}:{}".format(*one._socket.getsockname()) for one in (ada, eve))
    goodbye = "The server is stopping. Goodbye."
    assert closed == [("porch", goodbye, [adas]), ("gate", goodbye, [eves])]
    left = eve.next(lambda item: item["op"] == "left")
    assert (left["nick"], left["reason"]) == ("ada", "lost")


@pytest.mark.parametrize("late_s", [0.0, 0.4, 5.0])
def test_who_never_stops_asking_is_answered_until_it_is_time_to_tell_everybody(start, late_s):
    """Counted from when it was told to stop: the loop may have come to its end late."""
    takes_s = 0.1
    answered, passed = [], [0.0]

    class Porch(DatagramDoor):
        asks = closes = False

        def stop_accepting(self):
            self.closes = True

        def answer(self, connection, answers):
            if self.closes:
                passed[0] += takes_s
                answered.append(passed[0])
            if self.asks:
                self._inside.submit(self, [(connection, [Ping(id="again")])])

    serving = start(Porch)
    loop, porch = serving.loop, serving.made[-1]

    def stop():
        porch.asks = True
        began = loop.time()
        loop.time = lambda: began + passed[0]
        porch._inside.submit(porch, [(Connection(porch, "192.0.2.1:1"), [Ping(id="first")])])
        serving.server.stop()
        passed[0] += late_s

    serving.call(stop)
    serving.close()
    most = max(0.0, server.STOP_S - late_s)
    assert round(most / takes_s) <= len(answered) <= round(most / takes_s) + 3  # and while all are told


def test_who_is_at_a_door_without_a_name_keeps_it_open(start, caplog):
    caplog.set_level(logging.INFO, "loggia")

    class Porch(DatagramDoor):
        people = 2

        def nameless(self):
            return self.people

    serving = start(Porch)
    serving.call(serving.server.stop_when_alone)
    assert any(line.startswith("Still serving 2 others;") for line in caplog.messages)
    serving.made[-1].people = 0
    serving.call(serving.server.stop_when_alone)
    assert "Nobody else is connected; stopping." in caplog.messages


def test_the_log_copies_back_when_everybody_is_answered(start, come, monkeypatch):
    """Who waits for an answer does not wait for that."""
    done, answer, relieve = [], ZeroMQDoor.answer, Log.relieve
    monkeypatch.setattr(ZeroMQDoor, "answer", lambda *given: (done.append("answered"), answer(*given)))
    monkeypatch.setattr(Log, "relieve", lambda log: (done.append("relieved"), relieve(log)))
    serving = start()
    ada = come(Client, serving.bound)
    ada.join("ada")
    for number in range(5):
        ada.say(f"{number}")
    turns = " ".join(serving.call(lambda: [*done])).split("relieved")
    assert len([turn for turn in turns if "answered" in turn]) == 6
    assert "answered" not in turns[0], "the first turn had nothing to answer"
    assert turns[-1].strip() == "", "and it is done in the turn itself"
