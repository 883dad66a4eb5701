"""Whether the connection to the broker stands, and when to try or to ping again. Pure: time is an argument.

docs/protocol.md, "Requests": `ping` every `ping_s`; a session that comes back within RESUME_S was not over.

Whoever is cut off comes back within 2 s of the network's healing, after a minute or a week: so the waits
between two tries stay short for ever. That is cheap: a try that nobody takes costs a broker's computer a
packet, and this one a millisecond. What may drown a broker that is back are joins that a thousand clients
repeat because it is still busy with the first ones: so the patience for an answer grows instead, and chance
spreads the tries.
"""

from collections.abc import Callable
from typing import Literal

from shared.limits import PING_S, RESUME_S

JOIN_ANSWER_S = 5.0  # for a broker to answer a join; twice that after each one that was not answered
LONGEST_JOIN_ANSWER_S = 20.0  # a broker that takes longer is no broker we can talk to
FIRST_RETRY_S = 0.25  # a broker that restarts is back in less than a second
LONGEST_RETRY_S = 1.5  # with the join itself less than 2 s after the network is back
SILENT_PINGS = 3  # pings without any answer before a connection is given up
SOON_S = (0.1, 1.0)  # after subscribing: a subscription takes a moment to reach the broker
SHORTEST_PING_S = 0.05  # whatever the broker says: no client pings faster
LATE_S = 5.0  # who comes this late to a ping has slept, and the broker may have closed the connection
PROBE_S = 1.0  # for the broker to answer then; where it does not, a new connection is faster than patience

State = Literal["idle", "opening", "open", "waiting", "given up"]


class Line:
    """The state of one connection and its deadlines; `chance` gives numbers from 0 to 1."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._state: State = "idle"
        self._deadline = 0.0  # opening: when the join is too late; waiting: when to try again
        self._attempts = 0
        self._patience_s = JOIN_ANSWER_S
        self._heard_at = 0.0
        self._lost_at: float | None = None
        self._ping_s = PING_S
        self._next_ping = 0.0
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
        self._ping_s = min(max(ping_s, SHORTEST_PING_S), RESUME_S)
        self._next_ping = now + self._ping_s

    def heard(self, now: float) -> None:
        """Anything from the broker shows that it is there."""
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
        if now - self._next_ping > LATE_S:
            self._next_ping, self._silent = now + PROBE_S, SILENT_PINGS
        else:
            self._next_ping, self._silent = now + self._ping_s, self._silent + 1
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
            self._lost_at = min(now, self._heard_at + self._ping_s)
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
