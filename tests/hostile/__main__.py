"""Runs as `python3 run.py hostile`: attacks on a real broker beside honest people, one row each.

Exit code 1 when the broker did not stand one of them. Ctrl+C ends it early.
"""

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from tests.hostile import verdict
from tests.hostile.rows import ROWS
from tests.hostile.trial import ELSEWHERE, Times, Trial
from tests.hostile.verdict import Figures, Span

PEOPLE = 50
MARKDOWN_HEAD = (
    "| attack | p99, ms | lost | MB | descriptors | CPU, % | log, KB/s | SIGTERM, s | |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
)
HEAD = (
    f"{'attack':24} {'p99 ms before/during/after':>27} {'lost':>5} {'MB before/most/after':>21} "
    f"{'descriptors':>15} {'CPU %':>12} {'log KB/s':>8} {'TERM s':>10}"
)


def main(arguments: list[str]) -> int:
    asked = _parser().parse_args(arguments)
    if asked.list:
        print(*(f"{name:24} {row.about}" for name, row in ROWS.items()), sep="\n")
        return 0
    try:
        names = chosen(asked.rows)
    except KeyError as unknown:
        print(f"There is no row {unknown}; --list names them.", file=sys.stderr)
        return 2
    print(*(MARKDOWN_HEAD if asked.markdown else [HEAD]), sep="\n", flush=True)
    failed = [name for name in names if not _passes(name, asked)]
    print(f"Not stood: {', '.join(failed)}." if failed else "All of it was stood.")
    return int(bool(failed))


def chosen(wanted: list[str]) -> list[str]:
    """Each as it is called, or all that begin like that; all there are, when none is."""
    found: dict[str, None] = {}
    for word in wanted:
        names = [word] if word in ROWS else [name for name in ROWS if name.startswith(word)]
        if not names:
            raise KeyError(word)
        found |= dict.fromkeys(names)
    return list(found or ROWS)


def _passes(name: str, asked: argparse.Namespace) -> bool:
    try:
        figures = _measured(name, asked)
    except AssertionError as reason:  # something never came
        print(f"{name:24} FAIL:", *str(reason).splitlines()[-1:], flush=True)
        return False
    found = verdict.complaints(figures)
    if asked.markdown:
        cells = [*_cells(name, figures), ", ".join(found) or "stood"]
        print("|", " | ".join(cells), "|", flush=True)
    else:
        print(line(name, figures), "PASS" if not found else "FAIL: " + ", ".join(found), flush=True)
    if asked.verbose:
        print(f"    attackers {figures.tally}, honest {figures.noted}", flush=True)
    return not found


def _measured(name: str, asked: argparse.Namespace) -> Figures:
    with tempfile.TemporaryDirectory(prefix="loggia-hostile-") as folder:
        trial = Trial(
            name, ROWS[name], Path(folder), people=asked.people, source=asked.source, seed=asked.seed
        )
        try:
            return trial.measure(Times(attack=asked.seconds))
        finally:
            trial.close()


def line(name: str, figures: Figures) -> str:
    """A row of the table, as wide as `HEAD`."""
    name, p99, lost, memory, descriptors, cpu, log, term = _cells(name, figures)
    return f"{name:24} {p99:>27} {lost:>5} {memory:>21} {descriptors:>15} {cpu:>12} {log:>8} {term:>10}"


def _cells(name: str, figures: Figures) -> list[str]:
    return [
        name,
        "/".join(_ms(figures.p99_ms.get(phase)) for phase in ("before", "during", "after")),
        str(sum(figures.wrong.values())),
        _span(figures.memory_mb),
        _span(figures.descriptors),
        _span(figures.cpu),
        f"{figures.log_kb_s:.1f}",
        _ending(figures),
    ]


def _ms(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f}"


def _ending(figures: Figures) -> str:
    """Until the signal was heard, and from there to the end."""
    if figures.term_s is None:
        return "-"
    if figures.heard_s is None:
        return f"-+{figures.term_s:.2f}"
    return f"{figures.heard_s:.2f}+{figures.term_s - figures.heard_s:.2f}"


def _span(span: Span) -> str:
    return "/".join(f"{value:.0f}" for value in span)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py hostile", description="Attacks on a broker, measured.")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="only these, or all that begin like this")
    parser.add_argument("--list", action="store_true", help="what there is")
    parser.add_argument("--seconds", type=float, help="how long each attack takes")
    parser.add_argument("--people", type=int, default=PEOPLE, help=f"honest ones ({PEOPLE})")
    parser.add_argument("--source", default=ELSEWHERE, help=f"the address attackers come from ({ELSEWHERE})")
    parser.add_argument("--seed", type=int, default=0, help="of what attackers choose by chance")
    parser.add_argument("--markdown", action="store_true", help="the table as it stands in docs/security.md")
    parser.add_argument("--verbose", action="store_true", help="what attackers managed, too")
    return parser


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell in the background ignores it
        signal.signal(number, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:  # all processes are ended by then
        sys.exit(130)
