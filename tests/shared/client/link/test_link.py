"""Real sockets and the real broker."""

import pathlib
import sys

import pytest
import zmq
from loggia.shared.client import updates
from loggia.shared.client.commands import Enter, Goodbye, Say, Shut
from loggia.shared.client.link.link import clock
from loggia.shared.client.link.sockets import Wires
from loggia.shared.protocol.errors import Closed, StorageBroken

from tests.faults import Relay
from tests.patience import Stopwatch
from tests.shared.client.running import Broker, Program, eventually


def test_two_programs_hear_each_other(broker: Broker) -> None:
    with Program(broker.requests, "ada") as ada, Program(broker.requests, "bob") as bob:
        eventually(lambda: ada.status() == bob.status() == "connected")
        ada.link.post(Say(room="lobby", text="hello"))
        eventually(lambda: "hello" in bob.texts())
        bob.link.post(Say(room="lobby", text="hi", reply_to=3))
        eventually(lambda: ada.texts()[-1:] == ["hi"])
        assert ada.texts() == ["hello", "hi"]


def test_what_is_posted_before_run_is_done(broker: Broker) -> None:
    program = Program(broker.requests, "ada")
    ids = [program.link.post(Say(room="lobby", text=f"{number}")) for number in range(5)]
    program.link.post(Enter(room="lab"))
    with program:
        eventually(lambda: len(program.updates(updates.Delivered)) == 5)
        assert [update.id for update in program.updates(updates.Delivered)] == ids == sorted(ids)
        eventually(lambda: {update.room for update in program.updates(updates.Entered)} == {"lobby", "lab"})


def test_what_can_wait_wakes_nobody_and_is_done_with_what_cannot(broker: Broker) -> None:
    with Program(broker.requests, "ada") as ada:
        eventually(lambda: ada.status() == "connected")
        wake, woken = ada.link._wake, []
        assert wake is not None
        ada.link._wake = lambda: woken.append(wake())
        first = ada.link.post(Say(room="lobby", text="by itself"), soon=False)
        eventually(lambda: ada.updates(updates.Delivered), "within a second")
        assert woken == []
        ids = [ada.link.post(Say(room="lobby", text=f"{n}"), soon=n == 2) for n in range(3)]
        eventually(lambda: len(ada.updates(updates.Delivered)) == 4)
        assert woken == [None]
        assert [update.id for update in ada.updates(updates.Delivered)] == [first, *ids]


def test_a_killed_broker_costs_nothing(broker: Broker, tmp_path: pathlib.Path) -> None:
    with Program(broker.requests, "ada", tmp_path / "a.db") as ada, Program(broker.requests, "bob") as bob:
        eventually(lambda: ada.status() == bob.status() == "connected")
        for number in range(100):
            ada.link.post(Say(room="lobby", text=f"{number}"))
        broker.kill()
        eventually(lambda: ada.status() == "reconnecting")
        ada.link.post(Say(room="lobby", text="while it was down"))
        eventually(lambda: ada.updates(updates.Unreachable))
        broker.start()
        said = [f"{number}" for number in range(100)] + ["while it was down"]
        eventually(lambda: len(ada.updates(updates.Delivered)) == 101)
        eventually(lambda: bob.texts() == said)
        eventually(lambda: ada.texts() == said)
        accounts = {update.account for update in ada.updates(updates.Entered)}
        assert len(accounts) == 1, "the same account after the restart"


