"""What waits for readers that are slow, and who is cut off for it."""

from loggia.broker.doors.classic.unsent import Unsent


def test_who_has_too_much_waiting_is_cut_off():
    unsent = Unsent(100, 10_000)
    assert unsent.waits("ada", 100) is None
    assert unsent.waits("ada", 101) == "ada"


def test_of_all_the_slowest_is_cut_off_when_it_is_too_much_in_sum():
    unsent = Unsent(100, 150)
    assert unsent.waits("ada", 80) is None
    assert unsent.waits("bob", 70) is None
    assert unsent.waits("zoe", 10) == "ada"
    unsent.waits("ada", 0)
    assert unsent.waits("zoe", 80) is None
    assert unsent.sum == 150


def test_what_went_out_does_not_wait_any_more():
    unsent = Unsent(100, 150)
    for _ in range(1000):
        assert unsent.waits("ada", 90) is None
        assert unsent.waits("ada", 10) is None
        assert unsent.waits("ada", 0) is None
    assert unsent.sum == 0
    assert unsent._waits == {}
