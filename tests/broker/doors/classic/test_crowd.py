"""Who may come in at the front door, and who has to make room."""

import pytest
from loggia.broker.doors.classic.crowd import FULL, GRACE_S, KEPT_SHARES, OWN_FULL, Crowd
from loggia.broker.doors.classic.share import ADDRESS_VISITORS, BURST_S, CAME_COST, VISITOR_S

HERE = "127.0.0.1"
AT_ONCE = int(ADDRESS_VISITORS * VISITOR_S * BURST_S) // CAME_COST


class People:
    """A crowd, and who has said something that could be a nickname."""

    def __init__(self, most=10_000, per_address=1024):
        self.busy = set()
        self.crowd = Crowd(most, per_address, lambda visitor: visitor not in self.busy)
        self.left = []

    def come(self, visitor, host=HERE, now=0.0, named=False):
        """What it is told if it is not let in, and otherwise nothing."""
        verdict = self.crowd.ask(host, now)
        if verdict.refused:
            return verdict.refused
        if verdict.leaves is not None:
            self.left.append(verdict.leaves)
            self.crowd.went(verdict.leaves)
        self.crowd.share(host, now)
        self.crowd.came(visitor, host, now)
        if named:
            self.crowd.named(visitor)
        return ""


def test_a_class_of_300_behind_one_address_comes_in_at_once_and_once_more():
    people = People()
    assert [people.come(number) for number in range(300)] == [""] * 300
    for number in range(300):
        people.crowd.named(number)
        people.crowd.went(number)
    assert [people.come(number) for number in range(300)] == [""] * 300
    assert people.left == []


def test_one_address_has_no_more_than_it_may_and_others_come_in():
    people = People(per_address=3)
    assert [people.come(number, named=True) for number in range(4)] == ["", "", "", OWN_FULL[0]]
    assert people.come("other", "192.0.2.7") == ""


def test_loopback_and_ipv6_count_as_any_other():
    people = People(per_address=1)
    for host, next_door in [("127.0.0.1", "127.0.0.1"), ("2001:db8::1", "2001:db8::2")]:
        assert people.come(host, host, named=True) == ""
        assert people.come("next", next_door) == OWN_FULL[0]


def test_who_goes_makes_room():
    people = People(per_address=1)
    people.come(1, named=True)
    people.crowd.went(1)
    assert people.come(2, named=True) == ""


def test_the_silent_make_room_for_the_next_of_their_address_the_first_of_them_first():
    people = People(per_address=8)
    assert [people.come(number, now=number / 10) for number in range(4)] == [""] * 4
    assert people.come("new", now=GRACE_S - 0.01) == OWN_FULL[0]
    assert people.come("new", now=GRACE_S) == ""
    assert people.come("newer", now=GRACE_S + 0.1) == ""
    assert people.left == [0, 1]


def test_who_has_a_name_makes_room_for_nobody():
    people = People(per_address=8)
    for number in range(8):
        people.come(number, named=True)
    assert people.come("new", now=1000.0) == OWN_FULL[0]
    assert people.left == []


def test_who_waits_for_an_answer_to_a_name_makes_room_for_nobody():
    people = People(per_address=8)
    for number in range(4):
        people.come(number)
    people.busy = {0, 1}
    assert people.come("new", now=60.0) == ""
    assert people.left == [2]


def test_500_nameless_lock_nobody_out():
    people = People()
    for number in range(600):
        people.come(number, now=number / 100)
    for number in range(100):
        assert people.come(f"person {number}", now=20.0 + number / 100, named=True) == ""
    assert people.come("from elsewhere", "192.0.2.7", now=20.0) == ""


def test_one_address_cannot_fill_the_house():
    people = People(most=8, per_address=1024)
    told = [people.come(number, named=True) for number in range(8)]
    assert told == [""] * 6 + [OWN_FULL[0]] * 2
    assert people.come("other", "192.0.2.7", named=True) == ""


def test_a_full_house_is_full_until_somebody_silent_makes_room():
    people = People(most=4)
    for number in range(4):
        people.come(number, f"192.0.2.{number}", named=number != 3)
    assert people.come("new", "192.0.2.9", now=1.0) == FULL[0]
    assert people.come("new", "192.0.2.9", now=GRACE_S) == ""
    assert people.left == [3]


def test_who_connects_without_end_is_told_how_long_to_wait():
    people, came = People(), 0
    while not (told := people.come(came, now=0.0)):
        people.crowd.went(came)
        came += 1
    assert AT_ONCE <= came <= AT_ONCE + 1
    assert told == "Too many connections come from your address; try again in 1 s."
    assert people.come("other", "192.0.2.7") == ""
    assert people.come("again", now=1.0) == ""


def test_without_a_bound_all_come():
    people = People(per_address=0)
    assert not any(people.come(number, now=0.0) for number in range(5000))
    assert people.crowd.share(HERE, 0.0) is None


@pytest.mark.parametrize("stays", [True, False])
def test_little_is_kept_of_addresses_that_have_gone(stays):
    people = People(most=10**9)
    if stays:
        people.come("stays")
    share = people.crowd.share(HERE, 0.0)
    for number in range(20 * KEPT_SHARES):
        people.come(number, f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", now=float(number))
        people.crowd.went(number)
    assert len(people.crowd._shares) <= KEPT_SHARES + 2
    assert (people.crowd._shares.get(HERE) is share) is stays
    assert len(people.crowd._here) == len(people.crowd._nameless_of) == stays
