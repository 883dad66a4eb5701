"""What people say of themselves, which stands beside their nick and in no room's log. Pure.

It is kept with the account, over sessions and restarts, until it says something else or its token is revoked.
"""

from collections.abc import Iterable, Mapping

from loggia.broker.core.draft import Draft, exceeds
from loggia.broker.core.ordered import Command, Result
from loggia.broker.core.refusals import ended, stands_still
from loggia.broker.core.state import Person
from loggia.shared.protocol.answers import Stored
from loggia.shared.protocol.requests import SetStatus


class Statuses:
    """`people`: who is here, by account. `frozen`: why nothing may be stored, if so."""

    def __init__(self, people: Mapping[str, Person], draft: Draft, frozen: str) -> None:
        self._people = people
        self._draft = draft
        self._frozen = frozen

    def set(self, command: Command) -> Result:
        """What it says of itself now."""
        request = command.request
        assert isinstance(request, SetStatus)
        person = self._people.get(command.account)
        if person is None:
            return ended(request.id)
        if (first := self.first_answer(person, request)) is not None:
            return first
        if self._frozen:
            return stands_still(request.id, self._frozen)
        if request.text != person.status:
            person.status = request.text
            self.tell(person, person.rooms)
        person.status_id, person.status_at = request.id, command.at
        self._draft.batch.people[person.account] = person
        answer = Stored(request.id, "", 0, command.at)
        return self._draft.remember(person, answer, None, exceeds(request.id, person.largest_id))

    def first_answer(self, person: Person, request: SetStatus) -> Stored | None:
        """What it was answered, if it was one, or the id is that of something else. Of the last one it is
        kept with the account, which is all that older versions did."""
        if request.id == person.status_id:
            return Stored(request.id, "", 0, person.status_at, duplicate=True)
        is_new = exceeds(request.id, person.largest_id)
        return None if is_new else self._draft.first_answer(person, request.id)

    def tell(self, person: Person, rooms: Iterable[str]) -> None:
        """These rooms hear it, when it is on the disk."""
        self._draft.batch.statuses += [(person.account, name) for name in sorted(rooms)]
