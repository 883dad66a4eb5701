# SPDX-License-Identifier: GPL-3.0-only
"""Who may write in a room and what it is about, as far as the log in memory says it, or the broker did. Pure:
no thread, no clock, no Qt."""

import math

from loggia.shared.protocol.events import (
    ClosedEvent,
    ConfiguredEvent,
    CreatedEvent,
    MessageEvent,
    MutedEvent,
    ReopenedEvent,
    RoleEvent,
    StoredEvent,
    SubjectEvent,
    UnmutedEvent,
)
from loggia.shared.protocol.roles import Role

_NOBODY: tuple[str, int, float] = ("", 0, 0.0)


class RoomRules:
    """`closed`: nobody. `announce`: moderators and owners alone. `muted`: I may not, and for good; until when
    else the broker alone knows. `role`: what I am, None where nobody told. `subject`: what the room is about,
    "" where that is not known. `refused`: why the broker took nothing of me, where nothing else says so."""

    def __init__(self) -> None:
        self.closed = self.announce = self.muted = False
        self.role: Role | None = None
        self.subject = self.refused = ""
        self._closed_at = self._announce_at = self._subject_at = self._role_at = 0  # by which entry
        self._quiet: dict[str, tuple[int, float]] = {}  # by account: which entry, until when
        self._taught = _NOBODY  # who is quiet as the broker said, behind which entry, until when
        self._newest = 0  # all up to there is known, or was before the broker told what it is now

    def entered(self, role: Role | None, subject: str | None, head: int) -> None:
        """As the broker says while the log goes to `head`."""
        self.refused = ""
        if me := self._taught[0]:  # it may be over, and was told where nobody heard it; the log's word counts
            self._taught = _NOBODY
            self._tell(me)
        self._newest = max(self._newest, head)
        if role is not None:
            self._role_at, self.role = self._newest, role
        if subject is not None:
            self._subject_at, self.subject = self._newest, subject

    def gap(self) -> None:
        """What was known is of entries behind which others are not known: all of that may be otherwise."""
        self.closed = self.announce = self.muted = False
        self.refused = ""
        self._closed_at = self._announce_at = 0
        self._quiet.clear()
        self._taught = _NOBODY

    def anew(self) -> "RoomRules":
        """Those of a new life of the log: what the broker said when we came in is of that."""
        rules = RoomRules()
        rules.entered(self.role, self.subject, 0)
        return rules

    def take(self, event: StoredEvent, me: str) -> None:
        """One entry of the log, whenever it comes; `me`: my account."""
        if event.seq > self._newest:
            self._newest = event.seq
            if isinstance(event, ReopenedEvent | ConfiguredEvent | RoleEvent | UnmutedEvent):
                self.refused = ""  # as far as anybody knows
            elif isinstance(event, MessageEvent) and event.account == me:
                self._am_heard(event.seq, me)
        match event:
            case ClosedEvent() | ReopenedEvent() if event.seq > self._closed_at:
                self._closed_at, self.closed = event.seq, isinstance(event, ClosedEvent)
            case ConfiguredEvent() if event.seq > self._announce_at:
                self._announce_at, self.announce = event.seq, event.announce
            case SubjectEvent() | CreatedEvent() if event.seq > self._subject_at:
                self._subject_at, self.subject = event.seq, event.subject
            case RoleEvent() if event.target == me and event.seq > self._role_at:
                self._role_at, self.role = event.seq, event.role
            case MutedEvent() | UnmutedEvent() if event.seq > self._quiet.get(event.target, (0, 0.0))[0]:
                self._hush(event.target, event.seq, _ends(event), me)

    def teach(self, code: str, text: str, me: str, ends: float) -> None:
        """The broker took nothing of me, and says why. `ends`: until when, Unix ms by this computer."""
        if code == "muted":
            self._taught = me, self._newest, ends
            self._tell(me)
        elif code == "not_allowed":
            self.refused = text

    def quiet_until(self, account: str) -> float:
        """Until when that account may write nothing, Unix ms, as far as anybody told; 0: it may."""
        return (self._known(account) or (0, 0.0))[1]

    def _am_heard(self, seq: int, me: str) -> None:
        """The broker took what I said, as that entry: I am not kept from writing, whatever was told."""
        self.refused = ""
        if self.quiet_until(me):
            self._hush(me, seq, 0, me)

    def _hush(self, account: str, seq: int, ends: float, me: str) -> None:
        self._quiet[account] = seq, ends
        if account == me:
            self._tell(me)

    def _tell(self, me: str) -> None:
        self.muted = self.quiet_until(me) == math.inf

    def _known(self, account: str) -> tuple[int, float] | None:
        """As whoever spoke last says: the log, by which entry, or the broker, behind which; until when."""
        said, (who, seq, ends) = self._quiet.get(account), self._taught
        if who != account or (said is not None and said[0] > seq):
            return said
        return seq, ends

    def is_closed(self, *, whole: bool) -> bool | None:
        """Whether nobody may write; None: nobody told. `whole`: all of the log is in memory."""
        return self.closed if self._closed_at or whole else None

    def is_quiet(self, account: str, now: int, *, whole: bool) -> bool | None:
        """Whether that account may write nothing now (Unix ms); None: nobody told. `whole`: all of the log is
        in memory."""
        known = self._known(account)
        if known is None:
            return False if whole else None
        return known[1] > now


def _ends(event: MutedEvent | UnmutedEvent) -> float:
    """Until when who is meant may not write, Unix ms."""
    if isinstance(event, UnmutedEvent):
        return 0
    return math.inf if event.until is None else event.until
