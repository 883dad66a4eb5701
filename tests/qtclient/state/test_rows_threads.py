"""What a row tells of the thread that its message began, or is in."""

from loggia.qtclient.timeline.parts.table import actions, spoken
from msgspec import structs

from tests.qtclient.state.test_rows_changed import edits, fold, messages
from tests.qtclient.talk import says


def in_thread(seq: int, root: int, text: str = "yes"):
    return structs.replace(says(seq, text=text), thread=root)


def test_what_is_said_in_a_thread_is_counted_where_that_began():
    rows = messages(fold(says(1), says(2), in_thread(3, 1), in_thread(4, 1)))
    assert [row.became.replies for row in rows] == [2, 0, 0, 0]
    assert [row.thread for row in rows] == [None, None, 1, 1]
    assert [row.root for row in rows] == [1, 2, 1, 1]


def test_what_history_has_counted_already_is_not_counted_twice():
    told = structs.replace(says(1), rev=3, replies=1)
    (root, *_) = messages(fold(told, in_thread(3, 1)))
    assert root.became.replies == 1
    (root, *_) = messages(fold(told, in_thread(3, 1), in_thread(4, 1)))
    assert root.became.replies == 2


def test_an_edit_leaves_the_count_and_a_reply_leaves_the_edit():
    (root, *_) = messages(fold(says(1), in_thread(2, 1), edits(3, 1, "anew"), in_thread(4, 1)))
    assert root.became.replies == 2
    assert root.text == "anew"
    assert root.edited


def test_a_row_says_how_many_replied_and_each_stored_one_shows_its_thread():
    root, one = messages(fold(says(1, text="why"), in_thread(2, 1)))
    assert "(1 reply)" in spoken(root)
    assert spoken(one) == "bob, 12:00: (in the thread of bob: why) yes"
    shows = [target for row in (root, one) for action, target in actions(row) if action.id == "show-thread"]
    assert shows == [1, 1]
    two, *_ = messages(fold(says(1, text="why"), in_thread(2, 1), in_thread(3, 1)))
    assert "(2 replies)" in spoken(two)
