# SPDX-License-Identifier: GPL-3.0-only
"""Of which kind a room is, by a sign before its title and in words. Pure: no thread, no Qt."""

from loggia.shared.protocol.names import is_direct, is_made
from loggia.shared.protocol.roles import RoomKind

SIGNS: dict[RoomKind, str] = {"public": "#", "private": "%", "direct": "@"}
KINDS: dict[RoomKind, str] = {"public": "public room", "private": "private room", "direct": "conversation"}


def labelled(title: str, kind: RoomKind) -> str:
    """A room as it is called in a sentence: a conversation by who the others are, without a sign."""
    return title if kind == "direct" else f"{SIGNS[kind]} {title}"


def kind_of(name: str) -> RoomKind:
    """As far as its name tells, until the broker says it."""
    return "direct" if is_direct(name) else "private" if is_made(name) else "public"
