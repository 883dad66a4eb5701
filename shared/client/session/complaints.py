"""How often a log is told what a broker said that was ignored. Pure: time is an argument."""

MOST = 10  # in a window; what is more is counted, and the count is told once a minute
WINDOW_S = 60.0


class Complaints:
    """Of one session."""

    def __init__(self) -> None:
        self._began_at = float("-inf")
        self._said = 0

    def is_said(self, now: float) -> bool:
        """Whether one more is told."""
        if now - self._began_at >= WINDOW_S:
            self._began_at, self._said = now, 0
        self._said += 1
        return self._said <= MOST
