"""The outbox: which messages are not answered, and when each is sent. Pure.

A message keeps its id until it is answered, so that sending it again stores nothing twice.
docs/protocol.md, "Requests": at most WINDOW in flight. After a refusal for now (`slow_down`) what was in
flight is repeated in its order: one message, and when that is stored two, then four, up to WINDOW again.
Where a room is slow its own messages wait, and those of the others do not.
"""

import itertools
import math
import operator
from collections.abc import Callable

from loggia.shared.client.commands import Say
from loggia.shared.client.saved import Entry
from loggia.shared.protocol.errors import Code

WINDOW = 256  # messages in flight: fills the wire, and bounds what a `slow_down` repeats
RESEND_S = 15.0  # an answer this late was dropped on the way: the same id is sent again


class Outbox:
    """What waits, what is in flight, what was refused for good.

    Attributes: `refused`: entries out of the way, by id, until the program retries or discards them.
    """

    def __init__(self, entries: list[Entry]) -> None:
        self._waiting = {entry.id: entry for entry in entries if entry.code is None}
        self._unsent = dict(self._waiting)  # what of it is not in flight
        self._in_order = True  # of the unsent
        self._flying: dict[str, float] = {}  # id -> when it was sent, the longest ago first
        self.refused = {entry.id: entry for entry in entries if entry.code is not None}
        self._place = max((entry.place for entry in entries), default=0)
        self._quiet_until = 0.0
        self._slow_rooms: dict[str, float] = {}  # until when each is left alone
        self._window = WINDOW
        self._through = 0  # answered since the window has this size
        self._tries: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, message_id: str) -> bool:
        return message_id in self._waiting or message_id in self.refused

    def entries(self) -> list[Entry]:
        """What is not answered yet, in order."""
        return list(self._waiting.values())

    def entry(self, message_id: str) -> Entry | None:
        """An entry that is not answered yet."""
        return self._waiting.get(message_id)

    def next_place(self) -> int:
        self._place += 1
        return self._place

    def add(self, entry: Entry) -> None:
        """Put a new entry behind all others."""
        self._waiting[entry.id] = self._unsent[entry.id] = entry

    def may_send(self, now: float) -> bool:
        """Whether there is something to send, and may be sent now."""
        if not self._unsent or now < self._quiet_until or len(self._flying) >= self._window:
            return False
        return not self._slow_rooms or any(self._may_go(one, now) for one in self._unsent.values())

    def due(self, now: float, is_held: Callable[[str], bool]) -> list[Entry]:
        """The entries to send now, in order; those of the rooms that are held wait for their room."""
        if not self.may_send(now):
            return []
        if not self._in_order:
            self._unsent = {one.id: one for one in sorted(self._unsent.values(), key=_place)}
            self._in_order = True
        self._slow_rooms = {room: until for room, until in self._slow_rooms.items() if until > now}
        ready = (one for one in self._unsent.values() if self._may_go(one, now) and not is_held(one.room))
        chosen = list(itertools.islice(ready, self._window - len(self._flying)))
        for entry in chosen:
            del self._unsent[entry.id]
            self._flying[entry.id] = now
        return chosen

    def answered(self, message_id: str) -> Entry | None:
        """Take out what was answered for good; None if it is none of ours."""
        entry = self._take(message_id)
        if entry is not None:
            self._through += 1
            if self._through >= self._window:
                self._window, self._through = min(self._window * 2, WINDOW), 0
        return entry

    def slow_down(self, message_id: str, wait_s: float, now: float) -> None:
        """The broker asks to wait: everything is repeated in order after `wait_s`, one message first."""
        self._put_back(message_id)
        self._quiet_until = max(self._quiet_until, now + wait_s)

    def slow_room(self, message_id: str, wait_s: float, now: float) -> None:
        """It asks to wait with what is for one room: that is repeated in order after `wait_s`."""
        if (entry := self._waiting.get(message_id)) is not None:
            self._slow_rooms[entry.room] = max(self._slow_rooms.get(entry.room, 0.0), now + wait_s)
        self._put_back(message_id)

    def tried(self, message_id: str) -> int:
        """Count a try of this message that failed; returns how many there were."""
        self._tries[message_id] = self._tries.get(message_id, 0) + 1
        return self._tries[message_id]

    def refuse(self, message_id: str, code: Code, reason: str) -> Entry | None:
        """Move an entry out of the way; the program decides what becomes of it."""
        entry = self.answered(message_id)
        if entry is not None:
            entry.code, entry.reason = code, reason
            self.refused[entry.id] = entry
        return entry

    def discard(self, message_id: str) -> Entry | None:
        """Forget an entry, whether it waits or was refused."""
        return self.refused.pop(message_id, None) or self._take(message_id)

    def replace(self, entry: Entry, say: Say) -> None:
        """What an entry says is another thing now, maybe under another id; it keeps its place."""
        was, entry.say = entry.id, say
        if say.id == was:
            return
        self._flying.pop(was, None)
        self._tries.pop(was, None)
        self._waiting = {one.id: one for one in self._waiting.values()}
        self._unsent = {one.id: one for one in self._waiting.values() if one.id not in self._flying}
        self.refused = {one.id: one for one in self.refused.values()}

    def cut(self) -> None:
        """The connection is gone: what was in flight waits again, in its old place."""
        self._flying.clear()
        self._unsent, self._in_order = dict(self._waiting), True

    def overdue(self, now: float) -> bool:
        """True if an answer is so late that what is in flight must be sent again."""
        return now >= next(iter(self._flying.values()), math.inf) + RESEND_S

    def wake_at(self, now: float) -> float | None:
        """When there is something to do without an answer from the broker."""
        if self._quiet_until > now and self._unsent:
            return self._quiet_until
        times = [until for until in self._slow_rooms.values() if until > now and self._unsent]
        times += [sent_at + RESEND_S for sent_at in itertools.islice(self._flying.values(), 1)]
        return min(times, default=None)

    def _may_go(self, entry: Entry, now: float) -> bool:
        return self._slow_rooms.get(entry.room, 0.0) <= now

    def _put_back(self, message_id: str) -> None:
        if self._flying.pop(message_id, None) is not None:
            self._unsent[message_id], self._in_order = self._waiting[message_id], False
        self._window, self._through = 1, 0

    def _take(self, message_id: str) -> Entry | None:
        self._flying.pop(message_id, None)
        self._unsent.pop(message_id, None)
        self._tries.pop(message_id, None)
        return self._waiting.pop(message_id, None)


_place = operator.attrgetter("place")
