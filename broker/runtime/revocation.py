"""An operator takes an account from whoever has its token: whose that is, and the command that does it.

For a broker that serves (broker/runtime/pipeline.py) and a log that nobody serves (broker/admin/revoke.py).
Pure but for the log.
"""

from loggia.broker.core.ordered import Command, Revoked
from loggia.broker.core.rooms import RoomsState
from loggia.broker.core.state import Person, is_revoked
from loggia.broker.storage.log import Log
from loggia.shared.protocol.errors import LoggiaError, StorageDamaged
from loggia.shared.protocol.names import canonical, quoted


class Nobody(LoggiaError):
    """No account is meant, or more than one could be."""


def find(who: str, rooms: RoomsState, log: Log) -> Person:
    """Whom an operator means by an account or a nick. Raises Nobody, and StorageDamaged for a damaged log.

    Who is here now is meant before those who had the nick earlier.
    """
    if log.frozen:
        raise StorageDamaged(f"{log.frozen} Restore it first")
    person = rooms.person(who) or log.find_person(who)
    if person is not None:
        if is_revoked(person):
            raise Nobody(f"the token of the account {who} was revoked before")
        return person
    nick = canonical(who)
    called = log.find_called(nick)
    here = [person for person in called if rooms.person(person.account) is not None]
    found = here or called
    if not found:
        raise Nobody(f"nobody here is called {quoted(nick)}, and no account is; see the live log for names")
    if len(found) > 1:
        accounts = ", ".join(sorted(person.account for person in found))
        raise Nobody(f"several accounts were called {quoted(nick)}, so name the one you mean: {accounts}")
    return rooms.person(found[0].account) or found[0]


def command(person: Person, token_hash: bytes, at: int) -> Command:
    """`token_hash`: drawn by chance, so it is that of no token. `at`: Unix ms."""
    return Command(person.account, Revoked(f"{person.account}.{at}", token_hash), at)


def told(person: Person) -> str:
    """In a sentence what is about to be done, for when it is."""
    what = "its session is ended, and the nick is free" if person.present else "the nick is free"
    name = f"{quoted(person.nick)} (account {person.account})"
    if person.visitor:
        return f"{name} came by the front door and has no token; {what}."
    return f"The token of {name} is revoked; {what}."
