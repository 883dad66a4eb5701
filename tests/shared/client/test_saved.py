"""What an earlier run kept, and what of it a program is told."""

import pytest
from loggia.shared.client.completeness import ArchivedCopy
from loggia.shared.client.saved import SavedCopy
from msgspec import structs

INTERNAL = {"anchored", "first", "empty"}  # for the copies' own comparing


def test_a_program_is_told_of_a_copy_and_not_how_it_is_compared() -> None:
    kept = SavedCopy(room="lobby", epoch="one", spans=[(1, 3), (6, 9)], handled=7, anchored=True)
    told = ArchivedCopy(room="lobby", epoch="one", spans=[(1, 3), (6, 9)], handled=7)
    assert kept.archived() == told
    assert INTERNAL.isdisjoint(dir(told))
    kept_of_it, told_of_it = ({field.name for field in structs.fields(kind)} for kind in (kept, told))
    assert kept_of_it - told_of_it == {"anchored"}


@pytest.mark.parametrize(
    ("spans", "anchored", "first", "last", "empty"),
    [
        ([], False, 1, 0, True),
        ([(1, 9)], False, 1, 9, False),
        ([(1, 3), (6, 9)], False, 6, 9, False),
        ([(1, 3), (6, 9)], True, 5, 9, False),
        ([(1, 3), (6, 5)], False, 6, 5, False),
        ([(6, 5)], False, 6, 5, True),
        ([(6, 5)], True, 5, 5, False),
    ],
)
def test_from_where_on_a_copy_tells_its_life_from_others(
    spans: list[tuple[int, int]], anchored: bool, first: int, last: int, empty: bool
) -> None:
    kept = SavedCopy(room="lobby", epoch="one", spans=spans, anchored=anchored)
    assert (kept.first, kept.last, kept.empty) == (first, last, empty)
