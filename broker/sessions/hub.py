"""Who is connected and may ask what: sessions, presence, rate limits. Sans-I/O; time is an argument.

The pipeline asks in two steps. `admit` looks at a request where it arrives: it is refused, or becomes a
`Command` (to be ordered, decided and committed) or an `Asked` (answered from the committed state). `answer`
says after the commit what the peer gets. A join or an `!end` changes who a connection speaks for, so
whatever comes behind it on that connection waits until it is committed (`Peer.held`).
"""

import hashlib
import math
from collections.abc import Callable, Hashable, Sequence
from typing import Literal

import msgspec

from broker.core.rooms import RoomsState
from broker.core.state import Command, Person
from broker.sessions.marks import Closes, Mark, Opens
from broker.sessions.queries import Query, Reader
from broker.sessions.sessions import News, Session, Sessions
from shared.process.counters import Counters
from shared.protocol import names
from shared.protocol.answers import (
    AnyAnswer,
    Ended,
    Error,
    HistoryAnswer,
    JoinedAnswer,
    MembersAnswer,
    RoomsAnswer,
    ServerInfo,
    error,
)
from shared.protocol.codec import Malformed
from shared.protocol.errors import Refused, StorageDamaged
from shared.protocol.events import PresenceEvent
from shared.protocol.limits import RESUME_S, Limits
from shared.protocol.requests import AnyRequest, End, History, Join, Leave, Members, Message, Ping
from shared.protocol.requests import Rooms as RoomsRequest

# History and lists to one connection in one turn: bounds memory, and what others wait for
HISTORY_BYTES = 8 * 1024 * 1024
LISTED_BYTES = 128  # of a line in a list of people or rooms, about
HISTORY_PAUSE_MS = 100

COUNTED = {
    "duplicates": ("request that was stored already", "requests that were stored already"),
    "fills": ("missed event asked for", "missed events asked for"),
    "drops": (
        "frame of answers dropped because nobody read it",
        "frames of answers dropped because nobody read them",
    ),
    "resumed": ("session resumed", "sessions resumed"),
    "lost": ("session lost", "sessions lost"),
}

# A ZeroMQ session may be resumed; a visitor of the front door is gone with its connection.
Door = Literal["requests", "front"]


class Peer(msgspec.Struct, kw_only=True):
    """One connection. `held`: what waits behind a join or an `!end` that is not committed yet.

    `bot`: it joined as one. It stays one as long as its session: whoever enters one more room need not say so
    again, and another connection of the same account may be a person's.
    `page_bytes`: of history and lists that it got in the turn of `paged_at` (loop time, s).
    """

    door: Door
    session: Session | None = None
    bot: bool = False
    busy: bool = False
    lost: bool = False
    held: list[AnyRequest | Malformed | Mark] = msgspec.field(default_factory=list)
    paged_at: float = 0.0
    page_bytes: int = 0


class Asked(msgspec.Struct):
    """A query and who asks it."""

    account: str
    request: Query


class HubSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`rate`: messages per second and account; 0 switches the limit off."""

    server: ServerInfo
    limits: Limits
    rate: float
    resume_s: float = RESUME_S


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub cannot know by itself: who owns a token, chance, and the network as a peer sees it."""

    find_account: Callable[[bytes], Person | None]
    mint: Callable[[bool], tuple[str, str]]  # a new account and its token; whether for a visitor
    broadcasts_for: Callable[[Hashable], str]  # the broadcast endpoint that this peer can reach


