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
from shared.commands import Discard, Goodbye, Handled, LoadOlder, Say, Shut
from shared.errors import Closed, LoggiaError, NotReachable, Refused
from shared.ids import derived
from shared.limits import DEFAULT_REQUESTS, LOBBY
from shared.link import Link
from shared.messages import Member, MessageEvent, StoredEvent
from shared.names import canonical, escaped

TIMEOUT_S = 10.0  # how long `send` and `history` wait for the broker

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
        self._awaited: dict[str, notices.Delivered | notices.Failed | None] = {}
        self._older: dict[str, notices.Older] = {}
        self._rooms = {self.room, *map(canonical, rooms)}
        self._members: dict[str, list[Member]] = {}
        self._failure: LoggiaError | None = None
        self._closed = False
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
        self._link.post(Say(id=reply_id, room=event.room, text=text, reply_to=event.seq))

    def done(self, event: StoredEvent) -> None:
        """This entry is handled; a `durable` client is not given it again after a restart."""
        self._link.post(Handled(room=event.room, seq=event.seq))

    def status(self) -> notices.Status:
        """The truth about the connection, now."""
        with self._changed:
            return self._status

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

    def _note_older(self, older: notices.Older) -> None:
        self._older[older.room] = older

    def _note_delivered(self, delivered: notices.Delivered) -> None:
        if delivered.id in self._awaited:
            self._awaited[delivered.id] = delivered

    def _note_failed(self, failed: notices.Failed) -> None:
        if failed.id is None:
            self._failure = Refused(failed.code, failed.text, failed.retry_after_ms)
            return
        if failed.id in self._awaited:
            self._awaited[failed.id] = failed
        else:
            room, text = escaped(failed.room or ""), escaped(failed.text)
            log.warning("The broker refused what was said in %s: %s (%s)", room, failed.code, text)
        self._link.post(Discard(id=failed.id))

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
    notices.Delivered: Client._note_delivered,
    notices.Failed: Client._note_failed,
}
