"""Rooms as one page of HTML without scripts, for people: `export --format html`. Runs in the tool's thread.

A message stands there as it is now, with what became of it (export_rows.py): what only says that is no row
of its own. The page is written while the log is read, some events at a time, however long a room is. What is
read beside the rows that were checked may be anything, and then the message stands there without it.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import TypeVar

from loggia.broker.admin import export_rows
from loggia.broker.admin.export_rows import Answered, MessageRow, Notes, Version
from loggia.broker.admin.progress import Progress
from loggia.broker.admin.snapshot import LogSnapshot
from loggia.broker.storage import message_states
from loggia.broker.storage.chunks import Unsound
from loggia.broker.storage.damage import Damage
from loggia.broker.storage.event_rows import LAST_SEQ, ROWS_DAMAGED, Chunk, place_of
from loggia.broker.storage.hash_chain import Chain
from loggia.shared.protocol import changes
from loggia.shared.protocol.changes import MessageState
from loggia.shared.protocol.codec import UNREADABLE
from loggia.shared.protocol.down import decode_event
from loggia.shared.protocol.errors import LoggiaError, Refused
from loggia.shared.protocol.events import (
    AnyEvent,
    EditedEvent,
    JoinedEvent,
    LeftEvent,
    MessageEvent,
    PassingEvent,
    ReactedEvent,
    RenamedEvent,
    StoredEvent,
)

TOGETHER_MS = 10 * 60_000  # messages of one person in so short a time stand below one name
_UNREADABLE = (*ROWS_DAMAGED, *UNREADABLE, LoggiaError)

Put = Callable[[str], object]
T = TypeVar("T")


class RoomRows:
    """One room of a log, by its number, written with `put` as rows of a page."""

    def __init__(self, log: LogSnapshot, number: int, name: str, put: Put) -> None:
        self._log = log
        self._number = number
        self._name = name
        self._put = put
        self._nick_of = lru_cache(10_000)(self._find_nick)
        self._notes = Notes()
        self._day = ""
        self._before: MessageEvent | None = None
        self._seq = 0  # of the event that is being written
        self._lacking = 0  # the first event of which it cannot be read what became of it

    def write(self, progress: Progress) -> list[str]:
        """All of it. Returns what is not there, since only a part is sound."""
        lost = []
        try:
            for chunk in self._log.chunks.checked(self._number, Chain()):
                self._add(chunk)
                progress.advance(chunk.last - chunk.first + 1)
            self._interrupt()
        except Unsound as unsound:
            self._interrupt()
            lost.append(str(Damage(self._name, unsound.first, unsound.why)))
            self._put(export_rows.damaged(unsound.first))
        if self._lacking:
            lost.append(str(Damage(self._name, self._lacking, "what became of messages cannot be read")))
        return lost

    def _add(self, chunk: Chunk) -> None:
        """What comes next. Raises Unsound."""
        states = self._states(chunk)
        for seq, line in enumerate(chunk.events(), chunk.first):
            self._seq = seq
            event = _stored(line, seq)
            if (day := export_rows.day(event.at)) != self._day:
                self._interrupt()
                self._day = day
                self._put(export_rows.new_day(day))
            match event:
                case MessageEvent():
                    self._message(event, line, states.get(place_of(self._number, seq)))
                case EditedEvent() | ReactedEvent():
                    pass  # stands with its message
                case JoinedEvent() | LeftEvent(by="") | RenamedEvent():
                    self._before = None
                    self._put(self._notes.add(event))
                case _:
                    self._interrupt()
                    self._put(export_rows.note(event))

    def _interrupt(self) -> None:
        """What comes next does not go on with what came before."""
        self._before = None
        self._put(self._notes.end())

    def _message(self, event: MessageEvent, line: bytes, state: bytes | None) -> None:
        self._put(self._notes.end())
        earlier: list[Version] = []
        if state is not None:
            event, earlier = self._as_now(event, line, state)
        goes_on = self._before is not None and _stand_together(self._before, event)
        said = MessageRow(
            event,
            earlier,
            self._answered(event.reply_to),
            self._answered(event.thread),
            self._first_in_thread(event),
        )
        self._put(export_rows.message(said, self._nick_of, goes_on=goes_on))
        self._before = event

    # -- What is read beside it ----------------------------------------------------------------

    def _states(self, chunk: Chunk) -> dict[int, bytes]:
        """What became of the messages there, by their places."""
        places = place_of(self._number, chunk.first), place_of(self._number, chunk.last)
        found = self._beside(chunk.first, dict, lambda: message_states.between(self._log.connection, *places))
        return found or {}

    def _as_now(self, event: MessageEvent, line: bytes, stored: bytes) -> tuple[MessageEvent, list[Version]]:
        """A message as it is now, and what it said before, the first time first."""
        state = self._beside(event.seq, MessageState, lambda: changes.decode(stored))
        if state is None:
            return event, []
        told = changes.encode(state)  # of the message's own fields it says none
        now = self._beside(event.seq, MessageEvent, lambda: decode_event(changes.as_now(line, told)))
        if now is None or now.edited_at is None:
            return now or event, []
        return now, [Version(event.at, event.text), *self._earlier(event.seq, state.edits[:-1])]

    def _earlier(self, seq: int, edits: list[int]) -> Iterator[Version]:
        for edit in edits:
            edited = self._beside(seq, EditedEvent, partial(self._event, edit))
            if edited is not None and edited.target == seq:
                yield Version(edited.at, edited.text)
            else:
                self._lacks(seq)

    def _answered(self, seq: int | None) -> Answered | None:
        """The message that another one answers, as it is now."""
        if seq is None:
            return None
        event = self._beside(seq, object, lambda: self._event(seq))
        if not isinstance(event, MessageEvent):
            return None
        state = self._beside(
            seq,
            MessageState,
            lambda: message_states.find(self._log.connection, self._number, seq) or MessageState(),
        )
        if state is None:
            return Answered(event, event.text)
        return Answered(event, None if state.deleted else event.text if state.text is None else state.text)

    def _first_in_thread(self, event: MessageEvent) -> int | None:
        """The seq of the first message in the thread that began with this one."""
        if not event.replies:
            return None
        root, end = place_of(self._number, event.seq), place_of(self._number, LAST_SEQ)
        found = self._beside(
            event.seq,
            dict,
            lambda: message_states.thread(self._log.connection, root, root, end, 1, newest=False),
        )
        return next((place & LAST_SEQ for place in found or ()), None)

    def _event(self, seq: int) -> AnyEvent | None:
        """None: it is not there. Raises one of _UNREADABLE."""
        row = self._log.chunks.row_with(self._number, seq)
        return None if row is None else decode_event(row.events()[seq - row.first])

    def _find_nick(self, account: str) -> str:
        """How an account is called today; empty where it is not known here, as after an import."""
        sql = "SELECT nick FROM accounts WHERE account = ?"
        found = self._beside(self._seq, object, lambda: self._log.connection.execute(sql, (account,)).get)
        return str(found or "")

    def _beside(self, seq: int, kind: type[T], look: Callable[[], object]) -> T | None:
        """What a look beside the checked rows finds, if it is that; None if not, and then it is known of the
        message `seq` that it lacks something."""
        try:
            found = look()
        except _UNREADABLE:
            self._lacks(seq)
            return None
        if isinstance(found, kind):
            return found
        self._lacks(seq)
        return None

    def _lacks(self, seq: int) -> None:
        self._lacking = min(self._lacking or seq, seq)


def _stored(line: bytes, seq: int) -> StoredEvent:
    """An event of a row that is what was written. Raises Unsound: then that was none."""
    try:
        event = decode_event(line)
    except Refused as refused:
        raise Unsound(seq, "an event cannot be read") from refused
    if isinstance(event, PassingEvent):  # which has no place in a log
        raise Unsound(seq, "an event cannot be read")
    return event


def _stand_together(before: MessageEvent, event: MessageEvent) -> bool:
    return (
        (before.account, before.nick) == (event.account, event.nick)
        and event.at - before.at < TOGETHER_MS
        and event.reply_to is None
        and before.thread == event.thread
    )
