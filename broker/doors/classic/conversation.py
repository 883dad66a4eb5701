"""One visitor's conversation at the front door. Pure: bytes and answers in, effects out, time is an argument.

docs/protocol.md, "The front door". The caller (broker/doors/classic/door.py) performs the effects in order,
and calls `wake` at `wake_at()`. It sets `blocked` when a send did not go out whole, and calls `unblocked`
once it has. Everything ends with `Close` (the socket) and, when the last accepted message is answered,
`finished`.
"""

from collections.abc import Callable, Sequence

from loggia.broker.doors.classic import log_lines
from loggia.broker.doors.classic.effects import Close, Effect, Gone, LogLine, Send, Submit
from loggia.broker.doors.classic.entering import MADE_ROOM, NICK_S, Entering
from loggia.broker.doors.classic.framing import END, Mode, Outgoing
from loggia.broker.doors.classic.inflight import InFlight, VisitorRequest
from loggia.broker.doors.classic.input import Hearing
from loggia.broker.doors.classic.leaving import GOODBYE_S, Leaving
from loggia.broker.doors.classic.share import Share
from loggia.broker.doors.classic.stay import Stay
from loggia.broker.doors.classic.text import GREETING, Told, said, turned_away
from loggia.shared.protocol.answers import AnyAnswer, Ended
from loggia.shared.protocol.answers import Error as Refusal
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.requests import End as EndRequest
from loggia.shared.protocol.requests import Join


