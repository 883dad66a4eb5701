"""The page of metrics, and whether all is well, for programs that look after a broker: /metrics, /healthz.

Runs on the broker's loop thread; `close` ends it at once. Strangers may reach it, so all is bounded: how many
come in a second, how many are there at once, what each may say, how long each may take to say and to read
it, and how often the page is made anew. docs/operations.md, "Metrics".
"""

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Callable
from http import HTTPStatus

from loggia.broker import config
from loggia.broker.doors.headroom import Headroom
from loggia.broker.doors.listening import listen, name_of
from loggia.broker.sessions.rate_limit import Allowance
from loggia.broker.settings import LOOPBACK
from loggia.broker.telemetry import http, use
from loggia.broker.telemetry.http import Fetch, Unanswerable
from loggia.broker.telemetry.series import Reading, Use
from loggia.shared.protocol.addresses import Place
from loggia.shared.protocol.errors import LoggiaError

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"  # which every Prometheus reads
METRICS, HEALTH = "/metrics", "/healthz"
VISIT_S = 5.0  # to ask, and to take the answer
MOST_AT_ONCE = 32  # the one that came first makes room for another
ACCEPTED_AT_ONCE = 4  # in a turn of the loop: who asks at once is answered before so many others have come
QUEUE = 128  # connections that wait to be accepted, which the system holds
COME_PER_S = 100.0  # connections: about 1 % of a core
MADE_PER_S = 10.0  # pages that are made anew; between them the last one is given
PAUSE_S = 1.0  # when no descriptor is free, or too many come
READ_BYTES = 4096
MOST_READS = 100  # of a connection: what comes byte by byte costs the broker more than who sends it

_log = logging.getLogger("loggia")


class NotInstalled(LoggiaError):
    """What writes the page is not."""


class MetricsPage:
    """`read` gives what the broker has counted, None while it does not serve; `health` why it could not store
    anything now, empty if it could. Raises NotInstalled."""

    def __init__(
        self,
        place: tuple[str, int],
        loop: asyncio.AbstractEventLoop,
        read: Callable[[], Reading | None],
        health: Callable[[], str],
    ) -> None:
        self._place = place
        self._loop = loop
        self._show: dict[str, Callable[[], tuple[HTTPStatus, bytes, str]]] = {
            METRICS: self._metrics,
            HEALTH: self._health,
        }
        self._read, self._ask = read, health
        self._write = _writer()
        self._listener: socket.socket | None = None
        self._again: asyncio.TimerHandle | None = None
        self._visits: dict[_Visit, None] = {}  # in the order in which they came
        self._headroom = Headroom("metrics page")
        self._may_come = Allowance(COME_PER_S, loop.time(), burst_s=1.0)
        self._may_make = Allowance(MADE_PER_S, loop.time())
        self._made = b""

    def open(self) -> tuple[str, int]:
        """Listen; returns where. Raises OSError, with a sentence, when the address is taken."""
        try:
            self._listener = listen(*self._place, QUEUE)
        except OSError as reason:
            what_to_do = config.another("metrics")
            raise OSError(f"{Place(*self._place)}: {reason.strerror}; {what_to_do}") from reason
        self._loop.add_reader(self._listener, self._accept)
        bound = name_of(self._listener, self._place[0])
        _log.info("Metrics on http://%s%s", Place(*bound), METRICS)
        if not Place(*bound).is_here:
            _log.warning(
                "WARNING: Whoever reaches %s reads the metrics of this broker, without encryption or a "
                "password; --metrics %s:%d is for this computer alone.",
                Place(*bound),
                LOOPBACK,
                bound[1],
            )
        return bound

    def close(self) -> None:
        if self._again is not None:
            self._again.cancel()
        if self._listener is not None:
            self._loop.remove_reader(self._listener)
            self._listener.close()
            self._listener = None
        for visit in [*self._visits]:
            visit.end()

    def answer(self, fetch: Fetch | Unanswerable) -> bytes:
        """What somebody is told, whole."""
        if isinstance(fetch, Unanswerable):
            return http.answer(fetch.status, f"{fetch.why}\n".encode())
        show = self._show.get(fetch.path)
        if show is None:
            told = f"Here are {METRICS} and {HEALTH}.\n".encode()
            return http.answer(HTTPStatus.NOT_FOUND, told, body=fetch.body)
        try:
            return http.answer(*show(), body=fetch.body)
        except Exception:
            _log.exception("The metrics page failed.")
            told = b"The broker failed at this; its log says how.\n"
            return http.answer(HTTPStatus.INTERNAL_SERVER_ERROR, told, body=fetch.body)

    def _metrics(self) -> tuple[HTTPStatus, bytes, str]:
        if self._may_make.spend(self._loop.time()) == 0:
            reading = self._read()
            self._made = self._write(reading, use.of_process(serves=reading is not None))
        return HTTPStatus.OK, self._made, CONTENT_TYPE

    def _health(self) -> tuple[HTTPStatus, bytes, str]:
        if why := self._ask():
            return HTTPStatus.SERVICE_UNAVAILABLE, f"{why}\n".encode(), http.TEXT
        return HTTPStatus.OK, b"ok\n", http.TEXT

    # -- Who comes -----------------------------------------------------------------------------

    def _accept(self) -> None:
        assert self._listener is not None
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                connection, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as reason:
                self._headroom.refused(self._loop.time(), os.strerror(reason.errno or 0))
                self._pause()
                return
            has_room = self._headroom.has_room_for(connection.fileno())
            if self._visits and (len(self._visits) >= MOST_AT_ONCE or not has_room):
                next(iter(self._visits)).end()
            self._visits[_Visit(self._loop, connection, self.answer, self._visits)] = None
            if self._may_come.spend(self._loop.time()):
                self._pause()
                return

    def _pause(self) -> None:
        """Who waits to be accepted goes on waiting."""
        assert self._listener is not None
        self._loop.remove_reader(self._listener)
        self._again = self._loop.call_later(PAUSE_S, self._resume)

    def _resume(self) -> None:
        self._again = None
        assert self._listener is not None
        self._loop.add_reader(self._listener, self._accept)


