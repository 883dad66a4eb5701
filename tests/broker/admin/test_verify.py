"""`python -m broker verify`: all that was changed is noticed, wherever it is."""

import random
import re
import shutil

import apsw
import pytest
from loggia.broker.admin import verify
from loggia.broker.admin.snapshot import snapshot
from loggia.broker.admin.verify import run
from loggia.broker.storage import damage
from loggia.broker.storage.heads_file import _IN_WAL, _MARK_AT
from loggia.broker.storage.page_checksums import damaged
from loggia.shared.process.migrations import Migrations
from loggia.shared.protocol.errors import StorageBroken

from tests.broker.disks import flip, killed, place_of
from tests.broker.house import House

FLIPS = 200


def test_a_sound_log_of_a_running_broker(house, progress):
    report = verify.verify(house.folder, progress)
    assert report.damage == report.notes == []
    heads = {name: room.head for name, room in house.log.load().rooms.items()}
    assert {report.rooms[number]: end.seq for number, end in report.ends.items()} == heads


@pytest.fixture
def left_out(house):
    """A page that a checkpoint left out while somebody read: it was changed since, and stands in the WAL."""
    database = house.folder / "loggia.db"
    house.log.database.checkpoint()
    for number in range(20):
        house.say("ada", f"before {number}", "x" * 9000)
    with snapshot(database):
        house.say("ada", "meanwhile", "x" * 9000)
        house.log.database.checkpoint()
    assert damaged(database)


@pytest.mark.usefixtures("left_out")
def test_a_page_that_nobody_has_written_yet_is_none_that_was_changed(house, tmp_path, progress):
    report = verify.verify(house.folder, progress)
    assert report.damage == report.notes == []
    report = verify.verify(killed(house, tmp_path), progress)
    assert report.damage == report.notes == []


@pytest.mark.usefixtures("left_out")
def test_a_broker_that_empties_its_wal_meanwhile_is_not_damaged(house, progress, monkeypatch):
    look = verify._look_at_wal

    def emptied(*args):
        house.log.database.checkpoint()
        return look(*args)

    monkeypatch.setattr(verify, "_look_at_wal", emptied)
    report = verify.verify(house.folder, progress)
    assert report.damage == report.notes == []


def test_it_changes_nothing(house, tmp_path, progress):
    folder = killed(house, tmp_path)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert before["loggia.db-wal"]
    verify.verify(folder, progress)
    after = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert {name: content for name, content in after.items() if not name.endswith("-shm")} == {
        name: content for name, content in before.items() if not name.endswith("-shm")
    }


