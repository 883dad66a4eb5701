"""What ends the talk of two bots. The time is that of the messages."""

from loggia.shared.client.api.breaker import ANSWERS, REST_MS, WINDOW_MS, Breaker
from loggia.shared.protocol.events import MessageEvent


def said(at: int, *, bot: bool = True, room: str = "lobby") -> MessageEvent:
    return MessageEvent(room=room, seq=1, at=at, nick="x", account="x", id="x", text="x", bot=bot)


def answers(breaker: Breaker, event: MessageEvent) -> bool:
    """Whether it is answered."""
    if not breaker.heard(event):
        return False
    breaker.answered(event)
    return True


def answered(breaker: Breaker, events: list[MessageEvent]) -> int:
    return sum(answers(breaker, event) for event in events)


def test_a_talk_of_bots_ends_and_may_begin_again_after_a_rest() -> None:
    breaker = Breaker()
    assert answered(breaker, [said(at) for at in range(100)]) == ANSWERS
    last = ANSWERS - 1
    assert not answers(breaker, said(last + REST_MS - 1))
    later = last + REST_MS
    assert answered(breaker, [said(at) for at in range(later, later + 100)]) == ANSWERS


def test_it_says_once_that_it_is_enough() -> None:
    breaker = Breaker()
    assert [breaker.answered(said(at)) for at in range(ANSWERS)] == [False] * (ANSWERS - 1) + [True]


def test_a_talk_at_leisure_goes_on() -> None:
    breaker = Breaker()
    pause = WINDOW_MS // (ANSWERS - 1) + 1
    assert answered(breaker, [said(number * pause) for number in range(1000)]) == 1000


def test_a_person_makes_it_good_again() -> None:
    breaker = Breaker()
    for _ in range(10):
        assert answered(breaker, [said(0) for _ in range(ANSWERS - 1)]) == ANSWERS - 1
        assert breaker.heard(said(0, bot=False))


def test_what_one_person_said_while_the_bot_was_away_is_all_answered() -> None:
    assert answered(Breaker(), [said(7, bot=False) for _ in range(25)]) == 25


def test_who_rests_answers_persons_and_no_bots() -> None:
    breaker = Breaker()
    assert answered(breaker, [said(at) for at in range(100)]) == ANSWERS
    assert answers(breaker, said(200, bot=False))
    assert not answers(breaker, said(300))


def test_each_room_is_for_itself() -> None:
    breaker = Breaker()
    assert answered(breaker, [said(at) for at in range(100)]) == ANSWERS
    assert answered(breaker, [said(at, room="lab") for at in range(100)]) == ANSWERS


def test_what_bots_said_over_a_day_is_all_answered_in_catching_up() -> None:
    hourly = [said(hour * 3_600_000) for hour in range(24 * 7)]
    assert answered(Breaker(), hourly) == len(hourly)
