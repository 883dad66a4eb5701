"""What somebody at a terminal asks for with a command, and what comes of it."""

import pytest
from loggia.broker.doors.classic.inflight import PATIENCE_MS
from loggia.broker.doors.classic.replies import ASKED_FOR, HELP, NOWHERE
from loggia.broker.doors.classic.share import ASKED_COST, BURST_S, VISITOR_S
from loggia.broker.doors.classic.text import INDENT, Told, said
from loggia.shared.protocol.answers import MembersAnswer, RoomsAnswer, Stored
from loggia.shared.protocol.limits import LOBBY, Limits
from loggia.shared.protocol.requests import Direct, End, Join, Leave, Members, Message, Rooms

from tests.broker.doors.classic.visiting import line_visitor, packet_visitor
from tests.broker.doors.classic.visits import answer, joined, message, refusal, shown_out

COMMANDS = [b"/help", b"/rooms", b"/join lab", b"/who", b"/me waves", b"/nick ann", b"/msg bob hi"]


def in_lab():
    visit = line_visitor()
    visit.send(b"/join lab\n")
    visit.answer()
    visit.answer()
    visit.said()
    visit.asked.clear()
    return visit


def kinds(visit):
    return [type(request) for request in visit.requests]


@pytest.mark.parametrize("line", COMMANDS)
def test_the_original_client_says_what_it_says(line):
    visit = packet_visitor()
    visit.packet(line)
    assert visit.texts == [line.decode()]
    assert visit.said() == b""


def test_only_a_terminal_is_told_of_commands(visit):
    visit.send(b"ann\n")
    visit.answer()
    assert b"/help" in visit.said()
    other = type(visit)()
    other.packet(b"ann")
    other.answer()
    assert other.said().endswith(b"goes to everybody here; send !end to leave.")


def test_help_is_told_to_one_and_nothing_is_asked():
    visit = line_visitor()
    visit.send(b"/help\n")
    assert visit.said() == said(HELP) + b"\n"
    assert visit.requests == []


def test_a_nickname_may_not_be_a_command(visit):
    visit.send(b"/help\n")
    assert visit.requests == [Join(id=visit.requests[0].id, nick="/help", room=LOBBY)]


# -- Rooms -------------------------------------------------------------------------------------


def test_who_goes_to_another_room_enters_it_and_then_leaves_the_old_one():
    visit = line_visitor()
    visit.send(b"/join lab\nhello\n")
    assert visit.requests == [Join(id=visit.requests[0].id, room="lab")]
    visit.answer()
    assert visit.said() == b"You are in lab now.\n"
    assert visit.conversation.room == "lab"
    assert visit.requests[1:] == [Leave(id=visit.requests[1].id, room=LOBBY)]
    visit.answer()
    assert [(request.room, request.text) for request in visit.requests[2:]] == [("lab", "hello")]
    ids = [request.id for request in visit.requests]
    assert ids == sorted(set(ids))


def test_what_was_said_before_is_said_where_it_was_meant():
    visit = line_visitor()
    visit.send(b"one\n", b"two\n/join lab\nthree\n")
    while visit.conversation._asked.unsettled:
        visit.answer()
    said_there = [(one.room, one.text) for one in visit.requests if isinstance(one, Message)]
    assert said_there == [(LOBBY, "one"), (LOBBY, "two"), ("lab", "three")]
    assert kinds(visit) == [Message, Message, Join, Leave, Message]


def test_a_message_that_must_wait_holds_up_the_room_behind_it():
    visit = line_visitor()
    visit.send(b"one\n")
    visit.send(b"two\n/join lab\n")
    visit.answer()
    visit.answer(refusal(visit.asked[-1][0], "slow_down", retry_after_ms=100))
    visit.wait(0.2)
    assert kinds(visit) == [Message, Message, Message]
    visit.answer()
    assert kinds(visit)[3:] == [Join]


def test_what_is_meant_for_a_room_that_is_not_entered_is_said_nowhere():
    visit = line_visitor()
    visit.send(b"/join staff\nsecret\n \nmore of it\n!end\n")
    visit.answer(refusal(visit.requests[0], "banned", "You are not let into staff."))
    assert visit.said() == b"You are not let into staff. The 2 lines behind it were not said.\n"
    assert visit.texts == []
    assert visit.conversation.room == LOBBY
    assert kinds(visit) == [Join, End]
    visit.answer()
    assert visit.said() == b"!end\n"


