"""The rows of who may do what: one for each thing that somebody said of a room. In its connection's thread.
SQL.

All of it follows from the events of the rooms, but for who is an owner of the broker, which stands under 0.
"""

from collections.abc import Mapping

import apsw
from loggia.broker.core.rules import Rules

BROKER = 0  # no room has this number
_OWNERS = "owners/"
_APPOINTED = b"appointed"  # by who runs the broker
_FOUNDED = "founded"  # somebody was here who is, or could have been, the first owner
_PUT = "INSERT OR REPLACE INTO rules VALUES(?, ?, ?)"
_DROP = "DELETE FROM rules WHERE room = ? AND key = ?"


def store(
    db: apsw.Connection, changed: Mapping[tuple[int, str], bytes | None], owners: Mapping[str, bool]
) -> None:
    """By room and key, what is another now; and who is an owner of the broker from now on, as of `Room`."""
    for (room, key), value in changed.items():
        if value is None:
            db.execute(_DROP, (room, key))
        else:
            db.execute(_PUT, (room, key, value))
    for account, appointed in owners.items():
        db.execute(_PUT, (BROKER, f"{_OWNERS}{account}", _APPOINTED if appointed else b""))
        found(db)


def found(db: apsw.Connection) -> None:
    """From now on nobody becomes an owner by being the first."""
    db.execute(_PUT, (BROKER, _FOUNDED, b""))


def rows(db: apsw.Connection) -> dict[tuple[int, str], bytes]:
    """What is kept of rooms, by number and key."""
    sql = "SELECT room, key, value FROM rules WHERE room != ?"
    return {(room, key): value for room, key, value in db.execute(sql, (BROKER,))}


def load(db: apsw.Connection) -> tuple[dict[int, Rules], dict[str, bool], bool]:
    """By room; who is an owner of the broker; and whether nobody was here yet who could be one.

    Raises apsw.Error, msgspec.MsgspecError.
    """
    by_room: dict[int, Rules] = {}
    owners, founding = dict[str, bool](), True
    for room, key, value in db.execute("SELECT room, key, value FROM rules"):
        if room != BROKER:
            by_room.setdefault(room, Rules()).take(key, value)
        elif key == _FOUNDED:
            founding = False
        else:
            owners[key.removeprefix(_OWNERS)] = value == _APPOINTED
    return by_room, owners, founding
