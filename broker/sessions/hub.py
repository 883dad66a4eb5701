"""Who is connected, and for whom each connection speaks. Sans-I/O; time is an argument.

The pipeline asks in two steps: `admit` says what becomes of a request where it arrives (`Admission`), and
`answer` what the peer gets after the commit (`Answering`). A join or an `!end` changes who a connection
speaks for, and a `create` how many rooms it is in, so whatever comes behind it on that connection waits until
it is committed (`Peer.busy`).
"""

from collections.abc import Callable, Hashable, Sequence
from typing import cast, get_args

import msgspec
from loggia.broker.core.ordered import Command, Result
from loggia.broker.core.rooms import RoomsState
from loggia.broker.core.state import Person
from loggia.broker.sessions.admission import Admission, Admitted
from loggia.broker.sessions.answering import Answering
from loggia.broker.sessions.marks import Mark
from loggia.broker.sessions.passing import Passing
from loggia.broker.sessions.peers import Peer
from loggia.broker.sessions.queries import Asked, Reader
from loggia.broker.sessions.quotas import Bounds, Quotas
from loggia.broker.sessions.sessions import News, Sessions
from loggia.broker.sessions.silence import Silences, may_be_silent_s
from loggia.broker.sessions.slow_mode import SlowMode
from loggia.shared.process.counters import Counters
from loggia.shared.protocol.answers import AnyAnswer, Error, ServerInfo, Stored, error
from loggia.shared.protocol.codec import Malformed
from loggia.shared.protocol.errors import Code, Refused
from loggia.shared.protocol.limits import DAY_MS, KEEP_DAYS, RESUME_S, Limits
from loggia.shared.protocol.requests import AnyRequest, Create, Direct, End, Join, Message, Ping, Read

COUNTED = {
    "duplicates": ("request that was stored already", "requests that were stored already"),
    "fills": ("missed event asked for", "missed events asked for"),
    "drops": (
        "frame of answers dropped because nobody read it",
        "frames of answers dropped because nobody read them",
    ),
    "strangers": ("connection that spoke no ZeroMQ", "connections that spoke no ZeroMQ"),
    "turned_away": (
        "connection turned away",
        "connections turned away",
    ),
    "failures": ("failure of a door", "failures of doors"),
    "resumed": ("session resumed", "sessions resumed"),
    "lost": ("session lost", "sessions lost"),
}
# What is usual is counted only
USUAL = {
    "joins": "joins that were granted",
    "backfills": "pages of missed events that were given",
    "cut_off": "connections that were closed as they took more than their share",
}


class HubSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`rate`: messages per second and account; 0 switches it off, and all `bounds`. `keep_ms`: for so long
    without a session an account keeps its nick, if it asked for that; 0: none does."""

    server: ServerInfo
    limits: Limits
    rate: float
    bounds: Bounds = Bounds()
    resume_s: float = RESUME_S
    keep_ms: int = KEEP_DAYS * DAY_MS


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub cannot know by itself: who owns a token, chance, and the network as a peer sees it."""

    find_account: Callable[[bytes], Person | None]
    mint: Callable[[bool], tuple[str, str]]  # a new account and its token; whether for a visitor
    draw: Callable[[], str]  # letters that nobody guesses, of a new room's name
    broadcasts_for: Callable[[Hashable], str]  # the broadcast endpoint that this peer can reach
    host_of: Callable[[Hashable], str]  # where it comes from; what counts as one address has one name
    unread_of: Callable[[Hashable], int]  # bytes of answers that wait as it does not take them


