"""A WAL read as a file: which frame is not what was written, and which only tore."""

import contextlib
import io
import random

import apsw
import pytest
from loggia.shared.process import wal

FRAME = 24 + 4096


@pytest.fixture
def content(tmp_path):
    with contextlib.closing(apsw.Connection(str(tmp_path / "db"))) as db:
        db.pragma("journal_mode", "wal")
        db.wal_autocheckpoint(0)
        db.execute("CREATE TABLE said(number INTEGER PRIMARY KEY, words)")
        for number in range(60):
            db.execute("INSERT INTO said VALUES(?, randomblob(3000))", (number,))
        with db:
            db.execute("UPDATE said SET words = randomblob(6000) WHERE number < 9")
            db.pragma("user_version", 7)
        return (tmp_path / "db-wal").read_bytes()


def version(content):
    found = wal.newest(io.BytesIO(content), 1, 64)
    return None if found is None else (int.from_bytes(found[0][60:64], "big"), found[1])


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


def test_the_newest_state_of_a_page_that_was_committed(content):
    count = (len(content) - 32) // FRAME
    number, commit = version(content)
    assert number == 7
    assert commit <= count
    assert wal.is_sound(io.BytesIO(content), commit)
    assert version(content[: 32 + (commit - 1) * FRAME])[0] == 0, "what is not committed does not count"
    assert version(content[:32]) is None
    assert version(content[:20]) is None
    assert version(b"") is None


def test_frames_of_an_earlier_round_are_none(content):
    """SQLite begins at the front again, with other salts, and leaves the rest where it is."""
    _, commit = version(content)
    old = bytearray(content)
    for at in range(32 + FRAME, len(old), FRAME):
        old[at + 8] ^= 1
    assert version(bytes(old)) is None or version(bytes(old))[1] <= 1
    assert not wal.is_sound(io.BytesIO(bytes(old)), commit)


def test_a_change_before_a_frame_makes_it_void(content):
    _, commit = version(content)
    changed = bytearray(content)
    changed[32 + 24 + 100] ^= 1
    assert not wal.is_sound(io.BytesIO(bytes(changed)), commit)
