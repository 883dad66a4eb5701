"""Ends of pages, as words that tell nobody anything."""

import pytest
from loggia.broker.storage.page_ends import PageEnds

SECRET = bytes(range(32))
WORD = PageEnds(SECRET).sealed(5 << 40 | 7, 1_700_000_000_000)


def test_what_was_sealed_is_opened():
    for place, at in ((1 << 40 | 1, 1_700_000_000_000), (0, 0), (2**62, -5)):
        assert PageEnds(SECRET).opened(PageEnds(SECRET).sealed(place, at)) == (place, at)


@pytest.mark.parametrize(
    "word",
    ["", "x", WORD[:-1], WORD[:-2], WORD + "00", "0" * 64, WORD[:-1] + ("0" if WORD[-1] != "0" else "1")],
)
def test_what_was_not_is_not(word):
    assert PageEnds(SECRET).opened(word) is None


def test_with_another_secret_it_is_none():
    assert PageEnds(bytes(32)).opened(WORD) is None


def test_neighbours_do_not_look_like_neighbours():
    words = [PageEnds(SECRET).sealed(1 << 40 | seq, 1) for seq in range(100)]
    assert len({word[:4] for word in words}) > 90
    assert len({word[-4:] for word in words}) > 90
