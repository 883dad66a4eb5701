"""What the broker's answers and refusals lead to, by what was asked. Pure.

docs/protocol.md, "Requests", "Errors". Everything to do is appended to `out`.
"""

from collections.abc import Callable, Collection
from typing import Any, get_args

from loggia.shared.client import effects, updates
from loggia.shared.client.effects import Out, Tell
from loggia.shared.client.session.connection import Connecting
from loggia.shared.client.session.inquiries import Inquiries
from loggia.shared.client.session.joining import Joining
from loggia.shared.client.session.listening import Listening
from loggia.shared.client.session.pending import Pending
from loggia.shared.client.session.readings import Readings
from loggia.shared.client.session.sending import LATER, Sending, named_pause_s, pause_s
from loggia.shared.client.sync.sync import Sync
from loggia.shared.protocol.answers import (
    Answer,
    Ended,
    Error,
    FoundAnswer,
    HistoryAnswer,
    JoinedAnswer,
    MembersAnswer,
    Pong,
    RoomsAnswer,
    Stored,
    Unread,
)
from loggia.shared.protocol.errors import SHOWN_OUT, Code
from loggia.shared.protocol.requests import (
    AnyRequest,
    Create,
    Direct,
    End,
    Errand,
    History,
    Join,
    Leave,
    Members,
    Ping,
    Read,
    Rooms,
    Search,
)

STOPS = "the broker is stopping"
RESTORED = "the broker's log was restored"
TOO_FAST: frozenset[Code] = frozenset({"slow_down"})


