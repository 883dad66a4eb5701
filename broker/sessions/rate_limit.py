"""How many messages an account may send: a token bucket. Pure; time is an argument (loop time, s)."""

import math

import msgspec
from loggia.shared.protocol.limits import BURST_S

SLOW_DOWN_S = 1.0  # at least: what was sent before the refusal arrived is refused too, so order holds


class Allowance(msgspec.Struct):
    """What is left of `rate` messages a second, as of `counted_at`; nothing passes before `slowed_until`.

    `burst_s`: of so many seconds what is not spent is kept. `left`: negative while nothing was spent.
    """

    rate: float
    counted_at: float
    left: float = -1.0
    slowed_until: float = 0.0
    burst_s: float = BURST_S

    @property
    def most(self) -> float:
        """What may be spent at once."""
        return self.rate * self.burst_s

    def has(self, now: float, cost: int) -> bool:
        """Whether `spend` would take so much now."""
        if now < self.slowed_until:
            return False
        if now != self.counted_at or self.left < 0:
            self._count(now, max(1.0, self.most))
        return self.left >= cost

    def spend(self, now: float, cost: int = 1) -> int:
        """Take what counts as `cost` messages: 0, or how long to wait in ms."""
        if now < self.slowed_until:
            return _whole_ms(self.slowed_until - now)
        if now == self.counted_at and self.left >= cost:  # more of the same turn
            self.left -= cost
            return 0
        self._count(now, max(float(cost), self.most))
        if self.left >= cost:
            self.left -= cost
            return 0
        wait_ms = _whole_ms(max((cost - self.left) / self.rate, SLOW_DOWN_S))
        self.slowed_until = now + wait_ms / 1000
        return wait_ms

    def _count(self, now: float, most: float) -> None:
        left = most if self.left < 0 else min(most, self.left + (now - self.counted_at) * self.rate)
        self.left, self.counted_at = left, now


def _whole_ms(seconds: float) -> int:
    """A little more, never less: who waits that long is not sent away again."""
    return math.ceil(seconds * 1000) + 1
