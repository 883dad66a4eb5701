"""docs/protocol.md, the process: what its log tells, and what it never does."""

import json
import socket

from tests.endtoend.processes import Broker, module
from tests.endtoend.serving import FAILED, flags
from tests.endtoend.wire import LOBBY, Wire
from tests.patience import PATIENCE_S

SECRET = "what people say is theirs"


def lively(broker):
    """Everything a log could tell of: people, refusals, rubbish, a visitor, and what they say."""
    with Wire(broker) as wire:
        ada = wire.joined("Ada Ω")
        ada.say(SECRET)
        ada.ask("message", room=LOBBY, text=SECRET + "\x07")
        ada.ask("nonsense", text=SECRET)
        ada.send(SECRET.encode() + b"\xff")
        ada.next()
        with socket.create_connection(broker.front_door, timeout=PATIENCE_S) as visitor:
            visitor.recv(1024)
            visitor.sendall(b"\x1b[31mred\n")
            visitor.recv(1024)
            visitor.sendall(b"vic\n")
            broker.process.wait_for("vic")
            visitor.sendall(SECRET.encode() + b"\n!end\n")
            while visitor.recv(1024):
                pass
        ada.ask("join", nick="countess", room="lab")
        ada.close()
        broker.process.wait_for("lost the connection")
    assert broker.stop() == 0
    text = "\n".join(broker.process.lines)
    assert SECRET not in text
    assert ada.token not in text
    assert "Traceback" not in text
    assert "\x1b" not in text
    return broker.process.lines


def test_the_log_tells_who_comes_and_goes_never_what_they_say(broker):
    text = "\n".join(lively(broker))
    assert "Ada Ω" in text
    assert "countess" in text
    assert "Accepted connection request from: 127.0.0.1:" in text


def test_json_lines_parse_and_never_hold_what_people_say(tmp_path):
    with Broker(tmp_path, "--log-json") as broker:
        lines = [json.loads(line) for line in lively(broker)]
    assert [line["text"] for line in lines[:4]] == [
        "Ready to serve on {}:{}.".format(*broker.front_door),
        f"Requests on {broker.requests}",
        f"Broadcasts on {broker.broadcasts}",
        "Waiting for connections...",
    ]
    for line in lines:
        assert set(line) >= {"at", "level", "text"}
        assert isinstance(line["at"], int)
        assert line["level"] in ("info", "warning", "error")
    assert any("countess" in line["text"] for line in lines)


def test_a_failed_start_is_one_json_line_too(tmp_path):
    with module("broker", *flags("/proc/loggia"), "--log-json") as broker:
        assert broker.wait() == 1
        [line] = [json.loads(line) for line in broker.lines]
        assert line["text"].startswith(FAILED)
        assert line["level"] == "error"
