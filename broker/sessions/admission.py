"""What may be asked, and by whom: the way of a request up to the order. Pure; time is an argument.

A request is refused, or becomes a `Command` (to be ordered, decided and committed) or an `Asked` (answered
from the committed state). Chance, the clock and who is connected are asked here and not behind the order: a
command holds what came of them.
"""

import hashlib
from collections.abc import Callable, Hashable, Sequence
from itertools import repeat
from operator import attrgetter
from typing import assert_never, cast

import msgspec
from loggia.broker.core.mentions import SIGN
from loggia.broker.core.ops import OPS, cost_of, meaning_cost
from loggia.broker.core.ordered import Command, Durable, Newcomer
from loggia.broker.core.refusals import UNKNOWN_TOKEN, why_not
from loggia.broker.core.rooms import RoomsState
from loggia.broker.core.state import Person, Room
from loggia.broker.sessions.marks import Closes, Mark, Opens
from loggia.broker.sessions.peers import Peer
from loggia.broker.sessions.queries import Asked, Query
from loggia.broker.sessions.quotas import NEW_S, Quotas
from loggia.broker.sessions.sessions import Session, Sessions
from loggia.broker.sessions.slow_mode import SlowMode, may_wait, wait_in_turn
from loggia.shared.protocol import names
from loggia.shared.protocol.answers import AnyAnswer, Ended, Error, Stored, error
from loggia.shared.protocol.codec import Malformed
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.requests import (
    AnyRequest,
    Ban,
    CloseRoom,
    Configure,
    Create,
    Delete,
    Direct,
    Edit,
    End,
    Invite,
    Join,
    Kick,
    Leave,
    Message,
    MessageChange,
    Moderation,
    Mute,
    Pin,
    React,
    ReopenRoom,
    SetRole,
    SetStatus,
    SetSubject,
    Unban,
    Unmute,
)

_TEXT = attrgetter("text")
Admitted = Command | Asked | AnyAnswer | Mark  # what a request is until it is answered
ByPeer = list[tuple[Hashable, list[Admitted]]]  # of each as it came


