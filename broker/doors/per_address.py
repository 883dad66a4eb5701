"""How many connections each address has at a door, and whether one more may come. Pure: it only counts.

Beside a bound that is set there may be a share of what there is, which changes. Who has it need not be heard.

Whoever has one IPv6 address mostly has the 2**64 beside it, so these count as one.
"""

import ipaddress
from collections.abc import Callable

NETWORK_BITS = 64  # of an IPv6 address: what one subscriber of a provider gets at least


class PerAddress:
    """A count for each address that has a connection. `most`: for one address; 0 is no bound. `share`: what
    one may have just now."""

    def __init__(self, most: int, share: Callable[[], int] | None = None) -> None:
        self._most = most
        self._share = share
        self._count: dict[str, int] = {}

    def has_room(self, host: str) -> bool:
        """Whether one more of this address may come."""
        return not self._most or self._count.get(network(host), 0) < self._most

    def has_share(self, host: str) -> bool:
        """Whether one more would be within the share of this address."""
        return self._share is None or self._count.get(network(host), 0) < self._share()

    def came(self, host: str) -> bool:
        """Count one more connection of this address; False, and it is not counted, if that is too many."""
        if not self.has_room(host):
            return False
        address = network(host)
        self._count[address] = self._count.get(address, 0) + 1
        return True

    def went(self, host: str) -> None:
        """A connection that was counted is gone."""
        address = network(host)
        if self._count[address] == 1:
            del self._count[address]
        else:
            self._count[address] -= 1


def network(host: str) -> str:
    """What counts as one address. Of what is none (a path, a name), itself."""
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), NETWORK_BITS), strict=False))
