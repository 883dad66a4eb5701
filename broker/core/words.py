"""What is searched for, and whether a text has it: the one place that says what people find. Pure.

A text becomes words: what differs only in case, width, accents or invisible signs is the same. Scripts that
put no spaces between words (and emoji) become runs, of which any part can be found. docs/protocol.md,
"Search".
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

import msgspec

WORD_CHARS = 32  # of a word that an index knows: a longer one is found by these, and then compared
MOST_MARKS = 100  # in one text
TELLING_CHARS = 3  # the begin of a word has so many, or an index is better asked for the other words alone
FORMS = 20_000  # of characters that are remembered: what others send must not fill the memory

_END = "\x01"  # of a word or a run; no text can hold it
_QUOTES = '"\u201c\u201d\u201e\u201f'

# signs that change how a letter is said, and that people leave out when they search
_LEFT_OUT = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U000e0100-\U000e01ef]"
)
# Thai, Lao, Tibetan, Burmese; Hangul; Khmer; Tai scripts; Balinese; Han, kana, bopomofo, Yi; Javanese, Cham
_UNSPACED = re.compile(
    "[\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\u1b00-\u1b7f\u2e80-\u2fdf"
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u303b\u3041-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\ua4cf\ua960-\ua97f\ua980-\ua9ff\uaa00-\uaadf\uac00-\ud7ff\uf900-\ufaff"
    "\U00017000-\U00018dff\U0001b000-\U0001b2ff\U00020000-\U0003ffff]"
)
_SKIN_TONES = re.compile("[\U0001f3fb-\U0001f3ff]")
_JOINING_JAMO = re.compile("[\u1160-\u11ff\ud7b0-\ud7ff]")

_CLUSTERS = re.compile("bc{0,31}|c{1,32}")  # to order a long run of marks takes the square of its length
_PIECES = re.compile("w+|u+")
_ASCII_PIECES = re.compile("[a-z0-9]+")
_LINK = re.compile(r"https?://[^\s/]", re.IGNORECASE)


class _Remembered(dict[str, str]):
    """What `make` gives for a string, kept for the next time."""

    def __init__(self, make: Callable[[str], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: str) -> str:
        if len(self) >= FORMS:
            self.clear()
        made = self[key] = self._make(key)
        return made


class _Table(dict[int, str]):
    """The same of characters, for `str.translate`."""

    def __init__(self, make: Callable[[str], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: int) -> str:
        if len(self) >= FORMS:
            self.clear()
        made = self[key] = self._make(chr(key))
        return made


def _letter(char: str) -> str:
    """Of a decomposed character what counts; empty: nothing."""
    if unicodedata.category(char) in ("Cf", "Me") or _LEFT_OUT.match(char):
        return ""
    return "i" if char == "\u0131" else _LEFT_OUT.sub("", char.casefold())


def _joins(char: str) -> str:
    """c: it may become one with what stands before it, or does not count; b: it begins something."""
    first = unicodedata.normalize("NFKD", char)[0]
    joins = not _letter(first) or unicodedata.category(first)[0] == "M" or _JOINING_JAMO.match(first)
    return "c" if joins else "b"


def _kind(char: str) -> str:
    """w: of a word; u: of a run, in a script without spaces; or a space."""
    category = unicodedata.category(char)
    if category == "So" or _SKIN_TONES.match(char):
        return "u"
    if category[0] not in "LNM":
        return " "
    return "u" if _UNSPACED.match(char) else "w"


_letters, _joining, _kinds = _Table(_letter), _Table(_joins), _Table(_kind)
_forms = _Remembered(
    lambda cluster: unicodedata.normalize("NFC", unicodedata.normalize("NFKD", cluster).translate(_letters))
)


def fold(text: str) -> str:
    """What differs for nobody who searches is the same."""
    return text.lower() if text.isascii() else "".join(map(_forms.__getitem__, _clusters(text)))


def has_link(text: str) -> bool:
    return _LINK.search(text) is not None


def keys(text: str) -> set[str]:
    """Under what an index has a text. Every one that `Terms.keys` names is among those of a text that is
    found."""
    folded = fold(text)
    if folded.isascii():
        return {word[:WORD_CHARS] for word in _ASCII_PIECES.findall(folded)}
    found = set[str]()
    for begin, end, is_run in _pieces(folded):
        if is_run:
            run = folded[begin:end]
            found.update(map(str.__add__, run, run[1:]))
            found.add(run[-1])
        else:
            found.add(folded[begin : min(end, begin + WORD_CHARS)])
    return found


class _Term(msgspec.Struct, frozen=True):
    """Words and runs that stand side by side; of the last word `prefix` says that it is only the begin."""

    pieces: tuple[str, ...]
    runs: tuple[bool, ...]
    prefix: bool

    @property
    def sought(self) -> str:
        """As it stands in what `_joined` makes of a text."""
        begin = "" if self.runs[0] else _END
        end = "" if self.runs[-1] or self.prefix else _END
        return begin + _END.join(self.pieces) + end


class Terms:
    """What somebody searches for: words, "phrases", begin* of words; all must be there.

    Attributes: `anything`, nothing was asked for; `nothing`, that no text can have: it is no word.
    """

    def __init__(self, text: str) -> None:
        self._terms = sorted(set(_terms(fold(text))), key=lambda term: -len(term.sought))
        self._sought = [term.sought for term in self._terms]
        self.anything = not text.strip()
        self.nothing = not self.anything and not self._terms

    def keys(self, most: int) -> tuple[list[str], str]:
        """Of an index those that a text has which is found, the longest ones; and the begin of one, or
        nothing."""
        whole, begins = dict[str, None](), set[str]()
        for term in self._terms:
            for number, (piece, is_run) in enumerate(zip(term.pieces, term.runs, strict=True)):
                if is_run and len(piece) > 1:
                    whole.update(dict.fromkeys(piece[at : at + 2] for at in range(len(piece) - 1)))
                elif is_run or (term.prefix and number == len(term.pieces) - 1 and len(piece) < WORD_CHARS):
                    begins.add(piece)
                else:
                    whole[piece[:WORD_CHARS]] = None
        exact = sorted(whole, key=len, reverse=True)[:most]
        begin = max(begins, key=lambda begin: (len(begin), begin), default="")
        return exact, begin if not exact or len(begin) >= TELLING_CHARS else ""

    def marks(self, text: str) -> list[tuple[int, int]] | None:
        """Where it stands in the text, from which character up to which (without it), ascending, a number of
        them; None: not all is there."""
        folded = fold(text)
        joined = _joined(folded)
        if self.nothing or not all(sought in joined for sought in self._sought):
            return None
        pieces = _pieces(folded)
        starts = list(accumulate((end - begin + 1 for begin, end, _ in pieces), initial=1))
        spans = list[tuple[int, int]]()
        for sought in self._sought:
            stripped = len(sought) - len(sought.lstrip(_END))
            length = len(sought.strip(_END))
            for at in _occurrences(joined, sought):
                begin = at + stripped
                last = begin + length - 1
                ends = []
                for place in (begin, last):
                    number = bisect_right(starts, place) - 1
                    ends.append(pieces[number][0] + place - starts[number])
                spans.append((ends[0], ends[1] + 1))
        return _united(_in_source(text, folded, sorted(spans)))


def _terms(folded: str) -> Iterator[_Term]:
    parts = re.split(f"[{_QUOTES}]", folded)
    for number, part in enumerate(parts):
        is_quoted = number % 2 == 1 and number < len(parts) - 1  # what is never closed is no quote
        for chunk in [part] if is_quoted else dict.fromkeys(part.split()):
            if chunk.isascii() and chunk.isalnum():  # most are
                yield _Term((chunk,), (False,), False)
            elif pieces := _pieces(chunk):
                prefix = not is_quoted and chunk[pieces[-1][1] :].startswith("*")
                yield _Term(
                    tuple(chunk[begin:end] for begin, end, _ in pieces),
                    tuple(is_run for *_, is_run in pieces),
                    prefix,
                )


def _joined(folded: str) -> str:
    """Each word and run with its end behind it."""
    if folded.isascii():
        return _END + _END.join([*_ASCII_PIECES.findall(folded), ""])
    return _END + "".join([folded[begin:end] + _END for begin, end, _ in _pieces(folded)])


def _pieces(folded: str) -> list[tuple[int, int, bool]]:
    """Words and runs: from, up to, and whether it is a run."""
    if folded.isascii():
        return [(*found.span(), False) for found in _ASCII_PIECES.finditer(folded)]
    kinds = folded.translate(_kinds)
    return [(found.start(), found.end(), found[0][0] == "u") for found in _PIECES.finditer(kinds)]


def _clusters(text: str) -> list[str]:
    joining = text.translate(_joining)
    if "c" not in joining:
        return list(text)
    return [text[found.start() : found.end()] for found in _CLUSTERS.finditer(joining)]


def _occurrences(joined: str, sought: str) -> Iterator[int]:
    """As many as are shown; the end of one word is the begin of the next."""
    at = joined.find(sought)
    for _ in range(MOST_MARKS):
        if at < 0:
            return
        yield at
        at = joined.find(sought, at + max(1, len(sought.rstrip(_END))))


def _in_source(text: str, folded: str, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Where in the text itself what stands there in its folded form."""
    if text.isascii():
        yield from spans
        return
    clusters = _clusters(text)
    starts = list(accumulate(map(len, clusters), initial=0))
    places = list(accumulate((len(_forms[cluster]) for cluster in clusters), initial=0))
    for begin, end in spans:
        yield starts[bisect_right(places, begin) - 1], starts[bisect_right(places, end - 1)]


def _united(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without what lies in another, or reaches into it."""
    united = list[tuple[int, int]]()
    for begin, end in spans:
        if united and begin < united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((begin, end))
    return united[:MOST_MARKS]
