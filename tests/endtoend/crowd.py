"""Many library sessions in one process, over real sockets: `python -m tests.endtoend.crowd --help`.

Runs in one thread, and ends when standard input does. When all are in their room, and whenever they are again
after some were not, it writes a line `here JSON`; after a line on standard input some of them say something,
and it writes `answered JSON`: how long each answer took (s). The sessions are the library's own; what their
link would keep on the disk is left out.
"""

import argparse
import contextlib
import json
import os
import random
import resource
import select
import sys

import zmq
from loggia.shared.client import effects, updates
from loggia.shared.client.commands import Say
from loggia.shared.client.ids import Ids
from loggia.shared.client.link.link import clock
from loggia.shared.client.link.loop import wall_ms
from loggia.shared.client.saved import Saved
from loggia.shared.client.session.session import Session
from loggia.shared.protocol.limits import LOBBY

LOOK_S = 0.02  # how often the sessions' deadlines are looked at
SPREAD_S = 2.0  # over which the crowd asks, when told to
ARRIVING = 25  # at a time, at first
TALKERS = 10  # every tenth of them says something
_GONE = zmq.EVENT_DISCONNECTED | zmq.EVENT_CLOSED | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL


class Member:
    """One session and its sockets. `resumed`: its last session was the one before it. `answered_s`: how long
    the answer to what it said last took.
    """

    def __init__(self, crowd: "Crowd", nick: str, room: str) -> None:
        ids = Ids(nick.replace(" ", "")[-8:])
        self._crowd = crowd
        self._room = room
        self._sockets: dict[str, zmq.Socket[bytes]] = {}
        self.session = Session(
            nick=nick,
            rooms=[room],
            saved=Saved(),
            new_id=lambda: ids.new(wall_ms()),
            chance=random.random,
        )
        self.connected = False
        self.resumed = False
        self.answered_s = 0.0
        self._said_at = 0.0
        self._new_id = ids.new

    def start(self) -> None:
        self._perform(self.session.start(clock()))

    def say(self, text: str) -> None:
        say = Say(id=self._new_id(wall_ms()), room=self._room, text=text)
        self._said_at, self.answered_s = clock(), 0.0
        self._perform(self.session.asked([say], clock(), wall_ms()))

    def tick(self, now: float) -> None:
        wake_at = self.session.wake_at(now)
        if wake_at is not None and wake_at <= now:
            self._perform(self.session.tick(now))

    def read(self) -> None:
        """All that waits at the sockets; what is done about it may bring more."""
        session, found = self.session, True
        while found:
            found = False
            broken = any(True for _ in self._frames("monitor"))
            for frame in self._frames("dealer"):
                found = True
                self._perform(session.heard([frame], [], clock()))
            for frame in self._frames("sub"):
                found = True
                self._perform(session.heard([], [frame], clock()))
            if broken:
                found = True
                self._perform(session.broke(clock()))

    def close(self) -> None:
        for name in list(self._sockets):
            self._drop(name)

    def _perform(self, todo: list[effects.Effect]) -> None:
        for effect in todo:
            match effect:
                case effects.Connect():
                    self._connect()
                case effects.Disconnect():
                    self.close()
                case effects.Send():
                    with contextlib.suppress(zmq.Again):  # it just broke
                        self._sockets["dealer"].send(effect.frame, zmq.DONTWAIT)
                case effects.Subscribe() if "sub" not in self._sockets:
                    sub = self._add("sub", zmq.SUB)
                    sub.connect(effect.endpoint)
                    for topic in effect.topics:
                        sub.subscribe(topic)
                case effects.Tell():
                    self._note(effect.update)
        if todo:
            self._crowd.touched.add(self)

    def _note(self, update: updates.Update) -> None:
        match update:
            case updates.ConnectionStatus():
                self.connected = update.connection == "connected"
            case updates.Entered():
                self.resumed = update.resumed
            case updates.Delivered():
                self.answered_s = clock() - self._said_at

    def _connect(self) -> None:
        self.close()
        dealer = self._add("dealer", zmq.DEALER)
        dealer.setsockopt(zmq.RECONNECT_IVL, -1)
        self._add("monitor", dealer.get_monitor_socket(_GONE))
        dealer.connect(self._crowd.requests)

    def _add(self, name: str, made: "int | zmq.Socket[bytes]") -> "zmq.Socket[bytes]":
        socket = self._crowd.context.socket(made) if isinstance(made, int) else made
        socket.linger = 0
        self._sockets[name] = socket
        self._crowd.watch(socket, self)
        return socket

    def _drop(self, name: str) -> None:
        socket = self._sockets.pop(name)
        self._crowd.unwatch(socket)
        if name == "dealer":
            socket.disable_monitor()
        socket.close()

    def _frames(self, name: str) -> list[bytes]:
        frames: list[bytes] = []
        if (socket := self._sockets.get(name)) is not None:
            try:
                while True:
                    frames.append(socket.recv_multipart(zmq.DONTWAIT)[-1])
            except zmq.Again:
                pass
        return frames


