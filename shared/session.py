"""The client's conversation with a broker, without a socket, a clock or a disk. Pure.

Feed it commands, frames and time; each call returns the effects to perform, in order (shared/effects.py).
docs/protocol.md: "Requests", "Catching up", "Errors". `now` is a clock in s that never goes back.
"""

from collections.abc import Callable, Iterable, Sequence
from unicodedata import normalize

import msgspec

from shared import commands, effects, notices
from shared.catchup import CatchUp
from shared.effects import Effect, Saved, Tell
from shared.errors import Refused
from shared.ids import passing
from shared.limits import LOBBY, Limits
from shared.line import Line
from shared.messages import (
    Answer,
    AnyRequest,
    End,
    Ended,
    Error,
    History,
    HistoryAnswer,
    Join,
    JoinedAnswer,
    Leave,
    Ping,
    Pong,
    Stored,
    StoredEvent,
    array,
    decode_down,
    decode_events,
    encode,
)
from shared.outbox import Entry, Outbox

LATER = frozenset({"slow_down", "unavailable", "storage_full"})  # the same request may be granted later
LATER_S = 2.0  # how long to wait when the broker does not say
DRAIN_S = 1.0  # what `Goodbye` gives the outbox
END_S = 0.5  # what `Goodbye` gives the broker to answer `!end`