class Admission(msgspec.Struct, kw_only=True, frozen=True):
    """Judges by the committed state. `rate`, `keep_ms`, `find_account`, `mint`, `draw`: as of `HubSettings`
    and `Ports`. `leaving`: rooms, and accounts that leave them in this turn.
    """

    rooms: RoomsState
    sessions: Sessions
    quotas: Quotas
    slow_mode: SlowMode
    limits: Limits
    rate: float
    keep_ms: int
    find_account: Callable[[bytes], Person | None]
    mint: Callable[[bool], tuple[str, str]]
    draw: Callable[[], str]
    leaving: set[tuple[str, str]] = msgspec.field(default_factory=set)

    def messages(
        self, peer: Peer, session: Session, said: Sequence[Message], now: float, at: int
    ) -> list[Command | Stored | Error]:
        """Messages of one peer, in their order: all that it said in this turn, or one."""
        account, count, rate = session.account, len(said), self.rate
        texts = list(map(_TEXT, said))
        together = "".join(texts)
        cost = count + sum(map(meaning_cost, texts)) if SIGN in together else count
        if (
            not (self.rooms.slow_rooms and may_wait(self.rooms, account, said))
            and names.are_texts(texts, together, self.limits)
            and (not rate or session.allowance.has(now, count))
            and self.quotas.say(peer.quota, peer.host, count, cost, now, is_new=now < session.new_until)
        ):
            if rate:
                session.allowance.spend(now, count)
            return list(map(Command, repeat(account), said, repeat(at), repeat(None), repeat(peer.bot)))
        return [self._message(peer, session, message, now, at) for message in said]

    def _message(
        self, peer: Peer, session: Session, message: Message, now: float, at: int
    ) -> Command | Stored | Error:
        """One of those that cannot be let through together."""
        try:
            names.text(message.text, self.limits)
            self.quotas.spend(peer.quota, peer.host, cost_of(message), now, stranger=False)
            if self.rate and (wait_ms := session.allowance.spend(now)):
                text = f"More than {self.rate:g} messages a second; send this again in {wait_ms} ms."
                raise Refused("slow_down", text, wait_ms)
            if self.rate and now < session.new_until:
                self.quotas.say_new(peer.host, now)
            command = Command(session.account, message, at, bot=peer.bot)
            slow = self.rooms.slow_rooms and may_wait(self.rooms, session.account, [message])
            first = wait_in_turn(self.slow_mode, self.rooms, command, now) if slow else None
        except Refused as refused:
            return error(message.id, refused)
        return command if first is None else first

    def request(
        self, key: Hashable, peer: Peer, request: AnyRequest | Malformed | Mark, now: float, at: int
    ) -> Admitted:
        """Anything else. Raises Refused."""
        if isinstance(request, Opens | Closes):
            return request
        session = peer.session
        if isinstance(request, Malformed):
            self.quotas.spend(peer.quota, peer.host, 1, now, stranger=session is None)
            return request.error
        op = OPS[type(request)]
        stranger = session is None and not self._comes_back(request)
        self.quotas.spend(peer.quota, peer.host, cost_of(request), now, stranger=stranger)
        if session is None and op.needs != "nothing":
            raise Refused("no_session", 'This connection has no session; send a "join" first.')
        if isinstance(request, Join):
            return self._join(peer, request, now, at)
        assert session is not None, f"{type(request).__name__} needs nothing, but nobody admits it"
        if isinstance(request, End):
            return self._end(key, peer, session, request, at)
        if isinstance(request, Leave) and (here := self.rooms.room(request.room)) is not None:
            self.leaving.add((here.name, session.account))
        drawn = None
        if isinstance(request, Create | Direct):
            request, drawn = self._make(peer, session, request, now)
        elif isinstance(request, Moderation | MessageChange):
            self._check_words(request)
            if isinstance(request, Configure) and request.title is not None:
                request = msgspec.structs.replace(request, title=names.room(request.title, self.limits))
        elif isinstance(request, SetStatus):
            names.status(request.text)
        if self.rate and op.rate and (wait_ms := session.allowance.spend(now, op.rate)):
            text = f"More than {self.rate / op.rate:g} of these a second; send this again in {wait_ms} ms."
            raise Refused("slow_down", text, wait_ms)
        if isinstance(request, Create | Direct):
            peer.busy = True
            session.joining += 1
        if op.stores:
            return Command(session.account, cast(Durable, request), at, drawn, peer.bot)
        return Asked(session.account, cast(Query, request))

    def _comes_back(self, request: AnyRequest) -> bool:
        """Whether it resumes a session that is not over: all do at once, after a restart."""
        return isinstance(request, Join) and bool(request.token) and self._is_awake(str(request.token))

    def _is_awake(self, token: str) -> bool:
        return self.rooms.owner(_hash(token)) is not None

    def _join(self, peer: Peer, request: Join, now: float, at: int) -> Command:
        here = self._room_to_join(peer, request)  # one that is there is let be, whatever names may be today
        room = names.chosen_room(request.room, self.limits) if here is None else here.name
        nick = None if request.nick is None else self._nick(peer, request, request.nick)
        bot = request.bot or (peer.bot and peer.session is not None)
        session, newcomer = self._identify(peer, request, now)
        if newcomer is not None or here is None or not self._is_in(here, session):
            self._enter(peer, session, newcomer, now)
        person = self.rooms.person(session.account)
        if nick is not None and person is not None and nick != person.nick:
            self._rename(session, now)
        # whose token it is, is known now: it is a secret, and goes no further
        request = msgspec.structs.replace(request, room=room, nick=nick, bot=bot, token=None)
        peer.busy = True
        peer.session = session
        session.joining += 1
        return Command(session.account, request, at, newcomer, keep_ms=self.keep_ms)

    def _room_to_join(self, peer: Peer, request: Join) -> Room | None:
        """None: it comes into being. Raises Refused for one that is not there for who asks, and for what only
        may be such a name, without a difference."""
        name = names.canonical(request.room)
        same = self.rooms.named(name)
        room = self.rooms.named(request.room) or same
        if names.is_made(name):
            person = self._known(peer, request)
            account = "" if person is None else person.account
            if (refused := why_not(Join, account, room, 0, request.room)) and refused.code == "no_such_room":
                raise refused
        return room

    def _make(
        self, peer: Peer, session: Session, request: Create | Direct, now: float
    ) -> tuple[Create | Direct, str | None]:
        """As it is ordered, and how the room is called if it is made and that is not chosen. Raises
        Refused."""
        if isinstance(request, Direct):
            self.quotas.enter(peer.host, now, account=False)
            return request, names.DIRECT_SIGN + self.draw()
        names.note(request.subject, "subject")
        if request.private:
            request = msgspec.structs.replace(request, room=names.room(request.room, self.limits))
            self.quotas.enter(peer.host, now, account=False)
            return request, names.PRIVATE_SIGN + self.draw()
        room = names.chosen_room(request.room, self.limits)
        if self.rooms.room(room) is None:
            self._enter(peer, session, None, now)
        return msgspec.structs.replace(request, room=room), None

    def _is_in(self, room: Room, session: Session) -> bool:
        """And stays in it, as far as it is known."""
        return room.has(session.account) and (room.name, session.account) not in self.leaving

    def _enter(self, peer: Peer, session: Session, newcomer: Newcomer | None, now: float) -> None:
        """A public room is entered that the account is not in. Raises Refused."""
        most = self.quotas.bounds.rooms_per_account
        person = self.rooms.person(session.account)
        if self.rate and most and person is not None and len(person.rooms) + session.joining >= most:
            public = self.rooms.public_of(person)
            if public + session.joining >= most:
                raise Refused(
                    "not_allowed", f"You are in {public} rooms; leave one before you enter another."
                )
        self.quotas.enter(peer.host, now, account=newcomer is not None)

    def _rename(self, session: Session, now: float) -> None:
        """Raises Refused if that is more often than an account may."""
        if not self.rate or not self.quotas.bounds.renames_per_minute:
            return
        session.renames = session.renames or self.quotas.renames(now)
        if wait_ms := session.renames.spend(now):
            text = f"You took another name too often; do it again in {-(-wait_ms // 1000)} s."
            raise Refused("slow_down", text, wait_ms)

    def _nick(self, peer: Peer, request: Join, nick: str) -> str:
        """In its canonical form. Who has a name since before names had to be as today keeps it."""
        try:
            return names.nick(nick, self.limits)
        except Refused:
            person = self._known(peer, request)
            if person is None or person.nick != names.canonical(nick):
                raise
            return person.nick

    def _known(self, peer: Peer, request: Join) -> Person | None:
        """The account that a join speaks for, if it is there."""
        if peer.session is not None:
            return self.rooms.person(peer.session.account)
        return None if request.token is None else self._owner(_hash(request.token))

    def _owner(self, token_hash: bytes) -> Person | None:
        return self.rooms.owner(token_hash) or self.find_account(token_hash)

    def _identify(self, peer: Peer, request: Join, now: float) -> tuple[Session, Newcomer | None]:
        """The session that a join speaks for; a new one counts once it is committed."""
        if peer.session is not None:
            return self._same(peer.session, request), None
        visitor = peer.visitor
        if request.token is None:
            if request.nick is None:
                raise Refused(
                    "bad_nick", 'The first "join" on a connection names a "nick" or brings a "token".'
                )
            account, token = self.mint(visitor)
            session = self.sessions.new(account, request.nick, token, now, visitor=visitor)
            session.new_until = now + NEW_S
            session.allowance = self.quotas.first(now)
            return session, Newcomer(_hash(token), visitor)
        found = self._owner(_hash(request.token))
        if found is None:
            raise Refused("bad_token", UNKNOWN_TOKEN)
        known = self.sessions.get(found.account)
        if known is None:
            known = self.sessions.new(found.account, found.nick, request.token, now, visitor=found.visitor)
        self._connect(known)
        known.token = request.token
        return known, None

    def _connect(self, session: Session) -> None:
        """One more connection of an account. Raises Refused."""
        most = self.quotas.bounds.connections_per_account
        if self.rate and most and len(session.peers) + session.joining >= most:
            text = f"Your account has {len(session.peers)} connections; close one before you open another."
            raise Refused("not_allowed", text)

    def _same(self, session: Session, request: Join) -> Session:
        if request.token is not None and request.token != session.token:
            text = "This connection is the session of another account; open a connection for this token."
            raise Refused("bad_token", text)
        return session

    def _check_words(self, request: Moderation | MessageChange) -> None:
        """What people wrote for people. Raises Refused."""
        match request:
            case Edit():
                names.text(request.text, self.limits)
            case React():
                names.sign(request.emoji)
            case Invite() | Kick() | Ban() | Unban() | Mute() | Unmute() | Delete():
                names.note(request.reason, "reason")
            case SetSubject():
                names.note(request.subject, "subject")
            case Configure():
                if (request.title, request.slow_s, request.announce) == (None, None, None):
                    text = 'Say what is to be another: "title", "slow_s" or "announce".'
                    raise Refused("bad_request", text)
            case SetRole() | CloseRoom() | ReopenRoom() | Pin():
                pass
            case _:
                assert_never(request)

    def _end(self, key: Hashable, peer: Peer, session: Session, request: End, at: int) -> Command | Ended:
        if len(session.peers) + session.joining > 1:  # the account stays, on another connection
            session.peers.discard(key)
            peer.session = None
            return Ended(id=request.id)
        peer.busy = True
        return Command(session.account, request, at)


def _hash(token: str) -> bytes:
    """What the disk keeps of a token: it is random and long, so a plain digest protects it."""
    return hashlib.sha256(token.encode()).digest()