def test_a_broker_that_stops_is_told_as_the_reason_and_as_nothing_else(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    with Program(broker.requests, "ada") as ada:
        eventually(lambda: ada.status() == "connected")
        broker.stop()
        eventually(
            lambda: "reconnecting" in [status.connection for status in ada.updates(updates.ConnectionStatus)]
        )
        (status, *_) = [
            one for one in ada.updates(updates.ConnectionStatus) if one.connection == "reconnecting"
        ]
    assert status.reason == "the broker is stopping"
    assert caplog.text == ""


def test_the_outbox_outlives_program_and_broker(broker: Broker, tmp_path: pathlib.Path) -> None:
    broker.kill()
    with Program(broker.requests, "ada", tmp_path / "a.db") as ada:
        ada.link.post(Say(room="lobby", text="later"))
        eventually(lambda: ada.updates(updates.Unreachable))
    broker.start()
    with Program(broker.requests, "ada", tmp_path / "a.db") as ada:
        eventually(lambda: ada.updates(updates.Delivered))
        eventually(lambda: ada.texts() == ["later"] or "later" in _older(ada))


def _older(program: Program) -> list[str]:
    pages = [update.events for update in program.told if isinstance(update, updates.Older)]
    return [event.text for page in pages for event in page if hasattr(event, "text")]


@pytest.mark.parametrize("reachable", [True, False])
def test_shut_stops_within_100_ms(broker: Broker, nowhere: str, reachable: bool) -> None:
    with Program(broker.requests if reachable else nowhere, "ada") as ada:
        eventually(lambda: ada.status() == ("connected" if reachable else "reconnecting"))
        watch = Stopwatch()
        ada.link.post(Shut())
        ada.thread.join()
        assert watch.read_s() < 0.1
    assert ada.status() == "ended"


def test_goodbye_ends_the_session_and_the_others_see_it(broker: Broker) -> None:
    with Program(broker.requests, "bob") as bob:
        eventually(lambda: bob.status() == "connected", "bob is there to see it")
        with Program(broker.requests, "ada") as ada:
            eventually(lambda: ada.status() == "connected")
            ada.link.post(Goodbye())
            ada.thread.join()
        reasons = lambda: [  # noqa: E731
            event.reason
            for update in bob.updates(updates.Arrived)
            for event in update.events
            if hasattr(event, "reason")
        ]
        eventually(lambda: reasons() == ["end"])


def test_an_address_that_is_none_is_told_as_the_reason(expect_log: object) -> None:
    with Program("tcp://no port here", "ada") as ada:
        eventually(lambda: ada.status() == "reconnecting")
        (status, *_) = [
            update for update in ada.updates(updates.ConnectionStatus) if update.connection == "reconnecting"
        ]
        assert "no address" in status.reason


def test_a_second_program_on_the_same_copy_is_told(broker: Broker, tmp_path: pathlib.Path) -> None:
    with Program(broker.requests, "ada", tmp_path / "a.db") as ada:
        eventually(lambda: ada.status() == "connected")
        with Program(broker.requests, "bob", tmp_path / "a.db") as bob:
            bob.thread.join()
        assert isinstance(bob.failure, StorageBroken)
        assert bob.status() == "ended"


def test_after_the_end_nothing_is_lost_silently(nowhere: str) -> None:
    with Program(nowhere, "ada") as ada:
        ada.link.post(Shut())
        ada.thread.join()
    with pytest.raises(Closed):
        ada.link.post(Say(room="lobby", text="hello?"))
    with pytest.raises(Closed):
        ada.link.post(Say(id="1", room="lobby", text="hello?"))


def test_what_waits_together_is_told_together(broker: Broker) -> None:
    with Program(broker.requests, "ada") as ada, Program(broker.requests, "bob", complete=True) as bob:
        eventually(lambda: ada.status() == bob.status() == "connected")
        before = bob.batches
        for number in range(400):
            ada.link.post(Say(room="lobby", text=f"{number}"))
        eventually(lambda: len(bob.texts()) == 400)
        assert bob.texts() == [f"{number}" for number in range(400)]
        assert bob.batches - before < 200


def test_a_new_connection_is_one_to_both_doors(broker: Broker) -> None:
    with Relay.before(broker.requests) as up, Relay.before(broker.broadcasts) as down:
        wires = Wires(up.endpoint)
        try:
            assert wires.connect() == ""
            assert wires.subscribe(down.endpoint, frozenset({"room/lobby/"})) == ""
            for relay in (up, down):
                relay.wait(lambda relay: relay.connections == 1)
            wires.disconnect()
            for relay in (up, down):
                relay.wait(lambda relay: relay.connections == 0)
            assert wires.subscribe(down.endpoint, frozenset({"room/lobby/"})) == ""
            down.wait(lambda relay: relay.connections == 1)
        finally:
            wires.close()


def test_silence_is_noticed_by_the_system_and_no_heartbeat_waits_for_a_reader() -> None:
    wires = Wires("tcp://127.0.0.1:9")
    try:
        wires.connect()
        wires.subscribe("tcp://127.0.0.1:9", frozenset({"room/lobby/"}))
        for wire in (wires._dealer, wires._sub):
            assert wire is not None
            assert (wire.heartbeat_ivl, wire.tcp_keepalive) == (0, 1)
            idle, each, times = wire.tcp_keepalive_idle, wire.tcp_keepalive_intvl, wire.tcp_keepalive_cnt
            assert 0 < idle + each * times <= 15
            assert 0 < idle + each * 10 <= 15, "Windows asks ten times"
            assert 0 < wire.tcp_maxrt <= 15_000
    finally:
        wires.close()


def test_without_topics_there_is_no_connection_to_the_broadcasts(broker: Broker) -> None:
    with Relay.before(broker.broadcasts) as down:
        wires = Wires(broker.requests)
        try:
            for _ in range(2):
                assert wires.subscribe(down.endpoint, frozenset({"room/lobby/"})) == ""
                down.wait(lambda relay: relay.connections == 1)
                assert wires.subscribe(down.endpoint, frozenset()) == ""
                down.wait(lambda relay: relay.connections == 0)
        finally:
            wires.close()


def test_somebody_who_never_greets_is_no_broker() -> None:
    with zmq.Context() as context, context.socket(zmq.STREAM) as mute:
        port = mute.bind_to_random_port("tcp://127.0.0.1")
        wires = Wires(f"tcp://127.0.0.1:{port}")
        try:
            assert wires.connect() == ""
            eventually(lambda: not wires.wait(None) and wires.is_broken())
        finally:
            wires.close()
            mute.close(linger=0)


@pytest.mark.skipif(sys.platform != "linux", reason="another clock")
def test_the_clock_counts_the_time_in_which_the_computer_slept() -> None:
    since_boot = float(pathlib.Path("/proc/uptime").read_text().split()[0])
    assert since_boot - 1 < clock() < since_boot + 1
