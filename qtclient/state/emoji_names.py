# SPDX-License-Identifier: GPL-3.0-only
"""Pictures by their names, those of chats and those of Unicode. Pure: no thread, no clock, no Qt."""

import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import chain

from loggia.qtclient.state.emoji import is_large
from loggia.qtclient.state.tones import TONES, can_have, toned

# Emoji of Unicode 16 (emoji-data.txt): what else stands between them no font has as a picture
_PICTURES = """
    2600-2604 260E 2611 2614-2615 2618 261D 2620 2622-2623 2626 262A 262E-262F 2638-263A 2640 2642
    2648-2653 265F-2660 2663 2665-2666 2668 267B 267E-267F 2692-2697 2699 269B-269C 26A0-26A1 26A7
    26AA-26AB 26B0-26B1 26BD-26BE 26C4-26C5 26C8 26CE-26CF 26D1 26D3-26D4 26E9-26EA 26F0-26F5 26F7-26FA
    26FD 2702 2705 2708-270D 270F 2712 2714 2716 271D 2721 2728 2733-2734 2744 2747 274C 274E 2753-2755
    2757 2763-2764 2795-2797 27A1 27B0 27BF 1F300-1F321 1F324-1F393 1F396-1F397 1F399-1F39B 1F39E-1F3F0
    1F3F3-1F3F5 1F3F7-1F4FD 1F4FF-1F53D 1F549-1F54E 1F550-1F567 1F56F-1F570 1F573-1F57A 1F587
    1F58A-1F58D 1F590 1F595-1F596 1F5A4-1F5A5 1F5A8 1F5B1-1F5B2 1F5BC 1F5C2-1F5C4 1F5D1-1F5D3
    1F5DC-1F5DE 1F5E1 1F5E3 1F5E8 1F5EF 1F5F3 1F5FA-1F64F 1F680-1F6C5 1F6CB-1F6D2 1F6D5-1F6D7
    1F6DC-1F6E5 1F6E9 1F6EB-1F6EC 1F6F0 1F6F3-1F6FC 1F90C-1F93A 1F93C-1F945 1F947-1F9FF 1FA70-1FA7C
    1FA80-1FA89 1FA8F-1FAC6 1FACE-1FADC 1FADF-1FAE9 1FAF0-1FAF8
"""
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
    runs = ([int(code, 16) for code in run.split("-")] for run in _PICTURES.split())
    codes = (code for run in runs for code in range(run[0], run[-1] + 1) if chr(code) not in TONES)
    return tuple(filter(None, map(_named, map(chr, codes))))


def _named(sign: str) -> tuple[str, str] | None:
    name = unicodedata.name(sign, "").lower().replace(" ", "_").replace("-", "_")
    picture = sign if is_large(sign) else sign + _SELECTOR
    return (name, picture) if name and is_large(picture) else None
