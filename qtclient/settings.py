# SPDX-License-Identifier: GPL-3.0-only
"""What the window remembers between two starts: a small file in the data folder. GUI thread.

Each setting stands for itself: one that cannot be used spoils no other. A file in which anything could not be
used is kept beside under another name, and nothing is ever written over what could not be read.
"""

import contextlib
import itertools
import json
import os
import pathlib
import re
import stat
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from loggia.qtclient.accepted import BY_ROOM, ROOMS, SERVER, SETTINGS, Usable, not_too_deep, room_name
from loggia.qtclient.state.ordering import Order
from loggia.shared.process import durable, files, ownership
from loggia.shared.protocol import names
from loggia.shared.protocol.errors import Refused, StorageBroken
from loggia.shared.protocol.limits import LOBBY

FILE = "window.json"
MOST_BYTES = 16 * 1024 * 1024  # far more than the drafts and read marks of any number of rooms
NAME_CHARS = 60
NAMED = 3  # settings that are named in a sentence


class Server(msgspec.Struct):
    """What is remembered of one broker. `called`: what it called who came in as `given`; `read`: each room's
    read mark; `drafts`: what was not sent yet; `carets`: where in each of these one was, as Qt counts;
    `titles`: what rooms are called whose names do not tell; `order`, `favourites`, `muted`: as in
    qtclient/state/ordering.py.

    `rest`: what a newer version of this program remembers there; it is written again.
    """

    account: str = ""
    given: str = ""
    called: str = ""
    rooms: list[str] = msgspec.field(default_factory=lambda: [LOBBY])
    current: str = LOBBY
    order: Order = "own"
    favourites: list[str] = []
    muted: list[str] = []
    read: dict[str, int] = {}
    drafts: dict[str, str] = {}
    titles: dict[str, str] = {}
    carets: dict[str, int] = {}
    rest: dict[str, Any] = {}


class Settings(msgspec.Struct):
    """`width`, `height`, `x`, `y` in logical pixels, the last two None where the window has no place yet.

    `people`: the people panel is open. `where`: the address that was chosen at the first start, empty for the
    broker that is found on this computer; `reached`: somebody answered there. `signs`: those that
    were put to messages last, the newest first; `tone`: of the skin, in which they are offered. `hold`: what
    is said can be taken back for a moment (qtclient/holding.py). `rest` as in a Server.
    """

    nick: str = ""
    width: int = 1100
    height: int = 700
    x: int | None = None
    y: int | None = None
    maximized: bool = False
    people: bool = True
    where: str = ""
    reached: bool = False
    signs: list[str] = []
    tone: str = ""
    hold: bool = False
    servers: dict[str, Server] = {}
    rest: dict[str, Any] = {}

    def server(self, endpoint: str) -> Server:
        """What is remembered of the broker at that endpoint; new if it is not known."""
        return self.servers.setdefault(endpoint, Server())


class Loaded(msgspec.Struct):
    """What was remembered. `trouble`: a sentence for the user, empty when all is well. `in_the_way`: the file
    could neither be read nor moved away, so nothing may be written in its place."""

    settings: Settings
    trouble: str = ""
    in_the_way: bool = False


# -- Reading -----------------------------------------------------------------------------------


def load(folder: pathlib.Path) -> Loaded:
    """What the file in that data folder says, as far as it can be used.

    Nobody else may be at work there: what a save that was killed left beside it goes.
    """
    file = folder / FILE
    with contextlib.suppress(OSError), ownership.rights_of_owner(folder):
        for left in files.left_over(file):
            left.unlink()
    try:
        content = _content(file)
        reading = Reading()
        settings = reading.settings(json.loads(content))  # takes UTF-8, 16 and 32, with and without a mark
    except FileNotFoundError:
        return Loaded(Settings())
    except (OSError, ValueError, RecursionError) as reason:
        return _without(file, _why(reason))
    if not reading.unused:
        return Loaded(settings)
    more = len(reading.unused) - NAMED
    what = ", ".join(reading.unused[:NAMED]) + (f" and {more} more" if more > 0 else "")
    trouble = f"Some of what this window remembered cannot be used ({what})"
    try:
        return Loaded(settings, f"{trouble}; the file of before is kept as {_copied(file, content)}.")
    except OSError as reason:
        why = f"the file cannot be kept under another name ({_why(reason)})"
        return Loaded(settings, f"{trouble}, and {why}, so nothing new is remembered.", in_the_way=True)


