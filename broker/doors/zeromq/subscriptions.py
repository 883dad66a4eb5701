"""What each connection to the broadcasts door listens to, and who listens to too much. Pure: it only counts.

libzmq keeps a node of some 46 bytes for each byte of a topic, and an entry for each of its listeners, and
goes through all nodes whenever a connection ends. So they are bounded, for one connection and for all.
Whoever asks for more is to be cut off; where all of them together do, whoever has most at the address that
has most.
"""

from collections import Counter
from collections.abc import Callable, Mapping

TOPIC_BYTES = 300  # a room's name has at most 256 bytes
TOPICS = 1000  # of one connection: more rooms than anyone is in
OWN_BYTES = 2**15  # of their names: a hundred rooms of the longest
ALL_BYTES = 2**16  # of all topics, each once: 3 ms to go through, and 3 MB; names of 5,000 rooms, or so
ALL_LISTENING = 500_000  # topics of all connections: some 30 MB
COMMON = b"room/"  # which all topics begin with
COMMON_BYTES = len(COMMON)
HEADER_BYTES = 12  # what stands before a topic on the wire, at most


class Subscriptions:
    """`host_of`: the address of a connection. `topics`, `own_bytes`: the bounds of one;
    `all_bytes`, `all_listening`: of all.

    Attributes: `of_all`, how many connections listen to what all topics begin with.
    """

    def __init__(
        self,
        host_of: Callable[[int], str],
        topics: int = TOPICS,
        own_bytes: int = OWN_BYTES,
        all_bytes: int = ALL_BYTES,
        all_listening: int = ALL_LISTENING,
    ) -> None:
        self._host_of = host_of
        self._most_topics = topics
        self._most_own = own_bytes
        self._most_bytes = all_bytes
        self._most_listening = all_listening
        self._topics: dict[int, set[bytes]] = {}
        self._asked: dict[int, int] = {}  # bytes of the topics of each
        self._listeners: dict[bytes, int] = {}
        self._same: dict[bytes, bytes] = {}  # a topic is kept once, however many listen to it
        self._bytes = self._listening = 0
        self.of_all = 0
        self._said: dict[int, int] = {}  # bytes that each has sent
        self._leaving: dict[int, int] = {}  # bytes of the topics of those that were cut off

    @property
    def listeners(self) -> Mapping[bytes, int]:
        """How many connections listen to each topic, as it changes; to a part of a room's name is another."""
        return self._listeners

    def is_full(self) -> bool:
        """Whether there is as much as there may be, with those who were cut off and are not gone yet."""
        return self._bytes + sum(self._leaving.values()) > self._most_bytes

    def taken(self, fd: int) -> int:
        """Bytes that a connection has said so far."""
        return self._said.get(fd, 0)

    def said(self, fd: int, message: bytes) -> int | None:
        """A connection subscribes or cancels. Returns one that is to be cut off, if any is."""
        kind, topic = message[:1], message[1:]
        self._said[fd] = self._said.get(fd, 0) + HEADER_BYTES + len(topic)
        if kind not in (b"\0", b"\1") or len(topic) > TOPIC_BYTES:
            return fd  # it talks, where it is to listen; or there is no such room
        topics = self._topics.setdefault(fd, set())
        if kind == b"\0":
            if topic in topics:
                topics.discard(topic)
                self._asked[fd] -= len(topic)
                self._drop(topic)
            return None
        if topic in topics:
            return None
        if len(topics) >= self._most_topics or self._asked.get(fd, 0) + len(topic) > self._most_own:
            return fd
        topics.add(self._same.setdefault(topic, topic))
        self._asked[fd] = self._asked.get(fd, 0) + len(topic)
        count = self._listeners[topic] = self._listeners.get(topic, 0) + 1
        self._listening += 1
        self.of_all += COMMON.startswith(topic)
        if count == 1:
            self._bytes += _nodes(topic)
        if self._bytes > self._most_bytes or self._listening > self._most_listening:
            return self._greediest()
        return None

    def cut_off(self, fd: int) -> None:
        """A connection was: it counts no more among those who may be."""
        size = self._asked.get(fd, 0)
        self.gone(fd)
        self._leaving[fd] = size

    def gone(self, fd: int) -> None:
        """A connection is closed."""
        self._leaving.pop(fd, None)
        self._asked.pop(fd, None)
        self._said.pop(fd, None)
        for topic in self._topics.pop(fd, ()):
            self._drop(topic)

    def _drop(self, topic: bytes) -> None:
        left = self._listeners[topic] - 1
        self._listening -= 1
        self.of_all -= COMMON.startswith(topic)
        if left:
            self._listeners[topic] = left
        else:
            del self._listeners[topic], self._same[topic]
            self._bytes -= _nodes(topic)

    def _greediest(self) -> int:
        by_host = Counter[str]()
        for fd, size in self._asked.items():
            by_host[self._host_of(fd)] += size
        ((host, _),) = by_host.most_common(1)
        return max((fd for fd in self._asked if self._host_of(fd) == host), key=self._asked.__getitem__)


def _nodes(topic: bytes) -> int:
    return max(1, len(topic) - COMMON_BYTES)
