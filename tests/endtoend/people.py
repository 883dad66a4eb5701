"""Everybody who can be in a room, as a test drives them: `say` something, and `hears` what somebody said.

All of them run in the test's own thread but for the processes; `close` ends each.
"""

import contextlib
import itertools
import json
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any, Self

import zmq

from tests.patience import PATIENCE_S

HEAR_S = PATIENCE_S
QUIET_MS = 100  # without a broadcast: then the log is asked what was missed
PACKET_BYTES = 1024  # what the original client takes with one recv


class Visitor:
    """Somebody at the front door, by default in line mode as with `nc`. `heard`: the messages, in order."""

    line_end = "\n"

    def __init__(self, door: tuple[str, int], nick: str) -> None:
        self.nick = nick
        self.heard: list[str] = []
        self._rest = ""
        self._socket = socket.create_connection(door, timeout=HEAR_S)
        self.greeting = self._socket.recv(PACKET_BYTES).decode()
        self.say(nick)

    def say(self, text: str) -> None:
        self._socket.sendall((text + self.line_end).encode())

    def hears(self, text: str, by: str) -> None:
        """Block until somebody's message with that text came."""
        self.reads(f"{by}: {text}")

    def reads(self, line: str) -> None:
        """Block until this came."""
        while not self._has(line):
            self._hear()

    def ends(self) -> None:
        """Say goodbye, and block until the broker has said it and closed."""
        self.say("!end")
        while not self.is_over():
            pass
        assert self.heard[-1].endswith("!end")

    def is_over(self) -> bool:
        """Hear once more; whether the broker closed the connection."""
        try:
            self._hear()
        except EOFError:
            return True
        return False

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _hear(self) -> None:
        try:
            received = self._socket.recv(PACKET_BYTES)
        except ConnectionResetError:
            received = b""
        except TimeoutError:
            raise AssertionError(f"nothing more came after {self.heard}") from None
        if not received:
            raise EOFError(f"the connection ended after {self.heard}")
        self._take(received.decode())

    def _has(self, line: str) -> bool:
        return line in self.heard

    def _take(self, received: str) -> None:
        *lines, self._rest = (self._rest + received).split("\n")
        self.heard += lines


class Original(Visitor):
    """A client of the original chat: no line ends. It may read late, and then messages run together."""

    line_end = ""

    def _take(self, received: str) -> None:
        self.heard.append(received)

    def _has(self, line: str) -> bool:
        return line in "".join(self.heard)


class Raw:
    """A bot of pyzmq and JSON alone, in the lobby. `heard`: events by seq; `stored`: answers by id."""

    def __init__(self, requests: str, nick: str, *, bot: bool = True) -> None:
        self.heard: dict[int, dict[str, Any]] = {}
        self.stored: dict[str, dict[str, Any]] = {}
        self._requests, self._nick, self._bot, self._token = requests, nick, bot, None
        self._last_id = 0
        self._context = zmq.Context()
        self._connect()
        try:
            self.join()
        except BaseException:
            self.close()
            raise

    def join(self) -> dict[str, Any]:
        """Open or resume the session."""
        self.me = self.ask("join", nick=self._nick, token=self._token, bot=self._bot)
        assert self.me["op"] == "joined", self.me
        self._token = self.me["token"]
        self._sub.connect(self.me["pub"])
        self._sub.subscribe(self.me["topic"])
        return self.me

    def rejoin(self) -> dict[str, Any]:
        """After the broker was killed: a new connection, the same account."""
        self._dealer.close(linger=0)
        self._sub.close(linger=0)
        self._connect()
        return self.join()

    def ask(self, op: str, **fields: Any) -> dict[str, Any]:
        """Send a request and give its answer; what else comes meanwhile is kept."""
        request_id = self.send(op, **fields)
        return self.answer(request_id)

    def send(self, op: str, *, id: str | None = None, **fields: Any) -> str:
        """Send without waiting; gives the id, which grows."""
        if id is None:
            self._last_id += 1
            id = f"{self._last_id:09d}"
        given = {name: value for name, value in fields.items() if value is not None}
        self._dealer.send(json.dumps({"op": op, "id": id, **given}).encode())
        return id

    def answer(self, request_id: str) -> dict[str, Any]:
        return self._until(self._down, lambda item: item.get("id") == request_id, f"answer {request_id}")

    def take_what_arrived(self) -> None:
        """Read the answers that are here already, or come at once."""
        while self._down():
            pass

    def say(self, text: str, room: str = "lobby", **more: int | None) -> dict[str, Any]:
        """`more`: what it answers (`reply_to`), and of which thread it is."""
        stored = self.ask("message", room=room, text=text, **more)
        assert stored["op"] == "stored", stored
        return stored

    def hears(self, text: str, by: str, within_s: float = HEAR_S) -> dict[str, Any]:
        """Block until somebody's message with that text came, live or missed; gives the event."""
        said = (by, text)
        return self._until(
            self._live, lambda event: (event["nick"], event.get("text")) == said, repr(said), within_s
        )

    def waits_for_echo(self) -> None:
        """Block until the small bot repeats: its subscription takes a moment, and it asks for nothing missed.

        It repeats in order, so nothing of what was said to it here comes later.
        """
        deadline = time.monotonic() + HEAR_S
        for number in itertools.count():
            assert time.monotonic() < deadline, "echo repeats nothing"
            self.say(f"Are you there? {number}")
            with contextlib.suppress(AssertionError):
                self.hears(f"Are you there? {number}", by="echo", within_s=0.2)
            if any(event["nick"] == "echo" and "text" in event for event in self.heard.values()):
                break
        self.hears(f"Are you there? {number}", by="echo")

    def hears_the_end(self) -> dict[str, Any]:
        """Block until the broker says unasked that it stops."""
        return self._until(self._down, lambda item: item["op"] == "error" and item["id"] is None, "the end")

    def log(self, room: str = "lobby") -> list[dict[str, Any]]:
        """The whole log of a room, and the proof that it has no hole."""
        events: list[dict[str, Any]] = []
        while True:
            page = self.ask("history", room=room, after=len(events), limit=1000)
            assert page["op"] == "history", page
            events += page["events"]
            if not page["more"]:
                break
        assert [event["seq"] for event in events] == list(range(1, page["head"] + 1))
        return events

    def close(self) -> None:
        self._context.destroy(linger=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connect(self) -> None:
        self._dealer, self._sub = self._context.socket(zmq.DEALER), self._context.socket(zmq.SUB)
        self._dealer.connect(self._requests)

    def _down(self) -> list[dict[str, Any]]:
        items = json.loads(self._dealer.recv()) if self._dealer.poll(QUIET_MS) else []
        self.stored.update((item["id"], item) for item in items if item["op"] == "stored")
        return items

    def _live(self) -> Iterable[dict[str, Any]]:
        if self._sub.poll(QUIET_MS):
            events = json.loads(self._sub.recv_multipart()[1])
        else:  # a subscription takes effect some time after the connect: what it missed is in the log
            held = next(seq for seq in itertools.count() if seq + 1 not in self.heard)
            events = self.ask("history", room="lobby", after=held)["events"]
        self.heard.update((event["seq"], event) for event in events if "seq" in event)
        return self.heard.values()

    def _until(
        self,
        source: Callable[[], Iterable[dict[str, Any]]],
        wanted: Callable[[dict[str, Any]], bool],
        what: str,
        within_s: float = HEAR_S,
    ) -> dict[str, Any]:
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if found := next(filter(wanted, source()), None):
                return found
        raise AssertionError(f"{self._nick} waited {within_s} s for {what}")
