"""How much one turn takes in, so that it ends after about 10 ms on this machine. Pure; what it took is told.

What an op costs is a ratio, which is much the same everywhere (`python -m bench.costs`). How long that takes
is not, and not on a machine that others use as well: so turns are timed.
"""

from collections.abc import Sequence
from operator import attrgetter

from loggia.broker.core.mentions import SIGN
from loggia.broker.core.ops import meaning_cost
from loggia.shared.protocol.requests import Message

TURN_S = 0.006  # the rest of the 10 ms goes to what is read at the doors
NOMINAL_S = 5e-6  # what one of it takes where the bounds of quotas.py were chosen
TURN_COST = 2000  # at the most, as many messages: so much is soon done on a fast machine
LEAST_COST = 120  # each turn costs a commit: with less than this it would do little else
TIMED_COST = 100  # a turn with less than this says more of the commit than of the machine
WEIGHT = 0.2  # of one turn among those before it
SLOWEST = 20.0  # times as long as NOMINAL_S: what takes longer is a stall, and not the machine
LONG_CHARS = 512  # so much more text takes as long as one more message

_TEXT = attrgetter("text")


class TurnCost:
    """`now`: what the next turn takes in, in the unit of the table of ops; `pace`: how many times as long as
    NOMINAL_S one of these takes, never less than one."""

    def __init__(self) -> None:
        self.now = TURN_COST
        self.pace = 1.0
        self._each_s = TURN_S / TURN_COST  # what one of it takes

    def took(self, cost: int, seconds: float) -> None:
        """A turn took in so much, and so long, but for what it waited for the disk."""
        if cost < TIMED_COST:
            return
        each_s = min(SLOWEST * NOMINAL_S, max(0.0, seconds) / cost)
        self._each_s += (each_s - self._each_s) * WEIGHT
        self.now = max(LEAST_COST, min(TURN_COST, round(TURN_S / max(self._each_s, TURN_S / TURN_COST))))
        self.pace = max(1.0, self._each_s / NOMINAL_S)


def affordable(said: Sequence[Message], most: int) -> tuple[Sequence[Message], int]:
    """As many messages as cost `most`, or one; and what they do."""
    if len(said) == 1:
        text = said[0].text
        cost = 1 + len(text) // LONG_CHARS
        return said, cost + meaning_cost(text) if SIGN in text else cost
    cost = _cost(said)
    while cost > most and len(said) > 1:
        said = said[: max(1, len(said) * most // cost)]
        cost = _cost(said)
    return said, cost


def _cost(said: Sequence[Message]) -> int:
    texts = list(map(_TEXT, said))
    together = "".join(texts)
    cost = len(said) + len(together) // LONG_CHARS
    return cost + sum(map(meaning_cost, texts)) if SIGN in together else cost
