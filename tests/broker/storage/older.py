"""A log of an older version, and what brings it here.

What comes behind this version is a planted step that writes all rows anew. Stored logs
of real versions are opened in tests/endtoend/test_upgrades.py.
"""

import contextlib
import io

from loggia.broker.admin.progress import Progress
from loggia.broker.storage import migrations
from loggia.shared.process.migrations import Migrations, number_of

from tests.broker.house import House

OLD = migrations.LOG
NOW, NEXT = OLD.newest, OLD.newest + 1
KEPT = f"loggia.db.format-{NOW}"


def planted_step(db):
    """Writes every row of the log anew, and has a table more."""
    db.execute("CREATE TABLE planted(number INTEGER PRIMARY KEY) WITHOUT ROWID")
    db.execute("CREATE TABLE moved(place INTEGER PRIMARY KEY, chain BLOB NOT NULL, lines BLOB NOT NULL)")
    db.execute("INSERT INTO moved SELECT * FROM chunks")
    db.execute("DROP TABLE chunks")
    db.execute("ALTER TABLE moved RENAME TO chunks")
    db.execute("INSERT INTO planted SELECT number FROM accounts")


NEW = Migrations(NEXT, {NOW: planted_step})


def silent():
    return Progress(io.StringIO(), lambda: 0.0)


def use(monkeypatch, what):
    monkeypatch.setattr(migrations, "LOG", what)


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
