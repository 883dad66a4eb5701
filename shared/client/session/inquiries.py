"""What a program asks the broker and nothing is stored of: a thread, the rooms, a search. Pure.

Asked at a later connection if there is none now, until it is answered or nobody waits for it any more.
"""

from loggia.shared.client import updates
from loggia.shared.client.commands import Inquire
from loggia.shared.client.effects import Out, Tell
from loggia.shared.client.session.joining import Joining
from loggia.shared.client.session.pending import Pending
from loggia.shared.client.sync.sync import Sync
from loggia.shared.protocol.answers import Error, FoundAnswer, HistoryAnswer, RoomsAnswer
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.names import canonical
from loggia.shared.protocol.requests import AnyRequest, History, Rooms, Search
from msgspec import structs

GONE = "This message is gone from the log."


class Inquiries:
    """Those that wait, in order."""

    def __init__(self, out: Out, sync: Sync, joining: Joining, asked: Pending) -> None:
        self._out = out
        self._sync = sync
        self._joining = joining
        self._pending = asked
        self._waiting: dict[str, Inquire] = {}

    def ask(self, inquire: Inquire) -> None:
        self._waiting[inquire.id] = inquire

    def drop(self, inquiry_id: str) -> None:
        """Nobody waits for it any more."""
        self._waiting.pop(inquiry_id, None)
        self._pending.answered(inquiry_id)

    def due(self, limits: Limits) -> None:
        """Ask what was not asked on this connection; `limits`: of its broker."""
        for inquire in list(self._waiting.values()):
            if self._pending.request(inquire.id) is None:
                self._send(inquire, limits)

    def _send(self, inquire: Inquire, limits: Limits) -> None:
        """Once it is known of which life the room's log is: its numbers may be others' by now."""
        request = structs.replace(inquire.request, id=inquire.id)
        if isinstance(request, History):
            room, named = canonical(request.room), request.thread
            if self._joining.is_held(room):
                return
            if named is not None and inquire.epoch and not self._sync.is_known(room, named, inquire.epoch):
                self.refused(inquire.id, Error(id=inquire.id, code="no_such_message", text=GONE))
                return
            request = structs.replace(request, room=room, limit=min(request.limit, limits.page_events))
        self._out.append(request)

    # -- What the broker says ------------------------------------------------------------------

    def is_ours(self, request: AnyRequest | None) -> bool:
        """Whether it is one of these, and not the session's own."""
        return request is not None and request.id in self._waiting

    def page(self, request: History, answer: HistoryAnswer) -> None:
        events = [entry.event for entry in self._sync.read(request.room, answer.events)]
        self._tell(updates.Inquired(id=request.id, room=request.room, events=events, more=answer.more))

    def listed(self, request: Rooms, answer: RoomsAnswer) -> None:
        self._tell(updates.Inquired(id=request.id, rooms=answer.rooms, more=answer.more))

    def found(self, request: Search, answer: FoundAnswer) -> None:
        self._tell(updates.Inquired(id=request.id, found=answer))

    def refused(self, inquiry_id: str, error: Error) -> None:
        self._tell(updates.Inquired(id=inquiry_id, refused=error))

    def _tell(self, told: updates.Inquired) -> None:
        del self._waiting[told.id]
        self._out.append(Tell(told))
