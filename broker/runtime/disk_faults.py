"""What is ordered is applied as far as the disk lets it: one that is full, damaged, or cannot be read.

A batch that could not be committed did not happen, and its senders alone hear of it. What can still be done
of it is ordered anew, in smaller batches.
"""

import logging
import math
from collections.abc import Callable

from loggia.broker.core.ordered import Command, Ordered, Released, Result, Revoked, SessionExpired
from loggia.broker.core.rooms import RoomsState
from loggia.broker.runtime.applier import Applied, Applier
from loggia.broker.sessions.answering import unreadable
from loggia.broker.storage.log import Log
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.errors import Code, StorageBroken, StorageDamaged, StorageFull
from loggia.shared.protocol.requests import Join

WRITTEN_S = 1.0  # after a write was taken it is believed so long that another one would be
FULL_PAUSE_S = 1.0  # after a refused write the disk is left alone this long

WHY: dict[Code, str] = {
    "storage_full": "The broker's disk is full, so nothing was stored; send this again later.",
    "unavailable": "The broker's disk cannot be read now; ask again later.",
    "internal": "The broker failed at this and stored nothing; send it again, and tell who runs it.",
}

_log = logging.getLogger("loggia")


class DiskFaults:
    """Stands between the order and an applier. `use` hears of the state that is gone on with after a fault.

    Attributes: `void`: what is in memory is not what is on the disk, which could not be read.
    """

    def __init__(self, log: Log, applier: Applier, use: Callable[[RoomsState, float], None]) -> None:
        self._disk = log
        self._applier = applier
        self._use = use
        self._full_until = 0.0
        self._full = False
        self._why_full = ""
        self._written_at = -math.inf
        self.void = False
        self._undone = False  # and people in memory did what was not stored
        self._unreadable = ""  # why, as the log was told
        self._read_again_at = 0.0

    def apply(self, ordered: Ordered, now: float) -> Applied:
        """What came of it. `now`, loop time in s, only says whether a disk that refused is tried again."""
        if self._disk.frozen != self._applier.rooms.frozen:  # damage was found while it was read
            self.void = True
        if self.void and now >= self._read_again_at:
            self._recover(now)
        if not ordered.commands:
            return Applied([])
        if self.void:
            return _refused(ordered, "unavailable")
        if now >= self._full_until:
            return self._commit(ordered, now)
        return self._commit_on_full_disk(ordered, now)

    def unwritable(self, now: float) -> str:
        """Why a write to the log would not be taken now; empty if it would, which is tried for real."""
        is_known = now < max(self._full_until, self._written_at + WRITTEN_S)
        if not (is_known or self.void or self._disk.frozen):
            self._try(now)
        return self.known()

    def known(self) -> str:
        """Why the last write was not taken, or the next would not be; empty if nothing speaks against it."""
        if self._disk.frozen:
            return self._disk.frozen
        if self.void:
            return f"The disk cannot be read: {self._unreadable or 'that is tried again in a moment'}."
        return f"The disk refuses to store: {self._why_full}." if self._full else ""

    def _try(self, now: float) -> None:
        """What is damaged the log has said."""
        try:
            self._disk.try_to_write()
        except StorageFull as reason:
            self._is_full(str(reason), now)
        except StorageDamaged:
            pass
        else:
            self._has_taken(now)

    def _is_full(self, why: str, now: float) -> None:
        self._full_until = now + FULL_PAUSE_S
        if not self._full:
            _log.error("The disk refuses to store: %s. Senders are told; reading goes on.", why)
        self._full, self._why_full = True, why

    def _has_taken(self, now: float) -> None:
        if self._full:
            _log.warning("The disk stores again.")
        self._full, self._written_at = False, now

    def _commit_on_full_disk(self, ordered: Ordered, now: float) -> Applied:
        """Only what may store nothing is tried, each by itself: a repeat, and a session resumed to read."""
        applied = Applied([])
        for command in ordered.commands:
            if isinstance(command.request, Join) and not self.void:
                _add(applied, self._commit(Ordered(ordered.epoch, [command]), now))
            else:
                applied.results.append(self._first_answer(command) or _refusal(command, "storage_full"))
        return applied

    def _first_answer(self, command: Command) -> Result:
        try:
            return None if self.void else self._applier.rooms.first_answer(command)
        except StorageDamaged as damaged:  # what it was answered, if it was
            return unreadable(getattr(command.request, "id", None), damaged)

    def _commit(self, ordered: Ordered, now: float) -> Applied:
        """Stored as one, or else what can be."""
        several = len(ordered.commands) > 1
        try:
            applied = self._applier.apply(ordered)
        except StorageFull as reason:
            self._is_full(str(reason), now)
            self._take_back(now)
            return self._commit_on_full_disk(ordered, now) if several else _refused(ordered, "storage_full")
        except StorageDamaged:  # the log has said it
            self._take_back(now)
            if self._applier.rooms.frozen:  # what stores nothing can still be done
                return self._commit_one_by_one(ordered, now)
            return _refused(ordered, "unavailable")
        except Exception:
            _log.exception("A turn failed; nothing of it was stored.")
            if not self._applier.rooms.frozen:
                self._take_back(now)
            return self._commit_one_by_one(ordered, now) if several else _refused(ordered, "internal")
        if applied.stored:
            self._has_taken(now)
        return applied

    def _commit_one_by_one(self, ordered: Ordered, now: float) -> Applied:
        """One of these breaks us: the others shall not suffer by it."""
        applied = Applied([])
        for command in ordered.commands:
            _add(applied, self.apply(Ordered(ordered.epoch, [command]), now))
        return applied

    def _take_back(self, now: float) -> None:
        """The commit failed: nobody but the senders hears of it, and the state is what the disk says."""
        self.void = True
        self._undone = self._undone or not self._applier.rooms.frozen
        self._recover(now)

    def _recover(self, now: float) -> None:
        """Load the state from the disk. While that fails nothing is decided or read: it would be false."""
        try:
            self._applier.load_again(undone=self._undone)
        except StorageBroken as reason:
            if str(reason) != self._unreadable:
                _log.error("The disk cannot be read: %s. Nothing is answered until it can.", reason)
            self._unreadable = str(reason)
            self._read_again_at = now + FULL_PAUSE_S
            return
        self.void, self._undone, self._unreadable = False, False, ""
        self._use(self._applier.rooms, now)


def _add(applied: Applied, more: Applied) -> None:
    applied.results += more.results
    applied.stored += more.stored


def _refused(ordered: Ordered, code: Code) -> Applied:
    return Applied([_refusal(command, code) for command in ordered.commands])


def _refusal(command: Command, code: Code) -> Result:
    request = command.request
    request_id = None if isinstance(request, Revoked | Released | SessionExpired) else request.id
    return Error(id=request_id, code=code, text=WHY[code], retry_after_ms=round(FULL_PAUSE_S * 1000))
