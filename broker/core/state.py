"""What `rooms` decides about, and what it hands to the log: plain values. Pure."""

import msgspec
from loggia.shared.protocol.answers import Error, Stored
from loggia.shared.protocol.events import LeftReason, StoredEvent
from loggia.shared.protocol.requests import End, Join, Leave, Message


class Person(msgspec.Struct, kw_only=True):
    """An account that is awake. `largest_id`: of all ids it stored under, by length, then by code points.

    `present`: its session is not over. `visitor`: it came by the front door and cannot resume.
    """

    number: int
    account: str
    token_hash: bytes
    nick: str
    bot: bool = False
    visitor: bool = False
    present: bool = False
    largest_id: str = ""
    rooms: set[str] = msgspec.field(default_factory=set)


class Room(msgspec.Struct, kw_only=True):
    """A room's end of the log. `place`: the key of its seq 0; `at`: the time of its newest event, in ms."""

    number: int
    name: str
    place: int
    head: int = 0
    at: int = 0
    people: dict[str, Person] = {}
    fresh: "Fresh | None" = None


class Fresh(msgspec.Struct):
    """What a batch adds to a room: consecutive events, and the same encoded as they stand in the log."""

    room: Room
    first: int
    events: list[StoredEvent] = []
    bodies: list[bytes] = []


class Snapshot(msgspec.Struct):
    """What a log holds, as a state machine needs it to go on."""

    rooms: dict[str, Room]
    people: list[Person]
    last_account: int


class SessionExpired(msgspec.Struct, frozen=True):
    """A session is over without a request of its client."""

    reason: LeftReason
    id: str


Durable = Message | Join | Leave | End | SessionExpired


class Command(msgspec.Struct, gc=False):
    """One ordered request. `at`: Unix ms. `person`: who joins, where `account` is not awake yet.

    `bot`: it came by a connection that joined as a bot.

    `answer` is filled in by `decide`; for a granted join it stays None (the hub knows what to say).
    """

    account: str
    request: Durable
    at: int
    person: Person | None = None
    answer: Stored | Error | None = None
    bot: bool = False


class IdRange(msgspec.Struct):
    """Consecutive messages of one account in one room, under growing ids: `largest_id` is the last one's."""

    account: int
    room: Room
    first: int
    last: int
    largest_id: str


class Batch(msgspec.Struct):
    """What must be on the disk before anybody hears of it.

    `id_ranges`, `out_of_order_ids`: who stored what under which id; the latter (account, id, place) for ids
    that do not grow. `members`: by account and room, whether it is in it now. `gone`: accounts, by number,
    that nothing needs any more. `news`: the events that are no messages.
    """

    fresh: list[Fresh] = []
    news: list[StoredEvent] = []
    new_rooms: list[Room] = []
    id_ranges: list[IdRange] = []
    out_of_order_ids: list[tuple[int, str, int]] = []
    people: dict[str, Person] = {}
    members: dict[tuple[int, int], bool] = {}
    gone: list[int] = []

    def __bool__(self) -> bool:
        return bool(self.fresh or self.people or self.members or self.gone)
