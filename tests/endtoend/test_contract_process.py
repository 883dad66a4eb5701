"""docs/protocol.md, the process: it serves, or says in a line why not."""

import json
import os
import re
import signal
import socket
import sqlite3

import pytest
import zmq

from tests.endtoend.processes import Broker, module
from tests.endtoend.serving import FAILED, FREE, flags
from tests.endtoend.wire import LOBBY, Wire, refused
from tests.patience import PATIENCE_S


def fails(process, code=1):
    """It ends with the code, having said why in one line."""
    assert process.wait() == code, process.lines
    assert len(process.lines) == 1, process.lines
    assert process.lines[0].startswith(FAILED)
    assert len(process.lines[0]) > len(FAILED) + 10
    return process.lines[0]


# -- Serving ------------------------------------------------------------------------------------


def test_the_four_lines_are_flushed_at_once_in_their_order(tmp_path):
    """Also when nobody asked Python not to buffer."""
    with module("broker", *flags(tmp_path / "data"), environment={"PYTHONUNBUFFERED": ""}) as broker:
        broker.wait_for("Waiting for connections")
        front, requests, broadcasts, waiting = broker.lines[:4]
        assert re.fullmatch(r"Ready to serve on 127\.0\.0\.1:[1-9]\d*\.", front)
        assert re.fullmatch(r"Requests on tcp://127\.0\.0\.1:[1-9]\d*", requests)
        assert re.fullmatch(r"Broadcasts on tcp://127\.0\.0\.1:[1-9]\d*", broadcasts)
        assert waiting == "Waiting for connections..."
        assert len({line.rsplit(":", 1)[1] for line in broker.lines[:3]}) == 3
        assert broker.terminate() == 0


def test_without_the_front_door_it_serves_all_the_same(tmp_path):
    with module("broker", *flags(tmp_path / "data", **{"--front-door": "off"})) as broker:
        requests = broker.wait_for(r"Requests on (\S+)")[1]
        broker.wait_for("Waiting for connections")
        assert broker.lines[0].startswith("Ready to serve on ")
        with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
            dealer.linger = 0
            dealer.connect(requests)
            dealer.send(b'{"op": "ping", "id": "1"}')
            assert json.loads(dealer.recv())[0]["code"] == "no_session"
        assert broker.terminate() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_stopping_tells_everybody_at_every_door(broker, number):
    with Wire(broker) as wire, socket.create_connection(broker.front_door, timeout=PATIENCE_S) as visitor:
        ada = wire.joined()
        ada.say("answered")
        visitor.recv(1024)
        visitor.sendall(b"vic\n")
        heard = visitor.recv(1024)
        broker.process.send(number)
        refused(ada.next(), "unavailable", None)
        while said := visitor.recv(1024):
            heard += said
        assert b"stopping" in heard
        assert broker.process.wait(promised_s=2) == 0
        broker.stop()
        broker.start()
        back = wire.resumed(ada)
        assert [event["text"] for event in back.log() if event["op"] == "message"] == ["answered"]


def test_clients_that_do_not_read_do_not_delay_the_stop(tmp_path):
    with Broker(tmp_path, "--rate", "0") as broker, Wire(broker) as wire:
        asleep = wire.caller(rcvhwm=1, rcvbuf=4096)
        asleep.join(nick="asleep")
        deaf = wire.socket(zmq.SUB, broker.broadcasts, rcvhwm=1, rcvbuf=4096)
        deaf.subscribe(b"")
        ada = wire.joined()
        with socket.create_connection(broker.front_door, timeout=PATIENCE_S) as visitor:
            visitor.sendall(b"vic\n")
            for _ in range(10):
                asleep.post(*[asleep.request("history", room=LOBBY, limit=1000) for _ in range(50)])
                ada.post(*[ada.request("message", room=LOBBY, text="x" * 10_000) for _ in range(20)])
                ada.take(20)
            broker.process.send(signal.SIGTERM)
            assert broker.process.wait(promised_s=2) == 0
        assert "Traceback" not in "\n".join(broker.process.lines)


def test_a_second_signal_while_it_stops_changes_nothing(broker):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        if broker.process.is_running:
            broker.process.send(number)
    assert broker.process.wait(promised_s=2) == 0
    assert "Traceback" not in "\n".join(broker.process.lines)


def test_a_wildcard_is_told_as_the_address_the_client_came_by(tmp_path):
    command = flags(tmp_path, **{"--broadcasts": "tcp://0.0.0.0:0"})
    with module("broker", *command) as broker:
        requests = broker.wait_for(r"Requests on (\S+)")[1]
        port = broker.wait_for(r"Broadcasts on tcp://0\.0\.0\.0:(\d+)")[1]
        with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
            dealer.linger = 0
            dealer.connect(requests)
            dealer.send(b'{"op": "join", "id": "1", "nick": "ada"}')
            assert json.loads(dealer.recv())[0]["pub"] == f"tcp://127.0.0.1:{port}"