class Reading:
    """Takes settings out of what JSON gave. `unused`: what could not be used, in words."""

    def __init__(self) -> None:
        self.unused: list[str] = []

    def settings(self, found: Any) -> Settings:
        """Raises ValueError when it holds none."""
        if type(found) is not dict:
            raise ValueError("it holds no settings")
        made = Settings(rest=self._rest(found, Settings.__struct_fields__, ""))
        self._take(made, found, SETTINGS, "")
        for endpoint, server in self._parts(found, "servers", ""):
            if type(server) is dict:
                made.servers[endpoint] = self._server(server, f" of {_short(endpoint)}")
            else:
                self.unused.append(_short(endpoint))
        return made

    def _server(self, found: dict[str, Any], of: str) -> Server:
        made = Server(rest=self._rest(found, Server.__struct_fields__, of))
        self._take(made, found, SERVER, of)
        for field, what in ROOMS.items():
            if type(rooms := found.get(field)) is list:
                used = (self._used(room_name, room, f"{what} {_short(repr(room))}{of}") for room in rooms)
                setattr(made, field, list(dict.fromkeys(room for room in used if room is not None)))
            elif field in found:
                self.unused.append(f"{field}{of}")
        for field, usable in BY_ROOM.items():
            for room, value in self._parts(found, field, of):
                what = f"{field} of room {_short(repr(room))}{of}"
                name, value = self._used(room_name, room, what), self._used(usable, value, what)
                if name is not None and value is not None:
                    getattr(made, field)[name] = value
        return made

    def _take(
        self,
        made: Settings | Server,
        found: dict[str, Any],
        fields: Mapping[str, Usable],
        of: str,
    ) -> None:
        for field, usable in fields.items():
            if field in found and (used := self._used(usable, found[field], f"{field}{of}")) is not None:
                setattr(made, field, used)

    def _parts(self, found: dict[str, Any], field: str, of: str) -> Iterable[tuple[str, Any]]:
        parts = found.get(field, {})
        if type(parts) is dict:
            return parts.items()
        self.unused.append(f"{field}{of}")
        return ()

    def _rest(self, found: dict[str, Any], known: Iterable[str], of: str) -> dict[str, Any]:
        """What a newer version wrote, as far as it can be written again."""
        newer = {field: found[field] for field in found if field not in known or field == "rest"}
        used = {
            field: self._used(not_too_deep, [value], f"{_short(field)}{of}") for field, value in newer.items()
        }
        return {field: value[0] for field, value in used.items() if value is not None}

    def _used(self, usable: Usable, value: Any, what: str) -> Any:
        try:
            return usable(value)
        except (TypeError, ValueError, Refused):
            self.unused.append(what)
            return None


def _short(name: str) -> str:
    """What somebody or something wrote, as it can stand in a sentence."""
    return names.escaped(name if len(name) <= NAME_CHARS else f"{name[:NAME_CHARS]}...")


def _content(file: pathlib.Path) -> bytes:
    """The bytes of the file; raises OSError, or ValueError for what cannot be it."""
    try:
        ownership.refuse_link(file)
    except StorageBroken as reason:
        raise ValueError(str(reason)) from None
    about = file.stat()
    if not stat.S_ISREG(about.st_mode):
        raise ValueError("it is not a file")
    if about.st_size > MOST_BYTES:
        raise ValueError("it is too large")
    return file.read_bytes()


def _why(reason: Exception) -> str:
    match reason:
        case OSError():
            return reason.strerror or str(reason)
        case json.JSONDecodeError():
            return f"it is not JSON from line {reason.lineno}, column {reason.colno} on"
        case UnicodeDecodeError():
            return "it is not text"
        case RecursionError():
            return "it is nested too deep"
        case _:
            return str(reason)


# -- Keeping what could not be used -------------------------------------------------------------


def _without(file: pathlib.Path, why: str) -> Loaded:
    """Begin anew; what is there moves away."""
    trouble = f"What this window remembered cannot be read ({file}: {why})"
    try:
        kept = next(name for name in _kept_names(file) if not os.path.lexists(name))
        os.rename(file, kept)
    except OSError as reason:
        why = f"it cannot be moved away either ({_why(reason)})"
        return Loaded(Settings(), f"{trouble}, and {why}, so nothing new is remembered.", in_the_way=True)
    return Loaded(Settings(), f"{trouble}; it is kept as {kept}, and the window begins anew.")


def _copied(file: pathlib.Path, content: bytes) -> pathlib.Path:
    """Where a copy of the file lies; the one that was made before, if it was. Raises OSError."""
    for kept in _kept_names(file):
        if not os.path.lexists(kept):
            break
        if kept.is_file() and kept.read_bytes() == content:
            return kept
    out = files.create(kept)
    try:
        with out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
    except OSError:
        kept.unlink(missing_ok=True)
        raise
    return kept


def _kept_names(file: pathlib.Path) -> Iterator[pathlib.Path]:
    return (file.with_name(f"{file.name}.kept-{number}") for number in itertools.count(1))


# -- Writing -----------------------------------------------------------------------------------


def encoded(settings: Settings) -> bytes:
    """The settings as the file holds them."""
    fields = _flat(settings) | {
        "servers": {endpoint: _flat(server) for endpoint, server in settings.servers.items()}
    }
    # what a newer version wrote may hold half of a surrogate pair; json.loads takes it back as it is
    return json.dumps(fields, indent=2, ensure_ascii=False).encode(errors="surrogatepass")


def _flat(of: Settings | Server) -> dict[str, Any]:
    return {**of.rest, **{field: getattr(of, field) for field in of.__struct_fields__ if field != "rest"}}


def save(folder: pathlib.Path, content: bytes) -> None:
    """Write them at once or not at all, for nobody else to read, as there are drafts. Raises OSError."""
    with ownership.rights_of_owner(folder):
        durable.write(folder / FILE, content)


def replica_path(folder: pathlib.Path, endpoint: str) -> pathlib.Path:
    """Where the copy of that broker's rooms lies: one file for each broker."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", endpoint).strip("-")
    return folder / f"{readable}-{zlib.crc32(endpoint.encode()):08x}.copy"
