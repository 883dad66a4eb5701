"""What of a text a dictionary is asked."""

import pytest
from loggia.qtclient.state.spelling import MOST_LETTERS, is_fence, words

from tests.qtclient.state.seen import STEPS_MORE, steps


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("Has anybody seen it?", ["Has", "anybody", "seen", "it"]),
        ("it's, isn’t", ["it's", "isn't"]),
        ("well-known (so!) **bold** *it*", ["well", "known", "so", "bold", "it"]),
        ("Straße Größe naïve привет", ["Straße", "Größe", "naïve", "привет"]),
        ("> quoted", ["quoted"]),
        ("see http://a.example/pth and ada@a.example or a.example", ["see", "and", "or"]),
        ("@bbo (@bbo #loby :smlie: /kikc ~/fiel", []),
        ("fiel.txt /tmp/fiel snake_csae x86 v2b a=b C:\\fiel", []),
        ("HTTP USB iPhone camelCase I a", []),
        ("so `lst = fo` and `` x `` then", ["so", "and", "then"]),
        ("日本語 한국어 👍 ok", ["ok"]),
        ("x" * (MOST_LETTERS + 1), []),
        ("", []),
    ],
)
def test_only_words_of_a_language_are_looked_up(line: str, asked: list[str]):
    assert [word.text for word in words(line)] == asked


def test_each_is_where_it_stands():
    line = "👍 so, isn’t *it*"
    assert [line[word.start : word.end] for word in words(line)] == ["so", "isn’t", "it"]


@pytest.mark.parametrize("part", ["`", "` ", "``a ", "a'", "a.", "a:", "@", "x ", "\u200b", "a\u0301"])
def test_twice_the_line_takes_twice_the_steps(part: str):
    once, twice = (steps(lambda line=part * many: list(words(line))) for many in (500, 1000))
    assert twice <= 2 * once + STEPS_MORE


def test_where_code_begins_and_ends():
    assert [is_fence(line) for line in ("```", "  ```python", "x ```", "``")] == [True, True, False, False]
