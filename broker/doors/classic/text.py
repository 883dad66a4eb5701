"""What a visitor of the front door reads: events, greetings and answers as text. Pure: nothing runs here.

docs/protocol.md, "The front door", 1-3. Everything that comes from people is escaped here, once, and nothing
that one of them says can be read as a line of another or of the broker: names stand in quotes unless they are
one plain word, and all lines of a message but its first begin with INDENT.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, assert_never

from loggia.broker.doors.classic.strangers import PROGRAMS
from loggia.shared.protocol.events import (
    AboutRoom,
    AnyEvent,
    DeletedEvent,
    EditedEvent,
    JoinedEvent,
    LeftEvent,
    LeftReason,
    MessageEvent,
    OtherEvent,
    PinnedEvent,
    PresenceEvent,
    ReactedEvent,
    ReadEvent,
    RenamedEvent,
    TypingEvent,
)
from loggia.shared.protocol.names import escaped, quoted
from loggia.shared.protocol.sentences import sentence, shown_out

GREETING = "Welcome to Loggia! What nickname shall we call you? "
WENT_ON = "What came behind it was not taken. Connect again, and wait for the answer to your nickname."
ASK_AGAIN = "Please send another nickname."
INDENT = "    | "  # no name begins like this, not even where a reader strips what is blank
# A tab, blanks (French and Japanese have their own) and the letter joiners (of Persian words and of pictures
# of people) do nothing to a terminal
_HARMLESS = re.compile("([\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u200c\u200d])")
MOST_BLANK_LINES = 8  # in a row; more is a page that nobody wrote, and seven times its bytes
_MANY_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*+\n){" + str(MOST_BLANK_LINES - 1) + r",}+")

_ABOUT_ROOM = "* "  # no name begins like this
_JOINED = "has joined the chat"
_RENAMED = "is now called"
_EDITED = "edited what was said:"
_LEFT: dict[LeftReason, str] = {
    "end": "has left the chat",
    "lost": "has left the chat: the connection was lost",
    "kicked": "was shown out of the chat",
}
_TELLING = [
    words.encode() for words in (":", "\uff1a", "!end", _ABOUT_ROOM, _JOINED, _RENAMED, *_LEFT.values())
]


class Shown(NamedTuple):
    """An event as text, without a line end. `but_not`: the account that is not told, as it knows of it by an
    answer. `out`: the one that is not here any more, as others wanted it."""

    data: bytes
    but_not: str | None = None
    out: str | None = None


class Told:
    """What happened, made ready once for all who are told of it. Empty: nothing that visitors read.
    `privately`: in a conversation, wherever they are."""

    def __init__(self, events: Iterable[AnyEvent], *, privately: bool = False) -> None:
        reads = whispered if privately else shown
        self._shown = [told for event in events if (told := reads(event)) is not None]
        self._data = [told.data for told in self._shown]
        self._not_to = {told.but_not for told in self._shown}
        self._out = {told.out for told in self._shown}

    def __bool__(self) -> bool:
        return bool(self._shown)

    def to(self, account: str) -> Sequence[bytes]:
        """What this one reads of it."""
        if account not in self._not_to:
            return self._data
        return [told.data for told in self._shown if told.but_not != account]

    def puts_out(self, account: str) -> bool:
        """Whether this one is not here any more, at the end of it."""
        if account not in self._out:
            return False
        last = next(told for told in reversed(self._shown) if account in (told.out, told.but_not))
        return last.out == account


def welcome(nick: str, *, in_lines: bool = True) -> str:
    """`in_lines`: at a terminal, which has commands."""
    told = f"Nice to meet you, {quoted(nick)}! What you type goes to everybody here"
    return f"{told}{'. Type /help for what you can do' if in_lines else ''}; send !end to leave."


def turned_away(kind: str) -> str:
    """To a program that takes this for another server."""
    instead = " Programs connect a ZeroMQ DEALER socket to the requests door." if kind in PROGRAMS else ""
    return f"This chat is for people at a terminal. You speak {kind}, and nothing of it was taken.{instead}"


def not_stored(reason: str, text: str) -> str:
    return f"{reason} Not stored: {text}"


def shown(event: AnyEvent) -> Shown | None:
    """What visitors read of an event of their room; None: nothing."""
    match event:
        case MessageEvent() | EditedEvent() if not event.text:  # deleted in the same breath
            return None
        case MessageEvent():
            return Shown(said(f"{quoted(event.nick)}: {event.text}"))
        case JoinedEvent():
            return Shown(said(f"{quoted(event.nick)} {_JOINED}"), but_not=event.account)
        case LeftEvent() if event.by:
            return Shown(said(f"{_ABOUT_ROOM}{shown_out(event)}"), out=event.account)
        case LeftEvent():
            return Shown(said(f"{quoted(event.nick)} {_LEFT[event.reason]}"))
        case RenamedEvent():
            return Shown(said(f"{quoted(event.was)} {_RENAMED} {quoted(event.nick)}"), but_not=event.account)
        case AboutRoom():
            return Shown(said(f"{_ABOUT_ROOM}{sentence(event)}"))
        case EditedEvent():
            return Shown(said(f"{quoted(event.nick)} {_EDITED} {event.text}"))
        case DeletedEvent() | ReactedEvent() | PinnedEvent() | OtherEvent():
            return None
        case PresenceEvent() | TypingEvent() | ReadEvent():
            return None
    assert_never(event)


def whispered(event: AnyEvent) -> Shown | None:
    """What visitors read of an event of a conversation; None: nothing. Who said it is told when it is
    stored."""
    if isinstance(event, MessageEvent | EditedEvent) and not event.text:
        return None
    if isinstance(event, MessageEvent):
        return Shown(said(f"{quoted(event.nick)} -> you: {event.text}"), but_not=event.account)
    if isinstance(event, EditedEvent):
        return Shown(said(f"{quoted(event.nick)} -> you, {_EDITED} {event.text}"), but_not=event.account)
    return None


def said(text: str) -> bytes:
    """Any text, safe for a terminal."""
    if text.isprintable():
        return text.encode()
    text = _MANY_BLANK_LINES.sub("\n" * MOST_BLANK_LINES, text)
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text.replace("\n", f"\n{INDENT}").encode()
    return f"\n{INDENT}".join(map(_safe, text.split("\n"))).encode()


def could_mislead(rest: bytes) -> bool:
    """Whether the rest of a message, read without what stands before it, could pass for a line of its own."""
    return any(words in rest for words in _TELLING)


def _safe(line: str) -> str:
    pieces = _HARMLESS.split(line)
    return "".join(piece if _HARMLESS.match(piece) else escaped(piece) for piece in pieces)
