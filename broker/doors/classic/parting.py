"""The broker ends, and visitors are told: what waits for them goes out, and then the farewell. Runs on the
broker's loop thread; the loop stands still meanwhile, for PARTING_S and FLUSH_S at most.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable

from loggia.broker.doors.classic.connection import Visitor, flush
from loggia.broker.doors.classic.effects import Effect

PARTING_S = 0.2  # for what waits to go out one by one, and then the farewell
FLUSH_S = 0.2  # and then for readers that are slow to take the rest

Perform = Callable[[Visitor, Iterable[Effect]], None]


def say_goodbye(
    visitors: Collection[Visitor], text: str, loop: asyncio.AbstractEventLoop, perform: Perform
) -> None:
    """Only the clock of the loop is used."""
    for visitor in visitors:
        perform(visitor, visitor.conversation.farewell(text, loop.time()))
    _part_from(visitors, loop, perform)
    for visitor in visitors:
        perform(visitor, visitor.conversation.cut_short(loop.time()))
    flush(visitors, FLUSH_S)


def _part_from(visitors: Collection[Visitor], loop: asyncio.AbstractEventLoop, perform: Perform) -> None:
    """Let go out what has its time within PARTING_S."""
    until = loop.time() + PARTING_S
    while here := [visitor for visitor in visitors if visitor.conversation.is_open]:
        now = loop.time()
        if now >= until:
            return
        times = [visitor.conversation.wake_at() for visitor in here]
        at = min([until, *(due for due in times if due is not None)])
        flush(here, at - now)
        if not any(visitor.is_unblocked for visitor in here):
            time.sleep(max(0.0, at - loop.time()))
        for visitor in here:
            conversation, now = visitor.conversation, loop.time()
            effects = conversation.unblocked(now) if visitor.is_unblocked else conversation.wake(now)
            perform(visitor, effects)
