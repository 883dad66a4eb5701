"""What people find when they search."""

import random
import re
import time
import unicodedata
from itertools import pairwise

import pytest
from loggia.broker.core import words
from loggia.broker.core.words import Terms, fold, has_link, keys

HELLAS = "\u0395\u03bb\u03bb\u03ac\u03b4\u03b1"
THAI = "\u0e44\u0e17\u0e22"
SCHOOL = "\u0645\u064e\u062f\u0652\u0631\u064e\u0633\u064e\u0629"
BOOK = "\u0915\u093f\u0924\u093e\u092c"


def found(wanted, text):
    """What is marked, piece by piece; None: the text is not found."""
    marks = Terms(wanted).marks(text)
    return None if marks is None else [text[begin:end] for begin, end in marks]


@pytest.mark.parametrize(
    ("wanted", "text", "marked"),
    [
        ("hello", "Hello, world", ["Hello"]),
        ("world hello", "Hello, world", ["Hello", "world"]),
        ("hello mars", "Hello, world", None),
        ("hell", "hello", None),
        ("hell*", "hello", ["hell"]),
        ("*ello", "hello", None),
        ("h*o", "h o", ["h o"]),
        ('"hello world"', "well, hello: world!", ["hello: world"]),
        ('"hello world"', "world, hello", None),
        ('"hello wor"', "hello world", None),
        ("\u201chello world\u201d", "hello world", ["hello world"]),
        ('"hello world', "world, hello", ["world", "hello"]),
        ("foo-bar", "foo bar", ["foo bar"]),
        ("foo-bar", "bar foo", None),
        ("user@example.com", "write to user@example.com.", ["user@example.com"]),
        ("snake", "snake_case", ["snake"]),
        ("don't", "Don\u2019t", ["Don\u2019t"]),
        ("istanbul", "\u0130stanbul'da", ["\u0130stanbul"]),
        ("\u0130STANBUL", "istanbul", ["istanbul"]),
        ("\u0131stanbul", "ISTANBUL", ["ISTANBUL"]),
        ("stra\u00dfe", "HAUPTSTRASSE, STRASSE", ["STRASSE"]),
        ("STRASSE", "die Stra\u00dfe", ["Stra\u00dfe"]),
        (HELLAS.upper(), HELLAS, [HELLAS]),
        ("\u03b5\u03bb\u03bb\u03b1\u03b4\u03b1", HELLAS, [HELLAS]),
        ("\u03bf\u03b4\u03bf\u03c3", "\u03bf\u03b4\u03cc\u03c2", ["\u03bf\u03b4\u03cc\u03c2"]),
        ("\uff28\uff45\uff4c\uff4c\uff4f", "hello", ["hello"]),
        ("hello", "\uff28\uff25\uff2c\uff2c\uff2f!", ["\uff28\uff25\uff2c\uff2c\uff2f"]),
        ("cafe", "Cafe\u0301", ["Cafe\u0301"]),
        ("caf\u00e9", "CAFE", ["CAFE"]),
        ("\u0435\u043b\u043a\u0430", "\u0401\u043b\u043a\u0430", ["\u0401\u043b\u043a\u0430"]),
        ("Donaudampf", "Donau\u00addampf", ["Donau\u00addampf"]),
        ("\u4eac\u90fd", "\u6771\u4eac\u90fd\u306e\u5929\u6c17", ["\u4eac\u90fd"]),
        ("\u4eac", "\u6771\u4eac", ["\u4eac"]),
        ("\u90fd\u4eac", "\u6771\u4eac\u90fd", None),
        ("\u6771\u4eac \u5929\u6c17", "\u6771\u4eac\u306e\u5929\u6c17", ["\u6771\u4eac", "\u5929\u6c17"]),
        ("\u30ab\u30bf\u30ab\u30ca", "\uff76\uff80\uff76\uff85\u3067\u3059", ["\uff76\uff80\uff76\uff85"]),
        ("\u30ac", "\uff76\uff9e", ["\uff76\uff9e"]),
        ("\u30ab", "\uff76\uff9e", None),
        ("\ud55c\uad6d", "\ub300\ud55c\uad6d\uc740", ["\ud55c\uad6d"]),
        (THAI, f"\u0e20\u0e32\u0e29\u0e32{THAI}\u0e14\u0e35", [THAI]),
        ("2024\u5e74", "in 2024\u5e74\u306b", ["2024\u5e74"]),
        ("iPhone\u306e", "\u65b0iPhone\u306e\u7bb1", ["iPhone\u306e"]),
        ("\U0001f389", "ok\U0001f389\U0001f389", ["\U0001f389", "\U0001f389"]),
        ("\u0645\u062f\u0631\u0633\u0629", SCHOOL, [SCHOOL]),
        (BOOK, f"\u092e\u0947\u0930\u0940 {BOOK}", [BOOK]),
        ("\u0915", "\u0915\u093f\u0924\u093e\u092c", None),
        ("s*", "\u00df", ["\u00df"]),
        ("a" * 40, "x " + "a" * 40, ["a" * 40]),
        ("a" * 39, "a" * 40, None),
        ("", "hello", []),
        ("  ", "hello", []),
        ("***", "***", None),
        ('"', '"', None),
        ("AND OR NOT", "and or not", ["and", "or", "not"]),
        ("NEAR(a b)", "near a b", ["near a", "b"]),
        ("keys:hello", "keys hello", ["keys hello"]),
    ],
)  # fmt: skip
def test_what_is_found_and_marked(wanted, text, marked):
    assert found(wanted, text) == marked


