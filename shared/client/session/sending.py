"""The messages of a session: when each is sent, and what its answer leads to. Pure."""

from collections.abc import Callable

from loggia.shared.client import effects, updates
from loggia.shared.client.commands import Say
from loggia.shared.client.effects import Out, Tell
from loggia.shared.client.saved import Entry
from loggia.shared.client.session.outbox import Outbox
from loggia.shared.client.sync.epochs import EpochEnded
from loggia.shared.client.tally import Tally
from loggia.shared.protocol.answers import Error, Stored, retry_after
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.errors import Code
from loggia.shared.protocol.lengths import too_long
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.requests import Message
from msgspec import structs

LATER: dict[Code, float] = {  # the same message may be taken later; s to wait if the broker does not say
    "slow_down": 1.0,
    "unavailable": 2.0,
    "storage_full": 5.0,
    "internal": 5.0,
}
MOST_TRIES = 5  # of a message at which the broker fails: then the message is the reason
SHORT_S = 1.0  # who sends too fast waits no longer; a longer wait is that of a room which is slow
FIRST_PAUSE_S = 1.0  # before such a message is tried again; twice as long each time


LONGEST_PAUSE_S = 300.0  # whatever a broker names: it may be another one by then


def named_pause_s(error: Error) -> float | None:
    """How long to wait before what was refused is sent again, if the broker says so."""
    wait_ms = retry_after(error)
    return None if wait_ms is None else min(wait_ms / 1000, LONGEST_PAUSE_S)


def pause_s(error: Error) -> float:
    """How long to wait before what was refused for now, by a code in LATER, is sent again."""
    named = named_pause_s(error)
    return LATER[error.code] if named is None else named


