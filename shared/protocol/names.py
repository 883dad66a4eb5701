"""What a nick, a room and a text may be. docs/protocol.md, "Limits".

How long a name is, is looked at before anything else: to compose and order a long run of marks takes the
square of its length.
"""

import functools
import re
import unicodedata
from collections.abc import Sequence

from loggia.shared.protocol.errors import Code, Refused
from loggia.shared.protocol.lengths import too_long
from loggia.shared.protocol.limits import NAME_CHARS, NAME_MARKS, Limits

PRIVATE_SIGN, DIRECT_SIGN = "%", "~"  # what the name of a private room begins with, and of a conversation
MADE_CHARS = 16  # letters that a broker puts behind the sign, at least: nobody guesses so many
SHOWN_CHARS = 4  # of such a name, where others than its members read it

QUOTED_CHARS = 64  # of a name whose quoted form is remembered: what others send must not fill the memory

_MOST_COUNTED = 1000  # characters of a text that is too long: a broker is sent many, and has no time for them
_REFUSED_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# also what ends a line, and what turns the direction of those who come behind it
_REFUSED_IN_LINES = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_REFUSED_IN_NAMES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
_SIGNS_IN_WORDS = frozenset("_-.")
_SKIN_TONES = frozenset("\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
_LETTERS_LIKE_COLONS = frozenset(  # the visargas of Indian and Khmer scripts, a sign of length, a tone
    "\u0903\u0983\u0a03\u0a83\u0b03\u0c03\u0c83\u0d03\u0d83\u0f7f\u1038\u17c7\u17c8\u1b04\ua983\u02d0\ua4fd"
)
_LIKE_QUOTES = re.compile(
    '["\\\\\u00ab\u00bb\u02ba\u02dd\u05f4\u2018-\u201f\u2033\u2036\u2039\u203a\u275d\u275e\u301d-\u301f\uff02]'
)
_JOINS_PICTURES = frozenset("\u200d") | {chr(tag) for tag in range(0xE0020, 0xE0080)}  # families, flags
_EMOJI_STYLES = str.maketrans("", "", "\ufe0e\ufe0f")
_LIKE_SIGNS = (PRIVATE_SIGN, DIRECT_SIGN, "\uff05", "\ufe6a", "\uff5e")  # the same in another width
_UNSEEN = re.compile(
    # Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt: nothing is drawn for them
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
    # and what counts as drawn, but is blank: the empty Braille pattern and the null notehead
    "\u2800\U0001d159]"
)
_SEEN = re.compile(rf"[^\s{_UNSEEN.pattern[1:]}")


def nick(name: str, limits: Limits) -> str:
    """The nick in its canonical form; raises Refused `bad_nick`."""
    return _name(name, limits.nick_chars, "bad_nick", "nickname")


def room(name: str, limits: Limits, marks: int = NAME_MARKS) -> str:
    """The room name in its canonical form; raises Refused `bad_room`. `marks`: so many in a row at most."""
    return _name(name, limits.room_chars, "bad_room", "room name", marks)


def chosen_room(name: str, limits: Limits) -> str:
    """A room's name that a client may choose, as `room` gives it: the signs of private ones are the
    broker's."""
    name = room(name, limits)
    if name.startswith(_LIKE_SIGNS):
        text = (
            f"No room that you name begins with {name[0]}; the broker names private rooms, and gives them a"
        )
        raise Refused("bad_room", f'{text} title: send "create" with "private".')
    return name


def is_made(name: str) -> bool:
    """Whether it may be the name of a private room, which brokers make, or of a conversation."""
    return name.startswith((PRIVATE_SIGN, DIRECT_SIGN)) and len(name) > MADE_CHARS


def is_direct(name: str) -> bool:
    """Whether it may be the name of a conversation."""
    return name.startswith(DIRECT_SIGN) and is_made(name)


def shown_room(name: str) -> str:
    """A room's name where anybody may read it."""
    return f"{name[:SHOWN_CHARS]}..." if is_made(name) else name


def server(name: str, limits: Limits) -> str:
    """What a server is called, which is written as a room's name is; raises Refused `bad_request`."""
    return _name(name, limits.room_chars, "bad_request", "name of a server")


def canonical(name: str) -> str:
    """The one form of a name that is stored and compared: NFC, and without the styles of an emoji.

    A keyboard may or may not put a variation selector behind an emoji; nobody can tell the two apart. What
    cannot be a name is given back as it is, whatever its length: it costs no more than to see that.
    """
    if name.isascii() or len(name) > NAME_CHARS:
        return name
    plain = name.translate(_EMOJI_STYLES)
    return name if _has_more_marks(plain, NAME_MARKS) else unicodedata.normalize("NFC", plain)


def text(value: str, limits: Limits) -> None:
    """Raises Refused `bad_request` or `too_large` unless the text of a message may be stored."""
    if not value.isprintable() and _REFUSED_IN_TEXT.search(value):
        raise Refused(
            "bad_request",
            "The text holds a control character, which cannot be seen; only newline and tab are allowed.",
        )
    if not value:
        raise Refused("bad_request", "The text is empty; a message needs at least one character.")
    if len(value) * 4 > limits.text_bytes and len(value.encode()) > limits.text_bytes:
        raise Refused("too_large", too_long(value, limits.text_bytes, _MOST_COUNTED))


def note(value: str, what: str) -> None:
    """Raises Refused `bad_request` unless it may be told: a subject or a reason, which may be empty."""
    if not value.isprintable() and _REFUSED_IN_TEXT.search(value):
        raise Refused(
            "bad_request",
            f"The {what} holds a control character, which cannot be seen; only newline and tab are allowed.",
        )


def sign(value: str) -> None:
    """Raises Refused `bad_request` unless it may be put to a message: a picture, or a short word."""
    for char in value:
        category = unicodedata.category(char)
        if category in _REFUSED_IN_NAMES and char not in _JOINS_PICTURES:
            text = f"The emoji holds {_said(char)}; send one picture, or a word without spaces."
            raise Refused("bad_request", text)


def status(value: str) -> None:
    """Raises Refused `bad_request` unless it may stand in one line beside a nick."""
    if bad := _REFUSED_IN_LINES.search(value):
        raise Refused("bad_request", f"The status holds {_said(bad[0])}; write it in one plain line.")
    if _has_more_marks(value, NAME_MARKS):
        raise Refused(
            "bad_request", f"The status has more than {NAME_MARKS} combining marks in a row; use fewer."
        )


def are_texts(values: Sequence[str], together: str, limits: Limits) -> bool:
    """Whether `text` raises for none of them; False where that is not seen at a glance. `together`: they are,
    one behind the other."""
    return (
        all(values)
        and max(map(len, values)) * 4 <= limits.text_bytes
        and (together.isprintable() or not _REFUSED_IN_TEXT.search(together))
    )


def is_seen(value: str) -> bool:
    """Whether anything of a text is drawn where it is shown."""
    return _SEEN.search(value) is not None


def escaped(value: str) -> str:
    """The value with everything a terminal could act upon written as an escape."""
    if value.isprintable():
        return value
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in value
    )


