"""Who waits for something, and whose turn is next: one of each address after the other. Pure."""

from collections import OrderedDict
from collections.abc import Collection


class Rotation:
    """Connections, by descriptor, each with its address; of one address the first that came."""

    def __init__(self) -> None:
        self._hosts = OrderedDict[str, OrderedDict[int, None]]()
        self._host_of: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._host_of)

    def __contains__(self, fd: int) -> bool:
        return fd in self._host_of

    def put(self, fd: int, host: str) -> None:
        """Behind those of its address, unless it waits already."""
        if fd not in self._host_of:
            self._host_of[fd] = host
            self._hosts.setdefault(host, OrderedDict())[fd] = None

    def next(self) -> int:
        """Whose turn it is; it waits no more."""
        host, waiting = next(iter(self._hosts.items()))
        self._hosts.move_to_end(host)
        fd = next(iter(waiting))
        self.drop(fd)
        return fd

    def drop(self, fd: int) -> None:
        """It waits no more, if it did."""
        host = self._host_of.pop(fd, None)
        if host is not None:
            del self._hosts[host][fd]
            if not self._hosts[host]:
                del self._hosts[host]

    def at(self, host: str) -> Collection[int]:
        """Those of an address that wait."""
        return self._hosts.get(host, ())
