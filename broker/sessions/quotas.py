"""What one connection, and all at one address together, may ask of the broker. Pure; time is an argument.

docs/protocol.md, "Errors", `slow_down`. An account has its rate beside it (rate_limit.py). At an address
those share it who have no session, or have just asked for much: who asks for little suffers by no neighbour,
but where history and lists are read faster than they may be sent.
"""

import math
from collections import OrderedDict

import msgspec
from loggia.broker.sessions.rate_limit import Allowance
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import (
    ACCOUNTS_PER_MINUTE,
    BURST_S,
    CONNECTIONS_PER_ACCOUNT,
    JOINS_PER_MINUTE,
    RENAMES_PER_MINUTE,
    ROOMS_PER_ACCOUNT,
)

ASKED_RATE = 2000.0  # what a connection may ask for a second, as many messages: about 10 ms of work
LITTLE_COST = 200  # who is by no more than this below what a connection has at first asked for little
# and all of an address together who asked for more: half of what a machine does where each takes 5 us, and
# of a slower one as well (`pace`)
ADDRESS_RATE = 100_000.0
ADDRESS_BURST_S = 2.0
PAGED_RATE = (
    64.0 * 1024 * 1024
)  # bytes of history and lists a second to an address: libzmq sends to all in one thread
PAGED_BURST_S = 0.25
STRANGERS_RATE = 13_000.0  # and who have no session: 300 come in within a second
ABOVE_RATE = 2.0  # where an account may send more than that, connections and addresses may, by so much
MINUTE_S = 60.0
CUT_OFF = 10  # who goes on asking for so many times what it may at once, is cut off
FORGIVEN_RATE = 5 * ASKED_RATE  # of what was refused, a second: a client in a hurry is not cut off
NEW_S = BURST_S  # so long an account is new: it has not earned the burst that others may say at once
FIRST_S = 4.0  # of its rate it may say at once
NEWCOMERS = 3  # so many whole bursts those who are new at one address have together
FORGET_AFTER = 1000  # addresses, beyond which those are forgotten that asked for nothing lately


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """`accounts_per_minute`, `joins_per_minute`: of one address; new accounts, and rooms that are entered.

    `rooms_per_account`, `connections_per_account`: that it is in, and has, at once. `renames_per_minute`: of
    one account. 0 switches one off.
    """

    accounts_per_minute: int = ACCOUNTS_PER_MINUTE
    joins_per_minute: int = JOINS_PER_MINUTE
    rooms_per_account: int = ROOMS_PER_ACCOUNT
    connections_per_account: int = CONNECTIONS_PER_ACCOUNT
    renames_per_minute: int = RENAMES_PER_MINUTE


class Quota(msgspec.Struct):
    """Of one connection. `much`: with less left it has just asked for much. `over`: what it was refused
    lately, as many messages, as of `over_at`. `address`: what its address has, as of `address_at`.
    """

    allowance: Allowance
    much: float
    over: float = 0.0
    over_at: float = 0.0
    address: "Address | None" = None
    address_at: float = -1.0


class Address(msgspec.Struct):
    """What those at one address have together."""

    known: Allowance
    paged: Allowance
    strangers: Allowance
    accounts: Allowance
    joins: Allowance
    newcomers: Allowance