class Sending:
    """The messages of one session. `new_id` gives growing ids."""

    def __init__(self, out: Out, entries: list[Entry], new_id: Callable[[], str], tally: Tally) -> None:
        self._out = out
        self._outbox = Outbox(entries)
        self._new_id = new_id
        self._tally = tally
        self._sent: set[str] = set()
        self._unreachable: dict[str, Code | None] = {}  # what was told of those that wait, and why
        self._reachable = True

    def __contains__(self, message_id: str | None) -> bool:
        return message_id is not None and message_id in self._outbox

    @property
    def drained(self) -> bool:
        """Nothing waits for an answer."""
        return len(self._outbox) == 0

    def start(self) -> None:
        """Tell what an earlier run left."""
        for entry in [*self._outbox.entries(), *self._outbox.refused.values()]:
            self._tell_waiting(entry)
            if entry.code is not None:
                self._tell_failed(entry)

    def say(self, say: Say, wall_ms: int) -> None:
        """Put a message into the outbox; one that is there already changes nothing."""
        if say.id not in self._outbox:
            self._put(say, wall_ms)

    def retry(self, message_id: str, wall_ms: int) -> None:
        """Send a refused message again, as a new one."""
        entry = self._outbox.refused.pop(message_id, None)
        if entry is not None:
            self._out.append(effects.DropEntry(entry.id))
            self._put(structs.replace(entry.say, id=self._new_id()), wall_ms)

    def discard(self, message_id: str) -> None:
        self._sent.discard(message_id)
        if self._outbox.discard(message_id) is not None:
            self._out.append(effects.DropEntry(message_id))

    def may_send(self, now: float) -> bool:
        """Whether there is something to send now; what was sent too long ago is to be sent again."""
        if self._outbox.overdue(now):
            self._outbox.cut()
        return self._outbox.may_send(now)

    def due(self, now: float, is_held: Callable[[str], bool], limits: Limits) -> list[Message]:
        """The messages to send now, in order; those for rooms that are held wait.

        One that is far too long would not be refused: whoever sends such a frame is cut off.
        """
        due: list[Message] = []
        for entry in self._outbox.due(now, is_held):
            request = entry.request()
            if len(entry.say.text) * 6 > limits.frame_bytes and len(encode(request)) > limits.frame_bytes:
                text = too_long(entry.say.text, limits.text_bytes)
                self.refused(entry.id, Error(id=entry.id, code="too_large", text=text), now)
            else:
                due.append(request)
        self._tally["resent"] += sum(request.id in self._sent for request in due)
        self._sent.update(request.id for request in due)
        return due

    def wake_at(self, now: float) -> float | None:
        return self._outbox.wake_at(now)

    def opened(self) -> None:
        """A session is open: what waits is about to be sent."""
        self._reachable = True
        self._unreachable.clear()

    def cut(self) -> None:
        """Nothing that is in flight will be answered."""
        self._outbox.cut()

    def unreachable(self) -> None:
        """There is no broker: tell so for each message, once until there is one again."""
        self._reachable = False
        for entry in self._outbox.entries():
            self._tell_unreachable(entry)

    def stored(self, answer: Stored) -> None:
        entry = self._outbox.answered(answer.id)
        self._sent.discard(answer.id)
        self._tally["duplicates"] += answer.duplicate
        if entry is not None:
            self._out.append(effects.DropEntry(entry.id))
            self._tell(updates.Delivered(id=entry.id, room=answer.room, seq=answer.seq, at=answer.at))

    def refused(self, message_id: str, error: Error, now: float) -> None:
        """A message was not taken: it is repeated later, or it is the program's again."""
        tries = self._outbox.tried(message_id) if error.code == "internal" else 0
        if error.code in LATER and tries < MOST_TRIES:
            wait_s = FIRST_PAUSE_S * 2 ** (tries - 1) if tries else pause_s(error)
            is_slow = error.code == "slow_down" and wait_s > SHORT_S
            (self._outbox.slow_room if is_slow else self._outbox.slow_down)(message_id, wait_s, now)
            if is_slow or error.code != "slow_down":
                self._tell_unreachable(self._outbox.entry(message_id), error.code)
            return
        self._sent.discard(message_id)
        entry = self._outbox.refuse(message_id, error.code, error.text)
        if entry is not None:
            self._out.append(effects.KeepEntry(entry))
            self._tell_failed(entry, retry_after(error))

    def new_life(self, ended: EpochEnded) -> None:
        """A room's log lost what was behind `shared`: what names that would point at something else."""
        for entry in [*self._outbox.entries(), *self._outbox.refused.values()]:
            say = entry.say
            free = say.free_of(lambda seq: seq > ended.shared, ended.epoch)
            if say.room == ended.room and free is not say:
                self._replace(entry, free)
                self._out.append(effects.KeepEntry(entry))

    def _replace(self, entry: Entry, say: Say) -> None:
        was = entry.id
        self._outbox.replace(entry, say)
        if say.id == was:
            was = ""
        else:
            self._sent.discard(was)
            self._out.append(effects.DropEntry(was))
        self._tell(updates.Waiting(say=say, at=entry.at, was=was))
        if entry.code is not None:
            self._tell_failed(entry)

    def _put(self, say: Say, wall_ms: int) -> None:
        entry = Entry(place=self._outbox.next_place(), say=say, at=wall_ms)
        self._outbox.add(entry)
        self._out.append(effects.KeepEntry(entry))
        self._tell_waiting(entry)
        if not self._reachable:
            self._tell_unreachable(entry)

    def _tell_waiting(self, entry: Entry) -> None:
        self._tell(updates.Waiting(say=entry.say, at=entry.at))

    def _tell_unreachable(self, entry: Entry | None, code: Code | None = None) -> None:
        if entry is not None and self._unreachable.get(entry.id, "") != code:
            self._unreachable[entry.id] = code
            self._tell(updates.Unreachable(id=entry.id, room=entry.room, code=code))

    def _tell_failed(self, entry: Entry, retry_after_ms: int | None = None) -> None:
        self._tell(
            updates.Failed(
                id=entry.id,
                room=entry.room,
                code=entry.code or "internal",
                text=entry.reason,
                retry_after_ms=retry_after_ms,
            )
        )

    def _tell(self, update: updates.Update) -> None:
        self._out.append(Tell(update))
