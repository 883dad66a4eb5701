"""Which nicks look the same, and who holds them. The tables are large, and only who decides about nicks needs
them. Pure. docs/decisions/0014-which-nicks-look-the-same.md
"""

import pkgutil
import re
import unicodedata
from collections.abc import Iterable

import confusable_homoglyphs
import msgspec
from loggia.broker.core.paged import Paged

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
    """Keys of which two nicks share at least one exactly when they look the same."""
    return frozenset(both_looks(name))


def both_looks(name: str) -> tuple[str, str]:
    """Both fold case, width and accents. The second also folds letters that are confusable (Unicode UTS 39),
    and pairs of letters that look like one.

    Of what begins with whole words that is the beginning: each letter is folded by itself, pairs in a word.
    """
    wide = unicodedata.normalize("NFKC", name)
    letters = _without_accents(wide.casefold()).translate(_LETTERS_WITH_ACCENTS)
    shape = _without_accents(unicodedata.normalize("NFD", wide).translate(_PROTOTYPES))
    for letter, twin in _DOUBLES:
        shape = shape.replace(letter, twin)
    return letters, unicodedata.normalize("NFC", shape.casefold())


class Nicks:
    """The nicks that are held, by account. Of a look more than one may be, as an older log has them."""

    def __init__(self) -> None:
        self._nicks: dict[str, str] = {}
        self._called: dict[str, set[str]] = {}
        self._looks: dict[str, frozenset[str]] = {}
        self._holders: Paged[set[str]] = Paged()

    def hold(self, account: str, nick: str) -> None:
        """Instead of the nick that it held before, if any."""
        self.free(account)
        self._nicks[account] = nick
        self._called.setdefault(nick, set()).add(account)
        self._looks[account] = looks(nick)
        for look in self._looks[account]:
            if look not in self._holders:
                self._holders[look] = set()
            self._holders[look].add(account)

    def free(self, account: str) -> None:
        if (nick := self._nicks.pop(account, None)) is not None:
            self._called[nick].remove(account)
            if not self._called[nick]:
                del self._called[nick]
        for look in self._looks.pop(account, ()):
            self._holders[look].remove(account)
            if not self._holders[look]:
                del self._holders[look]

    def holder(self, nick: str, but: str) -> str | None:
        """Another account than that, which holds a nick that looks like this one."""
        return min(self.holders(looks(nick)) - {but}, default=None)

    def holders(self, alike: Iterable[str]) -> set[str]:
        """The accounts that hold a nick of one of these looks."""
        return {account for look in alike for account in self._holders.get(look, ())}

    def look_upto(self, look: str) -> str:
        """The greatest look that is held and is not above this one; "": none."""
        return self._holders.upto(look) or ""

    def called(self, nick: str) -> str | None:
        """The account that holds exactly this nick."""
        return min(self._called.get(nick, ()), default=None)

    def by_account(self) -> dict[str, frozenset[str]]:
        return dict(self._looks)


def _without_accents(text: str) -> str:
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))


class _Twin(msgspec.Struct):
    """A character (or few) that looks like another: `c`."""

    c: str


def _read_prototypes() -> dict[int, str]:
    """For each character that is not its own, the one (or few) that stands for all that look like it.

    The library's file is read, and not its module: that keeps names and all pairs, which are 16 MB, and reads
    another file where the environment says so; what a log says must not hang on that.
    """
    table = pkgutil.get_data(confusable_homoglyphs.__name__, "confusables.json")
    assert table is not None
    twins_of = msgspec.json.decode(table, type=dict[str, list[_Twin]])
    return {
        ord(char): _prototype(char, twins[0].c, twins_of)
        for char, twins in twins_of.items()
        if len(char) == 1 and len(twins) == 1  # a prototype itself lists all its likenesses
    }


def _prototype(char: str, twin: str, twins_of: dict[str, list[_Twin]]) -> str:
    return min(char, twin) if len(twins_of.get(twin, ())) == 1 else twin


_PROTOTYPES = _read_prototypes()