class Crowd:
    """`clients` members in one room."""

    def __init__(self, requests: str, clients: int, first: int, room: str) -> None:
        self.requests = requests
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.context.set(zmq.MAX_SOCKETS, clients * 6 + 10)
        self.touched: set[Member] = set()
        self._epoll = select.epoll()
        self._epoll.register(sys.stdin, select.EPOLLIN)
        self._by_fd: dict[int, Member] = {}
        self._all_here = False
        self._arrived: list[Member] = []
        self._asking: list[tuple[float, Member]] = []  # who says something, and when; the first ones last
        self._awaited: list[Member] = []
        self.members = [Member(self, f"member {first + number}", room) for number in range(clients)]

    def watch(self, socket: "zmq.Socket[bytes]", member: Member) -> None:
        self._by_fd[socket.FD] = member
        self._epoll.register(socket.FD, select.EPOLLIN)

    def unwatch(self, socket: "zmq.Socket[bytes]") -> None:
        self._epoll.unregister(socket.FD)
        del self._by_fd[socket.FD]

    def run(self) -> None:
        while self._look():
            self._arrive()
            while self.touched:  # descriptors are edge-triggered, and whatever is done may eat the edge
                self.touched.pop().read()
            now = clock()
            for member in self._arrived:
                member.tick(now)
            while self._asking and self._asking[-1][0] <= now:
                self._asking.pop()[1].say("is everybody back?")
            self._tell()

    def _arrive(self) -> None:
        """They come one after another, and have time to; it is the coming back at once that is tested."""
        outside = sum(not member.connected for member in self._arrived)
        for member in self.members[len(self._arrived) :][: max(0, ARRIVING - outside)]:
            self._arrived.append(member)
            member.start()

    def close(self) -> None:
        for member in self.members:
            member.close()
        self.context.term()
        self._epoll.close()

    def _look(self) -> bool:
        """Wait a little for something to read; False at the end of standard input."""
        for fd, _ in self._epoll.poll(LOOK_S):
            if fd in self._by_fd:
                self.touched.add(self._by_fd[fd])
            elif fd == sys.stdin.fileno():
                if not os.read(fd, 100):
                    return False
                self._ask()
        return True

    def _ask(self) -> None:
        self._awaited = self.members[::TALKERS]
        for member in self._awaited:
            member.answered_s = 0.0
        now = clock()
        self._asking = sorted(
            ((now + random.random() * SPREAD_S, member) for member in self._awaited), key=_late
        )

    def _tell(self) -> None:
        all_here = all(member.connected for member in self.members)
        if all_here and not self._all_here:
            resumed = sum(member.resumed for member in self.members)
            self._write("here", {"members": len(self.members), "resumed": resumed})
        self._all_here = all_here
        if self._awaited and all(member.answered_s for member in self._awaited):
            self._write("answered", [round(member.answered_s, 3) for member in self._awaited])
            self._awaited = []

    def _write(self, what: str, told: object) -> None:
        print(what, json.dumps(told), flush=True)


def _late(planned: tuple[float, Member]) -> float:
    return -planned[0]


def main() -> None:
    command = argparse.ArgumentParser(prog="crowd")
    command.add_argument("--requests", required=True, help="the broker's requests door")
    command.add_argument("--clients", type=int, required=True, help="how many")
    command.add_argument("--first", type=int, default=0, help="the number in the nick of the first")
    command.add_argument("--room", default=LOBBY, help="where they all are")
    options = command.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    crowd = Crowd(**vars(options))
    try:
        crowd.run()
    finally:
        crowd.close()


if __name__ == "__main__":
    main()
