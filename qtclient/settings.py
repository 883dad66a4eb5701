# SPDX-License-Identifier: GPL-3.0-only
"""What the window remembers between two starts: a small file in the data folder. GUI thread."""

import contextlib
import os
import pathlib
import re
import tempfile
import zlib

import msgspec

from shared.limits import LOBBY

FILE = "window.json"


class Server(msgspec.Struct):
    """What is remembered of one broker. `read`: each room's read mark; `drafts`: what was not sent yet."""

    account: str = ""
    rooms: list[str] = msgspec.field(default_factory=lambda: [LOBBY])
    current: str = LOBBY
    read: dict[str, int] = {}
    drafts: dict[str, str] = {}


class Settings(msgspec.Struct):
    """`width`, `height` in logical pixels; `people`: the people panel is open."""

    nick: str = ""
    width: int = 1100
    height: int = 700
    people: bool = True
    servers: dict[str, Server] = {}

    def server(self, endpoint: str) -> Server:
        """What is remembered of the broker at that endpoint; new if it is not known."""
        return self.servers.setdefault(endpoint, Server())


def load(folder: pathlib.Path) -> Settings:
    """The settings of that data folder; the defaults when there are none, or they cannot be read."""
    with contextlib.suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Settings)
    return Settings()


def encoded(settings: Settings) -> bytes:
    """The settings as the file holds them."""
    return msgspec.json.format(msgspec.json.encode(settings), indent=2)


def save(folder: pathlib.Path, content: bytes) -> None:
    """Write them at once or not at all; raises OSError."""
    handle, name = tempfile.mkstemp(dir=folder, prefix=FILE)  # 0600: drafts are nobody else's business
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, folder / FILE)
    except OSError:
        pathlib.Path(name).unlink(missing_ok=True)
        raise


def replica_path(folder: pathlib.Path, endpoint: str) -> pathlib.Path:
    """Where the copy of that broker's rooms lies: one file for each broker."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", endpoint).strip("-")
    return folder / f"{readable}-{zlib.crc32(endpoint.encode()):08x}.copy"
