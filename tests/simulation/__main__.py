"""Runs as `python3 run.py simulate`: histories from fresh seeds, or one again. Ctrl+C ends it early.

Exit code 1 when a promise was broken: the seed is printed with the command that replays it. Of many histories
the seeds are consecutive: `--seed FIRST --histories COUNT` lives through the same ones again.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Iterable, Iterator

from tests.simulation import histories
from tests.simulation.histories import Outcome

SEEDS = 2**40
TRACE_LINES = 40  # of a broken history, without --trace
REPORT_S = 10.0


def main(arguments: list[str]) -> int:
    asked = _parser().parse_args(arguments)
    if asked.seed is not None and asked.minutes is None and asked.histories is None:
        return replay(asked.seed, whole=asked.trace)
    first = random.SystemRandom().randrange(SEEDS) if asked.seed is None else asked.seed
    if asked.histories is not None:
        count, seconds, span = asked.histories, float("inf"), f"{asked.histories:,} of them"
    else:
        minutes = 1.0 if asked.minutes is None else asked.minutes
        count, seconds, span = SEEDS, minutes * 60, f"for {minutes:g} minutes"
    print(f"Seeds from {first} on, {span}.", flush=True)
    broken = first_broken(_for_a_while(first, count, seconds), _report, followed=True)
    return 0 if broken is None else replay(broken.seed, whole=asked.trace)


def replay(seed: int, *, whole: bool) -> int:
    """One history, with what happened in it."""
    outcome = histories.run(seed, traced=True, followed=True)
    if whole or outcome.wrong:
        print(*(outcome.trace if whole else outcome.trace[-TRACE_LINES:]), sep="\n")
    print(verdict_on(outcome))
    return int(bool(outcome.wrong))


def verdict_on(outcome: Outcome) -> str:
    """In words, with the command that shows it again."""
    if not outcome.wrong:
        return f"Seed {outcome.seed}: every promise was kept ({outcome.events} events)."
    return (
        f"Seed {outcome.seed}: {outcome.wrong}\n"
        f"See it again: python3 run.py simulate --seed {outcome.seed} --trace"
    )


def first_broken(
    seeds: Iterable[int], report=lambda outcome: None, *, followed: bool = False
) -> Outcome | None:
    """Run histories until one breaks a promise; None when none did. `followed`: with a second log."""
    for seed in seeds:
        outcome = histories.run(seed, followed=followed)
        report(outcome)
        if outcome.wrong:
            return outcome
    return None


def _for_a_while(first: int, count: int, seconds: float) -> Iterator[int]:
    """Consecutive seeds, `count` or as many as there is time for; says now and then how many those are."""
    _lived.update(histories=0, events=0)
    begun = said = time.monotonic()
    for seed in range(first, first + count):
        now = time.monotonic()
        if now - begun >= seconds:
            break
        if now - said >= REPORT_S:
            said = now
            print(_sum(now - begun), flush=True)
        yield seed
    print(_sum(time.monotonic() - begun), "Every promise was kept.", flush=True)


_lived = {"histories": 0, "events": 0}


def _report(outcome: Outcome) -> None:
    _lived["histories"] += 1
    _lived["events"] += outcome.events


def _sum(seconds: float) -> str:
    pace = _lived["histories"] / seconds * 60
    return f"{_lived['histories']:,} histories, {_lived['events']:,} events, {pace:,.0f} histories a minute."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py simulate", description="Worlds from seeds, full of faults.")
    many = parser.add_mutually_exclusive_group()
    many.add_argument("--minutes", type=float, help="how long to try fresh seeds (1)")
    many.add_argument("--histories", type=int, metavar="COUNT", help="how many fresh seeds to try")
    parser.add_argument("--seed", type=int, help="live through this one; with one of these: begin with it")
    parser.add_argument("--trace", action="store_true", help="print everything that happens")
    return parser


if __name__ == "__main__":
    os.umask(0o022)  # its folders are data folders, which a group may not write
    sys.exit(main(sys.argv[1:]))
