"""`python -m bench`: starts a broker on free ports and prints one JSON line of figures.

Runs a raw client in this process and the subscribers in another; everything on loopback, in a folder that is
removed at the end. Every message is on the broker's disk before its answer.
"""

import argparse
import datetime
import json
import platform
import subprocess
import tempfile
from pathlib import Path

from bench.broker import PROC, running_broker
from bench.load import figures

HOUSE = Path(__file__).parent.parent


def main() -> None:
    command = argparse.ArgumentParser(prog="run.py bench", description="Measure the broker.")
    command.add_argument("--messages", type=int, default=200_000, help="how many (default 200,000)")
    command.add_argument("--window", type=int, default=1000, help="messages in flight (default 1000)")
    command.add_argument("--subscribers", type=int, nargs="+", default=[1, 100], help="default 1 100")
    command.add_argument("--keep", type=Path, help="append the line to this file, too")
    options = command.parse_args()
    report: dict[str, object] = {
        **surroundings(),
        "messages": options.messages,
        "characters": 60,
        "window": options.window,
    }
    for count in options.subscribers:
        with tempfile.TemporaryDirectory() as folder, running_broker(Path(folder)) as broker:
            report[f"subscribers_{count}"] = figures(broker, count, options.messages, options.window)
    line = json.dumps(report)
    print(line)
    if options.keep:
        with options.keep.open("a", encoding="utf-8") as kept:
            kept.write(line + "\n")


def surroundings() -> dict[str, object]:
    """What was measured, when and where; None for what this computer does not tell."""
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        "commit": commit(HOUSE),
        "cpu": cpu(PROC),
        "machine": platform.machine(),
        "python": platform.python_version(),
    }


def commit(house: Path) -> str | None:
    """The commit of the code, with a "+" when files were changed since; None outside a checkout."""
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty=+"], cwd=house, capture_output=True, text=True
        )
    except OSError:
        return None
    return told.stdout.strip() or None


def cpu(proc: Path) -> str | None:
    """The model of the processor, as Linux tells it."""
    try:
        lines = (proc / "cpuinfo").read_text().splitlines()
    except OSError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), None)


if __name__ == "__main__":
    main()
