"""The turns of one link: read all that waits, let the session decide, keep, send, tell.

Runs in the thread of the link (shared/client/link/link.py), and stops when the session says so. A caller
with a clock of its own takes the turns itself: `begin`, then `turn` whenever the wire has something or
`timeout_s` is over.
"""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from loggia.shared.client import effects
from loggia.shared.client.commands import Command
from loggia.shared.client.link.memory import Memory
from loggia.shared.client.link.replica import Replica
from loggia.shared.client.session.session import Session
from loggia.shared.client.updates import ConnectionStatus, People, PeopleChanged, Update
from loggia.shared.protocol.errors import StorageFull
from loggia.shared.protocol.names import escaped

DISK_RETRY_S = 1.0  # a full disk is tried again this often

log = logging.getLogger(__name__)


def wall_ms() -> int:
    """Unix time in ms."""
    return time.time_ns() // 1_000_000


class Wire(Protocol):
    """The way to the broker: both doors. What cannot be done comes back as a reason in words."""

    def wait(self, timeout_s: float | None) -> None: ...
    def rest(self, timeout_s: float | None) -> None: ...
    def connect(self) -> str: ...
    def disconnect(self) -> None: ...
    def send(self, frame: bytes) -> None: ...
    def subscribe(self, endpoint: str, topics: frozenset[str]) -> str: ...
    def failed(self) -> str: ...
    def is_broken(self) -> bool: ...
    def received(self) -> Iterable[bytes]: ...
    def published(self) -> Iterable[bytes]: ...