class Hub:
    """The connections of one broker and the sessions behind them.

    Attributes: `counters`, of what should be rare (COUNTED); `usual`, how often what is not happened (USUAL);
    `refused`, how often which code was answered; `slow_mode`, what counts if it is stored; `silences`, when
    who pings is to be looked at; `passing`, what is told and not stored; `quotas`, what may be asked for;
    `overrun`: peers that ask for ten
    times more than they may, whatever they
    are told, until they are taken.
    """

    def __init__(
        self,
        rooms: RoomsState,
        reader: Callable[[RoomsState, Sessions], Reader],
        settings: HubSettings,
        ports: Ports,
        now: float,
    ) -> None:
        self._new_reader = reader
        self._settings = settings
        self._ports = ports
        self._peers: dict[Hashable, Peer] = {}
        self.sessions = Sessions(settings.rate, settings.resume_s)
        self.slow_mode = SlowMode()
        self.quotas = Quotas(settings.rate, settings.bounds)
        self.counters = Counters(COUNTED)
        self.usual = dict.fromkeys(USUAL, 0)
        self.refused: dict[str, int] = dict.fromkeys(get_args(Code), 0)
        self.overrun: list[Hashable] = []
        self.silences = Silences()
        self.passing = Passing(rooms, self.sessions)
        self.use(rooms, now)

    def use(self, rooms: RoomsState, now: float) -> None:
        """Go on with the state the disk has. People without a connection may come back for a while."""
        self._rooms = self.passing.rooms = rooms
        settings, ports = self._settings, self._ports
        self._admission = Admission(
            rooms=rooms,
            sessions=self.sessions,
            limits=settings.limits,
            quotas=self.quotas,
            slow_mode=self.slow_mode,
            rate=settings.rate,
            keep_ms=settings.keep_ms,
            find_account=ports.find_account,
            mint=ports.mint,
            draw=ports.draw,
        )
        self._answering = Answering(
            rooms=rooms,
            reader=self._new_reader(rooms, self.sessions),
            sessions=self.sessions,
            passing=self.passing,
            quotas=self.quotas,
            counters=self.counters,
            usual=self.usual,
            keep_ms=settings.keep_ms,
            limits=settings.limits,
            server=settings.server,
            broadcasts_for=ports.broadcasts_for,
            unread_of=ports.unread_of,
        )
        for peer in self._peers.values():
            if peer.session is not None and not peer.busy and rooms.person(peer.session.account) is None:
                peer.session = None  # the disk has lost it: who joins again is somebody
        self.sessions.keep_only(rooms.person)
        self.sessions.restore(rooms.people(), now)

    # -- Connections ---------------------------------------------------------------------------

    def connect(self, key: Hashable, visitor: bool) -> None:
        """A peer that is not known yet said something."""
        host = self._ports.host_of(key)
        self._peers[key] = Peer(quota=self.quotas.of_connection(), host=host, visitor=visitor)

    def knows(self, key: Hashable) -> bool:
        return key in self._peers

    def busy(self, key: Hashable) -> bool:
        """Whether a join, a `create` or an `!end` of this peer is not settled yet."""
        return self._peers[key].busy

    def lost(self, key: Hashable, now: float) -> None:
        """The connection of a peer that is not busy is gone.

        Its session may be resumed for a while, a visitor's not at all.
        """
        peer = self._peers.pop(key)
        if peer.session is not None and not peer.silent:
            self.sessions.part(key, peer.session, now)

    def silent(self, now: float) -> list[Hashable]:
        """Who pinged, then said nothing for too long, and is away from now on; its connection is no use."""
        silent = self.silences.due(now, self._silent_at)
        for key in silent:
            peer = self._peers[key]
            assert peer.session is not None
            peer.silent, peer.may_be_silent_s = True, None
            self.sessions.part(key, peer.session, now)
        return silent

    def _silent_at(self, key: Hashable) -> float | None:
        peer = self._peers.get(key)
        if peer is None or peer.may_be_silent_s is None:
            return None
        if peer.session is None:
            peer.may_be_silent_s = None  # until it joins and pings again
            return None
        return peer.heard_at + peer.may_be_silent_s

    def _pings(self, key: Hashable, peer: Peer, ping: Ping) -> None:
        if peer.session is None or peer.visitor:
            return
        is_watched = peer.may_be_silent_s is not None
        peer.may_be_silent_s = may_be_silent_s(ping.next_s)
        if not is_watched:
            self.silences.watch(key, peer.heard_at + peer.may_be_silent_s)

    def _speaks_again(self, key: Hashable, peer: Peer) -> None:
        """It was on its way: its session is here again by this connection, if it is not over."""
        peer.silent = False
        assert peer.session is not None
        if self.sessions.may_go_on(peer.session):
            self.sessions.open(key, peer.session)
        else:
            peer.session = None

    def peers_in_session(self) -> list[Hashable]:
        return [key for key, peer in self._peers.items() if peer.session is not None]

    def lapsed(self, now: float, at: int) -> list[Command]:
        """What ends the sessions whose time is over, as much as fits into a turn. `at`: Unix ms."""
        return self.sessions.lapsed(now, at, self._rooms_of)

    def _rooms_of(self, account: str) -> int:
        person = self._rooms.person(account)
        return 0 if person is None else len(person.rooms)

    def revoked(self, account: str) -> list[Hashable]:
        """An account was taken from whoever had its token, and that is committed. Its session is over.

        Returns its connections, which have none now.
        """
        self.sessions.revoked(account)
        theirs = [
            (key, peer)
            for key, peer in self._peers.items()
            if peer.session is not None and peer.session.account == account
        ]
        for _, peer in theirs:
            peer.session, peer.silent, peer.may_be_silent_s = None, False, None
        return [key for key, _ in theirs]

    def news(self) -> list[News]:
        """What happened to sessions since the last call."""
        news, self.sessions.news = self.sessions.news, []
        return news

    # -- Before the commit ---------------------------------------------------------------------

    def begin(self, at: int) -> None:
        """A turn: what was admitted in the last one is committed. `at`: Unix ms."""
        self.sessions.at = at
        self._admission.leaving.clear()
        self.slow_mode.begin()

    def say(
        self, key: Hashable, said: Sequence[Message], now: float, at: int
    ) -> Sequence[Command | Stored | Error]:
        """What becomes of messages that a peer sent one after the other, or of one."""
        peer = self._heard(key, now)
        if peer.session is None:
            refused = [self.admit(key, message, now, at) for message in said]
            return cast(Sequence[Error], refused)
        admitted = self._admission.messages(peer, peer.session, said, now, at)
        self._look_for_overrun(key, peer)
        return admitted

    def admit(self, key: Hashable, request: AnyRequest | Malformed | Mark, now: float, at: int) -> Admitted:
        """What becomes of another request of a peer that is not busy."""
        peer = self._heard(key, now)
        try:
            if type(request) is Ping:
                self._pings(key, peer, request)
            return self._admission.request(key, peer, request, now, at)
        except Refused as refused:
            self._look_for_overrun(key, peer)
            asked = request.error if isinstance(request, Malformed) else request
            return error(getattr(asked, "id", None), refused)

    def _heard(self, key: Hashable, now: float) -> Peer:
        peer = self._peers[key]
        peer.heard_at = now
        if peer.silent:
            self._speaks_again(key, peer)
        return peer

    def _look_for_overrun(self, key: Hashable, peer: Peer) -> None:
        if self.quotas.is_overrun(peer.quota):
            peer.quota.over = 0  # one word is enough
            self.overrun.append(key)

    # -- After the commit ----------------------------------------------------------------------

    def answer(
        self, key: Hashable, item: Command | Asked | AnyAnswer | Mark, result: Result, now: float, at: int
    ) -> AnyAnswer | Mark | None:
        """What the peer is told. Opens and ends sessions, now that it is on the disk.

        `result`: what came of a command; None of anything else.
        """
        if isinstance(item, Asked):
            return self._answering.query(key, self._peers.get(key), item, now, at)
        if not isinstance(item, Command):
            return item
        if isinstance(item.request, Join):
            return self._answering.join(key, self._peers[key], item.request, result, now)
        if isinstance(item.request, Create | Direct):
            assert result is not None
            return self._answering.created(key, self._peers[key], item.request, result)
        if isinstance(item.request, End) and result is None:
            return self._answering.end(key, self._peers[key], item.request, now)
        assert isinstance(result, Stored | Error)
        if isinstance(item.request, Read) and isinstance(result, Stored) and not result.duplicate:
            self.passing.has_read(key, item.account, result)
        if isinstance(item.request, Message) and isinstance(result, Stored) and not result.duplicate:
            self.slow_mode.stored(result.room, item.account, result.id, now)
        return result

    def release(self, key: Hashable) -> None:
        """The join, `create` or `!end` of this peer is settled."""
        self._peers[key].busy = False
