"""A log of an older version is brought to this one's tables, whole or not at all, and nothing of it is lost.

There is no second format yet that was released: a planted one stands for it, made of a step that writes all
rows anew. Stored logs of real versions are opened in tests/endtoend/test_upgrades.py.
"""

import contextlib
import io
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import apsw
import pytest
from loggia.broker.admin import verify
from loggia.broker.admin.backup import backup
from loggia.broker.admin.progress import Progress
from loggia.broker.admin.restore import restore
from loggia.broker.storage import data_dir, migrations
from loggia.broker.storage.log import Log
from loggia.broker.storage.page_checksums import Pages
from loggia.shared.process.migrations import Migrations, number_of
from loggia.shared.protocol.errors import StorageBroken, StorageFull
from loggia.shared.protocol.requests import Message

from tests.broker.house import House
from tests.broker.storage.test_older_file import Deaths
from tests.stored import content

OLD = migrations.LOG


def planted_step(db):
    """Writes every row of the log anew, and has a table more."""
    db.execute("CREATE TABLE planted(number INTEGER PRIMARY KEY) WITHOUT ROWID")
    db.execute("CREATE TABLE moved(place INTEGER PRIMARY KEY, chain BLOB NOT NULL, lines BLOB NOT NULL)")
    db.execute("INSERT INTO moved SELECT * FROM chunks")
    db.execute("DROP TABLE chunks")
    db.execute("ALTER TABLE moved RENAME TO chunks")
    db.execute("INSERT INTO planted SELECT number FROM accounts")


NEW = Migrations(3, {2: planted_step})


def silent():
    return Progress(io.StringIO(), lambda: 0.0)


def use(monkeypatch, what):
    monkeypatch.setattr(migrations, "LOG", what)


@pytest.fixture
def lived(tmp_path):
    """A log of the old format that was served; `killed` is what was left of it before it was closed."""
    data = tmp_path / "data"
    house = House(data)
    house.join("ada", "ada")
    house.join("ada", room="lab")
    for number in range(60):
        house.say("ada", f"{number:04d}", f"words {number}", ["lobby", "lab"][number % 2])
    house.say("ada", "0000-stray", "out of order")
    shutil.copytree(data, tmp_path / "killed", ignore=shutil.ignore_patterns("*-shm", "lock*"))
    house.close()
    return house


def all_of(house):
    ends = {name: house.log._chains[room.number].digest for name, room in house.log.load_rooms().items()}
    return ends, {name: house.events(name) for name in ends}, house.log.epoch


def known(data):
    """The log as its own version sees it."""
    with contextlib.closing(House(data)) as house:
        return all_of(house)


def version(file):
    return number_of(file, 99)


class Again(House):
    """Opens with an epoch that would show."""

    def _open(self):
        self._lives = 70
        super()._open()


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
    size = (data / "loggia.db.format-2").stat().st_size
    assert said == (
        f"The log was brought from format 2 to 3; the old file ({size / 1e3:,.0f} KB) is kept as "
        "loggia.db.format-2."
    )
    assert version(data / "loggia.db") == 3
    assert sorted(content(data)) == ["lock", "loggia.db", "loggia.db.format-2", "loggia.heads"]
    report = verify.verify(data, silent())
    assert (report.damage, report.notes) == ([], [])


@pytest.mark.parametrize("ended", ["data", "killed"])
def test_the_old_file_is_a_log_of_its_own_version(tmp_path, lived, monkeypatch, ended):
    data = tmp_path / ended
    use(monkeypatch, NEW)
    Log(data, "new").close()
    assert (data / "loggia.db.format-2").stat().st_mode & 0o077 == 0 or sys.platform == "win32"
    use(monkeypatch, OLD)
    restore(tmp_path / "back", data / "loggia.db.format-2", silent())
    before = known(tmp_path / "data") if ended == "killed" else None
    back = known(tmp_path / "back")
    assert {name: len(events) for name, events in back[1].items()} == {"lobby": 32, "lab": 31}
    assert before is None or before[:2] == back[:2]


def test_it_happens_once(tmp_path, lived, monkeypatch):
    use(monkeypatch, NEW)
    Log(tmp_path / "data", "new").close()
    kept = tmp_path / "data" / "loggia.db.format-2"
    kept.unlink()
    log = Log(tmp_path / "data", "new")
    assert log.database.upgraded is None
    log.close()
    assert not kept.exists()


