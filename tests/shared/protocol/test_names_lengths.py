"""A name is as long as it is before it is anything else: what that costs, and how many marks it may have."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.shared.protocol import names
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import NAME_CHARS, Limits

from tests.normalizing import LONG_NAMES, Normalized

LIMITS = Limits()
READ = {"nick": (names.nick, 32), "room": (names.room, 64), "server": (names.server, 64)}
MARKS = "\u0301\u0316\u05b0\u0e49\u3099\u20dd\ufe0f\u0f71\u0903"


@pytest.fixture
def normalized(monkeypatch):
    return Normalized(monkeypatch)


@pytest.mark.parametrize("name", LONG_NAMES.values(), ids=LONG_NAMES)
@pytest.mark.parametrize("kind", READ)
def test_a_name_that_is_too_long_is_refused_before_it_is_composed(normalized, kind, name):
    read, most = READ[kind]
    with pytest.raises(Refused, match=f"has {len(name)} characters; at most {most} are allowed"):
        read(name, LIMITS)
    assert normalized.total == 0


@pytest.mark.parametrize("name", LONG_NAMES.values(), ids=LONG_NAMES)
def test_what_cannot_be_a_name_has_itself_for_its_form(normalized, name):
    assert names.canonical(name) == name
    assert names.canonical(name[:NAME_CHARS]) is not None
    assert normalized.largest <= NAME_CHARS


def test_marks_are_counted_before_they_are_ordered(normalized):
    """However long a broker lets names be."""
    limits = Limits(nick_chars=10**6, room_chars=10**6)
    for name in ("a" + "\u0301\u0316" * 10**5, ("a" + "\u0301" * 5) * 10**4, "a" + "\u0301\ufe0f" * 10**5):
        for read in (names.nick, names.room):
            with pytest.raises(Refused, match="more than 4 combining marks in a row; use fewer"):
                read(name, limits)
    assert normalized.total == 0


@pytest.mark.parametrize("length", [32, 33, 160, 161])
@pytest.mark.parametrize("piece", ["e\u0301", "👍\ufe0f", "\u1112\u1161\u11ab", "e", "\u1100\u1161"])
def test_the_length_that_counts_is_that_of_the_canonical_form(piece, length):
    name = piece * (length // len(piece))
    short = len(unicodedata.normalize("NFC", name.replace("\ufe0f", ""))) <= 32
    if short:
        assert len(names.nick(name, LIMITS)) <= 32
    else:
        with pytest.raises(Refused, match="at most 32 are allowed"):
            names.nick(name, LIMITS)


@pytest.mark.parametrize(
    "name",
    [
        "a\u0301\u0316\u0302\u0317",
        "\u1f82",  # three in one letter
        "Nguy\u1ec5n Th\u1ecb",
        "\u05d1\u05bc\u05b0\u0591\u05bd",  # Hebrew with points and accents
        "\u0e19\u0e49\u0e33\u0e1c\u0e36\u0e49\u0e07",  # Thai
        "\u0f56\u0f66\u0f92\u0fb2\u0f74\u0f56\u0f66",  # Tibetan, stacked
        "\u0928\u093f\u0930\u094d\u092e\u0932\u0902",  # Hindi
        "\u0cb8\u0ccb\u0c82",  # Kannada: a vowel of three pieces, and a nasal
        "\u0646\u064f\u0648\u0631\u064e\u0651",  # Arabic, vocalised
        "1\ufe0f\u20e3",
    ],
)
def test_names_as_people_write_them_have_few_marks_in_a_row(name):
    composed = unicodedata.normalize("NFC", name.replace("\ufe0f", ""))
    assert names.nick(name, LIMITS) == names.room(name, LIMITS) == names.canonical(name) == composed


@pytest.mark.parametrize("base", ["a", "\u0e01", "\u05d1", "1"])
@pytest.mark.parametrize("mark", ["\u0301", "\u0316", "\u05b0", "\u0e49", "\u20dd", "\u0903"])
def test_four_marks_in_a_row_are_a_name_and_five_are_none(base, mark):
    name = base + mark * 4
    for code, read in {"bad_nick": names.nick, "bad_room": names.room, "bad_request": names.server}.items():
        assert read(name + "b" + mark * 4, LIMITS) == unicodedata.normalize("NFC", name + "b" + mark * 4)
        with pytest.raises(Refused, match="more than 4 combining marks") as refused:
            read(f"x{name}{mark}y", LIMITS)
        assert refused.value.code == code


@given(st.text(st.sampled_from("ae1 \u1ec5\u0cb8" + MARKS), max_size=40))
def test_a_name_is_one_or_is_none_in_whatever_form_it_is_written(name):
    forms = [unicodedata.normalize(form, name) for form in ("NFC", "NFD")]
    read = set()
    for written in (name, *forms):
        try:
            read.add(names.nick(written, LIMITS))
        except Refused as refused:
            read.add(refused.text if "characters" not in refused.text else "too long")
    assert len(read) == 1
    assert len({names.canonical(form) for form in forms}) == 1 or "marks in a row" in read.pop()


def test_quotes_of_long_names_are_not_remembered():
    """A broker that lies, or an old log, may hold names of any length."""
    names._quoted_again.cache_clear()
    for number in range(50):
        assert names.quoted(f"{number} " + "x" * 100_000) == f'"{number} ' + "x" * 100_000 + '"'
        assert names.quoted(f"ada {number}") == f'"ada {number}"'
    assert names._quoted_again.cache_info().currsize == 50
    for number in range(5000):
        names.quoted(f"bob {number}")
    assert names._quoted_again.cache_info().currsize == 4096
