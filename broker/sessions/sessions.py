"""Sessions: who is here, by which connections, and for how long one that lost them may come back. Pure.

docs/protocol.md, "Requests". Time is an argument (loop time, s).
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable

import msgspec
from loggia.broker.core.ordered import Command, SessionExpired
from loggia.broker.core.state import Person
from loggia.broker.sessions.deadlines import Deadlines
from loggia.broker.sessions.rate_limit import Allowance
from loggia.shared.protocol.events import State
from loggia.shared.protocol.limits import BURST_S
from loggia.shared.protocol.names import quoted

AGAIN_S = 1.0  # a session whose end the disk refused is ended again after this
LAPSE_EVENTS = 500  # of sessions that are over in one turn, about; the others are, in the next one


class Session(msgspec.Struct, kw_only=True):
    """An account that is here, or was until `lapses_at` (loop time, s; None while a peer is connected).

    `token` is unknown after a restart until the client comes back with it. `joining`: joins on their way.
    `new_until`: its account is new until then. `renames`: how often it may still take another name, once
    it took one. `away_at`: Unix ms since when no peer is; 0: nobody knows. `told`: the presence that
    everybody in its rooms was told last; None: not all were told the same.
    """

    account: str
    nick: str
    token: str | None
    visitor: bool
    allowance: Allowance
    peers: set[Hashable] = msgspec.field(default_factory=set)
    joining: int = 0
    new_until: float = 0.0
    renames: Allowance | None = None
    lapses_at: float | None = None
    away_at: int = 0
    told: State | None = "online"

    @property
    def presence(self) -> State:
        return "online" if self.lapses_at is None else "away"


class News(msgspec.Struct, frozen=True):
    """A line for the broker's live log, about a connection. `like`: what it has in common with others, where
    the text does not show it."""

    key: Hashable
    text: str
    like: str = ""


class Sessions:
    """All sessions of a broker, by account.

    Attributes: `news` for the log, until they are taken; `at`, the time of this turn, Unix ms; `changed`,
    whose presence may not be what was told.
    """

    def __init__(self, rate: float, resume_s: float) -> None:
        self._rate = rate
        self._resume_s = resume_s
        self._by_account: dict[str, Session] = {}
        self._lapsing: Deadlines[str] = Deadlines()
        self._ending: set[str] = set()  # whose end is ordered in this turn
        self._allowances: OrderedDict[str, Allowance] = OrderedDict()
        self.changed: OrderedDict[str, None] = OrderedDict()
        self.news: list[News] = []
        self.at = 0

    def get(self, account: str) -> Session | None:
        return self._by_account.get(account)

    def connections(self, accounts: Iterable[str]) -> frozenset[Hashable]:
        """All that these accounts have now."""
        sessions = (self._by_account.get(account) for account in accounts)
        return frozenset(key for session in sessions if session is not None for key in session.peers)

    def away(self) -> int:
        """How many have none, and may come back."""
        return len(self._lapsing)

    def connected(self) -> int:
        """How many have a connection now."""
        return len(self._by_account) - len(self._lapsing)

    def new(self, account: str, nick: str, token: str | None, now: float, *, visitor: bool) -> Session:
        """A session that counts from `open` on. What its account said lately counts against its rate."""
        allowance = self._allowances.get(account) or Allowance(self._rate, now)
        return Session(account=account, nick=nick, token=token, visitor=visitor, allowance=allowance)

    def restore(self, people: Iterable[Person], now: float) -> None:
        """People whose session was not over when the broker stopped may come back for a while."""
        for person in people:
            if person.account not in self._by_account:
                session = self.new(person.account, person.nick, None, now, visitor=person.visitor)
                session.told = "away"
                self._by_account[person.account] = session
                self._let_lapse(session, now)

    def keep_only(self, is_known: Callable[[str], object]) -> None:
        """Forget the sessions of accounts that are not there any more; those that lapse end by themselves."""
        for account, session in list(self._by_account.items()):
            if session.lapses_at is None and not is_known(account):
                del self._by_account[account]

    def open(self, key: Hashable, session: Session) -> Session:
        """A connection speaks for this session from now on; returns the one that the account has."""
        known = self._by_account.setdefault(session.account, session)
        known.token = session.token  # `restore` may have come in between, and knows none
        session = known
        self._allowances.pop(session.account, None)
        session.peers.add(key)
        if session.lapses_at is not None:
            session.lapses_at = None
            self._lapsing.drop(session.account)
            self.changed[session.account] = None
        self._note(key, session, "is")
        return session

    def part(self, key: Hashable, session: Session, now: float) -> None:
        """A connection is gone. The last one's session may be resumed for a while, a visitor's not at all."""
        session.peers.discard(key)
        if session.peers or self._by_account.get(session.account) is not session:
            return
        session.away_at = self.at
        self._let_lapse(session, now)
        if not session.visitor:
            self._note(key, session, "lost the connection of")
            self.changed[session.account] = None

    def may_go_on(self, session: Session) -> bool:
        """Its connection was only silent, and neither is it over nor does this turn end it."""
        return self._by_account.get(session.account) is session and session.account not in self._ending

    def end(self, key: Hashable, session: Session, now: float) -> None:
        """The session said goodbye, and that is committed."""
        self._note(key, session, "says goodbye as")
        session.peers.discard(key)
        self._by_account.pop(session.account, None)
        self._keep_allowance(session, now)

    def over(self, account: str, now: float) -> bool:
        """A lapsed session was ended, and that is committed; returns whether it could have been resumed."""
        session = self._by_account.pop(account)
        session.lapses_at = None
        self._lapsing.drop(account)
        self._keep_allowance(session, now)
        return not session.visitor

    def revoked(self, account: str) -> None:
        """The session of an account is over, if it has one, for good."""
        self._allowances.pop(account, None)
        session = self._by_account.pop(account, None)
        if session is not None and session.lapses_at is not None:
            session.lapses_at = None
            self._lapsing.drop(account)

    def lapses_at(self) -> float | None:
        """When the next lost session is over (loop time, s)."""
        return self._lapsing.first()

    def lapsed(self, now: float, at: int, events: Callable[[str], int]) -> list[Command]:
        """The sessions whose time to resume is over, as commands that end them; as many as fit into a turn.

        `at`: Unix ms. `events`: how many the end of an account's session leads to.
        """
        commands: list[Command] = []
        room = LAPSE_EVENTS
        self._ending.clear()
        while room > 0 and (account := self._lapsing.take(now)) is not None:
            self._lapse(self._by_account[account], now + AGAIN_S)  # if the disk refuses
            commands.append(Command(account, SessionExpired("lost", f"{account}.{at}"), at))
            self._ending.add(account)
            room -= 1 + events(account)
        return commands

    # -- Who is there --------------------------------------------------------------------------

    def is_online(self, account: str) -> bool:
        """Whether a list says so of an account that is here: whoever asks for one may be told another state
        than all others were."""
        session = self._by_account.get(account)
        if session is None:  # it came in this turn, and is answered behind who is told of it
            return True
        online = session.lapses_at is None
        if session.told != ("online" if online else "away"):
            session.told = None
        return online

    def since(self, account: str) -> int | None:
        """Since when an account is away, Unix ms; None: it is not, or nobody knows."""
        session = self._by_account.get(account)
        return None if session is None or session.lapses_at is None else session.away_at or None

    def take_change(self) -> tuple[str, State] | None:
        """The next account whose presence is not what was told last; from now on that is."""
        while self.changed:
            account, _ = self.changed.popitem(last=False)
            session = self._by_account.get(account)
            if session is not None and session.presence != session.told:
                session.told = session.presence
                return account, session.presence
        return None

    # ------------------------------------------------------------------------------------------

    def _let_lapse(self, session: Session, now: float) -> None:
        self._lapse(session, now if session.visitor else now + self._resume_s)

    def _lapse(self, session: Session, at: float) -> None:
        session.lapses_at = at
        self._lapsing.set(session.account, at)

    def _keep_allowance(self, session: Session, now: float) -> None:
        """Leaving and coming back is no way round the rate; after BURST_S the allowance is full anyway."""
        kept = self._allowances
        while kept and next(iter(kept.values())).counted_at + BURST_S < now:
            kept.popitem(last=False)
        if not session.visitor:
            kept[session.account] = session.allowance

    def _note(self, key: Hashable, session: Session, what: str) -> None:
        if not session.visitor:  # the front door keeps the original's lines
            self.news.append(News(key, f"{what} {quoted(session.nick)} (account {session.account}).", what))
