"""What is unread, which rooms there are and who is there, without a window."""

import hypothesis
import pytest
from hypothesis import strategies
from loggia.qtclient.state.rows import Fresh, MessageRow
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.commands import LeaveRoom, MarkRead
from loggia.shared.client.updates import (
    Acted,
    Arrived,
    Called,
    Completeness,
    Entered,
    Failed,
    Left,
    Older,
    ReadState,
)
from loggia.shared.protocol.events import ConfiguredEvent, JoinedEvent, LeftEvent, RenamedEvent

from tests.qtclient.state.seen import leaves, reads, take, texts
from tests.qtclient.talk import NOON, arrived, entered, many, people, restored, says


def marks(state: WindowState) -> list[tuple[str, int]]:
    return [(mark.room, mark.seq) for mark in state.take_marks()]


def kicked(seq: int, nick: str, **more: str) -> LeftEvent:
    about = {"room": "lab", "at": NOON, "nick": nick, "account": f"a-{nick}", "id": f"id-{seq}"}
    return LeftEvent(seq=seq, reason="kicked", **about, **more)


# -- Unread ------------------------------------------------------------------------------------


def test_what_others_say_in_another_room_is_unread_until_it_is_looked_at(state: WindowState):
    take(state, *entered(), *entered("lab", head=2))
    take(
        state, *arrived([says(3, room="lab"), says(4, text="hi ada", room="lab"), says(5, "ada", room="lab")])
    )
    lab = state.rooms["lab"]
    assert (lab.unread, lab.mentions) == (2, 1)
    state.look_at("lab")
    reads(state)
    assert (lab.unread, lab.mentions, lab.read) == (0, 0, 5)


@pytest.mark.parametrize("by", ["answer", "another session", "join"])
def test_who_is_called_something_else_is_meant_by_that_name(state: WindowState, by: str):
    take(state, *entered(), *entered("lab", head=2))
    take(state, *arrived([says(3, text="hi kim", room="lab"), says(4, text="hi ada", room="lab")]))
    lab = state.rooms["lab"]

    def meant() -> list[bool]:
        return [row.mention for row in lab.rows if isinstance(row, MessageRow)]

    assert (meant(), lab.mentions) == ([False, True], 1)
    told = {
        "answer": Acted(id="1", nick="kim"),
        "another session": Called(nick="kim"),
        "join": entered("lab", nick="kim")[1],
    }
    take(state, told[by])
    state.apply([], 0)
    assert state.me.account == ("a-kim" if by == "join" else "a-ada")
    assert (meant(), lab.mentions) == ([True, False], 1)
    take(state, *arrived([says(5, text="kim?", room="lab")]))
    assert (meant(), lab.mentions) == ([True, False, True], 2)


def test_a_room_never_read_before_begins_as_read(state: WindowState):
    take(state, *entered(head=9), Older(room="lobby", events=many(1, 9), more=False))
    assert state.rooms["lobby"].unread == 0


def test_the_read_mark_of_the_last_time_makes_the_rest_new():
    state = WindowState(nick="ada", endpoint="tcp://127.0.0.1:1", read={"lobby": 7})
    take(state, *entered(head=9), Older(room="lobby", events=many(1, 9), more=False))
    assert state.rooms["lobby"].unread == 2
    kinds = [type(row) for row in state.rooms["lobby"].rows]
    assert kinds.index(Fresh) == len(kinds) - 3
    assert state.read_marks() == {"lobby": 7}


def test_what_the_server_says_is_unread_is_shown_and_read_marks_are_told_it(state: WindowState):
    take(state, *entered(head=9), ReadState(room="lobby", read=0, unread=9, upto=9))
    assert state.rooms["lobby"].unread == 0, "a room never read anywhere begins as read"
    assert marks(state) == [("lobby", 9)]
    assert state.take_marks() == []
    take(state, ReadState(room="lobby", read=9, upto=9))
    take(state, *arrived([says(10)]), ReadState(room="lobby", read=9, unread=1, mentions=1, upto=10))
    assert (state.rooms["lobby"].unread, state.rooms["lobby"].mentions) == (1, 1)
    assert state.take_marks() == []
    reads(state)
    assert marks(state) == [("lobby", 10)]


def test_what_was_read_elsewhere_is_read_here(state: WindowState):
    take(state, *entered(head=9), ReadState(room="lobby", read=5, unread=3, mentions=1, upto=9))
    lobby = state.rooms["lobby"]
    assert (lobby.read, lobby.unread, lobby.mentions) == (5, 3, 1)
    assert state.take_marks() == []
    take(state, ReadState(room="lobby", read=9, upto=9))
    assert (lobby.read, lobby.unread, lobby.mentions) == (9, 0, 0)


