"""What attackers are made of: a target, and connections that are never waited for.

Runs in the one thread of an attacker (`attacker.py`), which ends when its time is over.
"""

import contextlib
import random
import re
import selectors
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from tests.hostile import zmtp

BIND_LATER = getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24)  # so that many connections can share a port
AT_ONCE = struct.pack("ii", 1, 0)  # to close without sending the rest
TURN_S = 0.05
MORE_S = 30.0
LET_IN_S = 10.0
READY_MORE = 24  # what the READY of libzmq has beside the kind of the socket, or less
MOST_WAITING = 512 * 1024  # of what one connection has not got rid of, before more is made for it
CODE = re.compile(rb'"code":"(\w+)"')
OP = re.compile(
    rb'"op":"(joined|stored|pong|history|rooms|members|found|!end)","id":'
)  # events have none there
TOKEN = re.compile(rb'"token":"([\w-]+)"')
WAITED = 1000  # requests, and more, of who asks until it is cut off: each of them was one too many
TAIL = 80  # none of these is longer

Address = tuple[str, int]


class Target(NamedTuple):
    """The broker, and how this attacker goes about it.

    `source`: the address that it comes from. `seconds`: for how long it is at it. `number`: which of several
    attackers it is. `data`: the folder of the broker, for whoever is on the same computer. `least`: what it
    must have managed; it goes on for up to `MORE_S` if it has not, as on a machine that has no time for it.
    """

    requests: Address
    broadcasts: Address
    front_door: Address
    source: str
    seconds: float
    number: int
    data: Path
    chance: random.Random
    least: Mapping[str, float] = MappingProxyType({})

    def name(self, stem: str) -> str:
        """One that nobody else has."""
        return f"{stem}{self.number}{self.chance.randrange(16**8):08x}"


class Line:
    """One connection. `ended`: it is no more, whoever ended it. `deaf`: it takes nothing.

    `kind`: of a socket of ZeroMQ, whose messages wait until the other side has shaken hands; or empty.
    `token`: of its session, once it is in. `house`: a room of its own; `guest`: who comes in there.
    """

    def __init__(self, swarm: "Swarm", place: Address, source: str, *, kind: str, deaf: bool) -> None:
        self.out = bytearray(zmtp.hello(kind) if kind else b"")
        self._held = bytearray()
        self._greeted = not kind
        self.ended = False
        self.deaf = deaf
        self.got = 0
        self.token = self.house = self.guest = ""
        self._swarm = swarm
        self._tail = b""
        self.socket = socket.socket()
        self.socket.setblocking(False)
        if deaf:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.setsockopt(socket.IPPROTO_IP, BIND_LATER, 1)
        self.socket.bind((source, 0))
        self.socket.connect_ex(place)

    @property
    def waiting(self) -> int:
        """Bytes that it has not got rid of."""
        return len(self.out) + len(self._held)

    @property
    def answered(self) -> bool:
        """Whether more came than the other side's half of the handshake."""
        return self._greeted and self.got > len(zmtp.GREETING) + len(zmtp.ready("ROUTER")) + READY_MORE

    @property
    def reads(self) -> bool:
        return not (self._greeted and self.deaf)

    def send(self, data: bytes) -> None:
        if not self._greeted:
            self._held += data
            return
        idle = not self.out
        self.out += data
        if idle:
            self._swarm.watch(self)

    def ready(self, events: int) -> None:
        try:
            if events & selectors.EVENT_WRITE and self.out:
                sent = self.socket.send(self.out)
                self._swarm.tally["bytes"] += sent
                del self.out[:sent]
                if not self.out:
                    self._swarm.watch(self)
            if events & selectors.EVENT_READ:
                self._read()
        except BlockingIOError:
            pass
        except (ConnectionResetError, BrokenPipeError):
            self._cut_off()
        except OSError:
            self.close()

    def close(self) -> None:
        if not self.ended:
            self.ended = True
            self._swarm.forget(self)
            self.socket.close()

    def half_close(self) -> None:
        """All is said: it closes the sending side, and still reads."""
        self._end("half closed", lambda: self.socket.shutdown(socket.SHUT_WR))

    def break_off(self) -> None:
        """Gone in the middle of it: its system sends a reset, and what waits is lost."""
        self._end("broken off", lambda: self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE))
        self.close()

    def _end(self, how: str, act: Callable[[], None]) -> None:
        if not self.ended:
            try:
                act()
            except OSError:
                self.close()
            else:
                self._swarm.tally[how] += 1

    def _cut_off(self) -> None:
        """By the other side: by a reset where it had not read all that came."""
        self._swarm.tally["cut off"] += 1
        self._swarm.tally["stopped"] += WAITED
        self.close()

    def _read(self) -> None:
        data = self.socket.recv(262144)
        if not data:
            self._cut_off()
            return
        self._swarm.tally["reached"] += not self.got
        self.got += len(data)
        if not self._greeted and self.got > len(zmtp.GREETING):
            self._greeted = True
            self.out += self._held
            self._held.clear()
            self._swarm.watch(self)
        seen = self._tail + data
        for pattern in (CODE, OP):
            for found in pattern.finditer(seen):
                if found.end() > len(self._tail):
                    self._swarm.tally[found[1].decode()] += 1
                    self._swarm.tally["stopped"] += found[1] == b"slow_down"
        if not self.token and (token := TOKEN.search(seen)):
            self.token = token[1].decode()
        self._tail = seen[-TAIL:]


