"""What a visitor and an address may take of the broker's time."""

import pytest
from loggia.broker.doors.classic.share import ADDRESS_VISITORS, BURST_S, VISITOR_S, Share

MOST = int(VISITOR_S * BURST_S)


def test_what_is_within_the_share_makes_nobody_wait():
    share = Share.of_visitor(0.0)
    share.spend(MOST, 0.0)
    assert share.rests_until(0.0) is None


def test_who_takes_more_rests_until_it_is_even():
    share = Share.of_visitor(0.0)
    share.spend(MOST + 2 * VISITOR_S, 0.0)
    assert share.rests_until(0.0) == pytest.approx(2.0, abs=0.001)
    assert share.rests_until(1.0) == pytest.approx(2.0, abs=0.001)
    assert share.rests_until(2.0) is None


@pytest.mark.parametrize("start", [0.0, 1e6, 123456.789])
def test_once_it_has_rested_it_does_not_rest_again(start):
    share = Share.of_visitor(start)
    for step in range(100):
        share.spend(MOST + step * 1237, start)
        start = share.rests_until(start) or start
        share.spend(0, start)
        assert share.rests_until(start) is None


def test_time_gives_no_more_than_it_began_with():
    share = Share.of_visitor(0.0)
    share.spend(0, 1e6)
    share.spend(MOST + VISITOR_S, 1e6)
    assert share.rests_until(1e6) is not None


def test_many_of_one_address_take_no_more_than_a_few():
    address = Share.of_address(0.0)
    many = [Share.of_visitor(0.0, address) for _ in range(300)]
    for one in many[: ADDRESS_VISITORS - 1]:
        one.spend(MOST, 0.0)
    assert many[-1].rests_until(0.0) is None
    for one in many[ADDRESS_VISITORS:]:
        one.spend(MOST, 0.0)
    assert (many[-1].rests_until(0.0) or 0.0) > 10 * BURST_S
    assert Share.of_visitor(0.0, Share.of_address(0.0)).rests_until(0.0) is None


def test_it_is_whole_when_nothing_of_it_is_taken():
    share = Share.of_address(5.0)
    assert share.is_whole(5.0)
    share.spend(1000, 5.0)
    assert not share.is_whole(5.0)
    assert share.is_whole(6.0)
