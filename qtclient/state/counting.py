# SPDX-License-Identifier: GPL-3.0-only
"""How much more a message can hold, in characters as people count them. Pure: no thread, no clock, no Qt."""

from typing import NamedTuple

from loggia.shared.protocol.lengths import characters, signs, text_bytes, too_long

RECENT = 200  # characters: what comes next is most likely like them
NEAR_LIMIT = 0.8  # from this share of the limit on, what is left is shown, but not read aloud at each key
NEARLY_FULL, TOO_LONG = "This is nearly as long as a message can be.", "This is too long for one message."


class Full(NamedTuple):
    """A text is too long, or nearly: `words` say that in this `tone`; `spoken`: what is read aloud of it."""

    words: str
    tone: str
    spoken: str


def full(text: str, most_bytes: int) -> Full | None:
    """None: there is room for more."""
    used = text_bytes(text)
    if used > most_bytes:
        return Full(too_long(text, most_bytes), "error", TOO_LONG)
    return Full(left(text, most_bytes), "warn", NEARLY_FULL) if used > NEAR_LIMIT * most_bytes else None


def left(text: str, most_bytes: int) -> str:
    """How many more fit, in a sentence; for a text that is not too long."""
    free = most_bytes - text_bytes(text)
    recent = text[-RECENT:]
    count = free if not recent else free * signs(recent) // text_bytes(recent)
    if not count:
        return "This is as long as a message can be."
    return f"{'' if text.isascii() else 'About '}{characters(count)} left.".capitalize()
