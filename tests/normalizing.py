"""How much of what others send is composed or taken apart: work that is counted, and not timed."""

import unicodedata


class Normalized:
    """`largest`, `total`: characters given to `unicodedata.normalize` since it was made."""

    def __init__(self, monkeypatch):
        self.largest = self.total = 0
        normalize = unicodedata.normalize

        def counted(form, text):
            self.largest = max(self.largest, len(text))
            self.total += len(text)
            return normalize(form, text)

        monkeypatch.setattr(unicodedata, "normalize", counted)


LONG = 260_000
TOWER = "a" + "\u0301\u0316" * (LONG // 2)  # marks that change places: ordering them takes the square of it
# the same cost, or much of it, in other shapes: what a long name may be made of
LONG_NAMES = {
    "tower": TOWER,
    "marks alone": TOWER[1:],
    "behind letters": "a" * 32 + TOWER,
    "styles of emoji": "a" + "\ufe0f" * LONG + "\u0301",
    "styles between marks": "a" + "\u0301\ufe0f" * (LONG // 2),
    "letters that come apart": "\u1f82" * LONG,
    "Hangul in pieces": "\u1112\u1161\u11ab" * (LONG // 3),
    "letters that grow": "\ufdfa" * LONG,
    "towers between letters": ("a" + "\u0301\u0316" * 100) * (LONG // 200),
    "beyond the first plane": "a" + "\U0001d165\U0001d16d" * (LONG // 2),
}
