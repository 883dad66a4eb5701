"""Which nicks look the same. The tables are large, and only who decides about nicks needs them. Pure."""

import functools
import unicodedata

from confusable_homoglyphs import confusables


def looks(name: str) -> frozenset[str]:
    """Keys of which two nicks share at least one exactly when they look the same.

    One key folds case and width, the other also letters that are confusable (Unicode UTS 39).
    """
    wide = unicodedata.normalize("NFKC", name)
    shape = "".join(_prototype(char) for char in unicodedata.normalize("NFD", wide))
    return frozenset({wide.casefold(), unicodedata.normalize("NFC", shape.casefold())})


@functools.cache
def _prototype(char: str) -> str:
    """The one character (or few) that stands for all that look like this one."""
    table = confusables.confusables_data
    twins = table.get(char, ())
    if len(twins) != 1:  # none, or the prototype itself: it lists all its likenesses
        return char
    twin: str = twins[0]["c"]
    return min(char, twin) if len(table.get(twin, ())) == 1 else twin
