"""A log as it is at one moment, for tools that only read, beside a running broker too. Any thread."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
from loggia.broker.storage.chunks import Chunks
from loggia.broker.storage.database import Database
from loggia.broker.storage.event_rows import DAMAGE
from loggia.shared.process import ownership
from loggia.shared.protocol.errors import StorageBroken, StorageDamaged


class LogSnapshot:
    """Attributes: `epoch`; `rooms`, names by number; `events`, how many, where that can be read.

    `connection` and `chunks` read in the transaction of that moment.
    """

    def __init__(self, database: Database) -> None:
        self.connection = database.connection
        self.chunks = Chunks(database.connection)
        self.epoch = database.epoch
        self.rooms: dict[int, str] = dict(
            self.connection.execute("SELECT number, name FROM rooms ORDER BY number")
        )
        self.events = sum(map(self.head, self.rooms))

    def head(self, number: int) -> int:
        """The newest seq of a room; 0 where that cannot be read."""
        try:
            return self.chunks.head(number)
        except DAMAGE:
            return 0


@contextmanager
def snapshot(file: Path, called: Path | None = None) -> Iterator[LogSnapshot]:
    """What is in this file, and in the WAL beside it, whoever writes meanwhile.

    `called`: the file that it is a copy of, for those who never heard of that.
    Raises StorageBroken, StorageDamaged.
    """
    name = called or file
    if not file.is_file():
        raise StorageBroken(f"there is no log at {name}; name its folder with --data")
    try:
        with closing(Database(file, None)) as database:
            # at its end a connection would empty the WAL, which may be the only proof of what is missing
            database.connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            with ownership.rights_of_owner(file.parent):  # its WAL is opened when it is read first
                database.connection.execute("BEGIN")
                log = LogSnapshot(database)
            yield log
            if not database.connection.get_autocommit():  # a page that could not be read has ended it already
                database.connection.execute("ROLLBACK")
    except DAMAGE as reason:
        raise StorageDamaged(f"the log at {name} is not what was written: {reason}") from reason
    except apsw.CantOpenError as reason:
        raise StorageBroken(
            f"the log at {name} cannot be opened: {reason}; look whether it is yours, and if the disk is "
            "read-only, copy the whole folder to one that is not, and name that with --data"
        ) from reason
    except apsw.Error as reason:
        raise StorageBroken(f"the log at {name} cannot be read: {reason}") from reason
