"""How cost grows, as a picture: drawn by matplotlib, the extra [bench], from what was kept.

`run.py bench --page` draws it.
"""

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench.results import Line, figures_of, shown, words
from bench.scenarios.table import SCENARIOS

MATPLOTLIB = "matplotlib"
WIDTH_INCHES, ROW_INCHES, DOTS = 11.0, 3.0, 90
FAR = 4
COLUMNS = 3
INK, GRID = "#1f5fa8", "#9aa5b1"


class Panel(NamedTuple):
    """One figure of one scenario, over the number of what there is more and more of, or by rival."""

    scenario: str
    figure: str
    of: str = ""


GROWTH = (
    Panel("growth-readers", "cpu_us", "readers"),
    Panel("growth-senders", "cpu_us", "senders"),
    Panel("growth-rooms", "cpu_us", "rooms"),
    Panel("growth-idle", "cpu_ms_per_s", "idle clients"),
    Panel("growth-log", "cpu_us", "messages in the log"),
    Panel("growth-log", "start_cpu_ms", "messages in the log"),
)
RIVALS = (
    Panel("one-reader", "cpu_us"),
    Panel("hundred-readers", "cpu_us"),
    Panel("hundred-senders", "cpu_us"),
    Panel("hundred-senders", "messages_per_s"),
    Panel("lone", "p50_us"),
    Panel("steady", "p99_us"),
)
ALL = (*RIVALS, *GROWTH)


def is_possible() -> bool:
    """Whether this Python has what draws."""
    return importlib.util.find_spec(MATPLOTLIB) is not None


def points(of: Line, figure: str) -> list[tuple[int, float]]:
    """The medians of a figure by the number that it stands for."""
    found = [
        (int(name.removeprefix(f"{figure}_at_")), value)
        for name, value in figures_of(of).items()
        if name.startswith(f"{figure}_at_") and value is not None
    ]
    return sorted(found)


def draw(latest: Mapping[str, Line], file: Path, panels: Sequence[Panel]) -> bool:
    """Those panels of which something was kept; whether there are any. Needs matplotlib."""
    some = [panel for panel in panels if panel.scenario in latest]
    if not some:
        return False
    from matplotlib.figure import Figure

    rows = -(-len(some) // COLUMNS)
    figure = Figure(figsize=(WIDTH_INCHES, ROW_INCHES * rows), dpi=DOTS, layout="constrained")
    for number, panel in enumerate(some, 1):
        axes = figure.add_subplot(rows, COLUMNS, number)
        of = latest[panel.scenario]
        what, unit = words(panel.figure)
        title = f"{what}, {unit}" if unit else what
        if panel.of:
            _line(axes, points(of, panel.figure))
            axes.set_xlabel(panel.of)
            axes.set_title(title, fontsize=10)
        else:
            _bars(axes, {name: figures_of(of, name).get(panel.figure) for name in of["rivals"]})
            axes.set_title(f"{SCENARIOS[panel.scenario].about}\n{title}", fontsize=9)
    figure.savefig(file)
    return True


def _line(axes: Any, found: Sequence[tuple[int, float]]) -> None:
    numbers, values = zip(*found, strict=True)
    axes.plot(numbers, values, color=INK, marker="o")
    for number, value in found:
        axes.annotate(shown(value), (number, value), textcoords="offset points", xytext=(0, 7), ha="center")
    axes.set_xscale("log")
    axes.set_xticks(numbers, [f"{number:,}" for number in numbers])
    axes.minorticks_off()
    axes.margins(x=0.12)
    axes.set_ylim(0, max(values) * 1.25 or 1)
    axes.grid(axis="y", color=GRID, alpha=0.3)


def _bars(axes: Any, by_name: Mapping[str, float | None]) -> None:
    """Long ones end at FAR times ours, and tell so."""
    known = {name: value for name, value in by_name.items() if value is not None}
    far = FAR * known.get("loggia", 0.0) or max(known.values(), default=1.0)
    for name, value in known.items():
        axes.barh(name, min(value, far), color=INK if name == "loggia" else GRID)
        axes.annotate(f" {'... ' * (value > far)}{shown(value)}", (min(value, far), name), va="center")
    axes.margins(x=0.3)
    axes.invert_yaxis()
    axes.set_xticks([])
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