class Session:
    """One account's conversation.

    `rooms`: entered at every connection, with those an earlier run left in `saved`. `bot`: says so to the
    others, and joins only `rooms`. `complete`, `durable`: see CatchUp. `new_id` gives growing ids
    (shared/ids.py), `chance` a number from 0 to 1 that spreads the reconnects of many clients.
    """

    def __init__(
        self,
        *,
        nick: str,
        rooms: Sequence[str],
        saved: Saved,
        new_id: Callable[[], str],
        chance: Callable[[], float],
        bot: bool = False,
        complete: bool = False,
        durable: bool = False,
    ) -> None:
        kept = [] if bot else [room.room for room in saved.rooms if room.wanted]
        self._wanted = dict.fromkeys([*(normalize("NFC", room) for room in rooms), *kept])
        self._nick = nick
        self._bot = bot
        self._token = saved.token
        self._account = ""
        self._new_id = new_id
        self._outbox = Outbox(saved.outbox)
        self._catchup = CatchUp(saved.rooms, lambda: passing(new_id()), complete=complete, durable=durable)
        self._line = Line(chance)
        self._out: list[Effect | AnyRequest] = self._catchup.out  # type: ignore[assignment]
        self._asked: dict[str, AnyRequest] = {}
        self._topics: dict[str, str] = {}
        self._limits = Limits()
        self._unreachable: set[str] = set()
        self._goodbye_by: float | None = None
        self._end_sent = False
        self._stopped = False

    # -- What happens --------------------------------------------------------------------------

    def start(self, now: float) -> list[Effect]:
        """Show what this computer holds, and connect."""
        self._catchup.start()
        for entry in [*self._outbox.entries(), *self._outbox.refused.values()]:
            self._tell_waiting(entry)
            if entry.code is not None:
                self._tell_failed(entry)
        self._connect(now)
        return self._turn(now)

    def command(self, command: commands.Command, now: float, wall_ms: int) -> list[Effect]:
        """The program asks something; `wall_ms` is Unix time in ms."""
        if not self._stopped:
            _COMMANDS[type(command)](self, command, now, wall_ms)
        return self._turn(now)

    def received(self, frame: bytes, now: float) -> list[Effect]:
        """A down frame of the current connection."""
        self._line.heard()
        skipped: list[Refused] = []
        for item in decode_down(frame, skipped):
            if not isinstance(item, Answer | Error):
                self._catchup.live([item])
            elif isinstance(item, Error):
                self._error(item, now)
            else:
                request = self._asked.pop(item.id, None)
                if (answer := _ANSWERS.get(type(item))) is not None:
                    answer(self, request, item, now)
        self._complain(skipped)
        return self._turn(now)

    def published(self, frame: bytes, now: float) -> list[Effect]:
        """The events of a broadcast frame."""
        skipped: list[Refused] = []
        self._catchup.live(decode_events(frame, skipped))
        self._complain(skipped)
        return self._turn(now)

    def recalled(self, recall: effects.Recall, events: list[StoredEvent], now: float) -> list[Effect]:
        """The copy gave what a Recall asked for."""
        self._catchup.recalled(recall, events)
        return self._turn(now)

    def lost(self, reason: str, now: float) -> list[Effect]:
        """The connection broke, or could not be made; it is tried again after a while."""
        self._lose(reason, now)
        return self._turn(now)

    def tick(self, now: float) -> list[Effect]:
        """Time passed: do what is due."""
        if self._stopped:
            return []
        if self._goodbye_by is not None and self._end_sent and now >= self._goodbye_by:
            self._stop("the broker did not answer the goodbye in time")
        elif self._line.should_connect(now):
            self._connect(now)
        elif reason := self._line.failed(now):
            self._lose(reason, now)
        elif self._line.connected:
            self._keep_alive(now)
        return self._turn(now)

    def wake_at(self, now: float) -> float | None:
        """When to call `tick` at the latest."""
        times = [self._line.wake_at(), self._goodbye_by]
        if self._line.connected:
            times.append(self._outbox.wake_at(now))
        return min((time for time in times if time is not None), default=None)

    # -- Connection ----------------------------------------------------------------------------

    def _connect(self, now: float) -> None:
        self._line.connecting(now)
        self._out.append(effects.Connect())
        self._status("connecting")
        self._open()

    def _open(self) -> None:
        """The first join of a connection; the other rooms follow when it is answered."""
        self._join(next(iter(self._wanted), LOBBY))

    def _join(self, room: str) -> None:
        after, epoch = self._catchup.position(room)
        token = None if self._line.connected else self._token
        self._request(
            Join(
                id=self._passing(),
                nick=self._nick,
                room=room,
                token=token,
                bot=self._bot,
                after=after,
                epoch=epoch,
            )
        )

    def _lose(self, reason: str, now: float, retry_in_s: float | None = None) -> None:
        if self._stopped or not self._line.busy:
            return
        if self._goodbye_by is not None:
            self._stop(reason)
            return
        self._out.append(effects.Disconnect())
        self._forget_session()
        wait_s = self._line.lose(now, retry_in_s)
        self._status("reconnecting", wait_s, reason)
        for entry in self._outbox.entries():
            self._tell_unreachable(entry)

    def _forget_session(self) -> None:
        self._asked.clear()
        self._outbox.cut()
        self._catchup.cut()

    def _give_up(self, error: Error) -> None:
        """The broker will not have us under this name: trying again would not help."""
        self._out.append(effects.Disconnect())
        self._forget_session()
        self._line.give_up()
        self._out.append(Tell(notices.Failed(id=None, room=None, code=error.code, text=error.text)))
        self._status("offline", reason=error.text)
        for entry in self._outbox.entries():
            self._tell_unreachable(entry)

    def _keep_alive(self, now: float) -> None:
        if self._outbox.overdue(now):
            self._outbox.cut()
        if self._line.ping_due(now):
            self._request(Ping(id=self._passing(), cursors=self._catchup.cursors()))
            self._join_missing()

    def _join_missing(self) -> None:
        """Join the rooms that we want and are not in; those under way are not asked twice."""
        under_way = {request.room for request in self._asked.values() if isinstance(request, Join)}
        for room in self._wanted:
            if not self._catchup.is_in(room) and room not in under_way:
                self._join(room)

    # -- Commands ------------------------------------------------------------------------------

    def _say(self, command: commands.Say, now: float, wall_ms: int) -> None:
        if command.id in self._outbox:
            return
        self._put(command.id, normalize("NFC", command.room), command.text, command.reply_to, wall_ms)

    def _put(self, message_id: str, room: str, text: str, reply_to: int | None, wall_ms: int) -> None:
        entry = Entry(
            place=self._outbox.next_place(),
            id=message_id,
            room=room,
            text=text,
            reply_to=reply_to,
            at=wall_ms,
        )
        self._outbox.add(entry)
        self._out.append(effects.KeepEntry(entry))
        self._tell_waiting(entry)
        if not self._line.busy:
            self._tell_unreachable(entry)

    def _enter(self, command: commands.Enter, now: float, wall_ms: int) -> None:
        room = normalize("NFC", command.room)
        self._wanted[room] = None
        self._out.append(effects.KeepRoom(room, True))
        if self._line.connected:
            self._join_missing()

    def _leave(self, command: commands.LeaveRoom, now: float, wall_ms: int) -> None:
        room = normalize("NFC", command.room)
        self._wanted.pop(room, None)
        self._out.append(effects.KeepRoom(room, False))
        if self._catchup.is_in(room):
            self._request(Leave(id=self._passing(), room=room))
        else:
            self._out.append(Tell(notices.Left(room=room)))

    def _load_older(self, command: commands.LoadOlder, now: float, wall_ms: int) -> None:
        self._catchup.older(normalize("NFC", command.room), max(command.limit, 1))

    def _handled(self, command: commands.Handled, now: float, wall_ms: int) -> None:
        self._catchup.handled(command.room, command.seq)

    def _retry(self, command: commands.Retry, now: float, wall_ms: int) -> None:
        entry = self._outbox.refused.pop(command.id, None)
        if entry is not None:
            self._out.append(effects.DropEntry(entry.id))
            self._put(self._new_id(), entry.room, entry.text, entry.reply_to, wall_ms)

    def _discard(self, command: commands.Discard, now: float, wall_ms: int) -> None:
        if self._outbox.discard(command.id) is not None:
            self._out.append(effects.DropEntry(command.id))

    def _goodbye(self, command: commands.Goodbye, now: float, wall_ms: int) -> None:
        if self._goodbye_by is None:
            self._goodbye_by = now + DRAIN_S
        if not self._line.connected:
            self._stop("")

    def _shut(self, command: commands.Shut, now: float, wall_ms: int) -> None:
        self._stop("")

    def _stop(self, reason: str) -> None:
        self._stopped = True
        self._status("ended", reason=reason)
        self._out.append(effects.Stop(0.0))

    # -- Answers -------------------------------------------------------------------------------

    def _on_joined(self, request: AnyRequest | None, answer: JoinedAnswer, now: float) -> None:
        if not isinstance(request, Join):
            return
        if request.room in self._wanted and request.room != answer.room:
            del self._wanted[request.room]
        elif request.room not in self._wanted and self._wanted:
            self._request(Leave(id=self._passing(), room=answer.room))  # left while the join was under way
        self._wanted[answer.room] = None
        opened = not self._line.connected
        resumed = opened and answer.account == self._account and self._line.was_short(now)
        if opened:
            self._line.opened(now, answer.ping_s)
            self._limits = answer.limits
            self._unreachable.clear()
            self._status("connected")
            self._token, self._account = answer.token, answer.account
            self._out.append(effects.KeepAccount(answer.account, answer.token))
        self._out.append(effects.KeepRoom(answer.room, True))
        if answer.topic:
            self._topics[answer.room] = answer.topic
        self._out.append(effects.Subscribe(answer.pub, frozenset(self._topics.values())))
        self._out.append(
            Tell(
                notices.Entered(
                    room=answer.room,
                    nick=answer.nick,
                    account=answer.account,
                    head=answer.head,
                    resumed=resumed,
                )
            )
        )
        self._catchup.entered(answer)
        self._line.listen_soon(now)
        self._join_missing()

    def _on_stored(self, request: AnyRequest | None, answer: Stored, now: float) -> None:
        if isinstance(request, Leave):
            self._out_of(request.room)
        elif (entry := self._outbox.answered(answer.id)) is not None:
            self._out.append(effects.DropEntry(entry.id))
            self._out.append(
                Tell(notices.Delivered(id=entry.id, room=answer.room, seq=answer.seq, at=answer.at))
            )

    def _out_of(self, room: str) -> None:
        self._catchup.leave(room)
        self._topics.pop(room, None)
        self._out.append(Tell(notices.Left(room=room)))

    def _on_history(self, request: AnyRequest | None, answer: HistoryAnswer, now: float) -> None:
        if isinstance(request, History):
            self._catchup.page(request, answer)
            if not self._catchup.is_in(request.room):
                self._join_missing()

    def _on_pong(self, request: AnyRequest | None, answer: Pong, now: float) -> None:
        if isinstance(request, Ping):
            self._catchup.heads(answer)

    def _on_ended(self, request: AnyRequest | None, answer: Ended, now: float) -> None:
        if isinstance(request, End):
            self._stop("")

    # -- Errors --------------------------------------------------------------------------------

    def _error(self, error: Error, now: float) -> None:
        request = self._asked.pop(error.id, None) if error.id is not None else None
        if error.code == "no_session" and not isinstance(request, Join):
            if request is not None or (error.id or "") in self._outbox:
                self._rejoin(now)
        elif isinstance(request, Join):
            self._join_refused(request, error, now)
        elif isinstance(request, History):
            self._catchup.refused(request)
        elif isinstance(request, End):
            self._stop(error.text)
        elif isinstance(request, Leave):
            self._tell_refused(error, request.room)
        elif error.id is not None and error.id in self._outbox:
            self._message_refused(error.id, error, now)
        elif error.id is None:
            self._complain([Refused(error.code, error.text)])

    def _rejoin(self, now: float) -> None:
        """The broker knows no session of this connection (any more): open one on it."""
        if self._line.connected:
            self._forget_session()
            self._line.connecting(now)
            self._status("connecting", reason="the broker asks to join again")
            self._open()

    def _message_refused(self, message_id: str, error: Error, now: float) -> None:
        if error.code in LATER:
            self._outbox.slow_down(message_id, _wait_s(error), now)
        elif (entry := self._outbox.refuse(message_id, error.code, error.text)) is not None:
            self._out.append(effects.KeepEntry(entry))
            self._tell_failed(entry, _retry_after(error))

    def _join_refused(self, request: Join, error: Error, now: float) -> None:
        opening = not self._line.connected
        if error.code == "bad_token" and request.token is not None:
            self._token = None
            self._out.append(effects.KeepAccount("", None))
            self._open()
        elif error.code in LATER or (error.code == "nick_taken" and _retry_after(error) is not None):
            if opening:
                self._lose(error.text, now, _wait_s(error))
        elif opening and error.code in ("nick_taken", "bad_nick", "bad_token", "bad_request", "internal"):
            self._give_up(error)
        else:
            self._wanted.pop(request.room, None)
            self._out.append(effects.KeepRoom(request.room, False))
            self._tell_refused(error, request.room)
            if opening and self._wanted:
                self._open()
            elif opening:
                self._give_up(error)

    # -- The end of a turn ---------------------------------------------------------------------

    def _turn(self, now: float) -> list[Effect]:
        """What has gathered: requests become frames, and the outbox sends what it may."""
        self._catchup.settle()
        requests: list[AnyRequest] = []
        done: list[Effect] = []
        if self._line.connected and not self._stopped:
            held = {room for room in self._wanted if not self._catchup.is_in(room)}
            requests = [entry.request() for entry in self._outbox.due(now, held)]
            self._end_when_drained(now)
        for item in self._out:
            if isinstance(item, AnyRequest):
                self._asked[item.id] = item
                requests.append(item)
            else:
                done.append(item)
        self._out.clear()
        return done + [effects.Send(frame) for frame in self._frames(requests)]

    def _end_when_drained(self, now: float) -> None:
        if self._goodbye_by is None or self._end_sent:
            return
        if not len(self._outbox) or now >= self._goodbye_by:
            self._goodbye_by, self._end_sent = now + END_S, True
            self._request(End(id=self._passing()))

    def _frames(self, requests: Iterable[AnyRequest]) -> Iterable[bytes]:
        """Arrays as long as the broker takes them."""
        part: list[bytes] = []
        size = 2
        for request in requests:
            encoded = encode(request)
            full = len(part) == self._limits.array_requests or size + len(encoded) >= self._limits.frame_bytes
            if part and full:
                yield array(part)
                part, size = [], 2
            part.append(encoded)
            size += len(encoded) + 1
        if part:
            yield array(part)

    # -- Telling -------------------------------------------------------------------------------

    def _request(self, request: AnyRequest) -> None:
        self._out.append(request)

    def _passing(self) -> str:
        return passing(self._new_id())

    def _status(
        self, connection: notices.Connection, retry_in_s: float | None = None, reason: str = ""
    ) -> None:
        self._out.append(Tell(notices.Status(connection=connection, retry_in_s=retry_in_s, reason=reason)))

    def _tell_waiting(self, entry: Entry) -> None:
        self._out.append(Tell(notices.Waiting(id=entry.id, room=entry.room, text=entry.text, at=entry.at)))

    def _tell_unreachable(self, entry: Entry) -> None:
        if entry.id not in self._unreachable:
            self._unreachable.add(entry.id)
            self._out.append(Tell(notices.Unreachable(id=entry.id, room=entry.room)))

    def _tell_failed(self, entry: Entry, retry_after_ms: int | None = None) -> None:
        self._out.append(
            Tell(
                notices.Failed(
                    id=entry.id,
                    room=entry.room,
                    code=entry.code or "internal",
                    text=entry.reason,
                    retry_after_ms=retry_after_ms,
                )
            )
        )

    def _tell_refused(self, error: Error, room: str) -> None:
        self._out.append(
            Tell(
                notices.Failed(
                    id=None, room=room, code=error.code, text=error.text, retry_after_ms=_retry_after(error)
                )
            )
        )

    def _complain(self, skipped: Iterable[Refused]) -> None:
        self._out.extend(effects.Complain(refused.text) for refused in skipped)


def _retry_after(error: Error) -> int | None:
    return None if error.retry_after_ms is msgspec.UNSET else error.retry_after_ms


def _wait_s(error: Error) -> float:
    asked = _retry_after(error)
    return LATER_S if asked is None else max(asked, 0) / 1000


_COMMANDS: dict[type, Callable[..., None]] = {
    commands.Say: Session._say,
    commands.Enter: Session._enter,
    commands.LeaveRoom: Session._leave,
    commands.LoadOlder: Session._load_older,
    commands.Handled: Session._handled,
    commands.Retry: Session._retry,
    commands.Discard: Session._discard,
    commands.Goodbye: Session._goodbye,
    commands.Shut: Session._shut,
}

_ANSWERS: dict[type, Callable[..., None]] = {
    JoinedAnswer: Session._on_joined,
    Stored: Session._on_stored,
    HistoryAnswer: Session._on_history,
    Pong: Session._on_pong,
    Ended: Session._on_ended,
}
