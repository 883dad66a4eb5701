"""What an operator does with an account: whose that is, and the command that does it.

For a broker that serves (broker/runtime/pipeline.py) and a log that nobody serves (broker/admin/accounts.py).
Pure but for the log.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

from loggia.broker.core.ordered import Appointed, Command, Released, Revoked
from loggia.broker.core.rooms import RoomsState
from loggia.broker.core.state import Person, is_revoked
from loggia.broker.storage.log import Log
from loggia.shared.protocol.errors import LoggiaError, StorageDamaged
from loggia.shared.protocol.names import canonical, quoted

Act = Literal["revoke", "own", "release"]


class Nobody(LoggiaError):
    """No account is meant, or more than one could be."""


def find(who: str, rooms: RoomsState, log: Log) -> Person:
    """Whom an operator means by an account or a nick. Raises Nobody, and StorageDamaged for a damaged log.

    Who is here now is meant before who keeps the nick, and that one before those who had it earlier.
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
    found = here or [person for person in called if person.kept] or called
    if not found:
        raise Nobody(f"nobody here is called {quoted(nick)}, and no account is; see the live log for names")
    if len(found) > 1:
        accounts = ", ".join(sorted(person.account for person in found))
        raise Nobody(f"several accounts were called {quoted(nick)}, so name the one you mean: {accounts}")
    return rooms.person(found[0].account) or found[0]


def prepared(act: Act, who: str, rooms: RoomsState, log: Log, chance: bytes, at: int) -> tuple[Command, str]:
    """What is to be ordered, and in a sentence what that does. `chance`: 32 bytes; `at`: Unix ms.

    Raises as `find` does, and LoggiaError where it cannot be done with that account.
    """
    person = find(who, rooms, log)
    does = _ACTS[act]
    return Command(person.account, does.request(f"{person.account}.{at}", chance), at), does.told(person)


def _revoked(person: Person) -> str:
    what = "its session is ended, and the nick is free" if person.present else "the nick is free"
    name = f"{quoted(person.nick)} (account {person.account})"
    if person.visitor:
        return f"{name} came by the front door and has no token; {what}."
    return f"The token of {name} is revoked; {what}."


def _owned(person: Person) -> str:
    name = f"{quoted(person.nick)} (account {person.account})"
    if person.visitor:
        raise LoggiaError(f"{name} came by the front door, and nobody can come back to that account")
    return f"{name} owns this broker, and each room that it may read."


def _released(person: Person) -> str:
    name = f"{quoted(person.nick)} (account {person.account})"
    if not person.kept:
        when = "when its session is over" if person.present else "now"
        raise LoggiaError(f"{name} does not keep that nick: it is free {when}")
    if person.present:
        return f"{name} keeps that nick no longer: it is free when its session is over, unless it asks again."
    return f"{name} keeps that nick no longer: it is free."


class _Act(NamedTuple):
    """`request`: what is ordered, by its id and chance; `told`: of whom that is."""

    request: Callable[[str, bytes], Revoked | Appointed | Released]
    told: Callable[[Person], str]


_ACTS: dict[Act, _Act] = {
    "revoke": _Act(Revoked, _revoked),  # the hash is drawn by chance, so it is that of no token
    "own": _Act(lambda request_id, _: Appointed(request_id), _owned),
    "release": _Act(lambda request_id, _: Released(request_id), _released),
}
