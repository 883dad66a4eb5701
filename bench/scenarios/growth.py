"""How cost grows: with 1, 10, 100 times as many listeners, speakers, rooms, idle clients, messages kept.

Each figure stands for so many (`cpu_us_at_100`); `bench/picture.py` draws them.
"""

from collections.abc import Callable
from pathlib import Path

from bench.dealers import dealing
from bench.process import cpu_s, per_message_us
from bench.rivals import Load, Loggia
from bench.scenarios.idle import idle
from bench.scenarios.rooms import over
from bench.scenarios.scenario import Figures, Scenario
from bench.speakers import at, flood

MESSAGES = 50_000
WINDOW = 1000
LOGS = (10_000, 100_000, 1_000_000)
PAGES = 100


def _by_load(
    load_of: Callable[[int], Load], counts: tuple[int, ...]
) -> Callable[[Loggia, Path, float], Figures]:
    def measure(loggia: Loggia, folder: Path, size: float) -> Figures:
        found: Figures = {}
        for count in counts:
            load = load_of(count)
            many = max(10, int(MESSAGES * size) // load.speakers) * load.speakers
            (folder / f"{count}").mkdir()
            with loggia.talking(folder / f"{count}", load) as talk:
                first = (many // 10 // load.speakers or 1) * load.speakers
                flood(talk.speakers, first, load.window)
                talk.counted(first * load.listeners)
                before_s = cpu_s(talk.pid)
                flood(talk.speakers, many, load.window)
                talk.counted(many * load.listeners)
                found[f"cpu_us_at_{count}"] = per_message_us(before_s, cpu_s(talk.pid), many)
        return found

    return measure


def _log(loggia: Loggia, folder: Path, size: float) -> Figures:
    """The log has ten times as much each time: what a message costs, a page of the past, a start."""
    found: Figures = {}
    said = 0
    for count in LOGS:
        with loggia.running(folder) as broker, dealing(broker, 1) as (dealer,):
            missing = max(WINDOW, int(count * size) - said)
            flood([dealer], missing, WINDOW)
            said += missing
        with loggia.running(folder) as broker, dealing(broker, 1) as (dealer,):
            started_s = cpu_s(broker.pid)
            found[f"start_cpu_ms_at_{count}"] = None if started_s is None else round(started_s * 1000)
            before_s, many = cpu_s(broker.pid), max(WINDOW, int(MESSAGES * size))
            flood([dealer], many, WINDOW)
            found[f"cpu_us_at_{count}"] = per_message_us(before_s, cpu_s(broker.pid), many)
            said += many
            took = sorted(dealer.read_back(number * said // PAGES) for number in range(PAGES))
            found[f"page_us_at_{count}"] = at(took, 0.5)
    return found


SCENARIOS = {
    "growth-readers": Scenario(
        "1 sender, 1000 in flight, and 1, 10, 100 readers",
        "cpu_us_at_100",
        _by_load(lambda count: Load(1, WINDOW, count), (1, 10, 100)),
    ),
    "growth-senders": Scenario(
        "1, 10, 100 senders, 1000 in flight of all together",
        "cpu_us_at_100",
        _by_load(lambda count: Load(count, WINDOW // count, 1), (1, 10, 100)),
    ),
    "growth-rooms": Scenario(
        "1 sender, 1000 in flight, over 1, 10, 100, 1,000 rooms", "cpu_us_at_100", over((1, 10, 100, 1000))
    ),
    "growth-idle": Scenario(
        "75, 750, 7,500 clients that are silent", "cpu_ms_per_s_at_7500", idle((75, 750, 7500))
    ),
    "growth-log": Scenario("a log of 10,000, 100,000, 1,000,000 messages", "cpu_us_at_1000000", _log),
}
