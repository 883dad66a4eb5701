"""Who we are at the broker, which rooms we want, and the joins that get us there. Pure.

docs/protocol.md, "Requests": the first join of a connection opens or resumes the session, by the token that
an earlier one gave; the other rooms follow when it is answered. A log that does not know the token may be a
restored one that knows who we were before, so those are tried before we come in as somebody new.
Everything to do is appended to `out`.
"""

from collections.abc import Callable, Iterable, Sequence

import msgspec
from loggia.shared.client import effects, updates
from loggia.shared.client.effects import Out, Tell
from loggia.shared.client.session.naming import Naming
from loggia.shared.client.session.refused_joins import AfterRefusal, is_about_us, is_for_now
from loggia.shared.client.sync.sync import Sync
from loggia.shared.protocol.answers import Error, JoinedAnswer
from loggia.shared.protocol.errors import Code
from loggia.shared.protocol.events import AnyEvent, InvitedEvent, JoinedEvent, RenamedEvent, StoredEvent
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.names import canonical, is_made
from loggia.shared.protocol.requests import Join, Leave

# Some 30 s: by then the broker knows that a connection is gone, and says how long it keeps the name.
OWN_NAME_TRIES = 10


class _Leave(msgspec.Struct):
    """A leave that the broker has not confirmed. `told`: for the program we are out already. `seq`: an entry
    of the room's log at which we were in: where we left before it, we were let in again, behind `after`."""

    request: Leave
    told: bool
    seq: int = 0
    after: int | None = None


