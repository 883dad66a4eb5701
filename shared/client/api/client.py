"""The blocking face of Loggia, for scripts. The link runs in a thread of its own; `close` ends it.

    with Client("ada", room="lobby") as chat:
        chat.send("hello")
        for event in chat:
            print(event.nick, event.text)

Heartbeats, resends and reconnects happen in the link's thread, however slow the script is.
"""

import contextlib
import math
import os
import threading
from collections.abc import Iterable, Iterator
from typing import Literal, NoReturn

from loggia.shared.client import updates
from loggia.shared.client.api import arguments
from loggia.shared.client.api.address import address
from loggia.shared.client.api.changing import Changing
from loggia.shared.client.api.entering import Entering
from loggia.shared.client.api.finding import Finding
from loggia.shared.client.api.inbox import Inbox
from loggia.shared.client.api.inquiring import Inquiring
from loggia.shared.client.api.marking import Marking
from loggia.shared.client.api.moderating import Acts, Moderating
from loggia.shared.client.api.pages import Pages
from loggia.shared.client.api.presenting import Presenting
from loggia.shared.client.api.speaking import Speaking
from loggia.shared.client.api.status import Status
from loggia.shared.client.api.waiting import Waiters
from loggia.shared.client.commands import (
    Ask,
    AskTime,
    CountUnread,
    Discard,
    Goodbye,
    Handled,
    ListPeople,
    MarkRead,
    Say,
    ShowTyping,
    Shut,
    TakeNick,
)
from loggia.shared.client.completeness import ArchivedCopy
from loggia.shared.client.ids import answering
from loggia.shared.client.link.link import Link, clock
from loggia.shared.client.link.loop import wall_ms
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.errors import Closed, LoggiaError, Refused
from loggia.shared.protocol.events import MessageEvent, StoredEvent
from loggia.shared.protocol.limits import LOBBY, Limits
from loggia.shared.protocol.names import escaped
from loggia.shared.protocol.requests import Errand, MessageChange

TIMEOUT_S = 10.0  # how long `send` and `history` wait for the broker
ASK_S = 1.0  # between two questions for the broker's time


