"""What a visitor of the front door reads: events, greetings and answers as text. Pure: nothing runs here.

docs/protocol.md, "The front door", 1-3. Everything that comes from people is escaped here, once.
"""

import re
from typing import NamedTuple

from shared.messages import AnyEvent, JoinedEvent, LeftEvent, LeftReason, MessageEvent, RenamedEvent
from shared.names import escaped

GREETING = "Welcome to Loggia! What nickname shall we call you? "
ASK_AGAIN = "Please send another nickname."
INDENT = "    "  # before the further lines of a message: a line that starts with `NICK: ` is always true
# A tab and the letter joiners (of Persian words and of pictures of people) do nothing to a terminal
_HARMLESS = re.compile("([\t\u200c\u200d])")

_LEFT: dict[LeftReason, str] = {
    "end": "has left the chat",
    "lost": "has left the chat: the connection was lost",
    "kicked": "was shown out of the chat",
}


class Shown(NamedTuple):
    """An event as text in both framings, without a line end. `but_not`: the account that is not told."""

    packet: bytes
    line: bytes
    but_not: str | None = None


def welcome(nick: str) -> str:
    return f"Nice to meet you, {nick}! What you type goes to everybody here; send !end to leave."


def not_stored(reason: str, text: str) -> str:
    return f"{reason} Not stored: {text}"


def shown(event: AnyEvent) -> Shown | None:
    """What visitors read of an event of the lobby; None: nothing."""
    match event:
        case MessageEvent():
            return said(f"{_speaker(event.nick)}: {event.text}")
        case JoinedEvent():
            return said(f"{event.nick} has joined the chat", but_not=event.account)
        case LeftEvent():
            return said(f"{event.nick} {_LEFT[event.reason]}")
        case RenamedEvent():
            return said(f"{event.was} is now called {event.nick}")
        case _:
            return None


def _speaker(nick: str) -> str:
    """A colon in a nickname could speak for somebody else: such a name stands in quotes."""
    return f'"{nick}"' if ":" in nick else nick


def said(text: str, but_not: str | None = None) -> Shown:
    """Any text, safe for a terminal."""
    if text.isprintable():
        plain = text.encode()
        return Shown(plain, plain, but_not)
    lines = [_safe(line) for line in text.split("\n")]
    return Shown("\n".join(lines).encode(), f"\n{INDENT}".join(lines).encode(), but_not)


def _safe(line: str) -> str:
    pieces = _HARMLESS.split(line)
    return "".join(piece if _HARMLESS.match(piece) else escaped(piece) for piece in pieces)
