"""How much of the broker's time a visitor may take, and an address. Pure: time is an argument (loop time, s).

What is stored has a rate of its own, behind the door. Here is what it costs to hear somebody out: reading,
blank lines, what is refused, and coming at all. Nobody is cut off for it: who took more than a share is read
no further until it is even again, and the network keeps what is sent meanwhile.
"""

VISITOR_S = 128 * 1024  # bytes a second: more than is typed or pasted; hearing them takes about 1 ms
BURST_S = 8.0  # seconds of it that may be taken at once: a paste of 1 MiB
ADDRESS_VISITORS = (
    8  # an address takes as much as so many who send all the time; most say a word now and then
)

# What it costs, as so many bytes
READ_COST = 512  # each time that something came, however little
REFUSED_COST = 8 * 1024  # a line that is answered with why it is not taken
ASKED_COST = 32 * 1024  # a command: a commit of its own, or a list; 32 at once, then 4 a second
CAME_COST = 8 * 1024  # a connection: 1024 of one address at once, then 128 a second


class Share:
    """A token bucket that may be overdrawn. `above`: of many, who together have one more."""

    def __init__(self, per_s: float, now: float, above: "Share | None" = None) -> None:
        self._per_s = per_s
        self._most = self._left = per_s * BURST_S
        self._at = now
        self._above = above

    @classmethod
    def of_visitor(cls, now: float, above: "Share | None" = None) -> "Share":
        return cls(VISITOR_S, now, above)

    @classmethod
    def of_address(cls, now: float) -> "Share":
        return cls(ADDRESS_VISITORS * VISITOR_S, now)

    def spend(self, cost: int, now: float) -> None:
        self._left = min(self._most, self._left + (now - self._at) * self._per_s) - cost
        self._at = now
        if self._above is not None:
            self._above.spend(cost, now)

    def rests_until(self, now: float) -> float | None:
        """When what was taken too much is even; None: it is."""
        at = self._at - (self._left + 1) / self._per_s  # one more: times are no exact numbers
        if self._above is not None:
            at = max(at, self._above.rests_until(now) or at)
        return at if at > now else None

    def is_whole(self, now: float) -> bool:
        """Nothing of it is taken: a new one would be the same."""
        return self._left + (now - self._at) * self._per_s >= self._most
