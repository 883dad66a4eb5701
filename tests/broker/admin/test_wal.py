"""A WAL read as a file: which frame is not what was written, and which only tore."""

import io
import random

import pytest
from loggia.broker.admin import wal

FRAME = 24 + 4096


@pytest.fixture
def content(house):
    return (house.folder / "loggia.db-wal").read_bytes()


def read(content):
    return wal.read(io.BytesIO(content))


def test_a_sound_one(content):
    found = read(content)
    assert found.changed is None
    assert len(content) > 100 * FRAME
    assert found.pages


def test_without_a_frame(content):
    assert read(b"") == read(content[:32]) == (frozenset(), None)


def test_a_changed_byte_is_found_with_its_frame(content):
    chance = random.Random(1)
    count = (len(content) - 32) // FRAME
    for _ in range(30):
        number = chance.randrange(1, count // 2)
        # of a frame's salts nothing is known but that they are those of the header
        at = chance.choice([*range(8), *range(16, FRAME)])
        changed = bytearray(content)
        changed[32 + (number - 1) * FRAME + at] ^= 1 << chance.randrange(8)
        assert read(bytes(changed)).changed == number


def test_what_tore_at_the_end_is_no_change(content):
    """The last transaction was never confirmed: a power loss may leave any part of it."""
    changed = bytearray(content)
    changed[-5000] ^= 1
    assert read(bytes(changed)).changed is None
    assert read(content[:-100]).changed is None
