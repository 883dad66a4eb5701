"""Who may come in at the front door, and who has to make room. Pure: time is an argument (loop time, s).

A person needs a while to think of a nickname, and has it while there is room. Where there is none any more,
whoever has said nothing for GRACE_S makes room for the next: so nobody holds the door by waiting in it, and
those who have a name are never among them.
"""

import math
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from loggia.broker.doors.classic.share import CAME_COST, Share
from loggia.broker.doors.per_address import PerAddress, network

GRACE_S = 5.0  # to say something, when others wait for the place
KEPT_SHARES = 1000  # of addresses that are not here any more

FULL = ("The chat is full; please try again later.", "the front door is full")
OWN_FULL = (
    "Too many connections of your address are here already; close one, or try again later.",
    "the front door has as many visitors of this address as it may have",
)

K = TypeVar("K", bound=Hashable)


class Verdict(NamedTuple, Generic[K]):
    """About one who wants to come in. `refused`: why not, for people; `log`: for the log. `leaves`: who
    makes room for it."""

    refused: str = ""
    log: str = ""
    leaves: K | None = None


class Crowd(Generic[K]):
    """`most`: visitors at once. `per_address`: those of one address, never all that there may be, and half of
    them without a name; 0: no bound, and no share of the broker's time. `is_silent`: whether a visitor still
    has to say a name."""

    def __init__(self, most: int, per_address: int, is_silent: Callable[[K], bool]) -> None:
        self._most = most
        self._is_bounded = per_address > 0
        per_address = min(per_address, most * 3 // 4)
        self._is_silent = is_silent
        self._most_nameless = max(1, per_address // 2)
        self._counted = PerAddress(max(1, per_address) if self._is_bounded else 0)
        self._here: dict[K, str] = {}  # and its host
        self._nameless: dict[K, float] = {}  # and since when, in this order
        self._nameless_of: dict[str, dict[K, float]] = {}
        self._shares: dict[str, Share] = {}
        self._forget_at = KEPT_SHARES

    def ask(self, host: str, now: float) -> Verdict[K]:
        """May somebody of this address come in? Who leaves for it has to be gone before it `came`."""
        address = network(host)
        share = self._shares.get(address)
        if share is not None and (until := share.rests_until(now)) is not None:
            wait_s = math.ceil(until - now)
            told = f"Too many connections come from your address; try again in {wait_s} s."
            return Verdict(told, "too many connections come from this address")
        of_address = self._nameless_of.get(address, {})
        is_own_full = self._is_bounded and (
            len(of_address) >= self._most_nameless or not self._counted.has_room(host)
        )
        is_full = len(self._here) >= self._most
        if not (is_own_full or is_full):
            return Verdict()
        leaves = self._longest_silent(of_address if is_own_full else self._nameless, now)
        if leaves is None:
            return Verdict(*(FULL if is_full else OWN_FULL))
        return Verdict(leaves=leaves)

    def share(self, host: str, now: float) -> Share | None:
        """What its address has of the broker's time; one that comes in takes some."""
        if not self._is_bounded:
            return None
        address = network(host)
        if len(self._shares) >= self._forget_at:
            self._forget(now)
        share = self._shares.setdefault(address, Share.of_address(now))
        share.spend(CAME_COST, now)
        return share

    def came(self, visitor: K, host: str, now: float) -> None:
        """It was let in, and has no name yet."""
        self._counted.came(host)
        self._here[visitor] = host
        self._nameless[visitor] = self._nameless_of.setdefault(network(host), {})[visitor] = now

    def named(self, visitor: K) -> None:
        """It has a name, and stays."""
        if self._nameless.pop(visitor, None) is not None:
            address = network(self._here[visitor])
            del self._nameless_of[address][visitor]
            if not self._nameless_of[address]:
                del self._nameless_of[address]

    def went(self, visitor: K) -> None:
        if visitor in self._here:
            self.named(visitor)
            self._counted.went(self._here.pop(visitor))

    def _longest_silent(self, nameless: dict[K, float], now: float) -> K | None:
        for visitor, since in nameless.items():
            if since + GRACE_S > now:
                break
            if self._is_silent(visitor):
                return visitor
        return None

    def _forget(self, now: float) -> None:
        """Shares of which nothing is taken are like new ones."""
        here = {network(host) for host in self._here.values()}
        self._shares = {
            address: share
            for address, share in self._shares.items()
            if address in here or not share.is_whole(now)
        }
        self._forget_at = KEPT_SHARES + 2 * len(self._shares)
