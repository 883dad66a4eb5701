"""What a line of somebody at a terminal asks for. Pure: nothing runs here.

docs/protocol.md, "The front door", 8. A line that is no command is said as it is. Case does not count: a
phone writes `/Who`, and what was meant for the server must not be said to everybody.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)+)"', re.DOTALL)
_WHO = re.compile(rf"({_QUOTED.pattern}|\S+)\s+(?=\S)", re.DOTALL)
_BEHIND_BACKSLASH = re.compile(r"\\(.)", re.DOTALL)


class Say(NamedTuple):
    """Say this in the room."""

    text: str


class Help(NamedTuple):
    """Which commands there are."""


class ListRooms(NamedTuple):
    """Which rooms there are, behind the room `behind`."""

    behind: str | None


class GoTo(NamedTuple):
    """Leave the room for another."""

    room: str


class ListPeople(NamedTuple):
    """Who is in a room; None: in this one."""

    room: str | None


class Rename(NamedTuple):
    """Be called something else."""

    nick: str


class Whisper(NamedTuple):
    """Say this to one alone."""

    who: str
    text: str


class Lacks(NamedTuple):
    """A command without what it is about. `what`: a sentence."""

    what: str


Typed = Say | Help | ListRooms | GoTo | ListPeople | Rename | Whisper | Lacks


def command(line: str) -> Typed:
    """What a line asks for that is not empty."""
    if not line.startswith("/"):
        return Say(line)
    word, *rest = line.split(maxsplit=1)
    read = _COMMANDS.get(word.lower())
    return Say(line) if read is None else read(rest[0].rstrip() if rest else "")


def _name(rest: str) -> str:
    """A name as it is, or in the quotes in which it is shown."""
    found = _QUOTED.fullmatch(rest)
    return rest if found is None else _BEHIND_BACKSLASH.sub(r"\1", found[1])


def _help(_: str) -> Typed:
    return Help()


def _rooms(rest: str) -> Typed:
    return ListRooms(_name(rest) or None)


def _join(rest: str) -> Typed:
    return GoTo(_name(rest)) if rest else Lacks("Say which room: /join ROOM.")


def _who(rest: str) -> Typed:
    return ListPeople(_name(rest) or None)


def _me(rest: str) -> Typed:
    return Say(f"*{rest}*") if rest else Lacks("Say what you do: /me TEXT.")


def _nick(rest: str) -> Typed:
    return Rename(_name(rest)) if rest else Lacks("Say what you want to be called: /nick NEW.")


def _msg(rest: str) -> Typed:
    found = _WHO.match(rest)
    if found is None:
        return Lacks('Say whom and what: /msg NICK TEXT; "anna maria" stands in quotes.')
    return Whisper(_name(found[1]), rest[found.end() :])


_COMMANDS: dict[str, Callable[[str], Typed]] = {
    "/help": _help,
    "/rooms": _rooms,
    "/join": _join,
    "/who": _who,
    "/msg": _msg,
    "/me": _me,
    "/nick": _nick,
}
