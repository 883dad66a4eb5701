"""How a running broker hears what a command wants of it, mostly that it steps aside, and what the two say.

`Control` runs in the broker's loop thread and ends with `close`. The file `control` in the data folder tells
its owner, and nobody else, where the broker listens, and a key. The command's side is broker/admin/leash.py.
docs/operations.md, "While a broker runs".
"""

import asyncio
import contextlib
import errno
import hmac
import logging
import os
import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
from loggia.broker.doors.headroom import Headroom
from loggia.broker.runtime.operating import Act
from loggia.broker.storage import data_dir
from loggia.shared.process import files

HOST = "127.0.0.1"
LINE_BYTES = 1024  # a wish has about 100
SILENT_S = 2.0  # a connection that has not shown its key is closed
MOST_SILENT = 128  # connections at once that have not: the one that came first makes room for another
ACCEPTED_AT_ONCE = 16  # in a turn of the loop: what a command says is read before so many others have come
QUEUE = 1024  # connections that wait to be accepted, which the system holds

_SHORT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_BUSY = "another command is at work on this log; wait until it is through and try again"

_log = logging.getLogger("loggia")


class Where(msgspec.Struct, frozen=True):
    """What the file `control` says."""

    port: int
    key: str


class Wish(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a command says first, and all it says. One JSON line, as everything here.

    `who`: what is wanted with an account is about this one, or this nick.
    """

    key: str
    want: Literal["aside", "revoke", "own", "release"]
    who: str = ""


class Aside(msgspec.Struct, frozen=True):
    """The answer: the log is closed and the folder free; or not, and `why`."""

    aside: bool
    why: str = ""


class Back(msgspec.Struct, frozen=True):
    """Said when the leash ended: the broker serves again; or not, and `why`, empty if it was told to stop."""

    back: bool
    why: str = ""


class Done(msgspec.Struct, frozen=True):
    """The answer to what is done beside serving, and `text`, what was done; or why not."""

    done: bool
    text: str


Line = TypeVar("Line", Where, Wish, Aside, Back, Done)


def decoded(line: bytes, kind: type[Line]) -> Line | None:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


# -- The broker's side ---------------------------------------------------------------------------


def _nobody_serves(act: Act, who: str) -> Done:
    return Done(done=False, text=_BUSY)


class Control:
    """Where a broker hears commands. `asked` is called when one wants it to step aside; the next one is heard
    when that is over: `back`. `operate` is called with what is to be done, and with whose account."""

    def __init__(
        self,
        data: Path,
        asked: Callable[[], None],
        operate: Callable[[Act, str], Done] = _nobody_serves,
    ) -> None:
        self._file = data / data_dir.CONTROL
        self._asked = asked
        self._operate = operate
        self._key = secrets.token_urlsafe(32)
        self._listener: asyncio.Server | None = None
        self._leash: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._silent: dict[asyncio.StreamWriter, None] = {}  # in the order in which they came
        self._headroom = Headroom("control port")
        self._warned = False

    async def open(self) -> None:
        """Listen. Where that is not possible the broker serves all the same, and says what is missing."""
        try:
            bound = socket.create_server((HOST, 0))  # asyncio itself would not say why it cannot bind
            self._listener = await asyncio.start_server(
                self._meet, sock=bound, limit=LINE_BYTES, backlog=ACCEPTED_AT_ONCE
            )
            bound.listen(QUEUE)
            asyncio.get_running_loop().set_exception_handler(self._cannot_accept)
        except OSError as reason:
            _log.warning("WARNING: No command can reach this broker while it runs: %s.", reason.strerror)

    def announce(self) -> None:
        """The broker holds the folder and is about to serve: write down where it listens."""
        if self._listener is None:
            return
        where = Where(port=self._listener.sockets[0].getsockname()[1], key=self._key)
        try:
            data_dir.write(self._file, msgspec.json.encode(where))
        except OSError as reason:
            _log.warning("WARNING: No command can reach this broker while it runs: %s.", reason.strerror)

    def back(self) -> None:
        """The broker serves: tell the command for which it stepped aside, if it did."""
        self._let_go(Back(back=True))

    async def until_let_go(self) -> None:
        """The folder is free: tell who asked for it, and wait until it is through, or died."""
        assert self._leash is not None
        reader, writer = self._leash
        _say(writer, Aside(aside=True))
        with contextlib.suppress(OSError):
            while await reader.read(LINE_BYTES):
                pass

    def close(self, why: str = "") -> None:
        """The broker ends, and `why` when that is nobody's wish. Call it before the folder is free."""
        self._let_go(Back(back=False, why=why))
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for writer in self._silent:
            writer.close()
        with contextlib.suppress(OSError):
            where = decoded(files.read(self._file), Where)
            if where is not None and where.key == self._key:
                self._file.unlink()

    def _let_go(self, last: Back) -> None:
        if self._leash is not None:
            _, writer = self._leash
            _say(writer, last)
            writer.close()
            self._leash = None

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came = writer.get_extra_info("socket").fileno()
        if self._silent and (len(self._silent) >= MOST_SILENT or not self._headroom.has_room_for(came)):
            first = next(iter(self._silent))
            del self._silent[first]
            first.transport.abort()
        self._silent[writer] = None
        try:
            line = await _first_line(reader)
        finally:
            self._silent.pop(writer, None)
        wish = None if line is None else self._understood(line)
        if wish is not None and wish.want != "aside":
            operate = self._operate if self._leash is None else _nobody_serves
            _say(writer, operate(wish.want, wish.who))
        elif wish is not None and self._leash is not None:
            _say(writer, Aside(aside=False, why=_BUSY))
        elif wish is not None:
            self._leash = reader, writer
            self._asked()
            return
        writer.close()

    def _cannot_accept(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """asyncio tells of it, and tries again in a second; and of whatever else fails in the loop."""
        reason = context.get("exception")
        if "socket" in context and isinstance(reason, OSError) and reason.errno in _SHORT:
            self._headroom.refused(loop.time(), os.strerror(reason.errno))
        else:
            loop.default_exception_handler(context)

    def _understood(self, line: bytes) -> Wish | None:
        wish = decoded(line, Wish)
        if wish is not None and hmac.compare_digest(wish.key.encode(errors="replace"), self._key.encode()):
            return wish
        if not self._warned:
            self._warned = True
            _log.warning("WARNING: Somebody who has not the key spoke to the control port; nothing was done.")
        return None


async def _first_line(reader: asyncio.StreamReader) -> bytes | None:
    """What somebody said; None when nothing came."""
    try:
        async with asyncio.timeout(SILENT_S):
            return await reader.readline() or None
    except ValueError:  # longer than LINE_BYTES
        return b""
    except (TimeoutError, OSError):
        return None
    except (
        asyncio.CancelledError
    ):  # the loop ends, and so does this: asyncio of 3.12 would log it as a failure
        return None


def _say(writer: asyncio.StreamWriter, line: Aside | Back | Done) -> None:
    writer.write(msgspec.json.encode(line) + b"\n")
