"""How much memory a process has."""

import contextlib
import mmap
import os
import sys

import pytest
from loggia.shared.process.resident import resident_bytes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
MB = 1_000_000


def test_what_is_taken_is_seen():
    with mmap.mmap(-1, 64 * MB) as taken:  # not what an allocator may have kept of what was freed before
        before = resident_bytes()
        for page in range(0, len(taken), mmap.PAGESIZE):
            taken[page] = 1
        assert resident_bytes() - before > len(taken) // 2


def test_it_is_told_though_no_descriptor_is_free():
    resource = pytest.importorskip("resource")
    resident_bytes()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
        with pytest.raises(OSError, match="Too many open files"), contextlib.closing(open(os.devnull)):
            pass
        assert resident_bytes() > 0
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
