"""The broker's settings: flags > LOGGIA_* environment > TOML file > defaults."""

import argparse
import codecs
import contextlib
import os
import re
import reprlib
import socket
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import platformdirs
from loggia.shared.process import paths, streams
from loggia.shared.protocol import addresses, names
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.errors import LoggiaError, Refused
from loggia.shared.protocol.limits import (
    DEFAULT_BROADCASTS,
    DEFAULT_FRONT_DOOR,
    DEFAULT_RATE,
    DEFAULT_REQUESTS,
    Limits,
)

ENVIRONMENT = "LOGGIA_"
OFF = "off"
FILE_BYTES = 2**16  # a settings file has a hundredth of it, and a parser may take the square of its length
MOST = 2**31 - 1  # of a limit: four times as much is a size that the sockets still take


_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_SHORT = reprlib.Repr()  # lists cannot be so deep that it fails
_SHORT.maxstring = _SHORT.maxother = 200


class BadSetting(LoggiaError):
    """A setting that cannot be used; the text says which, from where, and what would do."""


class _Parser(argparse.ArgumentParser):
    """What it says of strange arguments moves no cursor."""

    def error(self, message: str) -> NoReturn:
        super().error(names.escaped(message))


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """How this broker runs. `front_door`: host and port, None when off. `rate`: messages/s, 0 when off."""

    data: Path
    name: str
    requests: str
    broadcasts: str
    front_door: tuple[str, int] | None
    rate: float
    log_json: bool
    limits: Limits
    sources: dict[str, str]


def parser(typed: str) -> argparse.ArgumentParser:
    """The command line behind what was `typed`; argparse itself exits with 2 on wrong usage."""
    command = _Parser(prog=typed, description="Loggia's broker: a chat server built on a log.")
    command.add_argument("--data", metavar="DIR", help="where the log lives")
    command.add_argument("--name", metavar="NAME", help="what this server is called")
    command.add_argument("--requests", metavar="ENDPOINT", help=f"default {DEFAULT_REQUESTS}")
    command.add_argument("--broadcasts", metavar="ENDPOINT", help=f"default {DEFAULT_BROADCASTS}")
    command.add_argument("--front-door", metavar="HOST:PORT|off", help=f"default {DEFAULT_FRONT_DOOR}")
    command.add_argument("--rate", metavar="N", help="messages per second and account; 0 switches it off")
    command.add_argument("--log-json", action="store_const", const="true", help="log as JSON lines")
    command.add_argument("--config", metavar="FILE", help=f"TOML file, default {default_file()}")
    command.add_argument("--print-config", action="store_true", help="print the settings in force and stop")
    command.add_argument(
        "--stop-when-alone",
        action="store_true",
        help="when standard input ends: stop, unless somebody is connected",
    )
    return command


def another(key: str) -> str:
    """What to do about an address that cannot be had."""
    off = ", which may be `off`" if key == "front_door" else ""
    return f"choose another one with --{key.replace('_', '-')} or {ENVIRONMENT}{key.upper()}{off}"


def default_file() -> Path:
    return platformdirs.user_config_path("loggia") / "broker.toml"


def load(flags: argparse.Namespace, environment: Mapping[str, str]) -> Config:
    """The settings in force. Raises BadSetting."""
    values: dict[str, tuple[Any, str]] = {key: (value, "default") for key, value in _defaults().items()}
    environment = {name: value for name, value in environment.items() if value.strip()}  # empty: not set
    named = flags.config or environment.get(ENVIRONMENT + "CONFIG")
    path = Path(named) if named else default_file()
    if named or path.is_file():
        values |= {key: (value, str(path)) for key, value in _from_file(path).items()}
    for key in values:
        variable = ENVIRONMENT + key.upper().replace(".", "_")
        if variable in environment:
            values[key] = (environment[variable], variable)
    for key in values:
        flag = getattr(flags, key, None)
        if flag is not None:
            values[key] = (flag, "--" + key.replace("_", "-"))
    return _checked(values)


def as_toml(config: Config, *, ascii_only: bool = False) -> str:
    """The settings in force as a TOML file, each with where it comes from.

    `ascii_only`: for where the text is not written as UTF-8, as TOML has to be.
    """
    rows = {
        "data": streams.typed(str(config.data)),
        "name": config.name,
        "requests": config.requests,
        "broadcasts": config.broadcasts,
        "front_door": OFF if config.front_door is None else str(addresses.Place(*config.front_door)),
        "rate": config.rate,
        "log_json": config.log_json,
    }
    sources = {key: names.escaped(source) for key, source in config.sources.items()}
    lines = [f"{key} = {_toml(value)}  # {sources[key]}" for key, value in rows.items()]
    lines += ["", "[limits]"]
    limits = msgspec.structs.asdict(config.limits)
    lines += [f"{key} = {value}  # {sources['limits.' + key]}" for key, value in limits.items()]
    text = "\n".join(lines)
    return _BEYOND_ASCII.sub(_as_escape, text) if ascii_only else text


