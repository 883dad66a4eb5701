"""Who pings is expected to go on: whose turn it is to be looked at. Pure; time is an argument (loop time, s).

The system tells of a connection that died, but not where something between (a relay, a NAT) answers for the
client. So a client that has pinged is away once it has said nothing for a while. One that never pings need
not say anything.
"""

from collections.abc import Callable, Hashable

from loggia.broker.sessions.deadlines import Deadlines
from loggia.shared.protocol.limits import PING_LATE_S, SILENT_S

EARLY_S = 1.0  # who is looked at that much before the time need not wake the loop again for it


def may_be_silent_s(next_s: float | None) -> float:
    """How long after a ping that promised the next one for then, if it did."""
    return SILENT_S if next_s is None else min(SILENT_S, next_s + PING_LATE_S)


class Silences:
    """When each connection that pings is to be looked at. A word changes nothing here: who was heard
    meanwhile is put off when its time comes."""

    def __init__(self) -> None:
        self._deadlines: Deadlines[Hashable] = Deadlines()

    def __len__(self) -> int:
        return len(self._deadlines)

    def first(self) -> float | None:
        """When the next one is to be looked at."""
        return self._deadlines.first()

    def watch(self, key: Hashable, until: float) -> None:
        self._deadlines.set(key, until)

    def due(self, now: float, until: Callable[[Hashable], float | None]) -> list[Hashable]:
        """Whose time is over; they are not watched any more. `until`: the time as it is by now, None for who
        need not be watched."""
        first = self.first()
        if first is None or first > now:
            return []
        over, later = list[Hashable](), list[tuple[Hashable, float]]()
        while (key := self._deadlines.take(now + EARLY_S)) is not None:
            at = until(key)
            if at is not None and at > now:
                later.append((key, at))
            elif at is not None:
                over.append(key)
        for key, at in later:
            self.watch(key, at)
        return over
