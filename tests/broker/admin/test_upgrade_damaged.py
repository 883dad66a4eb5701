"""A log of an older version that is damaged: clear words wherever it is met, and nothing of it is touched."""

import argparse
import shutil
from contextlib import closing

import pytest
from loggia.broker.admin import export, restore, upgrade, verify
from loggia.broker.storage import data_dir
from loggia.broker.storage.log import Log
from loggia.broker.storage.page_checksums import PAGE_BYTES
from loggia.shared.protocol.errors import StorageBroken

from tests.broker.disks import flip
from tests.broker.storage.older import silent
from tests.stored import FORMATS, content, unpack

WORDS = (
    r"the log is damaged \(page {page} .*is not what was written\) and was written by another version of "
    r"Loggia \(format {number}, this one reads 6\), so it stays as it is: put a backup in its place with "
    r"`restore`, or go on with the version that wrote it, whose `verify` says what is left and whose "
    r"`export` saves that$"
)


def flags(**more):
    return argparse.Namespace(**more)


TRIES = {
    "a start": lambda data: Log(data, "new"),
    "upgrade": lambda data: upgrade.run(data, flags(check=False), silent()),
    "upgrade --check": lambda data: upgrade.run(data, flags(check=True), silent()),
    "verify": lambda data: verify.run(data, flags(), silent()),
}


@pytest.mark.parametrize("page", [1, 2, 6])
@pytest.mark.parametrize("name", FORMATS)
def test_what_is_said_of_it_leads_somewhere(tmp_path, name, page):
    unpack(name, tmp_path)
    data = tmp_path / "log"
    shutil.copy(data / data_dir.DATABASE, tmp_path / "backup.db")
    flip(data / data_dir.DATABASE, page * PAGE_BYTES - 1000)
    before = content(data)
    for attempt in TRIES.values():
        with pytest.raises(StorageBroken, match=WORDS.format(page=page, number=name.split("-")[1])):
            attempt(data)
        now = content(data)
        assert {file: now[file] for file in before} == before
        assert now.get(data_dir.WAL, b"") == b""
        assert not list(data.glob("*.format-*"))
    restore.restore(data, tmp_path / "backup.db", silent())
    with closing(Log(data, "new")) as log:
        assert log.damage == []
        assert len(log.load_rooms()) == 2


def test_one_that_is_sound_is_sent_to_the_upgrade(tmp_path):
    unpack(FORMATS[-1], tmp_path)
    for attempt in (TRIES["verify"], lambda data: export.run(data, flags(), silent())):
        with pytest.raises(StorageBroken, match='bring it here with the command "upgrade"'):
            attempt(tmp_path / "log")
    assert TRIES["upgrade --check"](tmp_path / "log") == 0
