"""Whom a text means by `@nick`: the longest name behind the sign that somebody has. Pure."""

import re
from collections.abc import Callable, Iterator

from loggia.shared.protocol.limits import MENTIONS
from loggia.shared.protocol.names import canonical

SIGN = "@"
LONGEST_CHARS = 64  # no nickname is longer, unless a broker was set to take it
TRIES = 100  # names that are looked up for one message
# Scripts that put no space between words: of Thailand and its neighbours, of China, Japan and Korea
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
_SIGN = re.compile(rf"(?<!\w){SIGN}|(?<=[{_UNSPACED}]){SIGN}")
_INSIDE_A_WORD = re.compile(rf"(?<=[^\W{_UNSPACED}])(?=[^\W{_UNSPACED}])")


def mentioned(text: str, called: Callable[[str], str | None]) -> tuple[str, ...]:
    """The accounts, in the order of the text, each once. `called`: who has a nick, if anybody has."""
    if SIGN not in text:
        return ()
    found: dict[str, None] = {}
    tries = TRIES
    for sign in _SIGN.finditer(text):
        for name in _names(text[sign.end() : sign.end() + LONGEST_CHARS + 1]):
            tries -= 1
            if tries < 0 or len(found) == MENTIONS:
                return tuple(found)
            if (account := called(canonical(name))) is not None:
                found[account] = None
                break
    return tuple(found)


def _names(behind: str) -> Iterator[str]:
    """What stands behind a sign, up to each end of a word, the longest first."""
    inside = {place.start() for place in _INSIDE_A_WORD.finditer(behind)}
    for end in range(min(len(behind), LONGEST_CHARS), 0, -1):
        if end not in inside and not behind[end - 1].isspace():
            yield behind[:end]
