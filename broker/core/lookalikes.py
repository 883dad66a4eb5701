"""Which nicks look the same, and who holds them. The tables are large, and only who decides about nicks needs
them. Pure. docs/decisions/0014-which-nicks-look-the-same.md
"""

import re
import unicodedata

from confusable_homoglyphs import confusables

# Marks that are left out where people are in a hurry, and overlooked where they read: accents, and the points
# of Hebrew and of Arabic. Not marks that are vowels (Hindi, Thai), or make another letter (か and が).
_ACCENTS = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]"
)
_LETTERS_WITH_ACCENTS = str.maketrans("ıøłđħŧ", "ioldht")  # Unicode takes these for one piece
# One behind the other: so `vw` and `wv` are the same, too
_DOUBLES = (("w", "vv"), ("vv", "w"), ("W", "VV"), ("VV", "W"), ("rn", "m"), ("cl", "d"))


def looks(name: str) -> frozenset[str]:
    """Keys of which two nicks share at least one exactly when they look the same.

    Both fold case, width and accents. One also folds letters that are confusable (Unicode UTS 39), and pairs
    of letters that look like one.
    """
    wide = unicodedata.normalize("NFKC", name)
    letters = _without_accents(wide.casefold()).translate(_LETTERS_WITH_ACCENTS)
    shape = _without_accents("".join(map(_prototype, unicodedata.normalize("NFD", wide))))
    for letter, twin in _DOUBLES:
        shape = shape.replace(letter, twin)
    return frozenset({letters, unicodedata.normalize("NFC", shape.casefold())})


class Nicks:
    """The nicks that are held, by account. Of a look more than one may be, as an older log has them."""

    def __init__(self) -> None:
        self._looks: dict[str, frozenset[str]] = {}
        self._holders: dict[str, set[str]] = {}

    def hold(self, account: str, nick: str) -> None:
        """Instead of the nick that it held before, if any."""
        self.free(account)
        self._looks[account] = looks(nick)
        for look in self._looks[account]:
            self._holders.setdefault(look, set()).add(account)

    def free(self, account: str) -> None:
        for look in self._looks.pop(account, ()):
            self._holders[look].remove(account)
            if not self._holders[look]:
                del self._holders[look]

    def holder(self, nick: str, but: str) -> str | None:
        """Another account than that, which holds a nick that looks like this one."""
        found = {account for look in looks(nick) for account in self._holders.get(look, ())}
        return min(found - {but}, default=None)

    def by_account(self) -> dict[str, frozenset[str]]:
        return dict(self._looks)


def _without_accents(text: str) -> str:
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))


def _prototype(char: str) -> str:
    """The one character (or few) that stands for all that look like this one."""
    table = confusables.confusables_data
    twins = table.get(char, ())
    if len(twins) != 1:  # none, or the prototype itself: it lists all its likenesses
        return char
    twin: str = twins[0]["c"]
    return min(char, twin) if len(table.get(twin, ())) == 1 else twin
