"""Who waits before the next message, where a room is slow. Pure; time is an argument.

By account, so nobody gains by coming in again. After a restart of the broker the first message is free.
"""

LOOK_FOR_OVER = 10_000  # so many are kept before those are looked for who need not wait any more


class SlowMode:
    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}
        self._look_at = LOOK_FOR_OVER

    def speak(self, room: str, account: str, slow_s: int, now: float) -> int:
        """In how many ms the account may say something; 0: now, and then not before `slow_s` are over."""
        until = self._until.get((room, account), now)
        if until > now:
            return max(1, round((min(until, now + slow_s) - now) * 1000))
        if len(self._until) >= self._look_at:
            self._until = {who: at for who, at in self._until.items() if at > now}
            self._look_at = max(LOOK_FOR_OVER, 2 * len(self._until))
        self._until[room, account] = now + slow_s
        return 0
