"""The broker's settings: flags > LOGGIA_* environment > TOML file > defaults."""

import argparse
import codecs
import difflib
import re
import reprlib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import platformdirs
from loggia.broker.settings import ENVIRONMENT, SETTINGS
from loggia.shared.process import command
from loggia.shared.protocol import names
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.errors import LoggiaError, Refused
from loggia.shared.protocol.limits import (
    ACCOUNTS_PER_MINUTE,
    CONNECTIONS_PER_ACCOUNT,
    CONNECTIONS_PER_ADDRESS,
    JOINS_PER_MINUTE,
    KEEP_DAYS,
    RENAMES_PER_MINUTE,
    ROOMS_PER_ACCOUNT,
    Limits,
)

FILE_VARIABLE = f"{ENVIRONMENT}CONFIG"
NAME_CHARS = 60  # of what is compared with the names of settings
ALIKE = 0.7  # from which a name is taken for another: two letters of NAME exchanged, one of REQUESTS missing
FILE_BYTES = 2**16  # a settings file has a hundredth of it, and a parser may take the square of its length


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
    """How this broker runs. `front_door`, `metrics`: host and port, None when off. `rate`: messages/s, 0 when
    off. `log_file`: None when off.

    `connections_per_address`: at both sockets together, and at the front door; 0 when off. The others as in
    Bounds (sessions/quotas.py).
    """

    data: Path
    name: str
    requests: str
    broadcasts: str
    front_door: tuple[str, int] | None
    rate: float
    log_json: bool
    log_file: Path | None
    log_keep: int
    limits: Limits
    sources: dict[str, str]
    metrics: tuple[str, int] | None = None
    connections_per_address: int = CONNECTIONS_PER_ADDRESS
    accounts_per_minute: int = ACCOUNTS_PER_MINUTE
    joins_per_minute: int = JOINS_PER_MINUTE
    rooms_per_account: int = ROOMS_PER_ACCOUNT
    connections_per_account: int = CONNECTIONS_PER_ACCOUNT
    renames_per_minute: int = RENAMES_PER_MINUTE
    keep_days: int = KEEP_DAYS

    @property
    def most_per_address(self) -> int:
        """Connections that one address may have at a door, 0 for no bound: whoever trusts all has none."""
        return self.connections_per_address if self.rate else 0


def parser(typed: str) -> argparse.ArgumentParser:
    """The command line behind what was `typed`; argparse itself exits with 2 on wrong usage."""
    made = _Parser(
        prog=typed,
        description="Loggia's broker: a chat server built on a log.",
        epilog=f"A setting may also be given as a variable ({SETTINGS[0].variable}, ...) or in the file, "
        "those without a flag only so; --print-config shows all.",
    )
    for setting in SETTINGS:
        text = f"{setting.help}; default {setting.told}".replace("%", "%%")
        if setting.switch:
            made.add_argument(setting.flag, action="store_const", const="true", help=text)
        elif setting.flag:
            made.add_argument(setting.flag, metavar=setting.metavar, help=text)
    file = f"TOML file, default {default_file()}".replace("%", "%%")
    made.add_argument("--config", metavar="FILE", help=file)
    made.add_argument("--print-config", action="store_true", help="print the settings in force and stop")
    made.add_argument(
        "--stop-when-alone",
        action="store_true",
        help="when standard input ends: stop, unless somebody is connected",
    )
    return made


def another(key: str) -> str:
    """What to do about an address, or a file, that cannot be had."""
    off = ", which may be `off`" if key in ("front_door", "log_file", "metrics") else ""
    return f"choose another one with --{key.replace('_', '-')} or {ENVIRONMENT}{key.upper()}{off}"


def default_file() -> Path:
    return platformdirs.user_config_path("loggia") / "broker.toml"


