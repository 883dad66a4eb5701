"""How many descriptors are open, as the system tells it."""

import os
import sys

import pytest
from loggia.shared.process import descriptors

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such number there")


def test_those_that_are_opened_count():
    before = descriptors.taken()
    assert before is not None
    more = [os.open(os.devnull, os.O_RDONLY) for _ in range(20)]
    try:
        assert descriptors.taken() == before + 20
    finally:
        for fd in more:
            os.close(fd)
    assert descriptors.taken() == before


def test_an_older_linux_has_them_listed(monkeypatch):
    before, stat = descriptors.taken(), os.stat
    monkeypatch.setattr(descriptors.os, "stat", lambda path: os.stat_result((0,) * 10))
    listed = descriptors.taken()
    monkeypatch.setattr(descriptors.os, "stat", stat)
    assert listed == before


def test_a_system_that_does_not_tell(monkeypatch):
    def nothing(*_):
        raise FileNotFoundError

    with monkeypatch.context() as patched:
        patched.setattr(descriptors.os, "stat", nothing)
        patched.setattr(descriptors.os, "listdir", nothing)
        told = descriptors.taken()
    assert told is None
