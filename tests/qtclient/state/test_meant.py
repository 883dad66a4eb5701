"""Whom a message means: also after it was edited, and whatever I am called by now."""

import pytest
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.updates import Acted, Entered, Older, ReadState
from loggia.shared.protocol.events import DeletedEvent, EditedEvent

from tests.qtclient.state.seen import reads, take
from tests.qtclient.talk import NOON, arrived, entered, says

MINE = ("a-ada",)


@pytest.fixture
def state() -> WindowState:
    """Of a window that has read one message, and misses what comes now."""
    state = WindowState(nick="ada", endpoint="tcp://127.0.0.1:1", account="a-ada", read={"lobby": 1})
    take(state, Older(room="lobby", events=[says(1)], more=False), *entered(head=1))
    reads(state)
    state.attend(None, 0)
    return state


def edits(seq: int, target: int, text: str, mentions: tuple[str, ...] = (), nick: str = "bob") -> EditedEvent:
    return EditedEvent("lobby", seq, NOON, nick, f"a-{nick}", f"id-{seq}", target, text, mentions)


def goes_to(state: WindowState) -> list[int | None]:
    """Where Ctrl+M leads, one after the other."""
    reading = state.rooms["lobby"].reading
    return [reading.next_mention() for _ in range(3)]


def test_an_edit_that_names_me_is_one_to_go_to(state: WindowState):
    take(state, *arrived([says(2), says(3), edits(4, 2, "@ada", MINE)]))
    take(state, ReadState(room="lobby", read=1, unread=2, mentions=1, upto=4))
    assert (state.rooms["lobby"].mentions, goes_to(state)) == (1, [2, 2, 2])


def test_it_stands_in_its_place_among_others(state: WindowState):
    take(state, *arrived([says(2, text="@ada", mentions=MINE), says(3), says(4, text="@ada", mentions=MINE)]))
    take(state, *arrived([edits(5, 3, "@ada", MINE), edits(6, 3, "@ada again", MINE)]))
    assert goes_to(state) == [2, 3, 4]


def test_an_edit_that_names_me_no_more_is_passed_over(state: WindowState):
    take(state, *arrived([says(2, text="@ada", mentions=MINE), says(3, text="@ada", mentions=MINE)]))
    take(state, *arrived([edits(4, 2, "nobody")]))
    take(state, ReadState(room="lobby", read=1, unread=2, mentions=1, upto=4))
    assert (state.rooms["lobby"].mentions, goes_to(state)) == (1, [3, 3, 3])


def test_what_is_read_mine_or_gone_is_not_gone_to(state: WindowState):
    deleted = DeletedEvent("lobby", 5, NOON, "bob", "a-bob", "id-5", 3)
    take(state, *arrived([says(2, "ada"), says(3), edits(4, 1, "@ada", MINE), deleted]))
    take(state, *arrived([edits(6, 2, "@ada", MINE, "ada")]))
    assert goes_to(state) == [None] * 3


def shown(state: WindowState) -> list[bool]:
    rows = state.rooms["lobby"].rows
    return [row.mention for row in rows if isinstance(row, MessageRow)]


def test_it_is_marked_by_what_the_server_found_in_it(state: WindowState):
    take(state, *arrived([says(2, text="@ＡＤＡ", mentions=MINE), says(3, text="@zoe", mentions=("a-zoe",))]))
    assert shown(state) == [False, True, False]
    take(state, *arrived([edits(4, 2, "zoe"), edits(5, 3, "@ＡＤＡ", MINE)]))
    assert shown(state) == [False, False, True]


def test_it_stays_mine_when_i_am_called_otherwise(state: WindowState):
    said = [says(2, text="@ada hi", mentions=MINE)]
    take(state, Acted(id="n", room="", nick="eve"), *arrived(said))
    assert shown(state) == [False, True]
    state.rooms["lobby"].me_known()
    assert (shown(state), state.rooms["lobby"].said_by_others()[-1]) == ([False, True], (2, True))


def test_it_is_known_once_it_is_known_who_i_am():
    state = WindowState(nick="eve", endpoint="tcp://127.0.0.1:1", read={"lobby": 1})
    take(state, Older(room="lobby", events=[says(1), says(2, text="@ada hi", mentions=MINE)], more=False))
    assert shown(state) == [False, False]
    take(state, Entered(room="lobby", nick="eve", account="a-ada", head=2))
    assert shown(state) == [False, True]
