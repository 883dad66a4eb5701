"""How many connections an address may make in a time. Pure; time is an argument."""

from collections import OrderedDict

from loggia.broker.doors.per_address import network
from loggia.broker.sessions.rate_limit import Allowance

REMEMBERED = 1000  # addresses


class Pace:
    """`rate`: connections a second, `burst_s`: and of so many seconds at once. Over it, none for a second."""

    def __init__(self, rate: float, burst_s: float) -> None:
        self._rate = rate
        self._burst_s = burst_s
        self._of: OrderedDict[str, Allowance] = OrderedDict()

    def has_room(self, host: str, now: float) -> bool:
        """Whether one more of this address may come."""
        allowance = self._of.get(network(host))
        return allowance is None or now >= allowance.slowed_until

    def came(self, host: str, now: float) -> None:
        """One did."""
        address = network(host)
        allowance = self._of.get(address)
        if allowance is None:
            if len(self._of) >= REMEMBERED:
                self._of.popitem(last=False)
            allowance = self._of[address] = Allowance(self._rate, now, burst_s=self._burst_s)
        self._of.move_to_end(address)
        allowance.spend(now)
