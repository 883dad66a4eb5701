"""20,000 who come and go while others talk: nobody dies of it, nobody waits long, and memory stays as it is.

libzmq 4.3.5 is known to free memory twice where pipes end in a certain moment; so many ends are here that it
would show.
"""

import time
from pathlib import Path

from bench.comers import coming
from bench.process import Unmet, resident_kib
from bench.rivals import Load, Loggia
from bench.scenarios.scenario import Figures, Scenario
from bench.speakers import PATIENCE_S, at, paced
from bench.subscribers import ROOM

COMERS = 20_000
RATE = 200.0  # messages a second, of those who stay
SPEAKERS, LISTENERS = 5, 2
EACH = 50  # messages between two looks
SETTLED = 0.5  # after so large a part of them memory is what it stays
MOST_GROWTH_KIB = 8 * 1024


def _soak(loggia: Loggia, folder: Path, size: float) -> Figures:
    count = max(100, int(COMERS * size))
    resident: list[tuple[int, int]] = []  # after how many, and what was in memory then
    took: list[float] = []
    with loggia.running(folder) as broker, loggia.load(broker, Load(SPEAKERS, 1, LISTENERS)) as talk:
        with coming(broker.requests, broker.broadcasts, count) as so_far:
            begun = heard = time.perf_counter()
            before = -1
            while (came := so_far()) < count:
                took += paced(talk.speakers, RATE, EACH)
                resident.append((came, resident_kib(broker.pid) or 0))
                if came != before:
                    before, heard = came, time.perf_counter()
                elif time.perf_counter() - heard > PATIENCE_S:
                    raise Unmet(f"nobody is let in any more, after {came} of {count}")
            took_s = time.perf_counter() - begun
        took += paced(talk.speakers, RATE, EACH)
        delivered, _ = talk.counted(len(took) * LISTENERS)
        resident.append((count, resident_kib(broker.pid) or 0))
    settled = next(kib for came, kib in resident if came >= SETTLED * count)
    last = resident[-1][1]
    if size == 1 and last > settled + MOST_GROWTH_KIB:
        raise Unmet(f"memory grew from {settled:,} to {last:,} KiB while half of {count:,} came and went")
    if delivered < len(took) * LISTENERS:
        raise Unmet(f"{len(took) * LISTENERS - delivered} messages did not arrive in {ROOM!r}")
    times = sorted(took)
    return {
        "came_per_s": round(count / took_s),
        "kib_first": resident[0][1],
        "kib_settled": settled,
        "kib_last": last,
        "p50_us": at(times, 0.5),
        "p99_us": at(times, 0.99),
        "dropped": 0,
    }


SCENARIOS = {
    "soak": Scenario("20,000 come and go while 200 messages a second are said", "kib_last", _soak),
}
