"""What was measured, as lines of JSON that are kept and as tables for people. Pure, but for the file."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.scenarios.scenario import Figures, Ratio, Scenario, medians, ratios
from bench.scenarios.table import SCENARIOS

KEPT = Path(__file__).parent / "results.jsonl"
Line = Mapping[str, Any]

# What a figure is, in words, and in what it is. A name ending in `_at_N` is that figure where there are N.
FIGURES = {
    "cpu_us": ("CPU of a message", "µs"),
    "messages_per_s": ("answered a second", ""),
    "deliveries_per_s": ("deliveries a second", ""),
    "dropped": ("dropped", ""),
    "disk_bytes": ("on the disk, of a message", "bytes"),
    "written_bytes": ("written to the disk, of a message", "bytes"),
    "p50_us": ("to the answer, half of them", "µs"),
    "p99_us": ("99 of 100", "µs"),
    "p999_us": ("999 of 1,000", "µs"),
    "alone_p999_us": ("of 300 a second 999 of 1,000", "µs"),
    "alone_longest_us": ("the longest of these", "µs"),
    "together_p999_us": ("of 5,000 a second 999 of 1,000", "µs"),
    "together_longest_us": ("the longest of those", "µs"),
    "system_calls": ("system calls of a message", ""),
    "fsync_us": ("an fsync of that disk", "µs"),
    "cpu_ms_per_s": ("CPU a second", "ms"),
    "kib_each": ("memory of each", "KiB"),
    "join_us": ("a join", "µs"),
    "join_cpu_us": ("CPU of a join", "µs"),
    "receive_per_s": ("heard a second", ""),
    "receive_cpu_us": ("CPU of one that is heard", "µs"),
    "send_per_s": ("sent a second, each after the answer to the one before", ""),
    "send_cpu_us": ("CPU of one that is sent", "µs"),
    "reply_per_s": ("replies of a bot a second", ""),
    "reply_cpu_us": ("CPU of a reply", "µs"),
    "bottom_gap_ms": ("the longest wait for a key at the newest message, 1,000 a second", "ms"),
    "above_gap_ms": ("the same further up", "ms"),
    "burst_gap_ms": ("the same while 80,000 come at once", "ms"),
    "shown_ms": ("from its start to the messages of its copy", "ms"),
    "back_gap_ms": ("the longest wait while all of it is read back", "ms"),
    "bottom_kib": ("memory at the newest message", "KiB"),
    "burst_kib": ("memory behind the burst", "KiB"),
    "back_kib": ("memory when all was read back", "KiB"),
    "usable_ms": ("from the command to a window that can be used", "ms"),
    "start_shown_ms": ("until it is shown", "ms"),
    "start_key_ms": ("until it takes a key", "ms"),
    "start_joined_ms": ("until it is in the room", "ms"),
    "readable_broker_ms": ("from showing it to its messages, with a broker", "ms"),
    "begun_broker_ms": ("from its start to them", "ms"),
    "readable_alone_ms": ("from showing it to its messages, with none", "ms"),
    "begun_alone_ms": ("from its start to these", "ms"),
    "row_us": ("CPU of measuring a row of a common message", "µs"),
    "hostile_row_ms": ("of the hostile text that takes longest", "ms"),
    "hostile_room_ms": ("the longest turn while a room of one of these opens", "ms"),
    "widened_ms": ("the longest turn while a room of 1,000 common ones gets another width", "ms"),
    "close_up_ms": ("from closing it to the end of its process, with a broker", "ms"),
    "close_killed_ms": ("with one that was there and died", "ms"),
    "close_stopped_ms": ("with one that stands still", "ms"),
    "close_alone_ms": ("with none, ever", "ms"),
    "came_per_s": ("came and went a second", ""),
    "kib_first": ("memory at the first", "KiB"),
    "kib_settled": ("memory after half of them", "KiB"),
    "kib_last": ("memory after the last", "KiB"),
    "start_cpu_ms": ("CPU of a start", "ms"),
    "page_us": ("a page of history", "µs"),
    "came_ms": ("to let one in", "ms"),
    "core_percent": ("of a core", "%"),
    "public_cpu_us": ("CPU of a delivery of a public room", "µs"),
    "private_cpu_us": ("CPU of a delivery of a private room", "µs"),
    "more_us": ("more than of a public one", "µs"),
}
OTHERS = ("against", "redis", "nats", "mosquitto", "ngircd")  # in this order in tables


def line(
    name: str, where: Mapping[str, object], size: float, versions: Mapping[str, str], turns: Sequence[Line]
) -> dict[str, object]:
    """What is kept of one scenario: all its turns, and what was measured where."""
    return {"scenario": name, **where, "size": size, "rivals": versions, "turns": [*turns]}


def kept(file: Path = KEPT) -> list[Line]:
    return [json.loads(text) for text in file.read_text(encoding="utf-8").splitlines()]


def keep(file: Path, text: str) -> None:
    with file.open("a", encoding="utf-8") as lines:
        lines.write(text + "\n")


def latest(lines: Sequence[Line]) -> dict[str, Line]:
    """By scenario, in the order in which they are listed."""
    last = {each["scenario"]: each for each in lines}
    return {name: last[name] for name in SCENARIOS if name in last}


def words(figure: str) -> tuple[str, str]:
    """What it is, and in what."""
    name, _, number = figure.partition("_at_")
    what, unit = FIGURES[name]
    return (f"{what}, {int(number):,}" if number else what), unit


def summary(lines: Sequence[Line]) -> str:
    """All scenarios in one table, each by its first figure."""
    names = ["loggia", *(name for name in OTHERS if any(name in of["rivals"] for of in lines))]
    compared = next((name for name in names if name != "loggia"), "")
    head = ["work", "", *names, *([f"to {compared}"] if compared else [])]
    rows = [head, ["---"] * len(head)]
    for of in lines:
        scenario = SCENARIOS[of["scenario"]]
        what, unit = words(scenario.key)
        cells = [shown(figures_of(of, name).get(scenario.key), unit) for name in names]
        if compared:
            ratio = ratios(of["turns"], "loggia", compared).get(scenario.key)
            cells.append(_ratio(ratio) if ratio else "")
        rows.append([scenario.about, what, *("" if cell == "-" else cell for cell in cells)])
    return _rows(rows)


def table(of: Line) -> str:
    """One scenario in Markdown: the median of each figure, and the ratios of ours to each other's."""
    scenario: Scenario = SCENARIOS[of["scenario"]]
    turns: Sequence[Line] = of["turns"]
    others = [name for name in OTHERS if name in of["rivals"]]
    columns = {name: medians(turns, name) for name in ("loggia", *others)}
    quotients = {name: ratios(turns, "loggia", name) for name in others}
    head = ["", *columns, *(f"to {name}" for name in others)]
    rows = [head, ["---"] * len(head)]
    for figure in columns["loggia"]:
        what, unit = words(figure)
        what = f"**{what}**" if figure == scenario.key else what
        cells = [shown(column.get(figure), unit) for column in columns.values()]
        for name in others:
            ratio = quotients[name].get(figure)
            cells.append(_ratio(ratio) if ratio else "")
        rows.append([what, *cells])
    return f"**{scenario.about}** (`{of['scenario']}`)\n\n{_rows(rows)}\n{_made(of)}\n"


def _rows(rows: Sequence[Sequence[str]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def shown(value: float | None, unit: str = "") -> str:
    """As people read it; "-" for what nobody tells."""
    if value is None:
        return "-"
    number = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
    return f"{number} {unit}".rstrip()


def _ratio(ratio: Ratio) -> str:
    median, low, high = (f"{number:.2f}" if number >= 0.1 else f"{number:.1g}" for number in ratio)
    return median if ratio.low == ratio.high else f"{median} ({low} to {high})"


def _made(of: Line) -> str:
    spins = [spin for turn in of["turns"] for spin in turn["spin_ms"]]
    rounds = sum(turn["who"] == "loggia" for turn in of["turns"])
    short = "" if of["size"] == 1 else f" and only {of['size']:g} of it"
    rivals = "; ".join(f"{name} {version}" for name, version in of["rivals"].items())
    return (
        f"{of['date']}, {of['cores']} cores of {of['cpu']}, {rounds} of each in turns{short}, "
        f"spin loop {min(spins):g} to {max(spins):g} ms. {rivals}."
    )


def figures_of(of: Line, who: str = "loggia") -> Figures:
    """The medians."""
    return medians(of["turns"], who)
