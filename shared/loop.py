"""The turns of one link: read all that waits, let the session decide, keep, send, tell.

Runs in the thread of the link (shared/link.py), and stops when the session says so.
"""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol, get_args

from shared import effects
from shared.commands import Command
from shared.errors import StorageFull
from shared.names import escaped
from shared.notices import Notice
from shared.replica import Replica
from shared.session import Session

DISK_RETRY_S = 1.0  # a full disk is tried again this often

_KEEPS = get_args(effects.Keep)

log = logging.getLogger(__name__)


class Wire(Protocol):
    """The way to the broker: both doors. What cannot be done comes back as a reason in words."""

    def wait(self, timeout_s: float | None) -> None: ...
    def connect(self) -> str: ...
    def disconnect(self) -> None: ...
    def send(self, frame: bytes) -> None: ...
    def subscribe(self, endpoint: str, topics: frozenset[str]) -> str: ...
    def is_broken(self) -> bool: ...
    def received(self) -> Iterable[bytes]: ...
    def published(self) -> Iterable[bytes]: ...


class Loop:
    """Joins a session, its copy on the disk, and the wire."""

    def __init__(
        self,
        session: Session,
        replica: Replica,
        wires: Wire,
        notify: Callable[[list[Notice]], None],
        take: Callable[[], list[Command]],
    ) -> None:
        self._session = session
        self._replica = replica
        self._wires = wires
        self._notify = notify
        self._take = take
        self._undone: list[effects.Effect] = []
        self._stopped = False

    def run(self) -> None:
        """Until the session stops; raises StorageBroken if the copy cannot be used any more."""
        self._undone = self._session.start(time.monotonic())
        self._read()
        while True:
            self._perform()
            if self._stopped:
                return
            self._wires.wait(self._timeout_s())
            self._read()

    def _timeout_s(self) -> float | None:
        if self._undone:
            return DISK_RETRY_S
        now = time.monotonic()
        wake_at = self._session.wake_at(now)
        return None if wake_at is None else wake_at - now

    def _read(self) -> None:
        session, now = self._session, time.monotonic()
        for frame in self._wires.received():
            self._undone += session.received(frame, now)
        if self._wires.is_broken():
            self._undone += session.broke(now)
        for frame in self._wires.published():
            self._undone += session.published(frame, now)
        for command in self._take():
            self._undone += session.command(command, now, wall_ms())
        self._undone += session.tick(now)

    def _perform(self) -> None:
        """Keep first, then send and tell; what the copy is asked for may lead to more."""
        told: list[Notice] = []
        while self._undone and self._keep():
            done, self._undone = self._undone, []
            for effect in done:
                if isinstance(effect, effects.Tell):
                    told.append(effect.notice)
                elif (act := _ACTS.get(type(effect))) is not None:
                    self._undone += act(self, effect)
        if told:
            self._notify(told)

    def _keep(self) -> bool:
        """Write down what must be on the disk; False if the disk is full and it must be tried again."""
        keeps = [effect for effect in self._undone if isinstance(effect, _KEEPS)]
        try:
            if keeps:
                self._replica.keep(keeps)
        except StorageFull as reason:
            log.error("%s It is tried again; until then nothing is sent or shown.", reason)
            return False
        return True

    def _connect(self, effect: effects.Connect) -> list[effects.Effect]:
        reason = self._wires.connect()
        return self._session.lost(reason, time.monotonic()) if reason else []

    def _disconnect(self, effect: effects.Disconnect) -> list[effects.Effect]:
        self._wires.disconnect()
        return []

    def _send(self, effect: effects.Send) -> list[effects.Effect]:
        self._wires.send(effect.frame)
        return []

    def _subscribe(self, effect: effects.Subscribe) -> list[effects.Effect]:
        reason = self._wires.subscribe(effect.endpoint, effect.topics)
        if reason:
            log.warning("%s", escaped(reason))
        return []

    def _recall(self, effect: effects.Recall) -> list[effects.Effect]:
        events = self._replica.events(effect.room, effect.epoch, effect.after, effect.upto)
        return self._session.recalled(effect, events, time.monotonic())

    def _complain(self, effect: effects.Complain) -> list[effects.Effect]:
        log.warning("Ignored: %s", escaped(effect.text))
        return []

    def _stop(self, effect: effects.Stop) -> list[effects.Effect]:
        self._stopped = True
        return []


_ACTS: dict[type, Callable[[Loop, Any], list[effects.Effect]]] = {
    effects.Connect: Loop._connect,
    effects.Disconnect: Loop._disconnect,
    effects.Send: Loop._send,
    effects.Subscribe: Loop._subscribe,
    effects.Recall: Loop._recall,
    effects.Complain: Loop._complain,
    effects.Stop: Loop._stop,
}


def wall_ms() -> int:
    """Unix time in ms."""
    return time.time_ns() // 1_000_000
