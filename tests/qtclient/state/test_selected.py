"""What is selected stays what it was, whatever rows come, go and change."""

from collections.abc import Sequence

import pytest
from loggia.qtclient.state.rows import Day, Fresh, MessageRow, Note, Row
from loggia.qtclient.state.selected import END, Selected, by_row, end, reaching
from msgspec import structs


def said(seq: int, text: str = "") -> MessageRow:
    return MessageRow(
        key=("seq", seq),
        nick="bob",
        account="a",
        text=text or f"text {seq}",
        at=seq,
        clock="",
        first=True,
        seq=seq,
    )


def waits(id: str) -> MessageRow:
    return structs.replace(said(0), key=("outbox", id), seq=None, id=id)


ROWS: list[Row] = [
    Day(("day", 7), 1, "a day"),
    said(5),
    Note(("note", 6), 6, "a note"),
    said(7),
    said(9),
    waits("w"),
]


def selected(anchor: tuple[int, int], caret: tuple[int, int], rows: list[Row] = ROWS) -> Selected:
    return Selected(end(rows, *anchor), end(rows, *caret))


def meant(of: Selected, rows: list[Row]) -> list[tuple[object, int, int]]:
    """The keys of the rows that are selected, and what of them is."""
    span = of.span(rows)
    return [] if span is None else [(row.key, *piece) for row, piece in span.pieces(rows)]


@pytest.mark.parametrize("back", [False, True], ids=["forth", "back"])
def test_parts_at_both_ends_and_whole_rows_between(back: bool):
    ends = ((1, 3), (4, 2))
    of = selected(*(ends[::-1] if back else ends))
    assert meant(of, ROWS) == [
        (("seq", 5), 3, END),
        (("note", 6), 0, END),
        (("seq", 7), 0, END),
        (("seq", 9), 0, 2),
    ]


@pytest.mark.parametrize(
    ("anchor", "caret"), [((1, 3), (1, 3)), ((1, END), (2, 0)), ((2, 0), (1, END)), ((5, END), (5, END))]
)
def test_nothing_between_two_places_that_touch(anchor: tuple[int, int], caret: tuple[int, int]):
    assert selected(anchor, caret).span(ROWS) is None


def test_rows_above_and_below_change_nothing():
    of = selected((1, 3), (4, 2))
    before = meant(of, ROWS)
    more = [said(2), said(3), *ROWS, said(11)]
    assert meant(of, more) == before
    between = [*ROWS[:4], said(8), *ROWS[4:]]
    assert meant(of, between) == [*before[:3], (("seq", 8), 0, END), before[3]]


@pytest.mark.parametrize("back", [False, True], ids=["forth", "back"])
def test_an_end_that_is_not_in_memory_is_above_or_below(back: bool):
    ends = ((1, 3), (4, 2))
    of = selected(*(ends[::-1] if back else ends))
    rows = [said(seq) for seq in range(6, 9)]
    assert [key for key, *_ in meant(of, rows)] == [("seq", 6), ("seq", 7), ("seq", 8)]
    assert meant(of, [said(seq) for seq in range(20, 30)]) == []
    assert meant(of, [said(seq) for seq in range(1, 4)]) == []
    assert meant(of, ROWS) == meant(selected(*ends), ROWS), "it is back"


def test_the_line_of_what_is_new_takes_nothing_along_when_it_goes_elsewhere():
    new = Fresh(("new", 0), 6)
    rows = [*ROWS[:3], new, *ROWS[3:]]
    of = selected((1, 0), (3, 0), rows)
    expected = [("seq", 5), ("note", 6)]
    assert [key for key, *_ in meant(of, rows)] == expected
    assert [key for key, *_ in meant(of, [*ROWS[:4], new, *ROWS[4:]])] == expected
    assert [key for key, *_ in meant(of, ROWS)] == expected


