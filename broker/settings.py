"""The table of the broker's settings. Reads nothing.

Flags, variables, the TOML file, --help, --print-config and the table in docs/operations.md are made of it.
"""

import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import platformdirs
from loggia.shared.process import paths, streams
from loggia.shared.protocol import addresses, names
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import (
    ACCOUNTS_PER_MINUTE,
    CONNECTIONS_PER_ACCOUNT,
    CONNECTIONS_PER_ADDRESS,
    DEFAULT_BROADCASTS,
    DEFAULT_FRONT_DOOR,
    DEFAULT_RATE,
    DEFAULT_REQUESTS,
    JOINS_PER_MINUTE,
    KEEP_DAYS,
    MOST_TEXT_BYTES,
    NAME_CHARS,
    RENAMES_PER_MINUTE,
    ROOMS_PER_ACCOUNT,
    Limits,
)

ENVIRONMENT = "LOGGIA_"
OFF = "off"
LOOPBACK = "127.0.0.1"
MOST_LOGS = 1000
MOST_DAYS = 36_500
MOST = 2**31 - 1  # of a limit: four times as much is a size that the sockets still take


def _path(value: Any) -> Path:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ValueError("give a folder")
    try:
        native = paths.native(value)
        os.fsencode(native).decode()
    except UnicodeError:
        raise ValueError("give a folder whose name is UTF-8") from None  # SQLite opens no other
    try:
        return Path(native).expanduser()
    except RuntimeError:
        raise ValueError("nobody of that name has a home folder here; give the whole path") from None


def _log_file(value: Any) -> Path | None:
    if value == OFF or value is False:
        return None
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ValueError("give a file, or off")
    return Path(paths.native(value)).expanduser()


def _log_keep(value: Any) -> int:
    with contextlib.suppress(ValueError):
        number = int(str(value))
        if 0 <= number <= MOST_LOGS:
            return number
    raise ValueError(f"give a whole number from 0 to {MOST_LOGS}")


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("give a name")
    return names.server(streams.typed(value), Limits())


def _name_of_this_computer() -> str:
    try:
        return names.server(socket.gethostname()[: Limits().room_chars], Limits())
    except Refused:
        return "loggia"


def _broadcasts(value: Any) -> str:
    return addresses.to_serve(value, DEFAULT_BROADCASTS)


def _front_door(value: Any) -> tuple[str, int] | None:
    return None if value == OFF or value is False else addresses.to_listen(value)


def _metrics(value: Any) -> tuple[str, int] | None:
    """A port alone is one of this computer."""
    if value == OFF or value is False:
        return None
    port = str(value).strip().removeprefix(":")
    if port.isascii() and port.isdecimal() and not isinstance(value, bool):
        value = f"{LOOPBACK}:{port}"
    return addresses.to_listen(value)


def _rate(value: Any) -> float:
    with contextlib.suppress(ValueError):
        rate = float(str(value))
        if 0 <= rate <= 1e9:
            return rate
    raise ValueError("give messages per second, 0 or more (0 switches the limit off)")


def _whole(most: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        with contextlib.suppress(ValueError):
            number = int(str(value))
            if 1 <= number <= most:
                return number
        raise ValueError(f"give a whole number from 1 to {most}")

    return check


def _count(value: Any) -> int:
    with contextlib.suppress(ValueError):
        number = int(str(value))
        if 0 <= number <= MOST:
            return number
    raise ValueError(f"give a whole number from 0 to {MOST} (0 switches the bound off)")


def _days(value: Any) -> int:
    with contextlib.suppress(ValueError):
        number = int(str(value))
        if 0 <= number <= MOST_DAYS:
            return number
    raise ValueError(f"give a whole number of days from 0 to {MOST_DAYS} (0 keeps none)")


def _truth(value: Any) -> bool:
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}
    if str(value).lower() not in known:
        raise ValueError("give true or false")
    return known[str(value).lower()]


def _as_is(value: Any) -> Any:
    return value


def _data() -> str:
    return str(platformdirs.user_data_path("loggia") / "broker")


def _written_door(value: Any) -> str:
    return OFF if value is None else str(addresses.Place(*value))


class Setting(NamedTuple):
    """One row. `name`: in the file, `limits.` before those of its table.

    `type`: what it is, for people. `metavar`: what its flag takes, empty where it has none. `check`: gives
    what was given as it is used; raises ValueError, TypeError or Refused. `default`: what check is given
    where nobody said anything. `usual`: that in words, where it differs between computers or says little.
    `switch`: its flag takes nothing. `written`: what was checked, as the file has it.
    """

    name: str
    type: str
    metavar: str
    help: str
    check: Callable[[Any], Any]
    default: Callable[[], Any]
    usual: str = ""
    switch: bool = False
    written: Callable[[Any], Any] = _as_is

    @property
    def flag(self) -> str:
        """Empty where it has none."""
        return "--" + self.name.replace("_", "-") if self.metavar or self.switch else ""

    @property
    def variable(self) -> str:
        return ENVIRONMENT + self.name.upper().replace(".", "_")

    @property
    def told(self) -> str:
        """Its default, for people."""
        return self.usual or f"{self.default()}"


