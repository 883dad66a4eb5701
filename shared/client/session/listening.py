"""Whether the broadcasts come through. Pure.

A connection to the broadcasts door may die unseen behind a relay whose own system answers for the broker: the
pings, which go another way, still find what is new, but late. docs/protocol.md, "Catching up".
"""

MOST_S = 5.0  # what a broadcast may come behind the answer to a ping that tells of the same entry


class Listening:
    """What the answers to pings tell against what is heard."""

    def __init__(self) -> None:
        self._missed_at: float | None = None

    def heard(self) -> None:
        """A broadcast came, or the connection is new."""
        self._missed_at = None

    def missed(self, now: float) -> bool:
        """A ping told of an entry that no broadcast did; True if none has come since the last time either."""
        if self._missed_at is None:
            self._missed_at = now
        return now - self._missed_at >= MOST_S
