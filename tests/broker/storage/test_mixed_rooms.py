"""Batches over many rooms as those see them who are in the rooms, also when their log was killed."""

import pytest
from loggia.broker.admin.compact import compact
from loggia.broker.storage.chunks import Chunks
from loggia.broker.storage.log import Log
from loggia.shared.protocol.requests import Message

from tests.broker.disks import killed
from tests.broker.house import House
from tests.broker.storage.older import silent

MANY = 40


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path / "house")
    for nick in ("ada", "bob"):
        house.join(nick, nick)
        for number in range(MANY):
            house.join(nick, room=f"room {number}")
    yield house
    house.close()


def test_who_sends_again_gets_the_first_answer_wherever_it_lies(house, tmp_path):
    requests = [
        Message(id=f"{turn}-{number:02d}", room=f"room {number}", text=f"{turn}")
        for turn in range(4)
        for number in range(MANY)
    ]
    stray = Message(id="0", room="room 3", text="an id that does not grow")
    first = house.ask("ada", *requests) + house.ask("bob", stray, *requests[:10])
    assert house.log._chunks._mixed.tail(5)
    house.say("ada", "9-alone", room="room 4")
    for life in range(3):
        again = house.ask("ada", *requests) + house.ask("bob", stray, *requests[:10])
        assert [(answer.room, answer.seq, answer.duplicate) for answer in again] == [
            (answer.room, answer.seq, True) for answer in first
        ]
        house.close()
        if life == 1:
            compact(house.folder, silent())
        house._open()
        for number, nick in enumerate(("ada", "bob"), 1):
            house.join(nick, token=f"token-{number}")
    assert house.page("bob", "room 7").events == house.page("ada", "room 7", after=0).events


def test_an_id_among_those_of_many_rooms_is_found_by_few_looks(house, monkeypatch):
    requests = [
        Message(id=f"{number:03d}", room=f"room {number % MANY}", text="x") for number in range(0, 200, 2)
    ]
    first = {answer.id: answer for answer in house.ask("ada", *requests)}
    assert (
        house.log.database.connection.execute("SELECT count(*) FROM runs WHERE ranges NOT NULL").get == 1
    ), "one row for all that she stored with the batch"
    looked = []
    lines = Chunks.lines
    monkeypatch.setattr(Chunks, "lines", lambda *place: looked.append(place) or lines(*place))
    ada = house.log.find_person("account-1")
    for number in (0, 2, 98, 100, 102, 196, 198):
        looked.clear()
        found = house.log.find_answer(ada, f"{number:03d}")
        assert (found.room, found.seq) == (first[found.id].room, first[found.id].seq)
        assert len(looked) <= 8
    for unknown in ("001", "099", "197"):
        assert house.log.find_answer(ada, unknown) is None
    assert house.log.find_answer(house.log.find_person("account-2"), "100") is None


def test_a_log_that_was_killed_has_all_of_it(house, tmp_path):
    for turn in range(3):
        house.ask("ada", *[Message(id=f"{turn}-{n:02d}", room=f"room {n}", text="hi") for n in range(MANY)])
    left = killed(house, tmp_path)
    assert Chunks(house.log.database.connection).head(5) == house.log._chunks.head(5)
    back = Log(left, "another life")
    assert (back.epoch, back.damage) == ("epoch-1", [])
    assert back._chunks._mixed.tail(5) == house.log._chunks._mixed.tail(5) != ()
    back.close()
