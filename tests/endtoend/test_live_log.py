"""The live log of a real broker that is kept busy by those who come and go."""

import os
import sys

import pytest

from tests.endtoend.processes import Broker, module
from tests.endtoend.wire import Wire

ROOMS = 90


def test_a_flood_is_some_lines_and_their_number(tmp_path):
    with Broker(tmp_path / "broker") as broker:
        with Wire(broker) as wire:
            ada = wire.joined("ada")
            ada.post(*(ada.request("join", room=f"room {number}") for number in range(ROOMS)))
            broker.process.wait_for(r"^\.\.\. and [\d,]+ more like it; the last: ada joined ")
        said = sum(line.startswith("ada joined ") for line in broker.process.lines)
        assert said < ROOMS / 2, broker.process.lines
        assert broker.stop() == 0


def test_the_log_goes_into_a_file_too_for_its_owner_alone(tmp_path):
    file = tmp_path / "logs" / "loggia.log"
    file.parent.mkdir()
    with Broker(tmp_path / "broker", "--log-file", str(file), "--log-keep", "2") as broker:
        with Wire(broker) as wire:
            wire.joined("ada")
            broker.process.wait_for("ada joined lobby")
        assert broker.stop() == 0
        assert file.read_text().splitlines() == broker.process.lines
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_full_log_is_put_aside_at_a_start(tmp_path):
    file = tmp_path / "loggia.log"
    before = b"a line of before\n" * 620_000
    file.write_bytes(before)
    with Broker(tmp_path / "broker", "--log-file", str(file)) as broker:
        assert broker.stop() == 0
    assert file.with_name("loggia.log.1").read_bytes() == before
    assert file.read_text().startswith("Ready to serve on ")


@pytest.mark.parametrize("where", ["no/such/folder/x.log", "."])
def test_a_log_file_that_cannot_be_is_one_sentence(tmp_path, where):
    arguments = ["--data", str(tmp_path / "data"), "--log-file", str(tmp_path / where)]
    with module("broker", *arguments) as process:
        assert process.wait() == 1
    (line,) = process.lines
    assert line.startswith("ERROR: Failed to start up the server: the log file ")
    assert "choose another one with --log-file or LOGGIA_LOG_FILE, which may be `off`" in line


@pytest.mark.skipif(sys.platform == "win32", reason="folders that cannot be written to")
def test_a_folder_that_disappears_stops_nobody(tmp_path):
    file = tmp_path / "logs" / "loggia.log"
    file.parent.mkdir()
    with Broker(tmp_path / "broker", "--log-file", str(file)) as broker:
        file.unlink()
        file.parent.rmdir()
        with Wire(broker) as wire:
            assert wire.joined().ask("message", room="lobby", text="hello")["op"] == "stored"
        assert broker.stop() == 0
