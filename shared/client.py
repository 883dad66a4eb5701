"""The blocking face of Loggia, for scripts. The link runs in a thread of its own; `close` ends it.

    with Client("ada", room="lobby") as chat:
        chat.send("hello")
        for event in chat:
            print(event.nick, event.text)

Heartbeats, resends and reconnects happen in the link's thread, however slow the script is.
"""

import contextlib
import os
import pathlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, overload

from shared import notices
from shared.addresses import to_connect
from shared.commands import Discard, Goodbye, Handled, LoadOlder, ReadOld, Say, Shut
from shared.completeness import OldCopy
from shared.errors import Closed, LoggiaError, NotReachable, Refused
from shared.ids import derived
from shared.limits import DEFAULT_REQUESTS, LOBBY
from shared.link import Link
from shared.messages import Member, MessageEvent, StoredEvent
from shared.mirror import Mirror
from shared.names import canonical
from shared.standing import Standing

TIMEOUT_S = 10.0  # how long `send` and `history` wait for the broker
COPY_PAGE = 1000  # entries of an old copy read at once


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
        self._timeout_s = timeout_s
        self._changed = threading.Condition()
        self._mirror = Mirror([self.room, *map(canonical, rooms)])
        self._link_failure: LoggiaError | None = None
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

    @property
    def account(self) -> str:
        """Who this client is at the broker; empty until it was there."""
        return self._mirror.account

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
            self._mirror.awaited[message_id] = None
            try:
                self._wait(lambda: self._mirror.awaited[message_id] is not None)
                outcome = self._mirror.awaited[message_id]
            finally:
                del self._mirror.awaited[message_id]
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
            epoch = self._mirror.lives.of(event)
        say = Say(id=reply_id, room=event.room, text=text, reply_to=event.seq, epoch=epoch)
        self._link.post(say)

    def done(self, event: StoredEvent) -> None:
        """This entry is handled; a `durable` client is not given it again after a restart."""
        with self._changed:
            epoch = self._mirror.lives.of(event)
        self._link.post(Handled(room=event.room, seq=event.seq, epoch=epoch))

    def status(self) -> Standing:
        """The truth about the connection, and how much of each room is on this computer; `print` it."""
        with self._changed:
            return self._mirror.standing()

    def counters(self) -> dict[str, int]:
        """How often what should be rare happened since the start; what each counts is in shared/tally.py."""
        with self._changed:
            return dict(self._mirror.counts)

    def copies(self) -> list[OldCopy]:
        """What this computer holds of rooms whose log was restored since: the copies of before."""
        with self._changed:
            self._wait(lambda: self._mirror.begun)
            return list(self._mirror.copies)

    def read_copy(self, copy: OldCopy) -> Iterator[StoredEvent]:
        """All entries of a copy of before, ascending; needs no broker."""
        for first, last in copy.spans:
            for after in range(first - 1, last, COPY_PAGE):
                yield from self._read_copy(copy, after, min(COPY_PAGE, last - after))

    def members(self, room: str | None = None) -> list[Member]:
        """Who is in a room now, as far as this client knows."""
        with self._changed:
            return list(self._mirror.members.get(canonical(room or self.room), []))

    def history(self, room: str | None = None, limit: int = 100) -> list[StoredEvent]:
        """Up to `limit` entries before those given so far, ascending; empty at the start of the log.

        Each call goes further back. Raises Refused for a room where this client is not, and NotReachable
        after `timeout_s`.
        """
        room = canonical(room or self.room)
        with self._changed:
            self._check()
            if room not in self._mirror.rooms:
                text = f"This client is not in {room}; name it in `rooms` when you make the client."
                raise Refused("not_member", text)
            self._mirror.older.pop(room, None)
            self._link.post(LoadOlder(room=room, limit=limit))
            if not self._wait(lambda: room in self._mirror.older):
                raise NotReachable(
                    f"The broker has not answered within {self._timeout_s:g} s; try again later."
                )
            return self._mirror.older.pop(room).events

    def events(self) -> Iterator[StoredEvent]:
        """New entries of all rooms, in order, each once, until `close`; also who comes and goes.

        Raises Refused if the broker will not have this client, and StorageBroken if its file is unusable.
        """
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._mirror.events or self._failure or self._closed)
                if self._closed:
                    return
                if not self._mirror.events:
                    self._check()
                event = self._mirror.events.popleft()
            yield event

    def __iter__(self) -> Iterator[MessageEvent]:
        """New messages of all rooms, in order, each once, until `close`; errors as in `events`."""
        return (event for event in self.events() if isinstance(event, MessageEvent))

    def _read_copy(self, copy: OldCopy, after: int, limit: int) -> list[StoredEvent]:
        asked = (copy.room, copy.epoch, after)
        with self._changed:
            self._check()
            self._link.post(ReadOld(room=copy.room, epoch=copy.epoch, after=after, limit=limit))
            if not self._wait(lambda: asked in self._mirror.old):
                raise NotReachable(f"This computer's disk has not answered within {self._timeout_s:g} s.")
            return self._mirror.old.pop(asked)

    # -- In the link's thread ------------------------------------------------------------------

    def _run(self) -> None:
        failure: LoggiaError = Closed("This client was closed; make a new one.")
        try:
            self._link.run()
        except LoggiaError as reason:
            failure = reason
        finally:
            with self._changed:
                self._link_failure = failure
                self._changed.notify_all()

    def _hear(self, batch: list[notices.Notice]) -> None:
        with self._changed:
            for notice in batch:
                self._mirror.hear(notice)
                if isinstance(notice, notices.Failed) and notice.id is not None:
                    self._link.post(Discard(id=notice.id))  # the script was told, or the log
            self._changed.notify_all()

    # -- Under the lock ------------------------------------------------------------------------

    @property
    def _failure(self) -> LoggiaError | None:
        """What ended this client, if it was not `close`."""
        return self._mirror.refused or self._link_failure

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
    """The requests door to connect to: what was given, else LOGGIA_REQUESTS, else this computer's.

    Raises ValueError, which names the form, for what is no address (shared/addresses.py).
    """
    if given is not None:
        return to_connect(given)
    named = os.environ.get("LOGGIA_REQUESTS", "")
    try:
        return to_connect(named) if named.strip() else DEFAULT_REQUESTS
    except ValueError as reason:
        raise ValueError(f"LOGGIA_REQUESTS: {reason}") from None
