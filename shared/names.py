"""What a nick, a room and a text may be. docs/protocol.md, "Limits"."""

import functools
import re
import unicodedata

from confusable_homoglyphs import confusables

from shared.errors import Code, Refused
from shared.limits import Limits

_REFUSED_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_REFUSED_IN_NAMES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})


def nick(name: str, limits: Limits) -> str:
    """The nick in its canonical form (NFC); raises Refused `bad_nick`."""
    return _name(name, limits.nick_chars, "bad_nick", "nickname")


def room(name: str, limits: Limits) -> str:
    """The room name in its canonical form (NFC); raises Refused `bad_room`."""
    return _name(name, limits.room_chars, "bad_room", "room name")


def text(value: str, limits: Limits) -> None:
    """Raises Refused `bad_request` or `too_large` unless the text of a message may be stored."""
    if not value.isprintable() and (bad := _REFUSED_IN_TEXT.search(value)):
        raise Refused(
            "bad_request",
            f"The text holds the control character U+{ord(bad[0]):04X}; only newline and tab are allowed.",
        )
    if not value:
        raise Refused("bad_request", "The text is empty; a message needs at least one character.")
    if len(value) * 4 > limits.text_bytes and len(value.encode()) > limits.text_bytes:
        raise Refused(
            "too_large", f"The text is longer than {limits.text_bytes} bytes of UTF-8; send it in parts."
        )


def looks(name: str) -> frozenset[str]:
    """Keys of which two nicks share at least one exactly when they look the same.

    One key folds case and width, the other also letters that are confusable (Unicode UTS 39).
    """
    wide = unicodedata.normalize("NFKC", name)
    shape = "".join(_prototype(char) for char in unicodedata.normalize("NFD", wide))
    return frozenset({wide.casefold(), unicodedata.normalize("NFC", shape.casefold())})


def escaped(value: str) -> str:
    """The value with everything a terminal could act upon written as an escape."""
    if value.isprintable():
        return value
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in value
    )


def _name(name: str, most: int, code: Code, what: str) -> str:
    name = unicodedata.normalize("NFC", name)
    if not name:
        raise Refused(code, f"The {what} is empty; choose 1 to {most} characters.")
    if len(name) > most:
        raise Refused(code, f"The {what} has {len(name)} characters; at most {most} are allowed.")
    if name != name.strip(" "):
        raise Refused(code, f"The {what} starts or ends with a space.")
    for char in name:
        if char == "/" or (char != " " and unicodedata.category(char) in _REFUSED_IN_NAMES):
            raise Refused(
                code, f"The {what} holds U+{ord(char):04X}; use letters, digits, signs and single spaces."
            )
    return name


@functools.cache
def _prototype(char: str) -> str:
    """The one character (or few) that stands for all that look like this one."""
    table = confusables.confusables_data
    twins = table.get(char, ())
    if len(twins) != 1:  # none, or the prototype itself: it lists all its likenesses
        return char
    twin: str = twins[0]["c"]
    return min(char, twin) if len(table.get(twin, ())) == 1 else twin