class Client(Speaking, Changing, Entering, Inquiring, Finding, Moderating, Presenting, Marking):
    """One account in one or more rooms; safe to use from several threads, of the process that made it.

    `nick`: what it is called. `room`, `rooms`: where to be; `room` is also where `send` goes, and is
    `client.room` afterwards. One that the broker refuses is told by `status`, and costs the others nothing.
    `connect`: the requests door of the broker; else LOGGIA_REQUESTS, else this computer's. `data`: a file
    that keeps account, outbox and copy over restarts; None keeps them in memory. `bot`: others are told
    that this is no person. `durable`: entries not marked `done` are given again after a restart. `invites`:
    whether rooms that others let it into, and its private ones, are entered. `timeout_s`: of each call.

    It connects by itself, and again whenever the connection is lost. Behind `with` it is closed at the end.

    Every call raises TypeError, ValueError or Refused at once for what it cannot do anything with, and
    WrongProcess in a forked child. What ends the client is raised to all who wait, and by all later calls.
    """

    def __init__(
        self,
        nick: str,
        room: str = LOBBY,
        *,
        rooms: Iterable[str] = (),
        connect: str | None = None,
        data: str | os.PathLike[str] | None = None,
        bot: bool = True,
        durable: bool = False,
        invites: Literal["accept", "ignore"] = "accept",
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        nick, wanted, requests = arguments.nick(nick), arguments.rooms(room, rooms), address(connect)
        self.room = wanted[0]
        self._inbox = Inbox(requests, wanted, clock, wall_ms)
        self._waiting = Waiters(self._inbox, arguments.seconds("timeout_s", timeout_s))
        self._link = Link(
            requests=requests,
            replica_path=arguments.path("data", data),
            nick=nick,
            rooms=wanted,
            bot=arguments.flag("bot", bot),
            complete=True,
            durable=arguments.flag("durable", durable),
            invites=arguments.invites(invites),
            notify=self._hear,
        )
        self._pages = Pages(self._link, self._inbox, self._waiting)
        self._acts = Acts(self._link, self._inbox, self._waiting)
        self._thread = threading.Thread(target=self._run, name=f"link of {escaped(nick)}", daemon=True)
        try:
            self._thread.start()
        except BaseException:  # Ctrl+C: nobody is given this client, so nobody else can close it
            with contextlib.suppress(RuntimeError):  # there was no thread to be had
                self.close()
            raise

    @property
    def account(self) -> str:
        """Who this client is at the broker: the `account` of what it says. Empty until it was there."""
        with self._waiting.here():
            return self._inbox.account

    @property
    def nick(self) -> str:
        """What this client is called: as it was made, or as it took by `rename`, or as another session of its
        account did. Empty until it was there."""
        with self._waiting.here():
            return self._inbox.nick

    @property
    def limits(self) -> Limits:
        """What the broker takes, as it said when this client was last there."""
        with self._waiting.here():
            return self._inbox.limits

    def wait_entered(self) -> None:
        """Until the broker has this client, for as long as that takes; raises what ends it before."""
        with self._waiting.here():
            while not self._waiting.wait(lambda: self._inbox.account):
                pass

    def broker_ms(self, *, within_s: float = math.inf) -> int:
        """The time at the broker, Unix ms, by what it said at most `within_s` ago.

        Waits until it says it, for as long as that takes; raises what ends this client.
        """
        within_s = math.inf if within_s == math.inf else arguments.seconds("within_s", within_s)
        with self._waiting.here():
            while (told := self._inbox.time_told(within_s)) is None:
                self._waiting.check()
                self._link.post(AskTime())
                self._waiting.wait(lambda: self._inbox.time_told(within_s) is not None, ASK_S)
            return told

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self, *, now: bool = False) -> None:
        """Say goodbye and stop; `now` stops at once, and the others see the connection as lost.

        In a forked child this does nothing: the client is its parent's.
        """
        if not self._waiting.is_ours:
            return
        with contextlib.suppress(LoggiaError):  # it has ended by itself
            self._link.post(Shut() if now else Goodbye())
        with self._waiting.lock:
            self._waiting.closed = True
            self._waiting.wake()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _ask(self, request: Errand) -> updates.Acted:
        return self._acts.do(request)

    def _take_nick(self, nick: str) -> None:
        self._acts.wait(TakeNick(nick=nick))

    def _change(self, request: MessageChange, message: MessageEvent | int) -> None:
        with self._waiting.here():
            epoch = self._inbox.epochs.of(message) if isinstance(message, MessageEvent) else ""
        self._acts.do(request, epoch)

    def _usual_room(self) -> str:
        return self.room

    def _show(self, shown: Ask | ShowTyping | MarkRead | CountUnread) -> None:
        """Without waiting for what comes of it."""
        self._link.post(shown)

    def answer(self, event: StoredEvent, text: str) -> None:
        """Reply to an entry of a log, at most once for ever, also if asked again after a crash. Only where it
        is a message the reply names it.

        Does not wait: it is sent by itself. Raises Refused or TypeError for a text that cannot be sent.
        """
        self._answer(event, text)

    def _answer(self, event: StoredEvent, text: str, *, soon: bool = True) -> None:
        """`soon`: as in Link.post."""
        arguments.entry(event)
        reply_id = answering(event.at, event.seq, event.room, event.account, event.id)
        with self._waiting.here():
            text = arguments.text(text, self._inbox.limits)
            epoch = self._inbox.epochs.of(event)
        to = event.seq if isinstance(event, MessageEvent) else None
        say = Say(id=reply_id, room=event.room, text=text, reply_to=to, epoch=epoch)
        self._link.post(say, soon=soon)

    def done(self, event: StoredEvent) -> None:
        """This entry is handled; a `durable` client is not given it again after a restart."""
        self._done(event)

    def _done(self, event: StoredEvent, *, soon: bool = True) -> None:
        """`soon`: as in Link.post."""
        arguments.entry(event)
        with self._waiting.here():
            epoch = self._inbox.epochs.of(event)
        self._link.post(Handled(room=event.room, seq=event.seq, epoch=epoch), soon=soon)

    def status(self) -> Status:
        """The truth about the connection, and how much of each room is on this computer; `print` it."""
        with self._waiting.here():
            return self._inbox.status()

    def counters(self) -> dict[str, int]:
        """How often what should be rare happened since the start, by name: `gaps`, `filled`, `resent`, ...

        The log has the same once a minute, in words.
        """
        with self._waiting.here():
            return dict(self._inbox.counts)

    def copies(self) -> list[ArchivedCopy]:
        """What this computer holds of rooms whose log was restored since: copies of before, oldest first."""
        with self._waiting.here():
            self._waiting.wait(lambda: self._inbox.begun)
            return list(self._inbox.copies)

    def read_copy(self, copy: ArchivedCopy) -> Iterator[StoredEvent]:
        """All entries of a copy of before, ascending; needs no broker."""
        return self._pages.copy(arguments.instance("copy", copy, (ArchivedCopy,)))

    def members(self, room: str | None = None) -> list[Member]:
        """Who is in a room now, as far as this client knows; empty for a room where it is not.

        In a full room it waits up to `timeout_s` until the broker has named them all. How they are is asked
        for again, for later calls, where a broadcast of it may have been lost.
        """
        with self._waiting.here():
            room = self._room(room)
            if room in self._inbox.members and self.status().connection == "connected":
                self._link.post(ListPeople(room=room), soon=room in self._inbox.partly)
                self._waiting.wait(lambda: room not in self._inbox.partly)
            return list(self._inbox.members.get(room, {}).values())

    def history(self, room: str | None = None, limit: int = 100) -> list[StoredEvent]:
        """Up to `limit` entries before those given so far, ascending; empty at the start of the log.

        Each call goes further back, from whatever thread; one that raised has taken nothing. Raises Refused
        for a room where this client is not, or if the broker says no, and NotReachable after `timeout_s`.
        """
        limit = arguments.count("limit", limit)
        with self._waiting.here():
            self._waiting.check()
            return self._pages.older(self._in_room(room), limit)

    def events(self) -> Iterator[StoredEvent]:
        """New entries of all rooms, in order, each once, until `close`; also who comes and goes.

        Raises Refused if the broker will not have this client, and StorageBroken if its file is unusable.
        """
        while True:
            with self._waiting.here():
                self._waiting.wait_or_end(lambda: self._inbox.events)
                if self._waiting.closed:
                    return
                if not self._inbox.events:
                    self._waiting.check()
                event = self._inbox.events.popleft()
            yield event

    def __iter__(self) -> Iterator[MessageEvent]:
        """New messages of all rooms, each a MessageEvent, in order, until `close`; errors as in `events`."""
        return (event for event in self.events() if isinstance(event, MessageEvent))

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A Client cannot be pickled or copied: it is of one process. Make one in each of them."
        )

    # -- In the link's thread ------------------------------------------------------------------

    def _run(self) -> None:
        failure: LoggiaError = Closed("This client was closed; make a new one.")
        try:
            self._link.run()
        except LoggiaError as reason:  # StorageBroken, or LinkFailed from whatever it was
            failure = reason
        finally:
            with self._waiting.lock:
                self._waiting.ended = failure
                self._waiting.wake()

    def _hear(self, batch: list[updates.Update]) -> None:
        with self._waiting.lock:
            for update in batch:
                self._inbox.hear(update)
                if isinstance(update, updates.Failed) and update.id is not None:
                    self._link.post(Discard(id=update.id))  # the script was told, or the log
            self._waiting.wake()

    # -- Under the lock ------------------------------------------------------------------------

    def _room(self, given: str | None) -> str:
        """The room that is meant; raises what shared/client/api/arguments.py does."""
        return self.room if given is None else arguments.room(given, self._inbox.limits)

    def _open_room(self, given: str | None) -> str:
        """As `_room`, and raises why the broker does not let us into it, if it does not."""
        room = self._room(given)
        if room in self._inbox.refused_rooms:
            raise self._inbox.refused_rooms[room]
        return room

    def _in_room(self, given: str | None) -> str:
        """As `_open_room`, and raises Refused where we are not."""
        room = self._open_room(given)
        if room not in self._inbox.rooms:
            text = f"This client is not in {room}; name it in `rooms` when you make the client."
            raise Refused("not_member", text)
        return room
