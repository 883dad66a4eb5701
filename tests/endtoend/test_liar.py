"""A program beside a broker that lies, by its memory: nothing that is sent gathers in it."""

import re
import sys
from pathlib import Path

import pytest

from tests.endtoend.processes import Running
from tests.patience import PATIENCE_S, Stopwatch
from tests.shared.client.lying import Liar, as_json

MOST_MB = 50  # over what the program takes by itself; a frame of the largest is 1 MiB
MEBIBYTE = 1024 * 1024
TIMES = {64 * MEBIBYTE: 50, MEBIBYTE: 1000}

PROGRAM = """
import sys
from loggia import Client

with Client("ada", connect=sys.argv[1]) as ada:
    print("here", flush=True)
    for line in sys.stdin:  # it does not ask for what happens
        print(ada.status().connection, flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what a program had of memory at the most")
@pytest.mark.parametrize("frame", TIMES, ids=["64 MiB", "1 MiB"])
@pytest.mark.parametrize("door", ["requests", "broadcasts"])
def test_frames_without_end_take_no_memory_of_a_client(frame: int, door: str) -> None:
    large = b"[" + b"0" * (frame - 2) + b"]"
    flood = False

    def twist(liar: Liar, answers: list[dict[str, object]]) -> list[bytes]:
        told = [{**one, "pub": liar.broadcasts} if one["op"] == "joined" else one for one in answers]
        return [as_json(told), *([large] * 2 if flood and door == "requests" else [])]

    with Liar(twist, unread=2) as liar, Running([sys.executable, "-c", PROGRAM, liar.requests]) as program:
        program.wait_for("^here")
        before = peak_mb(program.pid)
        flood, asked = True, len(liar.broker.requests)
        for _ in range(TIMES[frame] if door == "broadcasts" else 0):
            liar._pub.send_multipart([b"room/lobby/", large])
        watch = Stopwatch()
        while len(liar.broker.requests) < asked + 20:  # it joins, or pings, again and again
            assert watch.read_s() < PATIENCE_S
            mark = len(program.lines)
            program.type("how are you?")
            program.wait_for(r"^\w+", after=mark)
        assert peak_mb(program.pid) - before < MOST_MB
        program.end_input()
        assert program.wait() == 0


def peak_mb(pid: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024
