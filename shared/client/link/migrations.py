"""What leads from the copies that older versions kept to the tables of this one. SQL.

Each step has the old number, and changes the tables within a transaction (shared/process/migrations.py).
Entries stay as they came. A test opens a stored file of each format (tests/data/).
"""

import apsw
from loggia.shared.client.link import changes
from loggia.shared.client.link.tables import CHANGE
from loggia.shared.process.migrations import Migrations

_FROM_1 = """
CREATE TABLE account (place INTEGER PRIMARY KEY, account TEXT NOT NULL UNIQUE, token TEXT NOT NULL);
INSERT INTO account SELECT 1, whose.value, token.value FROM meta AS whose, meta AS token
    WHERE whose.key = 'account' AND token.key = 'token'
    AND whose.value IS NOT NULL AND token.value IS NOT NULL;
DELETE FROM meta WHERE key IN ('account', 'token');
ALTER TABLE copy ADD COLUMN handled INTEGER;
UPDATE copy SET handled =
    (SELECT seq FROM handled WHERE handled.room = copy.room AND handled.epoch = copy.epoch);
DROP TABLE handled;
"""


def _from_1(db: apsw.Connection) -> None:
    """Who the program was in other logs is kept, too; what was handled belongs to a copy."""
    db.execute(_FROM_1)


def _from_2(db: apsw.Connection) -> None:
    """Which events change a message is noted, also of those whose ops this program did not know before."""
    db.execute("ALTER TABLE outbox ADD COLUMN thread INTEGER")
    db.execute(CHANGE)
    changes.note_all(db)


REPLICA = Migrations(newest=3, steps={1: _from_1, 2: _from_2})
