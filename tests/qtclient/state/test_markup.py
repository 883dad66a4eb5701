"""A little Markdown: what it shows, what stays as typed, and that no text takes long."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.qtclient.state import markup
from loggia.qtclient.state.emoji import is_large
from loggia.qtclient.state.markup import (
    BOLD,
    CODE,
    ITALIC,
    LINK,
    MOST_BLOCKS,
    MOST_LINES,
    MOST_RUNS,
    Marked,
    TextLink,
    marked,
)

from tests.qtclient.state.seen import STEPS_MORE, steps

_NAMES = {BOLD: "b", ITALIC: "i", CODE: "c", LINK: "l", BOLD | ITALIC: "bi", BOLD | LINK: "bl"}


def looks(text: Marked) -> str:
    """The shown text with its pieces in brackets: `{b bold}`."""
    made, done = "", 0
    for start, end, style in text.runs:
        made += f"{text.text[done:start]}{{{_NAMES[style]} {text.text[start:end]}}}"
        done = end
    return made + text.text[done:]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a **bold** word", "a {b bold} word"),
        ("a *slanted* word", "a {i slanted} word"),
        ("***both***", "{bi both}"),
        ("**bold *both* bold**", "{b bold }{bi both}{b  bold}"),
        ("*slanted **both***", "{i slanted }{bi both}"),
        ("**bold *both***", "{b bold }{bi both}"),
        ("some `code` here", "some {c code} here"),
        ("`` a `tick` ``", "{c a `tick`}"),
        ("`**as typed**`", "{c **as typed**}"),
        ("**a**b**c**", "{b a**b**c}"),
        ("这是**粗**字", "这是{b 粗}字"),
        ("\U0001f600 **bold** \U0001f600", "\U0001f600 {b bold} \U0001f600"),
        ("see http://a.example/*b*.", "see {l http://a.example/*b}*."),
        ("**http://a.example**", "{bl http://a.example}"),
        ("[here](http://a.example)!", "{l here}!"),
        ("[**her** e](http://a.example)", "{bl her}{l  e}"),
    ],
)
def test_what_is_shown(typed: str, shown: str):
    assert looks(marked(typed)) == shown


@pytest.mark.parametrize(
    "typed",
    [
        *("2 * 3 * 4", "2*3*4", "a*b", "**", "****", "** a **", "*a", "a*", "**a*", "file*name*x"),
        *("snake_case_name", "__init__", "<b>bold</b>", "<script>", "&amp;", "# heading", "a > b", ">no"),
        *("`", "``", "` `", "`a``", "a ` b", "```", "```\ncode", "```\n```", ":)", "-no", "1.no"),
        *("[a](b)", "[a]", "[](http://)", "![a](b)", "a\n\nb", "***", "* ", "- ", "1. ", "---", "\\*a"),
        "````\nfour\n````",
    ],
)
def test_what_is_no_markdown_stays_as_typed(typed: str):
    assert marked(typed) == Marked(typed)


def test_a_block_of_code_is_shown_as_it_is():
    text = marked("so:\n```python\nif *a* and `b`:\n\n    > c\n```\nand **on**")
    assert text.text == "so:\nif *a* and `b`:\n\n    > c\nand on"
    assert text.codes() == ["if *a* and `b`:\n\n    > c"]
    assert [text.text[run.start : run.end] for run in text.runs] == ["on"]


def test_of_two_blocks_each_is_one():
    text = marked("```\none\n```\n```\ntwo\n```")
    assert text.text == "one\ntwo"
    assert text.codes() == ["one", "two"]


def test_quotes_are_lines_that_follow_each_other():
    text = marked("> one\n>\n> *two*\nthree\n> four")
    assert text.text == "one\n\ntwo\nthree\nfour"
    assert [text.text[one.start : one.end] for one in text.blocks] == ["one\n\ntwo", "four"]
    assert {one.kind for one in text.blocks} == {"quote"}


def test_lists_stand_in_as_far_as_they_were_typed():
    text = marked("- one\n* two\n  - in **it**\n1. first\n22) second")
    assert text.text == "• one\n• two\n• in it\n1. first\n22) second"
    assert [(one.kind, one.depth, one.lead) for one in text.blocks] == [
        ("item", 0, 2),
        ("item", 0, 2),
        ("item", 1, 2),
        ("item", 0, 3),
        ("item", 0, 4),
    ]


def test_a_link_is_one_whatever_looks_other_in_it():
    text = marked("[a **b** c](http://a.example) [d](http://d.example) http://e.example")
    assert [(text.text[one.start : one.end], one.target) for one in text.links] == [
        ("a b c", "http://a.example"),
        ("d", "http://d.example"),
        ("http://e.example", "http://e.example"),
    ]


def test_a_link_whose_first_letters_are_bold_is_one_of_its_own():
    text = marked("http://a.example [**b**](http://b.example)")
    assert [text.text[one.start : one.end] for one in text.links] == ["http://a.example", "b"]


def test_in_code_there_is_no_link():
    assert marked("`http://a.example` http://b.example").links[0].target == "http://b.example"
    assert marked("```\nhttp://a.example\n```").links == ()


PIECES = st.sampled_from(
    [
        "*",
        "**",
        "***",
        "`",
        "```",
        "\n",
        "> ",
        "- ",
        "1. ",
        "a",
        " ",
        "[",
        "](",
        ")",
        "http://x",
        "\U0001f600",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_every_place_is_in_the_shown_text_and_what_is_shown_was_typed(typed: str):
    text = marked(typed)
    places = [*text.runs, *text.links]
    assert all(0 <= one.start < one.end <= len(text.text) for one in places)
    assert all(0 <= one.start <= one.end <= len(text.text) for one in text.blocks)
    for pieces in (text.runs, text.links, text.blocks):
        assert all(one.end <= other.start for one, other in itertools.pairwise(pieces))
    left = iter(typed)
    assert all(char in left for char in text.text if char not in "\u2022 "), "in the order as it was typed"


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "*",
            "**",
            "***",
            "*a",
            "a*",
            "**a",
            "*a **b ",
            "`",
            "`a",
            "``a`",
            "```\n",
            "```a\n",
            "> ",
            "> \n",
            ">\n",
        ),
        *(
            "- a\n",
            "- ",
            "1. ",
            " ",
            "*a* ",
            "**a** ",
            "`a` ",
            "[a](http://b) ",
            "http://b *a* ",
            "\U0001f600*",
        ),
        *("***a* b** ", "\n", "[", "[*a", "*a\n"),
    ],
)
def test_twice_the_text_takes_twice_the_steps(piece: str):
    once, twice = (steps(lambda text=piece * many: marked(text)) for many in (500, 1000))
    assert twice <= 2 * once + STEPS_MORE
    text = marked(piece * (16_384 // len(piece)))
    assert len(text.runs) <= MOST_RUNS
    assert len(text.blocks) <= MOST_BLOCKS


@pytest.mark.parametrize("begin", ["*a*\n", "```\n", "> a\n", "- a\n", "http://a.b\n"])
def test_a_line_without_marks_takes_a_few_steps_whatever_stands_before_it(begin: str):
    """A long text has thousands of them, and is marked before a row is set."""
    assert steps(lambda: marked(begin + "x\n" * 1000)) <= 12 * 1000


def test_behind_many_pieces_the_rest_is_as_typed():
    text = marked("*a*\n" * 1000)
    assert len(text.runs) == MOST_RUNS
    assert text.text.endswith("\n*a*\n*a*\n")
    assert text.text.startswith("a\na\n")


@pytest.mark.parametrize("line", ["```", "> ", "> `", "- *", "a * b"])
def test_behind_many_lines_with_marks_no_more_are_read(line: str, monkeypatch: pytest.MonkeyPatch):
    """Though none of them is a mark in the end."""
    read: list[str] = []
    was = markup.cuts_of
    monkeypatch.setattr(markup, "cuts_of", lambda *given: (read.append(given[0]), was(*given))[1])
    text = marked(f"{line}\n" * 2000 + "*a*")
    assert len(read) <= MOST_LINES
    assert text.text.endswith("\n*a*")
    assert text.text.count("\n") == 2000


def test_the_begin_of_a_text_looks_as_in_the_whole():
    text = marked("[read **me**](http://a.example)\n```\none\ntwo\n```")
    begin = text.begin(6)
    assert looks(begin) == "{l read }{bl m}"
    assert begin.links == (TextLink(0, 6, "http://a.example"),)
    assert text.begin(11).codes() == ["one\ntwo"]
    assert text.begin(11).blocks[0].end == 11
    assert text.begin(len(text.text)) is text


# -- Pictures alone ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *("\U0001f600", "\U0001f600\U0001f600\U0001f600", "\U0001f600 \U0001f44d\U0001f3fd", " \U0001f600 "),
        *(
            "\u2764\ufe0f",
            "\U0001f469\u200d\U0001f469\u200d\U0001f467",
            "\U0001f1e9\U0001f1ea",
            "1\ufe0f\u20e3",
        ),
        *("\u2728", "\U0001f3f3\ufe0f\u200d\U0001f308", "\U0001f469\u200d\u2764\ufe0f\u200d\U0001f468"),
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    ],
)
def test_a_few_pictures_alone_are_large(text: str):
    assert is_large(text)
    assert marked(text) == Marked(text.strip(), large=True)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "a", "1", "12", "#", "\u2764", "\u2122", "a\U0001f600", "\U0001f600!", "看", "\u0301"),
        *("\U0001f600" * 4, "\U0001f600" * 10_000, "\u200d", "\ufe0f", "\U0001f600\n\n\U0001f600 x"),
    ],
)
def test_all_else_is_not(text: str):
    assert not is_large(text)
    assert not marked(text).large
