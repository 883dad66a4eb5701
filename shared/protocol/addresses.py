"""Addresses as people write them, read in one place: by the window, scripts, bots and the broker. Pure.

HOST:PORT, HOST, [IPv6]:PORT, IPv6, each also behind `tcp://` or `loggia://`, and `ipc://PATH`. What comes
out is what ZeroMQ takes. What cannot be an address is refused at once: nobody would ever answer there.
"""

import ipaddress
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from loggia.shared.protocol.limits import DEFAULT_REQUESTS

WILDCARDS = frozenset({"*", "0.0.0.0", "::"})  # every address of this computer: to serve on, not to go to
HOST_CHARS = 253  # of a name in the DNS
IPC_BYTES = 107  # of a socket's path; some systems take a few less
SHOWN_CHARS = 80  # of what was written, in an error

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_ZONE = re.compile(r"[A-Za-z0-9_.:@~-]{1,32}")  # of an IPv6 address: a network interface


class Place(NamedTuple):
    """Where a TCP door is. `host`: a name, an IPv4 or a bare IPv6 address, or `*`."""

    host: str
    port: int

    @classmethod
    def of(cls, name: Sequence[Any]) -> "Place":
        """One end of a connection, as the system names it; IPv4 also where it came by a socket for both."""
        plain = str(name[0]).removeprefix("::ffff:")
        return cls(plain if "." in plain else str(name[0]), int(name[1]))

    @property
    def is_ipv6(self) -> bool:
        """It is written as an IPv6 address."""
        return ":" in self.host

    @property
    def is_name(self) -> bool:
        """It has to be looked up, and may turn out to be of either kind."""
        return not self.is_ipv6 and self.host != "*" and not _ends_in_number(self.host)

    @property
    def is_here(self) -> bool:
        """It is this computer, whichever that is."""
        if self.is_ipv6 or _ends_in_number(self.host):
            return ipaddress.ip_address(self.host).is_loopback
        return self.host.removesuffix(".") == "localhost"

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if self.is_ipv6 else f"{self.host}:{self.port}"


def to_connect(value: object) -> str:
    """The requests door of a broker, as ZeroMQ connects to it; the port is 1101 if none is named.

    Raises ValueError, which says what is wrong and how it is written, and TypeError for what is no str.
    """
    if not isinstance(value, str):
        raise TypeError(f"The address of a broker is a str like {DEFAULT_REQUESTS!r}, not {value!r:.80}.")
    try:
        return _to_connect(value)
    except ValueError as reason:
        shown = value if len(value) <= SHOWN_CHARS else value[:SHOWN_CHARS] + "..."
        raise ValueError(
            f"{shown!r} is no address of a broker: {reason}. Write it as tcp://HOST:PORT, for example"
            f" {DEFAULT_REQUESTS}."
        ) from None


def as_reached_here(value: str) -> str:
    """What this computer's broker serves on, as programs beside it get there; all else as it is.

    LOGGIA_REQUESTS is the one's and the others'.
    """
    try:
        place = parse(to_serve(value))
    except ValueError:
        return value
    return f"tcp://127.0.0.1:{place.port}" if place.host in WILDCARDS else value


def to_serve(value: object, default: str = DEFAULT_REQUESTS) -> str:
    """The endpoint of a door, as ZeroMQ binds it; port 0 picks a free one. Raises ValueError.

    `default`: an endpoint with the port that is meant if none is named.
    """
    try:
        if not isinstance(value, str):
            raise ValueError("it is no text")
        scheme, rest = _parted(value)
        if scheme == "ipc":
            return f"ipc://{_ipc(rest)}"
        place = _place(rest, parse(default).port)
    except ValueError as reason:
        raise ValueError(f"{reason}; give an endpoint like {default} (port 0 picks a free one)") from None
    return f"tcp://{place}"


def to_listen(value: object) -> Place:
    """HOST:PORT of a plain TCP door; port 0 picks a free one. Raises ValueError."""
    try:
        if not isinstance(value, str):
            raise ValueError("it is no text")
        return _place(value.strip(), None)
    except ValueError as reason:
        raise ValueError(
            f"{reason}; give HOST:PORT with a port from 0 to 65535 (0 picks a free one)"
        ) from None


def parse(endpoint: str) -> Place:
    """Host and port of a tcp endpoint that ZeroMQ or one of the above gave."""
    host, _, port = endpoint.partition("://")[2].rpartition(":")
    return Place(host.strip("[]"), int(port))


def is_name(endpoint: str) -> bool:
    """Its host has to be looked up."""
    try:
        return endpoint.startswith("tcp://") and parse(endpoint).is_name
    except ValueError:
        return False


class Broadcasts(NamedTuple):
    """Where a broker's broadcasts are listened to. `told`: the host that it named, if that is another one."""

    endpoint: str
    told: str = ""


