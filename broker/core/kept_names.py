"""Who has which nick: those who are here, and those who keep theirs while they are not. Pure.

Those who are here are in memory; who keeps a nick and is not, is on the disk alone, by how the nick looks, so
that a hundred thousand of them cost nothing. docs/decisions/0028-kept-names.md.
"""

from collections.abc import Callable, Mapping, Sequence

from loggia.broker.core import lookalikes
from loggia.broker.core.draft import Draft
from loggia.broker.core.lookalikes import Nicks
from loggia.broker.core.ordered import Command
from loggia.broker.core.state import Person
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.limits import DAY_MS
from loggia.shared.protocol.names import quoted


class Names:
    """`people`: who is here, by account, as they are in the state that this is a part of. `find_keepers`: the
    accounts that keep a nick of one of these looks, as the disk has them; `find`: an account as it is now.
    `find_look`: as `look_upto`, of those who keep a nick, as the disk has them."""

    def __init__(
        self,
        people: Mapping[str, Person],
        draft: Draft,
        find_keepers: Callable[[frozenset[str]], Sequence[Person]],
        find: Callable[[str], Person | None],
        find_look: Callable[[str], str],
    ) -> None:
        self._people = people
        self._draft = draft
        self._find_keepers = find_keepers
        self._find = find
        self._find_look = find_look
        self._nicks = Nicks()
        self._parted: list[str] = []  # who keep a nick, and of whom the disk does not know yet that they left

    def hold(self, person: Person) -> None:
        """The nick that somebody has who is here."""
        self._nicks.hold(person.account, person.nick)

    def part(self, person: Person) -> None:
        """Somebody is not here any more."""
        if person.kept:
            self._parted.append(person.account)
        else:
            self._nicks.free(person.account)

    def settle(self) -> None:
        """What was decided so far is on its way to the disk, which is asked from now on."""
        for account in self._parted:
            if account not in self._people:
                self._nicks.free(account)
        self._parted.clear()

    def holder(self, nick: str, but: str) -> Person | None:
        """Who else than account `but` is here and has a nick that looks like this one."""
        here = self._nicks.holders(lookalikes.looks(nick)) & self._people.keys()
        account = min(here - {but}, default=None)
        return None if account is None else self._people[account]

    def called(self, nick: str) -> Person | None:
        """Who is here and has exactly this nick."""
        account = self._nicks.called(nick)
        return None if account is None else self._people.get(account)

    def meant(self, nick: str) -> str | None:
        """The account of who has this nick, or one that looks like it: is here, or keeps it."""
        person = self.called(nick) or self.holder(nick, but="")
        if person is None:
            person = next(iter(self._keepers(nick, but="")), None)
        return None if person is None else person.account

    def look_upto(self, look: str) -> str:
        """The greatest look that is not above this one, by code points, of all nicks that somebody has who is
        here or keeps it; "": there is none."""
        return max(self._nicks.look_upto(look), self._find_look(look))

    def by_account(self) -> dict[str, frozenset[str]]:
        """The looks of those who are here."""
        return self._nicks.by_account()

    def claim(self, nick: str, person: Person, command: Command) -> Error | None:
        """Let somebody have a nick from now on, or say why not. Who kept it for too long keeps it no
        longer."""
        is_here = person.account in self._people
        if nick == person.nick and (is_here or person.kept):
            return None  # in an older log two may have a look, and each stays who it is
        request_id = command.request.id
        named = None if nick == person.account else self._find(nick)
        if named is not None:  # who an account is, is never two
            text = f"The nickname is how the account of {_of(named)} is written; choose another."
            return Error(id=request_id, code="nick_taken", text=text)
        if self.holder(nick, but=person.account) is not None:
            return Error(id=request_id, code="nick_taken", text=f"The nickname {quoted(nick)} is taken.")
        keepers = self._keepers(nick, but=person.account)
        for keeper in keepers:
            if keeper.seen + command.keep_ms > command.at:
                return _kept_for(request_id, keeper, command)
        for keeper in keepers:
            self.release(keeper)
        return None

    def _keepers(self, nick: str, but: str) -> list[Person]:
        """The others who keep a nick that looks like this one and are not here, for however long that is."""
        alike = lookalikes.looks(nick)
        known = self._people.keys() | self._draft.batch.people.keys()
        found = {person.account for person in self._find_keepers(alike)} - known
        found |= self._nicks.holders(alike) - self._people.keys()
        keepers = [self._find(account) for account in sorted(found - {but})]
        return [keeper for keeper in keepers if keeper is not None]

    def keep(self, person: Person, *, keeps: bool, is_called_else: bool) -> None:
        """Whether somebody keeps the nick from now on; `is_called_else`: it is another than before."""
        if keeps != person.kept or (keeps and is_called_else):
            self._draft.batch.looks[person.number] = lookalikes.looks(person.nick) if keeps else frozenset()
        person.kept = keeps

    def release(self, person: Person) -> None:
        """Somebody keeps the nick no longer, and has it until the session is over, if that is not."""
        self.keep(person, keeps=False, is_called_else=False)
        self._draft.batch.people[person.account] = person
        if person.account not in self._people:
            self._nicks.free(person.account)


def _of(person: Person) -> str:
    return quoted(person.nick) if person.nick else "somebody who was here, and cannot come back,"


def _kept_for(request_id: str, keeper: Person, command: Command) -> Error:
    """The answer to who wants a nick that somebody keeps."""
    wait_ms = keeper.seen + command.keep_ms - command.at
    who, when = quoted(keeper.nick), _ago(command.at - keeper.seen)
    text = (
        f"The nickname is kept for {who}, who was here {when} and may come back within {_in_days(wait_ms)};"
        " choose another, or ask who runs this broker."
    )
    return Error(id=request_id, code="nick_taken", text=text, retry_after_ms=wait_ms)


def _ago(ms: int) -> str:
    return "today" if ms < DAY_MS else f"{_days(ms // DAY_MS)} ago"


def _in_days(ms: int) -> str:
    return _days(-(-ms // DAY_MS))


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
