"""The client's conversation with a broker, without a socket, a clock or a disk. Pure.

Feed it commands, frames and time; each call returns the effects to perform, in order (shared/effects.py).
`now` is a clock in s that never goes back. docs/protocol.md: "Requests", "Catching up", "Errors".

Its parts: shared/line.py (the connection), joining.py (account and rooms), catchup.py (the copies of the
rooms), sending.py (the outbox), asked.py (all other requests).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec import structs

from shared import commands, effects, notices
from shared.asked import Asked
from shared.catchup import CatchUp
from shared.counters import Counters
from shared.effects import Effect, Out, Saved, Tell
from shared.errors import Refused
from shared.ids import passing
from shared.joining import Joining
from shared.limits import Limits
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
    retry_after,
)
from shared.names import canonical
from shared.sending import LATER, Sending, pause_s
from shared.tally import COUNTED, Tally

DRAIN_S = 1.0  # what `Goodbye` gives the outbox
END_S = 0.5  # what `Goodbye` gives the broker to answer `!end`

STOPS = "the broker is stopping"
BROKE = "the connection to the broker broke"
RESTORED = "the broker's log was restored"
NOBODY = "nobody answers there"


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
        self._out: Out = []
        self._passing: Callable[[], str] = lambda: passing(new_id())
        self._line = Line(chance)
        self._tally = Tally()
        self._counters = Counters(COUNTED)
        self._catchup = CatchUp(
            self._out, saved, self._passing, self._tally, complete=complete, durable=durable
        )
        self._sending = Sending(self._out, saved.outbox, new_id, self._tally)
        kept = [] if bot else [room.room for room in saved.rooms if room.wanted]
        self._joining = Joining(
            self._out,
            self._catchup,
            self._passing,
            nick=nick,
            rooms=[*rooms, *kept],
            left=[room.room for room in saved.rooms if not room.wanted],
            token=saved.token,
            bot=bot,
        )
        self._asked = Asked()
        self._limits = Limits()
        self._goodbye_by: float | None = None
        self._end_sent = False
        self._stopped = False
        self._epoch = ""  # the life of the log that this connection is about
        self._farewell = ""  # why the broker is about to close this connection, if it said so

    # -- What happens --------------------------------------------------------------------------

    def start(self, now: float) -> list[Effect]:
        """Show what this computer holds, and connect."""
        self._catchup.start()
        self._sending.start()
        self._connect(now)
        return self._turn(now)

    def command(self, command: commands.Command, now: float, wall_ms: int) -> list[Effect]:
        """The program asks something; `wall_ms` is Unix time in ms."""
        if not self._stopped:
            _COMMANDS[type(command)](self, command, now, wall_ms)
        return self._turn(now)

    def received(self, frame: bytes, now: float) -> list[Effect]:
        """A down frame of the current connection."""
        self._line.heard(now)
        skipped: list[Refused] = []
        for item in decode_down(frame, skipped):
            if isinstance(item, Error):
                self._error(item, now)
            elif not isinstance(item, Answer):
                self._catchup.live([item])
            elif type(item) in _ANSWERS:
                _ANSWERS[type(item)](self, self._asked.answered(item.id), item, now)
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
        """The connection is of no use for this reason; another one is tried after a while."""
        self._lose(reason, now)
        return self._turn(now)

    def broke(self, now: float) -> list[Effect]:
        """The connection broke, or nobody took it; it is tried again after a while."""
        return self.lost(self._farewell or (BROKE if self._line.connected else NOBODY), now)

    def tick(self, now: float) -> list[Effect]:
        """Time passed: do what is due."""
        if self._stopped:
            return []
        late = self._goodbye_by is not None and now >= self._goodbye_by
        if late and (self._end_sent or not self._line.connected):
            self._stop("the broker did not answer the goodbye in time")
        elif self._line.should_connect(now):
            self._connect(now)
        elif reason := self._line.failed(now):
            self._lose(reason, now)
        elif self._line.connected and self._line.ping_due(now):
            self._out.append(Ping(id=self._passing(), cursors=self._catchup.cursors()))
            self._joining.join_missing()
        if self._line.connected:
            self._out += self._asked.due(now)
        if news := self._counters.due(now):
            self._out.append(effects.Report(news))
        return self._turn(now)

    def wake_at(self, now: float) -> float | None:
        """When to call `tick` at the latest."""
        if self._stopped:
            return None
        times = [self._line.wake_at(), self._goodbye_by, self._counters.due_at()]
        if self._line.connected:
            times += [self._sending.wake_at(now), self._asked.wake_at()]
        return min((time for time in times if time is not None), default=None)

    @property
    def ending(self) -> bool:
        """A goodbye is under way."""
        return self._goodbye_by is not None

    # -- Connection ----------------------------------------------------------------------------

    def _connect(self, now: float) -> None:
        self._out.append(effects.Connect())
        self._epoch = ""
        self._open(now, "")

    def _open(self, now: float, reason: str) -> None:
        self._line.connecting(now)
        self._farewell = ""
        self._status("connecting", reason=reason)
        self._joining.open()

    def _lose(self, reason: str, now: float, retry_in_s: float | None = None) -> None:
        """The connection is of no more use: another one is made later."""
        if self._stopped or not self._line.busy:
            return
        if self._goodbye_by is not None:
            self._stop(reason)
            return
        self._disconnect()
        wait_s = self._line.lose(now, retry_in_s)
        self._status("reconnecting", wait_s, reason)

    def _give_up(self, error: Error) -> None:
        """The broker will not have us like this: trying again would not help."""
        self._disconnect()
        self._line.give_up()
        self._tell_failed(error, None)
        self._status("offline", reason=error.text)

    def _disconnect(self) -> None:
        self._out.append(effects.Disconnect())
        self._forget()
        self._sending.unreachable()

    def _forget(self) -> None:
        """The session is gone: nothing that was asked will be answered."""
        self._out[:] = [item for item in self._out if not isinstance(item, AnyRequest)]
        self._asked.cut()
        self._sending.cut()
        self._catchup.cut()

    def _stop(self, reason: str) -> None:
        self._stopped = True
        self._status("ended", reason=reason)
        self._out.append(effects.Stop())

    # -- Commands ------------------------------------------------------------------------------

    def _say(self, command: commands.Say, now: float, wall_ms: int) -> None:
        room, target = canonical(command.room), command.reply_to
        if command.epoch and target is not None and not self._catchup.is_known(room, target, command.epoch):
            command = structs.replace(command, reply_to=None)
        self._sending.say(command, wall_ms)

    def _enter(self, command: commands.Enter, now: float, wall_ms: int) -> None:
        self._joining.want(command.room)
        if self._line.connected:
            self._joining.join_missing()

    def _leave(self, command: commands.LeaveRoom, now: float, wall_ms: int) -> None:
        self._joining.leave(command.room)

    def _load_older(self, command: commands.LoadOlder, now: float, wall_ms: int) -> None:
        self._catchup.older(command.room, max(command.limit, 1))

    def _handled(self, command: commands.Handled, now: float, wall_ms: int) -> None:
        self._catchup.handled(command.room, command.seq, command.epoch)

    def _read_old(self, command: commands.ReadOld, now: float, wall_ms: int) -> None:
        self._catchup.read_old(command.room, command.epoch, command.after, max(command.limit, 1))

    def _retry(self, command: commands.Retry, now: float, wall_ms: int) -> None:
        self._sending.retry(command.id, wall_ms)

    def _discard(self, command: commands.Discard, now: float, wall_ms: int) -> None:
        self._sending.discard(command.id)

    def _goodbye(self, command: commands.Goodbye, now: float, wall_ms: int) -> None:
        if not self._line.busy:
            self._stop("")
        elif self._goodbye_by is None:  # a join under way is answered first: its session would linger
            self._goodbye_by = now + (DRAIN_S if self._line.connected else END_S)

    def _shut(self, command: commands.Shut, now: float, wall_ms: int) -> None:
        self._stop("")

    # -- Answers -------------------------------------------------------------------------------

    def _on_joined(self, request: AnyRequest | None, answer: JoinedAnswer, now: float) -> None:
        if not isinstance(request, Join):
            return
        if self._epoch and answer.epoch != self._epoch:
            self._lose(RESTORED, now)
            return
        resumed = False
        if not self._line.connected:
            self._epoch = answer.epoch
            resumed = self._joining.opened(answer, in_time=self._line.was_short(now))
            self._line.opened(now, answer.ping_s)
            self._limits = answer.limits
            self._sending.opened()
            self._status("connected")
        self._joining.joined(request, answer, resumed=resumed)
        self._line.listen_soon(now)
        self._joining.join_missing()

    def _on_stored(self, request: AnyRequest | None, answer: Stored, now: float) -> None:
        if isinstance(request, Leave):
            self._joining.left(request.room)
        else:
            self._sending.stored(answer)

    def _on_history(self, request: AnyRequest | None, answer: HistoryAnswer, now: float) -> None:
        if not isinstance(request, History):
            return
        if answer.epoch != self._epoch:  # broadcasts that still come may be of either life: begin anew
            self._lose(RESTORED, now)
        else:
            self._catchup.page(request, answer)

    def _on_pong(self, request: AnyRequest | None, answer: Pong, now: float) -> None:
        if isinstance(request, Ping):
            self._catchup.heads(request.cursors, answer)

    def _on_ended(self, request: AnyRequest | None, answer: Ended, now: float) -> None:
        if isinstance(request, End):
            self._stop("")

    # -- Errors --------------------------------------------------------------------------------

    def _error(self, error: Error, now: float) -> None:
        request = self._asked.answered(error.id) if error.id is not None else None
        ours = request is not None or error.id in self._sending
        if error.code == "no_session" and ours and not isinstance(request, Join):
            if self._line.connected:
                self._forget()
                self._open(now, "the broker asks to join again")
        elif isinstance(request, Join):
            self._join_refused(request, error, now)
        elif isinstance(request, History) and error.code == "slow_down":
            self._asked.later(request, pause_s(error), now)
        elif isinstance(request, History):
            self._catchup.refused(request)
        elif isinstance(request, End):
            self._stop(error.text)
        elif isinstance(request, Leave):
            self._leave_refused(request, error, now)
        elif error.id in self._sending:
            self._sending.refused(str(error.id), error, now)
        elif error.id is None and error.code == "unavailable":
            self._farewell = STOPS
        elif error.id is None:
            self._complain([Refused(error.code, error.text)])

    def _join_refused(self, request: Join, error: Error, now: float) -> None:
        outcome = self._joining.refused(request, error, opening=not self._line.connected)
        if outcome == "later":
            wait_ms = retry_after(error)
            self._lose(error.text, now, None if wait_ms is None else max(wait_ms, 0) / 1000)
        elif outcome == "never":
            self._give_up(error)

    def _leave_refused(self, request: Leave, error: Error, now: float) -> None:
        if error.code in LATER:
            self._asked.later(request, pause_s(error), now)
            return
        self._joining.left(request.room)
        if error.code not in ("not_member", "no_such_room"):  # we are out of it, as was asked
            self._tell_failed(error, request.room)

    # -- The end of a turn ---------------------------------------------------------------------

    def _turn(self, now: float) -> list[Effect]:
        """What has gathered: requests become frames, and the outbox sends what it may."""
        self._catchup.settle()
        for room, shared in self._catchup.new_lives():
            self._sending.new_life(room, shared)
        requests: list[AnyRequest] = []
        if self._line.connected and not self._stopped:
            requests += self._sending.due(now, self._joining.held())
            self._end_when_drained(now)
        self._count(now)
        done: list[Effect] = []
        for item in self._out:
            if isinstance(item, AnyRequest):
                self._asked.sent(item, now)
                requests.append(item)
            else:
                done.append(item)
        self._out.clear()
        return done + [effects.Send(frame) for frame in _frames(requests, self._limits)]

    def _count(self, now: float) -> None:
        if any(self._tally.values()):
            for name, by in self._tally.items():
                self._counters.count(name, now, by)
            self._tally.clear()
            self._out.append(Tell(notices.Counts(totals=dict(self._counters.totals))))

    def _end_when_drained(self, now: float) -> None:
        if self._goodbye_by is None or self._end_sent:
            return
        if self._sending.drained or now >= self._goodbye_by:
            self._goodbye_by, self._end_sent = now + END_S, True
            self._out.append(End(id=self._passing()))

    def _status(
        self, connection: notices.Connection, retry_in_s: float | None = None, reason: str = ""
    ) -> None:
        status = notices.Status(connection=connection, retry_in_s=retry_in_s, reason=reason)
        self._out.append(Tell(status))

    def _tell_failed(self, error: Error, room: str | None) -> None:
        failed = notices.Failed(
            id=None, room=room, code=error.code, text=error.text, retry_after_ms=retry_after(error)
        )
        self._out.append(Tell(failed))

    def _complain(self, skipped: Iterable[Refused]) -> None:
        self._out.extend(effects.Complain(refused.text) for refused in skipped)


def _frames(requests: Iterable[AnyRequest], limits: Limits) -> Iterable[bytes]:
    """Arrays as long as the broker takes them; a request that is too long goes alone, to be refused."""
    part: list[bytes] = []
    size = 2
    for request in requests:
        encoded = encode(request)
        full = len(part) == limits.array_requests or size + len(encoded) > limits.frame_bytes
        if part and full:
            yield array(part)
            part, size = [], 2
        part.append(encoded)
        size += len(encoded) + 1
    if part:
        yield array(part)


_COMMANDS: dict[type, Callable[[Session, Any, float, int], None]] = {
    commands.Say: Session._say,
    commands.Enter: Session._enter,
    commands.LeaveRoom: Session._leave,
    commands.LoadOlder: Session._load_older,
    commands.Handled: Session._handled,
    commands.ReadOld: Session._read_old,
    commands.Retry: Session._retry,
    commands.Discard: Session._discard,
    commands.Goodbye: Session._goodbye,
    commands.Shut: Session._shut,
}

_ANSWERS: dict[type, Callable[[Session, AnyRequest | None, Any, float], None]] = {
    JoinedAnswer: Session._on_joined,
    Stored: Session._on_stored,
    HistoryAnswer: Session._on_history,
    Pong: Session._on_pong,
    Ended: Session._on_ended,
}