class Quotas:
    """All connections and addresses. `rate`: messages per second and account; 0: nothing is bounded.

    Attributes: `pace`: how many times as long as where these bounds were chosen all takes here and now.
    """

    def __init__(self, rate: float, bounds: Bounds) -> None:
        self.bounds = bounds
        self._rate = rate
        self._addresses: OrderedDict[str, Address] = OrderedDict()
        self.pace = 1.0

    def of_connection(self) -> Quota:
        allowance = Allowance(max(ASKED_RATE, ABOVE_RATE * self._rate), 0.0)
        return Quota(allowance, much=allowance.most - LITTLE_COST)

    def say(self, quota: Quota, host: str, count: int, cost: int, now: float, *, is_new: bool) -> bool:
        """A connection says so many messages, which cost so much together, if all of them may be: else it
        says none. `is_new`: its account is."""
        if not self._rate:
            return True
        own = quota.allowance
        if not own.has(now, cost):
            return False
        little = max(0, min(cost, math.floor(own.left - quota.much)))  # of which its address hears nothing
        if is_new or little < cost:
            at = self._at(host, now)
            takes = round((cost - little) * self.pace)
            if not (at.known.has(now, takes) and (not is_new or at.newcomers.has(now, count))):
                return False
            at.known.spend(now, takes)
            if is_new:
                at.newcomers.spend(now, count)
        own.spend(now, cost)
        return True

    def spend(self, quota: Quota, host: str, cost: int, now: float, *, stranger: bool) -> None:
        """A connection asks for something. Raises Refused if that is more than it may."""
        if not self._rate:
            return
        own = quota.allowance
        wait_ms = own.spend(now, cost)
        if not wait_ms and (stranger or own.left < quota.much):
            address = quota.address
            if address is None or quota.address_at != now:  # once a turn
                address = quota.address = self._at(host, now)
                quota.address_at = now
            if stranger:
                wait_ms = address.strangers.spend(now, cost)
            else:
                wait_ms = address.known.spend(now, round(cost * self.pace))
        if not wait_ms:
            return
        # what is granted in between is no better: each pause ends with something that is
        quota.over = max(0.0, quota.over - (now - quota.over_at) * FORGIVEN_RATE) + cost
        quota.over_at = now
        raise Refused(
            "slow_down", f"That is more than one may ask for; send this again in {wait_ms} ms.", wait_ms
        )

    def is_overrun(self, quota: Quota) -> bool:
        """Whether the connection goes on ten times over, whatever it is told."""
        return quota.over > CUT_OFF * quota.allowance.most > 0

    def may_page(self, host: str, now: float) -> bool:
        """Whether those at the address may be given more of history and lists now."""
        return not self._rate or self._at(host, now).paged.has(now, 1)

    def paged(self, host: str, size: int, now: float) -> None:
        """Somebody at the address was given so many bytes of it, after `may_page`."""
        if self._rate:
            paged = self._at(host, now).paged
            paged.spend(now, min(size, int(paged.left)))  # how much a page has is known when it is read

    def enter(self, host: str, now: float, *, account: bool) -> None:
        """A room is entered, by a new `account` or one that is known. Raises Refused."""
        if not self._rate:
            return
        at = self._at(host, now)
        if account and self.bounds.accounts_per_minute and (wait_ms := at.accounts.spend(now)):
            text = f"Too many come in from your address; send this again in {_seconds(wait_ms)} s."
            raise Refused("slow_down", text, wait_ms)
        if self.bounds.joins_per_minute and (wait_ms := at.joins.spend(now)):
            text = f"Too many rooms are entered from your address; send this again in {_seconds(wait_ms)} s."
            raise Refused("slow_down", text, wait_ms)

    def first(self, now: float) -> Allowance:
        """What an account may say that is new."""
        return Allowance(self._rate, now, left=max(1.0, self._rate * FIRST_S))

    def say_new(self, host: str, now: float) -> None:
        """An account that is new says something. Raises Refused if those of its address said too much."""
        if wait_ms := self._at(host, now).newcomers.spend(now):
            text = f"Those who are new at your address say too much; send this again in {wait_ms} ms."
            raise Refused("slow_down", text, wait_ms)

    def renames(self, now: float) -> Allowance:
        """How often an account may take another name."""
        return Allowance(self.bounds.renames_per_minute / MINUTE_S, now, burst_s=MINUTE_S)

    def _at(self, host: str, now: float) -> Address:
        address = self._addresses.get(host)
        if address is None:
            self._forget(now)
            bounds = self.bounds
            address = self._addresses[host] = Address(
                known=Allowance(max(ADDRESS_RATE, ABOVE_RATE * self._rate), now, burst_s=ADDRESS_BURST_S),
                paged=Allowance(PAGED_RATE, now, burst_s=PAGED_BURST_S),
                strangers=Allowance(STRANGERS_RATE, now),
                accounts=Allowance(bounds.accounts_per_minute / MINUTE_S, now, burst_s=MINUTE_S),
                joins=Allowance(bounds.joins_per_minute / MINUTE_S, now, burst_s=MINUTE_S),
                newcomers=Allowance(self._rate, now, burst_s=BURST_S * NEWCOMERS),
            )
        self._addresses.move_to_end(host)
        return address

    def _forget(self, now: float) -> None:
        """Who asked for nothing for a minute has all it may have, as somebody new has."""
        while len(self._addresses) >= FORGET_AFTER:
            host, address = next(iter(self._addresses.items()))
            if max(getattr(address, kind).counted_at for kind in Address.__struct_fields__) + MINUTE_S > now:
                return
            del self._addresses[host]


def _seconds(ms: int) -> int:
    return -(-ms // 1000)
