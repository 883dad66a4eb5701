"""The network between clients and broker, in simulated time: it delays, loses, cuts, half-opens and floods.

Runs in the simulation's only thread; a connection is over when both ends have noticed it.
"""

import itertools
import random
from collections.abc import Callable
from typing import Protocol

import msgspec

from tests.simulation.schedule import Schedule

NOTICED_S = 20.0  # a connection that is half open is given up by both ends within this
LONGEST_STALL_S = 7.0  # longer than a client waits for a join
GONE_S = 0.3  # the end of a process reaches the other end, when the network lets it


class Weather(msgspec.Struct):
    """How the network is. Delays in s; the others are probabilities, but for `queue_frames`."""

    delay_s: float = 0.02
    stall: float = 0.0  # a frame that takes much longer, and all behind it on its connection
    pub_loss: float = 0.0
    answer_loss: float = 0.0
    queue_frames: int = 1000  # what may wait for a subscriber that does not read


class Host(Protocol):
    """The broker's end. `life` counts its processes; None while there is none."""

    life: int | None

    def arrived(self, connection: "Connection", frame: bytes) -> None: ...
    def vanished(self, connection: "Connection") -> None: ...


class Guest(Protocol):
    """The client's end."""

    def arrived(self, connection: "Connection", frame: bytes) -> None: ...
    def heard(self, frame: bytes) -> None: ...
    def vanished(self, connection: "Connection") -> None: ...
    def reads(self) -> bool: ...


class Network:
    """All that lies between. Attributes: `weather`, `host`, `unplugged`: clients that are cut off."""

    def __init__(self, schedule: Schedule, chance: random.Random) -> None:
        self.schedule = schedule
        self.chance = chance
        self.weather = Weather()
        self.host: Host
        self.connections: list[Connection] = []
        self.feeds: list[Feed] = []
        self.unplugged: set[int] = set()
        self.say: Callable[..., None] = lambda *what: None
        self._numbers = itertools.count(1)

    def delay(self) -> float:
        chance, weather = self.chance, self.weather
        if weather.stall and chance.random() < weather.stall:
            return chance.uniform(0.5, LONGEST_STALL_S)
        return weather.delay_s * (0.2 + chance.random())

    def connect(self, guest: Guest, number: int) -> "Connection":
        """A client opens a connection; it learns later whether somebody is there."""
        connection = Connection(self, guest, number, b"\0" + next(self._numbers).to_bytes(4, "big"))
        self.connections.append(connection)
        self.schedule.after(self.delay(), connection.establish)
        return connection

    def listen(self, guest: Guest, number: int) -> "Feed":
        feed = Feed(self, guest, number)
        self.feeds.append(feed)
        return feed

    def publish(self, topic: str, frame: bytes) -> None:
        for feed in self.feeds:
            feed.publish(topic, frame)

    def host_died(self, *, at_once: bool) -> None:
        """The broker's process is gone; `at_once`: its machine too, so nobody says so."""
        for connection in self.connections:
            connection.lose_down()
            wait_s = self.chance.uniform(0.0, NOTICED_S if at_once else GONE_S)
            self.schedule.after(wait_s, connection.tell_guest)
        self.connections = []
        for feed in self.feeds:
            feed.cut()

    def gone(self, connection: "Connection") -> None:
        if connection in self.connections:
            self.connections.remove(connection)


class Way:
    """One direction of a connection: first in, first out."""

    def __init__(self, network: Network, deliver: Callable[[bytes], None]) -> None:
        self._network = network
        self._deliver = deliver
        self._free_at = 0.0
        self.open = True

    def send(self, frame: bytes) -> None:
        if self.open:
            self._free_at = max(self._free_at, self._network.schedule.now + self._network.delay())
            self._network.schedule.at(self._free_at, lambda: self._arrive(frame))

    def _arrive(self, frame: bytes) -> None:
        if self.open:
            self._deliver(frame)


