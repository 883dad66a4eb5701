"""The event loop of a bot's `async def` handlers, in a thread of its own. Ends with `close`.

Loaded when the first of them is called: asyncio costs every script's start, and few need it.
"""

import asyncio
import concurrent.futures
import inspect
import logging
import threading
from collections.abc import Callable, Coroutine
from typing import Any

LOOK_S = 0.5  # a wait without end cannot be interrupted by Ctrl+C on Windows
THREADS = 32  # that work at once for all handlers
END_S = 2.0  # for tasks that were cancelled to clean up

log = logging.getLogger(__name__)


class HandlerLoop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(_Threads())
        self._over = False
        self._thread = threading.Thread(target=self._run, name="a bot's handlers", daemon=True)
        self._thread.start()

    def run(self, handler: Coroutine[Any, Any, object]) -> object:
        """Wait until it is done; gives what it gives. Interrupted, it is cancelled."""
        future = asyncio.run_coroutine_threadsafe(_settled(handler), self._loop)
        try:
            while not future.done():
                concurrent.futures.wait([future], LOOK_S)
        except BaseException:
            future.cancel()
            self._loop.call_soon_threadsafe(_close_unbegun, handler)
            raise
        made, raised = future.result()
        if raised is not None:
            raise raised
        return made

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        self._thread.join(END_S + LOOK_S)
        if self._thread.is_alive():
            log.warning("A handler does not let itself be cancelled; it ends with this program.")

    def _run(self) -> None:
        while not self._over:
            try:
                self._loop.run_forever()
            except BaseException:  # asyncio lets a SystemExit of a task out, which would end all others
                log.exception("A task of a handler failed")
        self._loop.close()

    async def _end(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=END_S)
        await self._loop.shutdown_asyncgens()
        self._over = True
        self._loop.stop()


class _Threads(concurrent.futures.ThreadPoolExecutor):
    """What `asyncio.to_thread` uses. One that hangs does not keep the program from ending."""

    def __init__(self) -> None:
        super().__init__()
        self._places = threading.Semaphore(THREADS)

    def submit(
        self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> "concurrent.futures.Future[Any]":
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()

        def work() -> None:
            with self._places:
                if not future.set_running_or_notify_cancel():
                    return
                try:
                    future.set_result(fn(*args, **kwargs))
                except BaseException as raised:
                    future.set_exception(raised)

        threading.Thread(target=work, name="work of a bot's handlers", daemon=True).start()
        return future


def _close_unbegun(handler: Coroutine[Any, Any, object]) -> None:
    """A task that is cancelled before its first step awaits nothing, and Python warns of what it got."""
    if inspect.getcoroutinestate(handler) == inspect.CORO_CREATED:
        handler.close()


async def _settled(handler: Coroutine[Any, Any, object]) -> tuple[object, BaseException | None]:
    """What it gives or raises, as values: a SystemExit that leaves a task ends its loop."""
    try:
        return await handler, None
    except BaseException as raised:
        return None, raised
