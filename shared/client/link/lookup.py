"""Looks up the addresses of a host in a thread of its own: without a network that takes many seconds.

The thread ends by itself when the system has answered, whoever still waits for that. Why it is not left to
libzmq: docs/decisions/0009.
"""

import socket
import threading

from loggia.shared.protocol.addresses import Place


class Lookup:
    """Begins at once. When `is_done`: `addresses`, those of IPv4 first, or the `reason` for none."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._done = threading.Event()
        self.addresses: list[Place] = []
        self.reason = ""
        threading.Thread(target=self._run, name=f"look-up of {place.host}", daemon=True).start()

    @property
    def is_done(self) -> bool:
        return self._done.is_set()

    def wait(self, timeout_s: float) -> None:
        """Until it is done, at most so long."""
        self._done.wait(timeout_s)

    def _run(self) -> None:
        try:
            found = socket.getaddrinfo(self._place.host, self._place.port, type=socket.SOCK_STREAM)
            places = dict.fromkeys(_place(row[4]) for row in found)
            self.addresses = sorted(places, key=lambda place: place.is_ipv6)
        except (OSError, UnicodeError) as reason:
            why = getattr(reason, "strerror", None) or str(reason)
            self.reason = f"the address of {self._place.host} cannot be looked up: {why}"
        finally:
            self._done.set()


def _place(name: "tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]") -> Place:
    """As the system gives it; an address of one network only with its interface."""
    place = Place.of(name)
    if len(name) < 4 or not name[3] or "%" in place.host:
        return place
    return Place(f"{place.host}%{socket.if_indextoname(int(name[3]))}", place.port)