def test_keys_go_on_from_an_end_that_is_not_in_memory():
    of = selected((3, 2), (4, 2))
    rows = [said(1), said(2)]
    assert of.places(rows) == ((1, END), (1, END))
    assert meant(by_row(rows, of, -1), rows) == [(("seq", 2), 0, END)]
    rows = [said(21), said(22)]
    assert of.places(rows) == ((0, 0), (0, 0))
    assert meant(by_row(rows, of, 1), rows) == [(("seq", 21), 0, END)]


def test_a_day_that_is_gone_and_a_message_that_is_stored_leave_the_rest():
    of = selected((0, 0), (5, END))
    stored = [*ROWS[1:5], said(10)]
    assert [key for key, *_ in meant(of, stored)] == [row.key for row in ROWS[1:5]]


@pytest.mark.parametrize("ends", [((1, 3), (5, 4)), ((5, 4), (1, 3)), ((5, 0), (5, 4)), ((3, 0), (5, END))])
def test_a_message_of_mine_stays_selected_when_it_is_stored(ends: tuple[tuple[int, int], tuple[int, int]]):
    of = selected(*ends)
    stored = structs.replace(said(10, ROWS[5].text), said_as="w")
    rows = [*ROWS[:5], stored, said(11), waits("v")]
    expected = [(("seq", 10) if key == ("outbox", "w") else key, *piece) for key, *piece in meant(of, ROWS)]
    now = of.settled(rows)
    assert now is not None
    assert meant(now, rows) == expected
    assert [end.seq for end in now if end.key == ("seq", 10)], "it is found by its number from now on"
    assert now.settled(rows) == now


def test_of_a_message_of_mine_that_is_edited_as_it_is_stored_no_part_stays():
    rows = [*ROWS[:5], structs.replace(said(10, "other"), said_as="w")]
    assert selected((5, 0), (5, 4)).settled(rows) is None


def test_what_is_not_in_memory_is_known():
    of = selected((1, 3), (4, 2))
    assert of.is_whole(ROWS)
    assert of.is_whole([said(2), *ROWS[1:5]])
    assert not of.is_whole(ROWS[2:]), "its begin"
    assert not of.is_whole(ROWS[:3]), "its end"
    assert not of.is_whole([said(20), said(21)])
    new = Fresh(("new", 0), 6)
    of = selected((0, 0), (3, 0), [*ROWS[:3], new, *ROWS[3:]])
    assert of.is_whole(ROWS[1:]), "a day and the line of what is new are told anew"
    assert not of.is_whole(ROWS[2:])
    assert not of.is_whole([said(1), said(2)])
    assert selected((3, 0), (5, END)).is_whole(ROWS[:5]), "what is not said after all"


@pytest.mark.parametrize("back", [False, True], ids=["forth", "back"])
def test_a_part_of_what_was_edited_is_given_up_and_the_rest_stays(back: bool):
    ends = ((1, 3), (4, 2))
    of = selected(*(ends[::-1] if back else ends))
    first = [ROWS[0], said(5, "edited"), *ROWS[2:]]
    now = of.settled(first)
    assert now is not None
    assert [key for key, *_ in meant(now, first)] == [("note", 6), ("seq", 7), ("seq", 9)]
    last = [*ROWS[:4], said(9, "edited"), ROWS[5]]
    now = of.settled(last)
    assert now is not None
    assert [key for key, *_ in meant(now, last)] == [("seq", 5), ("note", 6), ("seq", 7)]
    assert of.settled(ROWS) == of
    middle = [*ROWS[:3], said(7, "edited"), *ROWS[4:]]
    assert of.settled(middle) == of, "it is meant as a whole"


