# SPDX-License-Identifier: GPL-3.0-only
"""Which texts are nothing but a few pictures. Pure: no thread, no clock, no Qt."""

import re

MOST_LARGE = 3
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
_ONE = f"(?:{_PICTURE}|{_BY_SELECTOR}){_TONE}"
_TAGS = "(?:[\U000e0020-\U000e007e]+\U000e007f)?"  # of the flags of countries in countries
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_KEY = "[0-9#*]\ufe0f?\u20e3"
_PICTURES = re.compile(rf"(?:(?:{_ONE}{_TAGS}(?:\u200d{_ONE})*|{_FLAG}|{_KEY})\s?){{1,{MOST_LARGE}}}")


def is_large(text: str) -> bool:
    """It is one to three pictures, and nothing else."""
    text = text.strip() if len(text) <= _MOST_CHARS else ""
    return not text.isascii() and _PICTURES.fullmatch(text) is not None