def test_several_steps_are_one_transaction(tmp_path, lived, monkeypatch):
    def fails(db):
        db.execute("CREATE TABLE planted(again)")

    use(monkeypatch, Migrations(4, {2: planted_step, 3: fails}))
    with pytest.raises(StorageBroken):
        Log(tmp_path / "data", "new")
    assert version(tmp_path / "data" / "loggia.db") == 2
    use(monkeypatch, Migrations(4, {2: planted_step, 3: lambda db: None}))
    log = Log(tmp_path / "data", "new")
    assert (log.epoch, log.database.upgraded.old, log.database.upgraded.new) == ("epoch-1", 2, 4)
    log.close()


@pytest.mark.parametrize("ended", ["data", "killed"])
def test_an_upgrade_that_dies_at_any_step_starts_again(tmp_path, lived, monkeypatch, caplog, ended):
    """Killed, or without power: the log is the old one or the new one, and has the same life."""
    caplog.set_level("CRITICAL", "loggia")
    data = tmp_path / ended
    shutil.copytree(data, tmp_path / "as it was")
    ends, events, epoch = known(tmp_path / "as it was")
    use(monkeypatch, NEW)

    def upgrade(folder):
        Log(folder, "another life").close()
        return {}

    deaths = Deaths(data, upgrade)
    found = set()
    steps = set(range(0, len(deaths.history) + 1, 7)) | set(
        range(len(deaths.history) - 12, len(deaths.history))
    )
    for left, _ in deaths.left(tmp_path / "left", random.Random(1), steps):
        found.add(version(left / "loggia.db"))
        log = Log(left, "another life")
        assert (log.epoch, log.damage) == (epoch, [])
        assert {log._chains[n].digest for n, _ in log._rooms()} == set(ends.values())
        assert sum(chain.seq for chain in log._chains.values()) == sum(map(len, events.values()))
        log.close()
    assert found == {2, 3}


