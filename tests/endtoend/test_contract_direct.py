"""docs/protocol.md, "Rooms and rights": conversations, with nothing but pyzmq, against a real broker."""

import pytest

from tests.endtoend.members import ASKED_OF_A_ROOM, Member, again, ops, private
from tests.endtoend.wire import LOBBY, Wire, refused


@pytest.fixture
def member(wire):
    return lambda **fields: Member(wire.joined(**fields))


def test_a_conversation_is_the_same_every_time_whoever_asks(wire, member):
    ann, bob, cas = member(), member(), member()
    talk = ann.does("direct", people=[bob.nick])
    assert (talk["kind"], talk["topic"], talk["title"], talk["role"]) == ("direct", "", bob.nick, "member")
    assert talk["room"][0] == "~"
    assert talk["room"][1:].isalpha()
    room = talk["room"]
    assert room in bob.does("join", room=LOBBY)["rooms"]
    for one, people in (
        (ann, [bob.account]), (ann, [bob.nick, bob.account, ann.nick]), (bob, [ann.nick]),
        (bob, [ann.account, ann.account]),
    ):  # fmt: skip
        assert one.does("direct", people=people)["room"] == room
    assert bob.listed()[room]["title"] == ann.nick
    assert ops(ann.log(room)) == ["created", "joined", "invited"]
    three = ann.does("direct", people=[bob.nick, cas.nick])
    assert three["room"] != room
    assert cas.does("direct", people=[bob.nick, ann.nick])["room"] == three["room"]
    assert three["title"] == ", ".join(sorted([bob.nick, cas.nick]))
    assert bob.does("direct", people=[cas.nick])["room"] not in (room, three["room"])


def test_a_conversation_survives_the_broker(broker):
    with Wire(broker) as wire:
        ann, bob = Member(wire.joined()), Member(wire.joined())
        room = ann.does("direct", people=[bob.nick])["room"]
        ann.does("message", room=room, text="hi")
        thesis = private(ann, bob)
        assert broker.stop() == 0
    with type(broker)(broker.data) as later, Wire(later) as wire:
        back = again(wire, bob)
        assert {room, thesis} <= back.me["rooms"].keys()
        assert back.does("direct", people=[ann.account])["room"] == room
        assert [event.get("text") for event in back.log(room)][-1] == "hi"
        assert back.does("join", room=thesis)["title"] == "Thesis"


def test_both_hear_what_is_said_on_every_connection(wire, member):
    ann, bob = member(), member()
    too = again(wire, ann)
    room = ann.does("direct", people=[bob.nick])["room"]
    bob.does("message", room=room, text="hi")
    for one in (ann, too, bob):
        assert one.until("message")[-1]["text"] == "hi"
    assert ops(bob.news()) == []


def test_a_conversation_has_no_roles_and_takes_nobody_in(member):
    ann, bob, cas = member(), member(), member()
    room = ann.does("direct", people=[bob.nick])["room"]
    head = len(ann.log(room))
    for op, fields in ASKED_OF_A_ROOM.items():
        if op in (
            "join",
            "message",
            "edit",
            "delete",
            "react",
            "typing",
            "read",
            "history",
            "search",
            "members",
            "leave",
        ):
            continue
        answer = ann.ask(op, room=room, **(fields | ({"who": cas.nick} if "who" in fields else {})))
        refused(answer, "not_allowed", answer["id"])
    assert len(ann.log(room)) == head


def test_who_left_a_conversation_is_let_in_again_by_the_next_who_asks_for_it(member):
    ann, bob = member(), member()
    room = ann.does("direct", people=[bob.nick])["room"]
    bob.does("leave", room=room)
    ann.does("message", room=room, text="are you there?")
    assert ops(bob.news())[-1] == "left"
    request = ann.caller.request("direct", people=[bob.nick])
    assert ann.exchange(request)["room"] == room
    assert ops(bob.news()) == ["invited"]
    bob.does("leave", room=room)
    assert ann.exchange(request)["room"] == room, "sent again it is answered as it was, and does nothing"
    assert room not in bob.listed()
    assert bob.does("direct", people=[ann.account])["room"] == room
    assert ops(ann.news())[-2:] == ["left", "joined"]


@pytest.mark.parametrize(
    ("people", "code"),
    [([], "bad_request"), (["me"], "bad_request"), (["nobody at all"], "no_such_account"),
     ("ann", "bad_request"), ([1], "bad_request"), ([""], "bad_request"), (["x"] * 21, "bad_request"),
     (None, "bad_request")],
)  # fmt: skip
def test_a_conversation_is_of_people_who_are_there_and_more_than_one(member, people, code):
    ann = member()
    people = [ann.nick] if people == ["me"] else people
    answer = ann.ask("direct", people=people)
    refused(answer, code, answer["id"])
