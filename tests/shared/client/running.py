"""A broker process, and waiting for what it leads to. Every wait has a deadline."""

import pathlib
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from loggia.shared.client.api.client import Client
from loggia.shared.client.commands import Shut
from loggia.shared.client.link.link import Link
from loggia.shared.client.updates import Arrived, ConnectionStatus, Update
from loggia.shared.protocol.events import MessageEvent

from tests.patience import PATIENCE_S
from tests.ports import Ports

HOUSE = pathlib.Path(__file__).parents[3]
DEADLINE_S = PATIENCE_S


class Broker:
    """`python -m broker` on free ports. After a `kill`, `start` brings it back at the same addresses."""

    def __init__(self, data: pathlib.Path, *flags: str) -> None:
        self._data = data
        self._flags = flags
        self._process: subprocess.Popen[str] | None = None
        self._ports = Ports(2)
        self.requests, self.broadcasts = (f"tcp://127.0.0.1:{port}" for port in self._ports.numbers)

    def start(self) -> None:
        doors = ["--requests", self.requests, "--broadcasts", self.broadcasts, "--front-door", "off"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "broker", "--data", str(self._data), *doors, *self._flags],
            cwd=HOUSE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        seen = ""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            seen += line
            if found := re.match(r"Requests on (\S+)", line):
                self.requests = found[1]
            elif found := re.match(r"Broadcasts on (\S+)", line):
                self.broadcasts = found[1]
            elif line.startswith("Waiting for connections"):
                break
        else:
            raise AssertionError(f"the broker did not start: {seen}")
        threading.Thread(target=self._process.stdout.read, daemon=True, name="broker output").start()

    def kill(self) -> None:
        """As by `kill -9`."""
        self._end(subprocess.Popen.kill)

    def stop(self) -> None:
        """As by SIGTERM: it says goodbye."""
        self._end(subprocess.Popen.terminate)

    def close(self) -> None:
        self.kill()
        self._ports.close()

    def _end(self, how: "Callable[[subprocess.Popen[str]], None]") -> None:
        if self._process is not None:
            how(self._process)
            self._process.wait()
            assert self._process.stdout is not None
            eventually(lambda: not any(t.name == "broker output" for t in threading.enumerate()))
            self._process.stdout.close()
            self._process = None


class Program:
    """A link in a thread, and all it told."""

    def __init__(self, requests: str, nick: str, path: pathlib.Path | None = None, **more: object) -> None:
        self.told: list[Update] = []
        self.batches = 0
        self.failure: BaseException | None = None
        self.link = Link(
            requests=requests,
            replica_path=path,
            nick=nick,
            notify=self._notify,
            **more,  # type: ignore[arg-type]
        )
        self.thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Program":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.thread.is_alive():
            self.link.post(Shut())
        self.thread.join()

    def _run(self) -> None:
        try:
            self.link.run()
        except BaseException as reason:
            self.failure = reason

    def _notify(self, batch: list[Update]) -> None:
        self.batches += 1
        self.told += batch

    def updates(self, kind: type) -> list[Update]:
        return [update for update in self.told if isinstance(update, kind)]

    def status(self) -> str:
        return ([""] + [update.connection for update in self.told if isinstance(update, ConnectionStatus)])[
            -1
        ]

    def texts(self) -> list[str]:
        arrived = (update for update in self.told if isinstance(update, Arrived))
        return [event.text for update in arrived for event in update.events if hasattr(event, "text")]


def eventually(condition: Callable[[], object], what: str = "") -> None:
    """Wait for a condition; fails after a deadline."""
    deadline = time.monotonic() + DEADLINE_S
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, what or "it did not happen in time"
        pause.wait(0.005)


def heard(client: Client, count: int) -> list[MessageEvent]:
    """The next messages that a client hears."""
    messages: list[MessageEvent] = []
    events = client.events()
    while len(messages) < count:
        eventually(lambda: client._inbox.events, f"only {[message.text for message in messages]} came")
        event = next(events)
        if isinstance(event, MessageEvent):
            messages.append(event)
    return messages
