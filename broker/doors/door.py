"""What a door is to the broker: a way in, and back out. Pure: an interface, and the values that cross it.

The loop (broker/runtime/server.py) has a list of doors and knows none of them by its type; which ones there
are stands in broker/doors/doors.py. tests/broker/doors/datagrams.py shows the least that makes one.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from loggia.broker.doors.per_address import network
from loggia.broker.sessions.delivery import Delivery
from loggia.broker.sessions.marks import Mark
from loggia.broker.sessions.peers import Requests
from loggia.shared.protocol.answers import AnyAnswer


class Connection:
    """One connection at a door. To everybody behind the door a key, and the same as no other.

    Attributes: `door`, which knows the way back; `peer`, its address for people; `host`, what counts as one
    address with others; `unread`, bytes of answers that wait as it does not take them.
    """

    __slots__ = ("door", "peer", "unread")

    def __init__(self, door: "Door[Any]", peer: str) -> None:
        self.door = door
        self.peer = peer
        self.unread = 0

    @property
    def host(self) -> str:
        return network(self.peer.rpartition(":")[0].strip("[]"))


C = TypeVar("C", bound=Connection)


class Parting(NamedTuple):
    """Why a broker ends, in words for its log, for programs and for people at a terminal."""

    log: str
    clients: str
    visitors: str


class Opened(NamedTuple):
    """A door that is open. `at`: its address for people; `bound`: the settings, with the addresses that are
    really served; `lines`: what the log says of it."""

    at: str
    bound: Mapping[str, object] = {}
    lines: Sequence[str] = ()


class Load(NamedTuple):
    """What there is at a door, for a metrics page. `connections`: open now; `waiting`: bytes, by where they
    wait; `delivered`: events since the start, each as often as somebody was told. All by a name."""

    connections: Mapping[str, int] = {}
    waiting: Mapping[str, int] = {}
    delivered: Mapping[str, int] = {}


class Inside(Protocol):
    """What a door may ask of the broker, from the loop's thread and at any time."""

    def submit(self, door: "Door[C]", arrived: Iterable[tuple[C, Requests]]) -> None:
        """Connections said something, in this order. It is answered by `answer`, after this returned."""

    def lost(self, connection: Connection) -> None:
        """A connection is gone, after all that it said."""

    def turn(self) -> None:
        """Take a turn now: there is something to be taken in."""

    def count(self, name: str, by: int = 1) -> None:
        """Count what happened (broker/sessions/hub.py, COUNTED and USUAL)."""


class Door(ABC, Generic[C]):
    """One way in. Everything is called on the loop's thread, nothing before `open` or after `close`.

    Whatever it raises is logged and costs nobody at another door anything.

    Attributes: `name`, for the log; `visitors`: whoever comes in by it is gone with the connection, and has
    nothing to come back for.
    """

    name: str
    visitors = False

    @abstractmethod
    def open(self) -> Opened:
        """Let people in. Raises OSError, with a sentence, when its address is taken."""

    @abstractmethod
    def answer(self, connection: C, answers: Sequence[AnyAnswer | Mark]) -> None:
        """The answers to what was submitted for this connection, in order, after the commit. Marks come only
        to who submitted them."""

    @abstractmethod
    def deliver(self, delivery: Delivery) -> None:
        """What happened in a room: to those of its connections who hear of it (`delivery.among`), also to who
        did it, and to nobody else."""

    @abstractmethod
    def close(self, parting: Parting | None, in_session: Sequence[C]) -> None:
        """Tell whoever is here, of whom these have a session, and close all; the loop stands still meanwhile.
        None: without a word. It may not have been opened."""

    def take_in(self) -> None:
        """A turn begins: submit what waits, up to a bound, and then say who is gone."""

    def has_input(self) -> bool:
        """Whether more waits to be taken in than the loop will tell of by itself."""
        return False

    def stop_accepting(self) -> None:
        """Nobody comes in any more; who is here stays."""

    def cut_off(self, connection: C) -> None:
        """Close it, as it takes more than its share, or its account was taken from it. `lost` is told as of
        any other. Who knows no way to close one leaves it without a session."""

    def nameless(self) -> int:
        """How many are here, as people see it, that have no session yet."""
        return 0

    def load(self) -> Load:
        """What there is now. It is asked for often, so it is not counted through for that."""
        return Load()

    def broadcasts_for(self, connection: C) -> str:
        """The endpoint at which this connection subscribes; empty where all comes over itself."""
        return ""
