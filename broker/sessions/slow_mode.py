"""Who waits before the next message, where a room is slow. Pure; time is an argument.

By account, so nobody gains by coming in again. After a restart of the broker the first message is free. What
is admitted is counted when it is stored, and until its turn is over nothing else of the account is: what is
refused, or was stored before, takes no wait.
"""

import msgspec

LOOK_FOR_OVER = 10_000  # so many are kept before those are looked for who need not wait any more


class _Admitted(msgspec.Struct, frozen=True):
    """A message whose turn is not over, and how long the account waits if it is stored."""

    id: str
    slow_s: int


class SlowMode:
    def __init__(self) -> None:
        # by room and account: when, and how long that counted at most
        self._spoke: dict[tuple[str, str], tuple[float, float]] = {}
        self._admitted: dict[tuple[str, str], _Admitted] = {}
        self._look_at = LOOK_FOR_OVER

    def begin(self) -> None:
        """A turn: nothing is admitted yet."""
        self._admitted.clear()

    def waits(self, room: str, account: str, slow_s: int, now: float) -> int:
        """In how many ms the account may say something; 0: now."""
        if (room, account) in self._admitted:
            return slow_s * 1000
        spoke = self._spoke.get((room, account))
        left_s = 0.0 if spoke is None else spoke[0] + slow_s - now
        return max(1, round(left_s * 1000)) if left_s > 0 else 0

    def admit(self, room: str, account: str, message_id: str, slow_s: int) -> None:
        """The account says something now."""
        self._admitted[room, account] = _Admitted(message_id, slow_s)

    def is_admitted(self, room: str, account: str, message_id: str) -> bool:
        """Whether just this is what the account says now."""
        said = self._admitted.get((room, account))
        return said is not None and said.id == message_id

    @property
    def any_admitted(self) -> bool:
        """Whether anything of this turn counts if it is stored."""
        return bool(self._admitted)

    def stored(self, room: str, account: str, message_id: str, now: float) -> None:
        """Something was, and not before: if it was admitted here, the account waits from now on."""
        if not self.is_admitted(room, account, message_id):
            return
        if len(self._spoke) >= self._look_at:
            self._spoke = {who: (at, s) for who, (at, s) in self._spoke.items() if at + s > now}
            self._look_at = max(LOOK_FOR_OVER, 2 * len(self._spoke))
        self._spoke[room, account] = now, self._admitted[room, account].slow_s