# -- Not serving --------------------------------------------------------------------------------


@pytest.mark.parametrize("door", FREE)
def test_an_address_in_use(tmp_path, door):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with module("broker", *flags(tmp_path / "data", **{door: FREE[door][:-1] + str(port)})) as broker:
            said = fails(broker)
    assert f":{port}: Address already in use; choose another one with {door} or LOGGIA_" in said
    assert door.removeprefix("--").replace("-", "_").upper() in said


@pytest.mark.parametrize("door", FREE)
def test_an_address_that_is_not_ours(tmp_path, door):
    with module(
        "broker", *flags(tmp_path / "data", **{door: FREE[door].replace("127.0.0.1", "192.0.2.1")})
    ) as broker:
        fails(broker)


def test_a_data_folder_in_use(broker):
    with module("broker", *flags(broker.data)) as second:
        line = fails(second)
        assert "in use" in line
        assert str(broker.data) in line
    with Wire(broker) as wire:
        wire.joined().say("the first one still serves")


def test_a_data_folder_that_a_killed_broker_had_is_free(broker):
    broker.kill()
    broker.start()


@pytest.mark.parametrize("where", ["a file", "in a file", "nowhere"])
def test_a_data_folder_that_is_not_writable(tmp_path, where):
    (tmp_path / "file").write_text("")
    data = {"a file": tmp_path / "file", "in a file": tmp_path / "file" / "data", "nowhere": "/proc/loggia"}[
        where
    ]
    with module("broker", *flags(data)) as broker:
        assert str(data) in fails(broker)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_folder_of_somebody_else(tmp_path):
    tmp_path.chmod(0o500)
    with module("broker", *flags(tmp_path / "data")) as broker:
        assert "not writable" in fails(broker)


def test_a_log_that_is_none(tmp_path):
    (tmp_path / "loggia.db").write_text("This is no log. " * 1000)
    with module("broker", *flags(tmp_path)) as broker:
        assert str(tmp_path) in fails(broker)


def test_a_log_of_another_version(broker):
    assert broker.stop() == 0
    with sqlite3.connect(broker.data / "loggia.db") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with module("broker", *flags(broker.data)) as second:
        assert "99" in fails(second)


BAD = {
    "rate": ["abc", "-1", "nan"],
    "requests": ["", "http://127.0.0.1:1", "tcp://127.0.0.1:65536"],
    "broadcasts": ["127.0.0.1:1102/x"],
    "front_door": ["nowhere", "127.0.0.1:99999"],
    "data": [""],
    "name": ["a\nb"],
}


def refuses(setting, named, *command, environment):
    """One line that says which setting it is, and where it is from."""
    with module("broker", "--print-config", *command, environment=environment) as broker:
        line = fails(broker)
        assert setting in line
        assert named in line


@pytest.mark.parametrize("setting", BAD)
def test_a_bad_flag(clean, setting):
    for value in BAD[setting]:
        flag = "--" + setting.replace("_", "-")
        refuses(setting, flag, f"{flag}={value}", environment=clean)


@pytest.mark.parametrize("setting", ["rate", "front_door"])
def test_a_bad_variable_or_line_of_the_file(tmp_path, clean, setting):
    value = BAD[setting][0]
    variable = "LOGGIA_" + setting.upper()
    refuses(setting, variable, environment={**clean, variable: value})
    file = tmp_path / "settings.toml"
    file.write_text(f"{setting} = {json.dumps(value)}\n")
    refuses(setting, str(file), "--config", str(file), environment=clean)


@pytest.mark.parametrize(
    "content",
    ["this is no TOML", "colour = 'red'", "limits = 3", "[limits]\nnick_chars = 0", "front_door = 7"],
)  # fmt: skip
def test_a_settings_file_that_cannot_be_used(tmp_path, clean, content):
    file = tmp_path / "settings.toml"
    file.write_text(content)
    with module("broker", "--config", str(file), "--print-config", environment=clean) as broker:
        assert str(file) in fails(broker)


def test_a_settings_file_that_is_not_there(tmp_path, clean):
    with module("broker", "--config", str(tmp_path / "none.toml"), environment=clean) as broker:
        assert "none.toml" in fails(broker)


@pytest.mark.parametrize("wrong", [["--colour"], ["somewhere"], ["--data"]])
def test_wrong_usage(wrong):
    with module("broker", *wrong) as broker:
        assert broker.wait() == 2
        assert "Traceback" not in "\n".join(broker.lines)
        assert broker.lines[0].startswith("usage: ")


def test_help_names_every_flag():
    with module("broker", "--help") as broker:
        assert broker.wait() == 0
        text = "\n".join(broker.lines)
        for flag in ("--data", "--name", *FREE, "--rate", "--log-json", "--print-config"):
            assert flag in text
