"""Who came by the front door cannot come back: the account goes with the session, what was said stays."""

import itertools

import pytest
from loggia.broker.runtime.chance import mint
from loggia.broker.runtime.disk_faults import FULL_PAUSE_S
from loggia.broker.storage.log import FORGET_ACCOUNTS, Log
from loggia.shared.protocol.answers import Ended, JoinedAnswer, Stored
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import End, Join, Leave, Message

from tests.broker.disks import a_disk, flip, killed, place_of
from tests.broker.house import House, error_of, shape

TABLES = ("accounts", "members", "runs", "strays")


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path / "data")
    yield house
    house.close()


def rows(house):
    """How many there are in each table that knows accounts."""
    db = house.log.database.connection
    return [db.execute(f"SELECT count(*) FROM {table}").get for table in TABLES]


def visit(house, key, nick=None):
    return house.join(key, nick or key, door="front")


def says(house, key, request_id, text="hello"):
    return house.ask_one(key, Message(id=request_id, room=LOBBY, text=text), "front")


@pytest.mark.parametrize("how", ["end", "lost", "restart"])
def test_a_visitor_leaves_its_messages_and_nothing_else(house, how):
    house.join("ada", "ada")
    before = rows(house)
    account = visit(house, "vera").account
    says(house, "vera", "000000000002")
    assert rows(house)[0] == before[0] + 1
    if how == "end":
        assert house.ask_one("vera", End(id="3"), "front") == Ended(id="3")
    elif how == "lost":
        house.lose("vera")
        house.run()
    else:
        house.restart()
        house.run()
    assert rows(house) == before
    left = "end" if how == "end" else "lost"
    assert shape(house.events()) == [
        ("joined", "ada", LOBBY),
        ("joined", "vera", LOBBY),
        ("message", "vera", LOBBY),
        ("left", "vera", LOBBY, left),
    ]
    assert {event.account for event in house.events()[1:]} == {account}


def test_its_nickname_is_free_and_whoever_takes_it_is_another_account(house):
    first = visit(house, "vera")
    house.lose("vera")
    house.run()
    house.refuses("eve", Join(id="j", token=first.token), "bad_token")
    assert visit(house, "vera again", "vera").account != first.account
    house.restart()
    house.run()
    assert house.join("ada", "vera").account not in {event.account for event in house.events()[:-1]}


def test_a_visitor_who_comes_and_goes_in_one_turn_is_never_kept(house):
    house.join("ada", "ada")
    before = rows(house)
    house.arrive("vera", Join(id="1", nick="vera"), door="front")
    house.pipeline.lost("vera")
    house.run()
    house.run()
    house.arrive(
        "wim", Join(id="1", nick="wim"), Message(id="2", room=LOBBY, text="hi"), End(id="3"), door="front"
    )
    house.run()
    assert [type(answer) for answer in house.told["wim"]] == [JoinedAnswer, Stored, Ended]
    assert rows(house) == before


def test_those_of_a_client_stay(house):
    """A token proves its account for ever."""
    token = house.join("ada", "ada").token
    house.say("ada", "1")
    house.say("ada", "0")
    kept = rows(house)
    house.ask_one("ada", End(id="2"))
    house.restart()
    assert rows(house) == kept == [1, 1, 1, 1]
    assert house.join("ada", token=token).account == "account-1"
    assert house.say("ada", "0").duplicate


def test_a_killed_broker_forgets_its_visitors_when_it_is_back(house):
    house.join("ada", "ada")
    for number in range(100):
        visit(house, f"visitor {number}")
    house.restart()
    assert rows(house)[0] == 101
    house.run()
    assert rows(house)[:2] == [1, 1]
    assert sum(event.__struct_config__.tag == "left" for event in house.events()) == 100
    assert visit(house, "back", "visitor 7").nick == "visitor 7"


