"""When visitors are sent what is for them: where many are told at once, in rounds. Runs on the broker's loop
thread, and `cancel` stops it.
"""

import asyncio
from collections.abc import Callable

from loggia.broker.doors.classic.connection import Visitor
from loggia.broker.doors.classic.rounds import Rounds
from loggia.broker.doors.waiting import Waiting

LATE = 4  # who has this part of what may wait for it is sent it now: it may not be cut off for our pace


class Sends:
    """`push(visitor)` sends what waits of one whose turn it is. `each`, `together`: bytes that may wait.

    Attributes: `waiting`, of all.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        push: Callable[[Visitor], None],
        each: int,
        together: int,
    ) -> None:
        self.waiting = Waiting[Visitor](each, together)
        self._rounds = Rounds[Visitor](loop, push)

    def may(self, visitor: Visitor) -> bool:
        """Whether it is sent something now; otherwise it is its turn soon."""
        return self.is_late(visitor) or self._rounds.has_turn(visitor)

    def is_late(self, visitor: Visitor) -> bool:
        return visitor.unsent_bytes > self.waiting.share // LATE

    def waits(self, visitor: Visitor) -> Visitor | None:
        """Something was put or sent; who is to be cut off for what waits now."""
        return self.waiting.is_now(visitor, visitor.unsent_bytes if visitor.conversation.is_open else 0)

    def cancel(self) -> None:
        self._rounds.cancel()
