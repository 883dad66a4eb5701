"""The file beside the log that says where each room ended."""

import contextlib
import errno
import os
import stat

import pytest
from loggia.broker.storage import heads_file
from loggia.broker.storage.heads_file import HeadsFile, RoomEnd

CHAIN = bytes(range(32))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "loggia.heads"


def begun(file, epoch="e1", ends=None):
    begun = HeadsFile(file, epoch, ends or {})
    begun.close()
    return heads_file.read(file)


def test_it_says_what_it_was_told(file):
    assert begun(file, ends={1: RoomEnd(5, CHAIN), 3: RoomEnd(7, CHAIN)}) == heads_file.Testimony(
        "e1", {1: RoomEnd(5, CHAIN), 3: RoomEnd(7, CHAIN)}
    )


def test_what_is_noted_is_there_at_once_and_for_rooms_that_were_not_there_at_first(file):
    running = HeadsFile(file, "e1", {1: RoomEnd(5, CHAIN)})
    try:
        running.note([(1, RoomEnd(6, CHAIN)), (2, RoomEnd(1, CHAIN))])
        running.note([(5000, RoomEnd(2**40 - 1, CHAIN))])
        assert heads_file.read(file).ends == {
            1: RoomEnd(6, CHAIN),
            2: RoomEnd(1, CHAIN),
            5000: RoomEnd(2**40 - 1, CHAIN),
        }
    finally:
        running.close()


def test_it_begins_anew_with_each_run(file):
    begun(file, ends={1: RoomEnd(5, CHAIN)})
    assert begun(file, "e2", {2: RoomEnd(1, CHAIN)}) == heads_file.Testimony("e2", {2: RoomEnd(1, CHAIN)})
    assert [entry.name for entry in file.parent.iterdir()] == [file.name]


