"""What peers submit gets its order: here as it came. Behind it nothing depends on who is connected, on the
clock or on chance. Pure; time is an argument.
"""

import logging
from collections.abc import Hashable, Iterable

import msgspec
from loggia.broker.core.ordered import Command, Ordered
from loggia.broker.runtime.disk_faults import WHY
from loggia.broker.sessions.hub import Hub
from loggia.broker.sessions.marks import Mark
from loggia.broker.sessions.peers import Requests
from loggia.broker.sessions.queries import Asked
from loggia.shared.protocol.answers import AnyAnswer, Error
from loggia.shared.protocol.codec import Malformed
from loggia.shared.protocol.errors import StorageDamaged
from loggia.shared.protocol.requests import AnyRequest

Admitted = Command | Asked | AnyAnswer | Mark  # what a request is until it is answered

_log = logging.getLogger("loggia")


class Submitted(msgspec.Struct):
    """Requests of one peer, of as many frames as came without another's between them.

    `visitor` counts for a peer that is not known yet.
    """

    key: Hashable
    requests: list[AnyRequest | Malformed | Mark]
    visitor: bool = False


class Lost(msgspec.Struct):
    """A peer's connection is gone."""

    key: Hashable


class Turn(msgspec.Struct):
    """What one turn of the loop works on: `ordered`, and who is to be told of it.

    `lapsed`: so many commands, the first ones, end sessions of which nobody is there to be told. `admitted`:
    all that is to be answered, as it came; the commands in it are the others that are ordered.
    """

    ordered: Ordered
    lapsed: int
    admitted: list[tuple[Hashable, Admitted]]


class Order:
    """`submit` and `lost` collect, `turn` gives the order. `epoch`: the life of the log that it is for."""

    def __init__(self, hub: Hub, epoch: str) -> None:
        self._hub = hub
        self._epoch = epoch
        self._inbox: list[Submitted | Lost] = []

    def submit(self, arrived: Iterable[tuple[Hashable, Requests]], *, visitors: bool = False) -> None:
        """Peers said something, in this order; it is admitted in the next turn."""
        before: Hashable = None
        together: list[AnyRequest | Malformed | Mark] = []
        for key, requests in arrived:
            if key is before:
                together += requests
            else:
                before, together = key, [*requests]
                self._inbox.append(Submitted(key, together, visitors))

    def lost(self, key: Hashable) -> None:
        """A peer's connection is gone, after all that it said."""
        self._inbox.append(Lost(key))

    def waits(self) -> bool:
        """Whether another turn has something to do already."""
        return bool(self._inbox)

    def turn(self, now: float, at: int) -> Turn:
        """All that was collected. `now`: loop time, s; `at`: Unix ms, the time its events get."""
        commands = self._hub.sessions.lapsed(now, at)
        lapsed = len(commands)
        admitted = self._admit(now, at)
        commands += [item for _, item in admitted if type(item) is Command]
        return Turn(Ordered(self._epoch, commands), lapsed, admitted)

    def _admit(self, now: float, at: int) -> list[tuple[Hashable, Admitted]]:
        inbox, self._inbox = self._inbox, []
        admitted: list[tuple[Hashable, Admitted]] = []
        hub, admit = self._hub, self._hub.admit
        for arrived in inbox:
            key = arrived.key
            if isinstance(arrived, Lost):
                hub.lost(key, now)
                continue
            if not hub.knows(key):
                hub.connect(key, arrived.visitor)
            for request in arrived.requests:
                try:
                    item = admit(key, request, now, at)
                except StorageDamaged:  # the log has said it
                    item = unavailable(request)
                except Exception:
                    item = failed(request)
                if item is not None:
                    admitted.append((key, item))
        return admitted


def failed(what: object) -> Error:
    """The answer to a request that broke us; the others of its turn are served."""
    _log.exception("A request failed.")
    return Error(id=getattr(what, "id", None), code="internal", text=WHY["internal"])


def unavailable(what: object) -> Error:
    """The answer to what had to be read, while the disk cannot be."""
    return Error(id=getattr(what, "id", None), code="unavailable", text=WHY["unavailable"])
