"""The connection to a broker: made, looked at, lost and ended; and how it stands. Pure.

docs/protocol.md, "Presence and heartbeats".
"""

from collections.abc import Callable, Iterable
from typing import Literal

from loggia.shared.client import effects, updates
from loggia.shared.client.effects import Out, Tell
from loggia.shared.client.session.joining import Joining
from loggia.shared.client.session.pending import Pending
from loggia.shared.client.session.sending import Sending
from loggia.shared.client.sync.sync import Sync
from loggia.shared.protocol.answers import Error, JoinedAnswer
from loggia.shared.protocol.limits import PING_S, RESUME_S, Limits
from loggia.shared.protocol.requests import AnyRequest, End, Ping

JOIN_ANSWER_S = 5.0  # for a broker to answer a join; twice that after each one that was not answered
LONGEST_JOIN_ANSWER_S = 20.0  # a broker that takes longer is no broker we can talk to
FIRST_RETRY_S = 0.25  # a broker that restarts is back in less than a second
LONGEST_RETRY_S = 1.5  # with the join itself less than 2 s after the network is back
SILENT_PINGS = 3  # pings without any answer before a connection is given up
# After a ping that was not answered the next one comes so soon: with the interval before the first one, a
# broker that died is noticed within 20 s, also behind a relay whose own system answers for it.
ANSWER_S = 2.5
SOON_S = (0.1, 1.0)  # after subscribing: a subscription takes a moment to reach the broker
SHORTEST_PING_S = 0.05  # whatever the broker says: no client pings faster,
LONGEST_PING_S = PING_S  # or slower, since that is how it notices a broker that died
LATE_S = 5.0  # who comes this late to a ping has slept, and the broker may have closed the connection
PROBE_S = 1.0  # for the broker to answer then; where it does not, a new connection is faster than patience

_State = Literal["idle", "opening", "open", "waiting", "given up"]


