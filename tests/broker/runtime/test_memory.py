"""Memory that a flood took is the system's again."""

import ctypes
import subprocess
import sys

import pytest

from tests.endtoend.processes import HOUSE
from tests.patience import PATIENCE_S

# Blocks that the allocator keeps, as one lies behind them.
PROGRAM = """
import asyncio
from loggia.broker.runtime import memory
from loggia.shared.process.resident import resident_bytes
memory.LOOK_S = 0.01
MIB = 1024 * 1024

async def main():
    loop = asyncio.get_running_loop()
    if {watched}:
        memory.watch(loop)
    before = resident_bytes()
    flood = [bytes(50_000) for _ in range(4_000)]
    behind = bytes(50_000)
    del flood
    end = loop.time() + {patience}
    while resident_bytes() > before + 20 * MIB and loop.time() < end:
        await asyncio.sleep(0.01)
    print((resident_bytes() - before) // MIB)

asyncio.run(main())
"""


def kept_mib(*, watched, patience):
    program = PROGRAM.format(watched=watched, patience=patience)
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=HOUSE, capture_output=True, text=True, check=True,
        env={"PYTHONPATH": f"{HOUSE / 'packaging'}"}, timeout=2 * PATIENCE_S,
    )  # fmt: skip
    return int(ran.stdout)


@pytest.mark.skipif(
    sys.platform == "win32" or not hasattr(ctypes.CDLL(None), "malloc_trim"),
    reason="it is about glibc's allocator",
)
def test_what_is_not_needed_any_more_is_given_back():
    assert kept_mib(watched=False, patience=0) > 100  # by itself it keeps all of it
    assert kept_mib(watched=True, patience=PATIENCE_S) <= 20


KEPT_OBJECTS = """
import asyncio, gc
from loggia.broker.runtime import memory

async def main():
    {watch}
    before = gc.get_stats()[0]["collections"]
    kept = [[number] for number in range(15_000)]
    print(gc.get_stats()[0]["collections"] - before)

asyncio.run(main())
"""


@pytest.mark.parametrize(("watch", "most"), [("memory.watch(asyncio.get_running_loop())", 1), ("", 30)])
def test_what_a_turn_holds_is_not_looked_at_over_and_over(watch, most):
    program = KEPT_OBJECTS.format(watch=watch)
    looks = int(subprocess.run(
        [sys.executable, "-c", program], cwd=HOUSE, capture_output=True, text=True, check=True,
        env={"PYTHONPATH": f"{HOUSE / 'packaging'}"}, timeout=PATIENCE_S,
    ).stdout)  # fmt: skip
    assert most // 2 <= looks <= most