class Swarm:
    """Connections of one attacker, and what came of them: `tally`.

    It counts bytes that were sent, connections, those that were `reached` (the broker said something), cut
    off by it, half closed or broken off, and answers: by their op, and by the code of an error.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.tally: Counter[str] = Counter()
        self.lines: list[Line] = []
        self._selector = selectors.DefaultSelector()
        self._began: float | None = None

    def open(
        self, door: Address, first: bytes = b"", *, kind: str = "", deaf: bool = False, source: str = ""
    ) -> Line:
        """A connection that says this at once, or if it is of a kind as soon as it may."""
        line = Line(self, door, source or self.target.source, kind=kind, deaf=deaf)
        self.lines.append(line)
        self.tally["connections"] += 1
        line.send(first)
        self.watch(line)
        return line

    def guest(self, *, deaf: bool = False) -> Line:
        """At the requests door, without a session."""
        return self.open(self.target.requests, kind="DEALER", deaf=deaf)

    def subscriber(self, topics: bytes = b"", *, deaf: bool = False) -> Line:
        """At the broadcasts door; `topics`: its subscriptions, as frames."""
        return self.open(self.target.broadcasts, topics, kind="SUB", deaf=deaf)

    def session(self, *, deaf: bool = False, **fields: Any) -> Line:
        """At the requests door; it asks for a session as soon as it is connected."""
        line = self.guest(deaf=deaf)
        line.send(zmtp.requests({"op": "join", "id": "join", "nick": self.target.name("eve"), **fields}))
        return line

    def token(self) -> str:
        """Of a new account, which is gone again; empty if nobody is let in."""
        line, deadline = self.session(), time.monotonic() + LET_IN_S
        while not (line.token or line.ended) and time.monotonic() < deadline:
            self.turn()
        line.close()
        self.lines.remove(line)
        return line.token

    def turn(self, wait_s: float = TURN_S) -> None:
        if not self._selector.get_map():
            time.sleep(wait_s)
        for key, events in self._selector.select(wait_s):
            key.data.ready(events)

    def turns(self, pause_s: float = TURN_S) -> Iterator[float]:
        """Until the time is over; one every `pause_s`, connections are served meanwhile. Gives the time.

        The time begins with the first of them: what is opened before does not shorten it.
        """
        if self._began is None:
            self._began = time.monotonic()
            print("attacking", flush=True)
        while not self._over(time.monotonic() - self._began):
            now = time.monotonic()
            yield now
            while (left := now + pause_s - time.monotonic()) > 0:
                self.turn(left)
            self.turn(0)

    def _over(self, elapsed_s: float) -> bool:
        late_s = elapsed_s - self.target.seconds
        return late_s >= MORE_S or (
            late_s >= 0 and all(self.tally[what] >= least for what, least in self.target.least.items())
        )

    def hold(self) -> None:
        """Nothing more is said until the time is over."""
        for _ in self.turns():
            pass

    def flood(self, make: Callable[[Line], bytes], *, again: Callable[[], object] | None = None) -> None:
        """Each connection says this every turn, unless it is behind. `again`: takes the place of one that
        was cut off, one a turn."""
        for _ in self.turns():
            for line in self.lines:
                if line.waiting < MOST_WAITING and not line.ended:
                    line.send(make(line))
            lost = [line for line in self.lines if line.ended]
            if lost and again is not None:
                self.lines.remove(lost[0])
                again()

    def watch(self, line: Line) -> None:
        """For what it waits now: to be written to, to be read."""
        self.forget(line)
        interest = selectors.EVENT_WRITE * bool(line.out) | selectors.EVENT_READ * line.reads
        if interest and not line.ended:
            self._selector.register(line.socket, interest, line)

    def forget(self, line: Line) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(line.socket)

    def close(self) -> None:
        for line in self.lines:
            line.close()
        self._selector.close()
