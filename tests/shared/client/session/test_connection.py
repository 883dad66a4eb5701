import pytest
from loggia.shared.client.session.connection import (
    ANSWER_S,
    FIRST_RETRY_S,
    JOIN_ANSWER_S,
    LATE_S,
    LONGEST_JOIN_ANSWER_S,
    LONGEST_RETRY_S,
    PROBE_S,
    SILENT_PINGS,
    SOON_S,
    ConnectionState,
)
from loggia.shared.protocol.limits import RESUME_S

NOW = 10.0


def open_line(ping_s: float = 10.0, chance: float = 1.0) -> ConnectionState:
    line = ConnectionState(lambda: chance)
    line.connecting(NOW)
    line.opened(NOW, ping_s)
    return line


def test_a_join_that_is_not_answered_fails_after_its_time() -> None:
    line = ConnectionState(lambda: 1.0)
    line.connecting(NOW)
    assert line.wake_at() == NOW + JOIN_ANSWER_S
    assert line.failed(NOW + JOIN_ANSWER_S - 0.1) == ""
    assert "no answer" in line.failed(NOW + JOIN_ANSWER_S)


def patience(line: ConnectionState) -> float:
    line.connecting(NOW)
    wake_at = line.wake_at()
    assert wake_at is not None
    return wake_at - NOW


def test_a_busy_broker_is_given_more_time_for_each_join_that_it_did_not_answer() -> None:
    line = ConnectionState(lambda: 1.0)
    given = []
    for _ in range(4):
        given.append(patience(line))
        line.lose(NOW + given[-1], None)
    assert given == [JOIN_ANSWER_S, JOIN_ANSWER_S * 2, LONGEST_JOIN_ANSWER_S, LONGEST_JOIN_ANSWER_S]
    line.connecting(NOW)
    line.opened(NOW, 10.0)
    line.lose(NOW, None)
    assert patience(line) == JOIN_ANSWER_S


def test_a_broker_that_nobody_reaches_is_given_no_more_time_for_that() -> None:
    line = ConnectionState(lambda: 1.0)
    for _ in range(3):
        line.connecting(NOW)
        line.lose(NOW + JOIN_ANSWER_S - 0.1, None)
    assert patience(line) == JOIN_ANSWER_S


def test_waits_double_up_to_the_longest_and_start_anew_after_a_session() -> None:
    line = ConnectionState(lambda: 1.0)
    waits = []
    for _ in range(1000):
        line.connecting(NOW)
        waits.append(line.lose(NOW, None))
    assert waits[:3] == [FIRST_RETRY_S, FIRST_RETRY_S * 2, FIRST_RETRY_S * 4]
    assert waits[-1] == LONGEST_RETRY_S
    assert LONGEST_RETRY_S < 2.0, "whoever was cut off, however long, is back 2 s after the network is"
    line.opened(NOW, 10.0)
    assert line.lose(NOW, None) == FIRST_RETRY_S


def test_chance_spreads_the_waits_of_many_clients_over_half_of_each() -> None:
    assert open_line(chance=0.0).lose(NOW, None) == FIRST_RETRY_S / 2
    assert open_line(chance=0.5).lose(NOW, None) == FIRST_RETRY_S * 0.75


def test_a_wait_that_the_broker_names_is_kept() -> None:
    line = open_line()
    assert line.lose(NOW, 7.0) == 7.0
    assert not line.should_connect(NOW + 6.9)
    assert line.should_connect(NOW + 7.0)


def test_pings_come_at_their_interval() -> None:
    line = open_line(ping_s=10.0)
    assert not line.ping_due(NOW + 9.9)
    assert line.ping_due(NOW + 10.0)
    assert not line.ping_due(NOW + 10.0)
    line.heard(NOW + 10.1)
    assert line.wake_at() == NOW + 20.0


def test_after_subscribing_heads_are_compared_soon_and_again() -> None:
    line = open_line()
    line.listen_soon(NOW)
    assert [line.ping_due(NOW + after) for after in (0.05, SOON_S[0], SOON_S[0], SOON_S[1], 2.0)] == [
        False,
        True,
        False,
        True,
        False,
    ]


