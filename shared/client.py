"""The blocking face of Loggia, for scripts. The link runs in a thread of its own; `close` ends it.

    with Client("ada", room="lobby") as chat:
        chat.send("hello")
        for event in chat:
            print(event.nick, event.text)

Heartbeats, resends and reconnects happen in the link's thread, however slow the script is.
"""

import collections
import contextlib
import logging
import os
import pathlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, overload

from shared import notices
from shared.commands import Discard, Goodbye, Handled, LoadOlder, ReadOld, Say, Shut
from shared.completeness import Completeness, OldCopy
from shared.errors import Closed, LoggiaError, NotReachable, Refused
from shared.ids import derived
from shared.limits import DEFAULT_REQUESTS, LOBBY
from shared.link import Link
from shared.lives import Lives
from shared.messages import Member, MessageEvent, StoredEvent
from shared.names import canonical, escaped
from shared.standing import RESTORED, Standing
from shared.tally import COUNTED

TIMEOUT_S = 10.0  # how long `send` and `history` wait for the broker
COPY_PAGE = 1000  # entries of an old copy read at once

log = logging.getLogger(__name__)


class Client:
    """One account in one or more rooms; safe to use from several threads.

    `room`, `rooms`: where to be; `room` is also where `send` goes. `connect`: the requests door of the
    broker; else LOGGIA_REQUESTS, else this computer's. `data`: a file that keeps account, outbox and copy
    over restarts; None keeps them in memory. `durable`: entries not marked `done` are given again after a
    restart. `timeout_s`: how long a call waits for the broker.
    """

    def __init__(
        self,
        nick: str,
        room: str = LOBBY,
        *,
        rooms: Sequence[str] = (),
        connect: str | None = None,
        data: pathlib.Path | None = None,
        bot: bool = True,
        durable: bool = False,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.room = canonical(room)
        self.account = ""
        self._timeout_s = timeout_s
        self._changed = threading.Condition()
        self._status = notices.Status(connection="connecting")
        self._events: collections.deque[StoredEvent] = collections.deque()
        self._lives = Lives()
        self._completeness: dict[str, Completeness] = {}
        self._waiting: set[str] = set()
        self._copies: list[OldCopy] = []
        self._restored: dict[str, None] = {}
        self._old: dict[tuple[str, str, int], list[StoredEvent]] = {}  # what was read of old copies
        self._counts = dict.fromkeys(COUNTED, 0)
        self._awaited: dict[str, notices.Delivered | notices.Failed | None] = {}
        self._older: dict[str, notices.Older] = {}
        self._rooms = {self.room, *map(canonical, rooms)}
        self._members: dict[str, list[Member]] = {}
        self._failure: LoggiaError | None = None
        self._closed = False
        self._begun = False  # the link has told what is on this computer
        self._link = Link(
            requests=address(connect),
            replica_path=data,
            nick=nick,
            rooms=list(dict.fromkeys([room, *rooms])),
            bot=bot,
            complete=True,
            durable=durable,
            notify=self._hear,
        )
        self._thread = threading.Thread(target=self._run, name=f"link of {nick}", daemon=True)
        self._thread.start()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self, *, now: bool = False) -> None:
        """Say goodbye and stop; `now` stops at once, and the others see the connection as lost."""
        with contextlib.suppress(Closed):
            self._link.post(Shut() if now else Goodbye())
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    @overload
    def send(
        self, text: str, *, room: str | None = None, reply_to: int | None = None, wait: Literal[True] = True
    ) -> int: ...
    @overload
    def send(
        self, text: str, *, room: str | None = None, reply_to: int | None = None, wait: Literal[False]
    ) -> str: ...
    def send(
        self, text: str, *, room: str | None = None, reply_to: int | None = None, wait: bool = True
    ) -> int | str:
        """Say something; returns its seq once the broker has stored it, or with `wait=False` its id at once.

        Raises Refused if the broker says no, and NotReachable after `timeout_s`: the message then waits on
        this computer and is sent by itself.
        """
        with self._changed:
            self._check()
            message_id = self._link.say(room or self.room, text, reply_to)
            if not wait:
                return message_id
            self._awaited[message_id] = None
            try:
                self._wait(lambda: self._awaited[message_id] is not None)
                outcome = self._awaited[message_id]
            finally:
                del self._awaited[message_id]
        if isinstance(outcome, notices.Failed):
            raise Refused(outcome.code, outcome.text, outcome.retry_after_ms)
        if outcome is None:
            raise NotReachable(
                f"The broker has not answered within {self._timeout_s:g} s. The message waits on this"
                " computer and is sent by itself as soon as the broker is back."
            )
        return outcome.seq

    def answer(self, event: StoredEvent, text: str) -> None:
        """Reply to an entry of a log, at most once for ever, also if asked again after a crash."""
        reply_id = derived("answer", event.room, str(event.seq), event.account, event.id)
        with self._changed:
            epoch = self._lives.of(event)
        say = Say(id=reply_id, room=event.room, text=text, reply_to=event.seq, epoch=epoch)
        self._link.post(say)

    def done(self, event: StoredEvent) -> None:
        """This entry is handled; a `durable` client is not given it again after a restart."""
        with self._changed:
            epoch = self._lives.of(event)
        self._link.post(Handled(room=event.room, seq=event.seq, epoch=epoch))

    def status(self) -> Standing:
        """The truth about the connection, and how much of each room is on this computer; `print` it."""
        with self._changed:
            rooms = {
                room: self._completeness.get(room, Completeness(room=room)) for room in sorted(self._rooms)
            }
            restored = list(self._restored)
            return Standing.of(self._status, rooms=rooms, waiting=len(self._waiting), restored=restored)

    def counters(self) -> dict[str, int]:
        """How often what should be rare happened since the start; what each counts is in shared/tally.py."""
        with self._changed:
            return dict(self._counts)

    def copies(self) -> list[OldCopy]:
        """What this computer holds of rooms whose log was restored since: the copies of before."""
        with self._changed:
            self._wait(lambda: self._begun)
            return list(self._copies)

    def read_copy(self, copy: OldCopy) -> Iterator[StoredEvent]:
        """All entries of a copy of before, ascending; needs no broker."""
        for first, last in copy.spans:
            for after in range(first - 1, last, COPY_PAGE):
                yield from self._read_copy(copy, after, min(COPY_PAGE, last - after))

    def members(self, room: str | None = None) -> list[Member]:
        """Who is in a room now, as far as this client knows."""
        with self._changed:
            return list(self._members.get(canonical(room or self.room), []))

    def history(self, room: str | None = None, limit: int = 100) -> list[StoredEvent]:
        """Up to `limit` entries before those given so far, ascending; empty at the start of the log.

        Each call goes further back. Raises Refused for a room where this client is not, and NotReachable
        after `timeout_s`.
        """
        room = canonical(room or self.room)
        with self._changed:
            self._check()
            if room not in self._rooms:
                text = f"This client is not in {room}; name it in `rooms` when you make the client."
                raise Refused("not_member", text)
            self._older.pop(room, None)
            self._link.post(LoadOlder(room=room, limit=limit))
            if not self._wait(lambda: room in self._older):
                raise NotReachable(
                    f"The broker has not answered within {self._timeout_s:g} s; try again later."
                )
            return self._older.pop(room).events

    def events(self) -> Iterator[StoredEvent]:
        """New entries of all rooms, in order, each once, until `close`; also who comes and goes.

        Raises Refused if the broker will not have this client, and StorageBroken if its file is unusable.
        """
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._events or self._failure or self._closed)
                if self._closed:
                    return
                if not self._events:
                    self._check()
                event = self._events.popleft()
            yield event

    def __iter__(self) -> Iterator[MessageEvent]:
        """New messages of all rooms, in order, each once, until `close`; errors as in `events`."""
        return (event for event in self.events() if isinstance(event, MessageEvent))

    # -- In the link's thread ------------------------------------------------------------------

    def _run(self) -> None:
        failure: LoggiaError = Closed("This client was closed; make a new one.")
        try:
            self._link.run()
        except LoggiaError as reason:
            failure = reason
        finally:
            with self._changed:
                self._failure = self._failure or failure
                self._changed.notify_all()

    def _hear(self, batch: list[notices.Notice]) -> None:
        with self._changed:
            self._begun = True
            for notice in batch:
                if (note := _NOTES.get(type(notice))) is not None:
                    note(self, notice)
            self._changed.notify_all()

    def _note_status(self, status: notices.Status) -> None:
        self._status = status

    def _note_entered(self, entered: notices.Entered) -> None:
        self.account = entered.account
        self._rooms.add(entered.room)

    def _note_people(self, people: notices.People) -> None:
        self._members[people.room] = people.members

    def _note_arrived(self, arrived: notices.Arrived) -> None:
        self._events.extend(arrived.events)
        self._lives.told(arrived.room, arrived.events)

    def _note_older(self, older: notices.Older) -> None:
        self._older[older.room] = older
        self._lives.told(older.room, older.events)

    def _note_completeness(self, completeness: Completeness) -> None:
        self._completeness[completeness.room] = completeness

    def _note_counts(self, counts: notices.Counts) -> None:
        self._counts = counts.totals

    def _note_void_copy(self, void: notices.VoidCopy) -> None:
        self._copies.append(void.old)
        self._lives.ended(void.old)
        kept = f" ({void.old.words})" if void.old.words else ""
        self._restored[void.room] = None
        log.info("%s: %s%s.", escaped(void.room), RESTORED, kept)

    def _note_old_copies(self, old: notices.OldCopies) -> None:
        self._copies[:0] = old.copies

    def _note_old_entries(self, entries: notices.OldEntries) -> None:
        self._old[entries.room, entries.epoch, entries.after] = entries.events

    def _note_waiting(self, waiting: notices.Waiting) -> None:
        self._waiting.add(waiting.id)

    def _note_delivered(self, delivered: notices.Delivered) -> None:
        self._waiting.discard(delivered.id)
        if delivered.id in self._awaited:
            self._awaited[delivered.id] = delivered

    def _note_failed(self, failed: notices.Failed) -> None:
        if failed.id is None:
            self._failure = Refused(failed.code, failed.text, failed.retry_after_ms)
            return
        self._waiting.discard(failed.id)
        if failed.id in self._awaited:
            self._awaited[failed.id] = failed
        else:
            room, text = escaped(failed.room or ""), escaped(failed.text)
            log.warning("The broker refused what was said in %s: %s (%s)", room, failed.code, text)
        self._link.post(Discard(id=failed.id))

    def _read_copy(self, copy: OldCopy, after: int, limit: int) -> list[StoredEvent]:
        asked = (copy.room, copy.epoch, after)
        with self._changed:
            self._check()
            self._link.post(ReadOld(room=copy.room, epoch=copy.epoch, after=after, limit=limit))
            if not self._wait(lambda: asked in self._old):
                raise NotReachable(f"This computer's disk has not answered within {self._timeout_s:g} s.")
            return self._old.pop(asked)

    # -- Under the lock ------------------------------------------------------------------------

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._closed:
            raise Closed("This client was closed; make a new one.")

    def _wait(self, happened: Callable[[], bool]) -> bool:
        """Until it happened, or `timeout_s`; raises what ends this client."""
        deadline = time.monotonic() + self._timeout_s
        while not happened():
            self._check()
            if not self._changed.wait(max(deadline - time.monotonic(), 0.0)):
                return happened()
        return True


def address(given: str | None) -> str:
    """The requests door to connect to: what was given, else LOGGIA_REQUESTS, else this computer's."""
    return given or os.environ.get("LOGGIA_REQUESTS") or DEFAULT_REQUESTS


_NOTES: dict[type, Callable[[Client, Any], None]] = {
    notices.Status: Client._note_status,
    notices.Entered: Client._note_entered,
    notices.People: Client._note_people,
    notices.Arrived: Client._note_arrived,
    notices.Older: Client._note_older,
    notices.Completeness: Client._note_completeness,
    notices.Counts: Client._note_counts,
    notices.VoidCopy: Client._note_void_copy,
    notices.OldCopies: Client._note_old_copies,
    notices.OldEntries: Client._note_old_entries,
    notices.Waiting: Client._note_waiting,
    notices.Delivered: Client._note_delivered,
    notices.Failed: Client._note_failed,
}