def test_who_is_refused_stays_where_he_is():
    visit = in_lab()
    visit.send(b"/join a/b\n")
    visit.answer(refusal(visit.requests[0], "bad_room", "No."))
    visit.send(b"hello\n")
    assert visit.requests[-1].room == "lab"
    assert visit.said() == b"No.\n"


def test_who_is_in_the_room_already_leaves_nothing():
    visit = in_lab()
    visit.send(b"/join lab\n")
    visit.answer()
    assert kinds(visit) == [Join]
    assert visit.said() == b"You are in lab now.\n"


@pytest.mark.parametrize(("code", "told"), [("not_member", b""), ("storage_full", b"No.\n")])
def test_a_room_that_is_not_left_is_told_of_unless_it_was(code, told):
    visit = line_visitor()
    visit.send(b"/join lab\n")
    visit.answer()
    visit.said()
    visit.answer(refusal(visit.asked[-1][0], code))
    assert visit.said() == told
    assert visit.conversation.room == "lab"


def test_who_is_shown_out_hears_no_more_until_he_enters_a_room():
    visit = line_visitor()
    visit.publish(message("bob", "before"), shown_out("alice", "bob", account="a"), message("bob", "and"))
    assert visit.conversation.room is None
    assert visit.said().decode().splitlines()[-2:] == ["bob: and", NOWHERE]
    for line in (b"hello\n", b"/who\n", b"/nick ann\n", b"/me waves\n"):
        visit.send(line)
        assert visit.said().decode() == f"{NOWHERE}\n"
    assert visit.requests == []
    visit.send(b"/who lobby\n")
    visit.answer(MembersAnswer(id=visit.requests[0].id, room=LOBBY, members=[]))
    visit.send(b"/join lab\n")
    visit.answer()
    assert kinds(visit) == [Members, Join]


def test_who_is_shown_out_and_comes_again_at_once_is_there():
    visit = line_visitor()
    visit.publish(shown_out("alice", "bob", account="a"), joined("alice", account="a"))
    assert visit.conversation.room == LOBBY


def test_the_original_client_hears_on_that_was_shown_out():
    visit = packet_visitor()
    visit.publish(shown_out("alice", "bob", account="a"))
    visit.wait(1)
    assert visit.conversation.room == LOBBY
    assert NOWHERE.encode() not in visit.said()


# -- Names and lists ---------------------------------------------------------------------------


def test_a_new_name_is_asked_for_in_the_room():
    visit = in_lab()
    visit.send(b"/nick ann\n")
    assert visit.requests == [Join(id=visit.requests[0].id, room="lab", nick="ann")]
    visit.answer()
    assert visit.said() == b"You are called ann now.\n"
    assert kinds(visit) == [Join]


def test_a_name_that_is_refused_changes_nothing():
    visit = line_visitor()
    visit.send(b"/nick bob\nhello\n")
    visit.answer(refusal(visit.requests[0], "nick_taken", "The nickname is taken by bob."))
    assert visit.said() == b"The nickname is taken by bob.\n"
    assert visit.texts == ["hello"]


def test_lists_are_asked_for_as_they_are_at_any_door():
    visit = in_lab()
    visit.send(b"/who\n")
    assert visit.requests[0] == Members(id=visit.requests[0].id, room="lab", limit=ASKED_FOR)
    visit.answer(MembersAnswer(id=visit.requests[0].id, room="lab", members=[]))
    assert visit.said() == b"In lab:\n    | nobody\n"
    visit.send(b"/rooms a\n")
    assert visit.requests[1] == Rooms(id=visit.requests[1].id, after="a", limit=ASKED_FOR)
    visit.answer(RoomsAnswer(id=visit.requests[1].id, rooms=[]))
    assert visit.said() == b"Rooms:\n    | none\n"


# -- To one alone ------------------------------------------------------------------------------


def talk(direct, title="bob", room="~abc"):
    given = answer(Join(id=direct.id, room=room, nick="alice"))
    given.title, given.kind = title, "direct"
    return given


def test_what_is_for_one_is_said_in_their_conversation_and_nowhere_else():
    visit = in_lab()
    visit.send(b"/msg bob hi\nto all\n")
    assert visit.requests == [Direct(id=visit.requests[0].id, people=["bob"])]
    visit.answer(talk(visit.requests[0]))
    assert visit.conversation.room == "lab"
    said_there = [(one.room, one.text) for one in visit.requests[1:]]
    assert said_there == [("~abc", "hi"), ("lab", "to all")]
    assert visit.said() == b""
    visit.answer()
    assert visit.said() == b"you -> bob: hi\n"
    ids = [request.id for request in visit.requests]
    assert ids == sorted(set(ids))


