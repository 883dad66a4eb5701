"""How much memory a process has."""

import contextlib
import os
import sys

import pytest
from loggia.shared.process.resident import resident_bytes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_what_is_taken_is_seen():
    before = resident_bytes()
    taken = bytearray(os.urandom(64 * 1024)) * 1000
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
