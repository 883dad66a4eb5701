"""What the system knows of a connection of TCP: how much came, and how much went. Any thread.

libzmq tells neither what it holds of one that came in parts, nor what waits for one that does not read.
"""

import socket
import struct
from typing import NamedTuple

from loggia.broker.doors.zeromq.borrowed import borrowed

_INFO_BYTES = 160
_UNACKED_AT = 24  # tcpi_unacked: packets
_ACKED_AT = 120  # tcpi_bytes_acked, and tcpi_bytes_received behind it
_NOTSENT_AT = 144  # tcpi_notsent_bytes
_OUTQ = 0x5411  # SIOCOUTQ; Python does not name it


class Wire(NamedTuple):
    """Bytes since it was opened. `received`: that came; `acked`: that were sent and have arrived; `waits`:
    whether something is on its way, or cannot go."""

    received: int
    acked: int
    waits: bool


NOTHING = Wire(0, 0, waits=False)


def wire(fd: int) -> Wire:
    """NOTHING of what is closed, or no TCP, or on a kernel that does not tell."""
    try:
        with borrowed(fd) as connection:
            info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    except OSError:
        return NOTHING
    if len(info) < _INFO_BYTES:
        return NOTHING
    acked, received = struct.unpack_from("QQ", info, _ACKED_AT)
    (unacked,) = struct.unpack_from("I", info, _UNACKED_AT)
    (unsent,) = struct.unpack_from("I", info, _NOTSENT_AT)
    return Wire(received, acked, bool(unacked or unsent))


def unread(fd: int) -> int:
    """Bytes that came, and are still in the system; 0 of what is closed."""
    import termios

    return _queued(fd, termios.FIONREAD)


def unsent(fd: int) -> int:
    """Bytes that were given to the system, and have not arrived."""
    return _queued(fd, _OUTQ)


def _queued(fd: int, which: int) -> int:
    import fcntl

    try:
        (size,) = struct.unpack("i", fcntl.ioctl(fd, which, bytes(4)))
    except OSError:
        return 0
    return int(size)
