"""What a session has told, as it stands, and of which life of its log an entry is that a program still holds.

A program may answer an entry, or be done with it, long after it was given, and the log may have been restored
meanwhile. The number is then another entry's; what tells them apart is the id. docs/protocol.md, "Events".
"""

import collections
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from loggia.shared.client import updates
from loggia.shared.client.api.arguments import UNTOLD
from loggia.shared.client.api.status import RESTORED, Status
from loggia.shared.client.completeness import ArchivedCopy, Completeness
from loggia.shared.client.tally import COUNTED
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.events import StoredEvent
from loggia.shared.protocol.names import escaped


class _Life(msgspec.Struct):
    """One life. Numbers up to `overlap` were given in a life before, too; `ids`: what was told of these."""

    epoch: str = ""
    overlap: int = 0
    ids: dict[int, str] = {}


class Epochs:
    """Of all rooms that this program is told of; it remembers as much as their logs lost meanwhile."""

    def __init__(self) -> None:
        self._rooms: dict[str, list[_Life]] = {}  # the present life last

    def ended(self, old: ArchivedCopy, renamed: Mapping[str, str] = {}) -> None:
        """What is told from now on is of a new life; `renamed`: see VoidCopy."""
        lives = self._of(old.room)
        for life in lives:
            life.epoch = renamed.get(life.epoch, life.epoch)
        lives[-1].epoch = old.epoch
        lives.append(_Life(overlap=max(lives[-1].overlap, old.last)))

    def told(self, room: str, events: Iterable[StoredEvent], epoch: str = "") -> None:
        """`epoch`: of the life that they are of; empty: the present one."""
        life = self._of(room)[-1]
        life.epoch = epoch or life.epoch
        life.ids |= {event.seq: event.id for event in events if event.seq <= life.overlap}

    def of(self, event: StoredEvent) -> str:
        """The epoch of the life that the entry is of; empty if nobody has told any.

        The present one has its name, too: it may be over before the link hears what the program wants.
        """
        for life in reversed(self._rooms.get(event.room, [])):
            if event.seq > life.overlap or life.ids.get(event.seq) == event.id:
                return life.epoch
        return ""

    def _of(self, room: str) -> list[_Life]:
        return self._rooms.setdefault(room, [_Life()])


SKEW_S = 30.0  # between two computers' clocks: no longer what a network or a missing leap second explains
SLOW_S = 5.0  # an answer that took longer, or was read late, tells nothing of what time it is

log = logging.getLogger(__name__)

Outcome = updates.Delivered | updates.Failed  # of a message


