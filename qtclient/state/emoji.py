# SPDX-License-Identifier: GPL-3.0-only
"""Pictures in a text: whether it is nothing else, and where so many of them end. Pure: no thread, no Qt."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

MOST_LARGE = 3
IN_LINE = 12  # of a line among others, where nobody needs more
_MOST_CHARS = 64  # three families with skin tones have fewer

# pictures of themselves, and what is one only with the selector behind it: a clock, a heart, an arrow
_PICTURE = (
    "[\U0001f300-\U0001f5ff\U0001f600-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7eb\U0001f90c-\U0001f9ff"
    "\U0001fa70-\U0001faff\U0001f004\U0001f0cf\U0001f18e\U0001f191-\U0001f19a"
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab"
    "\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c"
    "\u274e\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55]\ufe0f?"
)
_BY_SELECTOR = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff"
    "\u25aa-\u27bf\u2934\u2935\u2b05-\u2b1c]\ufe0f"
)
_TONE = "[\U0001f3fb-\U0001f3ff]?"
_BY_TONE = "[\u261d\u26f9\u270c\u270d](?=[\U0001f3fb-\U0001f3ff])"  # which stands in the selector's place
_ONE = f"(?:{_PICTURE}|{_BY_SELECTOR}|{_BY_TONE}){_TONE}"
_TAGS = "(?:[\U000e0020-\U000e007e]+\U000e007f)?"  # of the flags of countries in countries
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_KEY = "[0-9#*]\ufe0f?\u20e3"
_AS_ONE = (  # whatever it is part of: a picture of itself, or by the selector or the key behind it
    "[\U0001f000-\U0001ffff\u231a\u231b\u23e9-\u23fa\u25fd\u25fe\u2600-\u27bf\u2b1b-\u2b55]\ufe0f?"
    "|.\ufe0f\u20e3?|\u20e3"
)
_DRAWN = re.compile(_AS_ONE)
_ROW = re.compile(f"(?:(?:{_AS_ONE})[\u200d\U000e0020-\U000e007f ]*)+")  # of them, and what joins them
_JOINER = "\u200d"
MOST_MARKS = 16  # that a cut steps over, to part no sign; nobody reads a sign with more
_PICTURES = re.compile(rf"(?:(?:{_ONE}{_TAGS}(?:\u200d{_ONE})*|{_FLAG}|{_KEY})\s?){{1,{MOST_LARGE}}}")


def is_large(text: str) -> bool:
    """It is one to three pictures, and nothing else."""
    text = text.strip() if len(text) <= _MOST_CHARS else ""
    return not text.isascii() and _PICTURES.fullmatch(text) is not None


def in_line(text: str) -> str:
    """A text of others as it stands in a line: behind IN_LINE pictures it ends, as Qt unpacks each of them
    whenever it is measured or painted, which takes a tenth of a millisecond."""
    kept = few(text)
    return text if len(kept) == len(text) else f"{kept}..."


def few(text: str) -> str:
    """As much of it as has IN_LINE pictures."""
    end = behind_pictures(text, 0, len(text), IN_LINE)
    return text if end == len(text) else text[: whole_signs(text, 0, end)]


def behind_pictures(text: str, start: int, end: int, count: int) -> int:
    """Where the one behind so many is."""
    next_one = next(islice(_DRAWN.finditer(text, start, end), count, None), None)
    return end if next_one is None else next_one.start()


def pictures(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Where rows of them begin and end, from there on."""
    return (row.span() for row in _ROW.finditer(text, start))


def count_pictures(text: str, most: int) -> int:
    """How many there are, if not more than that."""
    return sum(1 for _ in islice(_DRAWN.finditer(text), most))


def whole_signs(text: str, start: int, end: int) -> int:
    """Where to cut before `end`, so that no sign is parted that can be read."""
    for at in range(end, max(end - MOST_MARKS, start), -1):
        if not is_in_sign(text, at):
            return at
    return end


def is_in_sign(text: str, at: int) -> bool:
    """What stands before that place and behind it is seen as one sign; neither end of the text is meant."""
    char = text[at]
    hangs_on = char == _JOINER or unicodedata.category(char) in ("Mn", "Mc", "Me", "Sk")
    return hangs_on or text[at - 1] == _JOINER
