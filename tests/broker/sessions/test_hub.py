"""Who is here and may ask what: docs/protocol.md, "Requests" and "Errors"."""

import pytest

from shared.protocol.answers import Ended, Error, JoinedAnswer, Member, Pong, RoomsAnswer, Stored
from shared.protocol.codec import Malformed
from shared.protocol.events import JoinedEvent, MessageEvent, RenamedEvent
from shared.protocol.limits import LOBBY, PING_S, Limits
from shared.protocol.requests import End, History, Join, Leave, Members, Message, Ping, Rooms
from tests.broker.house import BROADCASTS, error_of, shape

WITHOUT_A_JOIN = [
    Message(id="1", room=LOBBY, text="hello"),
    History(id="1", room=LOBBY),
    Leave(id="1", room=LOBBY),
    Rooms(id="1"),
    Members(id="1", room=LOBBY),
    Ping(id="1"),
    End(id="1"),
]


# -- Joining -----------------------------------------------------------------------------------


def test_joined_says_all_there_is_to_know(house):
    house.join("ada", "ada", bot=True)
    answer = house.ask_one("bob", Join(id="j", nick="bob", room="lab"))
    token = answer.token
    assert answer == JoinedAnswer(
        id="j",
        room="lab",
        nick="bob",
        account="account-2",
        token=token,
        epoch=house.log.epoch,
        head=1,
        first=1,
        topic="room/lab/",
        pub=BROADCASTS,
        members=[Member(nick="bob", account="account-2", presence="online")],
        limits=Limits(),
        server=answer.server,
        rooms={"lab": 1},
        ping_s=PING_S,
    )
    assert (answer.server.name, answer.server.protocol) == ("house", 1)
    lobby = house.join("bob")
    assert (lobby.head, lobby.rooms, lobby.token) == (2, {LOBBY: 2, "lab": 1}, token)
    assert [(member.nick, member.bot) for member in lobby.members] == [("ada", True), ("bob", False)]


def test_a_join_is_told_to_the_room(house):
    house.join("ada", "ada", bot=True)
    (event,) = house.told_events()
    assert event == JoinedEvent(
        room=LOBBY, seq=1, at=house.at, nick="ada", account="account-1", id="join", bot=True
    )
    assert house.events() == [event]


def test_a_second_room_is_joined_in_the_same_session(house):
    first = house.join("ada", "ada")
    second = house.join("ada", room="lab")
    assert (second.account, second.token, second.nick) == (first.account, first.token, "ada")
    assert shape(house.told_events()) == [("joined", "ada", LOBBY), ("joined", "ada", "lab")]


def test_a_room_joined_again_tells_nothing(house):
    house.join("ada", "ada")
    house.told_events()
    again = house.join("ada")
    assert (again.head, house.told_events()) == (1, [])


def test_a_room_has_the_name_in_its_canonical_form(house):
    joined = house.join("ada", "ada", room="cafe\u0301")
    assert (joined.room, joined.topic, joined.rooms) == ("caf\u00e9", "room/caf\u00e9/", {"caf\u00e9": 1})


def test_a_nick_has_its_canonical_form(house):
    assert house.join("zoe", "zoe\u0308").nick == "zo\u00eb"


def test_a_join_with_another_nick_is_told_as_renamed_in_every_room(house):
    house.join("ada", "ada")
    house.join("ada", room="lab")
    house.join("bob", "bob")
    house.told_events()
    answer = house.ask_one("ada", Join(id="r", nick="Ada Lovelace", room="lab"))
    assert (answer.nick, answer.account) == ("Ada Lovelace", "account-1")
    renamed = house.told_events()
    assert renamed == [
        RenamedEvent(
            room=room, seq=seq, at=house.at, nick="Ada Lovelace", account="account-1", id="r", was="ada"
        )
        for room, seq in (("lab", 2), (LOBBY, 3))
    ]
    house.join("kim", "ada")  # the old one is free
    house.refuses("leo", Join(id="j", nick="Ada Lovelace"), "nick_taken")
    house.say("ada", "1")
    assert house.events()[-1].nick == "Ada Lovelace"


def test_a_rename_is_in_the_live_log(house):
    house.join("ada", "ada")
    house.join("ada", "countess")
    house.news.clear()
    house.lose("ada")
    assert [news.text for news in house.news] == ["lost the connection of countess (account account-1)."]


def test_a_rename_to_a_look_alike_of_oneself_is_fine(house):
    house.join("ada", "ada")
    assert house.join("ada", "ADA").nick == "ADA"
    house.refuses("bob", Join(id="j", nick="ada"), "nick_taken")
    house.join("ada", "kim")
    assert house.join("bob", "ada").nick == "ada"


