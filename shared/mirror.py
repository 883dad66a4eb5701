"""What a session has told its program, as it stands now. No thread runs here; whoever shares it locks it.

A script asks when it likes; notices come when they like. This keeps them in between.
"""

import collections
import logging
from collections.abc import Callable, Iterable
from typing import Any

from shared import notices
from shared.arguments import UNTOLD
from shared.completeness import Completeness, OldCopy
from shared.errors import Refused
from shared.lives import Lives
from shared.messages import Member, StoredEvent
from shared.names import escaped
from shared.standing import RESTORED, Standing
from shared.tally import COUNTED

SKEW_S = 30.0  # between two computers' clocks: no longer what a network or a missing leap second explains
SLOW_S = 5.0  # an answer that took longer, or was read late, tells nothing of what time it is

log = logging.getLogger(__name__)

Outcome = notices.Delivered | notices.Failed  # of a message


class Mirror:
    """Attributes, all to be read, and some to be taken from:

    `begun`: what is on this computer was told. `account`, `rooms`, `members` by room: who we are, where, and
    with whom. `counts`: as in `Client.counters`. `copies`: the copies set aside, oldest first. `lives`: of
    which life of a log an entry is. `limits`: what the broker takes, as far as it is known. `disk_full`: what
    is said of this computer's, while it is. `refused`: why the broker will not have this program, and
    `refused_rooms` why not in a room.

    To be taken: `events`, in order, each once. What somebody waits for, by the id of what was asked:
    `awaited`, the outcome of a message; `older`, a page; `old`, what was read of a copy. Who waits puts the
    id in, with None, and takes it out.
    """

    def __init__(
        self,
        where: str,
        rooms: Iterable[str],
        clock: Callable[[], float],
        wall_clock: Callable[[], int],
    ) -> None:
        self._where = where
        self._is_told = False  # that nobody answers there yet
        self._clock = clock
        self._wall_clock = wall_clock
        self._time: notices.Time | None = None
        self._is_skewed = False
        self.begun = False
        self.account = ""
        self.rooms = set(rooms)
        self.members: dict[str, list[Member]] = {}
        self.counts = dict.fromkeys(COUNTED, 0)
        self.copies: list[OldCopy] = []
        self.lives = Lives()
        self.limits = UNTOLD
        self.disk_full = ""
        self.refused: Refused | None = None
        self.refused_rooms: dict[str, Refused] = {}
        self.events: collections.deque[StoredEvent] = collections.deque()
        self.older: dict[str, notices.Older | None] = {}
        self.old: dict[str, list[StoredEvent] | None] = {}
        self.awaited: dict[str, Outcome | None] = {}
        self._status = notices.Status(connection="connecting")
        self._completeness: dict[str, Completeness] = {}
        self._waiting: set[str] = set()
        self._restored: dict[str, None] = {}

    def hear(self, notice: notices.Notice) -> None:
        """Take in what was told; what a script cannot see goes into the log."""
        self.begun = True
        if (note := _NOTES.get(type(notice))) is not None:
            note(self, notice)

    def standing(self) -> Standing:
        """The connection, and how much of each room is on this computer."""
        rooms = sorted(self.rooms - self.refused_rooms.keys())
        return Standing.of(
            self._status,
            rooms={room: self._completeness.get(room, Completeness(room=room)) for room in rooms},
            refused={room: refused.text for room, refused in self.refused_rooms.items()},
            waiting=len(self._waiting),
            restored=list(self._restored),
        )

    def time_told(self, within_s: float) -> int | None:
        """The time at the broker, Unix ms, if it told one at most `within_s` ago."""
        told = self._time
        if told is None or (since_s := self._clock() - told.now) > within_s:
            return None
        return told.at + int(since_s * 1000)

    @property
    def reason(self) -> str:
        """Why the connection does not stand, as far as it was told."""
        return self._status.reason

    # -- The connection and the rooms ----------------------------------------------------------

    def _status_told(self, status: notices.Status) -> None:
        if status.connection == "reconnecting" and not (self.account or self._is_told):
            self._is_told = True
            log.info("No broker on %s yet (%s); it is tried again.", self._where, escaped(status.reason))
        self._status = status
        self.disk_full = status.reason if status.disk_full else ""

    def _entered(self, entered: notices.Entered) -> None:
        self.account, self.limits = entered.account, entered.limits
        self.rooms.add(entered.room)
        self.refused_rooms.pop(entered.room, None)

    def _people(self, people: notices.People) -> None:
        self.members[people.room] = people.members

    def _completeness_told(self, completeness: Completeness) -> None:
        self._completeness[completeness.room] = completeness

    def _time_told(self, time: notices.Time) -> None:
        if time.took_s > SLOW_S:
            return
        self._time = time
        ahead_s = (self._wall_clock() - time.at) / 1000 - (self._clock() - time.now)
        if abs(ahead_s) > SKEW_S and not self._is_skewed:
            self._is_skewed = True
            way = "ahead of" if ahead_s > 0 else "behind"
            log.warning(
                "The clock of this computer is %.0f s %s the broker's; set one of them.", abs(ahead_s), way
            )

    def _counts(self, counts: notices.Counts) -> None:
        self.counts = counts.totals

    # -- Entries -------------------------------------------------------------------------------

    def _arrived(self, arrived: notices.Arrived) -> None:
        self.events.extend(arrived.events)
        self.lives.told(arrived.room, arrived.events, arrived.epoch)

    def _older(self, older: notices.Older) -> None:
        if older.id in self.older:
            self.older[older.id] = older
        self.lives.told(older.room, older.events)

    def _void_copy(self, void: notices.VoidCopy) -> None:
        self.copies = void.copies(self.copies)
        self.lives.ended(void.old, void.renamed)
        kept = f" ({void.old.words})" if void.old.words else ""
        self._restored[void.room] = None
        log.info("%s: %s%s.", escaped(void.room), RESTORED, kept)

    def _old_copies(self, old: notices.OldCopies) -> None:
        self.copies[:0] = old.copies

    def _old_entries(self, entries: notices.OldEntries) -> None:
        if entries.id in self.old:
            self.old[entries.id] = entries.events

    # -- Messages ------------------------------------------------------------------------------

    def _waits(self, waiting: notices.Waiting) -> None:
        self._waiting.discard(waiting.was)
        self._waiting.add(waiting.id)

    def _delivered(self, delivered: notices.Delivered) -> None:
        self._waiting.discard(delivered.id)
        if delivered.id in self.awaited:
            self.awaited[delivered.id] = delivered

    def _failed(self, failed: notices.Failed) -> None:
        refused = Refused(failed.code, failed.text, failed.retry_after_ms)
        if failed.id is None and failed.room is None:
            self.refused = refused
            return
        if failed.id is None:
            self.refused_rooms[failed.room or ""] = refused
            log.info("%s: %s", escaped(failed.room or ""), escaped(failed.text))
            return
        self._waiting.discard(failed.id)
        if failed.id in self.awaited:
            self.awaited[failed.id] = failed
        else:
            room, text = escaped(failed.room or ""), escaped(failed.text)
            log.warning("The broker refused what was said in %s: %s (%s)", room, failed.code, text)


_NOTES: dict[type, Callable[[Mirror, Any], None]] = {
    notices.Status: Mirror._status_told,
    notices.Entered: Mirror._entered,
    notices.People: Mirror._people,
    notices.Completeness: Mirror._completeness_told,
    notices.Time: Mirror._time_told,
    notices.Counts: Mirror._counts,
    notices.Arrived: Mirror._arrived,
    notices.Older: Mirror._older,
    notices.VoidCopy: Mirror._void_copy,
    notices.OldCopies: Mirror._old_copies,
    notices.OldEntries: Mirror._old_entries,
    notices.Waiting: Mirror._waits,
    notices.Delivered: Mirror._delivered,
    notices.Failed: Mirror._failed,
}
