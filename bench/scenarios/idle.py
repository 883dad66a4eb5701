"""Who only is there: what one costs a second, and to have, and that ten thousand fit on one broker."""

import time
from collections.abc import Callable
from pathlib import Path

from bench.dealers import dealing
from bench.idlers import DESCRIPTORS, PER_PROCESS, descriptors, idling
from bench.process import cpu_s, resident_kib
from bench.rivals import Loggia
from bench.scenarios.scenario import Figures, Scenario, Unmet
from bench.speakers import at, one_by_one

COUNTS = (750, 3000, 10_000)
SETTLE_S = 15.0  # for what coming in leaves to be done: a checkpoint, and who made the memory grow
SILENT_S = 20.0
SPARE = 1000  # descriptors beside those of connections


def idle(counts: tuple[int, ...] = COUNTS) -> Callable[[Loggia, Path, float], Figures]:
    def measure(loggia: Loggia, folder: Path, size: float) -> Figures:
        found: Figures = {}
        for count in counts:
            many = max(3, int(count * size))
            (folder / f"{count}").mkdir()
            found |= {
                f"{name}_at_{count}": value
                for name, value in _at(loggia, folder / f"{count}", many, size).items()
            }
        return found

    return measure


def _at(loggia: Loggia, folder: Path, count: int, size: float) -> Figures:
    if not descriptors(max(2 * count, DESCRIPTORS * min(count, PER_PROCESS)) + SPARE):
        raise Unmet(f"{count} clients need more descriptors than this user may have open (ulimit -Hn)")
    with loggia.running(folder) as broker, dealing(broker, 1) as (speaker,):
        one_by_one(speaker, 100)
        alone_kib = resident_kib(broker.pid)
        with idling(broker.requests, broker.broadcasts, count, lambda here: None):
            time.sleep(SETTLE_S * min(1.0, size))
            before_s, begun = cpu_s(broker.pid), time.perf_counter()
            time.sleep(SILENT_S * min(1.0, size))
            after_s, took_s = cpu_s(broker.pid), time.perf_counter() - begun
            crowded_kib = resident_kib(broker.pid)
            answers = one_by_one(speaker, 100)
    return {
        "cpu_ms_per_s": None
        if before_s is None or after_s is None
        else round((after_s - before_s) / took_s * 1000, 2),
        "kib_each": None
        if alone_kib is None or crowded_kib is None
        else round((crowded_kib - alone_kib) / count, 1),
        "p50_us": at(answers, 0.5),
    }


SCENARIOS = {
    "idle": Scenario("750, 3,000 and 10,000 clients that are silent", "cpu_ms_per_s_at_3000", idle()),
}
