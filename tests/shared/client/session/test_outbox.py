from loggia.shared.client.commands import Say
from loggia.shared.client.saved import Entry
from loggia.shared.client.session.outbox import RESEND_S, WINDOW, Outbox

NOW = 50.0


def entry(place: int, room: str = "lobby") -> Entry:
    return Entry(place=place, say=Say(id=f"m{place}", room=room, text="hi"), at=0)


def outbox(count: int) -> Outbox:
    return Outbox([entry(place) for place in range(1, count + 1)])


def sent(box: Outbox, now: float = NOW, held: frozenset[str] = frozenset()) -> list[str]:
    return [entry.id for entry in box.due(now, held.__contains__)]


def test_messages_go_out_once_and_in_order() -> None:
    box = outbox(3)
    assert sent(box) == ["m1", "m2", "m3"]
    assert sent(box) == []


def test_no_more_are_in_flight_than_the_window_holds() -> None:
    box = outbox(WINDOW + 2)
    assert len(sent(box)) == WINDOW
    box.answered("m1")
    assert sent(box) == [f"m{WINDOW + 1}"]


def test_a_cut_repeats_what_was_not_answered_in_its_order() -> None:
    box = outbox(4)
    sent(box)
    box.answered("m2")
    box.cut()
    assert sent(box) == ["m1", "m3", "m4"]


def test_slow_down_waits_drains_and_begins_again_with_one() -> None:
    box = outbox(4)
    sent(box)
    box.answered("m1")
    box.slow_down("m2", 3.0, NOW)
    assert sent(box, NOW + 2.9) == []
    box.slow_down("m3", 1.0, NOW)  # the earlier wait is the longer one
    assert sent(box, NOW + 3.0) == [], "m4 is still in flight"
    box.slow_down("m4", 0.0, NOW)
    assert sent(box, NOW + 2.9) == []
    assert sent(box, NOW + 3.0) == ["m2"]
    assert sent(box, NOW + 3.0) == []
    box.answered("m2")
    assert sent(box, NOW + 3.0) == ["m3", "m4"]


def flights(box: Outbox, count: int) -> list[int]:
    """How many go out at once, when each flight is stored before the next one."""
    sizes = []
    for _ in range(count):
        flight = sent(box)
        sizes.append(len(flight))
        for message_id in flight:
            box.answered(message_id)
    return sizes


def test_after_a_slow_down_each_window_that_is_stored_doubles_the_next() -> None:
    box = outbox(2000)
    (first, *others) = sent(box)
    for message_id in [first, *others]:
        box.slow_down(message_id, 0.0, NOW)
    assert flights(box, 10) == [1, 2, 4, 8, 16, 32, 64, 128, 256, 256]
    (again, *_) = sent(box)
    box.slow_down(again, 0.0, NOW)
    box.cut()
    assert flights(box, 3) == [1, 2, 4], "the next slow_down begins with one again"


def test_how_often_a_message_was_tried_is_counted_until_it_is_answered() -> None:
    box = outbox(2)
    assert [box.tried("m1"), box.tried("m1"), box.tried("m2")] == [1, 2, 1]
    box.answered("m1")
    assert box.tried("m1") == 1


def test_the_outbox_wakes_when_a_wait_is_over_and_not_before() -> None:
    box = outbox(1)
    sent(box)
    box.slow_down("m1", 3.0, NOW)
    assert box.wake_at(NOW) == NOW + 3.0
    assert box.wake_at(NOW + 3.0) is None


def test_an_answer_that_does_not_come_makes_the_message_overdue() -> None:
    box = outbox(1)
    sent(box)
    assert box.wake_at(NOW) == NOW + RESEND_S
    assert not box.overdue(NOW + RESEND_S - 0.1)
    assert box.overdue(NOW + RESEND_S)


def test_messages_of_a_room_that_we_are_not_in_wait_without_holding_up_others() -> None:
    box = Outbox([entry(1, "lab"), entry(2), entry(3, "lab")])
    assert sent(box, held=frozenset({"lab"})) == ["m2"]
    assert sent(box) == ["m1", "m3"]


def test_a_refused_message_is_out_of_the_way_until_it_is_discarded() -> None:
    box = outbox(2)
    sent(box)
    refused = box.refuse("m1", "banned", "You are banned.")
    assert refused is not None
    assert (refused.code, refused.reason) == ("banned", "You are banned.")
    box.cut()
    assert sent(box) == ["m2"]
    assert "m1" in box
    assert box.discard("m1") is refused
    assert "m1" not in box
    assert box.discard("m1") is None


def test_what_was_refused_in_an_earlier_run_is_not_sent_again() -> None:
    old = entry(1)
    old.code = "banned"
    box = Outbox([old, entry(2)])
    assert sent(box) == ["m2"]
    assert box.next_place() == 3


def test_a_slow_room_is_left_alone_and_wakes_when_its_wait_is_over() -> None:
    box = Outbox([entry(1, "lab"), entry(2), entry(3, "lab")])
    assert sent(box) == ["m1", "m2", "m3"]
    box.slow_room("m1", 30.0, NOW)
    box.slow_room("m3", 20.0, NOW)
    assert not box.may_send(NOW + 29.9)
    box.answered("m2")
    assert box.wake_at(NOW) == NOW + 30.0
    box.add(entry(4))
    assert sent(box, NOW + 1) == ["m4"]
    box.answered("m4")
    assert sent(box, NOW + 29.9) == []
    assert sent(box, NOW + 30.0) == ["m1", "m3"]
