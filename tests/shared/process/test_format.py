"""Numbers as people read them."""

import pytest
from loggia.shared.process import format


@pytest.mark.parametrize(("number", "said"), [(0, "0 rooms"), (1, "1 room"), (48112, "48,112 rooms")])
def test_a_count(number, said):
    assert format.count(number, "room") == said


@pytest.mark.parametrize(
    ("number", "said"), [(49152, "49 KB"), (1_500_000, "1.5 MB"), (1_204_500_000, "1,204.5 MB")]
)
def test_a_size(number, said):
    assert format.size(number) == said
