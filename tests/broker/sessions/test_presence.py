"""Who is here now: connections lost and found, sessions that lapse, a broker that was restarted."""

import pytest
from loggia.shared.protocol.answers import Ended
from loggia.shared.protocol.events import LeftEvent, MessageEvent, PresenceEvent
from loggia.shared.protocol.limits import LOBBY, RESUME_S
from loggia.shared.protocol.requests import End, History, Join, Leave, Members, Message, Ping, Rooms

from tests.broker.house import shape


def presences(house, key, room=LOBBY):
    return {member.nick: member.presence for member in house.ask_one(key, Members(id="m", room=room)).members}


# -- Lost and found ----------------------------------------------------------------------------


def test_a_lost_connection_is_away_and_back_online(house):
    token = house.join("ada", "ada").token
    house.join("ada", room="lab")
    house.join("bob", "bob")
    house.told_events()
    house.lose("ada")
    assert house.told_presence() == [("ada", "lab", "away"), ("ada", LOBBY, "away")]
    assert presences(house, "bob") == {"ada": "away", "bob": "online"}
    house.passes(29.9)
    back = house.join("ada again", token=token)
    assert house.told_presence() == [("ada", "lab", "online"), ("ada", LOBBY, "online")]
    assert back.rooms == {"lab": 1, LOBBY: 2}
    assert presences(house, "bob") == {"ada": "online", "bob": "online"}
    house.passes(60)
    assert house.told_events() == []
    assert house.told_presence() == []


def test_presence_is_not_stored(house):
    house.join("ada", "ada")
    house.lose("ada")
    assert [event.presence for event in house.published if isinstance(event, PresenceEvent)] == ["away"]
    assert shape(house.events()) == [("joined", "ada", LOBBY)]


def test_a_session_is_over_30_seconds_after_its_connection(house):
    house.join("ada", "ada")
    house.join("ada", room="lab")
    house.told_events()
    house.lose("ada")
    house.passes(RESUME_S - 0.1)
    assert house.told_events() == []
    assert house.pipeline.hub.sessions.lapses_at() == pytest.approx(house.now + 0.1)
    house.passes(0.1)
    assert shape(house.told_events()) == [("left", "ada", "lab", "lost"), ("left", "ada", LOBBY, "lost")]
    assert house.pipeline.hub.sessions.lapses_at() is None
    house.join("bob", "bob")
    assert presences(house, "bob") == {"bob": "online"}


def test_the_next_to_lapse_is_told_to_the_timer(house):
    for nick in ("ada", "bob"):
        house.join(nick, nick)
    assert house.pipeline.hub.sessions.lapses_at() is None
    house.lose("bob")
    house.passes(5)
    house.lose("ada")
    assert house.pipeline.hub.sessions.lapses_at() == house.now + 25
    assert house.pipeline.hub.sessions.connected() == 0


def test_after_the_end_the_account_comes_back_to_its_rooms(house):
    token = house.join("ada", "ada").token
    house.join("ada", room="lab")
    house.lose("ada")
    house.passes(31)
    house.told_events()
    back = house.join("ada", token=token)
    assert back.account == "account-1"
    assert back.rooms == {"lab": 3, LOBBY: 3}
    assert shape(house.told_events()) == [("joined", "ada", "lab"), ("joined", "ada", LOBBY)]


def test_a_resume_into_another_room_joins_only_that(house):
    token = house.join("ada", "ada").token
    house.told_events()
    house.lose("ada")
    house.join("ada", token=token, room="lab")
    assert shape(house.told_events()) == [("joined", "ada", "lab")]


def test_a_resume_with_another_nick_is_a_rename(house):
    token = house.join("ada", "ada").token
    house.told_events()
    house.lose("ada")
    assert house.join("ada", "countess", token=token).nick == "countess"
    assert shape(house.told_events()) == [("renamed", "countess", LOBBY)]


def test_a_resume_in_the_moment_it_lapses(house):
    """The session is over first; the account is back behind that, as it was."""
    token = house.join("ada", "ada").token
    house.say("ada", "5")
    house.told_events()
    house.lose("ada")
    house.now += 30
    house.arrive("ada", Join(id="j", token=token), Message(id="5", room=LOBBY, text="hello"))
    house.run()
    assert shape(house.told_events()) == [("left", "ada", LOBBY, "lost"), ("joined", "ada", LOBBY)]
    assert house.told["ada"][-1].duplicate
    house.passes(60)
    assert house.told_events() == []


