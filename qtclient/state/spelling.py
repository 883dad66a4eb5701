# SPDX-License-Identifier: GPL-3.0-only
"""What of a text is looked up in a dictionary. Pure: no thread, no clock, no Qt.

What is no word of a language is left out: addresses, names, commands, code, what holds a number or a sign.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol

_FENCE = re.compile(r" {0,3}```")
_CODE = re.compile(r"`[^`]+`")
_TOKEN = re.compile(r"\S+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_NO_WORDS = re.compile(r"^\W{0,2}[@#/:~\\]|[\d@_/\\=]|\w\.\w|\w:\w")
_BEHIND_LETTERS = "\u2e80"  # from here on words are not parted by spaces, or are pictures
MOST_LETTERS = 60  # of a word: no language has longer ones
MOST_CHARS = 20_000  # of a line: a broker allows some 16,000 if nobody changes that


class Dictionary(Protocol):
    """What is known of a language; as pyenchant's."""

    def check(self, word: str) -> bool:
        """Whether it knows the word."""

    def suggest(self, word: str) -> list[str]:
        """What may have been meant, the best first."""


class WordPlace(NamedTuple):
    """From `start` to `end` of its line. `text`: as dictionaries write it."""

    start: int
    end: int
    text: str


def words(line: str) -> Iterator[WordPlace]:
    """Those of one line that a dictionary may know."""
    plain = _CODE.sub(lambda found: " " * len(found[0]), line[:MOST_CHARS])
    for token in _TOKEN.finditer(plain):
        if _NO_WORDS.search(token[0]):
            continue
        for found in _WORD.finditer(plain, token.start(), token.end()):
            if _is_one(found[0]):
                yield WordPlace(found.start(), found.end(), found[0].replace("’", "'"))


def is_fence(line: str) -> bool:
    """Whether a block of code begins or ends there."""
    return _FENCE.match(line) is not None


def _is_one(text: str) -> bool:
    """A word of a language, and no abbreviation, nor many that are written as one: camelCase."""
    usual = 1 < len(text) <= MOST_LETTERS and max(text) < _BEHIND_LETTERS
    return usual and text[1:].islower()
