"""What may be a name or a text, and what a terminal gets to see."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.shared.protocol import names
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import Limits

LIMITS = Limits()


@pytest.mark.parametrize(
    "name", ["a", "Ada Lovelace", "zoë", "李雷", "x" * 32, "@dm:1", "👍", "เก้า", "a b c"]
)
def test_names_that_will_do(name: str) -> None:
    assert names.nick(name, LIMITS) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ada",
        "ada ",
        "a/b",
        "a\nb",
        "a\x00",
        "a\u200bb",
        "a\u202eb",
        "a\u2028b",
        "a\u00a0b",
        "\ud800",
        "x" * 33,
        "ada\u3164",
        "ada\u034f",
        "ada\u2800",
        "ada\u115f",
        "ada\u1160",
        "ada\uffa0",
        "ada\u17b4",
        "ada\u180b",
        "ada\u180f",
        "ada\ufe00",
        "ada\U000e0061",
        "ada\U000e0100",
        "ada\U0001d159",
        "\u2800",
        "\u3164",
        "\ufe0f",
        "\u0301",
        "\u0301ada",
        "a  b",
    ],
)
def test_names_that_will_not_do(name: str) -> None:
    with pytest.raises(Refused) as refused:
        names.nick(name, LIMITS)
    assert refused.value.code == "bad_nick"
    with pytest.raises(Refused, match="bad_room"):
        names.room(name * 3, LIMITS)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a/b", 'The nickname holds "/"; use'),
        ("a\tb", "The nickname holds a character that cannot be seen; use"),
        ("a\u00a0b", "The nickname holds a character that cannot be seen; use"),
        ("a\u2800b", "The nickname holds a character that cannot be seen; use"),
    ],
)
def test_what_a_name_must_not_hold_is_said_as_people_see_it(name: str, told: str) -> None:
    with pytest.raises(Refused) as refused:
        names.nick(name, LIMITS)
    assert refused.value.text.startswith(told)


def test_rooms_have_their_own_length_and_code() -> None:
    assert names.room("x" * 64, LIMITS) == "x" * 64
    with pytest.raises(Refused, match="bad_room"):
        names.room("x" * 65, LIMITS)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Zoe\u0308", "Zoë"),
        ("❤\ufe0f", "❤"),
        ("❤\ufe0e", "❤"),
        ("ada\ufe0f", "ada"),
        ("Zoe\ufe0f\u0308", "Zoë"),
    ],
)
def test_names_are_composed_and_have_no_styles_of_emoji(written: str, meant: str) -> None:
    assert names.nick(written, LIMITS) == meant
    assert names.room(written, LIMITS) == names.canonical(written) == meant


def test_texts_may_hold_anything_printable_newlines_and_tabs() -> None:
    names.text("tab\tnewline\nemoji 👩‍👩‍👧 \u202e العربية", LIMITS)


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\r", "\x7f", "\x85", "\x9b", "\ud800"])
def test_other_controls_are_refused(char: str) -> None:
    with pytest.raises(Refused, match="bad_request"):
        names.text(f"a{char}b", LIMITS)


def test_a_text_has_at_least_one_character_and_at_most_the_bytes_of_the_limit() -> None:
    with pytest.raises(Refused, match="The text is empty"):
        names.text("", LIMITS)
    names.text(" \n\t", LIMITS)  # the contract allows it; who finds it silly need not send it
    names.text("ä" * 8192, LIMITS)
    with pytest.raises(Refused, match="too_large"):
        names.text("ä" * 8192 + "a", LIMITS)


@given(st.text())
def test_what_is_escaped_has_nothing_a_terminal_acts_upon(value: str) -> None:
    shown = names.escaped(value)
    assert all(unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in shown)
    assert shown == value or not value.isprintable()


PLAIN = ["ada", "Ada_Lovelace", "kim-2", "dr.who", "日本", "नमस्ते", "שלום", "🎲dice", "👋🏽", "²", "7", "zoë"]


@pytest.mark.parametrize("nick", PLAIN)
def test_a_plain_word_needs_no_quotes(nick: str) -> None:
    assert names.quoted(names.nick(nick, LIMITS)) == nick


@pytest.mark.parametrize(
    ("nick", "quoted"),
    [
        ("ada: hi", '"ada: hi"'),
        ("anna maria", '"anna maria"'),
        ("ada：", '"ada："'),
        ("adaː", '"adaː"'),
        ("O'Neil", '"O\'Neil"'),
        ("", '""'),
        ('a" b', '"a\\" b"'),
        ("a\\", '"a\\\\"'),
        ('a\\"', '"a\\\\\\""'),
        ("a” “b", '"a\\” \\“b"'),
    ],
)
def test_anything_else_stands_in_quotes(nick: str, quoted: str) -> None:
    assert names.quoted(nick) == quoted


@given(st.text())
def test_nothing_inside_ends_the_quotes(nick: str) -> None:
    quoted = names.quoted(nick)
    if quoted != nick:
        inside = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', quoted, re.DOTALL)
        assert inside
        assert re.sub(r"\\(.)", r"\1", inside[1], flags=re.DOTALL) == nick
    else:
        assert not set(nick) & set(" :\"'!")
