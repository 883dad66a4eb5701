"""`bot` in messages: true where a bot said it, else absent. docs/protocol.md, "Events"."""

import json

import pytest
from loggia.shared.protocol.answers import Error, Stored
from loggia.shared.protocol.down import decode_event
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import End, Join, Message


def said(house, room=LOBBY):
    """(text, whether a bot said it) of each message, as the log has it."""
    return [(event.text, event.bot) for event in house.events(room) if isinstance(event, MessageEvent)]


def raw(house, room=LOBBY):
    """The entries of the log as they are written."""
    return [
        json.loads(bytes(line))
        for line in house.log.pages.after(house.log.load().rooms[room].number, 0, 1000)
    ]


def test_a_bot_says_so_and_a_person_says_nothing(house):
    house.join("dice", "dice", bot=True)
    house.join("ada", "ada")
    house.say("dice", "1", "six")
    house.say("ada", "1", "wow")
    assert said(house) == [("six", True), ("wow", False)]
    six, wow = raw(house)[-2:]
    assert six["bot"] is True
    assert "bot" not in wow
    assert [event.bot for event in house.told_events() if isinstance(event, MessageEvent)] == [True, False]
    page = house.page("ada", after=2)
    assert [json.loads(bytes(event)).get("bot") for event in page.events] == [True, None]


def test_it_is_kept_over_a_restart_of_the_broker(house):
    house.join("dice", "dice", bot=True)
    house.say("dice", "1", "six")
    house.restart()
    assert said(house) == [("six", True)]


def test_a_bot_that_enters_one_more_room_or_changes_its_nick_is_still_one(house):
    house.join("dice", "dice", bot=True)
    assert house.join("dice", room="lab").members[0].bot
    house.join("dice", "two dice")
    house.say("dice", "1", "six", room="lab")
    house.say("dice", "2", "five")
    assert said(house, "lab") == [("six", True)]
    assert said(house) == [("five", True)]


def test_a_person_that_says_it_is_a_bot_is_one_from_then_on(house):
    house.join("ada", "ada")
    house.say("ada", "1", "by hand")
    house.join("ada", room="lab", bot=True)
    house.say("ada", "2", "by program")
    assert said(house) == [("by hand", False), ("by program", True)]


def test_a_join_that_is_refused_changes_nothing(house):
    house.join("bob", "bob")
    house.join("ada", "ada")
    house.refuses("ada", Join(id="j", nick="bob", bot=True), "nick_taken")
    house.say("ada", "1", "by hand")
    house.join("dice", "dice", bot=True)
    house.refuses("dice", Join(id="j", nick="bob"), "nick_taken")
    house.say("dice", "1", "six")
    assert said(house) == [("by hand", False), ("six", True)]


def test_two_connections_of_one_account_each_say_who_they_are(house):
    token = house.join("bot", "ada", bot=True).token
    house.join("window", token=token)
    house.say("bot", "1", "by program")
    house.say("window", "2", "by hand")
    house.say("bot", "3", "by program again")
    assert said(house) == [("by program", True), ("by hand", False), ("by program again", True)]


@pytest.mark.parametrize("bot", [True, False])
def test_whoever_comes_back_says_again_what_it_is(house, bot):
    token = house.join("before", "dice", bot=True).token
    house.lose("before")
    house.join("after", token=token, bot=bot)
    house.say("after", "1", "six")
    assert said(house) == [("six", bot)]


def test_after_a_goodbye_a_connection_may_come_as_a_person(house):
    house.join("one", "dice", bot=True)
    house.ask_one("one", End(id="e"))
    house.join("one", "ada")
    house.say("one", "1", "by hand")
    assert said(house) == [("by hand", False)]


def test_what_is_sent_behind_the_join_in_one_frame_is_a_bots_too(house):
    answers = house.ask("dice", Join(id="j", nick="dice", bot=True), Message(id="1", room=LOBBY, text="six"))
    assert isinstance(answers[1], Stored)
    assert said(house) == [("six", True)]


def test_a_duplicate_is_what_it_was(house):
    token = house.join("bot", "ada", bot=True).token
    first = house.say("bot", "1", "six")
    house.join("window", token=token)
    again = house.say("window", "1", "six")
    assert (again.seq, again.duplicate) == (first.seq, True)
    assert said(house) == [("six", True)]


def test_a_visitor_of_the_front_door_is_a_person(house):
    house.join("nc", "ada", door="front")
    answer = house.ask_one("nc", Message(id="1", room=LOBBY, text="hi"), door="front")
    assert not isinstance(answer, Error)
    assert said(house) == [("hi", False)]


def test_an_entry_of_before_there_were_bots_is_a_persons():
    entry = b'{"op":"message","room":"lobby","seq":1,"at":1,"nick":"ada","account":"a","id":"1","text":"hi"}'
    event = decode_event(entry)
    assert isinstance(event, MessageEvent)
    assert not event.bot
