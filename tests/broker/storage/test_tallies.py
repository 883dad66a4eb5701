"""What is unread is exact, whatever was edited, deleted or missed: random lives, recounted naively."""

import random
from contextlib import suppress

import pytest
from loggia.broker.storage import mixed, tallies
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.requests import Delete, Edit, Join, Leave, Message, React, Read, Rooms

from tests.broker.house import House, error_of
from tests.broker.storage.remade import made_again

COUNTED = ("tallies", "spoken", "deleted", "mentions")
ROOMS = ("lab", "tea", "den")
PEOPLE = ("ann", "bob", "cem")


class Life:
    """People in rooms who talk, change what they said, and read, in a broker that may die."""

    def __init__(self, house: House, seed: int) -> None:
        self.house, self.chance = house, random.Random(seed)
        self.tokens: dict[str, str] = {}
        self.accounts: dict[str, str] = {}
        self.count = 0
        for nick in PEOPLE:
            joined = house.join(nick, nick, room=ROOMS[0])
            self.tokens[nick], self.accounts[nick] = joined.token, joined.account
            for room in ROOMS[1:]:
                house.join(nick, room=room)

    def id(self) -> str:
        self.count += 1
        return f"{self.count:05}"

    def seq(self, room: str) -> int:
        found = self.house.pipeline.rooms.named(room)
        return 1 if found is None else self.chance.randint(1, max(1, found.head))

    def request(self) -> object:
        chance, room = self.chance, self.chance.choice(ROOMS)
        words = chance.choice(["hi", "hi @ann", "@bob and @cem", "@ann @bob", ""])
        match chance.randrange(10):
            case 0 | 1 | 2 | 3:
                return Message(id=self.id(), room=room, text=words or "x")
            case 4:
                return Edit(id=self.id(), room=room, seq=self.seq(room), text=words or "y")
            case 5:
                return Delete(id=self.id(), room=room, seq=self.seq(room))
            case 6:
                return React(id=self.id(), room=room, seq=self.seq(room), emoji="\U0001f44d")
            case 7:
                return chance.choice([Leave, Join])(id=self.id(), room=room)
            case _:
                return Read(id=self.id(), room=room, seq=self.seq(room))

    def step(self) -> None:
        house, chance = self.house, self.chance
        if chance.random() < 0.04:
            house.restart()
            for nick in PEOPLE:
                house.join(nick, token=self.tokens[nick], room=chance.choice(ROOMS))
        for nick in PEOPLE:
            house.arrive(nick, *[self.request() for _ in range(chance.randrange(4))])
        house.run()
        if chance.random() < 0.2:
            house.passes(1)

    def naive(self, nick: str, room: str, mark: int) -> tuple[int, int]:
        found = self.house.pipeline.rooms.named(room)
        account = self.accounts[nick]
        if found is None or not found.has(account):
            return 0, 0
        page = self.house.log.pages.after(found.number, 0, 10_000)
        now = [tallies.msgspec.json.decode(line) for line in page]
        there = [
            one
            for one in now
            if one["op"] == "message"
            and one["seq"] > mark
            and one["account"] != account
            and not one.get("deleted")
        ]
        return len(there), sum(account in one.get("mentions", ()) for one in there)


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(tallies, "BLOCK", 4)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_unread_is_what_a_naive_recount_says(open_house, small_blocks, seed):
    house = open_house()
    life, marks = Life(house, seed), dict[tuple[str, str], int]()
    for _ in range(60):
        life.step()
        for nick in PEOPLE:
            for told in house.ask_one(nick, Rooms(id="l")).rooms:
                assert told.read >= marks.get((nick, told.room), 0), "a mark went back"
                marks[nick, told.room] = told.read
                assert (told.unread, told.mentions) == life.naive(nick, told.room, told.read), told
    with made_again(house.log.database.connection) as made:
        assert made.others() == {}, "all of it follows from the log"


@pytest.mark.parametrize("seed", range(3))
def test_what_moves_to_other_rows_while_a_mark_is_counted_counts_once(open_house, monkeypatch, seed):
    """After a commit that failed nothing is remembered, and events are counted where they lie."""
    monkeypatch.setattr(mixed, "FEW_ROOMS", 0)
    monkeypatch.setattr(mixed, "DUE_EVENTS", 2)
    house = open_house()
    life = Life(house, seed)
    for _ in range(40):
        house.log._tallies.forget()
        life.step()
        for nick in PEOPLE:
            for told in house.ask_one(nick, Rooms(id="l")).rooms:
                assert (told.unread, told.mentions) == life.naive(nick, told.room, told.read), told


