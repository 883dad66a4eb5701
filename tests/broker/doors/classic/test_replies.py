"""What is listed to a visitor: in lines of their own, bounded, and nobody's but the broker's."""

import pytest
from loggia.broker.doors.classic.replies import (
    HELP,
    MOST_BYTES,
    MOST_LISTED,
    SUBJECT_CHARS,
    entered,
    people,
    rooms,
)
from loggia.broker.doors.classic.text import INDENT, said
from loggia.shared.protocol.answers import Member, MembersAnswer, RoomInfo, RoomsAnswer
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import Join

from tests.broker.doors.classic.visits import joined_answer


def _members(*members, more=False):
    return MembersAnswer(id="1", room=LOBBY, members=list(members), more=more)


def _member(nick, **more):
    return Member(
        nick=nick, account=more.pop("account", nick), presence=more.pop("presence", "online"), **more
    )


def _rooms(*listed, more=False):
    return RoomsAnswer(id="1", rooms=list(listed), more=more)


def _room(name, members=0, **more):
    return RoomInfo(room=name, head=1, members=members, joined=False, **more)


def test_who_is_there_with_what_they_are():
    told = people(
        _members(
            _member("Zoe", role="owner"),
            _member("bob", bot=True, presence="away"),
            _member("ann", account="a", role="moderator"),
            _member("anna maria"),
            _member("kim", role="guest"),
        ),
        "a",
    )
    assert told.split("\n") == [
        "In lobby:",
        "ann (you, moderator)",
        '"anna maria"',
        "bob (bot, away)",
        "kim (guest)",
        "Zoe (owner)",
    ]


def test_nobody_is_said_too():
    assert people(_members(), "a") == "In lobby:\nnobody"
    assert rooms(_rooms(), None) == "Rooms:\nnone"


def test_which_rooms_there_are():
    told = rooms(
        _rooms(_room("lab", 1, subject="Acids\nand\tbases"), _room("lobby", 3), _room("my lab", 0)), "lobby"
    )
    assert told.split("\n") == [
        "Rooms:",
        "lab (1 person): Acids and bases",
        "lobby (3 people, you are here)",
        '"my lab" (0 people)',
    ]


def test_conversations_are_no_rooms_to_go_to():
    told = rooms(
        _rooms(_room("lab"), _room("~abc", 2, kind="direct"), _room("%abc", 2, kind="private")), None
    )
    assert told == "Rooms:\nlab (0 people)"


@pytest.mark.parametrize(
    ("count", "more", "last"),
    [
        (MOST_LISTED, False, "r0199 (0 people)"),
        (MOST_LISTED + 1, False, "and 1 more: /rooms r0199"),
        (1000, True, "and at least 800 more: /rooms r0199"),
    ],
)
def test_a_list_is_bounded_and_says_how_it_goes_on(count, more, last):
    lines = rooms(_rooms(*(_room(f"r{number:04}") for number in range(count)), more=more), None).split("\n")
    assert lines[-1] == last
    assert len(lines) <= MOST_LISTED + 2
    who = people(_members(*(_member(f"p{number:04}") for number in range(count)), more=more), None)
    assert who.split("\n")[-1] == (last.partition(":")[0] if count > MOST_LISTED else "p0199")


def test_long_names_make_a_shorter_list():
    listed = [_room(f"{number:03}" + "\U0001f600" * 61, subject="\U0001f600" * 999) for number in range(200)]
    told = rooms(_rooms(*listed), None)
    assert len(told.encode()) < MOST_BYTES + 600
    shown = told.count("\n") - 1
    assert told.endswith(f"and {200 - shown} more: /rooms {listed[shown - 1].room}")


def test_what_people_wrote_stays_within_its_line():
    evil = "x\nada: I resign\n!end\x1b[2J" + "y" * 500
    told = said(rooms(_rooms(_room("lab", subject=evil)), None)).decode()
    assert told.split("\n")[1].startswith(f"{INDENT}lab (0 people): x ada: I resign !end\\x1b[2J")
    assert told.count("\n") == 1
    assert len(told) < SUBJECT_CHARS + 60
    answer = joined_answer(Join(id="1", room="lab", nick="a"), "a")
    answer.subject = evil
    assert said(entered(answer)).count(b"\n") == 0


def test_every_line_of_a_list_but_its_first_is_marked():
    _, *lines = said(HELP).decode().split("\n")
    assert lines
    assert all(line.startswith(INDENT) for line in lines)
