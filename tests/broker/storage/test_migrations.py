"""A log of an older version is brought to the tables of this one, and nothing of it is lost."""

import contextlib
import shutil
import sys

import pytest
from loggia.broker.admin import verify
from loggia.broker.admin.backup import backup
from loggia.broker.admin.restore import restore
from loggia.broker.storage import migrations
from loggia.broker.storage.log import Log
from loggia.shared.process.migrations import Migrations
from loggia.shared.protocol.errors import StorageBroken
from loggia.shared.protocol.requests import Message

from tests.broker.house import House
from tests.broker.storage.older import (
    KEPT,
    NEW,
    NEXT,
    NOW,
    OLD,
    Again,
    all_of,
    known,
    planted_step,
    silent,
    use,
    version,
)
from tests.stored import content


@pytest.mark.parametrize("ended", ["data", "killed"])
def test_a_log_of_an_older_version_is_brought_here(tmp_path, lived, monkeypatch, caplog, ended):
    data = tmp_path / ended
    shutil.copytree(data, tmp_path / "as it was")
    before = known(tmp_path / "as it was")
    use(monkeypatch, NEW)
    caplog.set_level("INFO", "loggia")
    with contextlib.closing(Again(data)) as house:
        assert all_of(house) == before, "rooms, hashes and the life of the log are the same"
        assert house.join("ada", "ada", token="token-1").account == "account-1"
        assert house.ask_one("ada", Message(id="0000-stray", room="lobby", text="again")).duplicate
        house.say("ada", "9999", "goes on")
        assert house.log.damage == []
    (said,) = [r.getMessage() for r in caplog.records if "brought" in r.getMessage()]
    size = (data / KEPT).stat().st_size
    assert said == (
        f"The log was brought from format {NOW} to {NEXT}; the old file ({size / 1e3:,.0f} KB) is kept as "
        f"{KEPT}."
    )
    assert version(data / "loggia.db") == NEXT
    assert sorted(content(data)) == ["lock", "loggia.db", KEPT, "loggia.heads"]
    report = verify.verify(data, silent())
    assert (report.damage, report.notes) == ([], [])


@pytest.mark.parametrize("ended", ["data", "killed"])
def test_the_old_file_is_a_log_of_its_own_version(tmp_path, lived, monkeypatch, ended):
    data = tmp_path / ended
    use(monkeypatch, NEW)
    Log(data, "new").close()
    assert (data / KEPT).stat().st_mode & 0o077 == 0 or sys.platform == "win32"
    use(monkeypatch, OLD)
    restore(tmp_path / "back", data / KEPT, silent())
    before = known(tmp_path / "data") if ended == "killed" else None
    back = known(tmp_path / "back")
    assert {name: len(events) for name, events in back[1].items()} == {"lobby": 32, "lab": 31}
    assert before is None or before[:2] == back[:2]


def test_it_happens_once(tmp_path, lived, monkeypatch):
    use(monkeypatch, NEW)
    Log(tmp_path / "data", "new").close()
    kept = tmp_path / "data" / KEPT
    kept.unlink()
    log = Log(tmp_path / "data", "new")
    assert log.database.upgraded is None
    log.close()
    assert not kept.exists()


def test_several_steps_are_one_transaction(tmp_path, lived, monkeypatch):
    def fails(db):
        db.execute("CREATE TABLE planted(again)")

    use(monkeypatch, Migrations(NEXT + 1, {NOW: planted_step, NEXT: fails}))
    with pytest.raises(StorageBroken):
        Log(tmp_path / "data", "new")
    assert version(tmp_path / "data" / "loggia.db") == NOW
    use(monkeypatch, Migrations(NEXT + 1, {NOW: planted_step, NEXT: lambda db: None}))
    log = Log(tmp_path / "data", "new")
    assert (log.epoch, log.database.upgraded.old, log.database.upgraded.new) == ("epoch-1", NOW, NEXT + 1)
    log.close()


def test_a_backup_of_an_older_version_is_restored(tmp_path, lived, monkeypatch):
    backup(tmp_path / "data", tmp_path / "backup.db", silent())
    before = known(tmp_path / "data")
    use(monkeypatch, NEW)
    restore(tmp_path / "new", tmp_path / "backup.db", silent())
    assert KEPT not in content(tmp_path / "new"), "the backup is the old file"
    with contextlib.closing(House(tmp_path / "new")) as house:
        assert all_of(house)[:2] == before[:2]
    report = verify.verify(tmp_path / "new", silent())
    assert (report.damage, report.notes) == ([], [])


def test_who_only_reads_says_what_brings_it_here(tmp_path, lived, monkeypatch):
    use(monkeypatch, NEW)
    before = content(tmp_path / "data")
    with pytest.raises(StorageBroken, match='bring it here with the command "upgrade"'):
        verify.verify(tmp_path / "data", silent())
    assert content(tmp_path / "data") == before


def test_every_format_from_the_oldest_on_has_a_step():
    steps = migrations.LOG.steps
    assert sorted(steps) == list(range(min(steps, default=migrations.LOG.newest), migrations.LOG.newest))