class Conversation:
    """Attributes: `blocked` (set by the caller), `account`, `room` (as of `Stay`), `is_open` (there was no
    `Close` yet), `finished` (nothing more will come of it)."""

    def __init__(
        self,
        peer: str,
        limits: Limits,
        now: float,
        nick_timeout_s: float = NICK_S,
        of_address: Share | None = None,
    ) -> None:
        self.blocked = False
        self.is_open = True
        self.finished = False
        self._peer = peer
        self._entering = Entering(now, nick_timeout_s)
        self._heard = Hearing(limits, Share.of_visitor(now, of_address))
        self._outgoing = Outgoing()
        self._leaving = Leaving(now, self._heard, self._outgoing)
        self._asked = InFlight(limits.array_requests)
        self._stay = Stay(self._heard, self._asked)
        self._known = False  # the hub heard of this connection
        self._effects: list[Effect] = []

    # -- What happened ---------------------------------------------------------------------------

    def opened(self, now: float) -> list[Effect]:
        self._log(log_lines.accepted(self._peer))
        self._say(GREETING)
        return self._step(now)

    def received(self, data: bytes, now: float) -> list[Effect]:
        self._heard.feed(data, now)
        return self._step(now)

    def ended(self, reason: OSError | None, now: float) -> list[Effect]:
        """Nothing more comes. None: an orderly end, and the client may still read what its messages bring."""
        self._heard.end(whole=reason is None or self._heard.mode is Mode.PACKETS)
        if reason is not None:
            self._drop(reason)
        elif self._leaving.hung_up_at is None:
            self._leaving.hung_up_at = now
        effects = self._step(now)
        return effects + self.wake(now)

    def answered(self, answers: Sequence[AnyAnswer], now: float) -> list[Effect]:
        """Answers to what was submitted, in order."""
        self._leaving.answered_at = now
        for request, answer in self._asked.settle(answers, now, keeps_all=self.account is None):
            if isinstance(answer, Refusal):
                self._was_refused(request, answer, now)
            elif isinstance(answer, Ended):
                self._leaving.ended_at = now
            else:
                self._say(self._stay.granted(request, answer))
        if self.account is None and self._asked.waiting:
            self._say(self._entering.waits())
        return self._step(now)

    def shown(self, told: Told, now: float) -> list[Effect]:
        """What happened in the room where it is, or in a conversation."""
        if self.account is None or self._leaving.ended_at is not None or not self.is_open:
            return []
        self._outgoing.put(told.to(self.account))
        self._say(self._stay.heard(told))
        return [] if self.blocked else self._step(now)

    def went_out(self, now: float) -> None:
        """A send was made, and took until now."""
        self._outgoing.went_out(now)

    def unblocked(self, now: float) -> list[Effect]:
        self.blocked = False
        self._outgoing.went_out(now)
        return self._step(now)

    def wake(self, now: float) -> list[Effect]:
        self._asked.wake(now)
        self._heard.wake(now)
        if self.is_silent and (late := self._entering.is_over(now)):
            self._let_go(late, now)
        if self._leaving.ended_at is not None and self._leaving.ended_at + GOODBYE_S <= now:
            self._drop(TimeoutError(f"{END.decode()} was not taken within {GOODBYE_S:g} s"))
        if not self._drained:
            self._say(self._leaving.still_waits(now))
        if self._is_left and self._leaving.left_at(blocked=self.blocked) <= now:
            self._drop(ConnectionAbortedError(f"the client closed its end without {END.decode()}"))
        return self._step(now)

    def make_room(self, now: float) -> list[Effect]:
        """Others wait for the place of one who says nothing."""
        self._let_go(MADE_ROOM, now)
        return self._step(now)

    def farewell(self, text: str, now: float) -> list[Effect]:
        """The broker stops: say so, and close once all is said. Nothing is submitted any more."""
        unheard = len(self._heard) + self._asked.waiting
        self._heard.stop()
        self._asked.drop()
        self._leaving.asked = self._known = False
        self._leaving.parting = True
        self._say(f"{text} {unheard} of your messages were not stored." if unheard else text)
        return self._step(now)

    def cut_short(self, now: float) -> list[Effect]:
        """What a farewell has not said yet is said now, in one, and that is all."""
        if self.is_open:
            if rest := self._outgoing.rest(self._heard.mode):
                self._effects.append(Send(rest))
            if self._leaving.ended_at is not None:
                self._confirm()
            self._close()
        return self._step(now)

    def _let_go(self, when: str, now: float) -> None:
        self._say(f"No nickname came {when}; connect again when you like.")
        self._pump(now)
        self._drop(TimeoutError(f"no nickname {when}"))

    # -- What the caller asks --------------------------------------------------------------------

    @property
    def account(self) -> str | None:
        return self._stay.account

    @property
    def room(self) -> str | None:
        return self._stay.room

    @property
    def wants_input(self) -> bool:
        return self._heard.listens and not self._heard.is_full

    @property
    def is_silent(self) -> bool:
        """Nothing was said that could be a nickname, or nothing since one was refused."""
        return self._waits_for_nick and not self._heard

    @property
    def waiting_bytes(self) -> int:
        """What waits to be sent here."""
        return self._outgoing.waiting_bytes

    def wake_at(self) -> float | None:
        """When `wake` has something to do, whatever else happens (loop time, s)."""
        times = [self._asked.repeat_at, self._heard.wake_at()]
        if self._waits_for_nick:
            times.append(self._entering.nick_by)
        if self._is_left:
            times.append(self._leaving.left_at(blocked=self.blocked))
        if self.is_open and not self._drained:
            times.append(self._leaving.tell_at)
        if self.is_open and not self.blocked:
            times.append(self._outgoing.wake_at(self._heard.mode))
        if self.is_open and self._leaving.ended_at is not None:
            times.append(self._leaving.ended_at + GOODBYE_S if self.blocked else self._leaving.end_at)
        return min((at for at in times if at is not None), default=None)

    # -- Asking the hub --------------------------------------------------------------------------

    def _advance(self, now: float) -> None:
        if self.account is None and self._asked.waiting and self._has_given_up:
            self._asked.drop()
        batch = self._asked.submit(lambda: self._next_request(now))
        if self._leaving.asked and not batch and self._asked.is_empty:
            self._leaving.asked = False
            if self.account is not None:
                batch = self._asked.submit(self._asked.end)
            else:
                self._leaving.ended_at = now
        if batch:
            self._known = True
            self._effects.append(Submit(batch))

    def _next_request(self, now: float) -> VisitorRequest | None:
        """The next that is for the hub; everything else is dealt with on the way."""
        while True:
            if kind := self._heard.stranger:
                self._turn_away(turned_away(kind), f"speaks {kind}")
            if self._heard.is_undecided:
                return None
            try:
                text = self._heard.next_text(now)
            except Refused as refused:
                self._say_refused(refused.text)
                continue
            if text is None:
                return None
            if text in _WORDS:
                self._heard.stop()
                _WORDS[text](self)
                continue
            asked = self._stay.asks(text, now)
            if not isinstance(asked, str):
                return asked
            self._say(asked)

    def _said_end(self) -> None:
        self._leaving.asked = True
        self._log(log_lines.asked_to_end(self._peer))

    def _said_close(self) -> None:
        """The original window just closes its socket on `!close`, and may say it first. It waits for no
        confirmation, so this is a connection that drops."""
        self._drop(ConnectionAbortedError("the client said !close"))

    # -- Saying ----------------------------------------------------------------------------------

    def _say(self, text: str) -> None:
        if text and self.is_open and self._leaving.ended_at is None:
            self._outgoing.put([said(text)])

    def _was_refused(self, request: VisitorRequest | None, refusal: Refusal, now: float) -> None:
        if isinstance(request, EndRequest):
            self._leaving.ended_at = now
        elif isinstance(request, Join) and self.account is None:
            self._entering.asked_again(now)
            self._say_refused(refusal.text)
        else:
            self._say(self._stay.refused(request, refusal))

    def _say_refused(self, text: str) -> None:
        """To somebody who has no nickname yet, everything that was refused is a nickname."""
        if self.account is not None:
            self._say(text)
            return
        told, turns_away = self._entering.refused(text, goes_on=self._heard.goes_on)
        if turns_away:
            self._turn_away(told, turns_away)
        else:
            self._say(told)
            self._heard.asked_again()

    def _pump(self, now: float) -> None:
        if self.blocked or not self.is_open:
            return
        while data := self._outgoing.take(self._heard.mode, now):
            self._effects.append(Send(data))
        if self._leaving.ended_at is not None and not self.waiting_bytes and self._leaving.end_at <= now:
            self._confirm()
            self._close()
        elif self._leaving.parting and self._leaving.ended_at is None and not self.waiting_bytes:
            self._close()

    # -- Ending ----------------------------------------------------------------------------------

    def _confirm(self) -> None:
        self._log(log_lines.confirms_end(self._peer))
        self._effects.append(Send(END + b"\n" if self._heard.mode is Mode.LINES else END))

    def _close(self) -> None:
        self.is_open = False
        self._log(log_lines.closing(self._peer, registered=self.account is not None))
        self._effects.append(Close(log_lines.closed(self._peer), gently=True))

    def _turn_away(self, text: str, what: str) -> None:
        """Whoever is here is no person that waits for answers: nothing of what it says is taken."""
        self._heard.stop()
        if not self.is_open:
            return
        self._say(text)
        self._effects.append(Send(self._outgoing.rest(self._heard.mode)))
        self.is_open = False
        told = f"{self._peer} {what}; it was told so, and the connection is closed."
        self._effects.append(Close(told, gently=True))

    def _drop(self, reason: OSError) -> None:
        """The connection is lost. What it said before is still submitted, but no flood of it."""
        if not self.is_open:
            return
        self._heard.end(whole=False)
        self._outgoing.drop()
        if unsaid := self._heard.hurry(self._asked.unsettled):
            self._log(log_lines.unsaid(self._peer, unsaid))
        self.is_open = False
        self._log(log_lines.lost(self._peer, reason, registered=self.account is not None))
        self._effects.append(Close(log_lines.LOST_CLOSED, gently=False))

    @property
    def _drained(self) -> bool:
        """Everything that was heard is answered."""
        return self._asked.is_empty and not self._heard and not self._leaving.asked

    @property
    def _is_left(self) -> bool:
        ends = self._leaving.ended_at is not None or self._leaving.parting
        return self._leaving.hung_up_at is not None and self._drained and self.is_open and not ends

    @property
    def _has_given_up(self) -> bool:
        """Who has to wait to be let in wants to leave, or is gone and has said nothing."""
        return self._heard.leaves_next or not (self._heard.listens or self._heard)

    @property
    def _waits_for_nick(self) -> bool:
        return self.account is None and self._heard.listens and self._asked.is_empty

    def _log(self, lines: Sequence[str]) -> None:
        self._effects += map(LogLine, lines)

    def _step(self, now: float) -> list[Effect]:
        """Whatever follows by itself, and all effects so far."""
        self._advance(now)
        self._pump(now)
        if not self.is_open and self._drained and not self.finished:
            self.finished = True
            if self._known:
                self._effects.append(Gone())
        effects, self._effects = self._effects, []
        return effects


_WORDS: dict[str, Callable[[Conversation], None]] = {
    "!end": Conversation._said_end,
    "!close": Conversation._said_close,
}