@pytest.mark.parametrize("behind", [1, 2, 3, 5, 9])
def test_a_mark_rides_with_what_is_said_meanwhile(open_house, small_blocks, behind):
    house = open_house()
    for nick in ("ann", "bob"):
        house.join(nick, nick)
    house.ask("ann", *[Message(id=f"{number:03}", room="lobby", text="x") for number in range(12)])
    house.arrive("bob", Read(id="r", room="lobby", seq=14 - behind))
    house.turn()
    house.ask("ann", *[Message(id=f"{number:03}", room="lobby", text="x") for number in range(50, 53)])
    (told,) = house.ask_one("bob", Rooms(id="l")).rooms
    assert (told.read, told.unread) == (14 - behind, behind + 3)


def test_a_message_writes_nothing_for_it_but_at_the_end_of_a_block(open_house):
    house = open_house()
    house.join("ann", "ann")
    db = house.log.database.connection
    rows = []
    for number in range(tallies.BLOCK + 10):
        house.say("ann", f"{number:05}")
        rows.append(sum(db.execute(f"SELECT count(*) FROM {table}").get for table in COUNTED))
    assert [rows[tallies.BLOCK - 3], rows[tallies.BLOCK - 2], rows[-1]] == [0, 2, 2]
    assert [type(event) for event in house.events()].count(MessageEvent) == tallies.BLOCK + 10


def test_a_line_that_cannot_be_read_at_a_blocks_end_is_damage(open_house, expect_log):
    """It was changed together with its page's checksum; the start looked at the end of the room alone."""
    house = open_house()
    token = house.join("ann", "ann").token
    for turn in range(9):
        house.ask(
            "ann", *[Message(id=f"{turn}-{number:02}", room="lobby", text="x") for number in range(100)]
        )
    db = house.log.database.connection
    (place, row), *_ = db.execute("SELECT place, lines FROM chunks WHERE instr(lines, ?)", (b'"5-50"',))
    torn = row.replace(b'"account":"account-1","id":"5-50"', b'"account":{"account-1"},"id":"5-50"')
    with house.log.database.transaction():
        db.execute("UPDATE chunks SET lines = ? WHERE place = ?", (torn, place))
    house.restart()
    assert house.log.damage == []
    assert house.join("ann", token=token).head == 901, "in the block of the line"
    expect_log("The log is damaged: room lobby from 513 ")
    sent = [Message(id=f"a-{number:02}", room="lobby", text="x") for number in range(200)]
    assert {error_of(answer) for answer in house.ask("ann", *sent)} == {"unavailable"}
    house.restart()
    house.join("ann", token=token)
    house.refuses("ann", sent[0], "unavailable")
    page = house.page("ann", after=0, limit=1000)
    assert page.head == len(page.events) == 512, "what is sound is read"


def test_what_does_not_commit_is_not_counted(open_house, small_blocks):
    house = open_house()
    for nick in ("ann", "bob"):
        house.join(nick, nick)
    house.ask_one("bob", Rooms(id="l"))
    with suppress(RuntimeError), house.log.database.transaction():
        house.log._tallies.add(
            1, [MessageEvent("lobby", seq, 1, "ann", "x", f"{seq}", "hi") for seq in range(3, 30)], 2
        )
        raise RuntimeError("the disk is full")
    house.say("ann", "1")
    (told,) = house.ask_one("bob", Rooms(id="l")).rooms
    assert (told.unread, told.head) == (1, 3)


def test_at_rest_the_ends_of_rooms_are_counted_before_somebody_asks(tmp_path, monkeypatch):
    monkeypatch.setattr(tallies, "AHEAD", 2)
    house = House(tmp_path / "data")
    try:
        for name in ("ann", "bob"):
            house.join(name, name, room=ROOMS[0])
            for room in ROOMS[1:]:
                house.join(name, room=room)
        for number in range(9):
            house.say("ann", f"{number:04}", "hi", ROOMS[number % 3])
        house.restart()
        while house.log.rest(house.now):
            pass

        def stay_away(*_):
            raise AssertionError("the lines are read again")

        monkeypatch.setattr(house.log._chunks, "runs", stay_away)
        house.join("bob", token="token-2", room=ROOMS[0])
        found = house.ask_one("bob", Rooms(id="r"))
        assert [room.unread for room in found.rooms] == [3, 3, 3]
    finally:
        house.close()
