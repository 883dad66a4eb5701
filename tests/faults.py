"""A wire that tests can cut: a TCP relay on 127.0.0.1, one thread with an asyncio loop, ended by `close()`.

    with Relay("127.0.0.1", port) as relay:
        bot = connect(relay.port)
        with relay.cut():
            bot.send("x")
        # healed: exactly one stored copy

Every fault is a context manager; leaving it heals the wire. TCP never loses bytes inside a stream, so a
connection that lost some is closed when the wire heals, as a real one would be in the end.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Literal, Self

from tests.patience import PATIENCE_S

Direction = Literal["up", "down"]

PIECE_BYTES = 64 * 1024
ANSWER_S = PATIENCE_S  # how long the relay's own thread may take to do as told
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: closing tells the other side at once, by a reset


class Relay:
    """Passes bytes between its own `port` and a target.

    Attributes: `port`; `passed`: bytes so far in each direction; `connections`: how many are open.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self.passed: dict[Direction, int] = {"up": 0, "down": 0}
        self._is_cut = False
        self._delay_s = 0.0
        self._dropped: frozenset[Direction] = frozenset()
        self._left: dict[Direction, int] = {}  # bytes that may still pass before the wire is cut
        self._pairs: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}
        self._lossy: set[asyncio.Task[None]] = set()
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._open = asyncio.Event()
        self._open.set()
        self._thread = threading.Thread(target=self._run, name=f"relay to {port}")
        self._thread.start()

    @classmethod
    def before(cls, endpoint: str) -> Self:
        """A relay to a ZeroMQ endpoint."""
        host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
        return cls(host, int(port))

    @property
    def connections(self) -> int:
        return len(self._pairs)

    @property
    def endpoint(self) -> str:
        """The relay's own side, for ZeroMQ."""
        return f"tcp://127.0.0.1:{self.port}"

    # -- Faults: leaving the context heals the wire --------------------------------------------

    @contextlib.contextmanager
    def cut(self) -> Iterator[None]:
        """All connections are reset, new ones too."""
        self._set(is_cut=True)
        self._do(self._reset_all())
        yield
        self._set(is_cut=False)

    @contextlib.contextmanager
    def cut_after(self, count: int, direction: Direction) -> Iterator[None]:
        """`count` more bytes pass in that direction, then the wire is cut in the middle of something."""
        self._set(left={direction: count})
        yield
        self._set(left={}, is_cut=False)

    @contextlib.contextmanager
    def stalled(self) -> Iterator[None]:
        """Nothing passes and nobody is told; what was held goes on afterwards. A cable out and in again."""
        self._call(self._open.clear)
        yield
        self._call(self._open.set)

    @contextlib.contextmanager
    def delayed(self, delay_s: float) -> Iterator[None]:
        """Every piece is late by that much."""
        self._set(delay_s=delay_s)
        yield
        self._set(delay_s=0.0)

    @contextlib.contextmanager
    def dropping(self, *directions: Direction) -> Iterator[None]:
        """What goes in these directions vanishes."""
        self._set(dropped=frozenset(directions))
        yield
        self._set(dropped=frozenset())
        self._do(self._reset_lossy())

    @contextlib.contextmanager
    def half_open(self) -> Iterator[None]:
        """Each side believes in the connection, and nothing arrives: the other computer lost its power."""
        with self.dropping("up", "down"):
            yield

    # -- For the test's thread -----------------------------------------------------------------

    def wait(self, condition: Callable[["Relay"], bool], timeout_s: float = ANSWER_S) -> None:
        """Block until the condition holds for this relay; raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: condition(self), timeout_s):
                raise TimeoutError(
                    f"after {timeout_s} s: {self.connections} connections, passed {self.passed}"
                )

    def close(self) -> None:
        """End all connections and the thread."""
        self._do(self._reset_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _set(self, **faults: Any) -> None:
        self._call(lambda: [setattr(self, f"_{name}", value) for name, value in faults.items()])

    def _call(self, function: Callable[[], object]) -> None:
        async def call() -> None:
            function()

        self._do(call())

    def _do(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(ANSWER_S)

    # -- In the relay's thread -----------------------------------------------------------------

    def _run(self) -> None:
        self._listener.setblocking(False)
        accepting = self._loop.create_task(self._accept())
        self._loop.run_forever()
        accepting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(accepting)
        self._loop.run_until_complete(self._reset_all())
        self._loop.close()

    async def _accept(self) -> None:
        while True:
            client, _ = await self._loop.sock_accept(self._listener)
            if self._is_cut:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                client.close()
                continue
            task = self._loop.create_task(self._serve(client))
            self._pairs[task] = []
            task.add_done_callback(self._forget)
            self._tell()

    def _forget(self, task: asyncio.Task[None]) -> None:
        del self._pairs[task]
        self._lossy.discard(task)
        self._tell()

    async def _serve(self, client: socket.socket) -> None:
        task = asyncio.current_task()
        assert task is not None
        writers = self._pairs[task]
        reset = True
        try:
            up, to_client = await asyncio.open_connection(sock=client)
            writers.append(to_client)
            down, to_target = await asyncio.open_connection(*self._target)
            writers.append(to_target)
            for writer in writers:
                writer.transport.set_write_buffer_limits(0)  # drained means: given to the system
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(task, "up", up, to_target))
                both.create_task(self._pass(task, "down", down, to_client))
            reset = False
        except* OSError:
            pass  # one side was reset: so is the other
        except* _CutHere:
            reset = False
        finally:
            await _end(writers, reset=reset)

    async def _pass(
        self,
        pair: asyncio.Task[None],
        direction: Direction,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        while piece := await reader.read(PIECE_BYTES):
            if self._delay_s:
                await asyncio.sleep(self._delay_s)
            await self._open.wait()
            if direction in self._dropped:
                self._lossy.add(pair)
                continue
            piece = piece[: self._left.get(direction, len(piece))]
            writer.write(piece)
            await writer.drain()
            self.passed[direction] += len(piece)
            if direction in self._left:
                self._left[direction] -= len(piece)
                self._is_cut = self._left[direction] == 0
            self._tell()
            if self._is_cut:
                raise _CutHere
        writer.write_eof()

    async def _reset_all(self) -> None:
        await self._reset_pairs(set(self._pairs))

    async def _reset_lossy(self) -> None:
        await self._reset_pairs(set(self._lossy))

    async def _reset_pairs(self, tasks: set[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()


class _CutHere(Exception):
    """The bytes that were allowed have passed."""


async def _end(writers: list[asyncio.StreamWriter], *, reset: bool) -> None:
    """Close both sides; also if this is cancelled halfway, by a fault that heals at the same moment."""
    for writer in writers:
        with contextlib.suppress(OSError):
            if reset:
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                writer.transport.abort()
            else:
                writer.close()
    try:
        for writer in writers:
            with contextlib.suppress(OSError):
                await writer.wait_closed()
    except asyncio.CancelledError:
        for writer in writers:
            writer.transport.abort()
        raise