def quoted(nick: str) -> str:
    """A nick as it stands in a line of text: one plain word as it is, anything else in quotes that nothing
    inside can end. Without them `ada: I resign. Bob` would speak for ada in every line that is made of it.
    """
    return _quoted_again(nick) if len(nick) <= QUOTED_CHARS else _quoted(nick)


def _quoted(nick: str) -> str:
    if nick and all(map(_is_plain, nick)):
        return nick
    return f'"{_LIKE_QUOTES.sub(_behind_backslash, nick)}"'


_quoted_again = functools.lru_cache(4096)(_quoted)


def _behind_backslash(found: re.Match[str]) -> str:
    return f"\\{found[0]}"


def _is_plain(char: str) -> bool:
    """Letters, their marks, digits, pictures, and few signs: none of it ends a word."""
    if char in _SIGNS_IN_WORDS or char in _SKIN_TONES:
        return True
    category = unicodedata.category(char)
    return (category[0] in "LNM" or category == "So") and char not in _LETTERS_LIKE_COLONS


def _name(name: str, most: int, code: Code, what: str, marks: int = NAME_MARKS) -> str:
    if len(name) > most * (NAME_MARKS + 1):  # more than `most` however it is composed
        raise _too_long(name, most, code, what)
    if not name.isascii():
        composed = _composed(name, marks)
        if composed is None:
            raise Refused(code, f"The {what} has more than {marks} combining marks in a row; use fewer.")
        name = composed
    if not name:
        raise Refused(code, f"The {what} is empty; choose 1 to {most} characters.")
    if len(name) > most:
        raise _too_long(name, most, code, what)
    if name != name.strip(" "):
        raise Refused(code, f"The {what} starts or ends with a space.")
    if "  " in name:
        raise Refused(code, f"The {what} holds two spaces in a row; use single ones.")
    if _is_mark(name[0]):
        raise Refused(code, f"The {what} begins with a combining mark; put a letter before it.")
    for char in name:
        if char == "/" or (char != " " and _is_refused(char)):
            raise Refused(
                code, f"The {what} holds {_said(char)}; use letters, digits, signs and single spaces."
            )
    return name


def _said(char: str) -> str:
    """A character that is refused, as people can find it: what they see as they see it."""
    seen = char.isprintable() and not char.isspace() and _UNSEEN.match(char) is None
    return f'"{char}"' if seen else "a character that cannot be seen"


def _too_long(name: str, most: int, code: Code, what: str) -> Refused:
    return Refused(code, f"The {what} has {len(name)} characters; at most {most} are allowed.")


def _composed(name: str, marks: int) -> str | None:
    """In NFC, without the styles of an emoji; None if more marks than that stand in a row.

    They are counted as they came, so that taking the name apart is cheap; and in that form, so that a name is
    one or is none however it is written.
    """
    plain = name.translate(_EMOJI_STYLES)
    if _has_more_marks(plain, marks) or _has_more_marks(unicodedata.normalize("NFD", plain), marks):
        return None
    return unicodedata.normalize("NFC", plain)


def _has_more_marks(name: str, marks: int) -> bool:
    """Whether more than that stand in a row, by the two letters of each character's category."""
    return re.search(f"(?:M.){{{marks + 1}}}", "".join(map(unicodedata.category, name))) is not None


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"


def _is_refused(char: str) -> bool:
    return unicodedata.category(char) in _REFUSED_IN_NAMES or _UNSEEN.match(char) is not None