class ConnectionState:
    """The state of one connection and its deadlines; `chance` gives numbers from 0 to 1."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._state: _State = "idle"
        self._deadline = 0.0  # opening: when the join is too late; waiting: when to try again
        self._attempts = 0
        self._patience_s = JOIN_ANSWER_S
        self._heard_at = 0.0
        self._lost_at: float | None = None
        self.ping_s = PING_S
        self._next_ping = 0.0
        self._pinged_at = 0.0
        self._soon: list[float] = []
        self._silent = 0

    @property
    def connected(self) -> bool:
        """A session is open."""
        return self._state == "open"

    @property
    def busy(self) -> bool:
        """There is a connection, or one is being made."""
        return self._state in ("opening", "open")

    def connecting(self, now: float) -> None:
        self._state, self._deadline, self._soon = "opening", now + self._patience_s, []

    def opened(self, now: float, ping_s: float) -> None:
        self._state, self._attempts, self._silent = "open", 0, 0
        self._patience_s, self._heard_at = JOIN_ANSWER_S, now
        self.ping_s = min(max(ping_s, SHORTEST_PING_S), LONGEST_PING_S)
        self._next_ping = now + self.ping_s

    def heard(self, now: float) -> None:
        """Anything from the broker shows that it is there."""
        if self._silent:
            self._next_ping = max(self._next_ping, self._pinged_at + self.ping_s)
        self._silent, self._heard_at = 0, now

    def listen_soon(self, now: float) -> None:
        """Compare heads soon: a broadcast may have been lost before the subscription stood."""
        self._soon = [now + after for after in SOON_S]

    def was_short(self, now: float) -> bool:
        """True if the session of before cannot be over yet."""
        return self._lost_at is not None and now - self._lost_at < RESUME_S

    def ping_due(self, now: float) -> bool:
        """True if it is time for a ping, which counts as sent then."""
        soon = [at for at in self._soon if at > now]
        due, self._soon = len(soon) < len(self._soon), soon
        if now < self._next_ping:
            return due
        late_s, self._pinged_at = now - self._next_ping, now
        if late_s > LATE_S:
            self._next_ping, self._silent = now + PROBE_S, SILENT_PINGS
        else:
            self._next_ping, self._silent = now + min(self.ping_s, ANSWER_S), self._silent + 1
        return True

    def failed(self, now: float) -> str:
        """Why the connection must be given up now; empty if it stands."""
        if self._state == "opening" and now >= self._deadline:
            return "no answer from the broker"
        if self._state == "open" and self._silent >= SILENT_PINGS and now >= self._next_ping:
            return "the broker does not answer pings"
        return ""

    def lose(self, now: float, retry_in_s: float | None) -> float:
        """The connection is gone; returns in how many seconds the next one is tried."""
        if self._state == "open":  # who slept lost it long ago
            self._lost_at = min(now, self._heard_at + self.ping_s)
        elif self._state == "opening" and now >= self._deadline:
            self._patience_s = min(self._patience_s * 2, LONGEST_JOIN_ANSWER_S)
        wait_s = retry_in_s
        if wait_s is None:
            longest = min(FIRST_RETRY_S * 2**self._attempts, LONGEST_RETRY_S)
            wait_s = longest * (0.5 + self._chance() / 2)
            self._attempts = min(self._attempts + 1, 16)
        self._state, self._deadline = "waiting", now + wait_s
        return wait_s

    def give_up(self) -> None:
        """No connection is tried any more."""
        self._state = "given up"

    def should_connect(self, now: float) -> bool:
        return self._state == "waiting" and now >= self._deadline

    def wake_at(self) -> float | None:
        """When the next deadline is."""
        if self._state in ("opening", "waiting"):
            return self._deadline
        return min([self._next_ping, *self._soon]) if self._state == "open" else None


DRAIN_S = 1.0  # what a goodbye gives the outbox
END_S = 0.5  # what a goodbye gives the broker to answer `!end`

PING_FRAME_BYTES = Limits().frame_bytes  # its answer may be a few times as long, and has to fit a frame, too
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
        sync: Sync,
        sending: Sending,
        asked: Pending,
        new_id: Callable[[], str],
        chance: Callable[[], float],
    ) -> None:
        self._out = out
        self._joining = joining
        self._sync = sync
        self._sending = sending
        self._pending = asked
        self._new_id = new_id
        self._line = ConnectionState(chance)
        self.epoch = ""
        self.limits = Limits()
        self.stopped = False
        self._goodbye_by: float | None = None
        self._end_s = END_S
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
            for cursors in _portions(self._sync.cursors(), min(self.limits.frame_bytes, PING_FRAME_BYTES)):
                self._out.append(Ping(id=self._new_id(), cursors=cursors, next_s=self._line.ping_s))
            self._joining.join_missing()
        if self._line.connected:
            self._out += self._pending.due(now)

    def wake_at(self) -> float | None:
        """When to call `tick` at the latest."""
        times = [self._line.wake_at(), self._goodbye_by]
        if self._line.connected:
            times.append(self._pending.wake_at())
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
            self._out.append(Ping(id=self._new_id(), next_s=self._line.ping_s))

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
        self._out.append(Tell(updates.Failed.of(error, None)))
        self._status("offline", reason=error.text)

    def _disconnect(self) -> None:
        self._out.append(effects.Disconnect())
        self._forget()
        self._sending.unreachable()

    def _forget(self) -> None:
        """The session is gone: nothing that was asked will be answered."""
        self._out[:] = [item for item in self._out if not isinstance(item, AnyRequest)]
        self._pending.cut()
        self._sending.cut()
        self._sync.cut()

    # -- The end -------------------------------------------------------------------------------

    def goodbye(self, now: float, most_s: float) -> None:
        """Let the outbox drain, tell the broker, and stop; either in `most_s` or sooner."""
        if not self._line.busy:
            self.stop("")
        elif self._goodbye_by is None:  # a join under way is answered first: its session would linger
            self._end_s = min(END_S, most_s)
            self._goodbye_by = now + (min(DRAIN_S, most_s) if self._line.connected else self._end_s)

    def end_when_drained(self, now: float) -> None:
        """Tell the broker goodbye, if one is under way and the outbox is drained or has had its time."""
        if self._goodbye_by is None or self._end_sent:
            return
        if self._sending.drained or now >= self._goodbye_by:
            self._goodbye_by, self._end_sent = now + self._end_s, True
            self._out.append(End(id=self._new_id()))

    def stop(self, reason: str) -> None:
        self.stopped = True
        self._status("ended", reason=reason)
        self._out.append(effects.Stop())

    def _status(
        self, connection: updates.Connection, retry_in_s: float | None = None, reason: str = ""
    ) -> None:
        status = updates.ConnectionStatus(connection=connection, retry_in_s=retry_in_s, reason=reason)
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
