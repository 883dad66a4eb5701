# SPDX-License-Identifier: GPL-3.0-only
"""How the connection stands, and how much of a room is here, in words. Pure: no thread, no clock, no Qt."""

import math
from typing import Literal

import msgspec
from loggia.shared.client.completeness import Completeness
from loggia.shared.client.updates import ConnectionStatus
from loggia.shared.protocol.addresses import parse
from loggia.shared.protocol.names import escaped

HERE = "this computer"
_BETWEEN = " · "  # what stands in one line
Tone = Literal["muted", "ok", "warn", "error"]


class ConnectionLine(msgspec.Struct, frozen=True):
    """One line of words, the tone of the sign before it, and fewer words for it, then fewer still."""

    text: str
    tone: Tone
    shorter: tuple[str, ...] = ()


class Standing:
    """What was told of the connection to `endpoint` last."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.status = ConnectionStatus(connection="connecting")
        self._since = 0.0
        self._told = ""

    def take(self, status: ConnectionStatus, now: float) -> bool:
        """How it stands now. Returns whether there was a connection, and is none any more."""
        was, self.status, self._since = self.connected, status, now
        return was and not self.connected

    @property
    def connected(self) -> bool:
        return self.status.connection == "connected"

    def retry_in_s(self, now: float) -> int | None:
        """Whole seconds until the next try, counting down; None when no try is planned."""
        if self.status.connection != "reconnecting" or self.status.retry_in_s is None:
            return None
        return max(0, math.ceil(self.status.retry_in_s - (now - self._since)))

    def line(self, now: float) -> ConnectionLine:
        """For people who do not ask how it works."""
        match self.status.connection:
            case "connecting":
                return ConnectionLine("Connecting", "muted")
            case "connected":
                return ConnectionLine("Connected", "ok")
            case "reconnecting":
                seconds = self.retry_in_s(now)
                words = f"Reconnecting in {seconds} s" if seconds else "Reconnecting now"
                return ConnectionLine(words, "warn")
            case "offline":
                reason = self.status.reason.rstrip(".")
                words = f"Offline: {reason}" if reason else "Offline (your messages wait here)"
                return ConnectionLine(words, "warn")
            case "ended":
                return ConnectionLine(self.status.reason or "Ended", "error")

    def copy(self, held: Completeness) -> str:
        """How much of a room is here, for the same people; nothing where it is told in a moment."""
        soon = self.connected and not held.current
        if soon or self.status.connection == "ended":
            return ""
        if self.status.connection == "connecting" and not held.last:
            return ""
        return words_of(held)

    def details(self) -> list[str]:
        """Where the server is and how it is talked to, for those who ask."""
        status = self.status
        to = "Connected to" if self.connected else "Not connected to"
        reason = [status.reason] if status.reason else []
        return [
            f"{to} {where(self.endpoint)}. What goes there and comes from there is not encrypted.",
            *reason,
        ]

    @property
    def presence_word(self) -> str:
        """What others see of me, or why they do not."""
        return "online" if self.connected else self.status.connection

    def told_to_terminal(self) -> str | None:
        """A line for the terminal when the broker cannot be reached, or can again; None: nothing changed.

        One for each outage, with its first reason.
        """
        now = self.status.connection
        if now in ("connecting", "ended", self._told):
            return None
        before, self._told = self._told, now
        address, reason = escaped(self.endpoint), escaped(self.status.reason)
        if now == "connected":
            return f"Connected to {address}." if before else None
        if now == "offline":
            return f"Not connected to {address}: {reason}"
        return f"Server not reachable at {address} ({reason}); trying again by itself."


def words_of(held: Completeness) -> str:
    """How much of a room is here, without its numbers."""
    if not held.current:
        is_empty = held.last < held.first
        return "Nothing of it is here yet" if is_empty else "What is on this computer can be read"
    if held.filling and held.refused:
        return f"{held.filling:,} cannot be had now"
    older = "Older ones load as you scroll" if held.older else ""
    if held.filling:
        return _BETWEEN.join(filter(None, (f"Catching up: {held.filling:,}", older)))
    if older or not held.head:
        return older
    return "All messages are here" if held.oldest == 1 else "All messages that the server has are here"


_SHORTER = {
    "Offline (your messages wait here)": "Offline",
    "Nothing of it is here yet": "Nothing is here yet",
    "What is on this computer can be read": "",  # as one sees
    "Older ones load as you scroll": "Older: scroll",
    "All messages are here": "All is here",
    "All messages that the server has are here": "All is here",
}


def in_line(line: ConnectionLine, outbox: str, copy: str) -> ConnectionLine:
    """The line with what waits in the outbox and how much of the room is here, each in words or empty."""
    connection, *held = (_SHORTER.get(words, words) for words in (line.text, *copy.split(_BETWEEN)))
    least = connection.replace("Reconnecting in", "Again in")
    waits = outbox.replace(" messages", "").replace(" message", "")
    return ConnectionLine(
        _BETWEEN.join(filter(None, (line.text, copy, outbox))),
        line.tone,
        tuple(_BETWEEN.join(filter(None, (words, waits, *held))) for words in (connection, least)),
    )


def where(endpoint: str) -> str:
    """The address as people say it."""
    if not endpoint.startswith("tcp://"):
        return endpoint.partition("://")[2] or endpoint
    place = parse(endpoint)
    return HERE if place.is_here else str(place)


def there(endpoint: str) -> str:
    """Where something is done at that address."""
    place = where(endpoint)
    return f"on {place}" if place == HERE else f"at {place}"