def test_a_reconnect_before_the_old_connection_is_noticed(house):
    token = house.join("old", "ada").token
    house.told_presence()
    house.arrive("new", Join(id="j", token=token))
    house.pipeline.lost("old")
    house.run()
    house.passes(60)
    assert presences(house, "new") == {"ada": "online"}
    assert shape(house.told_events()) == [("joined", "ada", LOBBY)]


def test_the_loss_of_a_stranger_is_nothing(house):
    house.lose("never seen")
    house.ask("no session", Message(id="1", room=LOBBY, text="x"))
    house.lose("no session", "no session")
    assert house.published == []
    assert house.pipeline.hub.sessions.lapses_at() is None


# -- Leaving -----------------------------------------------------------------------------------


def test_the_goodbye_is_told_in_all_rooms_and_then_answered(house):
    house.join("ada", "ada")
    house.join("ada", room="lab")
    house.told_events()
    house.arrive("ada", End(id="bye"))
    effects = house.turn()
    assert effects.answers == {"ada": [Ended(id="bye")]}
    left = [event for published in effects.deliveries for event in published.events]
    assert left == [
        LeftEvent(room=room, seq=2, at=house.at, nick="ada", account="account-1", id="bye", reason="end")
        for room in ("lab", LOBBY)
    ]
    assert house.log.load().people == []  # it was on the disk before
    house.passes(60)
    assert shape(house.told_events()[2:]) == []


def test_a_room_that_was_left_is_not_entered_again_by_itself(house):
    token = house.join("ada", "ada").token
    house.join("ada", room="lab")
    house.ask("ada", Leave(id="1", room=LOBBY))
    assert shape(house.told_events())[-1] == ("left", "ada", LOBBY, "end")
    house.lose("ada")
    house.passes(31)
    assert house.join("ada", token=token, room="lab").rooms == {"lab": 3}


@pytest.mark.parametrize("last", ["leave", "join"])
def test_a_room_left_and_joined_in_one_frame(house, last):
    house.join("ada", "ada")
    house.join("ada", room="lab")
    requests = [Leave(id="1", room="lab"), Join(id="2", room="lab"), Leave(id="3", room="lab")]
    house.ask("ada", *requests[: 3 if last == "leave" else 2])
    house.restart()
    back = house.join("ada", token="token-1")
    assert set(back.rooms) == ({LOBBY} if last == "leave" else {LOBBY, "lab"})


@pytest.mark.parametrize("in_session", [True, False], ids=["in a session", "in the frame of the join"])
def test_the_last_requests_of_a_lost_connection_are_stored(house, in_session):
    frame = [Message(id=str(number), room=LOBBY, text=str(number)) for number in range(3)]
    if in_session:
        house.join("ada", "ada")
    else:
        frame.insert(0, Join(id="j", nick="ada"))
    house.arrive("ada", *frame)
    house.pipeline.lost("ada")
    house.run()
    assert house.texts() == ["0", "1", "2"]
    assert house.told_presence() == [("ada", LOBBY, "away")]
    assert not house.pipeline.hub.knows("ada")
    house.passes(30)
    assert shape(house.told_events())[-1] == ("left", "ada", LOBBY, "lost")


def test_the_questions_of_a_connection_that_is_lost_hurt_nobody(house):
    house.join("ada", "ada")
    house.join("bob", "bob")
    house.arrive(
        "ada", History(id="1", room=LOBBY), Rooms(id="2"), Ping(id="3"), Message(id="4", room=LOBBY, text="4")
    )
    house.pipeline.lost("ada")
    house.arrive("bob", History(id="1", room=LOBBY))
    house.run()
    assert house.texts() == ["4"]
    assert len(house.told["bob"][-1].events) == 3
    assert not [answer for answer in house.told["ada"] if getattr(answer, "code", None) == "internal"]


def test_a_connection_lost_behind_a_goodbye_and_a_new_beginning(house):
    house.join("ada", "ada")
    house.arrive("ada", End(id="1"), Join(id="2", nick="kim"), Message(id="3", room=LOBBY, text="hi"))
    house.pipeline.lost("ada")
    house.run()
    assert house.texts() == ["hi"]
    assert not house.pipeline.hub.knows("ada")
    house.passes(30)
    assert shape(house.events())[-1] == ("left", "kim", LOBBY, "lost")


def test_a_join_that_fails_on_a_connection_that_is_lost(house):
    house.join("ada", "ada")
    house.arrive("bob", Join(id="j", nick="ada"))
    house.pipeline.lost("bob")
    house.run()
    assert not house.pipeline.hub.knows("bob")
    assert house.pipeline.hub.sessions.lapses_at() is None


# -- The front door ----------------------------------------------------------------------------


