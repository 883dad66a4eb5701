"""Whom a text means by `@nick`: the longest name behind the sign that somebody has. Pure.

Not each name that may stand there is looked up: of the looks that nicks have, in their order, the one just
before that of the text is what it begins with, or says how much of it may be the beginning of one.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from functools import cache
from itertools import accumulate, takewhile
from operator import eq

from loggia.broker.core.lookalikes import both_looks
from loggia.shared.protocol.limits import MENTIONS
from loggia.shared.protocol.names import canonical

SIGN = "@"
# Of a name, written out: U+FDFA stands for 18. No nickname is longer, unless a broker was set to take it
LONGEST_CHARS = 64
SIGNS = 2 * MENTIONS  # of one text behind which somebody is looked for; some mean nobody
# For each that may be meant, and as many more: three find who it is, up to eleven where letters stand for two
LOOKUPS = 12
# Scripts that put no space between words: of Thailand and its neighbours, of China, Japan and Korea
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
_SIGN = re.compile(rf"(?<!\w){SIGN}|(?<=[{_UNSPACED}]){SIGN}")
_INSIDE_A_WORD = re.compile(rf"(?<=[^\W{_UNSPACED}])(?=[^\W{_UNSPACED}])")
_LINE = re.compile(r"[^\n\t]*")  # neither is in a name


def mentioned(
    text: str, look_upto: Callable[[str], str], meant: Callable[[str], str | None]
) -> tuple[str, ...]:
    """The accounts, in the order of the text, each once.

    `look_upto`: of the looks of all nicks that somebody has the greatest that is not above this one, "" if
    there is none. `meant`: who has a nick, or one that looks like it, if anybody has.
    """
    if SIGN not in text:
        return ()
    left = LOOKUPS * (1 + min(text.count(SIGN), MENTIONS))  # to work out the look of a name is one as well

    def counted_upto(look: str) -> str:
        nonlocal left
        left -= 1
        return look_upto(look) if left >= 0 else ""

    @cache
    def counted_looks(name: str) -> tuple[str, str]:
        nonlocal left
        left -= 1
        return both_looks(name) if left >= 0 else ("", "")

    found: dict[str, None] = {}
    for sign in _signs(text):
        if left <= 0 or len(found) == MENTIONS:
            break
        line = _LINE.match(text, sign, sign + LONGEST_CHARS + 1)
        assert line is not None, "nothing is a line, too"
        if (account := _meant(_short(line[0]), counted_upto, counted_looks, meant)) is not None:
            found[account] = None
    return tuple(found)


def _signs(text: str) -> Iterator[int]:
    """Where the first ones of them end, as many as are looked at."""
    for sign, _ in zip(_SIGN.finditer(text), range(SIGNS), strict=False):
        yield sign.end()


def _short(behind: str) -> str:
    """So much of it as has a name in it, however long its letters are when they are written out."""
    if behind.isascii() or unicodedata.is_normalized("NFKC", behind):
        return behind
    sizes = accumulate(len(unicodedata.normalize("NFKC", letter)) for letter in behind)
    return behind[: bisect_right([*sizes], LONGEST_CHARS + 1)]


def _meant(
    behind: str,
    look_upto: Callable[[str], str],
    looks_of: Callable[[str], tuple[str, str]],
    meant: Callable[[str], str | None],
) -> str | None:
    """Whom the longest name means that stands behind a sign."""
    longest, account = 0, None
    looks = both_looks(behind)
    for kind in (0, 1) if looks[0] != looks[1] else (0,):
        for look in _beginnings(looks[kind], look_upto):
            name = _that_looks(look, kind, behind, looks[kind], looks_of)
            if name is None:
                continue
            if len(name) <= longest:
                break
            if (who := meant(canonical(name))) is not None:
                longest, account = len(name), who
                break
    return account


def _is_end(behind: str, end: int) -> bool:
    """Whether a name may end there: where a word does, and not behind a space."""
    if not 0 < end <= min(len(behind), LONGEST_CHARS) or behind[end - 1].isspace():
        return False
    return _INSIDE_A_WORD.match(behind, end) is None


def _beginnings(look: str, look_upto: Callable[[str], str]) -> Iterator[str]:
    """The looks of nicks that this one begins with, the longest first.

    Between one of these and this look stand only looks that begin with it: so what the nearest one before has
    in common with this look is as much of it as may be the look of a nick.
    """
    while look and (nearest := look_upto(look)):
        alike = takewhile(bool, map(eq, nearest, look))
        common = look[: sum(alike)]
        if common == nearest:
            yield nearest
            look = nearest[:-1]
        else:
            look = common


def _that_looks(
    look: str, kind: int, behind: str, whole: str, looks_of: Callable[[str], tuple[str, str]]
) -> str | None:
    """What stands behind the sign up to the end of a word and has this look. `whole`: the look of all of it.

    Mostly it is as long as its look. Where not, the longer it is, the longer is that.
    """
    end = len(look)
    if _is_end(behind, end) and looks_of(behind[:end])[kind] == look:
        return behind[:end]
    if behind.isascii() and len(whole) == len(behind):
        return None
    ends = range(min(len(behind), LONGEST_CHARS), 0, -1)
    place = bisect_left(ends, -end, key=lambda end: -len(looks_of(behind[:end])[kind]))
    alike = takewhile(lambda end: looks_of(behind[:end])[kind] == look, ends[place:])
    return next((behind[:end] for end in alike if _is_end(behind, end)), None)
