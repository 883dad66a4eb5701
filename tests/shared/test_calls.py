import pytest

from shared.calls import Command, Wrong
from shared.messages import MessageEvent

EVENT = MessageEvent(room="lobby", seq=1, at=0, nick="ada", account="a", id="i", text="!x")


def add(event: MessageEvent, first: int, second: float = 0.5, *words: str) -> str:
    """Add two numbers.

    This line is no part of the help.
    """
    return f"{event.nick} {first + second} {list(words)}"


def call(rest: str) -> str | None:
    return Command("!add", add).call(EVENT, rest)


@pytest.mark.parametrize(
    ("rest", "answer"),
    [
        ("1", "ada 1.5 []"),
        ("  1   2 ", "ada 3.0 []"),
        ('1 2 "with spaces" b', "ada 3.0 ['with spaces', 'b']"),
        ("1 2 it's", 'ada 3.0 ["it\'s"]'),
    ],
)
def test_words_become_arguments(rest: str, answer: str) -> None:
    assert call(rest) == answer


@pytest.mark.parametrize(
    ("rest", "says"),
    [("", "needs first"), ("one", "whole number"), ("1 two", "second must be a number")],
)
def test_wrong_words_are_answered_with_the_usage(rest: str, says: str) -> None:
    with pytest.raises(Wrong, match=says) as wrong:
        call(rest)
    assert "!add first [second] [words ...]" in str(wrong.value)


def test_too_many_words_are_wrong() -> None:
    with pytest.raises(Wrong, match="fewer"):
        Command("!now", lambda: "now").call(EVENT, "please")


def test_the_first_line_of_the_docstring_is_the_help() -> None:
    assert Command("!add", add).about == "Add two numbers."
    assert Command("!now", lambda: "now").about == ""


def test_a_parameter_that_no_word_can_be_is_refused_at_once() -> None:
    def wrong(when: list[str]) -> str:
        return ""

    with pytest.raises(TypeError, match="when must be"):
        Command("!wrong", wrong)
