"""What waits of connections that are slow, and who is cut off for it."""

from loggia.broker.doors.waiting import Waiting


def test_who_has_too_much_waiting_is_cut_off():
    waiting = Waiting(100, 10_000)
    assert waiting.is_now("ada", 100) is None
    assert waiting.is_now("ada", 101) == "ada"


def test_of_all_the_slowest_is_cut_off_when_it_is_too_much_in_sum():
    waiting = Waiting(100, 150)
    assert waiting.is_now("ada", 80) is None
    assert waiting.is_now("bob", 70) is None
    assert waiting.is_now("zoe", 10) == "ada"
    waiting.is_now("ada", 0)
    assert waiting.is_now("zoe", 80) is None
    assert waiting.sum == 150


def test_what_went_out_does_not_wait_any_more():
    waiting = Waiting(100, 150)
    for _ in range(1000):
        assert waiting.is_now("ada", 90) is None
        assert waiting.is_now("ada", 10) is None
        assert waiting.is_now("ada", 0) is None
    assert waiting.sum == 0
    assert waiting._sizes == {}
