"""The real broker as a process: it says where it serves, ends as asked, and comes back where it was."""

import signal
import socket

import pytest

from tests.endtoend.processes import Broker, module
from tests.patience import PATIENCE_S


def test_it_says_where_it_serves_and_ends_well(broker):
    with socket.create_connection(broker.front_door, timeout=PATIENCE_S) as visitor:
        assert visitor.recv(1024)
    assert broker.stop() == 0
    assert broker.process.lines[:4] == [
        "Ready to serve on {}:{}.".format(*broker.front_door),
        f"Requests on {broker.requests}",
        f"Broadcasts on {broker.broadcasts}",
        "Waiting for connections...",
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_within_two_seconds_of_a_signal(broker, number):
    broker.process.send(number)
    assert broker.process.wait(promised_s=2) == 0
    assert "Traceback" not in "\n".join(broker.process.lines)


def test_it_comes_back_where_it_was(broker):
    places = (broker.front_door, broker.requests, broker.broadcasts)
    broker.kill()
    broker.start()
    assert (broker.front_door, broker.requests, broker.broadcasts) == places


def test_a_data_folder_serves_one_broker(broker):
    with module("broker", "--data", str(broker.data), "--requests", "tcp://127.0.0.1:0", "--broadcasts",
                "tcp://127.0.0.1:0", "--front-door", "127.0.0.1:0") as second:  # fmt: skip
        assert second.wait() == 1
        assert len(second.lines) == 1
        assert second.lines[0].startswith("ERROR: Failed to start up the server: ")


@pytest.mark.parametrize("door", ["--front-door", "--requests", "--broadcasts"])
def test_a_taken_address_is_one_clear_line(tmp_path, door):
    free = {
        "--front-door": "127.0.0.1:0",
        "--requests": "tcp://127.0.0.1:0",
        "--broadcasts": "tcp://127.0.0.1:0",
    }
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = free | {door: free[door].replace(":0", f":{other.getsockname()[1]}")}
        addresses = [word for pair in taken.items() for word in pair]
        with module("broker", "--data", str(tmp_path), *addresses) as refused:
            assert refused.wait() == 1
            assert len(refused.lines) == 1, refused.lines
            assert refused.lines[0].startswith("ERROR: Failed to start up the server: ")


def test_alone_it_stops_when_its_input_ends(tmp_path):
    with Broker(tmp_path, "--stop-when-alone") as broker:
        broker.process.end_input()
        assert broker.process.wait() == 0
        broker.process.wait_for("^Nobody else is connected; stopping.$")


def test_with_a_visitor_it_stays_when_its_input_ends(tmp_path):
    with Broker(tmp_path, "--stop-when-alone") as broker:
        with socket.create_connection(broker.front_door, timeout=PATIENCE_S) as visitor:
            assert visitor.recv(1024)
            broker.process.end_input()
            said = broker.process.wait_for("^Still serving 1 others?; stop it with Ctrl\\+C or: kill (\\d+)$")
            assert int(said[1]) == broker.process.pid
        assert broker.process.is_running
        assert broker.stop() == 0
