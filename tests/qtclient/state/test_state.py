"""What the window shows of logs and outbox, without a window."""

import msgspec
import pytest
from loggia.qtclient.state.rows import Beginning, MessageRow, Restored
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.commands import Say
from loggia.shared.client.completeness import ArchivedCopy
from loggia.shared.client.updates import (
    ArchivedCopies,
    Delivered,
    Failed,
    Older,
    Unreachable,
    VoidCopy,
    Waiting,
)

from tests.qtclient.state.seen import signs, take, texts
from tests.qtclient.talk import NOON, arrived, entered, joins, many, restored, says, waits


def waits_why(state: WindowState) -> str:
    row = state.rooms["lobby"].tail[-1]
    assert isinstance(row, MessageRow)
    return row.reason


# -- The log -----------------------------------------------------------------------------------


def test_each_entry_is_shown_once_and_in_order(state: WindowState):
    take(state, *entered(), *arrived(many(1, 3)), *arrived(many(2, 5)))
    assert [row.seq for row in state.rooms["lobby"].rows if isinstance(row, MessageRow)] == [1, 2, 3, 4, 5]


def test_older_pages_come_before_and_rows_keep_their_numbers(state: WindowState):
    room = state.rooms["lobby"]
    take(state, *entered(head=99), *arrived(many(90, 99)))
    kept, number = room.rows[5], 5 - room.shift
    take(state, Older(room="lobby", events=many(50, 89), more=True))
    assert room.rows[number + room.shift] is kept
    assert [row.seq for row in room.rows if isinstance(row, MessageRow)] == list(range(50, 100))


def test_the_first_page_may_come_as_an_older_one(state: WindowState):
    take(state, *entered(head=3), Older(room="lobby", events=many(1, 3), more=False))
    assert len(texts(state)) == 3
    assert isinstance(state.rooms["lobby"].rows[0], Beginning)


def test_after_a_long_absence_the_newest_page_takes_the_place_of_the_old_one(state: WindowState):
    take(state, *entered(head=9), *arrived(many(1, 9)))
    take(state, Older(room="lobby", events=many(5000, 5010), more=True))
    rows = [row.seq for row in state.rooms["lobby"].rows if isinstance(row, MessageRow)]
    assert rows == list(range(5000, 5011))
    take(state, Older(room="lobby", events=many(4990, 4999), more=True))
    rows = [row.seq for row in state.rooms["lobby"].rows if isinstance(row, MessageRow)]
    assert rows == list(range(4990, 5011))


def test_new_entries_behind_a_gap_take_the_place_of_what_is_shown(state: WindowState):
    take(state, *entered(head=9), *arrived(many(1, 9)), *arrived(many(5000, 5002)))
    rows = [row.seq for row in state.rooms["lobby"].rows if isinstance(row, MessageRow)]
    assert rows == [5000, 5001, 5002]


def test_an_empty_room_says_what_to_do_until_somebody_speaks(state: WindowState):
    take(state, *entered(head=1), Older(room="lobby", events=[joins(1, "ada")], more=False))
    silent = "Nobody has said anything yet. Say hello"
    assert state.rooms["lobby"].rows[0].text == f"{silent}, or invite somebody: Ctrl+I."
    state.rooms["lobby"].known_as("bob", "direct")
    assert state.rooms["lobby"].rows[0].text == f"{silent}."
    take(state, *arrived([says(2)]))
    assert state.rooms["lobby"].rows[0].text == "This is where the conversation begins."


def test_a_page_that_was_refused_is_not_asked_for_again_at_once(state: WindowState):
    room = state.rooms["lobby"]
    take(state, *entered(head=99), *arrived(many(90, 99)))
    room.loading = True
    take(state, Older(room="lobby", events=[], more=True))
    assert (room.loading, room.refused) == (False, True)
    assert room.wanted() == 0
    take(state, *entered(head=99))
    assert (room.loading, room.refused) == (False, False)


def test_a_restored_log_takes_the_place_of_what_is_shown_and_says_so(state: WindowState):
    take(state, *entered(head=9), *arrived(many(1, 9)), waits("w1"), restored(9, head=7))
    assert texts(state) == ["mine"]
    take(state, Older(room="lobby", events=many(5, 7), more=True), *arrived([says(8, text="and on")]))
    kinds = [type(row).__name__ for row in state.rooms["lobby"].rows]
    assert kinds == ["Day", "MessageRow", "MessageRow", "MessageRow", "Restored", "Fresh", "MessageRow"]
    (row,) = [row for row in state.rooms["lobby"].rows if isinstance(row, Restored)]
    assert row.text == (
        "The server's messages were restored from a backup, or are damaged. "
        "Your copy of before (1 to 9) is kept on this computer."
    )
    assert texts(state)[-2:] == ["and on", "mine"]


def test_what_comes_before_the_page_stands_behind_the_line(state: WindowState):
    take(state, *entered(head=9), *arrived(many(1, 9)), restored(9, head=7), *arrived(many(8, 9)))
    take(state, Older(room="lobby", events=many(5, 7), more=True))
    rows = state.rooms["lobby"].rows
    assert [row.seq for row in rows if isinstance(row, MessageRow)] == [5, 6, 7, 8, 9]
    assert [type(row).__name__ for row in rows].index("Restored") == 4


def test_a_room_of_which_nothing_was_held_says_only_that_the_log_was_restored(state: WindowState):
    take(state, *entered(head=1), restored(0, head=1), Older(room="lobby", events=[says(1)], more=False))
    (row,) = [row for row in state.rooms["lobby"].rows if isinstance(row, Restored)]
    assert row.text == "The server's messages were restored from a backup, or are damaged."


