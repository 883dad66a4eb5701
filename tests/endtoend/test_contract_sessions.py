"""docs/protocol.md, "Sessions": accounts, tokens, resuming, presence, goodbyes, nicknames."""

import pytest

from tests.endtoend.wire import LOBBY, refused

RESUME_MS = 30_000


def ops(events, account=None):
    return [event["op"] for event in events if account in (None, event["account"])]


# -- Joining ------------------------------------------------------------------------------------


def test_joined_says_all_a_client_needs(wire):
    nick, room = wire.name("ada"), wire.name("room")
    ada = wire.joined(nick, room=room)
    assert set(ada.me) >= {
        "op", "id", "room", "nick", "account", "token", "epoch", "head", "first", "topic", "pub", "members",
        "limits", "server", "ping_s",
    }  # fmt: skip
    assert (ada.room, ada.nick, ada.head, ada.first) == (room, nick, 1, 1)
    assert (ada.topic, ada.pub) == (f"room/{room}/", wire.broker.broadcasts)
    me = {"nick": nick, "account": ada.account, "presence": "online", "bot": False, "role": ada.me["role"]}
    assert ada.members == [{**me, "status": "", "since": None}]
    assert ada.server["name"] == "The house"
    assert isinstance(ada.server["version"], str)
    assert ada.server["protocol"] == 1
    assert ada.ping_s == 10
    assert isinstance(ada.epoch, str)
    assert all(isinstance(ada.me[name], str) and len(ada.me[name]) >= 10 for name in ("account", "token"))
    assert ada.limits == {
        "text_bytes": 16384,
        "frame_bytes": 262144,
        "binary_bytes": 262144,
        "nick_chars": 32,
        "room_chars": 64,
        "array_requests": 1000,
        "page_events": 1000,
    }


def test_a_join_that_names_no_room_is_for_the_lobby(wire):
    assert wire.joined().room == LOBBY


def test_the_first_join_needs_a_nick_or_a_token(wire):
    ada = wire.caller()
    answer = ada.ask("join")
    refused(answer, "bad_nick", answer["id"])
    answer = ada.ask("join", token="x" * 43)
    refused(answer, "bad_token", answer["id"])
    answer = ada.ask("join", token="", nick=wire.name())
    refused(answer, "bad_token", answer["id"])


def test_cursors_in_a_join_are_welcome(wire):
    ada = wire.joined(after=3, epoch="another")
    assert wire.resumed(ada, after=ada.head, epoch=ada.epoch).account == ada.account


def test_a_bot_says_so(wire):
    room = wire.name("room")
    bot, ada = wire.joined(room=room, bot=True), wire.joined(room=room)
    assert {member["account"]: member["bot"] for member in ada.members} == {
        bot.account: True,
        ada.account: False,
    }
    assert ada.log()[0]["bot"] is True


def test_one_join_more_is_one_room_more(wire):
    first, second = wire.name("room"), wire.name("room")
    ada = wire.joined(room=first)
    again = ada.ask("join", room=second)
    assert (again["op"], again["account"], again["token"]) == ("joined", ada.account, ada.token)
    ada.say("here", first)
    ada.say("there", second)
    assert ada.ask("join", room=second)["head"] == 2
    assert ops(ada.log(first)) == ops(ada.log(second)) == ["joined", "message"]


def test_rooms_come_into_being_when_first_joined(wire):
    room, ada = wire.name("room"), wire.joined()
    assert room not in {one["room"] for one in ada.ask("rooms")["rooms"]}
    taken = wire.caller().ask("join", nick=ada.nick, room=room)
    assert taken["code"] == "nick_taken"
    assert room not in {one["room"] for one in ada.ask("rooms")["rooms"]}
    ada.ask("join", room=room)
    for caller, joined in ((ada, True), (wire.joined(), False)):
        (told,) = [one for one in caller.ask("rooms")["rooms"] if one["room"] == room]
        assert (told["head"], told["members"], told["joined"]) == (1, 1, joined)


# -- Without a session --------------------------------------------------------------------------


@pytest.mark.parametrize("op", ["message", "history", "rooms", "members", "leave", "ping", "!end"])
def test_without_a_session_only_join_is_granted(wire, op):
    nobody = wire.caller()
    answer = nobody.ask(op, room=LOBBY, text="hello")
    refused(answer, "no_session", answer["id"])


# -- Tokens -------------------------------------------------------------------------------------