def test_each_word_finds_its_own_conversation():
    visit = line_visitor()
    visit.send(b'/msg bob one\n/msg "anna maria" two\n/msg bob three\n')
    rooms = {"bob": "~b", "anna maria": "~a"}
    while not visit.conversation._asked.is_empty:
        asked = visit.asked[-1]
        titles = [one.people[0] if isinstance(one, Direct) else "" for one in asked]
        visit.answer(
            *(
                talk(one, title, rooms[title]) if title else answer(one)
                for one, title in zip(asked, titles, strict=True)
            )
        )
    said_there = [(one.room, one.text) for one in visit.requests if isinstance(one, Message)]
    assert said_there == [("~b", "one"), ("~a", "two"), ("~b", "three")]
    assert visit.said().decode().splitlines() == [
        "you -> bob: one",
        'you -> "anna maria": two',
        "you -> bob: three",
    ]


def test_nobody_of_that_name_hears_nothing():
    visit = line_visitor()
    visit.send(b"/msg bob secret\n")
    visit.answer(refusal(visit.requests[0], "no_such_account", "Nobody here is called bob."))
    assert visit.said() == b"Nobody here is called bob.\n"
    assert visit.texts == []


@pytest.mark.parametrize("come", [in_lab, packet_visitor])
def test_what_is_said_to_one_is_shown_wherever_it_is_and_not_to_who_said_it(come):
    visit = come()
    events = [message("ann", "hi\nann: bye"), message("alice", "own", account="a"), joined("ann")]
    visit._do(visit.conversation.shown(Told(events, privately=True), visit.now))
    assert visit.said().rstrip(b"\n") == b"ann -> you: hi\n    | ann: bye"


# -- How much ----------------------------------------------------------------------------------


def test_what_takes_a_while_is_told_and_holds_up_nothing():
    visit = line_visitor()
    visit.send(b"one\ntwo\n")
    visit.answer(refusal(visit.requests[0], "slow_down", "lobby is slow.", retry_after_ms=PATIENCE_MS + 1))
    assert visit.said() == b"lobby is slow. Not stored: one\n"
    visit.answer()
    assert visit.texts == ["one", "two"]


def test_what_takes_a_moment_is_asked_again_by_itself():
    visit = line_visitor()
    visit.send(b"/who\n")
    visit.answer(refusal(visit.requests[0], "slow_down", retry_after_ms=PATIENCE_MS))
    assert visit.said() == b""
    visit.wait(PATIENCE_MS / 1000 + 0.1)
    assert kinds(visit) == [Members, Members]


@pytest.mark.parametrize("line", [b"/help\n", b"/who\n", b"/join\n", b"/nick ann\n"])
def test_a_flood_of_commands_is_read_slowly(line):
    visit = line_visitor(Limits())
    until = visit.now + 20
    while visit.now < until:
        while visit.conversation.wants_input and visit.conversation._asked.is_empty:
            visit.send(line)
        if not visit.conversation._asked.is_empty:
            visit.answer(*(_given(request) for request in visit.asked[-1]))
        visit.wait(0.01)
    told = [line for line in visit.said().decode().splitlines() if not line.startswith(INDENT)]
    assert len(told) > 50
    assert len(told) <= VISITOR_S * (BURST_S + 20) / ASKED_COST + 2


def _given(request):
    match request:
        case Members():
            return MembersAnswer(id=request.id, room=LOBBY, members=[])
        case _:
            return answer(request)


def test_commands_of_one_who_is_gone_harm_nobody():
    visit = line_visitor()
    visit.send(b"hello\n/join lab\nthere\n/who\n")
    visit.end(ConnectionResetError())
    while not visit.conversation.finished:
        visit.answer(*(_given(request) for request in visit.asked[-1]))
    said_there = [(one.room, one.text) for one in visit.requests if isinstance(one, Message)]
    assert said_there == [(LOBBY, "hello"), ("lab", "there")]
    assert visit.gone


def test_what_is_stored_is_told_to_nobody():
    visit = line_visitor()
    visit.send(b"/me waves\n")
    assert visit.texts == ["*waves*"]
    visit.answer(Stored(id=visit.requests[0].id, room=LOBBY, seq=1, at=0))
    assert visit.said() == b""