@pytest.mark.parametrize("count", [3, FORGET_ACCOUNTS, FORGET_ACCOUNTS * 2 + 1])
def test_accounts_that_an_older_version_kept_go_at_the_next_start(house, count):
    house.join("ada", "ada")
    house.say("ada", "1")
    before = rows(house)
    db = house.log.database.connection
    with house.log.database.transaction():
        for number in range(100, 100 + count):
            db.execute(
                "INSERT INTO accounts VALUES(?, ?, ?, 'vera', 0, 1, 0, 0, 0, '', '', 0)",
                (number, f"v{number}", f"t{number}"),
            )
            db.execute("INSERT INTO members VALUES(?, 1)", (number,))
            db.execute("INSERT INTO runs VALUES(?, 12, '000000000002', 1, 1, NULL)", (number,))
            db.execute("INSERT INTO strays VALUES(?, 'id', 1)", (number,))
    house.restart()
    assert rows(house) == before
    assert house.join("ada", token="token-1").account == "account-1"
    assert house.join("bob", "bob").account == "account-2"


def test_the_left_and_the_account_go_in_one_commit(house, tmp_path):
    """Whenever the broker dies, no log has an account without its visitor, or the other way round."""
    visit(house, "vera")
    folders = itertools.count()
    append = house.log.append

    def kill_around(batch):
        copies = [killed(house, tmp_path, f"copy-{next(folders)}")]
        append(batch)
        copies.append(killed(house, tmp_path, f"copy-{next(folders)}"))
        for folder, there in zip(copies, (True, False), strict=True):
            log = Log(folder, "new")
            snapshot = log.load()
            assert [person.nick for person in snapshot.people] == (["vera"] if there else [])
            assert snapshot.rooms[LOBBY].head == (1 if there else 2)
            log.close()

    house.log.append = kill_around
    house.lose("vera")
    house.run()
    assert next(folders) == 2


def test_a_full_disk_forgets_them_later(tmp_path, expect_log):
    with a_disk() as disk:
        house = House(tmp_path / "data")
        house.join("ada", "ada")
        visit(house, "vera")
        house.log.database.connection.execute("UPDATE accounts SET present = 0 WHERE visitor")
        visit(house, "wim")
        disk.full = True
        expect_log("Visitors who are gone could not be removed")
        house.log.forget_visitors()
        house.lose("wim")
        expect_log("The disk refuses to store")
        house.run()
        assert rows(house)[0] == 3
        disk.full = False
        expect_log("The disk stores again")
        house.passes(FULL_PAUSE_S + 1)
        assert rows(house)[0] == 2
        house.restart()
        assert rows(house)[0] == 1
        house.close()


def test_a_damaged_log_keeps_them_and_its_heir_does_not(house, expect_log):
    house.join("ada", "ada")
    house.ask("ada", *[Message(id=f"{number:06d}", room=LOBBY, text="x" * 400) for number in range(1, 600)])
    visit(house, "vera")
    house.close()
    flip(house.folder / "loggia.db", place_of(house.folder / "loggia.db", "000595"))
    expect_log("The log is damaged: room lobby from")
    house._open()
    house.run()
    visit(house, "wim")
    assert error_of(says(house, "wim", "000000000002")) == "unavailable"
    house.lose("wim")
    house.run()
    assert rows(house)[0] == 2


def test_ids_of_visitors_need_no_rows(house):
    """They are the front door's own, and grow with each message otherwise."""
    visit(house, "vera")
    for number in range(50):
        says(house, "vera", f"{number:012d}")
    assert rows(house)[2:] == [0, 0]
    assert error_of(house.ask_one("vera", Leave(id="x", room="nowhere"), "front")) == "no_such_room"


def test_accounts_of_visitors_are_not_given_twice():
    """No row refuses a twin: chance has to."""
    accounts = {mint(visitor=True)[0] for _ in range(1000)}
    assert len(accounts) == 1000
    assert {len(bytes.fromhex(account)) for account in accounts} == {12}