class Hub:
    """The connections of one broker and the sessions behind them.

    Attributes: `counters`, of what should be rare (COUNTED).
    """

    def __init__(
        self,
        rooms: RoomsState,
        reader: Callable[[RoomsState, Callable[[str], bool]], Reader],
        settings: HubSettings,
        ports: Ports,
        now: float,
    ) -> None:
        self._new_reader = reader
        self._settings = settings
        self._limits = settings.limits
        self._rate = settings.rate
        self._ports = ports
        self._peers: dict[Hashable, Peer] = {}
        self.sessions = Sessions(settings.rate, settings.resume_s)
        self.counters = Counters(COUNTED)
        self.use(rooms, now)

    def use(self, rooms: RoomsState, now: float) -> None:
        """Go on with the state the disk has. People without a connection may come back for a while."""
        self._rooms = rooms
        self._reader = self._new_reader(rooms, self.sessions.online.__contains__)
        for peer in self._peers.values():
            if peer.session is not None and not peer.busy and rooms.person(peer.session.account) is None:
                peer.session = None  # the disk has lost it: who joins again is somebody
        self.sessions.keep_only(rooms.person)
        self.sessions.restore(rooms.people(), now)

    # -- Connections ---------------------------------------------------------------------------

    def connect(self, key: Hashable, door: Door) -> None:
        """A peer that is not known yet said something."""
        self._peers[key] = Peer(door=door)

    def knows(self, key: Hashable) -> bool:
        return key in self._peers

    def lost(self, key: Hashable, now: float) -> None:
        """The connection is gone. Its session may be resumed for a while, a visitor's not at all."""
        peer = self._peers.get(key)
        if peer is None:
            return
        if peer.busy:  # a join under way, and perhaps more behind it: `release` comes back to this
            peer.lost = True
            return
        del self._peers[key]
        if peer.session is not None:
            self.sessions.part(key, peer.session, now)

    def peers_in_session(self) -> list[Hashable]:
        return [key for key, peer in self._peers.items() if peer.session is not None]

    def presence(self) -> list[PresenceEvent]:
        """Who came back or went away since the last call, told in each of their rooms."""
        changes, self.sessions.presence = self.sessions.presence, []
        return [
            PresenceEvent(room=room, nick=person.nick, account=account, presence=presence)
            for account, presence in changes
            if (person := self._rooms.person(account)) is not None
            for room in sorted(person.rooms)
        ]

    def news(self) -> list[News]:
        """What happened to sessions since the last call."""
        news, self.sessions.news = self.sessions.news, []
        return news

    # -- Before the commit ---------------------------------------------------------------------

    def admit(
        self, key: Hashable, request: AnyRequest | Malformed | Mark, now: float, at: int
    ) -> Command | Asked | AnyAnswer | Mark | None:
        """What becomes of a request. None: it is held behind a join of the same connection."""
        peer = self._peers[key]
        if peer.busy:
            peer.held.append(request)
            return None
        session = peer.session
        try:
            if type(request) is Message and session is not None:
                return self._admit_message(peer, session, request, now, at)
            match request:
                case Malformed():
                    return request.error
                case Opens() | Closes():
                    return request
                case Join():
                    return self._admit_join(peer, request, now, at)
                case _ if session is None:
                    raise Refused("no_session", 'This connection has no session; send a "join" first.')
                case End():
                    return self._admit_end(key, peer, session, request, at)
                case Message() | Leave():
                    return Command(session.account, request, at)
                case History() | RoomsRequest() | Members() | Ping():
                    return Asked(session.account, request)
        except Refused as refused:
            return error(getattr(request, "id", None), refused)

    def _admit_message(self, peer: Peer, session: Session, request: Message, now: float, at: int) -> Command:
        names.text(request.text, self._limits)
        if self._rate and (wait := session.allowance.spend(now)):
            text = f"More than {self._rate:g} messages a second; send this again in {wait} ms."
            raise Refused("slow_down", text, wait)
        return Command(session.account, request, at, bot=peer.bot)

    def _admit_join(self, peer: Peer, request: Join, now: float, at: int) -> Command:
        limits = self._limits
        room = names.room(request.room, limits)
        nick = None if request.nick is None else names.nick(request.nick, limits)
        bot = request.bot or (peer.bot and peer.session is not None)
        request = msgspec.structs.replace(request, room=room, nick=nick, bot=bot)
        session, person = self._identify(peer, request, now)
        peer.busy = True
        peer.session = session
        session.joining += 1
        return Command(session.account, request, at, person=person)

    def _identify(self, peer: Peer, request: Join, now: float) -> tuple[Session, Person | None]:
        """The session that a join speaks for; a new one counts once it is committed."""
        if peer.session is not None:
            return self._same(peer.session, request), None
        visitor = peer.door == "front"
        if request.token is None:
            if request.nick is None:
                raise Refused(
                    "bad_nick", 'The first "join" on a connection names a "nick" or brings a "token".'
                )
            account, token = self._ports.mint(visitor)
            person = Person(
                number=0, account=account, token_hash=_hash(token), nick=request.nick, visitor=visitor
            )
            return self.sessions.new(person, token, now), person
        token_hash = _hash(request.token)
        found = self._rooms.owner(token_hash) or self._ports.find_account(token_hash)
        if found is None:
            text = "This broker knows no such token; join without one to come in as somebody new."
            raise Refused("bad_token", text)
        session = self.sessions.get(found.account)
        if session is None:
            session = self.sessions.new(found, request.token, now)
        session.token = request.token
        return session, found

    def _same(self, session: Session, request: Join) -> Session:
        if request.token is not None and request.token != session.token:
            text = "This connection is the session of another account; open a connection for this token."
            raise Refused("bad_token", text)
        return session

    def _admit_end(
        self, key: Hashable, peer: Peer, session: Session, request: End, at: int
    ) -> Command | Ended:
        if len(session.peers) + session.joining > 1:  # the account stays, on another connection
            session.peers.discard(key)
            peer.session = None
            return Ended(id=request.id)
        peer.busy = True
        return Command(session.account, request, at)

    # -- After the commit ----------------------------------------------------------------------

    def answer(
        self, key: Hashable, item: Command | Asked | AnyAnswer | Mark, now: float, at: int
    ) -> AnyAnswer | Mark:
        """What the peer is told. Opens and ends sessions, now that it is on the disk."""
        if isinstance(item, Asked):
            try:
                return self._answer_query(key, item, now, at)
            except Refused as refused:
                return error(item.request.id, refused)
            except StorageDamaged as damaged:
                return unreadable(item.request.id, damaged)
        if not isinstance(item, Command):
            return item
        if isinstance(item.request, Join):
            return self._answer_join(key, item, item.request, now)
        if isinstance(item.request, End) and item.answer is None:
            return self._answer_end(key, item.request, now)
        assert item.answer is not None
        return item.answer

    def release(self, key: Hashable, now: float) -> tuple[Sequence[AnyRequest | Malformed | Mark], bool]:
        """The join or `!end` of this peer is settled.

        Returns what was held behind it, to be admitted now, and whether to call `lost` behind that.
        """
        peer = self._peers[key]
        peer.busy = False
        held, peer.held = peer.held, []
        lost, peer.lost = peer.lost, False
        if lost and not held:
            self.lost(key, now)
        return held, lost and bool(held)

    def _answer_query(self, key: Hashable, asked: Asked, now: float, at: int) -> AnyAnswer:
        peer = self._peers.get(key)
        if peer is None:  # lost in the turn of its question
            raise Refused("no_session", "This connection is gone.")
        if isinstance(asked.request, Ping):
            return self._reader.answer(asked.account, asked.request, at)
        if peer.paged_at != now:
            peer.paged_at, peer.page_bytes = now, 0
        if peer.page_bytes >= HISTORY_BYTES:
            text = f"That is more than is sent at once; ask for this again in {HISTORY_PAUSE_MS} ms."
            raise Refused("slow_down", text, HISTORY_PAUSE_MS)
        answer = self._reader.answer(asked.account, asked.request, at)
        match answer:
            case HistoryAnswer():
                peer.page_bytes += sum(map(len, answer.events))
                if isinstance(asked.request, History) and asked.request.after is not None:
                    self.counters.count("fills", now, len(answer.events))
            case MembersAnswer():
                peer.page_bytes += LISTED_BYTES * len(answer.members)
            case RoomsAnswer():
                peer.page_bytes += LISTED_BYTES * len(answer.rooms)
        return answer

    def _answer_join(self, key: Hashable, command: Command, request: Join, now: float) -> AnyAnswer:
        peer = self._peers[key]
        session = peer.session
        assert session is not None
        session.joining -= 1
        if isinstance(command.answer, Error):
            if key not in session.peers:
                peer.session = None
                if session.lapses_at is None:
                    self.sessions.part(key, session, now)
            return self._explained(command.answer, request, session.account, now)
        if key not in session.peers:
            self.counters.count("resumed", now, session.lapses_at is not None)
            peer.session = session = self.sessions.open(key, session)
        peer.bot = request.bot
        session.nick = (self._rooms.person(session.account) or session).nick
        return self._joined(key, session, request)

    def _answer_end(self, key: Hashable, request: End, now: float) -> Ended:
        peer = self._peers[key]
        assert peer.session is not None
        self.sessions.end(key, peer.session, now)
        peer.session = None
        return Ended(id=request.id)

    def _explained(self, refusal: Error, request: Join, account: str, now: float) -> Error:
        """`nick_taken` says by whom, and when it lapses by itself."""
        holder = self._rooms.holder(request.nick or "", but=account) if refusal.code == "nick_taken" else None
        if holder is None:
            return refusal
        session, nick = self.sessions.get(holder.account), names.quoted(holder.nick)
        if session is None or session.lapses_at is None:
            text = f"The nickname is taken by {nick}, who is here; choose another."
            return msgspec.structs.replace(refusal, text=text)
        wait = max(1, round((session.lapses_at - now) * 1000))
        in_s = math.ceil(wait / 1000)
        text = f"The nickname is kept for {nick}, who lost the connection; wait {in_s} s, or choose another."
        return msgspec.structs.replace(refusal, text=text, retry_after_ms=wait)

    def _joined(self, key: Hashable, session: Session, request: Join) -> JoinedAnswer:
        person = self._rooms.person(session.account)
        room = self._rooms.room(request.room)
        assert person is not None
        assert room is not None
        assert session.token is not None
        return JoinedAnswer(
            id=request.id,
            room=room.name,
            nick=person.nick,
            account=person.account,
            token=session.token,
            epoch=self._reader.epoch,
            head=room.head,
            first=1,
            topic=f"room/{room.name}/",
            pub=self._ports.broadcasts_for(key),
            members=self._reader.members(room),
            limits=self._limits,
            server=self._settings.server,
            rooms=self._reader.heads(person.rooms),
        )


def unreadable(request_id: str | None, damaged: StorageDamaged) -> Error:
    """The answer to who asks for what cannot be read."""
    text = f"{damaged} Who runs this broker finds in its log what to do."
    return Error(id=request_id, code="unavailable", text=text)


def _hash(token: str) -> bytes:
    """What the disk keeps of a token: it is random and long, so a plain digest protects it."""
    return hashlib.sha256(token.encode()).digest()
