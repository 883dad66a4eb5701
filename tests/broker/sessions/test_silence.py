"""Who pings is expected to go on: behind a relay or a NAT no system tells that a client is dead."""

import pytest
from loggia.broker.sessions.silence import Silences
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.codec import Malformed
from loggia.shared.protocol.events import LeftEvent
from loggia.shared.protocol.limits import LOBBY, PING_LATE_S, RESUME_S, SILENT_S
from loggia.shared.protocol.requests import End, Join, Message, Ping

from tests.broker.house import shape

AWAY, ONLINE = ("ada", LOBBY, "away"), ("ada", LOBBY, "online")


@pytest.fixture
def ada(house):
    house.token = house.join("ada", "ada").token
    house.told_presence()
    house.told_events()


def ping(house, key="ada", **more):
    return house.ask_one(key, Ping(id="p", **more))


def test_who_has_pinged_is_away_25_s_after_the_last_word(house, ada):
    ping(house)
    house.passes(SILENT_S - 0.1)
    assert house.told_presence() == []
    house.passes(0.1)
    assert house.told_presence() == [AWAY]
    assert house.news[-1].text == "lost the connection of ada (account account-1)."


def test_who_never_pings_need_not_say_anything(house, ada):
    house.say("ada", "1")
    house.passes(SILENT_S * 1000)
    assert house.told_presence() == []
    assert house.say("ada", "2").seq == 3


@pytest.mark.parametrize(
    "word",
    [
        Ping(id="p"),
        Message(id="m", room=LOBBY, text="still here"),
        Join(id="j", room="lab"),
        Malformed(Error(id=None, code="bad_frame", text="x")),
    ],
    ids=lambda word: type(word).__name__,
)
def test_any_word_puts_it_off(house, ada, word):
    ping(house)
    for _ in range(4):
        house.passes(SILENT_S - 1)
        house.ask("ada", word)
    house.told_events()
    assert AWAY not in house.told_presence()
    house.passes(SILENT_S)
    assert AWAY in house.told_presence()


def test_a_word_of_the_same_moment_comes_in_time(house, ada):
    ping(house)
    house.now += SILENT_S
    ping(house)
    assert house.told_presence() == []


def test_a_word_that_was_on_its_way_is_enough_to_be_back(house, ada):
    ping(house)
    house.passes(SILENT_S)
    house.passes(RESUME_S - 1)
    assert house.say("ada", "1", "back").seq == 2
    assert house.told_presence() == [AWAY, ONLINE]
    house.passes(SILENT_S - 1)
    ping(house)
    house.passes(SILENT_S)
    assert house.told_presence() == [AWAY]


def test_the_connection_is_closed_and_who_stays_away_has_left_30_s_later(house, ada):
    ping(house)
    house.now += SILENT_S
    assert house.turn().silent == ["ada"]
    house.passes(RESUME_S - 0.1)
    assert house.told_events() == []
    house.passes(0.1)
    assert shape(house.told_events()) == [("left", "ada", LOBBY, "lost")]
    house.lose("ada")
    house.passes(1000)
    assert house.told_presence() == [AWAY]
    assert not house.pipeline.hub.silences


@pytest.mark.parametrize("later", [0.0, 0.1, 100.0])
def test_who_speaks_when_it_is_over_must_join_again(house, ada, later):
    """Also in the moment in which it ends."""
    ping(house)
    house.passes(SILENT_S)
    house.now += RESUME_S
    if later:
        house.turn()
    house.now += later
    house.refuses("ada", Ping(id="p"), "no_session")
    assert shape(house.told_events()) == [("left", "ada", LOBBY, "lost")]
    assert house.join("ada", token=house.token).account == "account-1"
    assert shape(house.told_events()) == [("joined", "ada", LOBBY)]


def test_a_connection_that_breaks_while_it_is_silent_is_told_once(house, ada):
    ping(house)
    house.passes(SILENT_S)
    house.lose("ada")
    house.passes(RESUME_S - 1)
    assert house.told_presence() == [AWAY]
    house.passes(1)
    assert shape(house.told_events()) == [("left", "ada", LOBBY, "lost")]


def test_a_resume_by_another_connection_while_one_is_silent(house, ada):
    ping(house)
    house.passes(SILENT_S)
    house.join("ada again", token=house.token)
    house.passes(RESUME_S)
    house.lose("ada")
    house.passes(1000)
    assert house.told_presence() == [AWAY, ONLINE]
    assert house.told_events() == []


def test_a_session_is_there_as_long_as_one_of_its_connections(house, ada):
    house.join("quiet", token=house.token)  # never pings
    ping(house)
    house.passes(SILENT_S + RESUME_S)
    assert house.told_presence() == []
    house.passes(1)
    house.lose("quiet")
    assert house.told_presence() == [AWAY]
    ping(house)
    assert house.told_presence() == [ONLINE]


def test_who_said_when_it_pings_again_is_missed_sooner(house, ada):
    ping(house, next_s=10.0)
    house.passes(10.0 + PING_LATE_S - 0.1)
    assert house.told_presence() == []
    house.passes(0.1)
    assert house.told_presence() == [AWAY]


@pytest.mark.parametrize("next_s", [60.0, 1e300])
def test_nobody_is_waited_for_longer_because_he_said_so(house, ada, next_s):
    ping(house, next_s=next_s)
    house.passes(SILENT_S)
    assert house.told_presence() == [AWAY]


def test_after_the_end_nothing_need_be_said(house, ada):
    ping(house)
    house.ask("ada", End(id="e"))
    house.passes(SILENT_S)
    assert not house.pipeline.hub.silences
    house.join("ada", token=house.token)
    house.passes(1000)
    assert house.told_presence() == []
    ping(house)
    house.passes(SILENT_S)
    assert house.told_presence() == [AWAY]


def test_a_ping_without_a_session_is_no_promise(house):
    house.refuses("nobody", Ping(id="p"), "no_session")
    assert not house.pipeline.hub.silences


def test_a_ping_of_a_visitor_is_none_either(house):
    house.join("visitor", "eve", door="front")
    ping(house, "visitor")
    house.passes(1000)
    assert [event for event in house.told_events() if isinstance(event, LeftEvent)] == []


def test_however_often_one_pings_it_has_one_entry(house, ada):
    for _ in range(100):
        ping(house)
    assert len(house.pipeline.hub.silences) == 1


def test_those_who_ping_in_time_wake_the_loop_about_once_a_second():
    silences, heard, woken = Silences(), {}, 0
    for number in range(1000):
        heard[number] = number / 100
        silences.watch(number, heard[number] + SILENT_S)
    now = 10.0
    while now < 1000:
        now = silences.first()
        woken += 1
        for number in heard:  # each pings every ten seconds
            heard[number] += max(0, (now - heard[number]) // 10 * 10)
        assert silences.due(now, lambda number: heard[number] + SILENT_S) == []
    assert woken < 1000