def reached_by(broadcasts: str, requests: str, asked_for: str = "") -> Broadcasts:
    """The broadcasts door that a broker told, as it is reached by who came to its requests door.

    That is at the same host always, whatever the broker says: nobody is led to another one. So a port that
    is forwarded is reached, too, and an IPv6 address of one network only (fe80::...) through the interface
    that the requests door was found through. `asked_for`: the requests door as it was written, which may be
    by a name. Raises ValueError for what is no such address, or of another scheme.
    """
    scheme, rest = _parted(broadcasts)
    came_by = requests.partition("://")[0]
    if scheme != came_by:
        raise ValueError(f"the requests door is at {came_by}://, and so are its broadcasts")
    if scheme == "ipc":
        if rest == "*":
            raise ValueError("ipc://* is for a broker to serve on")
        return Broadcasts(f"ipc://{_ipc(rest)}")
    told, ours = _place(rest, None), parse(requests)
    if told.port == 0:
        raise ValueError("nobody serves on port 0")
    same = {*WILDCARDS, _bare(ours.host), _bare(parse(asked_for or requests).host)}
    if same & _HERE:
        same |= _HERE
    return Broadcasts(f"tcp://{Place(ours.host, told.port)}", "" if _bare(told.host) in same else told.host)


_HERE = frozenset({"127.0.0.1", "::1", "localhost"})  # one computer, by whichever name


def _bare(host: str) -> str:
    """Without the interface that it is reached through."""
    return host.partition("%")[0]


def _to_connect(value: str) -> str:
    scheme, rest = _parted(value)
    if scheme == "ipc":
        if rest == "*":
            raise ValueError("ipc://* is for a broker to serve on")
        return f"ipc://{_ipc(rest)}"
    place = _place(rest, parse(DEFAULT_REQUESTS).port)
    if place.host in WILDCARDS:
        raise ValueError(
            f"{place.host} is for a broker to serve on, and stands for every address of its computer;"
            " to connect, name one of them"
        )
    if place.port == 0:
        raise ValueError("nobody serves on port 0; name the one that the broker printed")
    return f"tcp://{place}"


def _parted(value: str) -> tuple[str, str]:
    """Scheme and what is behind it; `tcp` where none is written."""
    value = value.strip()
    if not value:
        raise ValueError("it is empty")
    if "\0" in value:
        raise ValueError("it holds a NUL character")
    found = _SCHEME.match(value)
    scheme = found[1].lower() if found else "tcp"
    rest = value[found.end() :] if found else value
    if scheme not in ("tcp", "loggia", "ipc"):
        raise ValueError(f"{scheme}:// is another protocol's")
    return ("ipc", rest) if scheme == "ipc" else ("tcp", rest.rstrip("/"))


def _ipc(path: str) -> str:
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        raise ValueError("the path is no UTF-8") from None
    if not path:
        raise ValueError("the path of the socket is missing")
    if size > IPC_BYTES:
        raise ValueError(f"the path has {size} bytes; a socket's may have {IPC_BYTES}")
    return path


def _place(text: str, default_port: int | None) -> Place:
    """HOST:PORT, or HOST alone where there is a default port."""
    for sign, what in (("@", "a user has no meaning here"), ("/", "a path has no meaning here")):
        if sign in text.partition("%")[0]:
            raise ValueError(what)
    host, port = _split(text)
    if port is None:
        if default_port is None:
            raise ValueError("the port is missing")
        return Place(_host(host), default_port)
    return Place(_host(host), _port(port))


def _split(text: str) -> tuple[str, str | None]:
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise ValueError("an IPv6 address with a port is written as [ADDRESS]:PORT")
        if ":" not in host:
            raise ValueError("only an IPv6 address stands in brackets")
        return host, rest[1:] if rest else None
    if text.count(":") <= 1:
        host, found, port = text.partition(":")
        return host, port if found else None
    before, _, last = text.rpartition(":")
    if _is_ipv6(text) and not (_is_ipv6(before) and last.isdecimal()):
        return text, None
    raise ValueError("with more than one colon, an IPv6 address is written as [ADDRESS]:PORT")


def _port(text: str) -> int:
    if not text:
        raise ValueError("the port is missing")
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f"the port {text[:SHOWN_CHARS]!r} is no number")
    if len(text) > 9 or int(text) > 65535:
        raise ValueError(f"the port {text[:SHOWN_CHARS]} is greater than 65535")
    return int(text)


def _host(text: str) -> str:
    if not text:
        raise ValueError("the host is missing")
    if ":" in text:
        return _ipv6(text)
    if text == "*":
        return text
    if len(text) > HOST_CHARS:
        raise ValueError(f"the name of the host has {len(text)} characters; {HOST_CHARS} is the most")
    host = text.lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode().lower()
        except UnicodeError:
            raise ValueError(f"there can be no host called {text!r}") from None
    if _ends_in_number(host):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise ValueError(f"{text!r} is no IPv4 address, which is four numbers up to 255") from None
    for label in host.removesuffix(".").split("."):
        if not _LABEL.fullmatch(label):
            raise ValueError(_wrong_label(text, label))
    return host


def _wrong_label(host: str, label: str) -> str:
    if len(label) > 63:
        return f"a part of the host's name has {len(label)} characters; 63 is the most"
    return f"there can be no host called {host!r}"


def _ipv6(text: str) -> str:
    address, found, zone = text.partition("%")
    if not _is_ipv6(address):
        raise ValueError(f"{address[:SHOWN_CHARS]!r} is no IPv6 address")
    if found and not _ZONE.fullmatch(zone):
        raise ValueError("behind % of an IPv6 address stands the name of a network interface")
    parsed = ipaddress.IPv6Address(address)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(parsed) + (f"%{zone}" if found else "")


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def _ends_in_number(host: str) -> bool:
    """No name does: the last part of one is a country's, or such."""
    last = host.removesuffix(".").rpartition(".")[2]
    return last.isascii() and last.isdecimal()
