"""The rows of accounts: who owns a token, who is where, who is forgotten. In its connection's thread. SQL.

The account of a visitor of the front door goes with its session: nobody can come back to it, its messages say
by themselves whose they are, and the front door sends no id again that was stored.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import apsw
import msgspec
from loggia.broker.core.state import Person

_LAST = (
    "SELECT max(coalesce((SELECT max(number) FROM accounts), 0),"
    " coalesce((SELECT value FROM meta WHERE key = 'last_account'), 0))"
)
# the number is whose row it is: an account or a token that somebody else has is refused
_STORE = (
    "INSERT INTO accounts VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT(number) DO UPDATE SET account = excluded.account,"
    " token = excluded.token, nick = excluded.nick, bot = excluded.bot, visitor = excluded.visitor,"
    " present = excluded.present, kept = excluded.kept, seen = excluded.seen,"
    " status = excluded.status, status_id = excluded.status_id, status_at = excluded.status_at"
)
_ENTER = "INSERT OR IGNORE INTO members VALUES(?, ?)"
_LEAVE = "DELETE FROM members WHERE account = ? AND room = ?"
_NUMBER = "SELECT number FROM accounts WHERE account = ?"
_FORGET = (
    "DELETE FROM accounts WHERE number = ?",
    "DELETE FROM members WHERE account = ?",
    "DELETE FROM runs WHERE account = ?",
    "DELETE FROM strays WHERE account = ?",
)
_LISTED = "SELECT * FROM accounts WHERE nick != ''"
_PLACES = "SELECT account, name FROM members JOIN rooms ON number = room ORDER BY name"
_KEEP = "INSERT INTO looks VALUES(?, ?)"
_KEEP_NONE = "DELETE FROM looks WHERE account = ?"
_KEEPERS = "SELECT accounts.* FROM looks JOIN accounts ON number = looks.account WHERE look = ? AND kept"
_LOOK_UPTO = "SELECT max(look) FROM looks WHERE look <= ?"
_LEFT_OVER = (
    "SELECT number FROM accounts WHERE visitor AND NOT present AND number > ? ORDER BY number LIMIT ?"
)

Row = tuple[int, str, bytes, str, int, int, int, int, int, str, str, int]


class Listed(msgspec.Struct):
    """An account, for people. `seen`: when its session began or ended last, Unix ms; None: nobody wrote it
    down. `here`: its session is not over. `rooms`: which it is in, or comes back to.
    """

    nick: str
    account: str
    seen: int | None
    here: bool
    kept: bool
    bot: bool
    visitor: bool
    rooms: list[str]


class Accounts:
    """Those of one log. Everything raises apsw.Error."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db

    def last(self) -> int:
        """The largest number that an account ever had; older versions kept it only as long as the account."""
        return int(self._db.execute(_LAST).get)

    def present(self) -> list[Person]:
        """Those whose session is not over."""
        return [self._person(row) for row in self._db.execute("SELECT * FROM accounts WHERE present")]

    def owner(self, token_hash: bytes) -> Person | None:
        """The owner of a token, whether its session is over or not."""
        for row in self._db.execute("SELECT * FROM accounts WHERE token = ?", (token_hash,)):
            return self._person(row)
        return None

    def named(self, account: str) -> Person | None:
        """The person with this account, whether its session is over or not."""
        for row in self._db.execute("SELECT * FROM accounts WHERE account = ?", (account,)):
            return self._person(row)
        return None

    def called(self, nick: str) -> list[Person]:
        """All that have this nick, or had it last; several may have had it one after the other."""
        return [
            self._person(row) for row in self._db.execute("SELECT * FROM accounts WHERE nick = ?", (nick,))
        ]

    def listed(self) -> list[Listed]:
        """All that anybody can be called by."""
        rooms: dict[int, list[str]] = {}
        for number, name in self._db.execute(_PLACES):
            rooms.setdefault(number, []).append(name)
        return [
            Listed(
                nick,
                account,
                seen or None,
                bool(here),
                bool(kept),
                bool(bot),
                bool(visitor),
                rooms.get(number, []),
            )
            for number, account, _, nick, bot, visitor, here, kept, seen, *_ in self._db.execute(_LISTED)
        ]

    def keepers(self, looks: Iterable[str]) -> list[Person]:
        """All that keep a nick of one of these looks."""
        found = {row[0]: row for look in looks for row in self._db.execute(_KEEPERS, (look,))}
        return [self._person(found[number]) for number in sorted(found)]

    def look_upto(self, look: str) -> str:
        """The greatest look of a nick that is kept, and that is not above this one, by code points; "":
        none."""
        return self._db.execute(_LOOK_UPTO, (look,)).get or ""

    def keep(self, looks: Mapping[int, Iterable[str]]) -> None:
        """By account, the looks of the nick that it keeps now; none where it keeps none."""
        for number, some in looks.items():
            self._db.execute(_KEEP_NONE, (number,))
            self._db.executemany(_KEEP, [(number, look) for look in sorted(some)])

    def store(
        self, people: Iterable[Person], members: Mapping[tuple[int, int], bool], last_account: int
    ) -> None:
        """People as they are now; `members`: by account and room, whether it is in it.

        `last_account`: the largest number that an account ever had; 0 if it is the same as before.
        """
        self._db.executemany(
            _STORE,
            [
                (
                    *(p.number, p.account, p.token_hash, p.nick, p.bot, p.visitor, p.present, p.kept, p.seen),
                    *(p.status, p.status_id, p.status_at),
                )
                for p in people
            ],
        )
        for member, is_in in members.items():
            self._db.execute(_ENTER if is_in else _LEAVE, member)
        if last_account:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES('last_account', ?)", (last_account,))

    def belong(self, rooms: Mapping[int, Collection[str]]) -> int:
        """Who belongs to rooms, by number, and nobody else, as far as the accounts are known here. Returns
        how many rows were others."""
        found: dict[int, set[int]] = {room: set() for room in rooms}
        for account, room in self._db.execute("SELECT account, room FROM members"):
            if room in found:
                found[room].add(account)
        changed = 0
        for room, accounts in rooms.items():
            numbers = (self._db.execute(_NUMBER, (account,)).get for account in accounts)
            wanted = {number for number in numbers if number is not None}
            for number in wanted ^ found[room]:
                self._db.execute(_ENTER if number in wanted else _LEAVE, (number, room))
                changed += 1
        return changed

    def forget(self, numbers: Sequence[int]) -> None:
        """Nothing needs these any more."""
        for sql in _FORGET if numbers else ():
            self._db.executemany(sql, [(number,) for number in numbers])

    def left_over(self, most: int) -> Iterator[list[int]]:
        """Visitors who are gone and are still here, `most` at a time."""
        last = 0
        while numbers := [number for (number,) in self._db.execute(_LEFT_OVER, (last, most))]:
            yield numbers
            last = numbers[-1]

    def _person(self, row: Row) -> Person:
        number, account, token_hash, nick, bot, visitor, present, kept, seen, *_ = row
        *_, status, status_id, status_at = row
        rooms = self._db.execute(
            "SELECT name FROM members JOIN rooms ON number = room WHERE account = ? ORDER BY room", (number,)
        )
        largest_id = self._db.execute(
            "SELECT largest_id FROM runs WHERE account = ? ORDER BY length DESC, largest_id DESC LIMIT 1",
            (number,),
        ).get
        return Person(
            number=number,
            account=account,
            token_hash=token_hash,
            nick=nick,
            bot=bool(bot),
            visitor=bool(visitor),
            present=bool(present),
            kept=bool(kept),
            seen=seen,
            status=status,
            status_id=status_id,
            status_at=status_at,
            largest_id=largest_id or "",
            rooms={name for (name,) in rooms},
        )
