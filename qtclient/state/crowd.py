# SPDX-License-Identifier: GPL-3.0-only
"""Who is in one room, in the order in which they are shown. Pure: no thread, no clock, no Qt."""

from bisect import bisect_left, insort
from collections.abc import Sequence

from loggia.qtclient.state.rows import shown_name
from loggia.shared.client.updates import PeopleChanged
from loggia.shared.protocol.answers import Member
from msgspec import structs

MOST_PEOPLE = 20_000  # of a room that are sorted and shown; the others are counted
Rank = tuple[bool, str, str]  # where somebody stands in the list


class Crowd:
    """`count` of them, some of whom are `members`, by account; `more`: and others. `told`: how often that was
    another. `asked`: we have asked who the others are."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self._ranks: list[Rank] = []  # of those, in their order
        self.told = 0
        self.count = 0
        self.more = self.asked = False

    def are(self, members: Sequence[Member], *, more: bool = False) -> None:
        self.count, self.more = len(members), more
        self.members = {member.account: shown_member(member) for member in members[:MOST_PEOPLE]}
        self._ranks = sorted(map(_rank, self.members.values()))
        self.told += 1

    def changed(self, change: PeopleChanged) -> None:
        """Each costs about the same, however many are there."""
        for account in [*change.gone, *(member.account for member in change.members)]:
            before = self.members.pop(account, None)
            if before is not None:
                self.count -= 1
                del self._ranks[bisect_left(self._ranks, _rank(before))]
        for member in change.members:
            self.count += 1
            if len(self.members) < MOST_PEOPLE:
                shown = self.members[member.account] = shown_member(member)
                insort(self._ranks, _rank(shown))
        self.more = change.more
        self.told += 1

    def first(self, most: int) -> list[Member]:
        """At most so many of them: who is there first, then by name."""
        return [self.members[account] for _, _, account in self._ranks[:most]]


def _rank(member: Member) -> Rank:
    return member.presence != "online", member.nick.casefold(), member.account


def shown_member(member: Member) -> Member:
    """A name that no broker allows is cut."""
    nick = shown_name(member.nick)
    return member if nick == member.nick else structs.replace(member, nick=nick)
