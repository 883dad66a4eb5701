"""What a join is answered, and what it tells the room."""

import pytest
from loggia.broker.core import lookalikes
from loggia.shared.protocol.answers import JoinedAnswer, Member
from loggia.shared.protocol.events import JoinedEvent, RenamedEvent
from loggia.shared.protocol.limits import LOBBY, PING_S, Limits
from loggia.shared.protocol.requests import End, Join

from tests.broker.house import BROADCASTS, shape


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
        title="lab",
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


# -- Nicks that look the same ------------------------------------------------------------------


@pytest.mark.parametrize("nick", ["zo\u00e9", "ZOE", "z\u043ee", "zo\u0301\u0323e", "\uff5a\uff4f\uff45"])
def test_a_nick_that_looks_like_that_of_somebody_who_is_here_is_taken(house, nick):
    house.join("zoe", "zoe")
    assert "taken by zoe" in house.refuses("eve", Join(id="1", nick=nick), "nick_taken").text
    assert "taken by zoe" in house.refuses("eve", Join(id="2", nick=nick), "nick_taken", "front").text
    house.join("eve", "eve")
    assert "taken by zoe" in house.refuses("eve", Join(id="3", nick=nick), "nick_taken").text
    house.ask("zoe", End(id="4"))
    assert house.join("eve", nick).account == house.join("eve").account


@pytest.fixture
def alike(open_house, monkeypatch):
    """A log in which two are present whose nicks look the same by now, as they did not when they came."""
    house = open_house()
    with monkeypatch.context() as patch:
        patch.setattr(lookalikes, "looks", lambda name: frozenset({name}))
        house.tokens = {
            nick: house.join(nick, nick, room="lab").token for nick in ("jose", "jos\u00e9", "kim")
        }
    house.restart()
    house.told_events()
    return house


def test_of_two_that_look_the_same_since_before_each_stays_who_it_is(alike):
    for again in ("first", "second"):  # each by new connections, in the other order
        for nick in ("jos\u00e9", "jose"):
            back = alike.join(f"{nick} {again}", nick, token=alike.tokens[nick])
            assert back.nick == nick
            assert alike.join(f"{nick} {again}", nick, room=f"room of {nick}").nick == nick
    assert {event.nick for event in alike.told_events() if event.room == "lab"} == set()  # both resumed
    for nick in ("jose", "jos\u00e9"):
        alike.say(f"{nick} first", f"{nick} 1", room="lab")
    alike.refuses("eve", Join(id="1", nick="Jos\u00e8"), "nick_taken")


def test_who_of_them_leaves_frees_nobody_elses_nick(alike):
    for nick in ("jose", "jos\u00e9"):
        alike.join(nick, nick, token=alike.tokens[nick])
    alike.ask("jose", End(id="1"))
    alike.refuses("eve", Join(id="2", nick="Jose"), "nick_taken")
    taken = Join(id="3", nick="jose", token=alike.tokens["jose"])
    assert "taken by jos\u00e9, who is here" in alike.refuses("again", taken, "nick_taken").text
    taken = Join(id="3", token=alike.tokens["jose"])
    assert "taken by jos\u00e9, who is here" in alike.refuses("again", taken, "nick_taken").text
    other = alike.join("again", "jose m", token=alike.tokens["jose"])  # the account is its own all the same
    assert (other.account, other.rooms.keys()) == ("account-1", {"lab", LOBBY})
    alike.ask("jos\u00e9", End(id="4"))
    assert alike.join("again", "jose").nick == "jose"
    alike.restart()
    assert alike.join("once more", "jose", token=alike.tokens["jose"]).account == "account-1"


def test_both_leave_when_nobody_of_them_comes_back(alike):
    alike.passes(31)
    assert alike.join("eve", "JOS\u00c9").nick == "JOS\u00c9"
