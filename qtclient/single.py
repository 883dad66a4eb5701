# SPDX-License-Identifier: GPL-3.0-only
"""One window on a data folder: a second start tells the first what was asked for, and ends. GUI thread.

The file `window.door` in the folder tells its owner, and nobody else, at which port of this computer the
first window listens, and a key. docs/decisions/0040.
"""

import contextlib
import hmac
import os
import pathlib
import secrets
import socket
import time
from collections.abc import Callable
from typing import Literal, TypeVar

import msgspec
from loggia.qtclient.ending import show
from loggia.qtclient.screen import say
from loggia.shared.process import files, ownership
from PyQt6 import sip
from PyQt6.QtCore import QLockFile, QObject, QSocketNotifier

LOCK, FILE = "window.lock", "window.door"
HOST = "127.0.0.1"
LINE_BYTES = 4096  # what is asked for has some 200
MOST_SILENT = 16  # connections that have not said a whole line: the one that came first makes room
PATIENCE_S = 3.0  # for a first window that is starting, ending or busy
POLL_S = 0.05


class Doorplate(msgspec.Struct, frozen=True):
    """What the file says."""

    port: int
    key: str


class Knock(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a second start was asked for; empty what it was not. `token`: with it the desktop lets the first
    window come to the front."""

    key: str = ""
    endpoint: str = ""
    nick: str = ""
    room: str = ""
    token: str = ""


class Reply(msgspec.Struct, frozen=True):
    """`shown`: the first window is in front; `other`: it is another's, or at another broker; `ending`: the
    folder is free in a moment. `nick`, `endpoint`: of the first window."""

    what: Literal["shown", "other", "ending"]
    nick: str = ""
    endpoint: str = ""


Line = TypeVar("Line", Doorplate, Knock, Reply)


# -- The first window ----------------------------------------------------------------------------


class Doorkeeper(QObject):
    """Hears second starts; `knocked` is called for each, and gives what it is told. Ends with `close`.

    Whoever does not know the key is not answered.
    """

    def __init__(self, folder: pathlib.Path, knocked: Callable[[Knock], Reply]) -> None:
        """Raises OSError when it cannot listen, or not write down where."""
        super().__init__()
        self._file = folder / FILE
        self._knocked = knocked
        self._key = secrets.token_urlsafe(32)
        self._listener = socket.create_server((HOST, 0), backlog=MOST_SILENT)
        self._listener.setblocking(False)
        self._silent: dict[socket.socket, tuple[QSocketNotifier, bytearray]] = {}
        self._coming = self._watching(self._listener, self._meet)
        plate = Doorplate(port=self._listener.getsockname()[1], key=self._key)
        fresh = files.temporary(self._file)
        try:
            with ownership.rights_of_owner(folder):
                with files.create(fresh) as out:
                    out.write(msgspec.json.encode(plate))
                fresh.replace(self._file)
        except OSError:
            fresh.unlink(missing_ok=True)
            self.close()
            raise

    def close(self) -> None:
        self._coming.setEnabled(False)
        self._listener.close()
        for caller in list(self._silent):
            self._let_go(caller)
        with contextlib.suppress(OSError):
            plate = _decoded(files.read(self._file), Doorplate)
            if plate is not None and plate.key == self._key:
                self._file.unlink()

    def _meet(self) -> None:
        with contextlib.suppress(OSError):  # it went again
            caller, _ = self._listener.accept()
            caller.setblocking(False)
            while len(self._silent) >= MOST_SILENT:
                self._let_go(next(iter(self._silent)))
            self._silent[caller] = self._watching(caller, lambda: self._hear(caller)), bytearray()

    def _hear(self, caller: socket.socket) -> None:
        said = self._silent[caller][1]
        try:
            came = caller.recv(LINE_BYTES)
            said += came
            if came and b"\n" not in said and len(said) < LINE_BYTES:
                return
            knock = _decoded(said, Knock)
            if knock is not None and hmac.compare_digest(
                knock.key.encode(errors="replace"), self._key.encode()
            ):
                caller.send(msgspec.json.encode(self._knocked(knock)) + b"\n")
        except BlockingIOError:
            return
        except OSError:
            pass
        self._let_go(caller)

    def _let_go(self, caller: socket.socket) -> None:
        notifier, _ = self._silent.pop(caller)
        notifier.setEnabled(False)
        notifier.deleteLater()  # it may be the one that is calling
        caller.close()

    def _watching(self, wire: socket.socket, readable: Callable[[], None]) -> QSocketNotifier:
        notifier = QSocketNotifier(sip.voidptr(wire.fileno()), QSocketNotifier.Type.Read, self)
        notifier.activated.connect(readable)
        return notifier


# -- The second one ------------------------------------------------------------------------------


def taken(lock: QLockFile, folder: pathlib.Path, knock: Knock) -> Reply | None:
    """Take the lock of a folder, or have the window that holds it do what was asked for.

    Returns None with the lock, else what that window says; `other` with no names when it says nothing.
    """
    until = time.monotonic() + PATIENCE_S
    while not lock.tryLock(0):
        reply = ask(folder, knock)
        if reply is not None and reply.what != "ending":
            return reply
        if time.monotonic() > until:
            return Reply("other")
        time.sleep(POLL_S)
    return None


def ask(folder: pathlib.Path, knock: Knock) -> Reply | None:
    """What the window that has the folder says; None when none does."""
    try:
        plate = _decoded(files.read(folder / FILE), Doorplate)
        if plate is None:
            return None
        line = msgspec.json.encode(msgspec.structs.replace(knock, key=plate.key)) + b"\n"
        with socket.create_connection((HOST, plate.port), timeout=PATIENCE_S) as wire:
            wire.sendall(line)
            with wire.makefile("rb") as lines:
                return _decoded(lines.readline(LINE_BYTES), Reply)
    except (OSError, OverflowError):  # which is what a port that there cannot be comes to
        return None


def _decoded(line: bytes | bytearray, kind: type[Line]) -> Line | None:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def token() -> str:
    """What lets a window come to the front that did not have the last click; taken from the environment."""
    return os.environ.pop("XDG_ACTIVATION_TOKEN", "")


def told(reply: Reply, folder: pathlib.Path) -> int:
    """Say what the first window said; returns the exit code."""
    if reply.what == "shown":
        whose = f" of {reply.nick}" if reply.nick else ""
        say(f"A Loggia window{whose} is open on the folder {folder}; it is in front now.")
        return 0
    whose = f" ({reply.nick} at {reply.endpoint})" if reply.nick else ""
    text = (
        f"Another Loggia window already uses the folder {folder}{whose}. "
        "Close it, or start this one on a folder of its own: "
        "python3 run.py window --data DIR --nick NAME"
    )
    say(f"ERROR: {text}")
    show(text)
    return 1
