# SPDX-License-Identifier: GPL-3.0-only
"""Which entries are missing so that a room can be shown from where it was read to, or so that a mention is
found; and whether those that come are still waited for. Pure: no thread, no clock, no Qt.
"""

from collections.abc import Sequence

from loggia.qtclient.state.kept_rows import KeptRows
from loggia.qtclient.state.reading import ReadSoFar
from loggia.qtclient.state.stay import Stay
from loggia.shared.protocol.events import InvitedEvent, StoredEvent
from loggia.shared.protocol.roles import RoomKind

MOST_OLDER = 1000  # entries asked for at once, on the way back to what is not read yet
ABOVE = 50  # entries in front of that, which fill the screen above it


class Opening:
    """Of the room with these rows, that reading, those stays."""

    def __init__(self, kept: KeptRows, reading: ReadSoFar, stay: Stay) -> None:
        self._kept = kept
        self._reading = reading
        self._stay = stay
        self._to_line = 0  # the page before this entry is asked for, to show the room from the line on
        self._before_known = False  # what is asked for stands right before what is known
        self._stray = False  # what is asked for is of a visit that is over

    def first_seen(self, head: int, kind: RoomKind) -> None:
        """The broker has us in the room, whose log goes to `head`. Where nothing was ever read, what was said
        so far is read in a public one; in another one nothing is, from where we were let in."""
        begin = head if kind == "public" else 0
        if self._reading.begins_at(begin):
            self._stay.starts_at(begin)

    def heard(self, event: StoredEvent, me: str) -> None:
        """An entry that is in memory now; `me`: my account."""
        if isinstance(event, InvitedEvent) and event.target == me and self._reading.let_in(event.seq):
            self._stay.starts_at(event.seq)

    def wanted(self, *, mention: bool = False) -> int:
        """How many entries are to be asked for, so that the room can be shown from the line on; or so that an
        unread `mention` is found. 0: none."""
        mark = (self._reading.mark if mention else self._stay.line) or 0
        oldest, known = self._kept.oldest, self._reading.known_from
        if not oldest or not (known > mark + 1 if mention else self._stay.waits):
            return 0
        if mention:
            return min(known - 1 - mark + ABOVE, MOST_OLDER)
        if self._is_far:
            return MOST_OLDER
        return 0 if self._kept.at_top or oldest <= mark else min(oldest - 1 - mark + ABOVE, MOST_OLDER)

    @property
    def before_mention(self) -> int:
        """As `before` of the LoadOlder that an unread mention may be found by."""
        known = self._reading.known_from
        return self._kept.before if known == self._kept.oldest else known

    def take_before(self, *, mention: bool = False) -> int:
        """As `before` of the LoadOlder that asks for them now."""
        if mention:
            self._before_known = self._reading.known_from != self._kept.oldest
            return self.before_mention
        if self._is_far:
            self._to_line = min((self._stay.line or 0) + MOST_OLDER - ABOVE, self._kept.newest) + 1
            return self._to_line
        return self._kept.before

    def take(self, events: Sequence[StoredEvent], *, more: bool) -> bool:
        """A page came, or none; `more`: there is something before it. Whether somebody looks at the room, and
        is still there where it was asked for; else it has rows only where it stands beside others."""
        if self._before_known and not events and not more:
            self._reading.known_from = 1
        stray, to_line = self._stray, self._to_line
        self._stray, self._before_known, self._to_line = False, False, 0
        if not events or self._kept.joins(events):
            return True
        moved = to_line == events[-1].seq + 1 and not self._stay.opening
        return self._stay.on and not stray and not moved

    def look_away(self, *, loading: bool) -> None:
        """The visit ends. `loading`: a page is asked for, which would be of another one."""
        self._stray = loading

    @property
    def _is_far(self) -> bool:
        """What the room is shown from is not among the next entries to come into memory, and what is
        unread in between is known: it is gone to at once, and the rest is read when somebody goes there."""
        line, kept = self._stay.line or 0, self._kept
        is_near = kept.oldest - 1 - line + ABOVE <= MOST_OLDER and kept.last > line
        return not is_near and self._reading.known_from <= line + 1
