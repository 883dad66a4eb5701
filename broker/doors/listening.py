"""A socket that listens at a plain TCP address, as settings name it. Whoever asked for it closes it."""

import socket
import sys


def listen(host: str, port: int, queue: int) -> socket.socket:
    """Bound, and without waiting; port 0 takes a free one. `queue`: connections that the system lets wait to
    be accepted. Raises OSError."""
    both = host in ("*", "::") and socket.has_dualstack_ipv6()
    host = "::" if both else host.replace("*", "0.0.0.0")
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if both:  # by itself some systems take IPv6 only
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        # On Windows SO_REUSEADDR would let two programs share the port.
        alone = "SO_EXCLUSIVEADDRUSE" if sys.platform == "win32" else "SO_REUSEADDR"
        listener.setsockopt(socket.SOL_SOCKET, getattr(socket, alone), 1)
        listener.setblocking(False)
        listener.bind(address)
        listener.listen(queue)
    except OSError:
        listener.close()
        raise
    return listener


def name_of(listener: socket.socket, host: str) -> tuple[str, int]:
    """Where it listens. `host`: as it was asked for."""
    bound, (_, found, zone) = listener.getsockname(), host.partition("%")
    return bound[0] + found + zone, bound[1]  # the system gives the zone of an address as a number