def test_an_older_count_does_not_undo_what_is_read_here(state: WindowState):
    take(state, *entered(head=9), *arrived(many(1, 9)), ReadState(room="lobby", read=5, unread=4, upto=9))
    reads(state)
    leaves(state)
    take(state, ReadState(room="lobby", read=6, unread=3, upto=9))
    assert state.rooms["lobby"].unread == 0
    assert marks(state) == [("lobby", 9)]


def test_what_is_unread_in_a_log_that_was_restored_stays_so(state: WindowState):
    take(state, *entered(head=9), ReadState(room="lobby", read=9, upto=9), restored(9, 20))
    take(state, ReadState(room="lobby", read=5, unread=12, upto=20))
    assert (state.rooms["lobby"].read, state.rooms["lobby"].unread) == (5, 12)
    assert state.take_marks() == []


def test_a_mark_is_of_the_life_of_the_log_that_was_told(state: WindowState):
    take(state, *entered(head=9), ReadState(room="lobby", read=5, unread=4, upto=9))
    take(state, Older(room="lobby", events=many(1, 9), more=False, epoch="one"))
    reads(state)
    assert state.take_marks() == [MarkRead(room="lobby", seq=9, epoch="one")]
    take(state, Arrived(room="lobby", events=[says(10)], epoch="one"))
    assert state.take_marks() == [], "it came just now"
    reads(state, 1.0)
    assert state.take_marks() == [MarkRead(room="lobby", seq=10, epoch="one")]
    take(state, restored(9, 20), ReadState(room="lobby", read=5, unread=12, upto=20))
    assert state.take_marks() == []
    take(state, Arrived(room="lobby", events=many(20, 21), epoch="two"))
    reads(state, 2.0)
    assert state.take_marks() == [], "what is unread before it is not here yet"
    take(state, Older(room="lobby", events=many(6, 19), more=True, epoch="two"))
    reads(state, 3.0)
    assert state.take_marks() == [MarkRead(room="lobby", seq=21, epoch="two")]


def test_a_mark_of_a_log_that_was_just_restored_is_of_the_new_one(state: WindowState):
    take(state, *entered(head=9), *arrived(many(1, 9)), restored(9, 20))
    take(state, ReadState(room="lobby", read=5, unread=12, upto=20))
    take(state, *arrived([says(21)]), Older(room="lobby", events=many(6, 20), more=True))
    reads(state)
    assert state.take_marks() == [MarkRead(room="lobby", seq=21, epoch=restored(9, 20).epoch)]


def test_nothing_is_marked_before_the_server_said_where_the_mark_is(state: WindowState):
    take(state, *entered(head=9), *arrived(many(1, 9)))
    reads(state)
    assert state.take_marks() == []


def test_the_line_of_what_is_new_stands_once_and_goes_with_the_next_look(state: WindowState):
    take(state, *entered(), *arrived(many(1, 2)))
    reads(state)
    leaves(state)
    take(state, *arrived(many(3, 4)))
    assert sum(isinstance(row, Fresh) for row in state.rooms["lobby"].rows) == 1
    state.look_at("lab")
    assert not any(isinstance(row, Fresh) for row in state.rooms["lobby"].rows)


def test_nothing_is_unread_while_somebody_looks(state: WindowState):
    take(state, *entered())
    reads(state)
    take(state, *arrived(many(1, 5)))
    assert (state.rooms["lobby"].unread, state.rooms["lobby"].read) == (0, 0)
    reads(state, 1.0)
    assert (state.rooms["lobby"].unread, state.rooms["lobby"].read) == (0, 5)


# -- Rooms and people --------------------------------------------------------------------------


def test_a_room_that_was_left_is_off_the_list_but_keeps_its_rows(state: WindowState):
    take(state, *entered(), *entered("lab"), *arrived(many(1, 3, "lab")), Left(room="lab"))
    assert [room.name for room in state.listed] == ["lobby"]
    take(state, *entered("lab", head=3))
    assert len(texts(state, "lab")) == 3


