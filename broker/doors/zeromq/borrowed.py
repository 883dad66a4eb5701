"""A socket of libzmq's, asked or told something, and left to libzmq. Any thread.

Not by `dup`: that takes a descriptor, and those who ask may do so as none is free.
"""

import contextlib
import socket
from collections.abc import Iterator


@contextlib.contextmanager
def borrowed(fd: int) -> Iterator[socket.socket]:
    """Raises OSError when it is closed, and no socket."""
    lent = socket.socket(fileno=fd)
    try:
        yield lent
    finally:
        lent.detach()
