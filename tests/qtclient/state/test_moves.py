"""The line of those who came and left: in true order, each person once, names as long as they are few."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.qtclient.state.moves import MOST_MOVES, MembershipRow, Move


def line(*moves: str) -> MembershipRow:
    """Of moves as "+zoe" and "-zoe"."""
    made = tuple(Move(f"a-{move[1:]}", move[1:], came=move[0] == "+") for move in moves)
    return MembershipRow(key=("moves", 1), at=0, moves=made)


@pytest.mark.parametrize(
    ("moves", "text"),
    [
        (["+zoe"], "zoe came"),
        (["-bob", "+bob"], "bob left and came back"),
        (["+bob", "-bob"], ""),
        (["+bob", "-bob", "+bob"], "bob came"),
        (["-bob", "+bob", "-bob"], "bob left"),
        (["+bob", "-bob", "-zoe"], "zoe left"),
        (["-bob", "-zoe", "+zoe", "+bob"], "zoe and bob left and came back"),
        (["-bob", "+zoe", "+bob"], "zoe came, bob left and came back"),
        (["+a", "+b", "-c", "+d"], "a and b came, c left, d came"),
        (["+a", "+b", "+c", "+d", "+e", "+f"], "a, b, c, d, e and f came"),
        (["+a", "+b", "+c", "+d", "+e", "+f", "+g"], "a, b, c, d, e, f and 1 other came"),
        (["+a", "+b", "+c", "-d", "-e", "-f", "-g", "-h"], "a, b and c came, d, e, f and 2 others left"),
        (["+a", "+b", "+c", "+d", "+e", "+f", "-g"], "a, b, c, d, e and f came, and 1 other left"),
        (
            ["+a", "+b", "+c", "+d", "+e", "+f", "-g", "+h"],
            "a, b, c, d, e and f came, and 2 others came or left",
        ),
        ([f"+p{number}" for number in range(18)], "p0, p1, p2, p3, p4, p5 and 12 others came"),
    ],
)
def test_what_the_line_says(moves: list[str], text: str):
    assert line(*moves).text == text


def test_all_are_named_when_somebody_asks():
    row = line(*(f"+p{number}" for number in range(18)), "-zoe")
    assert row.names == [*(f"p{number} came" for number in range(18)), "zoe left"]


def test_one_account_is_one_person_and_two_of_one_name_are_two():
    moves = (Move("1", "bob", came=True), Move("2", "bob", came=False))
    assert MembershipRow(key=("moves", 1), at=0, moves=moves).text == "bob came, bob left"


def test_a_line_that_grew_too_long_ends():
    long = line(*(f"+p{number}" for number in range(MOST_MOVES)))
    assert long.joined(line("+zoe")) is None
    shorter = line(*(f"+p{number}" for number in range(MOST_MOVES - 1))).joined(line("+zoe"))
    assert shorter is not None
    assert shorter.names[-1] == "zoe came"


MOVES = st.lists(st.sampled_from(["+a", "-a", "+b", "-b", "+c", "-c"]), max_size=12)


@given(MOVES, MOVES)
def test_it_is_the_same_line_wherever_it_was_joined(one: list[str], other: list[str]):
    assert line(*one).joined(line(*other)) == line(*one, *other)


@given(MOVES)
def test_nobody_is_told_twice_and_each_as_the_moves_say(moves: list[str]):
    told = {one.who: one.did for one in line(*moves).told}
    assert len(told) == len(line(*moves).told)
    for who in "abc":
        own = [move[0] for move in moves if move[1] == who]
        expected = {"++": "came", "--": "left", "-+": "left and came back"}
        assert told.get(who) == (expected.get(own[0] + own[-1]) if own else None)
