"""What was found in a message is lit where it is shown, also where marks of Markdown are taken out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.broker.core.words import Terms
from loggia.qtclient.state.lit import MOST_LIT, Lit, shown
from loggia.qtclient.state.markup import marked, typed
from loggia.qtclient.state.message import DELETED
from loggia.qtclient.state.rows import Me, Row, RowBuilder
from loggia.shared.protocol.answers import Hit
from loggia.shared.protocol.events import EditedEvent

from tests.qtclient.talk import NOON, says

FACES = "\U0001f600\U0001f469\u200d\U0001f4bb "


def lit(text: str, sought: str) -> list[str]:
    """What of the shown text is lit when that is sought, by the server's own search."""
    marks = Terms(sought).marks(text)
    assert marks is not None
    return [marked(text).text[first:last] for first, last in shown(text, marks)]


@pytest.mark.parametrize("before", ["", FACES], ids=["first", "behind pictures"])
@pytest.mark.parametrize(
    ("text", "sought", "found"),
    [
        ("the bench is free", "bench", ["bench"]),
        ("**bench** and *bench* and `bench`", "bench", ["bench"] * 3),
        ("***a bench*** b", '"bench b"', ["bench b"]),
        ("`` a`bench `` bench", "bench", ["bench", "bench"]),
        ("one\n```\nbench\n```\nbench", "bench", ["bench", "bench"]),
        ("x\n> the bench\n> bench\n\n- bench\n2. bench", "bench", ["bench"] * 4),
        ("[the bench](http://bench.example/bench) bench", "bench", ["the bench", "bench"]),
        ("[see it](http://a.example/bench)bench", "bench", ["see itbench"]),
        ("http://a.example/bench", "bench", ["bench"]),
        ("BENCH Bench", "bench", ["BENCH", "Bench"]),
        ("die Straße", "strasse", ["Straße"]),
        ("İstanbul ıstanbul", "istanbul", ["İstanbul", "ıstanbul"]),
        ("cafe\u0301 **café**", "cafe", ["cafe\u0301", "café"]),
        ("第四**台**示波器", "示波", ["示波"]),
        ("a*b *c* d", "c", ["c"]),
    ],
)
def test_the_words_that_match_are_lit(before: str, text: str, sought: str, found: list[str]):
    assert lit(f"{before}{text}", sought) == found


def test_no_sign_that_is_seen_as_one_is_lit_in_part():
    woman = "\U0001f469\U0001f3fd\u200d\U0001f4bb"
    assert shown(f"a {woman} b", [(2, 3)]) == shown(f"a {woman} b", [(4, 6)]) == ((2, 6),)
    assert shown("ae\u0301\u0308o", [(1, 2)]) == ((1, 4),)


def test_pictures_alone_are_shown_without_the_spaces_around():
    assert lit("  \U0001f600 ", "\U0001f600") == ["\U0001f600"]


def test_what_touches_is_lit_as_one():
    assert shown("看**看**", [(0, 1), (3, 4)]) == ((0, 2),)
    assert shown("ab cd", [(0, 2), (3, 5)]) == ((0, 2), (3, 5))


@pytest.mark.parametrize("marks", [[(90, 99)], [(3, 3)], [(4, 2)], [(2, 99)], []])
def test_places_that_are_none_hurt_nothing(marks: list[tuple[int, int]]):
    assert all(0 <= first < last <= 8 for first, last in shown("no *such*", marks))
    assert shown("", marks) == ()


def test_of_places_that_are_none_or_in_no_order_a_sheet_has_those_that_are():
    found = hit("no such bench", (8, 99), (90, 99), (4, 2), (3, 3), (3, 7), (0, 2))
    assert found.marks == ((0, 2), (3, 7), (8, 13))


@given(st.lists(st.sampled_from(["*", "**", "`", "```", "\n", "> ", "- ", "2. ", "a", " ", "[a](http://b)"])))
def test_what_is_shown_is_what_was_typed_there(pieces: list[str]):
    text = "".join(pieces)
    look, end = marked(text).text, 0
    for start, source, chars in typed(text):
        assert end <= source
        end = source + chars
        assert text[source:end] == look[start : start + chars]
        assert chars - len(look[start : start + chars]) <= (start + chars > len(look))


def rows_of(*events: object) -> list[Row]:
    rows: list[Row] = []
    RowBuilder(Me(nick="ada", account="a-ada")).extend(rows, events)
    return rows


def hit(text: str, *marks: tuple[int, int]) -> Lit:
    return Lit.of_hit(
        Hit(room="lobby", seq=7, at=NOON, nick="bob", account="a-bob", text=text, marks=list(marks))
    )


def test_only_the_message_that_was_found_is_lit_while_it_says_that():
    found = hit("**two**", (2, 5))
    (_, said, other) = rows_of(says(7, text="**two**"), says(8, text="**two**"))
    assert found.of("lobby", said) == ((0, 3),)
    assert found.of("lobby", other) == found.of("lab", said) == ()
    edit = EditedEvent(
        room="lobby", seq=9, at=NOON, nick="bob", account="a-bob", id="e", target=7, text="on **two**"
    )
    assert found.of("lobby", rows_of(says(7, text="**two**"), edit)[1]) == ()


def test_a_deleted_message_is_not_lit_whatever_it_said():
    (_, gone) = rows_of(says(7, text="", deleted=True))
    assert gone.text == DELETED
    assert hit(DELETED, (0, 3)).of("lobby", gone) == ()


def test_of_places_without_end_a_few_are_lit():
    marks = [(at, at + 1) for at in range(0, 9000, 2)]
    assert len(hit("x " * 4500, *marks).shown) == MOST_LIT


def test_of_a_very_long_message_as_much_is_looked_at_as_is_shown():
    long = "```\n" + "word " * 4000 + "\n```"  # what a row reads of it has no end of the code
    assert hit(long, (4, 8)).shown == ((4, 8),)
