"""How long a text is in characters as people count them, and by how much it is too long, in words. Pure.

A broker counts bytes of UTF-8, of which a letter has one to three, and a picture of a family twenty-five.
"""

import unicodedata

MOST_COUNTED = 50_000  # of more the rest is taken to be like these, so that no paste is waited for

_MARKS = frozenset({"Mn", "Mc", "Me"})
_TONES = tuple(map(chr, range(0x1F3FB, 0x1F400)))
_JOINER = "\N{ZERO WIDTH JOINER}"


def text_bytes(text: str) -> int:
    """In bytes of UTF-8, also of what cannot be sent."""
    return len(_encoded(text))


def signs(text: str, most_counted: int = MOST_COUNTED) -> int:
    """How many characters people see: an accent, a skin tone and what is joined are none of their own."""
    if text.isascii():
        return len(text)
    counted = text[:most_counted]
    hanging = sum(map(_MARKS.__contains__, map(unicodedata.category, counted)))
    hanging += sum(map(counted.count, _TONES)) + 2 * counted.count(_JOINER)
    return max(len(counted) - hanging, 1) * len(text) // len(counted)


def over(text: str, most_bytes: int) -> int:
    """How many characters at its end are too much for that many bytes."""
    return signs(_parted(text, most_bytes)[1])


def excess(text: str, most_bytes: int, most_counted: int = MOST_COUNTED) -> str:
    """By how much a text is too long for one message of so many bytes, and how much of it would fit: behind
    "This is"."""
    fits, rest = (signs(part, most_counted) for part in _parted(text, most_bytes))
    return f"{characters(rest)} too long for one message ({fits:,} fit)"


def too_long(text: str, most_bytes: int, most_counted: int = MOST_COUNTED) -> str:
    """The same as a sentence, with what to do."""
    return f"This is {excess(text, most_bytes, most_counted)}. Send it in parts."


def characters(count: int) -> str:
    """So many, in words."""
    return "1 character" if count == 1 else f"{count:,} characters"


def _parted(text: str, most_bytes: int) -> tuple[str, str]:
    """What of it is no longer than that, and the rest; no character is parted."""
    encoded, end = _encoded(text), most_bytes
    if len(encoded) <= most_bytes:
        return text, ""
    while end and encoded[end] & 0xC0 == 0x80:  # within a character
        end -= 1
    return _decoded(encoded[:end]), _decoded(encoded[end:])


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _decoded(encoded: bytes) -> str:
    return encoded.decode("utf-8", "surrogatepass")
