"""`run.py bench --quick`: how many calls and instructions of Python a message takes, however busy all is.

In one process and thread, and the same work every time, so that the figures are the same to the last call;
`counts.json` holds what they were. Calls are those of Python and of what is written in C; instructions are
those of Python's bytecode.
"""

import json
import platform
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, cast

from bench.shapes import broker, client
from bench.shapes.shape import Counting, Shape

RECORD = Path(__file__).parent / "counts.json"
MOST_GROWTH = 1.10  # of what was recorded; less may come of one more question that is worth it
SHAPES: dict[str, Shape] = {**broker.SHAPES, **client.SHAPES}

Count = dict[str, float]  # "calls" and "instructions" of one message

_OURS: frozenset[CodeType] = broker.OURS


def counted(shapes: Iterable[str] = SHAPES) -> dict[str, Count]:
    """Of each shape, what one of its messages takes."""
    return {
        name: {what: round(SHAPES[name].measure(count), 2) for what, count in COUNTERS.items()}
        for name in shapes
    }


@contextmanager
def _calls() -> Iterator[list[int]]:
    total = [0]

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event in ("call", "c_call") and not (event == "c_call" and frame.f_code in _OURS):
            total[0] += 1

    sys.setprofile(profile)
    try:
        yield total
    finally:
        sys.setprofile(None)


@contextmanager
def _instructions() -> Iterator[list[int]]:
    total = [0]

    def inside(frame: FrameType, event: str, _: object) -> Any:
        if event == "opcode":
            total[0] += 1
        return inside

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code in _OURS:
            return None
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        return inside

    sys.settrace(trace)
    try:
        yield total
    finally:
        sys.settrace(None)


COUNTERS: dict[str, Counting] = {"calls": _calls, "instructions": _instructions}


# -- What it was -------------------------------------------------------------------------------


def version() -> str:
    """Bytecode differs from one version to the next."""
    return ".".join(platform.python_version_tuple()[:2])


def recorded(record: Path = RECORD) -> dict[str, dict[str, Count]]:
    """By version of Python and shape."""
    return cast("dict[str, dict[str, Count]]", json.loads(record.read_text(encoding="utf-8")))


def write(counts: dict[str, Count], record: Path = RECORD) -> None:
    """Keep this as what later ones are compared with, for this version of Python."""
    kept = {**(recorded(record) if record.exists() else {}), version(): counts}
    record.write_text(json.dumps(dict(sorted(kept.items())), indent=1) + "\n", encoding="utf-8")


def grown(counts: dict[str, Count], before: dict[str, Count]) -> list[str]:
    """In a sentence each, what takes over MOST_GROWTH times as much as was recorded."""
    return [
        f"{SHAPES[name].about}: {now:g} {what} a message, recorded were {was:g}"
        for name, count in counts.items()
        for what, now in count.items()
        if (was := before.get(name, {}).get(what)) is not None and now > was * MOST_GROWTH
    ]