class Loop:
    """Joins a session, its copy on the disk, and the wire.

    `clock`: s, never goes back; `wall_clock`: Unix time in ms, which may jump either way.

    While the disk is full the conversation stands still: nothing is read, sent or shown, only the program's
    commands are taken, so that it can always end.
    """

    def __init__(
        self,
        session: Session,
        replica: Replica | Memory,
        wires: Wire,
        notify: Callable[[list[Update]], None],
        take: Callable[[], list[Command]],
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], int] = wall_ms,
    ) -> None:
        self._session = session
        self._replica = replica
        self._wires = wires
        self._notify = notify
        self._take = take
        self._clock = clock
        self._wall_clock = wall_clock
        self._undone: list[effects.Effect] = []
        self._disk_full = False
        self._disk_at = 0.0  # when a full disk is tried again
        self._status = ConnectionStatus(connection="connecting")  # what was told last of the connection
        self._stopped = False

    def run(self) -> None:
        """Until the session stops; raises StorageBroken if the copy cannot be used any more."""
        goes_on = self.begin()
        while goes_on:
            (self._wires.rest if self._disk_full else self._wires.wait)(self.timeout_s())
            goes_on = self.turn()

    def begin(self) -> bool:
        """The first turn; as `turn`."""
        self._undone = self._session.start(self._clock())
        return self.turn()

    def turn(self) -> bool:
        """Read what waits, decide, keep, send, tell; returns whether there is another turn.

        Raises StorageBroken if the copy cannot be used any more.
        """
        self._read()
        self._perform()
        return not self._stopped

    def timeout_s(self) -> float | None:
        """In how many s the next turn is due if nothing comes before; None: not by itself."""
        now = self._clock()
        wake_at = self._session.wake_at(now) if self._moves() else None
        if self._disk_full:
            wake_at = self._disk_at if wake_at is None else min(wake_at, self._disk_at)
        return None if wake_at is None else wake_at - now

    def _moves(self) -> bool:
        """Whether time passes for the session."""
        return not self._disk_full or self._session.ending

    def _read(self) -> None:
        session, now = self._session, self._clock()
        if not self._disk_full:
            self._read_wires(now)
        if commands := self._take():
            self._undone += session.asked(commands, now, self._wall_clock())
        if self._moves():
            self._undone += session.tick(now)

    def _read_wires(self, now: float) -> None:
        session = self._session
        if reason := self._wires.failed():
            self._undone += session.lost(reason, now)
        broken = self._wires.is_broken()  # asked first: what the broker said before it went is read, then
        self._undone += session.heard(self._wires.received(), self._wires.published(), now)
        if broken:
            self._undone += session.broke(now)

    def _perform(self) -> None:
        """Keep first, then send and tell; what the copy is asked for may lead to more."""
        told: list[Update] = []
        while self._undone and self._may_write():
            if reason := self._keep():
                told += self._stand_still(reason)
                break
            told += self._go_on()
            done, self._undone = self._undone, []
            for effect in done:
                if isinstance(effect, effects.Tell):
                    told.append(effect.update)
                    if isinstance(effect.update, ConnectionStatus):
                        self._status = effect.update
                elif (act := _ACTS.get(type(effect))) is not None:
                    self._undone += act(self, effect)
        if told:
            self._notify(_latest(told))

    def _keep(self) -> str:
        """Write down what must be on the disk; returns why the disk took nothing of it."""
        keeps = [effect for effect in self._undone if isinstance(effect, effects.OnDisk)]
        try:
            if keeps:
                self._replica.keep(keeps)
        except StorageFull as reason:
            return str(reason)
        return ""

    # -- A full disk ---------------------------------------------------------------------------

    def _may_write(self) -> bool:
        return not self._disk_full or self._ends() or self._clock() >= self._disk_at

    def _ends(self) -> bool:
        return any(isinstance(effect, effects.Stop) for effect in self._undone)

    def _stand_still(self, reason: str) -> list[Update]:
        """Try again later; who wants to end does so now. Returns what the program is to know."""
        if self._ends():
            lost = sum(isinstance(effect, effects.KeepEntry) for effect in self._undone)
            if lost:
                log.error("%s Messages that were never sent and are lost: %d.", reason, lost)
            self._stopped = True
            return [effect.update for effect in self._undone if isinstance(effect, effects.Tell)][-1:]
        known, self._disk_full = self._disk_full, True
        self._disk_at = self._clock() + DISK_RETRY_S
        if known:
            return []
        log.error("%s It is tried again; until then nothing is sent or shown.", reason)
        return [ConnectionStatus(connection="offline", reason=reason, disk_full=True)]

    def _go_on(self) -> list[Update]:
        """The disk took everything; returns what the program is to know."""
        known, self._disk_full = not self._disk_full, False
        return [] if known else [self._status]

    def _connect(self, effect: effects.Connect) -> list[effects.Effect]:
        reason = self._wires.connect()
        return self._session.lost(reason, self._clock()) if reason else []

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
        copy, room, epoch = self._replica, effect.room, effect.epoch
        if effect.purpose == "changes":
            events = copy.texts(room, epoch, effect.upto)
        elif effect.purpose == "pins":
            events = copy.pins(room, epoch)
        else:
            events = copy.events(room, epoch, effect.after, effect.upto)
        return self._session.recalled(effect, events, self._clock())

    def _complain(self, effect: effects.Complain) -> list[effects.Effect]:
        log.warning("Ignored: %s", escaped(effect.text))
        return []

    def _report(self, effect: effects.Report) -> list[effects.Effect]:
        log.info("%s", effect.text)
        return []

    def _stop(self, effect: effects.Stop) -> list[effects.Effect]:
        self._stopped = True
        return []


def _latest(told: list[Update]) -> list[Update]:
    """Without lists of people that are not true any more: each is as long as the room is full."""
    last = {update.room: at for at, update in enumerate(told) if isinstance(update, People)}
    if not last:
        return told
    return [
        update
        for at, update in enumerate(told)
        if not isinstance(update, People | PeopleChanged) or last.get(update.room, 0) <= at
    ]


_ACTS: dict[type, Callable[[Loop, Any], list[effects.Effect]]] = {
    effects.Connect: Loop._connect,
    effects.Disconnect: Loop._disconnect,
    effects.Send: Loop._send,
    effects.Subscribe: Loop._subscribe,
    effects.Recall: Loop._recall,
    effects.Complain: Loop._complain,
    effects.Report: Loop._report,
    effects.Stop: Loop._stop,
}
