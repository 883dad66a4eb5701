"""What becomes of a session's connection: made, opened, lost and made again, ended with a goodbye. Pure.

Whether it stands, and when something is due, is the line's to say (shared/line.py). Everything to do is
appended to `out`; `now` is a clock in s that never goes back. docs/protocol.md, "Requests".
"""

from collections.abc import Callable, Iterable

from shared import effects, notices
from shared.asked import Asked
from shared.catchup import CatchUp
from shared.effects import Out, Tell
from shared.joining import Joining
from shared.limits import Limits
from shared.line import Line
from shared.messages import AnyRequest, End, Error, JoinedAnswer, Ping
from shared.sending import Sending

DRAIN_S = 1.0  # what a goodbye gives the outbox
END_S = 0.5  # what a goodbye gives the broker to answer `!end`

PING_BYTES = 128  # of a ping without its cursors: at most an id of 64 characters
CURSOR_BYTES = 2 * 2 + 20  # of a cursor beside the name: quotes, signs and a number

BROKE = "the connection to the broker broke"
NOBODY = "nobody answers there"


class Connecting:
    """The connection of one session, and with it the session's end.

    Attributes: `epoch`: the life of the log that this connection is about, empty until a room was joined;
    `limits`: what the broker takes; `stopped`: it is over for good.
    """

    def __init__(
        self,
        out: Out,
        joining: Joining,
        catchup: CatchUp,
        sending: Sending,
        asked: Asked,
        new_id: Callable[[], str],
        chance: Callable[[], float],
    ) -> None:
        self._out = out
        self._joining = joining
        self._catchup = catchup
        self._sending = sending
        self._asked = asked
        self._new_id = new_id
        self._line = Line(chance)
        self.epoch = ""
        self.limits = Limits()
        self.stopped = False
        self._goodbye_by: float | None = None
        self._end_sent = False
        self._farewell = ""  # why the broker is about to close this connection, if it said so

    @property
    def connected(self) -> bool:
        """A session is open."""
        return self._line.connected

    @property
    def ending(self) -> bool:
        """A goodbye is under way."""
        return self._goodbye_by is not None

    @property
    def _talks(self) -> bool:
        """A session is open, and `!end` was not sent: nobody is there to be answered behind it."""
        return self._line.connected and not self._end_sent

    # -- Time ----------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Time passed: do what is due."""
        late = self._goodbye_by is not None and now >= self._goodbye_by
        if late and (self._end_sent or not self._line.connected):
            self.stop("the broker did not answer the goodbye in time")
        elif self._line.should_connect(now):
            self.connect(now)
        elif reason := self._line.failed(now):
            self.lose(reason, now)
        elif self._talks and self._line.ping_due(now):
            for cursors in _portions(self._catchup.cursors(), self.limits.frame_bytes):
                self._out.append(Ping(id=self._new_id(), cursors=cursors))
            self._joining.join_missing()
        if self._line.connected:
            self._out += self._asked.due(now)

    def wake_at(self) -> float | None:
        """When to call `tick` at the latest."""
        times = [self._line.wake_at(), self._goodbye_by]
        if self._line.connected:
            times.append(self._asked.wake_at())
        return min((time for time in times if time is not None), default=None)

    # -- Up ------------------------------------------------------------------------------------

    def connect(self, now: float) -> None:
        self._out.append(effects.Connect())
        self.epoch = ""
        self._open(now, "")

    def heard(self, now: float) -> None:
        """Anything from the broker shows that it is there."""
        self._line.heard(now)

    def opened(self, answer: JoinedAnswer, now: float) -> bool:
        """The first join was answered: a session is open; returns whether it is the one of before."""
        self.epoch, self.limits = answer.epoch, answer.limits
        resumed = self._joining.opened(answer, in_time=self._line.was_short(now))
        self._line.opened(now, answer.ping_s)
        self._sending.opened()
        self._status("connected")
        return resumed

    def ask_time(self) -> None:
        """Ping now, since the answer has the broker's time."""
        if self._talks:
            self._out.append(Ping(id=self._new_id()))

    def listen_soon(self, now: float) -> None:
        """There is a new subscription: ping as soon as it may stand."""
        self._line.listen_soon(now)

    def _open(self, now: float, reason: str) -> None:
        self._line.connecting(now)
        self._farewell = ""
        self._status("connecting", reason=reason)
        self._joining.open()

    # -- Down ----------------------------------------------------------------------------------

    def lose(self, reason: str, now: float, retry_in_s: float | None = None) -> None:
        """The connection is of no more use for this reason: another one is made later."""
        if self.stopped or not self._line.busy:
            return
        if self._goodbye_by is not None:
            self.stop(reason)
            return
        self._disconnect()
        wait_s = self._line.lose(now, retry_in_s)
        self._status("reconnecting", wait_s, reason)

    def broke(self, now: float) -> None:
        """It broke, or nobody took it."""
        self.lose(self._farewell or (BROKE if self._line.connected else NOBODY), now)

    def closing(self, reason: str) -> None:
        """The broker says why it is about to close the connection."""
        self._farewell = reason

    def open_again(self, now: float, reason: str) -> None:
        """The broker has lost our session, not the connection."""
        if self._talks:
            self._forget()
            self._open(now, reason)

    def give_up(self, error: Error) -> None:
        """The broker will not have us like this: trying again would not help."""
        self._disconnect()
        self._line.give_up()
        self._out.append(Tell(notices.Failed.of(error, None)))
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

    # -- The end -------------------------------------------------------------------------------

    def goodbye(self, now: float) -> None:
        """Let the outbox drain, tell the broker, and stop."""
        if not self._line.busy:
            self.stop("")
        elif self._goodbye_by is None:  # a join under way is answered first: its session would linger
            self._goodbye_by = now + (DRAIN_S if self._line.connected else END_S)

    def end_when_drained(self, now: float) -> None:
        """Tell the broker goodbye, if one is under way and the outbox is drained or has had its time."""
        if self._goodbye_by is None or self._end_sent:
            return
        if self._sending.drained or now >= self._goodbye_by:
            self._goodbye_by, self._end_sent = now + END_S, True
            self._out.append(End(id=self._new_id()))

    def stop(self, reason: str) -> None:
        self.stopped = True
        self._status("ended", reason=reason)
        self._out.append(effects.Stop())

    def _status(
        self, connection: notices.Connection, retry_in_s: float | None = None, reason: str = ""
    ) -> None:
        status = notices.Status(connection=connection, retry_in_s=retry_in_s, reason=reason)
        self._out.append(Tell(status))


def _portions(cursors: dict[str, int], frame_bytes: int) -> Iterable[dict[str, int]]:
    """The cursors, as many in a ping as a frame holds; one ping at least, which asks whether we are there."""
    portion: dict[str, int] = {}
    size = 0
    for room, seq in cursors.items():
        cursor_bytes = len(room.encode()) + CURSOR_BYTES
        if portion and size + cursor_bytes > frame_bytes - PING_BYTES:
            yield portion
            portion, size = {}, 0
        portion[room] = seq
        size += cursor_bytes
    yield portion
