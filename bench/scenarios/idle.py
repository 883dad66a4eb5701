"""Who only is there: what one costs a second, and to have, and that ten thousand fit on one broker."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.dealers import dealing
from bench.idlers import fitting, idling
from bench.process import cpu_s, resident_kib
from bench.rivals import Loggia
from bench.scenarios.scenario import Figures, Scenario
from bench.speakers import at, one_by_one

COUNTS = (750, 3000, 10_000)
SETTLE_S = 15.0  # for what coming in leaves to be done: a checkpoint, and who made the memory grow
SILENT_S = 20.0
SAID = 200  # messages, by one who talks while all others are silent


def idle(counts: tuple[int, ...] = COUNTS) -> Callable[[Loggia, Path, float], Figures]:
    def measure(loggia: Loggia, folder: Path, size: float) -> Figures:
        found: Figures = {}
        for wanted in counts:
            asked = max(3, int(wanted * size))
            count = fitting(asked)
            if count < asked:
                text = f"Only {count:,} of {asked:,} clients: this user may not have more open (ulimit -Hn)."
                print(text, file=sys.stderr)
            (folder / f"{wanted}").mkdir()
            figures = _at(loggia, folder / f"{wanted}", count, min(1.0, size))
            at_so_many = wanted if count == asked else count
            found |= {f"{name}_at_{at_so_many}": value for name, value in figures.items()}
        return found

    return measure


def _at(loggia: Loggia, folder: Path, count: int, size: float) -> Figures:
    with loggia.running(folder) as broker, dealing(broker, 1) as (speaker,):
        one_by_one(speaker, SAID)
        alone_kib = resident_kib(broker.pid)
        begun = time.perf_counter()
        with idling(broker.requests, broker.broadcasts, count):
            came_s = time.perf_counter() - begun
            time.sleep(SETTLE_S * size)
            before_s, begun = cpu_s(broker.pid), time.perf_counter()
            time.sleep(SILENT_S * size)
            after_s, took_s = cpu_s(broker.pid), time.perf_counter() - begun
            crowded_kib = resident_kib(broker.pid)
            answers = one_by_one(speaker, SAID)
    spent_s = None if before_s is None or after_s is None else after_s - before_s
    more_kib = None if alone_kib is None or crowded_kib is None else crowded_kib - alone_kib
    return {
        "cpu_ms_per_s": None if spent_s is None else round(spent_s / took_s * 1000, 2),
        "kib_each": None if more_kib is None else round(more_kib / count, 1),
        "came_ms": round(came_s / count * 1000, 2),
        "p50_us": at(answers, 0.5),
    }


SCENARIOS = {
    "idle": Scenario("750, 3,000 and 10,000 clients that are silent", "cpu_ms_per_s_at_3000", idle()),
}