@contextlib.contextmanager
def a_full_disk():
    """The system lets no file of this process grow beyond one sector."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_without_room_for_a_new_one_that_of_the_same_life_goes_on(file):
    """A broker on a full disk starts, so that what is stored can be read."""
    begun(file, ends={1: RoomEnd(5, CHAIN)})
    with a_full_disk():
        assert begun(file, ends={1: RoomEnd(6, CHAIN)}) == heads_file.Testimony("e1", {1: RoomEnd(6, CHAIN)})
        with pytest.raises(OSError, match="large"):
            begun(file, "e2", {1: RoomEnd(1, CHAIN)})
    assert heads_file.read(file).ends == {1: RoomEnd(6, CHAIN)}
    assert [entry.name for entry in file.parent.iterdir()] == [file.name]


def test_without_a_file_it_says_nothing(file):
    assert heads_file.read(file) is None


@pytest.mark.parametrize("content", [b"", b"loggia 1", b"x" * 64, bytes(4096)])
def test_a_file_that_is_none_of_ours_says_nothing(file, content):
    file.write_bytes(content)
    assert heads_file.read(file) is None


def test_a_changed_byte_in_the_header_silences_it_and_in_a_record_that_record(file):
    begun(file, ends={1: RoomEnd(5, CHAIN), 2: RoomEnd(6, CHAIN)})
    whole = file.read_bytes()
    for at in range(128):
        changed = bytearray(whole)
        changed[at] ^= 0x10
        file.write_bytes(changed)
        said = heads_file.read(file)
        if at < 44:
            assert said is None, at
        elif 64 <= at < 64 + 44:
            assert said == heads_file.Testimony("e1", {2: RoomEnd(6, CHAIN)}, readable=False), at
        else:
            assert said.ends.keys() == {1, 2}, at


def test_what_it_says_of_the_wal_is_on_the_disk_before_it_counts(file, monkeypatch):
    """And all that it says of the rooms is there before it says that no WAL has to be."""
    running, synced = HeadsFile(file, "e1", {}), []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(heads_file.read(file)))
    try:
        for seq in (1, 2, 3):
            running.note([(1, RoomEnd(seq, CHAIN))])
        running.settle()
        running.settle()
        running.note([(1, RoomEnd(4, CHAIN))])
    finally:
        running.close()
    assert [(said.ends[1].seq, said.in_wal) for said in synced] == [
        (1, True),
        (3, True),
        (3, False),
        (4, True),
    ]


def test_one_that_goes_on_without_room_for_a_new_one_still_says_what_is_in_the_wal(file):
    earlier = HeadsFile(file, "e1", {1: RoomEnd(5, CHAIN)})
    earlier.note([(1, RoomEnd(6, CHAIN))])
    earlier.close()
    with a_full_disk():
        again = HeadsFile(file, "e1", {1: RoomEnd(6, CHAIN)}, in_wal=True)
        assert heads_file.read(file).in_wal
        again.settle()
        assert not heads_file.read(file).in_wal
        again.close()


def failing(monkeypatch, what, times=1):
    """The disk fails so often at syncing what `what` says yes to; returns what was synced, in order."""
    fsync, left, synced = os.fsync, [times], []

    def fails(descriptor):
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        if what(is_folder) and left[0]:
            left[0] -= 1
            raise OSError(errno.EIO, "Input/output error")
        fsync(descriptor)
        synced.append("folder" if is_folder else "file")

    monkeypatch.setattr(os, "fsync", fails)
    return synced


@pytest.mark.skipif(os.name != "posix", reason="syncs of folders")
def test_a_name_that_is_not_on_the_disk_is_put_there_before_what_the_file_says_counts(file, monkeypatch):
    begun(file, ends={1: RoomEnd(5, CHAIN)})
    synced = failing(monkeypatch, lambda is_folder: is_folder)
    again = HeadsFile(file, "e1", {1: RoomEnd(5, CHAIN)})
    try:
        del synced[:]
        again.note([(1, RoomEnd(6, CHAIN))])
        assert synced == ["folder", "file"]
        again.note([(1, RoomEnd(7, CHAIN))])
        assert synced == ["folder", "file"]
    finally:
        again.close()


@pytest.mark.skipif(os.name != "posix", reason="syncs of folders")
def test_a_new_life_needs_no_name_that_is_on_the_disk_but_it_is_put_there_before_the_wal_may_go(
    file, monkeypatch
):
    begun(file, epoch="old", ends={1: RoomEnd(5, CHAIN)})
    synced = failing(monkeypatch, lambda is_folder: is_folder, times=2)
    fresh = HeadsFile(file, "new", {1: RoomEnd(3, CHAIN)})
    try:
        with pytest.raises(OSError, match="Input/output error"):
            fresh.settle()
        fresh.settle()
        assert synced[-2:] == ["folder", "file"]
        assert heads_file.read(file).epoch == "new"
    finally:
        fresh.close()


def test_a_disk_that_fails_once_is_tried_again_before_anything_is_answered(file, monkeypatch):
    running = HeadsFile(file, "e1", {1: RoomEnd(5, CHAIN)})
    synced = failing(monkeypatch, lambda is_folder: not is_folder)
    try:
        running.note([(1, RoomEnd(6, CHAIN))])
        assert synced == ["file"]
        assert heads_file.read(file).in_wal
    finally:
        running.close()


def test_a_full_disk_leaves_it_older_and_is_no_error(file, monkeypatch):
    running = HeadsFile(file, "e1", {1: RoomEnd(5, CHAIN)})

    def full(descriptor):
        raise OSError(28, "No space left on device")

    try:
        monkeypatch.setattr(os, "fsync", full)
        running.note([(100_000, RoomEnd(1, CHAIN))])
        assert heads_file.read(file).ends == {1: RoomEnd(5, CHAIN)}
    finally:
        running.close()


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_nobody_else_on_this_computer_may_read_it(file):
    begun(file)
    assert file.stat().st_mode & 0o777 == 0o600
