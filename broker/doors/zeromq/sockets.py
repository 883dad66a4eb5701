"""The sockets of the ZeroMQ door, as they are set and bound. They are the caller's to use and to close."""

import errno
import select
import sys
from collections.abc import Callable
from typing import cast

import zmq
from loggia.broker import config
from loggia.broker.doors.zeromq.frames import FRAME_BYTES_PUB
from loggia.broker.doors.zeromq.subscriptions import TOPIC_BYTES
from loggia.shared.protocol.addresses import is_name
from loggia.shared.protocol.limits import HEARTBEAT_S, HEARTBEAT_TIMEOUT_S, Limits

LIBZMQ = (4, 3, 5)  # older ones have known holes
OVERSIZE = 2  # a frame up to this many times the limit is answered `too_large`; libzmq cuts off above
# What may wait inside libzmq for the loop, of one connection: no number of frames. Where it stops to read
# one, it does not survive that the connection breaks then. What all of it takes is bounded elsewhere
# (pressure.py).
NO_BOUND = 0
SUBSCRIBE_BYTES = 10  # what stands before a topic in ZMTP 3.1
HANDSHAKE_S = 5.0  # and who has not finished by then is shut down
# With a domain, and nobody who asks about it, all are let in but those who do not speak ZMTP 3. Without one,
# libzmq takes any byte for the beginning of ZMTP 1, and waits for the rest for ever.
ZAP_DOMAIN = b"loggia"
# The system asks who is silent, each second, and gives up when nothing came in time; Windows always asks ten
# times. libzmq's own heartbeats stay off: it does not survive that one is due behind what nobody reads
# (libzmq#4364), and they cost the square of the connections. docs/decisions/0017-keepalive.md
KEEPALIVE_EACH_S = 1.0
KEEPALIVE_TIMES = round((HEARTBEAT_TIMEOUT_S - HEARTBEAT_S) / KEEPALIVE_EACH_S) - 1
BACKLOG = 4096  # connections that may wait to be accepted: a reconnect storm
# What may wait for a slow reader before PUB drops and its client fills the hole. libzmq counts frames, so as
# many as are less than this at their largest. Readers that stand still together share them, and the
# system cuts off whoever does so for long, which frees them.
QUEUE_BYTES = 40_000_000
# Of answers, in libzmq, for one that reads none: some 1 MiB. What is more waits where it can be counted
# (unsent.py). libzmq wakes the loop with every second that it sends.
ANSWER_FRAMES = 4
# Not more than one: libzmq tells of who came only behind the hand-over to the thread that hears it, and what
# it says first may be faster (arrivals.py).
IO_THREADS = 1

_EVENTS, _READABLE = int(zmq.EVENTS), int(zmq.POLLIN)  # an enum costs a conversion on each call


def context() -> zmq.Context[zmq.Socket[bytes]]:
    """Raises OSError where libzmq is too old."""
    if zmq.zmq_version_info() < LIBZMQ:
        raise OSError(f"libzmq {zmq.zmq_version()} is too old; install pyzmq 27 or newer")
    return zmq.Context(IO_THREADS)


def router(context: zmq.Context[zmq.Socket[bytes]], limits: Limits) -> zmq.Socket[bytes]:
    """For requests, and everything private."""
    socket = _socket(context, zmq.ROUTER, limits.frame_bytes * OVERSIZE)
    socket.setsockopt(zmq.SNDHWM, ANSWER_FRAMES)
    socket.setsockopt(zmq.RCVHWM, NO_BOUND)
    socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
    socket.setsockopt(zmq.ROUTER_HANDOVER, 0)
    return socket


def pub(context: zmq.Context[zmq.Socket[bytes]], limits: Limits) -> zmq.Socket[bytes]:
    """For what happens in public rooms. It tells of each subscription, and of whom: to count them."""
    socket = _socket(context, zmq.XPUB, SUBSCRIBE_BYTES + TOPIC_BYTES)
    socket.setsockopt(zmq.XPUB_VERBOSER, 1)
    socket.setsockopt(zmq.RCVHWM, NO_BOUND)
    socket.setsockopt(zmq.SNDHWM, queue_frames(limits))
    return socket


