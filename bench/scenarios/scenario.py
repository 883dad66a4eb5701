"""What a scenario is, and how one is run: in turns, beside a loop that tells how busy the machine is."""

import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.rivals import Loggia, Rival
from bench.surroundings import spin_ms

Figures = dict[str, float | None]  # names carry their unit; None: the operating system does not tell
Turn = dict[str, object]  # "who", "spin_ms" before and after, and the figures


class Scenario(NamedTuple):
    """`measure`: one turn, over an empty folder; the last argument is how much of it: 1 is all, and less is
    quicker. `key`: the figure that is compared first. `alike`: others do the same work, and so it takes any
    rival; without it takes Loggia alone."""

    about: str
    key: str
    measure: Callable[[Rival, Path, float], Figures] | Callable[[Loggia, Path, float], Figures]
    alike: bool = False


def turns(scenario: Scenario, rivals: Sequence[Rival], rounds: int, size: float) -> Iterator[Turn]:
    """A B A B: each in its turn, and then all of them again."""
    for _ in range(rounds):
        for rival in rivals:
            with tempfile.TemporaryDirectory() as folder:
                before = spin_ms()
                figures = scenario.measure(rival, Path(folder), size)  # type: ignore[arg-type]
                yield {"who": rival.name, "spin_ms": [before, spin_ms()], **figures}


class Ratio(NamedTuple):
    """Of ours to another's, in turns that stood beside each other."""

    median: float
    low: float
    high: float


def ratios(all_turns: Sequence[Mapping[str, object]], ours: str, other: str) -> dict[str, Ratio]:
    """By figure, where both have it and the other's is more than nothing."""
    pairs = list(zip(_of(all_turns, ours), _of(all_turns, other), strict=False))
    found = {}
    for figure in pairs[0][0] if pairs else ():
        quotients = [
            mine / theirs
            for a, b in pairs
            if isinstance(mine := a[figure], int | float)
            and isinstance(theirs := b.get(figure), int | float)
            and theirs
        ]
        if quotients:
            found[figure] = Ratio(
                round(statistics.median(quotients), 3), round(min(quotients), 3), round(max(quotients), 3)
            )
    return found


def medians(all_turns: Sequence[Mapping[str, object]], who: str) -> Figures:
    """Of each figure."""
    of = _of(all_turns, who)
    found: Figures = {}
    for figure in of[0] if of else ():
        values = [value for turn in of if isinstance(value := turn.get(figure), int | float)]
        if values:
            found[figure] = round(statistics.median(values), 3)
        elif all(turn.get(figure) is None for turn in of):
            found[figure] = None
    return found


def _of(all_turns: Sequence[Mapping[str, object]], who: str) -> list[Mapping[str, object]]:
    hidden = ("who", "spin_ms")
    return [
        {name: value for name, value in turn.items() if name not in hidden}
        for turn in all_turns
        if turn["who"] == who
    ]
