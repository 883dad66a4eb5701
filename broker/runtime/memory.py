"""Gives back to the system what the allocator keeps of a flood that is over, where that is glibc's; and keeps
the program's own objects out of the garbage collector's way, which looks at all there are while everybody
waits. Runs on the loop thread of the broker, and ends with the loop.
"""

import asyncio
import ctypes
import functools
import gc
import sys
from collections.abc import Callable

from loggia.shared.process.resident import resident_bytes

LOOK_S = 5.0  # looking costs 20 us, giving back some ms
NEW_OBJECTS = 20_000  # more than a turn makes, and holds until its end: they were looked at over and over
WORTH_BYTES = 8 * 1024 * 1024  # over the least that was ever in use


def watch(loop: asyncio.AbstractEventLoop) -> None:
    """From now on. What is here already stays until the process ends."""
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
    if (trim := _trim()) is not None:
        loop.call_later(LOOK_S, _look, loop, trim, resident_bytes())


def _look(loop: asyncio.AbstractEventLoop, trim: Callable[[], object], least: int) -> None:
    if resident_bytes() > least + WORTH_BYTES:
        trim()
    loop.call_later(LOOK_S, _look, loop, trim, min(least, resident_bytes()))


def _trim() -> Callable[[], object] | None:
    """What gives it back, if there is that."""
    if sys.platform != "linux":
        return None
    found = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return None if found is None else functools.partial(found, 0)
