"""`python -m bench.imports`: what it costs a script to import the client library, as one JSON line.

Milliseconds of a whole process, the median of `--runs` in turns: Python alone, with the libraries that nobody
can do without, with all that a bot imports. Bytecode is kept in a folder of its own and written before, as
it is where Loggia is installed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from bench import bytecode
from bench.surroundings import HOUSE, surroundings

CODE = {
    "python": "pass",
    "libraries": "import apsw, msgspec, zmq",
    "loggia": "from loggia import Bot, Client, NotReachable, Refused, TestBot",
}


def main() -> None:
    command = argparse.ArgumentParser(prog="bench.imports", description="Measure an import of Loggia.")
    command.add_argument("--runs", type=int, default=10, help="of each (default 10)")
    print(json.dumps({**surroundings(), **figures(command.parse_args().runs)}))


def figures(runs: int) -> dict[str, float | int]:
    """The medians in ms by name, and what ours costs over Python alone, and over the libraries."""
    with tempfile.TemporaryDirectory() as folder:
        environment = bytecode.kept(os.environ, Path(folder))
        for code in CODE.values():
            took_ms(code, environment)
        turns = [{name: took_ms(code, environment) for name, code in CODE.items()} for _ in range(runs)]
    medians = {name: statistics.median(turn[name] for turn in turns) for name in CODE}
    return {
        "runs": runs,
        **{f"{name}_ms": round(median, 1) for name, median in medians.items()},
        "over_python_ms": round(medians["loggia"] - medians["python"], 1),
        "over_libraries_ms": round(medians["loggia"] - medians["libraries"], 1),
    }


def took_ms(code: str, environment: Mapping[str, str]) -> float:
    """How long a process lives that does nothing else."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=HOUSE, env=environment, check=True)
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    main()
