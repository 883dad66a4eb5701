"""Marks around what is selected: what comes of it is what the timeline shows so."""

import pytest
from loggia.qtclient.state import markup
from loggia.qtclient.state.wrapping import BOLD, CODE, ITALIC, unwrapped, wrapped


@pytest.mark.parametrize(
    ("selected", "mark", "expected"),
    [
        ("word", BOLD, "**word**"),
        ("word", ITALIC, "*word*"),
        ("word", CODE, "`word`"),
        (" two words ", BOLD, " **two words** "),
        ("*word*", BOLD, "***word***"),
        ("**word**", ITALIC, "***word***"),
        ("👍 so", ITALIC, "*👍 so*"),
        ("one\n\n  two", BOLD, "**one**\n\n  **two**"),
        ("- one\n2. two\n> three", BOLD, "- **one**\n2. **two**\n> **three**"),
        ("a `tick`", CODE, "`` a `tick` ``"),
        ("a ``tick``", CODE, "``` a ``tick`` ```"),
        ("if a:\n    b", CODE, "```\nif a:\n    b\n```"),
        ("  ", BOLD, "  "),
        ("\n \n", CODE, "\n \n"),
        ("\n", ITALIC, "\n"),
    ],
)
def test_marks_are_put_where_they_count(selected: str, mark: str, expected: str):
    assert wrapped(selected, mark) == expected


@pytest.mark.parametrize("text", ["word", "two words", "a `tick`", "👍👍👍👍 so", "- item"])
@pytest.mark.parametrize(
    ("mark", "style"), [(BOLD, markup.BOLD), (ITALIC, markup.ITALIC), (CODE, markup.CODE)]
)
def test_what_is_marked_is_shown_so(text: str, mark: str, style: int):
    shown = markup.marked(wrapped(text, mark))
    assert any(run.style & style for run in shown.runs)
    assert mark not in shown.text or (mark == CODE and CODE in text)


def test_lines_of_code_are_a_block_also_within_a_line():
    text = "so: " + wrapped("one\ntwo", CODE, "so: ", " then") + " then"
    assert text == "so: \n```\none\ntwo\n```\n then"
    assert markup.marked(text).codes() == ["one\ntwo"]


@pytest.mark.parametrize("mark", [BOLD, ITALIC, CODE])
@pytest.mark.parametrize("text", ["word", " two words ", "one\n\ntwo", "- one\n- two"])
def test_what_is_marked_is_so_no_more(text: str, mark: str):
    assert unwrapped(wrapped(text, mark), mark) == text


@pytest.mark.parametrize(
    ("selected", "mark"),
    [
        ("word", BOLD),
        ("*word*", BOLD),
        ("**word**", ITALIC),
        ("**word*", BOLD),
        ("****", BOLD),
        ("**one**\ntwo", BOLD),
        ("`a` and `b`", CODE),
        ("```\none", CODE),
        ("", BOLD),
        ("  ", CODE),
    ],
)
def test_what_is_not_marked_so_is_not_taken_off(selected: str, mark: str):
    assert unwrapped(selected, mark) is None


def test_of_bold_and_italic_each_is_taken_off_alone():
    assert unwrapped("***word***", BOLD) == "*word*"
    assert unwrapped("***word***", ITALIC) == "**word**"
