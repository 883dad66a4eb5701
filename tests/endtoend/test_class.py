"""docs/class.md for real: a broker that the whole network reaches, and others by another address of it."""

import contextlib
import re
import shlex
import shutil
import socket
import subprocess
import sys

import pytest

from tests.broker.callers import WAIT_S, Caller
from tests.endtoend.people import Raw
from tests.endtoend.processes import HOUSE, module
from tests.started import Started

ELSEWHERE = "127.0.0.2"  # of this computer, too, and not where a broker listens by default


def told(pattern):
    text = (HOUSE / "docs" / "class.md").read_text(encoding="utf-8")
    return re.search(pattern, text, re.MULTILINE)[0]


@pytest.fixture
def doors(tmp_path):
    """The broker started as the page says, on free ports; where its doors are for another computer."""
    with socket.socket() as probe:
        try:
            probe.bind((ELSEWHERE, 0))
        except OSError:
            pytest.skip("this system has one loopback address only")
    words = shlex.split(re.sub(r":110\d", ":0", told(r"^python3 run\.py broker --requests.*$")))[3:]
    with module("broker", "--data", str(tmp_path / "class"), *words) as broker:
        patterns = (r"Ready to serve on 0\.0\.0\.0:(\d+)\.", r"Requests on tcp://0\.0\.0\.0:(\d+)")
        front_door, requests = (int(broker.wait_for(pattern)[1]) for pattern in patterns)
        broker.wait_for("Waiting for connections")
        yield (ELSEWHERE, front_door), f"tcp://{ELSEWHERE}:{requests}"


def test_pupils_come_from_other_computers(doors):
    front_door, requests = doors
    with contextlib.closing(Raw(requests, "anna", bot=False)) as anna:
        assert anna.me["pub"].startswith(f"tcp://{ELSEWHERE}:")
        with contextlib.closing(Caller(front_door, "chloe")) as chloe:
            anna.say("hello")
            assert chloe.line() == "anna: hello"
            chloe.say("hi")
            anna.hears("hi", by="chloe")


def with_nothing():
    """The lines of the page for people with nothing but a terminal, each for a program that is here."""
    section = told(r"^\*\*With nothing\*\*(.|\n)*?^\*\*A bot")
    lines = [line for line in re.findall(r"`([^`]*192\.168\.1\.20[^`]*)`", section)]
    assert len(lines) >= 5
    return sorted({line.replace("curl.exe", "curl") for line in lines})


@pytest.mark.parametrize("line", with_nothing())
def test_who_has_nothing_comes_by_a_terminal(doors, line):
    front_door, requests = doors
    program = "bash" if line.startswith("exec") else line.split()[0]
    if not shutil.which(program) or sys.platform == "win32":
        pytest.skip(f"no {program} here")
    here = line.replace("192.168.1.20", ELSEWHERE).replace("1100", str(front_door[1]))
    command = ["bash", "-c", f"{here}; wait"] if program == "bash" else shlex.split(here)
    with (
        contextlib.closing(Raw(requests, "anna", bot=False)) as anna,
        Started(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as terminal,
    ):
        terminal.stdin.write(b"deniz\nhello\n")
        terminal.stdin.flush()
        anna.hears("hello", by="deniz")
        terminal.stdin.write(b"!end\n")
        terminal.stdin.flush()
        output, _ = terminal.communicate(timeout=WAIT_S)
    assert output.decode().splitlines()[-2:] == ["deniz: hello", "!end"]
