from loggia.shared.client.session.outbox import RESEND_S
from loggia.shared.client.session.pending import LONGEST_RESEND_S, Pending
from loggia.shared.protocol.requests import End, History, Leave, Ping

NOW = 50.0
PAGE = History(id="h", room="lobby", after=0)


def test_what_is_not_answered_in_time_is_due_again_and_then_after_twice_that() -> None:
    asked = Pending()
    asked.sent(PAGE, NOW)
    assert asked.wake_at() == NOW + RESEND_S
    assert asked.due(NOW + RESEND_S - 0.1) == []
    assert asked.due(NOW + RESEND_S) == [PAGE]
    asked.sent(PAGE, NOW)
    assert asked.wake_at() == NOW + 2 * RESEND_S
    for _ in range(20):
        asked.sent(PAGE, NOW)
    assert asked.wake_at() == NOW + LONGEST_RESEND_S


def test_an_answer_is_taken_once() -> None:
    asked = Pending()
    asked.sent(PAGE, NOW)
    assert asked.answered("h") is PAGE
    assert asked.answered("h") is None
    assert asked.wake_at() is None


def test_pings_and_the_goodbye_are_not_repeated() -> None:
    asked = Pending()
    asked.sent(Ping(id="p"), NOW)
    asked.sent(End(id="e"), NOW)
    assert asked.due(NOW + RESEND_S) == []
    assert asked.answered("p") is None


def test_what_was_refused_for_now_is_due_when_its_wait_is_over() -> None:
    asked = Pending()
    leave = Leave(id="l", room="lab")
    asked.later(leave, 3.0, NOW)
    assert asked.due(NOW + 2.9) == []
    assert asked.due(NOW + 3.0) == [leave]


def test_a_cut_forgets_everything() -> None:
    asked = Pending()
    asked.sent(PAGE, NOW)
    asked.cut()
    assert asked.due(NOW + 1000) == []