def test_three_silent_pings_end_a_connection_and_any_word_saves_it() -> None:
    line = open_line(ping_s=10.0)
    for number in range(SILENT_PINGS):
        assert line.failed(NOW + 10 + ANSWER_S * number) == ""
        assert line.ping_due(NOW + 10 + ANSWER_S * number)
    line_end = NOW + 10 + ANSWER_S * SILENT_PINGS
    assert line.wake_at() == line_end
    assert line.failed(line_end - 0.1) == ""
    assert "does not answer pings" in line.failed(line_end)
    line.heard(line_end)
    assert line.failed(line_end) == ""


@pytest.mark.parametrize("told", [0.01, 1.0, 10.0, 30.0, 1e300])
def test_a_broker_that_died_is_noticed_within_20_s_however_rarely_it_wants_to_be_asked(told: float) -> None:
    line = open_line(ping_s=told)
    line.heard(now := NOW + 9.0)
    while not line.failed(now):
        wake_at = line.wake_at()
        assert wake_at is not None
        assert wake_at > now or line.ping_due(now)
        now = max(now, wake_at)
    assert now - (NOW + 9.0) < 19.0


def test_a_late_answer_puts_the_next_ping_where_it_would_have_been() -> None:
    line = open_line(ping_s=10.0)
    for number in range(2):
        line.ping_due(NOW + 10 + ANSWER_S * number)
    line.heard(NOW + 13.0)
    assert line.wake_at() == NOW + 10 + ANSWER_S + 10
    line.heard(NOW + 15.0)
    assert line.wake_at() == NOW + 10 + ANSWER_S + 10


def test_a_clock_that_jumps_over_a_sleep_costs_one_ping_and_no_connection() -> None:
    line = open_line()
    assert line.failed(NOW + 3600) == ""
    assert line.ping_due(NOW + 3600)
    assert not line.ping_due(NOW + 3600)
    line.heard(NOW + 3600.1)
    assert line.failed(NOW + 3600 + PROBE_S) == ""


def test_a_connection_that_does_not_answer_after_a_sleep_is_given_up_soon() -> None:
    line = open_line(ping_s=10.0)
    awake = NOW + 3600
    line.ping_due(awake)
    assert line.wake_at() == awake + PROBE_S
    assert line.failed(awake + PROBE_S - 0.1) == ""
    assert "does not answer" in line.failed(awake + PROBE_S)
    assert PROBE_S + line.lose(awake + PROBE_S, None) < 2.0


def test_being_a_little_late_is_no_sleep() -> None:
    line = open_line(ping_s=10.0)
    assert line.ping_due(NOW + 10 + LATE_S)
    assert line.failed(NOW + 10 + LATE_S + PROBE_S) == ""


def test_who_waited_for_a_try_while_asleep_tries_at_once() -> None:
    line = open_line()
    line.lose(NOW, None)
    assert line.should_connect(NOW + 3600)


def test_after_a_sleep_the_session_of_before_may_be_over() -> None:
    line = open_line(ping_s=10.0)
    line.heard(NOW + 5)
    line.lose(NOW + 3600, None)
    assert not line.was_short(NOW + 3600)


def test_a_session_is_the_same_after_a_cut_in_a_quiet_hour() -> None:
    line = open_line(ping_s=10.0)
    line.heard(NOW + 3600)
    line.lose(NOW + 3609, None)
    assert line.was_short(NOW + 3609 + RESUME_S - 0.1)


@pytest.mark.parametrize("asked", [-1.0, 0.0])
def test_no_ping_interval_makes_a_client_spin(asked: float) -> None:
    line = open_line(ping_s=asked)
    assert not line.ping_due(NOW + 0.01)


def test_a_session_can_be_resumed_only_while_it_is_not_over() -> None:
    line = open_line()
    assert not line.was_short(NOW)
    line.lose(NOW, None)
    assert line.was_short(NOW + RESUME_S - 0.1)
    assert not line.was_short(NOW + RESUME_S)


def test_after_giving_up_nothing_is_tried() -> None:
    line = open_line()
    line.give_up()
    assert line.wake_at() is None
    assert not line.should_connect(NOW + 1000)
    assert not line.busy
