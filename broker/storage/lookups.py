"""What is asked of a log while it is decided what comes next: who that is, and what was answered. SQL."""

from collections.abc import Iterable
from contextlib import AbstractContextManager

from loggia.broker.core.state import Person
from loggia.broker.storage.accounts import Accounts
from loggia.broker.storage.event_rows import place_of
from loggia.broker.storage.request_ids import RequestIds
from loggia.broker.storage.tallies import Tallies
from loggia.shared.protocol.answers import Stored


class Lookups:
    """A part of a Log, in its thread. Everything raises StorageDamaged."""

    _accounts: Accounts
    _ids: RequestIds
    _tallies: Tallies

    def _reading(self) -> AbstractContextManager[None]:
        """What is read within it is damaged where it cannot be read."""
        raise NotImplementedError

    def place_of(self, room: int) -> int:
        """The key of seq 0 of a room."""
        return place_of(room, 0)

    def find_account(self, token_hash: bytes) -> Person | None:
        """The owner of a token, awake or not."""
        with self._reading():
            return self._accounts.owner(token_hash)

    def find_person(self, account: str) -> Person | None:
        """An account, awake or not."""
        with self._reading():
            return self._accounts.named(account)

    def find_called(self, nick: str) -> list[Person]:
        """All accounts that have this nick, or had it last, awake or not."""
        with self._reading():
            return self._accounts.called(nick)

    def find_keepers(self, looks: Iterable[str]) -> list[Person]:
        """All accounts that keep a nick of one of these looks."""
        with self._reading():
            return self._accounts.keepers(looks)

    def find_look(self, look: str) -> str:
        """The greatest look of a nick that somebody keeps, and that is not above this one; "": none."""
        with self._reading():
            return self._accounts.look_upto(look)

    def find_answer(self, person: Person, request_id: str) -> Stored | None:
        """What was answered when this account stored under this id, or None."""
        with self._reading():
            return self._ids.answer(person, request_id)

    def find_mark(self, account: int, room: int) -> int:
        """Up to where an account has read a room, both by number; 0: it never said so."""
        with self._reading():
            return self._tallies.marked(account, room).seq
