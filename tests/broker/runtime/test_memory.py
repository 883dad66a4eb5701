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
