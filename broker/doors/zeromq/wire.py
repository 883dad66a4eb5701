"""What the system knows of a connection of TCP: how much came, and how much went. Any thread.

libzmq tells neither what it holds of one that came in parts, nor what waits for one that does not read.
"""

import socket
import struct
from typing import NamedTuple

from loggia.broker.doors.zeromq.borrowed import borrowed

_INFO_BYTES = 160
_ACKED_AT = 120  # tcpi_bytes_acked, and tcpi_bytes_received behind it
_OUTQ = 0x5411  # SIOCOUTQ; Python does not name it


class Wire(NamedTuple):
    """Bytes since it was opened. `received`: that are not in the system any more; `written`: that were given
    to it; `acked`: of these, what has arrived."""

    received: int
    written: int
    acked: int

    @property
    def waits(self) -> bool:
        """Whether something is on its way, or cannot go."""
        return self.written > self.acked


NOTHING = Wire(0, 0, 0)


def wire(fd: int) -> Wire:
    """NOTHING of what is closed, or no TCP, or on a kernel that does not tell."""
    import fcntl
    import termios

    try:
        with borrowed(fd) as connection:
            info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
        (unread,) = struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, bytes(4)))
        (unsent,) = struct.unpack("i", fcntl.ioctl(fd, _OUTQ, bytes(4)))
    except OSError:
        return NOTHING
    if len(info) < _INFO_BYTES:
        return NOTHING
    acked, received = struct.unpack_from("QQ", info, _ACKED_AT)
    return Wire(received - unread, acked + unsent, acked)
