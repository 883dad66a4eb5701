"""`run.py bench`: measures the broker on this computer, on loopback, in folders that are removed at the end.

Prints a table of each scenario, or with --json a line; `--quick` counts instead, and fails where that grew.
Every message is on the broker's disk before its answer.
"""

import argparse
import json
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from bench import counts, page, picture, results
from bench.peers.table import PEERS
from bench.process import Unmet
from bench.rivals import HERE, Loggia, Rival
from bench.scenarios.scenario import turns
from bench.scenarios.table import SCENARIOS
from bench.surroundings import surroundings

QUICK = 0.02  # of all that a scenario does
ROUNDS = 3
INTERRUPTED = 130  # by Ctrl+C, as shells tell it

N = TypeVar("N", int, float)


def main(arguments: Sequence[str] | None = None) -> int:
    """Its exit code: 1 where something grew, or did not come true."""
    command = _command()
    options = command.parse_args(arguments)
    if unknown := [name for name in options.scenarios if name not in SCENARIOS]:
        command.error(f"there is no scenario {unknown[0]!r}; there are {', '.join(SCENARIOS)}")
    if options.picture and not picture.is_possible():
        command.error(f"--picture needs {picture.MATPLOTLIB}, which is not installed")
    if options.page:
        if why := page.write():
            print(why, file=sys.stderr)
        return 0
    named = options.scenarios or ([] if options.quick or options.record else [*SCENARIOS])
    code = _count(record=options.record) if options.quick or options.record else 0
    others: list[Rival] = [Loggia.at(options.against)] if options.against else []
    rivals = _here([HERE, *others, *(PEERS if options.peers else ())])
    size = options.size or (QUICK if options.quick else 1.0)
    rounds = options.rounds or (1 if options.quick else ROUNDS)
    lines = []
    try:
        for name in named:
            try:
                lines.append(_measure(name, rivals, rounds, size, options))
            except Unmet as reason:
                print(f"{name}: {reason}.", file=sys.stderr)
                code = 1
    except KeyboardInterrupt:
        code = INTERRUPTED
    if options.picture:
        picture.draw(results.latest(lines), options.picture, picture.ALL)
    return code


def _command() -> argparse.ArgumentParser:
    rows = "\n".join(f"  {name:<16}{scenario.about}" for name, scenario in SCENARIOS.items())
    command = argparse.ArgumentParser(
        prog="run.py bench",
        description="Measure the broker.",
        epilog=f"scenarios:\n{rows}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = command.add_argument
    add(
        "scenarios",
        nargs="*",
        metavar="SCENARIO",
        help="which (default: all, with --quick none)",
    )
    add("--quick", action="store_true", help="count calls, fail where they grew; scenarios in a short form")
    add("--record", action="store_true", help="keep what is counted as what later ones are compared with")
    add("--peers", action="store_true", help="beside others that do the same work, where installed")
    add("--against", type=Path, metavar="FOLDER", help="beside another checkout of Loggia")
    add("--rounds", type=_positive(int), metavar="N", help=f"how often each, in turns (default {ROUNDS})")
    add(
        "--size",
        type=_positive(float),
        metavar="PART",
        help="how much of each turn (default 1, which is all)",
    )
    add("--json", action="store_true", help="print lines of JSON instead of tables")
    add("--page", action="store_true", help="write docs/performance.md from what was kept, and do no more")
    add("--picture", type=_writable, metavar="FILE", help="draw it as a PNG (needs the extra [bench])")
    add("--keep", type=_writable, metavar="FILE", help="append the lines to this file, too")
    return command


def _positive(number: Callable[[str], N]) -> Callable[[str], N]:
    def read(text: str) -> N:
        try:
            given = number(text)
        except ValueError:
            given = None
        if given is None or not 0 < given < math.inf:
            raise argparse.ArgumentTypeError(f"give a number above 0, not {text!r}")
        return given

    return read


def _writable(text: str) -> Path:
    """A file that can be appended to, as is seen before anything is measured."""
    try:
        with open(text, "a", encoding="utf-8"):
            return Path(text)
    except OSError as reason:
        raise argparse.ArgumentTypeError(f"{text!r} cannot be written ({reason.strerror})") from None


def _here(rivals: Sequence[Rival]) -> list[Rival]:
    """Those that can be measured; of each other it is said why not."""
    for rival in rivals:
        if why := rival.lacking():
            print(f"Without {rival.name}: {why}.", file=sys.stderr)
    return [rival for rival in rivals if not rival.lacking()]


def _count(*, record: bool) -> int:
    counted = counts.counted()
    for name, count in counted.items():
        told = ", ".join(f"{number:g} {what}" for what, number in count.items())
        print(f"{counts.SHAPES[name].about}: {told} a message", file=sys.stderr)
    if record:
        counts.write(counted)
        return 0
    before = counts.recorded().get(counts.version())
    if before is None:
        print(f"Nothing is recorded for Python {counts.version()}; --record does that.", file=sys.stderr)
        return 0
    grown = counts.grown(counted, before)
    for sentence in grown:
        print(f"Grown: {sentence}.", file=sys.stderr)
    if grown:
        print("Where that is worth it, `run.py bench --record` keeps it.", file=sys.stderr)
    return int(bool(grown))


def _measure(
    name: str, rivals: Sequence[Rival], rounds: int, size: float, options: argparse.Namespace
) -> results.Line:
    scenario = SCENARIOS[name]
    some = [rival for rival in rivals if scenario.alike or isinstance(rival, Loggia)]
    versions = {rival.name: rival.version() for rival in some}
    line = results.line(name, surroundings(), size, versions, [*turns(scenario, some, rounds, size)])
    text = json.dumps(line)
    if options.keep:
        results.keep(options.keep, text)
    print(text if options.json else results.table(line), flush=True)
    return line


if __name__ == "__main__":
    sys.exit(main())