# -- What is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("request_", WITHOUT_A_JOIN, ids=lambda request: type(request).__name__)
def test_without_a_session_there_is_nothing_but_join(house, request_):
    house.join("ada", "ada")
    house.refuses("stranger", request_, "no_session")
    assert house.join("stranger", "bob").nick == "bob"  # and the connection is good for one


@pytest.mark.parametrize("request_", WITHOUT_A_JOIN, ids=lambda request: type(request).__name__)
def test_after_the_goodbye_there_is_no_session(house, request_):
    house.join("ada", "ada")
    house.ask("ada", End(id="end"))
    house.refuses("ada", request_, "no_session")


def test_a_token_nobody_has(house):
    house.refuses("ada", Join(id="j", token="guessed"), "bad_token")
    house.refuses("ada", Join(id="j", nick="ada", token=""), "bad_token")
    assert house.log.load().people == []


def test_the_token_of_another_account_on_a_connection_in_use(house):
    house.join("ada", "ada")
    bobs = house.join("bob", "bob").token
    house.refuses("ada", Join(id="j", token=bobs), "bad_token")
    assert house.join("ada").nick == "ada"


@pytest.mark.parametrize(
    "nick", ["", " ada", "ada ", "a/b", "a\nb", "a\u200bb", "x" * 33, "\x1b[2J", "\u202eada"]
)
def test_a_bad_nick(house, nick):
    house.refuses("ada", Join(id="j", nick=nick), "bad_nick")


def test_a_first_join_without_nick_and_token(house):
    house.refuses("ada", Join(id="j"), "bad_nick")


@pytest.mark.parametrize("room", ["", " lab", "a/b", "a\0b", "x" * 65])
def test_a_bad_room(house, room):
    house.refuses("ada", Join(id="j", nick="ada", room=room), "bad_room")
    assert house.log.load().rooms == {}


def test_names_as_long_as_they_may_be(open_house):
    house = open_house(limits=Limits(nick_chars=5, room_chars=7))
    house.refuses("ada", Join(id="j", nick="ada lo"), "bad_nick")
    house.refuses("ada", Join(id="j", nick="ada", room="12345678"), "bad_room")
    answer = house.join("ada", "ada l", room="1234567")
    assert answer.limits == Limits(nick_chars=5, room_chars=7)


def test_a_room_that_is_not_there_or_not_joined(house):
    house.join("ada", "ada")
    house.join("bob", "bob", room="lab")
    house.refuses("ada", Message(id="1", room="lab", text="hello"), "not_member")
    house.refuses("ada", Leave(id="2", room="lab"), "not_member")
    house.refuses("ada", Message(id="3", room="nowhere", text="hello"), "no_such_room")
    house.refuses("ada", Leave(id="4", room="nowhere"), "no_such_room")
    house.refuses("ada", History(id="5", room="nowhere"), "no_such_room")
    house.refuses("ada", Members(id="6", room="nowhere"), "no_such_room")
    assert house.texts("lab") == []


def test_a_text_that_may_not_be(open_house):
    house = open_house(limits=Limits(text_bytes=8))
    house.join("ada", "ada")
    house.refuses("ada", Message(id="1", room=LOBBY, text=""), "bad_request")
    house.refuses("ada", Message(id="1", room=LOBBY, text="a\x1bb"), "bad_request")
    house.refuses("ada", Message(id="1", room=LOBBY, text="123456789"), "too_large")
    house.refuses("ada", Message(id="1", room=LOBBY, text="äöüäö"), "too_large")
    house.say("ada", "1", "12345678")
    house.say("ada", "2", "äöüä")
    house.say("ada", "3", "a\n\tb")
    assert house.texts() == ["12345678", "äöüä", "a\n\tb"]


def test_what_could_not_be_read_is_answered_in_its_place(house):
    error = Error(id="2", code="unknown_op", text="What?")
    house.join("ada", "ada")
    first, second, third = house.ask(
        "ada", Message(id="1", room=LOBBY, text="a"), Malformed(error), Message(id="3", room=LOBBY, text="b")
    )
    assert (first.id, second, third.id) == ("1", error, "3")
    assert house.ask_one("stranger", Malformed(error)) == error


# -- Whose nick it is --------------------------------------------------------------------------


@pytest.mark.parametrize("twin", ["ada", "ADA", "Ada", "\uff41\uff44\uff41", "\u0430da", "ad\u0430"])
def test_a_nick_in_use_is_taken_with_all_that_look_like_it(house, twin):
    house.join("ada", "ada")
    error = house.refuses("bob", Join(id="j", nick=twin), "nick_taken")
    assert "ada" in error.text
    assert error == Error(id="j", code="nick_taken", text=error.text)  # it does not lapse by itself
    assert shape(house.told_events()) == [("joined", "ada", LOBBY)]


