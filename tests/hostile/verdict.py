"""What was measured in one attack, and whether the broker stood it. Pure."""

from typing import NamedTuple

P99_MS = 50.0  # answers may take this long, or twice what they took undisturbed
P99_TIMES = 2.0
# no measure of speed: who waits so long, also on a machine without time, waits for one that stands still
FROZEN_MS = 2000.0
MEMORY_KEPT_MB = 20.0
MEMORY_MOST_MB = 300.0
DESCRIPTORS_KEPT = 10
LOG_KB_S = 20.0  # a few summed lines a second of each kind
HEARD_S = 0.1  # signals are served within this, whatever comes
TERM_S = 2.0
TERM_BESIDE_S = 5.0  # where other tests, which may take all processors, run beside it
FAULTS = ("unanswered", "unasked", "internal")  # of what attackers counted
CALM_CPU = 20.0  # percent of a core more than before, once it is over


class Span(NamedTuple):
    """A value before the attack, at the most meanwhile, and 10 s after its end."""

    before: float
    most: float
    after: float


class Figures(NamedTuple):
    """`p99_ms`: of the honest; None where an answer never came. `wrong`: what must not be, and how often.

    `heard_s`: from SIGTERM until the broker said that it is stopping, None if it did not. `term_s`: until it
    had ended, None if it did not by itself. `cpu`: percent of a core.
    `tally`: what the attackers managed, and `least`: what they must have, or nothing was shown.
    """

    p99_ms: dict[str, float | None]
    memory_mb: Span
    descriptors: Span
    cpu: Span
    log_kb_s: float
    heard_s: float | None
    term_s: float | None
    wrong: dict[str, int]
    noted: dict[str, int]
    tally: dict[str, int]
    least: dict[str, int]


def complaints(figures: Figures, *, brief: bool = False) -> list[str]:
    """Why the broker did not stand it. `brief`: so short, beside other tests, no rate is measured."""
    found = [f"{what} ({count})" for what, count in figures.wrong.items() if count]
    found += [f"{what} of the attacker ({figures.tally[what]})" for what in FAULTS if figures.tally.get(what)]
    found += [
        f"attack not reached: {what} {figures.tally.get(what, 0)} of {least}"
        for what, least in figures.least.items()
        if figures.tally.get(what, 0) < least
    ]
    if figures.memory_mb.most > MEMORY_MOST_MB:
        found.append(f"memory {figures.memory_mb.most:.0f} MB")
    if figures.term_s is None or figures.term_s > (TERM_BESIDE_S if brief else TERM_S):
        found.append("SIGTERM")
    return found + (_frozen(figures) if brief else _kept(figures) + _slow(figures))


def _frozen(figures: Figures) -> list[str]:
    """Of so few answers the p99 is the longest of all; where nobody was answered in time it is None."""
    spans = {phase: p99 for phase, p99 in figures.p99_ms.items() if phase != "before"}
    spans.setdefault("during", None)
    return [
        f"frozen {phase}: {'no answer' if p99 is None else f'{p99 / 1000:.1f} s'}"
        for phase, p99 in spans.items()
        if p99 is None or p99 > FROZEN_MS
    ]


def _kept(figures: Figures) -> list[str]:
    found = []
    memory_mb = figures.memory_mb.after - figures.memory_mb.before
    descriptors = figures.descriptors.after - figures.descriptors.before
    if memory_mb > MEMORY_KEPT_MB:
        found.append(f"{memory_mb:.0f} MB kept")
    if descriptors > DESCRIPTORS_KEPT:
        found.append(f"{descriptors:.0f} descriptors kept")
    if figures.log_kb_s > LOG_KB_S:
        found.append(f"log {figures.log_kb_s:.0f} KB/s")
    return found


def _slow(figures: Figures) -> list[str]:
    found = []
    before = figures.p99_ms.get("before")
    most = max(P99_MS, P99_TIMES * (before or 0.0))
    for phase in ("during", "after"):
        p99 = figures.p99_ms.get(phase)
        if p99 is None or p99 > most:
            found.append(f"p99 {phase}")
    if figures.term_s is not None and (figures.heard_s is None or figures.heard_s > HEARD_S):
        found.append("SIGTERM heard late")
    if figures.cpu.after > figures.cpu.before + CALM_CPU:
        found.append("cpu after")
    return found
