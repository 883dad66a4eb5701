"""Which connection a routing id belongs to, and the news that one is closed. Runs in the loop's thread.

libzmq tells of a closed connection by its file descriptor, in the monitor, before the descriptor can be used
again; a first frame knows the descriptor it came from. Both together say at once which session lost its
connection, a half-open one included (the ROUTER's heartbeats close it).
"""

import logging
import os
import socket
from collections.abc import Callable

import zmq
from zmq.utils.monitor import recv_monitor_message

from shared.names import escaped

_EVENTS = (
    zmq.EVENT_ACCEPTED
    | zmq.EVENT_DISCONNECTED
    | zmq.EVENT_ACCEPT_FAILED
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
)
_FAILED = {
    int(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL): "A connection to the requests door broke in its handshake.",
    int(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL): "A connection to the requests door does not speak ZeroMQ.",
}

_log = logging.getLogger("loggia")


class Connections:
    """The ROUTER's peers: where each is, and which are gone.

    Attributes: `known`, the routing ids of connections that said something, each with its descriptor.
    """

    def __init__(self, router: "zmq.Socket[bytes]") -> None:
        self._router = router
        self.monitor = router.get_monitor_socket(_EVENTS)
        self._open: set[int] = set()
        self._by_fd: dict[int, bytes] = {}
        self.known: dict[bytes, int] = {}  # routing id to descriptor
        self._addresses: dict[bytes, str] = {}
        self._lost: list[bytes] = []

    def close(self) -> None:
        self._router.disable_monitor()
        self.monitor.close(linger=0)

    def add(self, key: bytes, frame: zmq.Frame) -> bool:
        """Remember where the first frame of a routing id came from; False for an id that libzmq did not give.

        Ids of libzmq's own are a zero byte and a number of 32 bits.
        """
        if len(key) != 5 or key[0] != 0:
            return False
        self.read_monitor()
        fd = int(frame.get(zmq.SRCFD))
        if (before := self._by_fd.get(fd)) is not None:
            self._lose(before, fd)
        self.known[key] = fd
        self._by_fd[fd] = key
        self._addresses[key] = _name(fd, socket.socket.getpeername) or str(frame.get("Peer-Address"))
        if fd not in self._open:  # it said something and went before we heard of it
            self._lose(key, fd)
        return True

    def where(self, key: bytes) -> str:
        """The address of a peer, for the log."""
        return escaped(self._addresses.get(key, "an unknown address"))

    def local_host(self, key: bytes) -> str | None:
        """The address of this computer under which the peer reached it."""
        fd = self.known.get(key)
        name = None if fd is None else _name(fd, socket.socket.getsockname)
        return name and name.rpartition(":")[0]

    def read_monitor(self) -> None:
        """Take in what the monitor has to tell, until it would block."""
        while True:
            try:
                event = recv_monitor_message(self.monitor, zmq.DONTWAIT)
            except zmq.Again:
                return
            fd = event["value"]
            if event["event"] == zmq.EVENT_ACCEPTED:
                self._open.add(fd)
            elif event["event"] == zmq.EVENT_DISCONNECTED:
                self._open.discard(fd)
                if (key := self._by_fd.get(fd)) is not None:
                    self._lose(key, fd)
            elif event["event"] == zmq.EVENT_ACCEPT_FAILED:
                _log.warning("WARNING: Failed to accept a connection: %s.", os.strerror(fd))
            else:
                _log.warning("WARNING: %s", _FAILED[event["event"]])

    def take_lost(self) -> list[bytes]:
        """The routing ids whose connection is closed, each once; `forget` them when that is dealt with."""
        self.read_monitor()
        lost, self._lost = self._lost, []
        return lost

    def forget(self, key: bytes) -> None:
        self.known.pop(key, None)
        self._addresses.pop(key, None)

    def _lose(self, key: bytes, fd: int) -> None:
        self._by_fd.pop(fd, None)
        self._lost.append(key)


def _name(fd: int, end: Callable[[socket.socket], object]) -> str | None:
    """HOST:PORT of one end of the connection that libzmq has at `fd`; None when it is closed, or no TCP."""
    try:
        with socket.socket(fileno=os.dup(fd)) as twin:
            name = end(twin)
    except OSError:
        return None
    if not isinstance(name, tuple):
        return None
    host = str(name[0]).removeprefix("::ffff:")
    return f"[{host}]:{name[1]}" if ":" in host else f"{host}:{name[1]}"
