"""Sessions: who is here, by which connections, and for how long one that lost them may come back. Pure.

docs/protocol.md, "Requests". Time is an argument (loop time, s).
"""

from collections.abc import Callable, Hashable, Iterable

import msgspec
from loggia.broker.core.ordered import Command, SessionExpired
from loggia.broker.core.state import Person
from loggia.broker.sessions.rate_limit import Allowance
from loggia.shared.protocol.events import State
from loggia.shared.protocol.limits import BURST_S
from loggia.shared.protocol.names import quoted

AGAIN_S = 1.0  # a session whose end the disk refused is ended again after this


class Session(msgspec.Struct, kw_only=True):
    """An account that is here, or was until `lapses_at` (loop time, s; None while a peer is connected).

    `token` is unknown after a restart until the client comes back with it. `joining`: joins on their way.
    """

    account: str
    nick: str
    token: str | None
    visitor: bool
    allowance: Allowance
    peers: set[Hashable] = msgspec.field(default_factory=set)
    joining: int = 0
    lapses_at: float | None = None


class News(msgspec.Struct, frozen=True):
    """A line for the broker's live log, about a connection."""

    key: Hashable
    text: str


class Sessions:
    """All sessions of a broker, by account.

    Attributes: `online`, the accounts that have a connection now; `presence`, who went away or came back, and
    `news` for the log, both until they are taken.
    """

    def __init__(self, rate: float, resume_s: float) -> None:
        self._rate = rate
        self._resume_s = resume_s
        self._by_account: dict[str, Session] = {}
        self._lapsing: dict[str, Session] = {}
        self._allowances: dict[str, Allowance] = {}
        self.online: set[str] = set()
        self.presence: list[tuple[str, State]] = []
        self.news: list[News] = []

    def get(self, account: str) -> Session | None:
        return self._by_account.get(account)

    def connections(self, accounts: Iterable[str]) -> frozenset[Hashable]:
        """All that these accounts have now."""
        sessions = (self._by_account.get(account) for account in accounts)
        return frozenset(key for session in sessions if session is not None for key in session.peers)

    def connected(self) -> int:
        """How many have a connection now."""
        return len(self._by_account) - len(self._lapsing)

    def new(self, account: str, nick: str, token: str | None, now: float, *, visitor: bool) -> Session:
        """A session that counts from `open` on. What its account said lately counts against its rate."""
        allowance = self._allowances.pop(account, None) or Allowance(self._rate, now)
        return Session(account=account, nick=nick, token=token, visitor=visitor, allowance=allowance)

    def restore(self, people: Iterable[Person], now: float) -> None:
        """People whose session was not over when the broker stopped may come back for a while."""
        for person in people:
            if person.account not in self._by_account:
                session = self.new(person.account, person.nick, None, now, visitor=person.visitor)
                self._by_account[person.account] = session
                self._let_lapse(session, now)

    def keep_only(self, is_known: Callable[[str], object]) -> None:
        """Forget the sessions of accounts that are not there any more; those that lapse end by themselves."""
        for account, session in list(self._by_account.items()):
            if session.lapses_at is None and not is_known(account):
                del self._by_account[account]
                self.online.discard(account)

    def open(self, key: Hashable, session: Session) -> Session:
        """A connection speaks for this session from now on; returns the one that the account has."""
        known = self._by_account.setdefault(session.account, session)
        known.token = session.token  # `restore` may have come in between, and knows none
        session = known
        session.peers.add(key)
        self.online.add(session.account)
        if session.lapses_at is not None:
            session.lapses_at = None
            del self._lapsing[session.account]
            self.presence.append((session.account, "online"))
        self._note(key, session, "is")
        return session

    def part(self, key: Hashable, session: Session, now: float) -> None:
        """A connection is gone. The last one's session may be resumed for a while, a visitor's not at all."""
        session.peers.discard(key)
        if session.peers or self._by_account.get(session.account) is not session:
            return
        self.online.discard(session.account)
        self._let_lapse(session, now)
        if not session.visitor:
            self._note(key, session, "lost the connection of")
            self.presence.append((session.account, "away"))

    def end(self, key: Hashable, session: Session, now: float) -> None:
        """The session said goodbye, and that is committed."""
        self._note(key, session, "says goodbye as")
        session.peers.discard(key)
        self.online.discard(session.account)
        self._by_account.pop(session.account, None)
        self._keep_allowance(session, now)

    def over(self, account: str, now: float) -> bool:
        """A lapsed session was ended, and that is committed; returns whether it could have been resumed."""
        session = self._by_account.pop(account)
        session.lapses_at = None
        del self._lapsing[account]
        self._keep_allowance(session, now)
        return not session.visitor

    def lapses_at(self) -> float | None:
        """When the next lost session is over (loop time, s)."""
        return min((session.lapses_at or 0.0 for session in self._lapsing.values()), default=None)

    def lapsed(self, now: float, at: int) -> list[Command]:
        """The sessions whose time to resume is over, as commands that end them. `at`: Unix ms."""
        commands = []
        for session in self._lapsing.values():
            if session.lapses_at is not None and session.lapses_at <= now:
                session.lapses_at = now + AGAIN_S
                depart = SessionExpired("lost", f"{session.account}.{at}")
                commands.append(Command(session.account, depart, at))
        return commands

    def _let_lapse(self, session: Session, now: float) -> None:
        session.lapses_at = now if session.visitor else now + self._resume_s
        self._lapsing[session.account] = session

    def _keep_allowance(self, session: Session, now: float) -> None:
        """Leaving and coming back is no way round the rate; after BURST_S the allowance is full anyway."""
        oldest = next(iter(self._allowances.values()), None)
        while oldest is not None and oldest.counted_at + BURST_S < now:
            del self._allowances[next(iter(self._allowances))]
            oldest = next(iter(self._allowances.values()), None)
        if not session.visitor:
            self._allowances[session.account] = session.allowance

    def _note(self, key: Hashable, session: Session, what: str) -> None:
        if not session.visitor:  # the front door keeps the original's lines
            self.news.append(News(key, f"{what} {quoted(session.nick)} (account {session.account})."))
