"""Ports that are a test's own for as long as it runs.

A port that was only looked for is another program's a moment later; so is that of a broker that was killed
and is to come back. Here a socket stays bound to it and never listens: the system gives the port to nobody
else, who connects is refused, and a program that is told the port may listen there, as often as it starts.
"""

import socket
from typing import Self


class Ports:
    """`numbers`: so many free ports of one address. Held until `close`."""

    def __init__(self, count: int = 1, host: str = "127.0.0.1") -> None:
        self._sockets: list[socket.socket] = []
        try:
            family, *_, place = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
            for _ in range(count):
                held = socket.socket(family)
                self._sockets.append(held)
                held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                held.bind(place)
        except BaseException:
            self.close()
            raise
        self.numbers: list[int] = [held.getsockname()[1] for held in self._sockets]

    @property
    def are_held(self) -> bool:
        return all(held.fileno() != -1 for held in self._sockets)

    def close(self) -> None:
        for held in self._sockets:
            held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
