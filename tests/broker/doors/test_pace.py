"""How fast those of one address may come."""

from loggia.broker.doors.pace import REMEMBERED, Pace


def came(pace, host, now, number):
    """How many of so many find room."""
    found = 0
    for _ in range(number):
        if pace.has_room(host, now):
            pace.came(host, now)
            found += 1
    return found


def test_a_crowd_may_come_at_once_and_then_some_in_a_second():
    pace = Pace(10.0, 5.0)
    assert came(pace, "192.0.2.1", 100.0, 200) == 51  # the one that is too many is the first to be noticed
    assert came(pace, "192.0.2.1", 100.5, 200) == 0
    assert 8 <= came(pace, "192.0.2.1", 101.1, 200) <= 12
    assert came(pace, "192.0.2.2", 100.0, 50) == 50
    assert came(pace, "192.0.2.1", 200.0, 200) == 51


def test_who_has_one_network_of_ipv6_is_one():
    pace = Pace(10.0, 1.0)
    came(pace, "2001:db8::1", 1.0, 20)
    assert not pace.has_room("2001:db8::2", 1.0)
    assert pace.has_room("2001:db8:1::1", 1.0)


def test_of_addresses_only_so_many_are_remembered():
    pace = Pace(10.0, 1.0)
    for number in range(2 * REMEMBERED):
        pace.came(f"10.0.{number // 250}.{number % 250}", 1.0)
    assert len(pace._of) == REMEMBERED