class Connection:
    """DEALER to ROUTER. `key` is what the broker knows it by."""

    def __init__(self, network: Network, guest: Guest, number: int, key: bytes) -> None:
        self.key = key
        self.number = number
        self._network = network
        self._guest = guest
        self._life: int | None = None
        self._up = Way(network, self._to_host)
        self._down = Way(network, lambda frame: guest.arrived(self, frame))
        self._early: list[bytes] | None = []  # what was sent before the connection stood
        self._host_knows = self._guest_knows = False
        if number in network.unplugged:
            self._up.open = self._down.open = False

    def establish(self) -> None:
        early, self._early = self._early or [], None
        host = self._network.host
        if not self._up.open or self._guest_knows:
            return
        if host.life is None:
            self._network.schedule.after(self._network.delay(), self.tell_guest)
            return
        self._life = host.life
        for frame in early:
            self._up.send(frame)

    def send_up(self, frame: bytes) -> None:
        if self._early is None:
            self._up.send(frame)
        else:
            self._early.append(frame)

    def send_down(self, frame: bytes) -> None:
        weather = self._network.weather
        if weather.answer_loss and self._network.chance.random() < weather.answer_loss:
            self._network.say("network", "an answer is dropped for", self.number)
            if (
                b'"op":"invited"' in frame
            ):  # of which only a new connection tells: no libzmq loses it and goes on
                self.cut()
            return
        self._down.send(frame)

    def close(self) -> None:
        """The client lets go of it, or died."""
        self._guest_knows = True
        self._down.open = False
        if self._network.chance.random() < 0.5:
            self._up.open = False
        wait_s = self._network.delay() if self._up.open else self._network.chance.uniform(0.0, GONE_S)
        if self.number in self._network.unplugged:
            wait_s = self._network.chance.uniform(GONE_S, NOTICED_S)
        self._network.schedule.after(wait_s, self.tell_host)

    def cut(self) -> None:
        """Nothing gets through any more; each end notices in its own time."""
        self._up.open = self._down.open = False
        longest_s = NOTICED_S if self._network.chance.random() < 0.5 else GONE_S
        self._both_notice_within(longest_s)

    def half_open(self) -> None:
        """One direction is silent; heartbeats notice."""
        (self._up if self._network.chance.random() < 0.5 else self._down).open = False
        self._both_notice_within(NOTICED_S)

    def lose_down(self) -> None:
        """The broker's process is gone: what it had sent may be on its way."""
        self._up.open = False
        if self._network.chance.random() < 0.5:
            self._down.open = False

    def tell_guest(self) -> None:
        self._down.open = self._up.open = False
        if not self._guest_knows:
            self._guest_knows = True
            self._guest.vanished(self)

    def tell_host(self) -> None:
        self._up.open = False
        if not self._host_knows:
            self._host_knows = True
            self._network.gone(self)
            if self._life is not None and self._life == self._network.host.life:
                self._network.host.vanished(self)

    def _both_notice_within(self, longest_s: float) -> None:
        for tell in (self.tell_guest, self.tell_host):
            self._network.schedule.after(self._network.chance.uniform(0.0, longest_s), tell)

    def _to_host(self, frame: bytes) -> None:
        if self._life is not None and self._life == self._network.host.life:
            self._network.host.arrived(self, frame)


class Feed:
    """PUB to one SUB: subscribing takes a moment, and what a slow reader leaves is dropped."""

    def __init__(self, network: Network, guest: Guest, number: int) -> None:
        self._network = network
        self._guest = guest
        self._number = number
        self._wanted: list[str] = []
        self._topics: tuple[str, ...] = ()
        self._waiting: list[bytes] = []
        self._free_at = 0.0
        self._line = 0  # counts the connections; what is on its way on an old one is lost
        self._closed = False

    def subscribe(self, topics: frozenset[str]) -> None:
        self._wanted = sorted(topics)
        self._network.schedule.after(self._network.delay(), self._stand)

    def close(self) -> None:
        self.cut()
        self._closed = True
        self._network.feeds.remove(self)

    def cut(self) -> None:
        """The connection breaks; libzmq makes another one by itself, and subscribes again."""
        self._line += 1
        self._topics = ()
        self._waiting.clear()
        self._network.schedule.after(self._network.chance.uniform(0.05, 3.0), self._stand)

    def wake(self) -> None:
        """The computer runs again."""
        self.drain()
        if not self._topics:
            self._network.schedule.after(self._network.chance.uniform(0.05, 1.0), self._stand)

    def publish(self, topic: str, frame: bytes) -> None:
        if not self._topics or not topic.startswith(self._topics):
            return
        network, weather = self._network, self._network.weather
        if self._number in network.unplugged:
            return
        if weather.pub_loss and network.chance.random() < weather.pub_loss:
            network.say("network", "a broadcast is lost for", self._number, frame[:60])
            return
        if len(self._waiting) >= weather.queue_frames:
            network.say("network", "a slow reader loses a broadcast", self._number, frame[:60])
            return
        self._waiting.append(frame)
        self._free_at = max(self._free_at, network.schedule.now + network.delay())
        line = self._line
        network.schedule.at(self._free_at, lambda: self.drain(line))

    def drain(self, line: int | None = None) -> None:
        """The reader takes what waits, if it reads."""
        if line not in (None, self._line) or not self._guest.reads():
            return
        if line is None:
            frames, self._waiting = self._waiting, []
        else:
            frames, self._waiting = self._waiting[:1], self._waiting[1:]
        for frame in frames:
            self._guest.heard(frame)

    def _stand(self) -> None:
        network = self._network
        if self._closed or not self._guest.reads():  # of a computer that sleeps, not even libzmq runs
            return
        if network.host.life is not None and self._number not in network.unplugged:
            self._topics = tuple(self._wanted)
        else:
            network.schedule.after(network.chance.uniform(0.2, 2.0), self._stand)