def _writer() -> Callable[[Reading | None, Use], bytes]:
    try:
        from loggia.broker.telemetry.exposition import page
    except ImportError as reason:
        if (reason.name or "").partition(".")[0] != "prometheus_client":
            raise
        raise NotInstalled(
            "the setting metrics needs the package prometheus-client, which is not installed here; install "
            f"it with: {sys.executable} -m pip install prometheus-client"
        ) from None
    return page


class _Visit:
    """One connection: it asks, is answered, and is gone; or is ended, and leaves `among` as well."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connection: socket.socket,
        answer: Callable[[Fetch | Unanswerable], bytes],
        among: dict["_Visit", None],
    ) -> None:
        self._loop = loop
        self._connection = connection
        self._answer = answer
        self._among = among
        self._heard = b""
        self._rest: memoryview | None = None  # of the answer; None: it was not asked for yet
        self._reads_left = MOST_READS
        self._hears = True
        connection.setblocking(False)
        loop.add_reader(connection, self._readable)
        self._over = loop.call_later(VISIT_S, self.end)

    def end(self) -> None:
        """What is not sent by now never is."""
        self._over.cancel()
        self._loop.remove_reader(self._connection)
        self._loop.remove_writer(self._connection)
        self._connection.close()
        self._among.pop(self, None)

    def _readable(self) -> None:
        self._reads_left -= 1
        try:
            data = self._connection.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.end()
            return
        if self._reads_left < 0 or not (data or self._rest):
            self.end()
        elif not data:  # it says nothing more, and may still read
            self._hears = False
            self._loop.remove_reader(self._connection)
        elif self._rest is None:
            self._hear(data)
        # else: its answer is on the way; closed over what is unread, some systems would take it back

    def _hear(self, data: bytes) -> None:
        self._heard += data
        fetch = http.read(self._heard)
        if fetch is not None:
            self._heard = b""
            self._rest = memoryview(self._answer(fetch))
            self._loop.add_writer(self._connection, self._send)
            self._send()

    def _send(self) -> None:
        assert self._rest is not None
        try:
            self._rest = self._rest[self._connection.send(self._rest) :]
            if self._rest:
                return
            self._loop.remove_writer(self._connection)
            self._connection.shutdown(socket.SHUT_WR)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.end()
            return
        if not self._hears:
            self.end()
