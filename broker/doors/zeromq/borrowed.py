"""A socket of libzmq's, asked or told something, and left to libzmq. Any thread."""

import contextlib
import os
import socket
from collections.abc import Iterator


@contextlib.contextmanager
def borrowed(fd: int) -> Iterator[socket.socket]:
    """By libzmq's own descriptor, as those who ask may do so as no other is free. Raises OSError when it is
    closed, and no socket."""
    lent = socket.socket(fileno=fd)
    try:
        yield lent
    finally:
        lent.detach()


@contextlib.contextmanager
def copied(fd: int) -> Iterator[int]:
    """A descriptor of what is at `fd` now, and stays it: libzmq may close that at any moment, and have
    another connection there in the next. Where no descriptor is free, `fd` itself. Raises OSError when it is
    closed."""
    try:
        copy = os.dup(fd)
    except OSError:
        with borrowed(fd):
            pass
        yield fd
        return
    try:
        yield copy
    finally:
        os.close(copy)
