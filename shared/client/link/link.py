"""Drives one session over DEALER and SUB, in whatever thread calls `run()`.

Sockets and the copy on the disk are made, used and closed inside `run()`. Other threads only `post`, which
wakes it by a pair of the system's sockets. It ends after `Shut` (within 100 ms), after `Goodbye`, by
StorageBroken when the copy cannot be used, or by LinkFailed. `notify` is called in this thread with
everything that waits.
"""

import collections
import contextlib
import logging
import os
import pathlib
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from loggia.shared.client.commands import Ask, Command, Inquire, Say, TakeNick
from loggia.shared.client.ids import Ids, passing
from loggia.shared.client.link.loop import Loop, wall_ms
from loggia.shared.client.link.memory import Memory
from loggia.shared.client.link.replica import Replica
from loggia.shared.client.link.sockets import LOOK_S, Wires
from loggia.shared.client.session.session import Session
from loggia.shared.client.updates import ConnectionStatus, Update
from loggia.shared.protocol.errors import Closed, LinkFailed, LoggiaError, StorageBroken
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.names import escaped
from msgspec import structs

log = logging.getLogger(__name__)


class Link:
    """One account's connection to one broker.

    `requests`: the broker's requests door; `replica_path`: the copy on this computer, None for memory only:
    then there is no token on the disk either, and the nick is free when the session is over.
    `complete`, `durable`: as in shared/client/sync/sync.py, for programs that must handle everything;
    `invites`: as in shared/client/session/joining.py; `look_s`: as in shared/client/link/sockets.py.
    """

    def __init__(
        self,
        *,
        requests: str,
        replica_path: pathlib.Path | None,
        nick: str,
        rooms: Sequence[str] = (LOBBY,),
        bot: bool = False,
        complete: bool = False,
        durable: bool = False,
        invites: bool = True,
        look_s: float = LOOK_S,
        notify: Callable[[list[Update]], None],
    ) -> None:
        self._requests = requests
        self._look_s = look_s
        self._replica_path = replica_path
        self._settings: dict[str, Any] = {
            "nick": nick,
            "rooms": rooms,
            "bot": bot,
            "keep": replica_path is not None,
            "complete": complete,
            "durable": durable,
            "invites": invites,
        }
        self._notify = notify
        self._lock = threading.Lock()
        self._ids = Ids(os.urandom(4).hex())
        self._commands: collections.deque[Command] = collections.deque()
        self._wake: Callable[[], None] | None = None
        self._is_woken = False  # since the commands were last taken
        self._ended: LoggiaError | None = None

    def post(self, command: Command, *, soon: bool = True) -> str:
        """Ask something, from any thread, also before `run()`. Never blocks; raises what ended the link.

        What is not wanted `soon` is done with whatever comes next, after `look_s` at the latest: it does not
        wake the link. Returns the id of a message, an Ask, an Inquire or a TakeNick, which is given here to
        one that has none; else "".
        """
        with self._lock:
            if self._ended is not None:
                raise self._ended
            if isinstance(command, Say) and not command.id:
                command = structs.replace(command, id=self._ids.new(wall_ms()))
            elif isinstance(command, Ask | Inquire | TakeNick) and not command.id:
                command = structs.replace(command, id=passing(self._ids.new(wall_ms())))
            self._commands.append(command)
            if soon and self._wake is not None and not self._is_woken:
                self._wake()
                self._is_woken = True
        return command.id if isinstance(command, Say | Ask | Inquire | TakeNick) else ""

    def run(self) -> None:
        """Talk to the broker until `Shut` or `Goodbye`.

        Raises StorageBroken if the copy cannot be used, and LinkFailed from whatever nobody foresaw.
        """
        try:
            self._run()
        except StorageBroken as reason:
            self._fail(reason)
            raise
        except BaseException as reason:
            log.exception("The link of %s failed.", escaped(self._settings["nick"]))
            failed = LinkFailed(f"The connection failed by a fault of Loggia, {reason!r}; start again.")
            failed.__cause__ = reason
            self._fail(failed)
            raise failed from reason
        else:
            self._end(Closed("This connection was ended; open a new one."))

    def _fail(self, reason: LoggiaError) -> None:
        self._end(reason)
        with contextlib.suppress(BaseException):  # being told may be what failed
            self._notify([ConnectionStatus(connection="ended", reason=str(reason))])

    def _end(self, reason: LoggiaError) -> None:
        with self._lock:
            self._ended = reason

    def _run(self) -> None:
        replica = Memory() if self._replica_path is None else Replica(self._replica_path)
        if replica.upgraded is not None:
            log.warning("What %s keeps was brought %s.", escaped(self._settings["nick"]), replica.upgraded)
        wires: Wires | None = None
        try:
            saved = replica.saved()
            with self._lock:
                self._ids.advance(saved.last_id)
            session = Session(saved=saved, new_id=self._new_id, chance=random.random, **self._settings)
            wires = Wires(self._requests, self._look_s)
            with self._lock:
                self._wake = wires.waker()
            Loop(session, replica, wires, self._notify, self._take, clock).run()
        finally:
            with self._lock:
                self._wake = None
            if wires is not None:
                wires.close()
            replica.close()

    def _take(self) -> list[Command]:
        with self._lock:
            taken = list(self._commands)
            self._commands.clear()
            self._is_woken = False
        return taken

    def _new_id(self) -> str:
        with self._lock:
            return self._ids.new(wall_ms())


def clock() -> float:
    """Seconds that never go back, those included in which the computer slept."""
    return time.clock_gettime(_CLOCK) if _CLOCK is not None else time.monotonic()


# time.monotonic() stands still in a sleep on Linux and on a Mac, and goes on under Windows
_CLOCK: int | None = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
