"""What every server of others is to the bench: a program, and bytes over TCP that are counted.

Nothing here knows a protocol: a `Language` says what is sent, and which bytes answer it.
"""

import functools
import selectors
import shutil
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

from bench.dealers import TEXT
from bench.process import running
from bench.rivals import Load, Talk, nobody
from bench.speakers import Silent
from bench.subscribers import Take, counting

MARK = TEXT.encode()[:9]  # what tells of a message that arrived
START_S = 20.0
HOST = "127.0.0.1"
READ_BYTES = 1 << 20
TRY_S = 0.02


class Language(ABC):
    """What goes over one connection. It is passed to another process, so it holds plain values alone.

    Attributes: `answer`, the bytes that answer a message, in whatever stands around them.
    """

    answer: bytes

    @abstractmethod
    def hello(self, number: int, *, listens: bool) -> tuple[bytes, bytes]:
        """What the connection of this number says first, and the bytes after which it is in.

        It listens to the room where `listens` is True, and otherwise speaks in it.
        """

    @abstractmethod
    def message(self, number: int, who: int) -> bytes:
        """The message of this number, of the connection of that one."""


class Caller:
    """One that speaks. Its answers are counted, and not looked at."""

    def __init__(self, port: int, language: Language, number: int) -> None:
        self._language, self._who = language, number
        self._said = 0
        self.socket, _ = connected(port, *language.hello(number, listens=False))
        self._rest = b""

    def fileno(self) -> int:
        return self.socket.fileno()

    def say(self, count: int) -> None:
        message, who, begin = self._language.message, self._who, self._said
        self._said += count
        self.socket.sendall(b"".join([message(number, who) for number in range(begin, begin + count)]))

    def received(self) -> int:
        try:
            came = self.socket.recv(READ_BYTES, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return 0
        if not came:
            raise Silent
        answer = self._language.answer
        came = self._rest + came
        self._rest = came[max(0, len(came) - len(answer) + 1) :]
        return came.count(answer)


def connected(port: int, hello: bytes, until: bytes) -> tuple[socket.socket, bytes]:
    """One that is in, and all that it was told so far."""
    one = socket.create_connection((HOST, port), START_S)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    one.sendall(hello)
    told = b""
    while until not in told:
        came = one.recv(READ_BYTES)
        if not came:
            raise Silent
        told += came
    one.settimeout(None)
    return one, told


def listeners(port: int, language: Language, count: int, ready: Callable[[Take], None]) -> None:
    """So many who listen, in a process of their own."""
    with selectors.DefaultSelector() as selector, ExitStack() as stack:
        rests = dict[socket.socket, bytes]()
        for number in range(count):
            one, _ = connected(port, *language.hello(number, listens=True))
            stack.enter_context(one)
            rests[one] = b""
            selector.register(one, selectors.EVENT_READ, one)

        def take(wait_s: float) -> int:
            found = 0
            for key, _ in selector.select(wait_s):
                came = rests[key.data] + key.data.recv(READ_BYTES, socket.MSG_DONTWAIT)
                found += came.count(MARK)
                rests[key.data] = came[max(0, len(came) - len(MARK) + 1) :]
            return found

        ready(take)


class Peer(ABC):
    """A server of others.

    Attributes: `name`; `program`, what is started; `package`, what brings it; `language`, its own.
    """

    name: str
    program: str
    package: str
    version_flag = "--version"
    part = 1.0
    language: Language

    def lacking(self) -> str:
        return "" if self._found() else f"{self.program} is not installed ({self.package} brings it)"

    def version(self) -> str:
        """The first word of what it says of itself that begins with a number."""
        told = subprocess.run([self._found(), self.version_flag], capture_output=True, text=True)
        words = (told.stdout + told.stderr).replace("=", " ").replace("-", " ").split()
        return next((word.lstrip("v") for word in words if word.lstrip("v")[:1].isdigit()), "")

    @abstractmethod
    def command(self, folder: Path, port: int) -> Sequence[str]:
        """What stands behind the program; files that it reads are written into the folder."""

    def prepare(self, port: int) -> None:  # noqa: B027
        """What is done once when it serves; mostly nothing."""

    @contextmanager
    def talking(self, folder: Path, load: Load) -> Iterator[Talk]:
        port = _free_port()
        with running([self._found(), *self.command(folder, port)]) as process, ExitStack() as stack:
            _wait_for(port)
            self.prepare(port)
            listen = functools.partial(listeners, port, self.language, load.listeners)
            counted = stack.enter_context(counting(listen) if load.listeners else nullcontext(nobody))
            speakers = [Caller(port, self.language, number) for number in range(load.speakers)]
            for speaker in speakers:
                stack.enter_context(speaker.socket)
            yield Talk(process.pid, speakers, counted)

    def _found(self) -> str:
        """Where it is, also beside the Python of `.venv`, where pip puts programs, and where services are."""
        places = f"{Path(sys.executable).parent}:/usr/sbin:/usr/local/sbin"
        return shutil.which(self.program) or shutil.which(self.program, path=places) or ""


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


def _wait_for(port: int) -> None:
    until = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection((HOST, port), START_S).close()
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise Silent from None
            time.sleep(TRY_S)
        else:
            return
