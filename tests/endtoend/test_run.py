"""One evening of run.py with the real broker and the real window: who stops the broker."""

import contextlib
import os
import re
import select
import signal
import sys
import time
from pathlib import Path

import pytest
from loggia.broker.doors.classic.text import welcome

from loggia.launch import commands, settings
from loggia.launch.console import Trouble
from loggia.launch.place import Programs
from tests.endtoend.people import Raw, Visitor
from tests.endtoend.processes import HOUSE, SAY_S, Running

PACKAGING = Path(__file__).parent.parent.parent / "packaging"
# run.py's chat, in the virtual environment of these tests
EVENING = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv.pop(1))
from loggia.launch import chat, commands
from loggia.launch.place import Programs
try:
    sys.exit(chat.with_window(Programs(Path(sys.executable), dict(os.environ)), sys.argv[1:]))
except KeyboardInterrupt:
    sys.exit(commands.INTERRUPTED)
"""
HEADLESS = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv.pop(1))
from loggia.launch import headless, settings
from loggia.launch.place import Programs
programs = Programs(Path(sys.executable), dict(os.environ))
sys.exit(headless.serve(programs, settings.ask(programs), "tower"))
"""
ADDRESSES = {
    "LOGGIA_REQUESTS": "tcp://127.0.0.1:0",
    "LOGGIA_BROADCASTS": "tcp://127.0.0.1:0",
    "LOGGIA_FRONT_DOOR": "127.0.0.1:0",
}


class Evening(Running):
    """run.py with its window open.

    Attributes: `requests`, `front_door`: where its broker serves; `broker`, `window`: their process ids.
    """

    broker = window = 0

    def __init__(self, folder: Path, nick: str, **addresses: str) -> None:
        self.log = folder / "broker" / "broker.log"
        surroundings = {**ADDRESSES, "LOGGIA_DATA": str(folder / "broker"), **addresses}
        super().__init__(
            [
                sys.executable,
                "-c",
                EVENING,
                str(PACKAGING),
                "--nick",
                nick,
                "--data",
                str(folder / nick),
            ],
            environment={**surroundings, "QT_QPA_PLATFORM": "offscreen"},
        )

    def started(self) -> None:
        self.requests = self.wait_for(r"Started a broker on (\S+);")[1]
        found = re.search(r"Ready to serve on (.+):(\d+)\.", self.log.read_text())
        self.front_door = (found[1], int(found[2]))
        (self.broker,) = children(self.pid, "broker")
        wait_for_line(self.log, "joined lobby")
        (self.window,) = children(self.pid, "qtclient")

    def close(self) -> None:
        for pid in filter(
            None, (self.broker, self.window)
        ):  # they may outlive run.py, but not a test that failed
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        super().close()


@pytest.fixture
def evening(tmp_path):
    with Evening(tmp_path, "ada") as evening:
        evening.started()
        yield evening


@pytest.mark.window
def test_alone_the_broker_stops_with_the_window(evening):
    with Raw(evening.requests, "raw") as raw:
        raw.ask("!end")
    evening.send(signal.SIGTERM)
    evening.wait_for("^Nobody else is connected; stopping.$")
    assert evening.wait() == commands.INTERRUPTED
    assert "Nobody else is connected; stopping." in evening.log.read_text()


@pytest.mark.window
def test_with_a_visitor_the_broker_stays_and_says_so(evening):
    with Visitor(evening.front_door, "bob") as bob:
        bob.reads(welcome("bob"))
        stays(evening)
        bob.say("still here")
        bob.hears("still here", by="bob")
        os.kill(evening.broker, signal.SIGTERM)
        while not bob.is_over():
            pass


@pytest.mark.window
def test_with_a_bot_the_broker_stays_and_says_so(evening):
    with Raw(evening.requests, "raw") as raw:
        stays(evening)
        raw.say("still here")
        os.kill(evening.broker, signal.SIGTERM)
        assert raw.hears_the_end()["code"] == "unavailable"