def _defaults() -> dict[str, Any]:
    limits = msgspec.structs.asdict(Limits())
    return {
        "data": str(platformdirs.user_data_path("loggia") / "broker"),
        "name": _name_of_this_computer(),
        "requests": DEFAULT_REQUESTS,
        "broadcasts": DEFAULT_BROADCASTS,
        "front_door": DEFAULT_FRONT_DOOR,
        "rate": DEFAULT_RATE,
        "log_json": False,
    } | {f"limits.{key}": value for key, value in limits.items()}


def _from_file(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = _parsed(file.read(FILE_BYTES + 1))
    except OSError as reason:
        raise BadSetting(f"the settings in {path} cannot be read: {reason.strerror}") from None
    except ValueError as reason:  # of tomllib, too
        raise BadSetting(f"{path} is not TOML: {reason}") from None
    except RecursionError:
        raise BadSetting(f"{path} is not TOML for settings: it is nested too deeply") from None
    limits = content.pop("limits", {})
    if not isinstance(limits, dict):
        raise BadSetting(f"{path}: limits is a table, [limits]")
    content |= {f"limits.{key}": value for key, value in limits.items()}
    for key in content:
        if key not in _defaults():
            raise BadSetting(f"{path}: there is no setting {_shown(key)}; --print-config shows all there are")
    return content


def _parsed(content: bytes) -> dict[str, Any]:
    if len(content) > FILE_BYTES:
        raise ValueError(f"it has more than {FILE_BYTES} bytes")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or (b"\0" in content[:2]):
        raise ValueError("it is UTF-16; save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")  # Notepad puts a mark at the beginning
    except UnicodeDecodeError as reason:
        line = content.count(b"\n", 0, reason.start) + 1
        raise ValueError(f"it is not UTF-8 (at line {line}); save it as UTF-8") from None
    return tomllib.loads(text)


def _checked(values: dict[str, tuple[Any, str]]) -> Config:
    def checked(key: str, check: Any) -> Any:
        value, source = values[key]
        try:
            return check(value)
        except (ValueError, TypeError, Refused) as reason:
            text = reason.text if isinstance(reason, Refused) else str(reason)
            raise BadSetting(f"{key} = {_shown(value)} (from {source}): {text}") from None

    limits = {
        field: checked(f"limits.{field}", _positive_whole) for field in msgspec.structs.asdict(Limits())
    }
    return Config(
        data=Path(checked("data", _path)),
        name=checked("name", _name),
        requests=checked("requests", addresses.to_serve),
        broadcasts=checked("broadcasts", _broadcasts),
        front_door=checked("front_door", _front_door),
        rate=checked("rate", _rate),
        log_json=checked("log_json", _truth),
        limits=Limits(**limits),
        sources={key: source for key, (_, source) in values.items()},
    )


def _path(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ValueError("give a folder")
    try:
        native = paths.native(value)
        os.fsencode(native).decode()
    except UnicodeError:
        raise ValueError("give a folder whose name is UTF-8") from None  # SQLite opens no other
    try:
        return str(Path(native).expanduser())
    except RuntimeError:
        raise ValueError("nobody of that name has a home folder here; give the whole path") from None


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("give a name")
    return names.server(streams.typed(value), Limits())


def _name_of_this_computer() -> str:
    try:
        return names.server(socket.gethostname()[: Limits().room_chars], Limits())
    except Refused:
        return "loggia"


def _shown(value: object) -> str:
    """As it was written, if that is short."""
    return _SHORT.repr(value)


def _as_escape(char: re.Match[str]) -> str:
    return f"\\u{ord(char[0]):04x}" if ord(char[0]) < 0x10000 else f"\\U{ord(char[0]):08x}"


def _broadcasts(value: Any) -> str:
    return addresses.to_serve(value, DEFAULT_BROADCASTS)


def _front_door(value: Any) -> tuple[str, int] | None:
    return None if value == OFF or value is False else addresses.to_listen(value)


def _rate(value: Any) -> float:
    with contextlib.suppress(ValueError):
        rate = float(str(value))
        if 0 <= rate <= 1e9:
            return rate
    raise ValueError("give messages per second, 0 or more (0 switches the limit off)")


def _positive_whole(value: Any) -> int:
    with contextlib.suppress(ValueError):
        number = int(str(value))
        if 1 <= number <= MOST:
            return number
    raise ValueError(f"give a whole number from 1 to {MOST}")


def _truth(value: Any) -> bool:
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}
    if str(value).lower() not in known:
        raise ValueError("give true or false")
    return known[str(value).lower()]


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value)
    return encode(value).decode().replace("\x7f", "\\u007f")  # a string of JSON, but for this, is one of TOML