KILLED_IN_THE_MIDDLE = """
import os, signal, sys
from pathlib import Path
from loggia.broker.storage import migrations
from loggia.broker.storage.log import Log
from loggia.broker.storage.page_checksums import Pages
from loggia.shared.process.migrations import Migrations, number_of

def step(db):
    db.execute("CREATE TABLE planted(number)")
    db.execute("UPDATE chunks SET lines = lines || zeroblob(100000)")
    db.cache_flush()
    os.kill(os.getpid(), signal.SIGKILL)

migrations.LOG = Migrations(3, {2: step})
Log(Path(sys.argv[1]), "new")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
@pytest.mark.parametrize("ended", ["data", "killed"])
def test_an_upgrade_that_is_killed_starts_again(tmp_path, lived, monkeypatch, ended):
    data = tmp_path / ended
    shutil.copytree(data, tmp_path / "as it was")
    before = known(tmp_path / "as it was")
    for _ in range(2):
        died = subprocess.run(
            [sys.executable, "-c", KILLED_IN_THE_MIDDLE, str(data)], timeout=60, check=False
        )
        assert died.returncode == -signal.SIGKILL
        assert version(data / "loggia.db") == 2
        assert (data / "loggia.db-wal").stat().st_size > 100_000, "in the middle of it"
    use(monkeypatch, NEW)
    with contextlib.closing(Again(data)) as house:
        assert all_of(house) == before


def test_where_there_is_no_room_the_old_file_is_not_kept_and_that_is_said(
    tmp_path, lived, monkeypatch, expect_log
):
    usage = shutil.disk_usage(tmp_path)
    expect_log(r"from format 2 to 3; the old file \([\d,]+ KB\) is not kept: the disk has no room for it")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=20_000))
    use(monkeypatch, NEW)
    Log(tmp_path / "data", "new").close()
    assert version(tmp_path / "data" / "loggia.db") == 3
    assert sorted(content(tmp_path / "data")) == ["lock", "loggia.db", "loggia.heads"]


def test_a_copy_that_fails_leaves_nothing_and_does_not_stop_the_upgrade(
    tmp_path, lived, monkeypatch, expect_log
):
    expect_log("is not kept: it could not be written, No space left on device")

    def refuses(path, target):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuses)
        use(patch, NEW)
        with contextlib.suppress(OSError):  # which the heads file needs as well
            Log(tmp_path / "data", "new").close()
    assert not [name for name in content(tmp_path / "data") if "format-2" in name]


def test_a_copy_of_an_earlier_try_is_replaced(tmp_path, lived, monkeypatch):
    for name in ("loggia.db.format-2", "loggia.db.format-2.new"):
        (tmp_path / "data" / name).write_bytes(b"half of a file")
    use(monkeypatch, NEW)
    Log(tmp_path / "data", "new").close()
    assert version(tmp_path / "data" / "loggia.db.format-2") == 2
    assert not (tmp_path / "data" / "loggia.db.format-2.new").exists()


@pytest.mark.parametrize("ended", ["data", "killed"])
def test_a_full_disk_changes_nothing_and_says_so(tmp_path, lived, monkeypatch, ended):
    data = tmp_path / ended
    shutil.copytree(data, tmp_path / "as it was")
    before = known(tmp_path / "as it was")

    def full(db):
        planted_step(db)
        raise apsw.FullError("database or disk is full")

    use(monkeypatch, Migrations(3, {2: full}))
    for _ in range(2):
        with pytest.raises(
            StorageFull, match=r"no room to bring the log from format 2 to 3: .*; nothing of it was"
        ):
            Log(data, "another life")
    use(monkeypatch, OLD)
    assert known(data) == before, "and its old version serves it as before"


def test_a_damaged_log_stays_as_it_is(tmp_path, lived, monkeypatch):
    data = tmp_path / "data"
    file = bytearray((data / "loggia.db").read_bytes())
    file[5 * 4096 + 100] ^= 1
    (data / "loggia.db").write_bytes(file)
    use(monkeypatch, NEW)
    before = content(data)
    with pytest.raises(StorageBroken, match="is damaged and cannot be brought from format 2 to 3"):
        Log(data, "new")
    assert content(data)["loggia.db"] == before["loggia.db"]
    (data / "loggia.damage").write_text('[{"room":null,"first":0,"why":"a test"}]')
    with pytest.raises(StorageBroken, match=r"is damaged .*, so it stays as it is"):
        Log(data, "new")


def test_a_backup_of_an_older_version_is_restored(tmp_path, lived, monkeypatch):
    backup(tmp_path / "data", tmp_path / "backup.db", silent())
    before = known(tmp_path / "data")
    use(monkeypatch, NEW)
    restore(tmp_path / "new", tmp_path / "backup.db", silent())
    assert "loggia.db.format-2" not in content(tmp_path / "new"), "the backup is the old file"
    with contextlib.closing(House(tmp_path / "new")) as house:
        assert all_of(house)[:2] == before[:2]
    report = verify.verify(tmp_path / "new", silent())
    assert (report.damage, report.notes) == ([], [])


def test_who_only_reads_says_what_brings_it_here(tmp_path, lived, monkeypatch):
    use(monkeypatch, NEW)
    before = content(tmp_path / "data")
    with pytest.raises(StorageBroken, match="bring it here with `python -m broker upgrade`"):
        verify.verify(tmp_path / "data", silent())
    assert content(tmp_path / "data") == before


@pytest.mark.parametrize("ended", ["data", "killed"])
@pytest.mark.parametrize("number", [1, 3, 99, 2**31 - 1])
def test_a_log_from_which_nothing_leads_here_is_not_touched(tmp_path, lived, ended, number):
    """Also where only the WAL says so, of a broker of a newer version that was killed over its upgrade."""
    data = tmp_path / ended
    use_newer(data / "loggia.db", number, keeps_wal=ended == "killed")
    before = content(data)
    age = "older" if number == 1 else "newer"
    for attempt in (lambda: Log(data, "new"), lambda: verify.verify(data, silent())):
        with pytest.raises(
            StorageBroken, match=f"format {number}, this one reads 2.; use that {age} version"
        ):
            attempt()
        assert content(data) == before


def use_newer(file, number, *, keeps_wal):
    """As a version of that format would leave it."""
    pages = Pages()
    db = apsw.Connection(str(file), vfs=pages.name)
    db.wal_autocheckpoint(0)
    if keeps_wal:
        db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    db.pragma("user_version", number)
    db.close()
    pages.unregister()
    file.with_name("loggia.db-shm").unlink(missing_ok=True)
    in_header = int.from_bytes(file.read_bytes()[60:64], "big")
    assert in_header == (2 if keeps_wal else number)


def test_a_torn_wal_says_nothing_of_a_newer_version(tmp_path, lived):
    """SQLite does not take what is not whole: such a log is the one it was."""
    data = tmp_path / "killed"
    use_newer(data / "loggia.db", 99, keeps_wal=True)
    wal = data / "loggia.db-wal"
    changed = bytearray(wal.read_bytes())
    changed[-4000] ^= 1
    wal.write_bytes(changed)
    log = Log(data, "another life")
    assert (log.epoch, log.damage) == ("epoch-1", [])
    log.close()


def test_every_format_from_the_oldest_on_has_a_step():
    steps = migrations.LOG.steps
    assert sorted(steps) == list(range(min(steps, default=migrations.LOG.newest), migrations.LOG.newest))


def test_nothing_but_a_log_is_looked_at(tmp_path):
    assert data_dir.DATABASE == "loggia.db"
    for made in (b"", b"short", b"x" * 5000):
        (tmp_path / "loggia.db").write_bytes(made)
        assert version(tmp_path / "loggia.db") == 0
    assert version(tmp_path / "nothing") == 0
