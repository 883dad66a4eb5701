# SPDX-License-Identifier: GPL-3.0-only
"""How much of a long text is set in lines: in a row of the timeline, and at once in a sheet. Pure text.

Qt sets all that it is given before it shows the first line of it, and signs do not cost the same.
"""

import re
from collections.abc import Iterator

from loggia.qtclient.state.emoji import behind_pictures, whole_signs

FOLDED_LINES = 20  # of a message in the timeline; who wants more of it opens a sheet
COST = 4000  # of what is set at once, a Latin letter is 1: some 20 lines of narrow ones, measured 1.4 ms
PICTURES = 36  # in a row: Qt unpacks each of them to know how wide it is, measured 0.1 to 0.23 ms
SHORT = 200  # so many signs are never folded but for pictures, however narrow the column
MOST_CHARS = 200_000  # of a text in a sheet: a broker allows some 16,000 if nobody changes that
MOST_LINES = 20_000
ENDLESS = 1000  # letters of one word; one of 16 KiB takes Qt 70 ms where signs of two directions take turns

_WORD = re.compile("[^\\s\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U0001f000-\U0003ffff]+")
_OTHER = 3  # than Latin letters: other fonts are asked for them
_TURN = 12  # the begin or end of a direction: what is between two of them is set by itself
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
PICTURES_AT_ONCE = 100  # in a sheet: some lines of them, set in some 10 ms
_LINE_IS = 10  # a line end counts like so many signs where a text is short
_NEAR_SPACE = 80  # a piece ends behind a word, if one ends so near
_LINE_ENDS = re.compile("\r\n|[\n\r\u2029]")  # what QPlainTextEdit takes as one


def may_fold(text: str) -> bool:
    """Whether a row may show less than all of it; how wide the row is says if it does."""
    return (
        len(text) > SHORT
        or len(text) + (_LINE_IS - 1) * text.count("\n") > SHORT
        or behind_pictures(text, 0, len(text), PICTURES) < len(text)
    )


def about_lines(text: str, chars: int) -> int:
    """How many it may fill in a row, where one holds so many letters; nothing is set."""
    end, looked_at = min(len(text), COST), min(len(text), SHORT)  # to look for pictures takes long
    behind = behind_pictures(text, 0, looked_at, PICTURES)
    end = behind if behind < looked_at else end
    return min(FOLDED_LINES, max(text.count("\n", 0, end) + 1, -(-end // chars)))


def begin(text: str) -> str:
    """What of a text can be in its first FOLDED_LINES lines, of no more than COST and PICTURES."""
    end = _end(text, 0, PICTURES)
    at = -1
    for _ in range(FOLDED_LINES + 1):
        at = text.find("\n", at + 1, end)
        if at < 0:
            return text[:end]
    return text[:at]


def size(text: str) -> str:
    """How long it is, in what it has many of."""
    lines = text.count("\n") + (not text.endswith("\n"))
    return f"{lines:,} lines" if lines > FOLDED_LINES else f"{len(text):,} characters"


def ending(text: str) -> str:
    """What is said behind its begin where that is not all of it; else nothing."""
    return f"... ({size(text)} in all)" if len(begin(text)) < len(text) else ""


def has_endless_word(text: str) -> bool:
    """It has one of so many letters that no line could be broken beside it; Chinese has none."""
    if len(text) < ENDLESS:
        return False
    return any(word.end() - word.start() >= ENDLESS for word in _WORD.finditer(text))


def shown(text: str) -> str:
    """A text as it is, or the begin of one that no window can show, and how much is behind it."""
    lines = text.count("\n", 0, MOST_CHARS)
    if len(text) <= MOST_CHARS and lines < MOST_LINES:
        return text
    kept = text[:MOST_CHARS]
    if lines >= MOST_LINES:
        kept = "\n".join(kept.split("\n", MOST_LINES)[:MOST_LINES])
    more = len(text) - len(kept)
    return f"{kept}...\n({more:,} more characters are not shown here; copy the text to have them all.)"


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Its lines, long ones in pieces that are each set at once. True: it goes on with the line before it."""
    for line in _LINE_ENDS.split(text):
        start, end = 0, _end(line, 0, PICTURES_AT_ONCE)
        while end < len(line):
            space = line.rfind(" ", end - _NEAR_SPACE, end) + 1
            end = space if space > start else end
            yield line[start:end], start > 0
            start, end = end, _end(line, end, PICTURES_AT_ONCE)
        yield line[start:], start > 0


def _end(text: str, start: int, pictures: int) -> int:
    """Up to where it can be set at once, from `start`; never a sign is parted that can be read."""
    end = behind_pictures(text, start, min(len(text), start + COST), pictures)
    if (end - start) * _TURN > COST:
        left = COST
        for at in range(start, end):
            left -= _cost(text[at])
            if left < 0:
                end = at
                break
    return end if end == len(text) else whole_signs(text, start, end)


def _cost(char: str) -> int:
    return 1 if char < "\u0250" else _TURN if char in _TURNS else _OTHER