class Inbox:
    """Attributes, all to be read, and some to be taken from:

    `begun`: what is on this computer was told. `account`, `nick`, `rooms`, `members` by room, account: who we
    are, what we are called, where we want to be and with whom; `entered`: where the broker has us; `partly`:
    the rooms where others are, too. `counts`: as in `Client.counters`. `copies`: those set aside, oldest
    first. `epochs`: of which life of a log an entry is. `limits`: what the broker takes, as far as it is
    known. `disk_full`: what is said of this computer's, while it is. `refused`: why the broker will not
    have this program, and `refused_rooms` why not in a room.

    To be taken: `events`, in order, each once. What somebody waits for, by the id of what was asked:
    `awaited`, the outcome of a message; `slowed`, those of them whose room is slow; `acts`, of an Ask;
    `inquiries`, of an Inquire; `older`, a page; `old`, what was read of a copy. Who waits puts
    the id in, with None, and takes it out.
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
        self._time: updates.Time | None = None
        self._is_skewed = False
        self.begun = False
        self.account = self.nick = ""
        self.rooms = set(rooms)
        self.entered: set[str] = set()
        self.members: dict[str, dict[str, Member]] = {}
        self.partly: set[str] = set()
        self.typists: dict[str, list[str]] = {}
        self.readings: dict[str, updates.ReadState] = {}
        self.counts = dict.fromkeys(COUNTED, 0)
        self.copies: list[ArchivedCopy] = []
        self.epochs = Epochs()
        self.limits = UNTOLD
        self.disk_full = ""
        self.refused: Refused | None = None
        self.refused_rooms: dict[str, Refused] = {}
        self.events: collections.deque[StoredEvent] = collections.deque()
        self.older: dict[str, updates.Older | None] = {}
        self.old: dict[str, list[StoredEvent] | None] = {}
        self.awaited: dict[str, Outcome | None] = {}
        self.slowed: set[str] = set()
        self.acts: dict[str, updates.Acted | None] = {}
        self.inquiries: dict[str, updates.Inquired | None] = {}
        self._status = updates.ConnectionStatus(connection="connecting")
        self._completeness: dict[str, Completeness] = {}
        self._waiting: set[str] = set()
        self._restored: dict[str, None] = {}

    def hear(self, update: updates.Update) -> None:
        """Take in what was told; what a script cannot see goes into the log."""
        self.begun = True
        _UPDATES[type(update)](self, update)

    def status(self) -> Status:
        """The connection, and how much of each room is on this computer."""
        rooms = sorted(self.rooms - self.refused_rooms.keys())
        return Status.of(
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

    def _status_told(self, status: updates.ConnectionStatus) -> None:
        if status.connection == "reconnecting" and not (self.account or self._is_told):
            self._is_told = True
            log.info("No broker on %s yet (%s); it is tried again.", self._where, escaped(status.reason))
        self._status = status
        self.disk_full = status.reason if status.disk_full else ""

    def _entered(self, entered: updates.Entered) -> None:
        self.account, self.nick, self.limits = entered.account, entered.nick, entered.limits
        self.rooms.add(entered.room)
        self.entered.add(entered.room)
        self.refused_rooms.pop(entered.room, None)

    def _people(self, people: updates.People) -> None:
        self.members[people.room] = {member.account: member for member in people.members}
        self._note_partly(people)

    def _people_changed(self, people: updates.PeopleChanged) -> None:
        people.put_into(self.members.setdefault(people.room, {}))
        self._note_partly(people)

    def _note_partly(self, people: updates.People | updates.PeopleChanged) -> None:
        (self.partly.add if people.more else self.partly.discard)(people.room)

    def _completeness_told(self, completeness: Completeness) -> None:
        self._completeness[completeness.room] = completeness

    def _time_told(self, time: updates.Time) -> None:
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

    def _counts(self, counts: updates.Counts) -> None:
        self.counts = counts.totals

    # -- Entries -------------------------------------------------------------------------------

    def _arrived(self, arrived: updates.Arrived) -> None:
        self.events.extend(arrived.events)
        self.epochs.told(arrived.room, arrived.events, arrived.epoch)

    def _older(self, older: updates.Older) -> None:
        if older.id in self.older:
            self.older[older.id] = older
        self.epochs.told(older.room, older.events, older.epoch)

    def _void_copy(self, void: updates.VoidCopy) -> None:
        self.copies = void.copies(self.copies)
        self.epochs.ended(void.old, void.renamed)
        kept = f" ({void.old.words})" if void.old.words else ""
        self._restored[void.room] = None
        self.readings.pop(void.room, None)
        log.info("%s: %s%s.", escaped(void.room), RESTORED, kept)

    def _archived_copies(self, old: updates.ArchivedCopies) -> None:
        self.copies[:0] = old.copies

    def _old_entries(self, entries: updates.ArchivedEntries) -> None:
        if entries.id in self.old:
            self.old[entries.id] = entries.events

    # -- Messages ------------------------------------------------------------------------------

    def _waits(self, waiting: updates.Waiting) -> None:
        self._waiting.discard(waiting.was)
        self._waiting.add(waiting.say.id)

    def _delivered(self, delivered: updates.Delivered) -> None:
        self._waiting.discard(delivered.id)
        if delivered.id in self.awaited:
            self.awaited[delivered.id] = delivered

    def _failed(self, failed: updates.Failed) -> None:
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

    def _unreachable(self, told: updates.Unreachable) -> None:
        if told.id in self.awaited and told.code == "slow_down":
            self.slowed.add(told.id)

    def _acted(self, acted: updates.Acted) -> None:
        self.nick = acted.nick or self.nick
        if acted.id in self.acts:
            self.acts[acted.id] = acted

    def _called(self, told: updates.Called) -> None:
        self.nick = told.nick

    def _inquired(self, told: updates.Inquired) -> None:
        if told.id in self.inquiries:
            self.inquiries[told.id] = told
        if told.events:
            self.epochs.told(told.room, told.events)

    def _typists(self, told: updates.Typists) -> None:
        self.typists[told.room] = told.nicks

    def _read_state(self, told: updates.ReadState) -> None:
        self.readings[told.room] = told

    def _left(self, told: updates.Left) -> None:
        self.rooms.discard(told.room)
        self.entered.discard(told.room)
        self.members.pop(told.room, None)
        self.readings.pop(told.room, None)

    def _passed(self, told: updates.Update) -> None:
        """A script sees the same by what else is told."""


_UPDATES: dict[type, Callable[[Inbox, Any], None]] = {
    updates.ConnectionStatus: Inbox._status_told,
    updates.Entered: Inbox._entered,
    updates.People: Inbox._people,
    updates.PeopleChanged: Inbox._people_changed,
    updates.Completeness: Inbox._completeness_told,
    updates.Time: Inbox._time_told,
    updates.Counts: Inbox._counts,
    updates.Arrived: Inbox._arrived,
    updates.Older: Inbox._older,
    updates.VoidCopy: Inbox._void_copy,
    updates.ArchivedCopies: Inbox._archived_copies,
    updates.ArchivedEntries: Inbox._old_entries,
    updates.ToldChanges: Inbox._passed,
    updates.ToldPins: Inbox._passed,
    updates.Waiting: Inbox._waits,
    updates.Delivered: Inbox._delivered,
    updates.Failed: Inbox._failed,
    updates.Unreachable: Inbox._unreachable,
    updates.Presence: Inbox._passed,
    updates.Typists: Inbox._typists,
    updates.ReadState: Inbox._read_state,
    updates.Acted: Inbox._acted,
    updates.Called: Inbox._called,
    updates.Inquired: Inbox._inquired,
    updates.Invited: Inbox._passed,
    updates.Left: Inbox._left,
}
