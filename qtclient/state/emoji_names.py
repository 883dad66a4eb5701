# SPDX-License-Identifier: GPL-3.0-only
"""Pictures by their names, those of chats and those of Unicode. Pure: no thread, no clock, no Qt."""

import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import chain

from loggia.qtclient.state.emoji import is_large
from loggia.qtclient.state.tones import TONES, can_have, toned

_BLOCKS = ((0x2600, 0x27BF), (0x1F300, 0x1F5FF), (0x1F600, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F90C, 0x1FAFF))
_USUAL = {  # as people know them from other chats, where Unicode calls them otherwise
    "clap": "👏",
    "cry": "😢",
    "grin": "😁",
    "heart": "❤️",
    "joy": "😂",
    "laughing": "😆",
    "ok": "👌",
    "party": "🥳",
    "pray": "🙏",
    "sad": "🙁",
    "shrug": "🤷",
    "smile": "🙂",
    "sob": "😭",
    "sweat_smile": "😅",
    "tada": "🎉",
    "thinking": "🤔",
    "thumbsup": "👍",
    "thumbsdown": "👎",
    "wave": "👋",
    "wink": "😉",
}
_SELECTOR = "\ufe0f"  # makes a picture of a sign that is one only so


def named(begun: str) -> Iterator[tuple[str, str]]:
    """Each picture in whose name a word begins so, with that name: first those of chats, then where it is the
    first word, the shortest name first; behind them those that have the skin tone which is named last."""
    begun = begun.casefold()
    return chain(_named_so(begun), _named_with_tone(begun))


def _named_with_tone(begun: str) -> Iterator[tuple[str, str]]:
    for tone, name in TONES.items():
        name = name.replace(" ", "_")
        bare = begun.removesuffix(f"_{name}")
        if bare and bare != begun:
            for picture, found in _named_so(bare):
                if can_have(picture):
                    yield toned(picture, tone), f"{found}_{name}"


def _named_so(begun: str) -> Iterator[tuple[str, str]]:
    usual = [(picture, name) for name, picture in _USUAL.items() if name.startswith(begun)]
    found = [(name, picture) for name, picture in _names() if f"_{begun}" in f"_{name}"]
    found.sort(key=lambda one: (not one[0].startswith(begun), len(one[0]), one[0]))
    known = {picture for picture, _ in usual}
    return chain(usual, ((picture, name) for name, picture in found if picture not in known))


@cache
def _names() -> tuple[tuple[str, str], ...]:
    codes = (code for first, last in _BLOCKS for code in range(first, last + 1) if chr(code) not in TONES)
    return tuple(filter(None, map(_named, map(chr, codes))))


def _named(sign: str) -> tuple[str, str] | None:
    name = unicodedata.name(sign, "").lower().replace(" ", "_").replace("-", "_")
    picture = sign if is_large(sign) else sign + _SELECTOR
    return (name, picture) if name and is_large(picture) else None