def test_a_resume_tells_no_joined_and_no_left(wire):
    room = wire.name("room")
    listener, ada, bob = wire.listener(f"room/{room}/"), wire.joined(room=room), wire.joined(room=room)
    listener.so_far()
    ada.close()
    away = listener.until(lambda event: event["op"] == "presence")
    assert [(event["nick"], event["account"], event["presence"]) for event in away] == [
        (ada.nick, ada.account, "away")
    ]
    assert "seq" not in away[0]
    assert {m["account"]: m["presence"] for m in bob.ask("members", room=room)["members"]} == {
        ada.account: "away",
        bob.account: "online",
    }
    back = wire.resumed(ada)
    assert (back.account, back.nick, back.token) == (ada.account, ada.nick, ada.token)
    assert [(event["op"], event["presence"]) for event in listener.so_far()] == [("presence", "online")]
    assert ops(bob.log()) == ["joined", "joined"]
    back.say("I am back")


def test_a_resume_needs_no_nick_and_keeps_all_rooms(wire):
    first, second = wire.name("room"), wire.name("room")
    ada = wire.joined(room=first)
    ada.ask("join", room=second)
    ada.say("one", second)
    ada.close()
    back = wire.resumed(ada)
    assert back.rooms == {first: 1, second: 2}
    back.say("both", first)
    back.say("rooms", second)


def test_a_token_is_the_same_account_another_day(wire):
    """After the session was over, the same account comes back to the same rooms, and that is told."""
    first, second = wire.name("room"), wire.name("room")
    ada = wire.joined(room=first)
    ada.ask("join", room=second)
    assert ada.ask("!end")["op"] == "!end"
    back = wire.resumed(ada)
    assert (back.account, back.nick, set(back.rooms)) == (ada.account, ada.nick, {first, second})
    for room in (first, second):
        assert ops(back.log(room)) == ["joined", "left", "joined"]
    back.say("hello", second)


def test_a_token_with_a_new_nick_renames_the_account(wire):
    room = wire.name("room")
    ada = wire.joined(room=room)
    new = wire.name("countess")
    back = wire.resumed(ada, nick=new)
    assert (back.account, back.nick) == (ada.account, new)
    back.say("hello")
    assert [(event["op"], event["nick"]) for event in back.log()] == [
        ("joined", ada.nick), ("renamed", new), ("message", new),
    ]  # fmt: skip
    assert wire.joined(ada.nick).account != ada.account  # the old one is free


def test_a_token_of_somebody_else_is_refused_in_a_session(wire):
    ada, bob = wire.joined(), wire.joined()
    answer = bob.ask("join", token=ada.token)
    refused(answer, "bad_token", answer["id"])
    bob.say("I am still me")
    assert bob.log()[-1]["account"] == bob.account


def test_an_account_may_be_here_twice(wire):
    """Its session is over when its last connection is."""
    room = wire.name("room")
    listener, ada, bob = wire.listener(f"room/{room}/"), wire.joined(room=room), wire.joined(room=room)
    second = wire.resumed(ada)
    listener.so_far()
    assert ada.ask("!end")["op"] == "!end"
    answer = ada.ask("ping")
    refused(answer, "no_session", answer["id"])
    assert second.say("still here")["op"] == "stored"
    assert ops(listener.so_far()) == ["message"]
    second.close()
    assert ops(listener.until(lambda event: event["op"] == "presence")) == ["presence"]
    assert len(bob.ask("members", room=room)["members"]) == 2


# -- Goodbyes -----------------------------------------------------------------------------------


def test_end_is_answered_and_its_rooms_see_it_leave(wire):
    first, second = wire.name("room"), wire.name("room")
    listener = wire.listener("")
    ada = wire.joined(room=first)
    ada.ask("join", room=second)
    listener.so_far()
    ended = ada.ask("!end")
    assert set(ended) == {"op", "id"}
    left = listener.so_far()
    assert {(event["op"], event["room"], event["reason"]) for event in left} == {
        ("left", first, "end"),
        ("left", second, "end"),
    }
    assert len(left) == 2
    ada.close()
    assert listener.so_far() == []
    bob = wire.joined(ada.nick, room=first)
    assert bob.account != ada.account
    assert [member["nick"] for member in bob.members] == [ada.nick]


def test_a_connection_may_join_again_after_its_goodbye(wire):
    ada = wire.joined()
    ada.ask("!end")
    again = ada.ask("join", nick=ada.nick)
    assert again["op"] == "joined"
    assert again["account"] != ada.account