def test_after_a_restore_what_is_new_is_unread_again(state: WindowState):
    take(state, *entered("lab", head=9), *arrived(many(1, 9, "lab")), restored(9, head=5, room="lab"))
    take(state, Older(room="lab", events=many(1, 5, "lab"), more=False))
    lab = state.rooms["lab"]
    assert (lab.unread, lab.read) == (0, 5)
    take(state, *arrived([says(6, room="lab"), says(7, room="lab")]))
    assert lab.unread == 2


def test_a_message_that_was_stored_and_went_with_the_restore_is_the_users_again(state: WindowState):
    take(state, *entered(head=5), *arrived(many(1, 5)), waits("id-6", "gone"), waits("id-7", "still there"))
    take(state, *(Delivered(id=f"id-{seq}", room="lobby", seq=seq, at=0) for seq in (6, 7)))
    take(state, restored(5, head=5), Older(room="lobby", events=many(1, 5), more=False))
    take(state, *arrived([msgspec.structs.replace(says(6, "ada", "still there"), id="id-7")]))
    (row,) = [row for row in state.rooms["lobby"].tail if isinstance(row, MessageRow)]
    assert (row.text, row.sign) == ("gone", "failed")
    assert "restored" in row.reason
    assert state.forget("id-6") == Say(room="lobby", text="gone", epoch="one")
    assert state.forget("id-6") is None


def test_a_message_that_waits_is_forgotten_as_one_of_the_outbox(state: WindowState):
    take(state, *entered(), waits("w1"))
    assert state.forget("w1") is None


def test_copies_of_before_are_known_from_the_start(state: WindowState):
    old = ArchivedCopy(room="lobby", epoch="one", spans=[(1, 9)])
    take(state, ArchivedCopies(copies=[old]))
    assert state.rooms["lobby"].old == [old]


# -- The outbox --------------------------------------------------------------------------------


def test_a_message_waits_is_unreachable_is_stored(state: WindowState):
    take(state, *entered(), waits("id-1"))
    assert signs(state) == [("mine", "waiting")]
    take(state, Unreachable(id="id-1", room="lobby"))
    assert signs(state) == [("mine", "unreachable")]
    assert waits_why(state) == "The server cannot be reached."
    take(state, Unreachable(id="id-1", room="lobby", code="storage_full"))
    assert waits_why(state) == "The server's disk is full."
    take(state, Delivered(id="id-1", room="lobby", seq=1, at=0))
    assert signs(state) == [("mine", "stored")]


@pytest.mark.parametrize("answer_first", [True, False])
def test_an_own_message_is_shown_once_whichever_comes_first(state: WindowState, answer_first: bool):
    answer = Delivered(id="id-7", room="lobby", seq=7, at=0)
    event = arrived([says(7, "ada", "mine")])
    take(state, *entered(head=6), *arrived(many(5, 6)), waits("id-7"))
    take(state, *([answer, *event] if answer_first else [*event, answer]))
    assert signs(state) == [("mine", "stored")]
    assert state.rooms["lobby"].tail == []


def test_a_refused_message_stays_with_its_reason_until_it_is_forgotten(state: WindowState):
    take(state, *entered(), waits("w1"), Failed(id="w1", room="lobby", code="muted", text="You are muted."))
    assert [(row.sign, row.reason) for row in state.rooms["lobby"].tail if isinstance(row, MessageRow)] == [
        ("failed", "You are muted.")
    ]
    assert state.waiting() == 0
    state.forget("w1")
    assert state.rooms["lobby"].tail == []


def test_unchanged_rows_of_the_outbox_stay_the_same_objects(state: WindowState):
    take(state, *entered(), waits("w1"), waits("w2", "other"))
    before = list(state.rooms["lobby"].tail)
    take(state, Unreachable(id="w2", room="lobby"))
    after = state.rooms["lobby"].tail
    assert [new is old for new, old in zip(after, before, strict=True)] == [True, True, False]


def test_a_reply_that_waits_shows_what_it_answers(state: WindowState):
    state.apply([*entered(), *arrived([says(1), says(2, text="where?")]), waits("w1", reply_to=2)], 0)
    (row,) = state.rooms["lobby"].tail
    assert (row.quote, row.first) == ("bob: where?", True)


def test_a_message_of_the_outbox_that_is_another_now_is_shown_once(state: WindowState):
    """The log was restored: what it answered is gone, and its id may be another."""
    state.apply([*entered(), *arrived([says(1), says(2)]), waits("w1", reply_to=2), waits("w2", "behind")], 0)
    state.apply([waits("w1"), Waiting(say=Say(id="w3", room="lobby", text="behind"), at=NOON, was="w2")], 0)
    tail = state.rooms["lobby"].tail
    assert [(row.id, row.text, row.quote) for row in tail] == [("w1", "mine", ""), ("w3", "behind", "")]


def test_what_went_with_a_restore_is_given_back_whole(state: WindowState):
    """Of which life its reply is, too: after a second restore still of the first."""
    state.apply([*entered(), *arrived(many(1, 5)), waits("id-6", "gone", reply_to=4)], 0)
    state.apply([Delivered(id="id-6", room="lobby", seq=6, at=0), restored(5, head=5)], 0)
    again = ArchivedCopy(room="lobby", epoch="two", spans=[(1, 5)])
    state.apply([VoidCopy(room="lobby", epoch="three", head=5, old=again, renamed={"one": "uno"})], 0)
    assert state.forget("id-6") == Say(room="lobby", text="gone", reply_to=4, epoch="uno")
