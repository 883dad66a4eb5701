"""What a join is answered, and what it tells the room."""

from loggia.shared.protocol.answers import JoinedAnswer, Member
from loggia.shared.protocol.events import JoinedEvent, RenamedEvent
from loggia.shared.protocol.limits import LOBBY, PING_S, Limits
from loggia.shared.protocol.requests import Join

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
