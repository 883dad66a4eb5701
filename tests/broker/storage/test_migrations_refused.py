"""A log from which nothing leads to this version is not touched."""

import apsw
import pytest
from loggia.broker.admin import verify
from loggia.broker.storage import data_dir
from loggia.broker.storage.log import Log
from loggia.broker.storage.page_checksums import Pages
from loggia.shared.protocol.errors import StorageBroken

from tests.broker.storage.older import NEXT, NOW, silent, version
from tests.stored import content


@pytest.mark.parametrize("ended", ["data", "killed"])
@pytest.mark.parametrize("number", [1, NEXT, 99, 2**31 - 1])
def test_a_log_from_which_nothing_leads_here_is_not_touched(tmp_path, lived, ended, number):
    """Also where only the WAL says so, of a broker of a newer version that was killed over its upgrade."""
    data = tmp_path / ended
    use_newer(data / "loggia.db", number, keeps_wal=ended == "killed")
    before = content(data)
    age = "older" if number == 1 else "newer"
    for attempt in (lambda: Log(data, "new"), lambda: verify.verify(data, silent())):
        with pytest.raises(
            StorageBroken, match=f"format {number}, this one reads {NOW}.; use that {age} version"
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
    assert in_header == (NOW if keeps_wal else number)


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


def test_nothing_but_a_log_is_looked_at(tmp_path):
    assert data_dir.DATABASE == "loggia.db"
    for made in (b"", b"short", b"x" * 5000):
        (tmp_path / "loggia.db").write_bytes(made)
        assert version(tmp_path / "loggia.db") == 0
    assert version(tmp_path / "nothing") == 0
