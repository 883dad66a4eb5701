import asyncio
import functools
import time
from collections.abc import Callable

import pytest
from loggia.shared.client.api.bot_commands import BotCommand, Wrong, first_word, is_async, key, words
from loggia.shared.protocol.events import MessageEvent

from tests.normalizing import LONG_NAMES, Normalized

EVENT = MessageEvent(room="lobby", seq=1, at=0, nick="ada", account="a", id="i", text="!x")


def add(event: MessageEvent, first: int, second: float = 0.5, *words: str) -> str:
    """Add two numbers.

    This line is no part of the help.
    """
    return f"{event.nick} {first + second} {list(words)}"


def call(rest: str) -> object:
    return BotCommand("!add", add).call(EVENT, rest)


@pytest.mark.parametrize(
    ("rest", "answer"),
    [
        ("1", "ada 1.5 []"),
        ("  1   2 ", "ada 3.0 []"),
        ('1 2 "with spaces" b', "ada 3.0 ['with spaces', 'b']"),
        ("1 2 it's", 'ada 3.0 ["it\'s"]'),
        ("1\n2\t3", "ada 3.0 ['3']"),
        ("1\u30002\xa03\u20034", "ada 3.0 ['3', '4']"),
    ],
)
def test_words_become_arguments(rest: str, answer: str) -> None:
    assert call(rest) == answer


@pytest.mark.parametrize(
    ("rest", "says"),
    [
        ("", "missing: first"),
        ("one", "whole number"),
        ("9" * 5000, "whole number"),
        ("1 two", "second must be a number"),
        ("1 nan", "second must be a number"),
        ("1 1e999", "second must be a number"),
    ],
)
def test_wrong_words_are_answered_with_the_usage(rest: str, says: str) -> None:
    with pytest.raises(Wrong, match=says) as wrong:
        call(rest)
    assert "!add first [second] [words ...]" in str(wrong.value)


def test_too_many_words_are_wrong() -> None:
    with pytest.raises(Wrong, match="too many words"):
        BotCommand("!now", lambda: "now").call(EVENT, "please")


def test_the_first_line_of_the_docstring_is_the_help() -> None:
    assert BotCommand("!add", add).about == "Add two numbers."
    assert BotCommand("!now", lambda: "now").about == ""


def test_a_parameter_that_no_word_can_be_is_refused_at_once() -> None:
    def wrong(when: list[str]) -> str:
        return ""

    with pytest.raises(TypeError, match="when must be"):
        BotCommand("!wrong", wrong)


# -- Words -------------------------------------------------------------------------------------


@pytest.mark.parametrize("space", [" ", "\n", "\t", "\n\n\t ", "\xa0", "\u3000", "\u2003", "\u2028", "\x85"])
def test_a_name_ends_at_any_white_space_and_may_have_some_before(space: str) -> None:
    assert first_word(f"!say{space}hello  you") == ("!say", "hello  you")
    assert first_word(f"{space}!say{space}") == ("!say", "")
    assert first_word(space) == ("", "")


@pytest.mark.parametrize("name", ["!roll", "!ROLL", "!RoLL", "！roll", "！ｒｏｌｌ", "!ＲＯＬＬ"])
def test_names_are_the_same_in_every_case_and_width(name: str) -> None:
    assert key(name) == key("!roll")
    assert key("!wu\u0308rfel") == key("!W\xdcRFEL")
    assert key("!stra\xdfe") == key("!STRASSE")


@pytest.mark.parametrize("other", ["!", "!!roll", "!rolls", "roll", "!r oll", ""])
def test_other_names_are_others(other: str) -> None:
    assert key(other) != key("!roll")


@pytest.mark.parametrize("name", LONG_NAMES.values(), ids=LONG_NAMES)
def test_a_word_that_is_too_long_for_a_command_is_none_of_a_bots(monkeypatch, name):
    """Anybody may say it to a bot, again and again."""
    normalized = Normalized(monkeypatch)
    said = f"!{name}"[:16384]
    assert key(said) == said
    assert normalized.total == 0
    assert key("!" + "e\u0301" * 63) == key("!" + "\u00c9" * 63)
    assert normalized.largest <= 320


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("", []),
        (" \n", []),
        ('"two\nlines" b', ["two\nlines", "b"]),
        ('"" x', ["", "x"]),
        ("it's Bob's", ["it's", "Bob's"]),
        ("'one word'", ["one word"]),
        ("“smart ones” „and these“ «and\xa0those»", ["smart ones", "and these", "and\xa0those"]),
        ('5" 6"', ['5"', '6"']),
        ('"never closed', ['"never', "closed"]),
        ('"a "b', ['"a', '"b']),
        ("C:\\temp\\new", ["C:\\temp\\new"]),
        ('"say \\"hi\\" now"', ['say "hi" now']),
        ('"back\\\\slash"', ["back\\slash"]),
    ],
)
def test_quotes_join_words_at_their_ends_only(rest: str, expected: list[str]) -> None:
    assert words(rest) == expected


@pytest.mark.parametrize("unit", ['"', "\\", '"a ', '\\"', "'\"", " ", "“„ ", "“ „ « 「 ‘ ", "a"])
def test_the_longest_line_is_read_at_once(unit: str) -> None:
    began = time.process_time()
    words('"' + unit * (16_384 // len(unit)))
    assert time.process_time() - began < 1.0


# -- What can be a command ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", " ", "!two words", "!line\n", "!\x1b", "!" * 65, "!\ud800"])
def test_a_name_that_nobody_can_say_is_refused_at_once(name: str) -> None:
    with pytest.raises(ValueError, match="is no name for a command"):
        BotCommand(name, lambda: "")


def test_a_function_that_words_cannot_call_is_refused_at_once() -> None:
    def by_name(*, loud: str = "") -> str:
        return loud

    def anything(**words: str) -> str:
        return ""

    for function in (by_name, anything):
        with pytest.raises(TypeError, match="given by name only"):
            BotCommand("!wrong", function)


def test_what_is_async() -> None:
    async def coroutine(word: str) -> str:
        return word

    class Called:
        async def __call__(self) -> str:
            return ""

    @functools.wraps(coroutine)
    def decorated(word: str) -> object:
        return coroutine(word)

    async_ones: list[Callable[..., object]] = [
        coroutine,
        functools.partial(coroutine, "x"),
        functools.partial(decorated, "x"),
        decorated,
        Called(),
        Called().__call__,
    ]
    assert all(map(is_async, async_ones))
    assert not any(map(is_async, [lambda: asyncio.sleep(0), print, functools.partial(print), Called]))