def test_a_rename_to_a_nick_in_use(house):
    house.join("ada", "ada")
    house.join("bob", "bob")
    house.refuses("bob", Join(id="j", nick="Ada", room="lab"), "nick_taken")
    assert house.join("bob").nick == "bob"
    assert "lab" not in house.log.load().rooms


def test_a_nick_kept_for_a_lost_session_says_when_it_lapses(house):
    house.join("ada", "ada")
    house.lose("ada")
    house.passes(10)
    error = house.refuses("bob", Join(id="j", nick="ADA"), "nick_taken")
    assert error.retry_after_ms == 20_000
    assert "ada" in error.text
    house.passes(19.9)
    assert house.refuses("bob", Join(id="j", nick="ada"), "nick_taken").retry_after_ms == 100
    house.passes(0.1)
    assert house.join("bob", "ada").account != "account-1"


@pytest.mark.parametrize("how", ["end", "lost"])
def test_a_nick_is_free_again_and_then_another_account(house, how):
    first = house.join("ada", "ada")
    house.ask("ada", End(id="end")) if how == "end" else house.lose("ada")
    house.passes(30)
    second = house.join("eve", "ada")
    assert second.account != first.account
    assert second.token != first.token
    # the first owner comes back: its nick is gone, its account is not
    error = house.refuses("ada", Join(id="j", token=first.token), "nick_taken")
    assert "ada" in error.text
    back = house.join("ada", "ada 2", token=first.token)
    assert (back.account, back.nick) == (first.account, "ada 2")


def test_two_who_want_a_nick_in_one_turn(house):
    house.arrive("ada", Join(id="j", nick="ada"))
    house.arrive("bob", Join(id="j", nick="Ada"))
    house.run()
    assert isinstance(house.told["ada"][0], JoinedAnswer)
    assert error_of(house.told["bob"][0]) == "nick_taken"
    assert shape(house.told_events()) == [("joined", "ada", LOBBY)]
    house.refuses("bob", Message(id="1", room=LOBBY, text="hello"), "no_session")


# -- The order of answers ----------------------------------------------------------------------


def test_what_is_sent_behind_a_join_is_served_in_order(house):
    answers = house.ask(
        "ada",
        Rooms(id="0"),
        Join(id="1", nick="ada"),
        Message(id="2", room=LOBBY, text="two"),
        Rooms(id="3"),
        Join(id="4", room="lab"),
        Message(id="5", room="lab", text="five"),
        End(id="6"),
        Message(id="7", room="lab", text="too late"),
        Join(id="8", nick="ada"),
    )
    assert [answer.id for answer in answers] == [str(number) for number in range(9)]
    assert [error_of(answer) for answer in answers] == ["no_session", *[None] * 6, "no_session", None]
    assert isinstance(answers[3], RoomsAnswer)
    assert house.texts() + house.texts("lab") == ["two", "five"]
    assert answers[8].account == "account-2"


def test_answers_keep_the_order_of_requests_with_queries_between(house):
    house.join("ada", "ada")
    answers = house.ask(
        "ada",
        Message(id="1", room=LOBBY, text="one"),
        Ping(id="2", cursors={LOBBY: 0}),
        Message(id="3", room="nowhere", text="no"),
        History(id="4", room=LOBBY),
        Message(id="5", room=LOBBY, text="five"),
        Members(id="6", room="nowhere"),
        Rooms(id="7"),
    )
    assert [answer.id for answer in answers] == list("1234567")
    kinds = [Stored, Pong, Error, None, Stored, Error, RoomsAnswer]
    assert [
        kind is None or isinstance(answer, kind) for kind, answer in zip(kinds, answers, strict=True)
    ] == [True] * 7
    assert answers[1].heads == {LOBBY: 3}  # queries see what the whole turn stored


def test_connections_do_not_mix(house):
    for number in range(3):
        house.arrive(f"peer {number}", Join(id="j", nick=f"nick {number}"))
    house.run()
    for number in range(3):
        for one in range(4):
            house.arrive(f"peer {number}", Message(id=f"{one}", room=LOBBY, text=f"{number} {one}"))
    effects = house.turn()
    assert list(effects.answers) == [f"peer {number}" for number in range(3)]
    for number in range(3):
        assert [answer.id for answer in effects.answers[f"peer {number}"]] == list("0123")
    assert house.texts() == [f"{number} {one}" for number in range(3) for one in range(4)]
    assert {event.account for event in house.events() if isinstance(event, MessageEvent)} == {
        f"account-{number}" for number in (1, 2, 3)
    }