class Responses:
    """Each answer finds its request, and the part of the session that it is for."""

    def __init__(
        self,
        out: Out,
        connecting: Connecting,
        joining: Joining,
        sync: Sync,
        sending: Sending,
        asked: Pending,
        listening: Listening,
        readings: Readings,
        inquiries: Inquiries,
    ) -> None:
        self._out = out
        self._connecting = connecting
        self._joining = joining
        self._sync = sync
        self._sending = sending
        self._pending = asked
        self._listening = listening
        self._readings = readings
        self._inquiries = inquiries

    def answered(self, answer: Answer, now: float) -> None:
        if isinstance(answer, Pong) and (sent_at := self._pending.sent_at(answer.id)) is not None:
            self._out.append(Tell(updates.Time(at=answer.at, now=now, took_s=now - sent_at)))
        _ANSWERS[type(answer)](self, self._pending.answered(answer.id), answer, now)

    def unread(self, answer: Unread, now: float) -> None:
        """An answer of which nobody knows what it says.

        A join is tried again on a new connection, and a page when a head is told; whatever else was asked is
        asked again, as if the answer had been lost.
        """
        self._out.append(effects.Complain(answer.text))
        request = self._pending.request(answer.id)
        if isinstance(request, Join):
            self._connecting.lose(answer.text, now)
        elif isinstance(request, History):
            self._pending.answered(answer.id)
            self._no_page(request, Error(id=answer.id, code="bad_frame", text=answer.text))

    def refused(self, error: Error, now: float) -> None:
        """An error, which may be about no request at all."""
        if error.code == "slow_down" and error.id is not None and self._pending.may_be_done(error.id):
            self._pending.put_off(error.id, pause_s(error), now)
            return
        request = self._pending.answered(error.id) if error.id is not None else None
        ours = request is not None or error.id in self._sending
        if error.code == "no_session" and ours and not isinstance(request, Join):
            if isinstance(request, Errand):
                self._pending.keep(request)
            self._connecting.open_again(now, "the broker asks to join again")
        elif request is not None and error.code in _AGAIN.get(type(request), ()):
            self._pending.later(request, pause_s(error), now)
        elif request is not None:
            _REFUSED[type(request)](self, request, error, now)
        elif error.id in self._sending:
            self._sending.refused(str(error.id), error, now)
        elif error.id is None and error.code == "unavailable":
            self._connecting.closing(STOPS)
        elif error.id is None:
            self._out.append(effects.Complain(error.text))

    # -- Responses -------------------------------------------------------------------------------

    def _joined(self, request: AnyRequest | None, answer: JoinedAnswer, now: float) -> None:
        if isinstance(request, Create | Direct):
            self._joining.want(answer.room)
            self._joining.joined(Join(id=request.id, room=answer.room), answer, resumed=False)
            self._out.append(Tell(updates.Acted(id=request.id, room=answer.room)))
            return
        if not isinstance(request, Join):
            return
        if self._connecting.epoch and answer.epoch != self._connecting.epoch:
            self._connecting.lose(RESTORED, now)
            return
        opens = not self._connecting.connected
        resumed = opens and self._connecting.opened(answer, now)
        self._joining.joined(request, answer, resumed=resumed)
        if opens:
            self._joining.keep_nick(request, answer)
        self._listening.heard()
        self._connecting.listen_soon(now)
        self._joining.join_missing()

    def _stored(self, request: AnyRequest | None, answer: Stored, now: float) -> None:
        if request is None:
            self._sending.stored(answer)
        elif isinstance(request, Read):
            self._readings.stored(request, answer)
        elif (stored := _STORED.get(type(request))) is not None:  # what was asked can be stored
            stored(self, request, answer)

    def _left(self, request: Leave, answer: Stored) -> None:
        self._joining.left(request.room, answer.seq)

    def _acted(self, request: Errand, answer: Stored) -> None:
        self._out.append(Tell(updates.Acted(id=request.id)))

    def _history(self, request: AnyRequest | None, answer: HistoryAnswer, now: float) -> None:
        if not isinstance(request, History):
            return
        if answer.epoch != self._connecting.epoch:  # broadcasts that still come may be of either life
            self._connecting.lose(RESTORED, now)
        elif self._inquiries.is_ours(request):
            self._inquiries.page(request, answer)
        else:
            self._sync.page(request, answer)

    def _pong(self, request: AnyRequest | None, answer: Pong, now: float) -> None:
        if not isinstance(request, Ping):
            return
        if self._sync.heads(request.cursors, answer) and self._listening.missed(now):
            self._listening.heard()
            self._joining.listen_again()
            self._connecting.listen_soon(now)

    def _ended(self, request: AnyRequest | None, answer: Ended, now: float) -> None:
        if isinstance(request, End):
            self._connecting.stop("")

    def _members(self, request: AnyRequest | None, answer: MembersAnswer, now: float) -> None:
        if isinstance(request, Members):
            self._sync.members(request, answer)

    def _listed(self, request: AnyRequest | None, answer: RoomsAnswer, now: float) -> None:
        if not isinstance(request, Rooms):
            return
        if self._inquiries.is_ours(request):
            self._inquiries.listed(request, answer)
        else:
            self._readings.listed(request, answer)

    def _found(self, request: AnyRequest | None, answer: FoundAnswer, now: float) -> None:
        if isinstance(request, Search):
            self._inquiries.found(request, answer)

    # -- Refusals ------------------------------------------------------------------------------

    def _join_refused(self, request: Join, error: Error, now: float) -> None:
        outcome = self._joining.refused(request, error, opening=not self._connecting.connected)
        if outcome == "later":
            self._connecting.lose(error.text, now, named_pause_s(error))
        elif outcome == "never":
            self._connecting.give_up(error)

    def _history_refused(self, request: History, error: Error, now: float) -> None:
        self._no_page(request, error)
        if error.code in SHOWN_OUT:
            self._joining.not_let_in(request.room, error)

    def _no_page(self, request: History, error: Error) -> None:
        if self._inquiries.is_ours(request):
            self._inquiries.refused(request.id, error)
        else:
            self._sync.refused(request, error)

    def _end_refused(self, request: End, error: Error, now: float) -> None:
        self._connecting.stop(error.text)

    def _members_refused(self, request: Members, error: Error, now: float) -> None:
        self._sync.members(request, None)
        if error.code in SHOWN_OUT:
            self._joining.not_let_in(request.room, error)

    def _ping_refused(self, request: Ping, error: Error, now: float) -> None:
        """It has a deadline of its own."""

    def _list_refused(self, request: Rooms, error: Error, now: float) -> None:
        if self._inquiries.is_ours(request):
            self._inquiries.refused(request.id, error)
        else:
            self._readings.not_listed(request)

    def _read_refused(self, request: Read, error: Error, now: float) -> None:
        self._readings.refused(request)

    def _act_refused(self, request: Errand, error: Error, now: float) -> None:
        self._out.append(Tell(updates.Acted(id=request.id, refused=error)))

    def _search_refused(self, request: Search, error: Error, now: float) -> None:
        self._inquiries.refused(request.id, error)

    def _leave_refused(self, request: Leave, error: Error, now: float) -> None:
        self._joining.left(request.room)
        if error.code not in ("not_member", "no_such_room"):  # we are out of it, as was asked
            self._out.append(Tell(updates.Failed.of(error, request.room)))


_ANSWERS: dict[type, Callable[[Responses, AnyRequest | None, Any, float], None]] = {
    JoinedAnswer: Responses._joined,
    Stored: Responses._stored,
    HistoryAnswer: Responses._history,
    Pong: Responses._pong,
    Ended: Responses._ended,
    RoomsAnswer: Responses._listed,
    MembersAnswer: Responses._members,
    FoundAnswer: Responses._found,
}
# Of a `Message` the outbox knows. What is asked is one of these, so that no refusal is passed over.
_STORED: dict[type[AnyRequest], Callable[[Responses, Any, Stored], None]] = {
    Leave: Responses._left,
    **dict.fromkeys(get_args(Errand), Responses._acted),
}
_REFUSED: dict[type[AnyRequest], Callable[[Responses, Any, Error, float], None]] = {
    Join: Responses._join_refused,
    Leave: Responses._leave_refused,
    History: Responses._history_refused,
    Read: Responses._read_refused,
    Rooms: Responses._list_refused,
    Members: Responses._members_refused,
    Ping: Responses._ping_refused,
    End: Responses._end_refused,
    Search: Responses._search_refused,
    **dict.fromkeys(get_args(Errand), Responses._act_refused),
}
# What is refused by one of these codes is asked again after a while, and nobody is told.
_AGAIN: dict[type[AnyRequest], Collection[Code]] = {
    **dict.fromkeys((History, Members, Search), TOO_FAST),
    **dict.fromkeys((Leave, Read, Rooms), LATER),
}
