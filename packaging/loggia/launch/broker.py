"""Runs in the launcher's only thread: is a broker answering, start one, let it go with the window.

Standard library only; docs/decisions/0003-who-stops-the-broker.md says why it is done this way.
"""

import contextlib
import errno
import math
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from loggia.launch.alone import alone
from loggia.launch.console import Trouble, say
from loggia.launch.opening import appending
from loggia.launch.place import Programs

DEFAULT_REQUESTS = (
    "tcp://127.0.0.1:1101"  # loggia.shared.protocol.limits has it too, but cannot be imported before set-up
)
ASK_MS = 3000  # how long a busy broker may take to answer
START_S = 30.0  # a long log is checked before it is served; run.py waits on, and says so
FAREWELL_S = 5.0  # the broker promises its last line within 2 s
POLL_S = 0.03  # how often run.py looks into the log

Answering = Literal["nobody", "loggia", "another program"]

# For the virtual environment's Python. A ping without a session is answered `no_session`; nobody sees it.
_ASK = """
import json, sys, zmq
context = zmq.Context()
poller = zmq.Poller()
for ipv6 in [1] if "[" in sys.argv[1] else [0, 1]:  # what a name stands for may be of either kind
    dealer = context.socket(zmq.DEALER)
    dealer.linger = 0
    dealer.ipv6 = ipv6
    dealer.connect(sys.argv[1])
    dealer.send(b'{"op": "ping", "id": "run.py"}')
    poller.register(dealer, zmq.POLLIN)
answered = False
for dealer, _ in poller.poll(int(sys.argv[2])):
    try:
        answered = json.loads(dealer.recv())[0]["id"] == "run.py"
    except (ValueError, LookupError, TypeError):
        pass
context.destroy(linger=0)
sys.exit(not answered)
"""


def reachable(endpoint: str) -> str:
    """The endpoint to connect to for one that was bound: `*` and `0.0.0.0` are this computer."""
    return re.sub(r"^tcp://(\*|0\.0\.0\.0|\[::\]):", "tcp://127.0.0.1:", endpoint)


def answering(endpoint: str, python: Path) -> Answering:
    """Who is at the requests door. Nobody sees the question."""
    taken = is_taken(reachable(endpoint))
    if taken is False:
        return "nobody"
    asked = subprocess.run([str(python), "-c", _ASK, reachable(endpoint), str(ASK_MS)], capture_output=True)
    if asked.returncode == 0:
        return "loggia"
    return "another program" if taken and is_taken(reachable(endpoint)) else "nobody"  # it may have gone


def to_connect(written: str) -> str:
    """What stands in LOGGIA_REQUESTS, in the form that ZeroMQ connects to, as far as run.py can read it."""
    kind, _, place = written.strip().rpartition("://")
    if kind.lower() not in ("", "tcp", "loggia") or not re.fullmatch(
        r"(\[[\w.:%]+\]|[\w.*-]+)(:0*[1-9]\d*)?/*", place
    ):
        return written
    place = place.rstrip("/")
    return reachable(f"tcp://{place}" if re.search(r":\d+$", place) else f"tcp://{place}:1101")


def is_nobody_at(endpoint: str, python: Path) -> bool:
    """Whether a bot would wait there; for an address that only the bot can read, it is not known."""
    endpoint = to_connect(endpoint)
    if not re.match(r"ipc://|tcp://.*:0*[1-9]\d*$", endpoint):
        return False
    try:
        taken = is_taken(endpoint)
        return not taken and (taken is False or answering(endpoint, python) == "nobody")
    except (Trouble, OSError):
        return False