@pytest.mark.parametrize(
    ("anchor", "caret"), [((1, 1), (1, 3)), ((1, 3), (1, 1)), ((1, 0), (1, 3)), ((1, END), (1, 2))]
)
def test_of_one_message_that_was_edited_nothing_is_selected(anchor: tuple[int, int], caret: tuple[int, int]):
    of = selected(anchor, caret)
    assert of.settled([ROWS[0], said(5, "edited"), *ROWS[2:]]) is None
    whole = selected((1, 0), (1, END))
    assert whole.settled([ROWS[0], said(5, "edited"), *ROWS[2:]]) == whole


def test_from_a_word_to_a_word_both_are_in_it():
    word = end(ROWS, 3, 2), end(ROWS, 3, 4)
    after, before, inside = (
        (end(ROWS, 4, 1), end(ROWS, 4, 3)),
        (end(ROWS, 1, 1), end(ROWS, 1, 3)),
        (end(ROWS, 3, 2), end(ROWS, 3, 2)),
    )
    assert meant(reaching(ROWS, word, after), ROWS) == [(("seq", 7), 2, END), (("seq", 9), 0, 3)]
    assert meant(reaching(ROWS, word, before), ROWS)[0] == (("seq", 5), 1, END)
    assert meant(reaching(ROWS, word, before), ROWS)[-1] == (("seq", 7), 0, 4)
    assert meant(reaching(ROWS, word, inside), ROWS) == [(("seq", 7), 2, 4)]


@pytest.mark.parametrize(
    ("anchor", "caret", "by", "expected"),
    [
        ((3, 0), (3, 0), 1, ((3, 0), (3, END))),
        ((3, 2), (3, 4), 1, ((3, 2), (3, END))),
        ((3, 2), (3, END), 1, ((3, 2), (4, END))),
        ((3, 2), (5, END), 1, ((3, 2), (5, END))),
        ((3, 2), (5, END), -1, ((3, 2), (4, END))),
        ((3, 0), (3, END), -1, ((3, END), (2, 0))),
        ((3, END), (3, 0), 1, ((3, 0), (4, END))),
        ((3, 4), (3, 2), 1, ((3, 4), (3, END))),
        ((3, 4), (1, 2), 1, ((3, 4), (2, 0))),
        ((3, 2), (3, 4), -1, ((3, 2), (3, 0))),
        ((1, END), (0, 0), -1, ((1, END), (0, 0))),
        ((0, 0), (0, END), -1, ((0, 0), (0, END))),
    ],
)
def test_row_by_row(anchor, caret, by: int, expected):
    assert by_row(ROWS, selected(anchor, caret), by).places(ROWS) == expected


class Counted(Sequence[Row]):
    """Rows, and how often one of them was looked at."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.looked = 0

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place):
        self.looked += 1
        return self.rows[place]


@pytest.mark.parametrize(
    "ends", [((40, 1), (9_000, 2)), ((9_000, 0), (40, END)), ((0, 0), (10_002, END)), ((10_001, 1), (5, 3))]
)
def test_of_very_many_rows_few_are_looked_at_to_find_what_is_selected(
    ends: tuple[tuple[int, int], tuple[int, int]],
):
    rows: list[Row] = [Day(("day", 7), 1, "a day"), *map(said, range(1, 10_001)), waits("v"), waits("w")]
    of = selected(*ends, rows)
    counted = Counted(rows)
    assert of.settled(counted) == of
    assert of.places(counted) == ends
    assert of.span(counted) is not None
    assert of.is_whole(counted)
    assert counted.looked < 500
    later = Counted([*rows[:-2], *map(said, range(10_001, 10_051)), *rows[-2:]])
    assert of.settled(later) == of
    assert later.looked < 400


def test_older_messages_of_the_same_day_are_not_taken_in():
    rows: list[Row] = [Day(("day", 7), 1, "a day"), said(9), said(10)]
    of = selected((0, 0), (2, END), rows)
    before = [Day(("day", 7), 1, "a day"), *map(said, range(1, 9)), said(9), said(10)]
    assert [key for key, *_ in meant(of, before)] == [("seq", 9), ("seq", 10)]
