# SPDX-License-Identifier: GPL-3.0-only
"""Skin tones of pictures: which can have one, and how they are written. Pure: no thread, no clock, no Qt."""

import re

TONES = {  # as people call them; without one a picture is yellow
    "\U0001f3fb": "light",
    "\U0001f3fc": "medium light",
    "\U0001f3fd": "medium",
    "\U0001f3fe": "medium dark",
    "\U0001f3ff": "dark",
}
SKIN_TONE = "skin tone"

# Emoji_Modifier_Base of Unicode 15.1 (emoji-data.txt), but for a family, two with bunny ears and two who
# wrestle: no font draws those in one tone
_BASES = re.compile(
    "[\u261d\u26f9\u270a-\u270d\U0001f385\U0001f3c2-\U0001f3c4\U0001f3c7\U0001f3ca-\U0001f3cc"
    "\U0001f442\U0001f443\U0001f446-\U0001f450\U0001f466-\U0001f469\U0001f46b-\U0001f46e\U0001f470-\U0001f478\U0001f47c\U0001f481-\U0001f483"
    "\U0001f485-\U0001f487\U0001f48f\U0001f491\U0001f4aa\U0001f574\U0001f575\U0001f57a\U0001f590"
    "\U0001f595\U0001f596\U0001f645-\U0001f647\U0001f64b-\U0001f64f\U0001f6a3\U0001f6b4-\U0001f6b6"
    "\U0001f6c0\U0001f6cc\U0001f90c\U0001f90f\U0001f918-\U0001f91f\U0001f926\U0001f930-\U0001f939"
    "\U0001f93d\U0001f93e\U0001f977\U0001f9b5\U0001f9b6\U0001f9b8\U0001f9b9\U0001f9bb"
    "\U0001f9cd-\U0001f9cf\U0001f9d1-\U0001f9dd\U0001fac3-\U0001fac5\U0001faf0-\U0001faf8]"
)
_TONE = re.compile(f"[{''.join(TONES)}]")
_SELECTOR = "\ufe0f"  # a tone stands in its place


def plain(sign: str) -> str:
    """Without a skin tone, in the form in which all with one are the same."""
    return _TONE.sub("", sign).replace(_SELECTOR, "")


def can_have(sign: str) -> bool:
    """It is a picture of one person, or of a part of one: what shows several has a tone for each."""
    return len(_BASES.findall(sign)) == 1 and len(_TONE.findall(sign)) <= 1


def tone_of(sign: str) -> str:
    found = _TONE.search(sign)
    return found[0] if found else ""


def toned(sign: str, tone: str) -> str:
    """The picture in that tone, or in none; as it is if it can have none."""
    if not can_have(sign) or tone_of(sign) == tone:
        return sign
    bare = _TONE.sub("", sign)
    if not tone:
        alone = len(bare) == 1 and bare < "\U00010000" and bare not in "\u270a\u270b"
        return bare + _SELECTOR if alone else bare  # what is a letter without the selector
    end = next(_BASES.finditer(bare)).end()
    return bare[:end] + tone + bare[end:].removeprefix(_SELECTOR)


def in_all_tones(sign: str) -> list[tuple[str, str]]:
    """The picture without a tone and in each, with what that is called."""
    return [(toned(sign, ""), f"no {SKIN_TONE}")] + [
        (toned(sign, tone), f"{name} {SKIN_TONE}") for tone, name in TONES.items()
    ]
