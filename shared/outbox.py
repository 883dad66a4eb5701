"""The messages that are not answered yet, in order. Pure: time is an argument, nothing is stored here.

A message keeps its id until it is answered, so that sending it again stores nothing twice.
docs/protocol.md, "Requests": at most WINDOW in flight. After a refusal for now (`slow_down`) what was in
flight is repeated in its order: one message, and when that is stored two, then four, up to WINDOW again.
"""

import msgspec

from shared.errors import Code
from shared.messages import Message

WINDOW = 256  # messages in flight: fills the wire, and bounds what a `slow_down` repeats
RESEND_S = 15.0  # an answer this late was dropped on the way: the same id is sent again


class Entry(msgspec.Struct, kw_only=True):
    """A message of the outbox. `place` orders them; `code` and `reason` are set once it was refused."""

    place: int
    id: str
    room: str
    text: str
    reply_to: int | None
    at: int
    code: Code | None = None
    reason: str = ""

    def request(self) -> Message:
        return Message(id=self.id, room=self.room, text=self.text, reply_to=self.reply_to)


class Outbox:
    """What waits, what is in flight, what was refused for good.

    Attributes: `refused`: entries out of the way, by id, until the program retries or discards them.
    """

    def __init__(self, entries: list[Entry]) -> None:
        self._waiting = {entry.id: entry for entry in entries if entry.code is None}
        self._flying: dict[str, float] = {}  # id -> when it was sent
        self.refused = {entry.id: entry for entry in entries if entry.code is not None}
        self._place = max((entry.place for entry in entries), default=0)
        self._quiet_until = 0.0
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
        self._waiting[entry.id] = entry

    def due(self, now: float, held: set[str]) -> list[Entry]:
        """The entries to send now, in order; those of the rooms in `held` wait for their room."""
        room_left = self._window - len(self._flying)
        if now < self._quiet_until or room_left <= 0 or len(self._flying) == len(self._waiting):
            return []
        chosen: list[Entry] = []
        for entry in self._waiting.values():
            if len(chosen) == room_left:
                break
            if entry.id not in self._flying and entry.room not in held:
                chosen.append(entry)
        self._flying |= {entry.id: now for entry in chosen}
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
        self._flying.pop(message_id, None)
        self._window, self._through = 1, 0
        self._quiet_until = max(self._quiet_until, now + wait_s)

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

    def rename(self, entry: Entry, new: str) -> None:
        """Give an entry another id, in its old place."""
        self._flying.pop(entry.id, None)
        self._tries.pop(entry.id, None)
        entry.id = new
        self._waiting = {one.id: one for one in self._waiting.values()}
        self.refused = {one.id: one for one in self.refused.values()}

    def cut(self) -> None:
        """The connection is gone: what was in flight waits again, in its old place."""
        self._flying.clear()

    def overdue(self, now: float) -> bool:
        """True if an answer is so late that what is in flight must be sent again."""
        return any(now - sent >= RESEND_S for sent in self._flying.values())

    def wake_at(self, now: float) -> float | None:
        """When there is something to do without an answer from the broker."""
        if self._quiet_until > now and len(self._waiting) > len(self._flying):
            return self._quiet_until
        return min(self._flying.values()) + RESEND_S if self._flying else None

    def _take(self, message_id: str) -> Entry | None:
        self._flying.pop(message_id, None)
        self._tries.pop(message_id, None)
        return self._waiting.pop(message_id, None)