def queue_frames(limits: Limits) -> int:
    """How many broadcasts may wait for one reader."""
    largest_event = 2 * limits.text_bytes + 2048  # of quotes and line ends each takes two bytes in JSON
    return max(1, QUEUE_BYTES // max(FRAME_BYTES_PUB, largest_event))


def sender(socket: zmq.Socket[bytes]) -> Callable[[bytes, int], object]:
    """Sends a part of a message: the socket's own `send` without what pyzmq puts in front of it for kinds of
    sockets that are not ours, which takes as long again."""
    return cast(Callable[[bytes, int], object], super(zmq.Socket, socket).send)


def is_readable(socket: zmq.Socket[bytes]) -> bool:
    """Whether something waits. Mostly nothing does, and to be told so by an exception takes twice as long."""
    return bool(cast(int, socket.getsockopt(_EVENTS)) & _READABLE)


class Signal:
    """Whether libzmq may have something for who reads a socket: one system call, where to ask the socket
    takes two. It holds only after the socket was asked and had nothing, and until something is sent on it.
    """

    def __init__(self, socket: zmq.Socket[bytes]) -> None:
        self.fd = int(cast(int, socket.getsockopt(zmq.FD)))
        if sys.platform != "win32":
            self._poll = select.poll()
            self._poll.register(self.fd, select.POLLIN)

    def is_up(self) -> bool:
        if sys.platform == "win32":
            return bool(select.select([self.fd], [], [], 0)[0])
        return bool(self._poll.poll(0))


def bind(socket: zmq.Socket[bytes], endpoint: str, setting: str) -> str:
    """The real endpoint. Raises OSError, which names the setting to change."""
    try:
        _bind(socket, endpoint)
    except zmq.ZMQError as reason:
        raise OSError(f"{endpoint}: {_why(reason)}; {config.another(setting)}") from reason
    return socket.getsockopt_string(zmq.LAST_ENDPOINT)


def _bind(socket: zmq.Socket[bytes], endpoint: str) -> None:
    """With IPv6 where the endpoint asks for it: of a name IPv4 is preferred, and `*` is both."""
    *others, last = _kinds(endpoint)
    for ipv6 in others:
        socket.setsockopt(zmq.IPV6, ipv6)
        try:
            socket.bind(endpoint)
            return
        except zmq.ZMQError as reason:
            if reason.errno == zmq.EADDRINUSE:
                raise
    socket.setsockopt(zmq.IPV6, last)
    socket.bind(endpoint)


def _kinds(endpoint: str) -> tuple[int, ...]:
    """How ZMQ_IPV6 is to be set for it, and how if that does not do."""
    if endpoint.startswith("tcp://*:"):
        return 1, 0
    return (0, 1) if is_name(endpoint) else (int("[" in endpoint),)


def _why(reason: zmq.ZMQError) -> str:
    if reason.errno == errno.ENODEV:  # libzmq's word for a host it cannot find
        return "there is no such host or network interface"
    return zmq.strerror(reason.errno or 0)


def _socket(context: zmq.Context[zmq.Socket[bytes]], kind: int, most_bytes: int) -> zmq.Socket[bytes]:
    socket: zmq.Socket[bytes] = context.socket(kind)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.MAXMSGSIZE, most_bytes)
    socket.setsockopt(zmq.HANDSHAKE_IVL, round(HANDSHAKE_S * 1000))
    socket.setsockopt(zmq.ZAP_DOMAIN, ZAP_DOMAIN)
    socket.setsockopt(zmq.HEARTBEAT_IVL, 0)
    socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
    socket.setsockopt(zmq.TCP_KEEPALIVE_IDLE, round(HEARTBEAT_S))
    socket.setsockopt(zmq.TCP_KEEPALIVE_INTVL, round(KEEPALIVE_EACH_S))
    socket.setsockopt(zmq.TCP_KEEPALIVE_CNT, KEEPALIVE_TIMES)
    socket.setsockopt(zmq.TCP_MAXRT, round((HEARTBEAT_TIMEOUT_S - 2 * KEEPALIVE_EACH_S) * 1000))
    socket.setsockopt(zmq.BACKLOG, BACKLOG)
    return socket
