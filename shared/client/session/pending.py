"""The requests that are no messages, until they are answered. Pure: time is an argument.

An answer can be lost on the way without the connection being lost. What is not answered in RESEND_S is sent
again with the same id, and then after twice that, so that a slow answer is not asked for in a heap.
"""

import msgspec
from loggia.shared.client.session.outbox import RESEND_S
from loggia.shared.protocol.requests import AnyRequest, End, Errand, Ping

LONGEST_RESEND_S = 120.0


class _Open(msgspec.Struct):
    """A request that waits for its answer. `again_at`: when it is sent again; `sent_at`: when it was."""

    request: AnyRequest
    wait_s: float
    again_at: float
    sent_at: float


class Pending:
    """What was asked on one connection. Pings and `!end` have deadlines of their own: they go out once.

    Attributes: `kept`, by id, what is asked until it is answered, at whatever connection.
    """

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}
        self.kept: dict[str, Errand] = {}
        self._asked: dict[str, int] = {}  # how often that was, of those that are kept

    def keep(self, request: Errand) -> None:
        """Ask this, at a later connection if not at this one: it is done once, however often it is asked."""
        self.kept[request.id] = request

    def unsent(self) -> list[Errand]:
        """What is kept and was not asked on this connection."""
        return [request for request_id, request in self.kept.items() if request_id not in self._open]

    def sent(self, request: AnyRequest, now: float) -> None:
        before = self._open.get(request.id)
        wait_s = RESEND_S if before is None else min(before.wait_s * 2, LONGEST_RESEND_S)
        self._open[request.id] = _Open(request, wait_s, now + wait_s, now)
        if request.id in self.kept:
            self._asked[request.id] = self._asked.get(request.id, 0) + 1

    def sent_at(self, request_id: str) -> float | None:
        """When this was sent last; None if it was answered already, or never asked."""
        entry = self._open.get(request_id)
        return None if entry is None else entry.sent_at

    def request(self, request_id: str) -> AnyRequest | None:
        """What was asked with this id and waits; None if it was answered already, or never asked."""
        entry = self._open.get(request_id)
        return None if entry is None else entry.request

    def answered(self, request_id: str) -> AnyRequest | None:
        """Take out what was asked with this id; None if it was answered already, or never asked."""
        entry = self._open.pop(request_id, None)
        self.kept.pop(request_id, None)
        self._asked.pop(request_id, None)
        return None if entry is None else entry.request

    def later(self, request: AnyRequest, wait_s: float, now: float) -> None:
        """It was refused for now: send it again after `wait_s`."""
        self._open[request.id] = _Open(request, RESEND_S, now + wait_s, now)

    def may_be_done(self, request_id: str) -> bool:
        """Whether this was asked more than once: an answer to it may be lost that said it is done."""
        return self._asked.get(request_id, 0) > 1

    def put_off(self, request_id: str, wait_s: float, now: float) -> None:
        """What waits is to be sent again after `wait_s`."""
        if (entry := self._open.get(request_id)) is not None:
            entry.again_at = now + wait_s

    def due(self, now: float) -> list[AnyRequest]:
        """What is to be sent again now, in the order in which it was asked."""
        late = [entry.request for entry in self._open.values() if now >= entry.again_at]
        for request in late:
            if isinstance(request, Ping | End):
                del self._open[request.id]
        return [request for request in late if not isinstance(request, Ping | End)]

    def wake_at(self) -> float | None:
        """When something is due."""
        return min((entry.again_at for entry in self._open.values()), default=None)

    def cut(self) -> None:
        """The session is gone: nothing of it will be answered."""
        self._open.clear()