def test_a_room_that_cannot_be_joined_goes_and_says_why(state: WindowState):
    take(state, *entered())
    state.look_at("vault")
    take(state, Failed(id=None, room="vault", code="not_allowed", text="The vault is closed."))
    assert (state.current, state.problem) == ("lobby", "The vault is closed.")
    assert [room.name for room in state.listed] == ["lobby"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {"by": "a-olga", "by_nick": "olga", "why": "no flooding"},
            "olga showed you out of # lab: no flooding",
        ),
        ({"by": "a-olga", "by_nick": "olga"}, "olga showed you out of # lab."),
        ({}, "You were shown out of # lab."),
    ],
)
def test_who_is_shown_out_is_told_by_whom_and_why(state: WindowState, more: dict[str, str], words: str):
    take(state, *entered(), *entered("lab"))
    take(state, *arrived([kicked(4, "bob", by="a-olga"), kicked(5, "ada", **more), says(6, room="lab")]))
    assert state.problem == ""
    take(state, Left(room="lab"))
    assert (state.problem, [room.name for room in state.listed]) == (words, ["lobby"])


def test_who_came_back_and_leaves_was_not_shown_out(state: WindowState):
    take(state, *entered(), *entered("lab"))
    back = JoinedEvent(room="lab", seq=6, at=NOON, nick="ada", account="a-ada", id="id-6")
    state.shown_out.asked(LeaveRoom(room="lab"))
    take(state, *arrived([kicked(5, "ada", by="a-olga"), back]), Left(room="lab"))
    assert state.problem == ""
    take(state, *entered("lab"), *arrived([kicked(7, "ada", by="a-olga")]), Left(room="lab"))
    assert state.problem != ""
    state.problem = ""
    state.shown_out.asked(LeaveRoom(room="lab"))
    take(state, *entered("lab"), Left(room="lab"))
    assert state.problem == "", "it is told once"


def test_who_leaves_a_room_is_where_one_was_before(state: WindowState):
    take(state, *entered(), *entered("lab"), *entered("garden"))
    for name in ("lab", "garden"):
        state.look_at(name)
    take(state, Left(room="garden"))
    assert state.current == "lab"
    take(state, Left(room="lab"))
    assert state.current == "lobby", "where one was before that is left as well"


def test_the_copy_of_a_room_that_was_left_long_ago_is_not_listed(state: WindowState):
    take(state, Completeness(room="old", first=1, last=9, head=9))
    assert [room.name for room in state.listed] == ["lobby"]


def test_people_who_are_there_come_first(state: WindowState):
    take(state, *entered(), people("zoe", "Bob", "ada", away=["ada"]))
    assert [member.nick for member in state.members()] == ["Bob", "zoe", "ada"]


def test_a_refused_nickname_is_kept_for_the_question(state: WindowState):
    refused = Failed(id=None, room=None, code="nick_taken", text="ada is taken.")
    take(state, refused)
    assert state.refused_nick == refused
    assert state.problem == ""


# -- Read marks --------------------------------------------------------------------------------


@hypothesis.given(chance=strategies.randoms(use_true_random=False))
def test_a_read_mark_never_goes_back(chance):
    """Whatever is shown in whatever order, also of an older copy than what was read."""
    state = WindowState(endpoint="tcp://127.0.0.1:1101", nick="ada", read={"lobby": 20})
    take(state, *entered(head=60))
    room, marks = state.rooms["lobby"], [20]
    for turn in range(20):
        first = chance.randrange(1, 60)
        match chance.randrange(4):
            case 0:
                take(state, *arrived(many(first, min(first + chance.randrange(9), 60))))
            case 1:
                events = many(max(1, room.oldest - 5), room.oldest - 1) if room.oldest > 1 else []
                take(state, Older(room="lobby", events=events, more=True))
            case 2:
                (reads if chance.random() < 0.5 else leaves)(state, turn)
            case 3:
                take(state, *entered(head=chance.randrange(60)))
        assert room.read >= marks[-1]
        marks.append(room.read)


def test_a_private_room_is_called_by_its_title_and_a_conversation_by_who_the_others_are(state: WindowState):
    thesis, talk = "%" + "k" * 28, "~" + "t" * 28
    for name, title, kind in ((thesis, "Thesis", "private"), (talk, "bob, cas", "direct")):
        take(state, Entered(room=name, nick="ada", account="a-ada", head=0, title=title, kind=kind))
    assert [room.label for room in state.listed] == ["# lobby", "% Thesis", "bob, cas"]
    configured = ConfiguredEvent(thesis, 1, 5, "olga", "o", "1", "Master thesis", 0, False)
    renamed = RenamedEvent(talk, 1, 5, "zoe", "b", "1", "bob")
    take(state, Arrived(room=thesis, events=[configured]), Arrived(room=talk, events=[renamed]))
    assert [state.label(name) for name in (thesis, talk)] == ["% Master thesis", "cas, zoe"]
    assert (state.label(""), state.label("lab")) == ("", "# lab")
