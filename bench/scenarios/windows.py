"""The window: how soon it can be used and is gone, how long it does not listen, what it has in memory."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

from bench import bytecode
from bench.process import Unmet
from bench.rivals import Loggia
from bench.scenarios.scenario import Figures, Scenario
from bench.windows import starts

SECONDS, BURST, COPY = 15.0, 80_000, 1_000_000
TIMES, HOSTILE_ROWS, COMMON_ROWS = 7, 200, 1000
FIGURES = (
    *("bottom_gap_ms", "above_gap_ms", "burst_gap_ms", "shown_ms", "back_gap_ms"),
    *("bottom_kib", "burst_kib", "back_kib"),
)
ROW_FIGURES = "row_us", "hostile_row_ms", "hostile_room_ms", "widened_ms"


def _window(loggia: Loggia, folder: Path, size: float) -> Figures:
    """Measured by `bench.windows`, with the window and the broker of that checkout."""
    words = ["--seconds", f"{SECONDS * size}", "--burst", f"{max(100, int(BURST * size))}"]
    words += ["--copy", f"{max(500, int(COPY * size))}", "--house", str(loggia.house)]
    return _reported(loggia, folder, FIGURES, "bench.windows", *words)


def _rows(loggia: Loggia, folder: Path, size: float) -> Figures:
    """Measured by `bench.windows.rows`, with the window of that checkout."""
    counts = {"times": TIMES, "hostile": HOSTILE_ROWS, "common": COMMON_ROWS}
    words = [
        word for name, count in counts.items() for word in (f"--{name}", f"{max(1, round(count * size))}")
    ]
    return _reported(loggia, folder, ROW_FIGURES, "bench.windows.rows", *words)


def _reported(loggia: Loggia, folder: Path, figures: Iterable[str], *command: str) -> Figures:
    surroundings = bytecode.kept(loggia.programs(), folder / "compiled")
    words = [loggia.python, "-P", "-m", *command]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, env=surroundings)
    if done.returncode:
        raise Unmet("the window was not measured; why not stands above")
    report = json.loads(done.stdout)
    return {figure: report[figure] for figure in figures}


SCENARIOS = {
    "window": Scenario(
        "a window while 1,000 messages a second are said, 80,000 at once, and over a copy of a million",
        "bottom_gap_ms",
        _window,
    ),
    "window-start": Scenario(
        "`python3 run.py`, which starts a broker and a window, until one can write and is in the room",
        "usable_ms",
        starts.start,
    ),
    "window-copy": Scenario(
        "a window over a copy of 100,000 messages, with its broker and with none, until these can be read",
        "readable_broker_ms",
        starts.copy,
    ),
    "window-rows": Scenario(
        "how long rows are measured, common and hostile ones, and rooms of these",
        "hostile_row_ms",
        _rows,
    ),
    "window-close": Scenario(
        "a window that is closed, until its process is gone",
        "close_up_ms",
        starts.close,
    ),
}