@pytest.mark.parametrize("state", ["killed", "closed"])
def test_of_200_changed_bytes_all_are_noticed(house, tmp_path, progress, state):
    """Over database and WAL, in files as kill -9 leaves them and as a broker that was stopped does."""
    if state == "closed":
        house.close()
    origin = killed(house, tmp_path, "origin")
    if state == "closed":
        house._open()
    files = [file for name in ("loggia.db", "loggia.db-wal") if (file := origin / name).exists()]
    sizes = [file.stat().st_size for file in files]
    assert sum(sizes) > 50 * 4096
    chance = random.Random(state)
    unnoticed = []
    for number in range(FLIPS // 2):
        folder = tmp_path / f"{number}"
        shutil.copytree(origin, folder)
        (file,) = chance.choices(files, sizes)
        offset = chance.randrange(file.stat().st_size)
        flip(folder / file.name, offset, 1 << chance.randrange(8))
        try:
            report = verify.verify(folder, progress)
        except StorageBroken:
            continue
        if not (report.damage or report.notes):
            unnoticed.append((number, file.name, offset))
        shutil.rmtree(folder)
    assert unnoticed == []


def test_it_says_which_room_and_from_which_number(house, progress, capsys, expect_log):
    house.close()
    flip(house.folder / "loggia.db", place_of(house.folder / "loggia.db", "b0400"))
    assert run(house.folder, None, progress) == 1
    said = capsys.readouterr().out
    assert "lab: 1 to 256, damaged from 257, hash" in said
    assert "DAMAGED: room lab from 257 (" in said
    assert re.search(r"^lobby: 1 to \d+, sound, hash [0-9a-f]{64}$", said, re.MULTILINE)
    assert "NOT SOUND" in said
    expect_log("The log is damaged: room lab from 257")
    house._open()  # which a broker knows from then on
    assert [found.room for found in house.log.damage] == ["lab"]


def test_what_is_sound_again_is_no_longer_kept_back(house, progress, capsys, expect_log):
    house.close()
    file = house.folder / "loggia.db"
    place = place_of(file, "b0400")
    flip(file, place)
    assert run(house.folder, None, progress) == 1
    flip(file, place)
    assert run(house.folder, None, progress) == 0
    assert "sound again" in capsys.readouterr().out
    assert damage.known(house.folder / "loggia.damage") == []
    house._open()
    assert house.log.damage == []


def test_a_changed_byte_of_the_wal_of_a_running_broker(house, progress):
    wal = house.folder / "loggia.db-wal"
    size = wal.stat().st_size
    chance = random.Random(4)
    for _ in range(10):
        offset, bit = chance.randrange(32, size // 2), 1 << chance.randrange(8)
        if (offset - 32) % (24 + 4096) in range(8, 16):
            continue  # a frame's salts say that it is of an earlier round
        flip(wal, offset, bit)
        assert verify.verify(house.folder, progress).damage, offset
        flip(wal, offset, bit)
    assert verify.verify(house.folder, progress).damage == []


def test_what_the_wal_lost_stays_lost_after_the_rest_was_served(house, tmp_path, progress, expect_log):
    for number in range(20):
        house.say("ada", f"w{number}")
    folder = killed(house, tmp_path)
    wal = folder / "loggia.db-wal"
    flip(wal, wal.stat().st_size * 3 // 4)
    found = verify.verify(folder, progress).damage
    assert "are missing" in found[0].why
    expect_log("The log is damaged")
    House(folder).close()
    assert not wal.exists()
    assert verify.verify(folder, progress).damage == found
    assert run(folder, None, progress) == 1
    assert damage.known(folder / "loggia.damage") == found


def test_a_folder_without_a_log(tmp_path, progress):
    with pytest.raises(StorageBroken, match=r"there is no log at .*name its folder with --data"):
        verify.verify(tmp_path / "nowhere", progress)
    assert not (tmp_path / "nowhere").exists()


def test_a_log_that_is_another_file(tmp_path, progress):
    (tmp_path / "loggia.db").write_bytes(b"Dear diary, " * 1000)
    report = verify.verify(tmp_path, progress)
    assert "not a database" in report.damage[0].why


def test_pages_that_a_power_loss_left_half_written_are_mended_by_the_next_start(
    house, tmp_path, progress, capsys
):
    folder = killed(house, tmp_path)
    flip(folder / "loggia.db", 4096 * 2 + 100)
    report = verify.verify(folder, progress)
    assert report.damage == []
    assert "page 3 of loggia.db is not what was written, but the WAL holds it whole" in report.notes[0]
    assert run(folder, None, progress) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("SOUND BUT FOR WHAT IS NOTED: 3 rooms, ")
    House(folder).close()
    report = verify.verify(folder, progress)
    assert report.damage == report.notes == []


def test_what_cannot_be_looked_at_is_not_called_damaged(house, progress, monkeypatch):
    """A log of another version, or one that this user may not open: nothing is known of it."""
    house.close()
    with monkeypatch.context() as patch:
        patch.setattr("loggia.broker.storage.migrations.LOG", Migrations(999, {}))
        with pytest.raises(StorageBroken, match="written by another version"):
            verify.run(house.folder, None, progress)

    def refuses(*_, **__):
        raise apsw.CantOpenError("unable to open database file")

    with monkeypatch.context() as patch:
        patch.setattr("loggia.broker.admin.snapshot.Database", refuses)
        with pytest.raises(StorageBroken, match=r"cannot be opened.*copy the whole folder"):
            verify.run(house.folder, None, progress)
    assert not (house.folder / "loggia.damage").exists()
    house._open()
    assert not house.log.frozen


def test_it_says_that_a_log_whose_wal_was_taken_away_begins_a_new_life(house, progress, expect_log):
    house.close()
    with (house.folder / "loggia.heads").open("r+b") as heads:
        heads.seek(_MARK_AT)
        heads.write(_IN_WAL)
    report = verify.verify(house.folder, progress)
    assert report.damage == []
    assert report.notes == [
        "at its next start this log begins a new life, because the WAL that held the newest of it is gone, "
        "or an older file was put back"
    ]
    expect_log("begins a new life")
    house._open()
    assert (house.log.epoch, house.log.damage) == ("epoch-2", [])
