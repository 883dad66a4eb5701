"""`python -m bench`: starts a broker on free ports and prints one JSON line of figures.

Runs a raw client in this process and the subscribers in another; everything on loopback, in a folder that is
removed at the end. Every message is on the broker's disk before its answer.
"""

import argparse
import json
import platform
import tempfile
from pathlib import Path

from bench.broker import running_broker
from bench.load import figures


def main() -> None:
    command = argparse.ArgumentParser(prog="run.py bench", description="Measure the broker.")
    command.add_argument("--messages", type=int, default=200_000, help="how many (default 200,000)")
    command.add_argument("--window", type=int, default=1000, help="messages in flight (default 1000)")
    command.add_argument("--subscribers", type=int, nargs="+", default=[1, 100], help="default 1 100")
    command.add_argument("--keep", type=Path, help="append the line to this file, too")
    options = command.parse_args()
    report: dict[str, object] = {
        "messages": options.messages,
        "characters": 60,
        "window": options.window,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    for count in options.subscribers:
        with tempfile.TemporaryDirectory() as folder, running_broker(Path(folder)) as broker:
            report[f"subscribers_{count}"] = figures(broker, count, options.messages, options.window)
    line = json.dumps(report)
    print(line)
    if options.keep:
        with options.keep.open("a", encoding="utf-8") as kept:
            kept.write(line + "\n")


if __name__ == "__main__":
    main()
