# SPDX-License-Identifier: GPL-3.0-only
"""How much more a message can hold, in characters as people count them. Pure: no thread, no clock, no Qt.

A broker counts bytes of UTF-8, of which a letter has one to three, and a picture of a family twenty-five.
"""

import unicodedata

RECENT = 200  # characters: what comes next is most likely like them
MOST_COUNTED = 50_000  # of more the rest is taken to be like these, so that no paste is waited for

_MARKS = frozenset({"Mn", "Mc", "Me"})
_TONES = tuple(map(chr, range(0x1F3FB, 0x1F400)))
_JOINER = "\N{ZERO WIDTH JOINER}"


def text_bytes(text: str) -> int:
    """In bytes of UTF-8, also of what cannot be sent."""
    return len(_encoded(text))


def signs(text: str) -> int:
    """How many characters people see: an accent, a skin tone and what is joined are none of their own."""
    if text.isascii():
        return len(text)
    counted = text[:MOST_COUNTED]
    hanging = sum(map(_MARKS.__contains__, map(unicodedata.category, counted)))
    hanging += sum(map(counted.count, _TONES)) + 2 * counted.count(_JOINER)
    return max(len(counted) - hanging, 1) * len(text) // len(counted)


def over(text: str, most_bytes: int) -> int:
    """How many characters at its end are too much for that many bytes."""
    encoded, end = _encoded(text), most_bytes
    if len(encoded) <= most_bytes:
        return 0
    while end and encoded[end] & 0xC0 == 0x80:  # within a character
        end -= 1
    return signs(encoded[end:].decode("utf-8", "surrogatepass"))


def left(text: str, most_bytes: int) -> str:
    """How many more fit, in a sentence; for a text that is not too long."""
    free = most_bytes - text_bytes(text)
    recent = text[-RECENT:]
    count = free if not recent else free * signs(recent) // text_bytes(recent)
    if not count:
        return "This is as long as a message can be."
    return f"{'' if text.isascii() else 'About '}{characters(count)} left.".capitalize()


def characters(count: int) -> str:
    """So many, in words."""
    return "1 character" if count == 1 else f"{count:,} characters"


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
