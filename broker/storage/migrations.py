"""What leads from the log of an older version to the tables of this one. SQL.

Each step has the old number, and changes the tables within a transaction (shared/process/migrations.py):
no event, no running hash and no account is changed by it. A test opens a stored folder of each format
(tests/data/). Format 1, of before the first release, had no hashes: nothing leads from there.
"""

from collections.abc import Sequence

import apsw
import msgspec
from loggia.broker.storage import damage, rules, tallies
from loggia.broker.storage.damage import Damage
from loggia.shared.process.migrations import Migrations
from loggia.shared.protocol.errors import StorageBroken


def _many_rooms(db: apsw.Connection) -> None:
    """Batches over many rooms."""
    db.execute("CREATE TABLE mixed(number INTEGER PRIMARY KEY, parts BLOB NOT NULL, lines BLOB NOT NULL)")
    db.execute("ALTER TABLE runs ADD COLUMN ranges BLOB")


def _rights(db: apsw.Connection) -> None:
    """Who may do what in a room. Whoever is here already is no first account of a new broker."""
    db.execute(
        "CREATE TABLE rules("
        " room INTEGER NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY(room, key)"
        ") WITHOUT ROWID"
    )
    if db.execute("SELECT count(*) FROM accounts WHERE NOT visitor").get:
        rules.found(db)


# how nicks look that are not free while nobody is there: broker/core/lookalikes.py, and who changes that
# makes these anew
KEPT_NICKS = """
CREATE TABLE looks(account INTEGER NOT NULL, look TEXT NOT NULL, PRIMARY KEY(account, look)) WITHOUT ROWID;
CREATE INDEX looks_kept ON looks(look);
"""


# what became of a message, by its place (docs/decisions/0030-messages-that-change.md); and the messages of a
# thread, by the place of the one it began with
MESSAGE_STATES = """
CREATE TABLE message_states(place INTEGER PRIMARY KEY, state BLOB NOT NULL);
CREATE TABLE threads(
    root INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY(root, place)
) WITHOUT ROWID;
-- where texts were wiped: the place of the last event of a part, its first one, and the hash of what is left
CREATE TABLE seals(place INTEGER PRIMARY KEY, first INTEGER NOT NULL, digest BLOB NOT NULL);
"""


def _rooms_to_live_in(db: apsw.Connection) -> None:
    """Nicks that accounts keep, what they say of themselves, and what became of messages."""
    for number in ("kept", "seen"):
        db.execute(f"ALTER TABLE accounts ADD COLUMN {number} INTEGER NOT NULL DEFAULT 0")
    for text in ("status", "status_id"):
        db.execute(f"ALTER TABLE accounts ADD COLUMN {text} TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE accounts ADD COLUMN status_at INTEGER NOT NULL DEFAULT 0")
    db.execute(KEPT_NICKS)
    db.execute(MESSAGE_STATES)


# at the end of each block of events, by its place: how many messages there were in the room, and in the block
# of whom; which messages are deleted, and whose they are; whom which mean; how far who has read, and what was
# counted up to there (docs/decisions/0035-how-far-somebody-has-read.md)
READING = """
CREATE TABLE tallies(place INTEGER PRIMARY KEY, messages INTEGER NOT NULL);
CREATE TABLE spoken(
    account TEXT NOT NULL, place INTEGER NOT NULL, messages INTEGER NOT NULL, PRIMARY KEY(account, place)
) WITHOUT ROWID;
CREATE TABLE deleted(place INTEGER PRIMARY KEY, account TEXT NOT NULL);
CREATE TABLE mentions(
    place INTEGER NOT NULL, account TEXT NOT NULL, PRIMARY KEY(place, account)
) WITHOUT ROWID;
CREATE INDEX mentions_of ON mentions(account, place);
CREATE TABLE marks(
    account INTEGER NOT NULL, room INTEGER NOT NULL, seq INTEGER NOT NULL, messages INTEGER NOT NULL,
    own INTEGER NOT NULL, PRIMARY KEY(account, room)
) WITHOUT ROWID;
"""


def _reading(db: apsw.Connection) -> None:
    """How far people have read, and what is counted for that."""
    db.execute(READING)
    try:
        tallies.make_all(db)
    except msgspec.MsgspecError as reason:
        raise apsw.CorruptError(f"an event cannot be read: {reason}") from reason


LOG = Migrations(newest=6, steps={2: _many_rooms, 3: _rights, 4: _rooms_to_live_in, 5: _reading})


def check(number: int) -> None:
    """Raises StorageBroken when nothing leads here from tables of this number."""
    if number not in (0, LOG.newest) and not LOG.leads_from(number):
        raise StorageBroken(f"the log was {written(number)}; {advice(number)} or another --data folder")


def check_undamaged(number: int, found: Sequence[Damage]) -> None:
    """Raises StorageBroken when a log of this number is damaged: what is left, its own version reads best."""
    if found and number not in (0, LOG.newest):
        raise damaged(number, damage.in_words(found))


def damaged(number: int, why: str) -> StorageBroken:
    """What is said of a log of this number, an older one, that is damaged."""
    return StorageBroken(
        f"the log is damaged ({why}) and was {written(number)}, so it stays as it is: put a backup in its "
        "place with `restore`, or go on with the version that wrote it, whose `verify` says what is left and "
        "whose `export` saves that"
    )


def written(number: int) -> str:
    """By whom a log was that has tables of this number."""
    return f"written by another version of Loggia (format {number}, this one reads {LOG.newest})"


def advice(number: int) -> str:
    """What to do with a log from which nothing leads here."""
    return f"use that {'newer' if number > LOG.newest else 'older'} version"
