# SPDX-License-Identifier: GPL-3.0-only
"""What a text asks for that begins with a slash. Pure: no thread, no clock, no Qt.

Each is a request of the contract (docs/protocol.md, "Requests"). Case does not count, as at a terminal: what
was meant for the server must not be said to everybody.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Literal, NamedTuple

from loggia.qtclient.state.dates import Dates
from loggia.qtclient.state.day_words import EXAMPLES, day_meant
from loggia.shared.client.commands import Ask, LeaveRoom, Say, TakeNick
from loggia.shared.protocol import names
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import NOTE_CHARS, SLOWEST_S, STATUS_CHARS, Limits
from loggia.shared.protocol.requests import (
    Ban,
    Configure,
    Direct,
    Invite,
    Kick,
    Mute,
    SetRole,
    SetStatus,
    SetSubject,
    Unban,
    Unmute,
)
from loggia.shared.protocol.roles import RANKS, Role
from msgspec import structs

SIGN = "/"
ID = "-"  # of a request, until the link has a better one

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)+)"', re.DOTALL)
_BEHIND_BACKSLASH = re.compile(r"\\(.)", re.DOTALL)
_WORD = re.compile(r"(\S+)\s*(.*)", re.DOTALL)
_LASTING = re.compile(r"([0-9]+)([mhd])(?:\s+(.*))?", re.DOTALL | re.IGNORECASE)
_UNITS_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}
LONGEST_DAYS = 3650  # that somebody is kept out; who means longer means for good


class Visit(NamedTuple):
    """Go to that room, and join it."""

    room: str


class Whisper(NamedTuple):
    """Go to the conversation with one other, and say that there; "" says nothing."""

    request: Direct
    text: str


class Help(NamedTuple):
    """Show which commands there are."""


class Finish(NamedTuple):
    """End, as `!end` does."""


class Hold(NamedTuple):
    """Let what is said wait a moment, in which it can be taken back; `on` false: no more."""

    on: bool


class ToDay(NamedTuple):
    """Go to what was said on that day; None: ask which one."""

    day: date | None


class NoCommand(NamedTuple):
    """It begins with a slash, and is none: perhaps it is to be said as it is. `word`: what it begins with."""

    word: str


Wish = Say | Ask | TakeNick | LeaveRoom | Visit | Whisper | Help | Finish | Hold | ToDay | NoCommand


class Where(NamedTuple):
    """In which room it was written, what its broker takes, and when (Unix ms). `private`: the names of my
    private rooms, by what they are called, with its sign and in small letters."""

    room: str
    limits: Limits
    now: int
    private: Mapping[str, str]


class Slash(NamedTuple):
    """A command. `takes`: what stands behind its word, in words for people; `about`: what it does.

    `first`: what the first of that names.
    """

    word: str
    takes: str
    about: str
    read: Callable[[str, Where], Wish]
    first: Literal["who", "room", ""] = ""

    @property
    def usage(self) -> str:
        return f"{SIGN}{self.word} {self.takes}".rstrip()


def wish(written: Say, limits: Limits, now: int, private: Mapping[str, str] | None = None) -> Wish:
    """What is asked for, now (Unix ms), by who writes that; it is not empty. Raises Refused for what cannot
    be. `private` as of Where."""
    line = written.text.lstrip()
    if not line.startswith(SIGN):
        return written
    if line.startswith(SIGN * 2):
        return structs.replace(written, text=line[1:])
    word, rest = _first(line)
    command = by_word(word.removeprefix(SIGN))
    if command is None:
        return NoCommand(word)
    return command.read(rest, Where(written.room, limits, now, private or {}))


def as_written(said: str) -> str:
    """How one writes what is said so, and is no command."""
    return f"{SIGN}{said}" if said.startswith(SIGN) else said


def above(text: str, written: str) -> str:
    """What comes back to be written, over what is written there meanwhile, which begins the text no more."""
    if text and written.startswith(SIGN * 2):
        written = written.removeprefix(SIGN)
    return "\n".join(filter(None, (text, written)))


def _first(rest: str) -> tuple[str, str]:
    """The first word of it, and what stands behind that."""
    found = _WORD.fullmatch(rest)
    return (found[1], found[2]) if found else ("", "")


def named(rest: str) -> str:
    """A name as it is, or in the quotes in which it is shown."""
    found = _QUOTED.fullmatch(rest)
    return rest if found is None else _BEHIND_BACKSLASH.sub(r"\1", found[1])


def _who(rest: str) -> tuple[str, str]:
    """Somebody, with or without an @, in quotes where the name has spaces; and what stands behind."""
    found = _QUOTED.match(rest)
    if found is not None:
        return _BEHIND_BACKSLASH.sub(r"\1", found[1]), rest[found.end() :].lstrip()
    who, behind = _first(rest)
    return who.removeprefix("@") or who, behind


def _somebody(rest: str, limits: Limits, usage: str) -> tuple[str, str]:
    who, behind = _who(rest)
    if not who:
        raise Refused("bad_request", f"Say whom: {usage}.")
    return names.nick(who, limits), behind


def _note(words: str, what: str) -> str:
    names.note(words, what)
    if len(words) > NOTE_CHARS:
        raise Refused(
            "bad_request", f"The {what} has {len(words):,} characters; at most {NOTE_CHARS:,} are allowed."
        )
    return words


def _lacks(words: str) -> Refused:
    return Refused("bad_request", words)


def _help(rest: str, at: Where) -> Wish:
    return Help()


def _me(rest: str, at: Where) -> Wish:
    if not rest:
        raise _lacks("Say what you do: /me TEXT.")
    return Say(room=at.room, text=f"*{rest}*")


def _nick(rest: str, at: Where) -> Wish:
    if not rest:
        raise _lacks("Say what you want to be called: /nick NEW.")
    return TakeNick(nick=names.nick(named(rest), at.limits))


def _join(rest: str, at: Where) -> Wish:
    room = named(rest.removeprefix("#").strip())
    if not room:
        raise _lacks("Say which room: /join ROOM.")
    if (private := at.private.get(room.casefold())) is not None:
        return Visit(private)
    if room.startswith((names.PRIVATE_SIGN, names.DIRECT_SIGN)):
        raise _lacks(f"You are in no private room {names.escaped(room[:40])}; Ctrl+K makes one.")
    return Visit(names.chosen_room(room, at.limits))


def _leave(rest: str, at: Where) -> Wish:
    room = named(rest.removeprefix("#").strip())
    return LeaveRoom(room=at.private.get(room.casefold()) or names.room(room, at.limits) if room else at.room)


def _msg(rest: str, at: Where) -> Wish:
    who, text = _somebody(rest, at.limits, '/msg WHO TEXT; "anna maria" stands in quotes')
    if text:
        names.text(text, at.limits)
    return Whisper(Direct(id=ID, people=[who]), text)


def _topic(rest: str, at: Where) -> Wish:
    if not rest:
        raise _lacks("Say what the room is about: /topic TEXT.")
    return Ask(request=SetSubject(id=ID, room=at.room, subject=_note(rest, "subject")))


def _about(kind: type[Invite | Kick | Unban | Unmute], word: str) -> Callable[[str, Where], Wish]:
    def read(rest: str, at: Where) -> Wish:
        who, reason = _somebody(rest, at.limits, f"/{word} WHO REASON")
        return Ask(request=kind(id=ID, room=at.room, who=who, reason=_note(reason, "reason")))

    return read


def _for_a_time(kind: type[Ban | Mute], word: str) -> Callable[[str, Where], Wish]:
    def read(rest: str, at: Where) -> Wish:
        who, behind = _somebody(rest, at.limits, f"/{word} WHO TIME REASON")
        until: int | None = None
        if (found := _LASTING.fullmatch(behind)) is not None:
            until, behind = at.now + _lasting_ms(found[1], found[2].lower()), found[3] or ""
        return Ask(request=kind(id=ID, room=at.room, who=who, reason=_note(behind, "reason"), until=until))

    return read


def _lasting_ms(count: str, unit: str) -> int:
    """Raises Refused for no time at all, and for what is as good as for ever."""
    unit_ms = _UNITS_MS[unit]
    most = LONGEST_DAYS * _UNITS_MS["d"] // unit_ms
    count = count.lstrip("0")
    if not count or len(count) > len(str(most)) or int(count) > most:
        raise _lacks(f"Say for how long, 1{unit} to {most:,}{unit}, or no time: then it is for good.")
    return int(count) * unit_ms


def _role(rest: str, at: Where) -> Wish:
    who, given = _somebody(rest, at.limits, "/role WHO ROLE")
    roles: dict[str, Role] = {role: role for role in RANKS}
    role = roles.get(given.casefold())
    if role is None:
        raise _lacks(f"Say which role: /role WHO ROLE, one of {', '.join(RANKS)}.")
    return Ask(request=SetRole(id=ID, room=at.room, who=who, role=role))


def _slow(rest: str, at: Where) -> Wish:
    if not (rest.isascii() and rest.isdigit() and len(rest) < 10 and int(rest) <= SLOWEST_S):
        raise _lacks(f"Say how many seconds, 0 to {SLOWEST_S:,}: /slow SECONDS.")
    return Ask(request=Configure(id=ID, room=at.room, slow_s=int(rest)))


def _status(rest: str, at: Where) -> Wish:
    names.status(rest)
    if len(rest) > STATUS_CHARS:
        raise _lacks(f"The status has {len(rest):,} characters; at most {STATUS_CHARS} are allowed.")
    return Ask(request=SetStatus(id=ID, text=rest))


def _finish(rest: str, at: Where) -> Wish:
    if rest:
        raise _lacks("This would end Loggia; say it without more behind it, and what you want to say before.")
    return Finish()


def _hold(rest: str, at: Where) -> Wish:
    if rest.casefold() not in ("", "off"):
        raise _lacks("Say /hold, or /hold off.")
    return Hold(on=not rest)


def _date(rest: str, at: Where) -> Wish:
    if not rest:
        return ToDay(None)
    day = day_meant(rest, Dates().date(at.now))
    if day is None:
        raise _lacks(f"Say which day, as in: {EXAMPLES}.")
    return ToDay(day)


COMMANDS = (
    Slash("help", "", "shows these", _help),
    Slash("me", "TEXT", "says what you do", _me),
    Slash("msg", "WHO TEXT", "says it to one person alone", _msg, "who"),
    Slash("join", "ROOM", "goes to a room; one that is not there begins", _join, "room"),
    Slash("hold", "[off]", "lets what you say wait 5 seconds, in which you can take it back", _hold),
    Slash("date", "[DAY]", f"goes to what was said on a day: {EXAMPLES}; without one: asks which", _date),
    Slash("leave", "[ROOM]", "leaves this room, or another one", _leave, "room"),
    Slash("nick", "NEW", "calls you something else, in all rooms", _nick),
    Slash("status", "[TEXT]", "is shown beside your name; without a text: nothing is", _status),
    Slash("topic", "TEXT", "says what this room is about", _topic),
    Slash("invite", "WHO [REASON]", "lets somebody into this room", _about(Invite, "invite"), "who"),
    Slash("kick", "WHO [REASON]", "shows somebody out, who may come back", _about(Kick, "kick"), "who"),
    Slash(
        "ban",
        "WHO [TIME] [REASON]",
        "shows somebody out for good, or for so long: 10m, 2h, 1d",
        _for_a_time(Ban, "ban"),
        "who",
    ),
    Slash("unban", "WHO [REASON]", "lets somebody come back who was banned", _about(Unban, "unban"), "who"),
    Slash(
        "mute",
        "WHO [TIME] [REASON]",
        "lets somebody read and not write, for good or for so long: 10m, 2h, 1d",
        _for_a_time(Mute, "mute"),
        "who",
    ),
    Slash("unmute", "WHO [REASON]", "lets somebody write again", _about(Unmute, "unmute"), "who"),
    Slash("role", "WHO ROLE", f"makes somebody {', '.join(RANKS)}", _role, "who"),
    Slash("slow", "SECONDS", "lets each wait so long between messages; 0: not at all", _slow),
)
BY_WORD = {command.word: command for command in COMMANDS}
_MEANT = {"part": "leave", "query": "msg", "whisper": "msg", "away": "status"}
OTHERS = (  # the words of other chats, which are offered only to who begins one
    *(
        BY_WORD[ours]._replace(word=word, about=f"as {SIGN}{ours}: {BY_WORD[ours].about}")
        for word, ours in _MEANT.items()
    ),
    *(Slash(word, "", "ends Loggia, as !end does", _finish) for word in ("quit", "exit")),
)
_ANY = BY_WORD | {command.word: command for command in OTHERS}


def by_word(word: str) -> Slash | None:
    """The command of that word, also of other chats, in whichever letters; None: there is none."""
    return _ANY.get(word.casefold())
