"""Who waits before the next message, where a room is slow. Pure; time is an argument.

By account, so nobody gains by coming in again. After a restart of the broker the first message is free.
"""

LOOK_FOR_OVER = 10_000  # so many are kept before those are looked for who need not wait any more


class SlowMode:
    def __init__(self) -> None:
        self._spoke: dict[
            tuple[str, str], tuple[float, float]
        ] = {}  # when, and how long that counted at most
        self._look_at = LOOK_FOR_OVER

    def speak(self, room: str, account: str, slow_s: int, now: float) -> int:
        """In how many ms the account may say something; 0: now, and then not before `slow_s` are over."""
        known = self._spoke.get((room, account))
        if known is not None and (left_s := known[0] + slow_s - now) > 0:
            return max(1, round(left_s * 1000))
        if len(self._spoke) >= self._look_at:
            self._spoke = {who: (at, s) for who, (at, s) in self._spoke.items() if at + s > now}
            self._look_at = max(LOOK_FOR_OVER, 2 * len(self._spoke))
        self._spoke[room, account] = now, slow_s
        return 0