def is_taken(endpoint: str) -> bool | None:
    """Whether somebody listens there; None when this computer cannot tell: the address is another's.

    Found by binding, without listening: a broker that starts at this moment finds the address free all the
    same, and so does another run.py that looks (on Linux; elsewhere for less than a millisecond it does not).
    """
    if endpoint.startswith("ipc://"):
        return None if Path(endpoint.removeprefix("ipc://")).exists() else False  # a file may be left over
    host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) < 2**16):
        raise Trouble(f"{endpoint} is no address; write it as tcp://HOST:PORT.")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    try:
        with socket.socket(family) as looking:
            if sys.platform != "win32":  # where it would take the address from its owner
                looking.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                looking.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            looking.bind((host.strip("[]"), int(port)))
    except OSError as reason:
        return True if reason.errno == errno.EADDRINUSE else None
    return False


def _detached() -> dict[str, Any]:
    """What starts a process that closing this terminal does not reach."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


@contextlib.contextmanager
def log_in(folder: Path, name: str = "run.py") -> Iterator[Path]:
    """The log of the brokers that run.py (or `name`) starts on this data folder; one at a time does."""
    log = folder / "broker.log"
    try:
        for above in reversed([above for above in folder.parents if not above.exists()]):
            above.mkdir(
                mode=0o755, exist_ok=True
            )  # whatever the umask: where others may write no broker starts
        folder.mkdir(mode=0o700, exist_ok=True)
        appending(log).close()
        holding = contextlib.ExitStack()
        holding.enter_context(alone(log, f"Another {name} is starting a broker; waiting for it ..."))
    except OSError as reason:
        raise Trouble(
            f"The broker's log {log} cannot be written: {reason.strerror}. "
            "Choose another data folder: set LOGGIA_DATA and start again."
        ) from None
    with holding:
        yield log


class OwnBroker:
    """A broker that run.py started. Its standard input is its leash, its output is appended to `log`."""

    def __init__(self, programs: Programs, log: Path) -> None:
        self.log = log
        self._begin = log.stat().st_size
        with appending(log) as output:
            self._process = subprocess.Popen(
                programs.command("broker", "--stop-when-alone", "--log-file", str(log)),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**programs.environment, "PYTHONIOENCODING": "utf-8"},
                **_detached(),
            )

    def wait_until_ready(self) -> str | None:
        """The requests endpoint once it serves, however long it checks its log; None if it ended before."""
        told_at = time.monotonic() + START_S
        while True:
            ended = self._process.poll() is not None
            text = self.text()
            found = re.search(r'Requests on ([^\s"]+)', text)
            if found and "Waiting for connections" in text:
                return reachable(found[1])
            if ended:
                return None
            if time.monotonic() > told_at:
                told_at = math.inf
                say(f"The broker is still starting; waiting for it (Ctrl+C gives up). Its log is {self.log}.")
            time.sleep(POLL_S)

    def let_go(self) -> str:
        """Let the broker decide whether to stop, and give the line in which it says so."""
        read = len(self.text())
        assert self._process.stdin is not None
        self._process.stdin.close()
        deadline = time.monotonic() + FAREWELL_S
        while time.monotonic() < deadline:
            ended = self._process.poll() is not None
            for line in self.text()[read:].splitlines():
                if "Nobody else is connected" in line:
                    self._process.wait(FAREWELL_S)
                    return line
                if "Still serving" in line:
                    self._process.returncode = 0  # not ours any more: no warning about a child that lives on
                    return f"{line}\nIts log is {self.log}."
            if ended:
                return f"The broker had already ended; its log is {self.log}."
            time.sleep(POLL_S)
        return f"The broker does not say whether it goes on; its log is {self.log}."

    def was_early(self) -> bool:
        """Whether it ended because something is in use, which a broker that starts or stops lets go of."""
        return re.search("in use|Only one usage", self.text()) is not None  # the latter on Windows

    def text(self) -> str:
        """All that the broker has printed so far, or since it put a full log aside."""
        with appending(self.log) as log:
            if os.fstat(log.fileno()).st_size < self._begin:
                self._begin = 0
            log.seek(self._begin)
            return log.read().decode(errors="replace")
