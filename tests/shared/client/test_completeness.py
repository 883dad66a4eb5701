"""The words for what is here and what is missing."""

import pytest
from loggia.shared.client.completeness import ArchivedCopy, Completeness


@pytest.mark.parametrize(
    ("numbers", "words", "complete"),
    [
        ({"last": 48112, "head": 48112}, "1 to 48,112, nothing missing", True),
        ({"last": 48072, "head": 48112, "filling": 40}, "1 to 48,072, filling 40 messages", False),
        ({"last": 4, "head": 5, "filling": 1}, "1 to 4, filling 1 message", False),
        (
            {"first": 3001, "last": 48112, "head": 48112, "older": 3000},
            "3,001 to 48,112, not loaded: 3,000 older",
            False,
        ),
        (
            {"first": 3001, "last": 48072, "head": 48112, "older": 3000, "filling": 40},
            "3,001 to 48,072, filling 40 messages, not loaded: 3,000 older",
            False,
        ),
        ({"first": 41, "last": 60, "head": 60, "oldest": 41}, "41 to 60, all that the server has", True),
        ({"first": 61, "last": 60, "head": 60, "older": 60}, "not loaded: 60 older", False),
        ({}, "empty, nothing missing", True),
        ({"last": 8, "head": 10, "filling": 0}, "1 to 8", False),
    ],
)
def test_in_a_room(numbers: dict[str, int], words: str, complete: bool) -> None:
    told = Completeness(room="lobby", current=True, **numbers)
    assert (told.words, told.complete) == (words, complete)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({}, "nothing on this computer yet"),
        ({"last": 48112, "head": 48112}, "1 to 48,112 on this computer"),
        ({"last": 5, "head": 9, "filling": 4}, "1 to 5 on this computer, not loaded: 4 newer"),
        (
            {"first": 4, "last": 5, "head": 9, "filling": 4, "older": 3},
            "4 to 5 on this computer, not loaded: 4 newer and 3 older",
        ),
        ({"first": 10, "last": 9, "head": 9, "older": 9}, "not loaded: 9 older"),
    ],
)
def test_while_the_broker_does_not_have_us_in_the_room(numbers: dict[str, int], words: str) -> None:
    told = Completeness(room="lobby", **numbers)
    assert (told.words, told.complete) == (words, False)


def test_a_line_for_a_room() -> None:
    assert str(Completeness(room="lab", last=2, head=2, current=True)) == "lab: 1 to 2, nothing missing"


@pytest.mark.parametrize(
    ("spans", "words"),
    [
        ([(1, 48112)], "lobby before the server's log was restored: 1 to 48,112"),
        ([(1, 50), (1001, 1200)], "lobby before the server's log was restored: 1 to 50, 1,001 to 1,200"),
        ([(10, 9)], "lobby before the server's log was restored: nothing"),
    ],
)
def test_a_copy_of_before(spans: list[tuple[int, int]], words: str) -> None:
    assert str(ArchivedCopy(room="lobby", epoch="e", spans=spans)) == words
