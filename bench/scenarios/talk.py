"""People who talk and people who listen: what a message takes of the server, and leaves on the disk."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.process import core_percent, cpu_s, disk_bytes, each, per_message_us, written_bytes
from bench.rivals import Load, Rival
from bench.scenarios.scenario import Figures, Scenario
from bench.speakers import at, flood, one_by_one, paced
from bench.surroundings import fsync_us

WARM_UP = 0.1  # of the messages come before: what is done once is no message's


def _flooded(load: Load, messages: int) -> Callable[[Rival, Path, float], Figures]:
    def measure(rival: Rival, folder: Path, size: float) -> Figures:
        many = _many(messages, size * rival.part, load.speakers)
        first = _many(messages, size * rival.part * WARM_UP, load.speakers)
        with rival.talking(folder, load) as talk:
            flood(talk.speakers, first, load.window)
            talk.counted(first * load.listeners)
            before_s, before_bytes = cpu_s(talk.pid), written_bytes(talk.pid)
            begun = time.perf_counter()
            took_s = flood(talk.speakers, many, load.window)
            delivered, last = talk.counted(many * load.listeners)
            after_s, after_bytes = cpu_s(talk.pid), written_bytes(talk.pid)
        return {
            "cpu_us": per_message_us(before_s, after_s, many),
            "messages_per_s": round(many / took_s),
            "deliveries_per_s": round(delivered / (last - begun)) if delivered else 0,
            "dropped": many * load.listeners - delivered,
            "disk_bytes": round(disk_bytes(folder) / (first + many), 1),
            "written_bytes": each(before_bytes, after_bytes, many),
        }

    return measure


def _many(messages: int, size: float, speakers: int) -> int:
    """As many for each."""
    return max(10, int(messages * size) // speakers) * speakers


def _alone(rival: Rival, folder: Path, size: float) -> Figures:
    many = _many(5000, size, 1)
    syncs = fsync_us(folder)
    with rival.talking(folder, Load(1, 1, 1)) as talk:
        one_by_one(talk.speakers[0], many // 10)
        talk.counted(many // 10)
        before_s = cpu_s(talk.pid)
        took = one_by_one(talk.speakers[0], many)
        talk.counted(many)
        after_s = cpu_s(talk.pid)
        calls = _system_calls(talk.pid, lambda: one_by_one(talk.speakers[0], many // 10), many // 10)
    return {
        "p50_us": at(took, 0.5),
        "p99_us": at(took, 0.99),
        "cpu_us": per_message_us(before_s, after_s, many),
        "system_calls": calls,
        "fsync_us": round((syncs + fsync_us(folder)) / 2),
    }


def _system_calls(pid: int, act: Callable[[], object], messages: int) -> float | None:
    """Of one message, as strace counts them; None where there is none, or it may not."""
    strace = shutil.which("strace")
    if strace is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        counted = Path(folder) / "calls"
        command = [strace, "-f", "-c", "-U", "calls,name", "-o", str(counted), "-p", str(pid)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
            assert tracer.stderr is not None
            if "attached" not in tracer.stderr.readline():
                tracer.wait()
                return None
            act()
            tracer.terminate()
            tracer.communicate()
        rows = [line.split() for line in counted.read_text().splitlines()]
    total = next((int(row[0]) for row in rows if row[1:] == ["total"]), 0)
    return round(total / messages, 1)


def _steady(rival: Rival, folder: Path, size: float) -> Figures:
    rate, people = 1000.0, 200
    many = _many(20_000, size, people)
    with rival.talking(folder, Load(people, 1, 1)) as talk:
        paced(talk.speakers, rate, people)
        before_s, begun = cpu_s(talk.pid), time.perf_counter()
        took = paced(talk.speakers, rate, many)
        after_s, took_s = cpu_s(talk.pid), time.perf_counter() - begun
    return {
        "p50_us": at(took, 0.5),
        "p99_us": at(took, 0.99),
        "p999_us": at(took, 0.999),
        "core_percent": core_percent(before_s, after_s, took_s),
    }


def _stalls(rival: Rival, folder: Path, size: float) -> Figures:
    """Long enough for the log to be copied to its database several times: alone, and with others."""
    figures: Figures = {}
    with rival.talking(folder, Load(200, 1, 1)) as talk:
        paced(talk.speakers, 1000.0, 1000)
        for kind, rate, messages in (("alone", 300.0, 4_500), ("together", 5_000.0, 100_000)):
            took = paced(talk.speakers, rate, _many(messages, size * rival.part, 1))
            figures |= {f"{kind}_p999_us": at(took, 0.999), f"{kind}_longest_us": round(took[-1])}
    return figures


SCENARIOS = {
    "one-reader": Scenario(
        "1 sender, 1000 in flight, 1 reader", "cpu_us", _flooded(Load(1, 1000, 1), 200_000), alike=True
    ),
    "hundred-readers": Scenario(
        "1 sender, 1000 in flight, 100 readers", "cpu_us", _flooded(Load(1, 1000, 100), 50_000), alike=True
    ),
    "hundred-senders": Scenario(
        "100 senders, 10 in flight each, 1 reader", "cpu_us", _flooded(Load(100, 10, 1), 200_000), alike=True
    ),
    "lone": Scenario("1 sender, 1 in flight, 1 reader", "p50_us", _alone, alike=True),
    "steady": Scenario("1,000 messages a second from 200 clients", "p99_us", _steady, alike=True),
    "stalls": Scenario(
        "How long the longest waits, of 300 a second and of 5,000", "together_longest_us", _stalls, alike=True
    ),
}