@pytest.mark.window
def test_a_window_that_dies_is_not_there_any_more(evening):
    os.kill(evening.window, signal.SIGKILL)
    evening.wait_for("^Nobody else is connected; stopping.$")
    assert evening.wait() == -signal.SIGKILL % 256


@pytest.mark.window
def test_when_run_py_is_killed_the_broker_stays_for_its_window(evening):
    evening.send(signal.SIGKILL)
    with Raw(evening.requests, "raw") as raw:
        assert "ada" in [member["nick"] for member in raw.ask("members", room="lobby")["members"]]
        said = wait_for_line(evening.log, r"Still serving \d+ others; .* kill (\d+)")
        assert int(said[1]) == evening.broker
        os.kill(evening.broker, signal.SIGTERM)
        assert raw.hears_the_end()["code"] == "unavailable"
    os.kill(evening.window, signal.SIGTERM)
    assert evening.wait() == -signal.SIGKILL


def test_the_file_of_settings_counts(tmp_path):
    """The broker's own word is what run.py goes by: its file, and the environment over it."""
    file = tmp_path / "broker.toml"
    file.write_text('requests = "tcp://127.0.0.1:4711"\nfront_door = "off"\ndata = "/somewhere/älse"\n')
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOGGIA_")}
    environment |= {"PYTHONPATH": str(HOUSE), "LOGGIA_CONFIG": str(file)}
    environment["LOGGIA_BROADCASTS"] = "tcp://127.0.0.1:4712"
    assert settings.ask(Programs(Path(sys.executable), environment)) == settings.Settings(
        "tcp://127.0.0.1:4711", "tcp://127.0.0.1:4712", "off", Path("/somewhere/älse")
    )
    file.write_text('requests = "no where"\n')
    with pytest.raises(Trouble, match=r"^Failed to start up the server: requests = 'no where' \(from "):
        settings.ask(Programs(Path(sys.executable), environment))


@pytest.mark.parametrize("door", ["127.0.0.1:0", "off"])
def test_without_a_screen_the_brokers_own_addresses_are_told(tmp_path, door):
    surroundings = {**ADDRESSES, "LOGGIA_DATA": str(tmp_path), "LOGGIA_FRONT_DOOR": door}
    with Running([sys.executable, "-c", HEADLESS, str(PACKAGING)], environment=surroundings) as running:
        running.wait_for("run.py window --connect")
        said = "\n".join(running.lines)
        requests = re.search(r"Requests on (\S+)", said)[1]
        assert said.index("Waiting for connections...") < said.index("How to connect:")
        assert f"window --connect {requests}" in said
        if door == "off":
            assert "nc " not in said
        else:
            host, port = re.search(r"nc (\S+) (\d+)", said).groups()
            with Visitor((host, int(port)), "bob") as bob:
                bob.reads(welcome("bob"))
        assert running.terminate() == 0


def stays(evening: Evening) -> None:
    """Close the window: the broker stays, and run.py says so."""
    evening.send(signal.SIGTERM)
    said = evening.wait_for(r"^Still serving 1 other; stop it with Ctrl\+C or: kill (\d+)$")
    assert int(said[1]) == evening.broker
    assert evening.wait() == commands.INTERRUPTED
    assert evening.lines[-1] == f"Its log is {evening.log}."


def children(pid: int, module: str) -> list[int]:
    """The processes that `pid` started and that run this module."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [
        int(child) for child in found if f"\0-m\0{module}\0" in Path(f"/proc/{child}/cmdline").read_text()
    ]


def wait_for_line(log: Path, pattern: str) -> re.Match[str]:
    """The first match in a file that another process writes."""
    deadline = time.monotonic() + SAY_S
    while not (found := re.search(pattern, log.read_text())):
        assert time.monotonic() < deadline, log.read_text()
        select.select([], [], [], 0.02)
    return found
