"""Who and what there is, as `rooms` knows it and hands it to the log: plain values. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec
from loggia.broker.core.paged import Paged
from loggia.broker.core.rules import Insider, Rules
from loggia.shared.protocol.changes import MessageState
from loggia.shared.protocol.events import StoredEvent
from loggia.shared.protocol.roles import RoomKind


class Person(msgspec.Struct, kw_only=True):
    """An account that is awake. `largest_id`: of all ids it stored under, by length, then by code points.

    `present`: its session is not over. `visitor`: it came by the front door and cannot resume. `kept`: its
    nick is not free when its session is over. `seen`: when that began, or was over, last; Unix ms, and 0
    where nobody wrote it down. `status`: what others read beside the nick, set under the id `status_id` at
    `status_at`.
    """

    number: int
    account: str
    token_hash: bytes
    nick: str
    bot: bool = False
    visitor: bool = False
    present: bool = False
    kept: bool = False
    seen: int = 0
    status: str = ""
    status_id: str = ""
    status_at: int = 0
    largest_id: str = ""
    rooms: set[str] = msgspec.field(default_factory=set)


def is_revoked(person: Person) -> bool:
    """Whether its token was taken back: an account of the log has a nick for as long as it has one."""
    return person.number > 0 and not person.nick


class Room(msgspec.Struct, kw_only=True):
    """A room's end of the log. `place`: the key of its seq 0; `at`: the time of its newest event, in ms.
    `people`: who is in it and has a session.

    `rules`: None while nobody ever said anything of who may do what. `owners`: those of the broker, which all
    rooms share; by account, whether who runs it said so, or the account was the first.
    """

    number: int
    name: str
    place: int
    head: int = 0
    at: int = 0
    people: Paged[Person] = msgspec.field(default_factory=Paged)
    fresh: "Fresh | None" = None
    rules: Rules | None = None
    owners: dict[str, bool] = {}

    @property
    def kind(self) -> RoomKind:
        return "public" if self.rules is None else self.rules.settings.kind

    def has(self, account: str) -> bool:
        """Whether it is in the room: in a public one now, in another one for as long as it may read it."""
        rules = self.rules
        here = self.people if rules is None or rules.settings.kind == "public" else rules.members
        return account in here

    def size(self) -> int:
        """How many are in it."""
        return len(self.people if self.rules is None or self.kind == "public" else self.rules.members)

    def members(self, behind: str | None) -> Iterator["Person | Insider"]:
        """Who is in it and has a greater account, in their order; all for None."""
        rules, people = self.rules, self.people
        if rules is None or rules.settings.kind == "public":
            return people.behind(behind)
        return (people.get(member.account) or member for member in rules.members.behind(behind))

    def title(self, account: str) -> str:
        """What the room is called, as this account is shown it: a conversation by who the others are."""
        rules = self.rules
        if rules is None or rules.settings.kind == "public":
            return self.name
        return rules.title(account)

    def fresh_events(self, first: int, last: int) -> Sequence[StoredEvent]:
        """What the batch adds from one seq to another, both counted in."""
        fresh = self.fresh
        return [] if fresh is None else fresh.events[first - fresh.first : last - fresh.first + 1]


Audience = frozenset[str] | None  # the accounts that hear of something; None: whoever listens


class Fresh(msgspec.Struct):
    """What a batch adds to a room: consecutive events, and the same encoded as they stand in the log.

    `audiences`: from which event on (counted from 0) who hears of them.
    """

    room: Room
    first: int
    events: list[StoredEvent] = []
    bodies: list[bytes] = []
    audiences: list[tuple[int, Audience]] = []

    def by_audience(self) -> Iterable[tuple[int, int, Audience]]:
        """Which events (from, and up to without it) are for whom."""
        if len(self.audiences) == 1:
            return ((0, len(self.events), self.audiences[0][1]),)
        return self._parted()

    def _parted(self) -> Iterator[tuple[int, int, Audience]]:
        ends = [begin for begin, _ in self.audiences[1:]] + [len(self.events)]
        for (begin, audience), end in zip(self.audiences, ends, strict=True):
            if begin < end:
                yield begin, end, audience


class Snapshot(msgspec.Struct):
    """What a log holds, as a state machine needs it to go on.

    `last_account`: the largest number that an account ever had. `owners`: of the broker, as all `rooms` have
    them. `founding`: nobody was here yet who could be one.
    """

    rooms: dict[str, Room]
    people: list[Person]
    last_account: int
    owners: dict[str, bool] = {}
    founding: bool = False


class ReadMark(NamedTuple):
    """Up to where an account has read a room."""

    account: str
    seq: int


class Counted(NamedTuple):
    """Of one account in one room: where its mark is, and how many messages of others, which are not deleted,
    stand behind it; how many of these mean the account."""

    read: int
    unread: int
    mentions: int


NOWHERE = 0  # the place of what is in no room's log; and one further before it for each ms of its time


class IdRange(msgspec.Struct):
    """What one account stored in one room under growing ids, the last of which is `largest_id`.

    From `first` to `last` stands what others stored, too; of the account's own nothing else does. Behind it
    the account may have used ids for what added no event, up to `largest_id`. Nothing else does either in
    one that ends before it begins.
    """

    account: int
    room: Room
    first: int
    last: int
    largest_id: str


class Batch(msgspec.Struct):
    """What must be on the disk before anybody hears of it.

    `id_ranges`, `out_of_order_ids`: who stored what under which id; the latter (account, id, place) for ids
    that do not grow, or that added no event: the place then is that of the event that was answered with,
    or of none (`NOWHERE`). `members`: by account and room, whether it is in it now. `gone`: accounts, by
    number, that nothing needs any more. `looks`: by account, the looks of the nick that it keeps now; none:
    it keeps none. `rules`: of rooms, by number and key (`Rules.kept`), what is another now.
    `states`: what became of messages, by number of the room and seq. `threads`: the places of messages in
    a thread, behind that of the one it began with.
    `deleted`: by the place of a message, whose it was; `means`: of one that is said or edited, or is no more,
    the accounts that it means now, but for its own. `marks`: by number of the account and the room.
    `wiped`: by number of the room the events, in the log before, whose words go.
    `owners`: accounts that are of the broker from now on, as of `Room`. `last_account`: the largest number
    that an account ever had, if that is a new one. `news`: the events that are no messages. `turned`:
    whose session began or is over, and who belong to rooms where no event says so. `statuses`: of whom which
    room is to hear it.
    """

    fresh: list[Fresh] = []
    news: list[StoredEvent] = []
    turned: list[Person] = []
    new_rooms: list[Room] = []
    id_ranges: list[IdRange] = []
    out_of_order_ids: list[tuple[int, str, int]] = []
    people: dict[str, Person] = {}
    members: dict[tuple[int, int], bool] = {}
    gone: list[int] = []
    looks: dict[int, frozenset[str]] = {}
    rules: dict[tuple[int, str], bytes | None] = {}
    states: dict[tuple[int, int], MessageState] = {}
    threads: list[tuple[int, int]] = []
    deleted: dict[int, str] = {}
    means: dict[int, list[str]] = {}
    marks: dict[tuple[int, int], ReadMark] = {}
    wiped: dict[int, set[int]] = {}
    owners: dict[str, bool] = {}
    statuses: list[tuple[str, str]] = []
    last_account: int = 0

    def __bool__(self) -> bool:
        return bool(
            self.fresh
            or self.people
            or self.members
            or self.gone
            or self.owners
            or self.marks
            or self.out_of_order_ids
        )
