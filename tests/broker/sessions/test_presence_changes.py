"""Presence is told as changes, and what happens to many at once in turns. docs/protocol.md, "Events"."""

import heapq

from loggia.broker.sessions import deadlines, passing, sessions
from loggia.broker.sessions.deadlines import Deadlines
from loggia.shared.protocol.events import LeftEvent
from loggia.shared.protocol.limits import LOBBY, RESUME_S
from loggia.shared.protocol.requests import Join, Members, Ping

from tests.broker.sessions.test_presence import presences


def crowd(house, count, room=LOBBY):
    """People, and the tokens they come back with."""
    return [house.join(number, f"n{number}", room=room).token for number in range(count)]


def test_who_went_and_came_back_within_a_turn_is_nothing(house):
    token = house.join("ada", "ada").token
    house.join("bob", "bob")
    house.pipeline.lost("ada")
    house.arrive("ada again", Join(id="j", token=token))
    house.run()
    assert house.told_presence() == []
    assert presences(house, "bob") == {"ada": "online", "bob": "online"}


def test_one_more_connection_of_somebody_who_is_here_changes_nothing(house):
    token = house.join("ada", "ada").token
    house.join("phone", token=token)
    house.lose("ada")
    assert house.told_presence() == []
    house.lose("phone")
    assert house.told_presence() == [("ada", LOBBY, "away")]


def test_of_a_mass_loss_each_turn_tells_a_part_and_all_of_them_everybody_once(house, monkeypatch):
    monkeypatch.setattr(passing, "PRESENCE_EVENTS", 10)
    crowd(house, 35)
    house.join("bob", "bob")
    for number in range(35):
        house.pipeline.lost(number)
    told = []
    while house.pipeline.waits():
        house.turn()
        told.append(house.told_presence())
    assert [len(part) for part in told] == [10, 10, 10, 5]
    assert sorted(nick for part in told for nick, _, _ in part) == sorted(
        f"n{number}" for number in range(35)
    )
    assert {presence for part in told for _, _, presence in part} == {"away"}
    assert house.pipeline.hub.passing.presence() == []


def test_who_is_back_before_it_was_told_is_told_of_only_if_somebody_saw_it_otherwise(house, monkeypatch):
    """The part that is not told yet is in the lists already: who read one must hear of the change back."""
    monkeypatch.setattr(passing, "PRESENCE_EVENTS", 1)
    tokens = crowd(house, 4)
    house.join("bob", "bob")
    for number in range(4):
        house.pipeline.lost(number)
    house.turn()
    assert house.told_presence() == [("n0", LOBBY, "away")]
    house.arrive("n2", Join(id="j", token=tokens[2], room="two"))
    house.arrive("n3", Join(id="j", token=tokens[3], room="three"))
    house.arrive("bob", Members(id="m", room=LOBBY))
    house.turn()  # bob reads that n1 is away, and n2 and n3 are back
    house.run()
    assert house.told_presence() == [("n1", LOBBY, "away")]
    assert presences(house, "bob")["n2"] == "online"


def test_a_list_that_was_ahead_of_what_was_told_is_put_right(house, monkeypatch):
    monkeypatch.setattr(passing, "PRESENCE_EVENTS", 1)
    tokens = crowd(house, 2)
    house.join("bob", "bob")
    house.arrive("bob", Ping(id="p"))
    for number in range(2):
        house.pipeline.lost(number)
    house.turn()
    assert house.told_presence() == [("n0", LOBBY, "away")]
    house.arrive("bob", Members(id="m", room=LOBBY))
    house.arrive("again", Join(id="j", token=tokens[1]))
    house.turn()
    listed = {member.nick: member.presence for member in house.told["bob"][-1].members}
    assert listed == {"n0": "away", "n1": "away", "bob": "online"}
    house.run()
    assert house.told_presence() == [("n1", LOBBY, "online")]


def test_after_a_restart_only_those_who_are_back_are_told_of(house):
    tokens = crowd(house, 5)
    house.restart()
    house.join("back", token=tokens[3])
    assert house.told_presence() == [("n3", LOBBY, "online")]
    house.passes(RESUME_S)
    assert house.told_presence() == []
    assert sorted(event.nick for event in house.told_events() if isinstance(event, LeftEvent)) == [
        "n0", "n1", "n2", "n4",
    ]  # fmt: skip


# -- Many at once ------------------------------------------------------------------------------


def test_the_sessions_of_a_crowd_end_in_turns_and_all_of_them_end(house, monkeypatch):
    monkeypatch.setattr(sessions, "LAPSE_EVENTS", 10)
    crowd(house, 33)
    for number in range(33):
        house.join(number, room="lab") if number % 2 else None
        house.pipeline.lost(number)
    house.run()
    house.told_events()
    house.now += RESUME_S
    ended = []
    while house.pipeline.hub.sessions.lapses_at() is not None:
        assert house.pipeline.hub.sessions.lapses_at() <= house.now  # the timer comes at once
        house.turn()
        ended.append(len(house.told_events()))
    assert sum(ended) == 33 + 16
    assert max(ended) <= 10
    assert not list(house.pipeline.rooms.people())


def test_a_turn_does_not_walk_those_who_may_come_back(house, monkeypatch):
    looked = []
    first = Deadlines.first

    def counted(self):
        looked.append(len(self._heap))
        return first(self)

    crowd(house, 300)
    for number in range(300):
        house.pipeline.lost(number)
    house.run()
    popped = []
    monkeypatch.setattr(deadlines.heapq, "heappop", lambda heap: popped.append(1) or heapq.heappop(heap))
    monkeypatch.setattr(Deadlines, "first", counted)
    for _ in range(20):
        house.passes(1.0)
        assert house.pipeline.hub.sessions.lapses_at() is not None
    assert looked
    assert not popped


def test_who_comes_in_the_same_turn_is_online_whoever_of_them_is_answered_first(house):
    for room in (LOBBY, "lab"):
        for nick in ("ada", "bob", "zoë"):
            house.arrive(nick, Join(id=room, nick=nick, room=room))
        house.run()
    for nick in ("ada", "bob", "zoë"):
        for joined in house.told[nick]:
            assert {member.nick: member.presence for member in joined.members} == dict.fromkeys(
                ("ada", "bob", "zoë"), "online"
            )
    assert house.told_presence() == []


def test_who_comes_and_is_lost_in_the_same_turn_is_away_since_then(house):
    for nick in ("ada", "bob"):
        house.arrive(nick, Join(id="1", nick=nick))
    house.pipeline.lost("bob")
    house.run()
    (joined,) = house.told["ada"]
    told = {member.nick: member.presence for member in joined.members}
    told |= {nick: presence for nick, _, presence in house.told_presence()}
    assert told == {"ada": "online", "bob": "away"}