def test_marks_that_overlap_are_one():
    assert Terms('al* "alpha beta" beta').marks("Alpha beta") == [(0, 10)]


def test_not_more_are_marked_than_is_any_use():
    assert len(Terms("a").marks("a " * 5000)) == words.MOST_MARKS


@pytest.mark.parametrize("text", ["see https://example.com/x", "(HTTP://a.b)", "x http://localhost:80"])
def test_a_link(text):
    assert has_link(text)


@pytest.mark.parametrize("text", ["https://", "http : //a", "www", "ftp://a.b"])
def test_no_link(text):
    assert not has_link(text)


ALPHABETS = [
    "abcxyzABCXYZ019",
    "\u00e9\u00c9e\u0301\u00df\u1e9es\u0131\u0130iI\u017f\ufb03",
    "\u03a3\u03c3\u03c2\u03ac\u03b1\u0391\u0390",
    "\u0439\u0438\u0418\u0451\u0415",
    "\u6771\u4eac\u90fd\u306e\u30ab\uff76\uff9e\u3099\u30fc",
    "\ud55c\uad6d\u1112\u1161\u11ab\u3131\u314f\uffa1",
    "\u0e44\u0e17\u0e22\u0e33\u0e48",
    "\u0915\u093f\u0924\u093e\u092c\u094d",
    "\u05e9\u05c1\u05dc\u05d5\u05dd\u0645\u064e\u062f",
    "\U0001f389\U0001f468\u200d\U0001f469\U0001f3fd\ufe0f\u00a9",
    " \t\n.,-_*\"'!?\u201c\u3002\u3000\u00ad\u200b",
]


def chars(chance, count):
    some = chance.sample(ALPHABETS, 3)
    return "".join(chance.choice(chance.choice([*some, " "])) for _ in range(count))


@pytest.mark.parametrize("seed", range(40))
def test_whoever_copies_a_part_of_a_text_finds_it_by_that(seed):
    chance = random.Random(seed)
    for _ in range(50):
        text = chars(chance, chance.randint(1, 40))
        for part in text.split():
            wanted = Terms(re.sub('[*"\u201c]', " ", part))
            if not (wanted.anything or wanted.nothing):
                for form in (text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)):
                    assert wanted.marks(form) is not None, (part, form)


@pytest.mark.parametrize("seed", range(40))
def test_a_text_that_is_found_has_all_keys_that_the_index_is_asked_for(seed):
    chance = random.Random(seed)
    hits = 0
    for _ in range(300):
        text = chars(chance, chance.randint(1, 30))
        begin = chance.randrange(len(text))
        asked = text[begin : begin + chance.randint(1, 6)] + chance.choice(["", "", "*"])
        if chance.random() < 0.3:
            asked += " " + text[: chance.randint(1, 5)]
        if chance.random() < 0.2:
            asked = f'"{asked}"'
        wanted = Terms(asked)
        if wanted.marks(text) is None:
            continue
        hits += 1
        have = keys(text)
        exact, prefix = wanted.keys(chance.randint(1, 8))
        assert set(exact) <= have, (asked, text)
        assert not prefix or any(key.startswith(prefix) for key in have), (asked, text)
    assert hits > 50


@pytest.mark.parametrize("seed", range(20))
def test_marks_lie_in_the_text_one_behind_the_other_and_hold_what_was_asked(seed):
    chance = random.Random(seed)
    for _ in range(200):
        text = chars(chance, chance.randint(1, 30))
        asked = text[: chance.randint(1, 6)]
        marks = Terms(asked).marks(text)
        if marks:
            assert all(0 <= begin < end <= len(text) for begin, end in marks)
            assert all(one[1] <= other[0] for one, other in pairwise(marks))


@pytest.mark.parametrize("seed", range(20))
def test_folded_once_more_nothing_changes(seed):
    chance = random.Random(seed)
    for _ in range(200):
        text = chars(chance, 20)
        assert fold(fold(text)) == fold(text), text


def test_a_key_is_one_word_for_sqlite():
    text = "".join(map(chr, [*range(0x20, 0xD800), *range(0xE000, 0x20000)]))
    for key in keys(text):
        assert '"' not in key
        assert re.search("[\x00-\x20]", key) is None
        assert all(char.isalnum() or ord(char) >= 0x80 for char in key)


@pytest.mark.parametrize(
    "asked",
    [
        '"' * 10_000,
        "* " * 5000,
        "a* " * 3333,
        "a " * 5000,
        '"a" ' * 2500,
        "(((((" * 2000,
        "e\u0301" * 5000,
        "\u0e48\u0e38" * 5000,
        "\u6771" * 10_000,
        " ".join(f"{number:x}" for number in range(2500)),
        "x" * 10_000,
    ],
)
def test_ten_thousand_characters_of_anything_take_no_time(asked):
    text = asked * 2
    took = []
    for _ in range(3):
        began = time.process_time()
        wanted = Terms(asked)
        exact, _ = wanted.keys(8)
        wanted.marks("hello world")
        took.append(time.process_time() - began)
        assert len(exact) <= 8
    assert min(took) < 0.05
    wanted.marks(text)


def test_what_is_remembered_of_characters_has_a_bound(monkeypatch):
    monkeypatch.setattr(words, "FORMS", 50)
    for code in range(0x4E00, 0x4F00):
        assert found(chr(code), chr(code)) == [chr(code)]
    assert len(words._forms) <= 50
    assert len(words._kinds) <= 50