@pytest.mark.parametrize("joins_first", [True, False])
def test_a_goodbye_and_a_resume_at_the_same_moment(wire, joins_first):
    """One connection ends while another of the same account begins: the new one works, in either order."""
    for _ in range(30):
        room = wire.name("room")
        ada, back = wire.joined(room=room), wire.caller()
        ada.ask("ping")
        back.ask("ping")
        wire.busy()
        end, join = ada.request("!end"), back.request("join", token=ada.token, room=room)
        for one, request in ((back, join), (ada, end)) if joins_first else ((ada, end), (back, join)):
            one.post(request)
        assert back.next()["op"] == "joined"
        assert ada.next()["op"] == "!end"
        back.me = {"room": room}
        back.say("I am here")
        assert back.log()[-1]["account"] == ada.account
        assert [m["presence"] for m in back.ask("members", room=room)["members"]] == ["online"]
        listener = wire.listener(f"room/{room}/")
        back.close()
        assert ops(listener.until(lambda event: event["op"] == "presence")) == ["presence"]


def test_what_was_said_before_the_connection_closed_counts(wire):
    """A client may say all it has to say in one go."""
    room = wire.name("room")
    bob, listener = wire.joined(room=room), wire.listener(f"room/{room}/")
    quick = wire.caller(linger=5000)
    quick.ask("ping")
    requests = [quick.request("join", nick=wire.name("quick"), room=room)]
    requests += [quick.request("message", room=room, text=f"number {number}") for number in range(20)]
    wire.busy()
    quick.post(*requests)
    quick.socket.close()
    heard = listener.until(lambda event: event["op"] == "presence" and event["presence"] == "away")
    assert ops(heard) == ["joined"] + ["message"] * 20 + ["presence"]
    assert len(bob.log()) == 22


# -- Leaving a room -----------------------------------------------------------------------------


def test_leave_is_stored_and_told(wire):
    room = wire.name("room")
    listener, ada, bob = wire.listener(f"room/{room}/"), wire.joined(room=room), wire.joined(room=room)
    listener.so_far()
    stored = ada.ask("leave", room=room)
    assert (stored["op"], stored["room"], stored["seq"], stored["duplicate"]) == ("stored", room, 3, False)
    [left] = listener.so_far()
    assert (left["op"], left["reason"], left["account"], left["seq"], left["at"], left["id"]) == (
        "left", "end", ada.account, 3, stored["at"], stored["id"],
    )  # fmt: skip
    assert [member["account"] for member in bob.ask("members", room=room)["members"]] == [bob.account]
    for op in ("message", "leave"):
        answer = ada.ask(op, room=room, text="hello")
        refused(answer, "not_member", answer["id"])
    assert ada.ask("join", room=room)["head"] == 4


def test_a_room_that_was_left_stays_left_after_a_resume(wire):
    room = wire.name("room")
    ada = wire.joined()
    ada.ask("join", room=room)
    ada.ask("leave", room=room)
    assert room not in wire.resumed(ada).rooms


# -- Nicknames ----------------------------------------------------------------------------------


def test_a_taken_nick_is_refused_with_its_holder(wire):
    ada, eve = wire.joined(), wire.caller()
    answer = eve.ask("join", nick=ada.nick)
    refused(answer, "nick_taken", answer["id"])
    assert ada.nick in answer["text"]
    assert "retry_after_ms" not in answer
    eve.join(nick=wire.name())
    answer = eve.ask("join", nick=ada.nick)
    refused(answer, "nick_taken", answer["id"])


def test_a_nick_that_will_lapse_says_when(wire):
    room = wire.name("room")
    listener, ada = wire.listener(f"room/{room}/"), wire.joined(room=room)
    ada.close()
    listener.until(lambda event: event["op"] == "presence")
    answer = wire.caller().ask("join", nick=ada.nick)
    refused(answer, "nick_taken", answer["id"])
    assert RESUME_MS - 10_000 < answer["retry_after_ms"] <= RESUME_MS


@pytest.mark.parametrize(
    "nick", ["{0}", "ADA {0}", "ａda {0}", "аda {0}", "Аdа {0}"]
)  # Latin, wide, Cyrillic
def test_nicks_that_look_the_same_are_the_same(wire, nick):
    number = wire.name().split()[-1]
    wire.joined(f"ada {number}")
    answer = wire.caller().ask(
        "join", nick=nick.format(number).replace(number, f"ada {number}", nick == "{0}")
    )
    refused(answer, "nick_taken", answer["id"])


def test_one_nick_is_won_once(wire):
    nick = wire.name()
    callers = [wire.caller() for _ in range(40)]
    for caller in callers:
        caller.post(caller.request("join", nick=nick))
    answers = [caller.next() for caller in callers]
    assert sorted(answer.get("code", answer["op"]) for answer in answers) == ["joined"] + ["nick_taken"] * 39