def test_the_broker_knows_how_many_are_connected(house):
    hub = house.pipeline.hub
    house.join("ada", "ada")
    house.join("bob", "bob")
    house.join("visitor", "kim", door="front")
    assert (hub.sessions.connected(), hub.peers_in_session()) == (3, ["ada", "bob", "visitor"])
    house.ask("ada", End(id="e"))
    house.lose("bob")
    assert (hub.sessions.connected(), hub.peers_in_session()) == (1, ["visitor"])
    house.lose("visitor")
    house.passes(60)
    assert (hub.sessions.connected(), hub.peers_in_session()) == (0, [])


# -- More than one connection ------------------------------------------------------------------


def test_a_second_connection_with_the_token_is_the_same_session(house):
    token = house.join("phone", "ada").token
    house.told_events()
    house.told_presence()
    laptop = house.join("laptop", token=token)
    assert (laptop.account, laptop.nick) == ("account-1", "ada")
    assert house.told_events() == []
    assert house.told_presence() == []
    house.lose("phone")
    house.passes(60)
    assert house.told_presence() == []
    assert house.told_events() == []
    house.say("laptop", "1")
    house.lose("laptop")
    house.passes(60)
    assert shape(house.told_events()) == [("message", "ada", LOBBY), ("left", "ada", LOBBY, "lost")]


def test_a_goodbye_on_one_of_two_connections_ends_only_that(house):
    token = house.join("phone", "ada").token
    house.join("laptop", token=token)
    house.told_events()
    assert house.ask_one("phone", End(id="e")) == Ended(id="e")
    house.refuses("phone", Rooms(id="1"), "no_session")
    house.say("laptop", "1")
    assert house.ask_one("laptop", End(id="e")) == Ended(id="e")
    assert shape(house.told_events()) == [("message", "ada", LOBBY), ("left", "ada", LOBBY, "end")]


@pytest.mark.parametrize("awake", [True, False], ids=["a resume", "coming back"])
@pytest.mark.parametrize("first", ["phone", "laptop"])
def test_two_connections_that_join_in_one_turn_are_one_session(house, awake, first):
    token = house.join("old", "ada").token
    house.lose("old") if awake else house.ask("old", End(id="e"))
    house.told_events()
    for key in ("phone", "laptop"):
        house.arrive(key, Join(id="j", token=token))
    house.run()
    assert shape(house.told_events()) == ([] if awake else [("joined", "ada", LOBBY)])
    assert house.pipeline.hub.sessions.connected() == 1
    house.lose(first)
    house.passes(60)
    assert house.told_events() == []
    house.lose("laptop" if first == "phone" else "phone")
    house.passes(30)
    assert shape(house.told_events()) == [("left", "ada", LOBBY, "lost")]


def test_a_goodbye_behind_a_join_of_the_same_account_in_one_turn_leaves_the_new_one(house):
    token = house.join("old", "ada").token
    house.told_events()
    house.arrive("new", Join(id="j", token=token), Message(id="1", room=LOBBY, text="still here"))
    house.arrive("old", End(id="e"))
    house.run()
    assert house.told["old"][-1] == Ended(id="e")
    assert [error_of(answer) for answer in house.told["new"]] == [None, None]
    assert shape(house.told_events()) == [("message", "ada", LOBBY)]
    house.lose("old", "new")
    house.passes(30)
    assert shape(house.told_events()) == [("left", "ada", LOBBY, "lost")]


def test_a_goodbye_before_a_join_of_the_same_account_in_one_turn(house):
    token = house.join("old", "ada").token
    house.told_events()
    house.arrive("old", End(id="e"))
    house.arrive("new", Join(id="j", token=token))
    house.run()
    assert shape(house.told_events()) == [("left", "ada", LOBBY, "end"), ("joined", "ada", LOBBY)]
    assert house.told["new"][0].rooms == {LOBBY: 3}
    house.lose("old")
    house.passes(31)
    assert house.told_events() == []  # the old connection keeps nothing, and ends nothing
    house.lose("new")
    house.passes(30)
    assert shape(house.told_events()) == [("left", "ada", LOBBY, "lost")]


def test_a_goodbye_that_left_the_session_to_a_join_that_fails(house):
    token = house.join("old", "ada").token
    house.join("bob", "bob")
    house.told_events()
    house.arrive("new", Join(id="j", token=token, nick="bob"))
    house.arrive("old", End(id="e"))
    house.run()
    assert error_of(house.told["new"][0]) == "nick_taken"
    house.passes(30)
    assert shape(house.told_events()) == [("left", "ada", LOBBY, "lost")]