def _limit(name: str, default: int) -> Setting:
    check = _whole(MOST_OF.get(name, MOST))
    return Setting(f"limits.{name}", "whole number", "", LIMITS[name], check, lambda: default)


LIMITS = {
    "text_bytes": "bytes of one message, in UTF-8",
    "frame_bytes": "bytes of one frame of JSON",
    "binary_bytes": "bytes of one binary frame",
    "nick_chars": "characters of a nickname",
    "room_chars": "characters of the name of a room",
    "array_requests": "requests in one frame",
    "page_events": "events in one page of history",
}
# What a client takes: an event, and a page of people, has to fit in one frame
MOST_OF = {"text_bytes": MOST_TEXT_BYTES, "nick_chars": NAME_CHARS, "room_chars": NAME_CHARS}
SETTINGS = (
    Setting(
        "data", "folder", "DIR", "where the log lives", _path, _data, "the user's data folder",
        written=lambda value: streams.typed(str(value)),
    ),
    Setting(
        "name", "text", "NAME", "what this server is called", _name, _name_of_this_computer,
        "the computer's name",
    ),
    Setting(
        "requests", "address", "ENDPOINT", "where clients ask", addresses.to_serve, lambda: DEFAULT_REQUESTS
    ),
    Setting(
        "broadcasts", "address", "ENDPOINT", "where they are told what happened", _broadcasts,
        lambda: DEFAULT_BROADCASTS,
    ),
    Setting(
        "front_door", "address", "HOST:PORT|off", "where the classic TCP chat is served", _front_door,
        lambda: DEFAULT_FRONT_DOOR, written=_written_door,
    ),
    Setting(
        "metrics", "address", "HOST:PORT|off",
        "where programs that look after it find /metrics and /healthz; a port alone is one of this computer",
        _metrics, lambda: OFF, written=_written_door,
    ),
    Setting(
        "rate", "number", "N",
        "messages per second and account; 0 switches it off, and all bounds to what one may ask for", _rate,
        lambda: DEFAULT_RATE,
        f"{DEFAULT_RATE:g}",
    ),
    Setting(
        "accounts_per_minute", "whole number", "N",
        "new accounts that come in from one address; 0, or --rate 0, switches the bound off", _count,
        lambda: ACCOUNTS_PER_MINUTE,
    ),
    Setting(
        "joins_per_minute", "whole number", "N",
        "rooms that are entered from one address; 0, or --rate 0, switches the bound off", _count,
        lambda: JOINS_PER_MINUTE,
    ),
    Setting(
        "rooms_per_account", "whole number", "N",
        "rooms that one account is in at once; 0, or --rate 0, switches the bound off", _count,
        lambda: ROOMS_PER_ACCOUNT,
    ),
    Setting(
        "connections_per_account", "whole number", "N",
        "connections that one account has at once; 0, or --rate 0, switches the bound off", _count,
        lambda: CONNECTIONS_PER_ACCOUNT,
    ),
    Setting(
        "renames_per_minute", "whole number", "N",
        "names that one account takes; 0, or --rate 0, switches the bound off", _count,
        lambda: RENAMES_PER_MINUTE,
    ),
    Setting(
        "connections_per_address", "whole number", "N",
        "connections of one address, at both sockets or the front door; 0, or --rate 0, switches it off",
        _count, lambda: CONNECTIONS_PER_ADDRESS,
    ),
    Setting(
        "keep_days", "whole number", "N",
        "days without a session, after which a nickname is free that its account asked to keep; 0 keeps none",
        _days, lambda: KEEP_DAYS,
    ),
    Setting(
        "log_json", "true or false", "", "log as JSON lines", _truth, lambda: False, "lines for people",
        switch=True,
    ),
    Setting(
        "log_file", "file", "FILE|off", "where the live log goes, too; at 10 MiB it is put aside", _log_file,
        lambda: OFF, written=lambda value: OFF if value is None else streams.typed(str(value)),
    ),
    Setting("log_keep", "whole number", "N", "how many older files of it stay", _log_keep, lambda: 5),
    *(_limit(name, default) for name, default in msgspec.structs.asdict(Limits()).items()),
)  # fmt: skip