def test_a_visitor_is_gone_with_its_connection(house):
    house.join("visitor", "ada", door="front")
    house.told_events()
    house.lose("visitor")
    assert house.pipeline.hub.sessions.lapses_at() == house.now
    house.run()
    assert shape(house.told_events()) == [("left", "ada", LOBBY, "lost")]
    assert house.told_presence() == []
    assert house.join("bob", "ada").nick == "ada"


def test_visitors_and_clients_hear_each_other(house):
    house.join("visitor", "ada", door="front")
    house.join("client", "bob")
    house.ask("visitor", Message(id="1", room=LOBBY, text="hello"), door="front")
    house.say("client", "1", "hello yourself")
    said = [event for event in house.told_events() if isinstance(event, MessageEvent)]
    assert [(event.nick, event.text) for event in said] == [("ada", "hello"), ("bob", "hello yourself")]


# -- After a restart ---------------------------------------------------------------------------


def test_sessions_may_resume_after_a_restart(house):
    token = house.join("ada", "ada").token
    house.join("bob", "bob")
    epoch = house.log.epoch
    house.restart()
    house.told_events()
    house.refuses("ada", Message(id="1", room=LOBBY, text="x"), "no_session")
    back = house.join("ada", token=token)
    assert (back.nick, back.account, back.token, back.epoch) == ("ada", "account-1", token, epoch)
    assert presences(house, "ada") == {"ada": "online", "bob": "away"}
    assert house.told_presence() == [("ada", LOBBY, "online")]
    house.passes(29.9)
    assert house.told_events() == []
    house.passes(0.1)
    assert shape(house.told_events()) == [("left", "bob", LOBBY, "lost")]


def test_a_nick_is_kept_over_a_restart_for_30_seconds(house):
    house.join("ada", "ada")
    house.restart()
    house.passes(12)
    assert house.refuses("bob", Join(id="j", nick="ada"), "nick_taken").retry_after_ms == 18_000


def test_visitors_leave_at_once_after_a_restart(house):
    house.join("visitor", "ada", door="front")
    house.restart()
    house.told_events()
    assert house.pipeline.hub.sessions.lapses_at() == house.now
    house.run()
    assert shape(house.told_events()) == [("left", "ada", LOBBY, "lost")]


def test_a_bot_that_resumes_is_known_as_one_after_a_restart(house):
    token = house.join("ada", "ada").token
    house.join("ada", token=token, bot=True)
    house.join("bob", "bob")
    house.restart()
    members = house.join("bob", token="token-2").members
    assert {member.nick: member.bot for member in members} == {"ada": True, "bob": False}


def test_who_was_gone_before_a_restart_stays_gone(house):
    token = house.join("ada", "ada", bot=True).token
    house.ask("ada", End(id="e"))
    house.restart()
    house.told_events()
    house.passes(60)
    assert house.told_events() == []
    back = house.join("ada", token=token, bot=True)
    assert (back.nick, back.members[0].bot) == ("ada", True)
    assert shape(house.told_events()) == [("joined", "ada", LOBBY)]


def test_accounts_and_rooms_made_after_a_restart_are_new(house):
    house.join("ada", "ada")
    house.restart()
    bob = house.join("bob", "bob", room="lab")
    assert (bob.account, bob.head) == ("account-2", 1)
    house.say("bob", "1", room="lab")
    house.restart()
    assert house.join("bob", token=bob.token, room="lab").rooms == {"lab": 2}
    assert house.join("ada", token="token-1").rooms == {LOBBY: 1}


# -- The live log ------------------------------------------------------------------------------


def test_the_live_log_tells_who_comes_and_goes_and_no_text(house):
    token = house.join("ada", "ada").token
    house.say("ada", "1", "a secret")
    house.join("ada", "kim")
    house.lose("ada")
    house.join("again", token=token)
    house.ask("again", Leave(id="2", room=LOBBY))
    house.ask("again", End(id="3"))
    assert [(news.key, news.text) for news in house.news] == [
        ("ada", "is ada (account account-1)."),
        (None, "ada joined lobby."),
        (None, "ada is now kim in lobby."),
        ("ada", "lost the connection of kim (account account-1)."),
        ("again", "is kim (account account-1)."),
        (None, "kim left lobby (end)."),
        ("again", "says goodbye as kim (account account-1)."),
    ]
    assert "secret" not in " ".join(news.text for news in house.news)


def test_no_name_in_the_live_log_passes_for_another_line(house):
    house.join("ada", "bob joined lobby. ada", room="lab. kim")
    assert [news.text for news in house.news] == [
        'is "bob joined lobby. ada" (account account-1).',
        '"bob joined lobby. ada" joined "lab. kim".',
    ]
