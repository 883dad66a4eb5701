"""Many rooms: what it takes to enter one more, and to talk in all of them at once."""

import time
from collections.abc import Callable
from pathlib import Path

from bench.dealers import dealing
from bench.process import cpu_s, per_message_us
from bench.rivals import Loggia
from bench.scenarios.scenario import Figures, Scenario
from bench.speakers import flood

IN = (10, 1000, 10_000)
OVER = (1, 100, 1000)
JOINS = 200  # that are measured
MESSAGES = 100_000
WINDOW = 1000


def _joins(loggia: Loggia, folder: Path, size: float) -> Figures:
    """One account enters rooms; of those who are in N, the joins around that number."""
    found: Figures = {}
    with loggia.running(folder) as broker, dealing(broker, 1) as (dealer,):
        entered = 0

        def enter(many: int) -> None:
            nonlocal entered
            for _ in range(many):
                dealer.enter(f"room {entered}")
                entered += 1

        for number in IN:
            many = max(2, int(JOINS * min(1.0, size)))
            enter(max(0, int(number * min(1.0, size)) - entered))
            before_s, begun = cpu_s(broker.pid), time.perf_counter()
            enter(many)
            took_s = time.perf_counter() - begun
            found[f"join_us_at_{number}"] = round(took_s / many * 1e6)
            found[f"join_cpu_us_at_{number}"] = per_message_us(before_s, cpu_s(broker.pid), many)
    return found


def over(rooms: tuple[int, ...] = OVER) -> Callable[[Loggia, Path, float], Figures]:
    def measure(loggia: Loggia, folder: Path, size: float) -> Figures:
        found: Figures = {}
        for count in rooms:
            (folder / f"{count}").mkdir()
            with loggia.running(folder / f"{count}") as broker, dealing(broker, 1) as (dealer,):
                dealer.rooms = [f"room {number}" for number in range(count)]
                for room in dealer.rooms:
                    dealer.enter(room)
                many = max(WINDOW, int(MESSAGES * size))
                flood([dealer], many // 10, WINDOW)
                before_s = cpu_s(broker.pid)
                flood([dealer], many, WINDOW)
                found[f"cpu_us_at_{count}"] = per_message_us(before_s, cpu_s(broker.pid), many)
        return found

    return measure


SCENARIOS = {
    "joins": Scenario(
        "one account that is in 10, 1,000, 10,000 rooms enters one more", "join_us_at_1000", _joins
    ),
    "rooms": Scenario("1 sender, 1000 in flight, over 1, 100, 1,000 rooms", "cpu_us_at_100", over()),
}
