# SPDX-License-Identifier: GPL-3.0-only
"""How much more a message can hold, in characters as people count them. Pure: no thread, no clock, no Qt."""

from loggia.shared.protocol.lengths import characters, signs, text_bytes

RECENT = 200  # characters: what comes next is most likely like them


def left(text: str, most_bytes: int) -> str:
    """How many more fit, in a sentence; for a text that is not too long."""
    free = most_bytes - text_bytes(text)
    recent = text[-RECENT:]
    count = free if not recent else free * signs(recent) // text_bytes(recent)
    if not count:
        return "This is as long as a message can be."
    return f"{'' if text.isascii() else 'About '}{characters(count)} left.".capitalize()