class Joining:
    """The account and its rooms. `new_id` gives ids of requests that are no messages.

    `left`: rooms that an earlier run left, perhaps without the broker having heard of it. `invites`: rooms
    that others let us into, and private ones that we are in already, are entered by themselves. `keep`:
    nobody else is to have the nick while we are away. That is said only where our token is on the disk:
    whoever lost it with the answer that brought it would wait for the own name.
    """

    def __init__(
        self,
        out: Out,
        sync: Sync,
        new_id: Callable[[], str],
        *,
        naming: Naming,
        rooms: Iterable[str],
        left: Iterable[str],
        tokens: Sequence[str],
        bot: bool,
        keep: bool,
        invites: bool,
    ) -> None:
        self._out = out
        self._sync = sync
        self._new_id = new_id
        self._naming = naming
        self._bot = bot
        self._invites = invites
        self._keep = keep
        self._keeping = ""  # the id of the join that only says so
        self._tokens = list(tokens)  # the last that was good first
        self._tried = 0
        self._account = ""
        self._renamed_at = 0  # Unix ms, of the broker
        self._wanted = dict.fromkeys(canonical(room) for room in rooms)
        self._leaving = {
            room: _Leave(self._request(room), told=True) for room in left if room not in self._wanted
        }
        self._refused: dict[str, Code] = {}
        self._under_way: dict[str, str] = {}  # room -> id of its join
        self._new = False  # we asked to come in as somebody new, and have no answer
        self._own_name = 0  # so often more a taken name may be our own: such an answer was lost
        self._topics: dict[str, str] = {}
        self._broadcasts = ""

    @property
    def account(self) -> str:
        """Who we are; empty until we were there."""
        return self._account

    # -- What the session asks -----------------------------------------------------------------

    def open(self) -> None:
        """Send the first join of a session."""
        if self._new:
            self._new, self._own_name = False, OWN_NAME_TRIES
        self._renamed_at = 0
        self._under_way.clear()
        self._naming.cut()
        self._tried = 0
        if self._bot:  # its rooms are those that it is set up for: a ban may be over, or a name allowed
            self._wanted |= dict.fromkeys(self._refused)
        if not self._wanted:
            self._wanted[LOBBY] = None  # a session is in some room
            self._leaving.pop(LOBBY, None)
        self._join_first()

    def join_missing(self) -> None:
        """Join the rooms that we want and are not in; those under way are not asked twice."""
        for room in self._wanted:
            if not self._sync.is_in(room) and room not in self._under_way:
                self._join(room, self._one_more(self._new_id(), room))

    def want(self, room: str) -> None:
        room = canonical(room)
        self._wanted[room] = None
        self._leaving.pop(room, None)
        self._refused.pop(room, None)  # whoever asks again is told again
        self._out.append(effects.KeepRoom(room, True))

    def leave(self, room: str) -> None:
        """Be out of a room; the broker is told until it has confirmed it, also at later sessions."""
        room = canonical(room)
        self._wanted.pop(room, None)
        self._out.append(effects.KeepRoom(room, False))
        if room in self._leaving:
            return
        leave = self._leaving[room] = _Leave(self._request(room), told=not self._sync.is_in(room))
        if leave.told:
            self._tell(updates.Left(room=room))
        else:
            self._out.append(leave.request)

    def rename(self, act_id: str, nick: str) -> None:
        """Be called something else, as soon as there is a session."""
        self._naming.want(act_id, nick)

    def ask_for_nick(self) -> None:
        """Of the session that is open, if another is wanted. In a room where we are; refused where there is
        none: a join enters one.
        """
        if (nick := self._naming.due()) is None:
            return
        room = next(filter(self._sync.is_in, self._wanted), None)
        if room is None:
            text = "This client is in no room; enter one and then take another name."
            self._naming.refused(Error(id=None, code="not_member", text=text))
            return
        join = self._one_more(self._new_id(), room, nick)
        self._naming.asked(join.id)
        self._out.append(join)

    def is_held(self, room: str) -> bool:
        """Whether messages to this room wait until we are in, and know what they may reply to."""
        return (room in self._wanted and not self._sync.is_in(room)) or self._sync.is_unsettled(room)

    # -- What the broker says ------------------------------------------------------------------

    def opened(self, answer: JoinedAnswer, *, in_time: bool) -> bool:
        """A session is open; returns whether it is the one of before. `in_time`: that cannot be over yet."""
        resumed = in_time and answer.account == self._account
        self._new, self._own_name = False, 0
        self._account, self._tried = answer.account, 0
        self._naming.opened(answer.nick)
        others = [token for token in self._tokens if token != answer.token]
        self._tokens = [answer.token, *others][: effects.ACCOUNTS]
        self._out.append(effects.KeepAccount(answer.account, answer.token))
        for room, leave in list(self._leaving.items()):
            if room in answer.rooms:
                leave.seq, leave.after = answer.rooms[room] if is_made(room) else 0, None
                self._out.append(leave.request)
            else:
                self._gone(room)
        for room in filter(is_made, answer.rooms):
            self._let_in(room, None)
        return resumed

    def heard(self, event: AnyEvent) -> None:
        """What came down our own connection: it may say that we are in a room, by others or by another
        connection of ours."""
        if isinstance(event, InvitedEvent) and event.target == self._account:
            self._tell(updates.Invited(event=event))
        elif not (isinstance(event, JoinedEvent) and event.account == self._account and is_made(event.room)):
            return
        if (leave := self._leaving.get(event.room)) is not None:
            leave.seq, leave.after = event.seq, event.seq - 1
        self._let_in(event.room, event.seq - 1)
        self.join_missing()

    def happened(self, events: Iterable[StoredEvent]) -> None:
        """What came in a room where we are: what it told before we were in again is known to the broker."""
        for event in events:
            is_ours = isinstance(event, RenamedEvent) and event.account == self._account
            if is_ours and event.at >= self._renamed_at and self._sync.is_news(event.room, event.seq):
                self._renamed_at = event.at
                self._naming.heard(event.nick)

    def _let_in(self, room: str, after: int | None) -> None:
        """We are in it, behind the entry `after`, if that is known; and want to be, if that is how it is."""
        if self._invites and room not in self._wanted and room not in self._leaving:
            self._sync.let_in(room, after)
            self.want(room)

    def keep_nick(self, request: Join, answer: JoinedAnswer) -> None:
        """The session was opened by `request`: if that did not say to keep the nick, say it now."""
        if self._keep and not request.keep:
            self._keeping = self._new_id()
            self._out.append(self._one_more(self._keeping, answer.room))

    def joined(self, request: Join, answer: JoinedAnswer, *, resumed: bool) -> None:
        """We are in a room."""
        if is_naming := self._naming.is_asked_by(request.id):
            self._naming.taken(answer.nick)
        if (is_naming or request.id == self._keeping) and request.room in self._wanted:
            return
        self._under_way.pop(request.room, None)
        if request.room not in self._wanted:  # left while the join was under way
            leave = self._leaving.setdefault(answer.room, _Leave(self._request(answer.room), told=True))
            if leave.request not in self._out:
                self._out.append(leave.request)
            return
        if request.room != answer.room:
            del self._wanted[request.room]
        self._wanted[answer.room] = None
        self._refused.pop(request.room, None)
        self._out.append(effects.KeepRoom(answer.room, True))
        if answer.topic:
            self._topics[answer.room] = answer.topic
        self._broadcasts = answer.pub
        self._subscribe()
        self._tell(updates.Entered.of(answer, resumed=resumed))
        self._sync.entered(answer)

    def listen_again(self) -> None:
        """By a new connection to the broadcasts door: on the one that there is nothing comes through."""
        self._out.append(effects.Subscribe(self._broadcasts, frozenset()))
        self._subscribe()
        self._sync.listened_anew()

    def left(self, room: str, seq: int | None = None) -> None:
        """The broker has us out of a room, since that entry of its log if that is known."""
        leave = self._leaving.get(room)
        self._sync.leave(room)
        self._gone(room)
        if leave is not None and seq is not None and seq < leave.seq:
            self._let_in(room, leave.after)
        self._subscribe()
        self.join_missing()

    def shown_out(self, room: str, accounts: Sequence[str]) -> None:
        """These were shown out of a room. Who is one of them does not come again by itself; who only lost its
        session, as others heard, does."""
        if self._account in accounts:
            self._put_out(room)

    def not_let_in(self, room: str, error: Error) -> None:
        """The broker refuses what only those are refused who are not in the room: that was missed."""
        if room in self._wanted:
            self._tell(updates.Failed.of(error, room))  # why, before it is
            self._put_out(room)

    def _put_out(self, room: str) -> None:
        if room not in self._wanted:
            return
        del self._wanted[room]
        self._out.append(effects.KeepRoom(room, False))
        self._sync.leave(room)
        self._gone(room)
        self._subscribe()

    def refused(self, request: Join, error: Error, *, opening: bool) -> AfterRefusal:
        """A join was refused; `opening`: there is no session yet. Returns what the session must do."""
        if self._naming.is_asked_by(request.id):
            self._naming.refused(error)
            return "done"
        if request.id == self._keeping:  # it is said again with the next session
            return "done"
        self._under_way.pop(request.room, None)
        self._new = False
        if error.code == "bad_token" and request.token is not None:
            self._tried += 1
            self._join_first()
            return "done"
        if is_for_now(error):
            return "later" if opening else "done"
        if opening and error.code == "nick_taken" and self._own_name:
            self._own_name -= 1
            return "later"
        if opening and is_about_us(error):
            return "never"
        self._wanted.pop(request.room, None)
        self._out.append(effects.KeepRoom(request.room, False))
        self._refuse(request.room, error)
        if opening and not self._wanted:
            return "never"
        if opening:
            self._join_first()
        return "done"

    # -- Steps ---------------------------------------------------------------------------------

    def _join_first(self) -> None:
        untried = self._tokens[self._tried :]
        self._new = not untried
        token = untried[0] if untried else None
        # who asked for another nick may have it by now, and would take the old one again
        nick = None if token is not None and self._naming.is_changing else self._naming.nick
        room = next(iter(self._wanted))
        self._join(room, self._request_to_join(self._new_id(), room, token, nick))

    def _join(self, room: str, join: Join) -> None:
        self._under_way[room] = join.id
        self._out.append(join)

    def _one_more(self, request_id: str, room: str, nick: str | None = None) -> Join:
        """A join of a session that is open. It brings the token, as the session may be over when it comes,
        and no nick but a new one: what is sent again late must not take an old one again."""
        return self._request_to_join(request_id, room, self._tokens[0], nick)

    def _request_to_join(self, request_id: str, room: str, token: str | None, nick: str | None) -> Join:
        after, epoch = self._sync.position(room)
        return Join(
            id=request_id,
            nick=nick,
            room=room,
            token=token,
            bot=self._bot,
            keep=self._keep and not self._new,
            after=after,
            epoch=epoch,
        )

    def _refuse(self, room: str, error: Error) -> None:
        """The others are joined all the same; what is told of this one is told once."""
        before, self._refused[room] = self._refused.get(room), error.code
        if before != error.code:
            self._tell(updates.Failed.of(error, room))

    def _request(self, room: str) -> Leave:
        return Leave(id=self._new_id(), room=room)

    def _gone(self, room: str) -> None:
        self._topics.pop(room, None)
        leave = self._leaving.pop(room, None)
        if leave is None or not leave.told:
            self._tell(updates.Left(room=room))

    def _subscribe(self) -> None:
        self._out.append(effects.Subscribe(self._broadcasts, frozenset(self._topics.values())))

    def _tell(self, update: updates.Update) -> None:
        self._out.append(Tell(update))
