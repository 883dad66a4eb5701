# SPDX-License-Identifier: GPL-3.0-only
"""The people in the room on the screen, as rows of a model. GUI thread."""

import msgspec
from loggia.qtclient.models.keyed import KeyedModel, RestRow
from loggia.qtclient.state.emoji import in_line
from loggia.qtclient.state.hues import natural
from loggia.qtclient.state.rows import shown_name
from loggia.qtclient.state.state import WindowState
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.names import quoted
from PyQt6.QtCore import QObject

MOST_ROWS = 1000  # nobody scrolls further, and each change would look at all of them


class PersonRow(msgspec.Struct, frozen=True):
    """One of the people in the room. `hue`: of the name, in degrees."""

    key: str
    member: Member
    me: bool
    known: bool
    hue: int

    @property
    def title(self) -> str:
        """What they are called, and found by."""
        return self.member.nick

    @property
    def online(self) -> bool:
        """For sure, and not only when the connection was there."""
        return self.known and self.member.presence == "online"

    @property
    def word(self) -> str:
        """Presence and more, in words: the sign alone would not be enough."""
        words = (
            ["you"] * self.me
            + ["bot"] * self.member.bot
            + [self.member.role] * (self.member.role != "member")
            + ["away"] * (self.known and self.member.presence == "away")
        )
        return " · ".join(words)

    @property
    def status(self) -> str:
        """What this person says of himself, as far as it is shown in a line."""
        return in_line(shown_name(self.member.status))


class PeopleModel(KeyedModel):
    """Attributes: `count`: how many are in the room as far as it is known; `more`: there are others, too."""

    def __init__(self, state: WindowState, parent: QObject | None = None) -> None:
        super().__init__(_plain_person, parent, tips=True)
        self._state = state
        self.count = 0
        self.more = False
        self._shown: object = None

    def sync(self) -> None:
        mine, known = self._state.me.account, self._state.connected
        here = self._state.here
        shown = (here, here.crowd.told if here else 0, mine, known)
        if shown == self._shown:
            return
        self._shown = shown
        self.count = here.crowd.count if here else 0
        self.more = here.crowd.more if here else False
        hue = here.hues.of if here else natural
        rows: list[PersonRow | RestRow] = [
            PersonRow(member.account, member, member.account == mine, known, hue(member.account))
            for member in self._state.members(MOST_ROWS)
        ]
        if self.count > len(rows):
            rows.append(RestRow.of(self.count - len(rows)))
        self.replace(rows)


def _plain_person(row: PersonRow) -> str:
    words = [quoted(row.member.nick), "online" if row.online else "", row.word, row.status]
    return ", ".join(word for word in words if word)
