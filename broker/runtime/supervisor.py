"""One broker from start to end: it serves, steps aside for a command at work on the log, serves again.

Runs in the broker's one thread. SIGTERM, SIGHUP and Ctrl+C end it within 2 s, also while it stands aside.
"""

import asyncio
import contextlib
import os
import signal
import threading

import msgspec
from loggia.broker.admin.control import Control, Done
from loggia.broker.config import Config
from loggia.broker.runtime.operating import Act
from loggia.broker.runtime.server import PAUSE, STOP, Server
from loggia.broker.telemetry.page import MetricsPage
from loggia.broker.telemetry.series import Reading
from loggia.shared.process import signals
from loggia.shared.protocol.errors import LoggiaError

ALONE_S = 0.5  # at the end of standard input: time for closed connections to be noticed
RETURN_S = 3.0  # after standing aside: twice the longest time between two tries of a client


class Supervisor:
    """`run` serves until it is told to stop, at the addresses of the first life."""

    def __init__(self, config: Config, loop: asyncio.AbstractEventLoop) -> None:
        self._config = config
        self._loop = loop
        self._server: Server | None = None  # None while it stands aside
        self._returned_at: float | None = None  # loop time, s
        self._control = Control(config.data, self._step_aside, self._operate)
        self._ended = loop.create_future()
        self._page: MetricsPage | None = None
        if config.metrics is not None:
            self._page = MetricsPage(config.metrics, loop, self._reading, self._unwritable)

    async def run(self, *, stop_when_alone: bool) -> None:
        """Raises LoggiaError or OSError when it cannot serve, or cannot come back."""
        try:
            self._stop_on_signals()  # first: what comes while the log is checked is answered behind that
            await self._control.open()
            if self._page is not None:
                self._config = msgspec.structs.replace(self._config, metrics=self._page.open())
            server = Server(self._config, self._loop)
            self._open(server)
            if stop_when_alone:
                threading.Thread(target=self._watch_stdin, daemon=True).start()
            while not await self._is_over(server):
                server = Server(self._config, self._loop)
                self._open(server)
                self._returned_at = self._loop.time()
        except (LoggiaError, OSError) as reason:
            self._control.close(str(reason))
            raise
        finally:
            self._control.close()
            if self._page is not None:
                self._page.close()

    def _open(self, server: Server) -> None:
        self._server = server
        self._control.announce()  # before it says that it serves
        try:
            server.open()
        except BaseException:
            server.abandon()
            raise
        self._config = server.bound
        self._control.back()

    async def _is_over(self, server: Server) -> bool:
        """Serve, and stand aside when that is why it stopped; whether the broker was told to end."""
        parting = await server.run()
        self._server = None
        if parting is STOP or self._ended.done():
            self._control.close()
            server.close()
            return True
        server.close()
        through = self._loop.create_task(self._control.until_let_go())
        await asyncio.wait([through, self._ended], return_when=asyncio.FIRST_COMPLETED)
        through.cancel()
        return self._ended.done()

    def _step_aside(self) -> None:
        if self._server is not None:
            self._server.stop(PAUSE)
            self._server = None

    def _operate(self, act: Act, who: str) -> Done:
        if self._server is None:
            return Done(done=False, text="the broker is starting or stopping; try again in a moment")
        try:
            return Done(done=True, text=self._server.operate(act, who))
        except LoggiaError as reason:
            return Done(done=False, text=str(reason))

    # -- What is told of it --------------------------------------------------------------------

    def _reading(self) -> Reading | None:
        return None if self._server is None else self._server.reading()

    def _unwritable(self) -> str:
        if self._ended.done():
            return "The broker is stopping."
        if self._server is None:
            return "The broker stands aside for a command at work on the log."
        return self._server.unwritable()

    # -- What ends it --------------------------------------------------------------------------

    def _stop(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)
        if self._server is not None:
            self._server.stop()

    def _stop_on_signals(self) -> None:
        for number in (signal.SIGINT, *signals.ending()):
            try:
                self._loop.add_signal_handler(number, self._stop)
            except NotImplementedError:  # Windows
                signal.signal(number, lambda *_: self._loop.call_soon_threadsafe(self._stop))

    def _watch_stdin(self) -> None:
        """Runs in a thread of its own until standard input ends; docs/decisions/0003."""
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):  # the loop ended first
            self._loop.call_soon_threadsafe(self._loop.call_later, ALONE_S, self._stop_when_alone)

    def _stop_when_alone(self) -> None:
        """Stop unless somebody is connected; who was sent away for a command has time to come back first."""
        if self._server is None:
            self._loop.call_later(RETURN_S, self._stop_when_alone)
        elif self._returned_at is not None and self._loop.time() < self._returned_at + RETURN_S:
            self._loop.call_at(self._returned_at + RETURN_S, self._stop_when_alone)
        else:
            self._server.stop_when_alone()