def load(flags: argparse.Namespace, environment: Mapping[str, str]) -> Config:
    """The settings in force. Raises BadSetting."""
    values: dict[str, tuple[Any, str]] = {row.name: (row.default(), "default") for row in SETTINGS}
    environment = {name: value for name, value in environment.items() if value.strip()}  # empty: not set
    named = flags.config or environment.get(FILE_VARIABLE)
    path = Path(named) if named else default_file()
    if named or path.is_file():
        values |= {key: (value, str(path)) for key, value in _from_file(path).items()}
    for row in SETTINGS:
        if row.variable in environment:
            values[row.name] = (environment[row.variable], row.variable)
        if row.flag and (given := getattr(flags, row.name)) is not None:
            values[row.name] = (given, row.flag)
    return _checked(values)


def as_toml(config: Config, *, ascii_only: bool = False) -> str:
    """The settings in force as a TOML file, each with where it comes from.

    `ascii_only`: for where the text is not written as UTF-8, as TOML has to be.
    """
    lines, table = list[str](), ""
    for row in SETTINGS:
        inner, _, name = row.name.rpartition(".")
        if inner != table:
            lines += ["", f"[{inner}]"]
            table = inner
        value = row.written(getattr(config.limits if inner else config, name))
        lines.append(f"{name} = {_toml(value)}  # {names.escaped(config.sources[row.name])}")
    text = "\n".join(lines)
    return _BEYOND_ASCII.sub(_as_escape, text) if ascii_only else text


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
    known = [row.name for row in SETTINGS]
    for key in content:
        if key not in known:
            nearest = "".join(f"did you mean {name}? " for name in _nearest(key, known))
            raise BadSetting(
                f"{path}: there is no setting {_shown(key)}; {nearest}--print-config shows all there are"
            )
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
    used = {}
    for row in SETTINGS:
        value, source = values[row.name]
        try:
            used[row.name] = row.check(value)
        except (ValueError, TypeError, Refused) as reason:
            text = reason.text if isinstance(reason, Refused) else str(reason)
            raise BadSetting(f"{row.name} = {_shown(value)} (from {source}): {text}") from None
    limits = {name: used.pop(f"limits.{name}") for name in msgspec.structs.asdict(Limits())}
    sources = {name: source for name, (_, source) in values.items()}
    return Config(**used, limits=Limits(**limits), sources=sources)


def misspelt(environment: Mapping[str, str]) -> list[str]:
    """A sentence for each variable that is none of ours and looks as if it was to be one."""
    known = [*(row.variable for row in SETTINGS), FILE_VARIABLE]
    told = []
    for variable, value in sorted(environment.items()):
        if not variable.upper().startswith(ENVIRONMENT) or not value.strip():
            continue
        if variable in (*known, command.STARTED_BY):
            continue
        for nearest in _nearest(variable.upper().replace("-", "_"), known, ENVIRONMENT):
            told.append(f"{names.escaped(variable)} is no setting; did you mean {nearest}?")
    return told


def _nearest(name: str, known: Sequence[str], prefix: str = "") -> list[str]:
    """The one of them that is most like it, if any is. All begin with the prefix, which tells nothing."""
    short = {one.removeprefix(prefix): one for one in known}
    short |= {re.sub(r"^limits[._]", "", one, flags=re.I): whole for one, whole in short.items()}
    asked = name[:NAME_CHARS].removeprefix(prefix)
    begins = [one for one in short if asked.startswith(f"{one}_")]
    found = begins or difflib.get_close_matches(asked, short, 1, ALIKE)
    return [short[one] for one in found[:1]]


def _shown(value: object) -> str:
    """As it was written, if that is short."""
    return _SHORT.repr(value)


def _as_escape(char: re.Match[str]) -> str:
    return f"\\u{ord(char[0]):04x}" if ord(char[0]) < 0x10000 else f"\\U{ord(char[0]):08x}"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value)
    return encode(value).decode().replace("\x7f", "\\u007f")  # a string of JSON, but for this, is one of TOML
