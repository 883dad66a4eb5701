"""The state is loaded anew when a commit failed or damage was found: who is here stays; it happens once."""

import shutil

import apsw
import pytest
from loggia.broker.core.rooms import RoomsState
from loggia.broker.runtime.disk_faults import FULL_PAUSE_S
from loggia.broker.storage.accounts import Accounts
from loggia.broker.storage.log import Log
from loggia.broker.storage.page_checksums import PAGE_BYTES
from loggia.broker.storage.tables import Tables
from loggia.shared.protocol.answers import Ended, JoinedAnswer, Stored
from loggia.shared.protocol.errors import StorageBroken, StorageDamaged
from loggia.shared.protocol.limits import LOBBY, RESUME_S
from loggia.shared.protocol.requests import End, History, Join, Leave, Members, Message, Ping
from loggia.shared.protocol.requests import Rooms as RoomsRequest

from tests.broker.disks import a_disk, flip, place_of
from tests.broker.house import House, error_of
from tests.broker.runtime.damage import nicks, resend, says_much

DAMAGED = "The log is damaged: room lobby from (29|30)"


@pytest.fixture(scope="module")
def much(tmp_path_factory):
    """The folder of a broker that was stopped; much was said in two rooms."""
    house = House(tmp_path_factory.mktemp("much") / "data")
    house.join("ada", "ada")
    house.join("ada", room="lab")
    house.join("bob", "bob")
    says_much(house)
    says_much(house, "lab")
    house.close()
    return house.folder


@pytest.fixture
def house(much, tmp_path):
    """A row in the middle of the lobby is not what was written, and nobody has looked at it yet."""
    shutil.copytree(much, tmp_path / "data")
    file = tmp_path / "data" / "loggia.db"
    flip(file, place_of(file, "lobby-000300"))
    house = House(tmp_path / "data")
    house._accounts = 2
    house.join("ada", token="token-1")
    house.join("bob", token="token-2")
    assert house.log.damage == []
    yield house
    house.close()


@pytest.fixture
def frozen(house, expect_log):
    """Damage in the lobby is found; then zoe and a visitor come, of whom no log tells."""
    expect_log(DAMAGED)
    house.refuses("ada", resend(), "unavailable")
    house.zoe = house.join("zoe", "zoe")
    house.join("vera", "vera", door="front")
    return house


# -- Who is here stays ----------------------------------------------------------------------------


def test_a_resend_into_a_damaged_row_forgets_nobody(frozen):
    for _ in range(3):
        frozen.refuses("ada", resend(), "unavailable")
        assert nicks(frozen) == ["ada", "bob", "vera", "zoe"]
        for key in ("ada", "bob", "zoe"):
            frozen.refuses(key, Message(id="1", room=LOBBY, text="hello"), "unavailable")
        frozen.refuses("vera", Message(id="1", room=LOBBY, text="hello"), "unavailable", door="front")


def after_a_reload(house, expect_log):
    """Another room is damaged as well, which is found while it is read."""
    expect_log("The log is damaged: .*room lab from")
    flip(house.folder / "loggia.db", place_of(house.folder / "loggia.db", "lab-000300"))
    house.log.database.connection.execute("PRAGMA shrink_memory")
    house.refuses("ada", History(id="h", room="lab", after=200, limit=1000), "unavailable")
    house.turn()


OPS = {
    "message": (Message(id="9", room=LOBBY, text="hello"), "unavailable"),
    "message elsewhere": (Message(id="9", room="lab", text="hello"), "not_member"),
    "resend": (resend(), "unavailable"),
    "leave": (Leave(id="9", room=LOBBY), "unavailable"),
    "leave elsewhere": (Leave(id="9", room="nowhere"), "no_such_room"),
    "another room": (Join(id="9", room="lab"), None),
    "a new room": (Join(id="9", room="new"), "unavailable"),
    "another nick": (Join(id="9", nick="zoe the second"), None),
    "a nick of another": (Join(id="9", nick="bob"), "nick_taken"),
    "history": (History(id="9", room=LOBBY, limit=1000), None),
    "members": (Members(id="9", room=LOBBY), None),
    "rooms": (RoomsRequest(id="9"), None),
    "ping": (Ping(id="9", cursors={LOBBY: 0}), None),
    "end": (End(id="9"), None),
}


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("reloaded", [False, True])
def test_whoever_came_while_nothing_can_be_stored_may_do_what_others_may(frozen, expect_log, reloaded, op):
    if reloaded:
        after_a_reload(frozen, expect_log)
    request, code = OPS[op]
    for _ in range(1 if op == "end" else 2):
        assert error_of(frozen.ask_one("zoe", request)) == code
    frozen.refuses("bob", Message(id="1", room=LOBBY, text="hello"), "unavailable")
    assert ("zoe" in nicks(frozen)) is (op not in ("end", "another nick"))


def test_who_went_does_not_come_back_with_a_reload(frozen, expect_log):
    assert frozen.ask_one("bob", End(id="1")) == Ended(id="1")
    assert frozen.ask_one("ada", Join(id="2", nick="ada the first")).nick == "ada the first"
    frozen.lose("vera")
    frozen.passes(1)
    after_a_reload(frozen, expect_log)
    assert nicks(frozen, "ada") == ["ada the first", "zoe"]
    assert frozen.join("new", "bob").nick == "bob"


def test_a_session_of_which_no_log_tells_is_resumed_and_lapses_like_any_other(frozen, expect_log):
    frozen.ask_one("zoe", Join(id="1", room="lab"))
    frozen.lose("zoe")
    after_a_reload(frozen, expect_log)
    back = frozen.join("zoe again", token=frozen.zoe.token)
    assert (back.account, back.nick, set(back.rooms)) == (frozen.zoe.account, "zoe", {LOBBY, "lab"})
    frozen.lose("zoe again")
    frozen.passes(RESUME_S + 1)
    assert nicks(frozen) == ["ada", "bob", "vera"]
    frozen.refuses("zoe", Join(id="join", token=frozen.zoe.token), "bad_token")
    assert frozen.join("zoe", "zoe").account != frozen.zoe.account


def test_accounts_are_new_ones_after_a_reload(frozen, expect_log):
    after_a_reload(frozen, expect_log)
    numbers = [person.number for person in frozen.pipeline.rooms.people()]
    frozen.join("kim", "kim")
    numbers.append(frozen.pipeline.rooms.person(frozen.join("kim").account).number)
    assert len(set(numbers)) == len(numbers) == 5


# -- The turn in which damage is found ------------------------------------------------------------


def test_what_shares_the_turn_with_the_one_who_finds_damage_is_done_as_far_as_it_can_be(house, expect_log):
    before = house.pipeline.rooms.room("lab").head
    expect_log(DAMAGED)
    house.arrive("zoe", Join(id="1", nick="zoe"), Message(id="2", room=LOBBY, text="hello"))
    house.arrive("bob", Join(id="1", room="lab"), Message(id="2", room="lab", text="hello"))
    house.arrive("ada", Leave(id="z", room="lab"), resend(), Join(id="z2", nick="ada the first"))
    house.arrive("vera", Join(id="1", nick="vera"), door="front")
    house.run()
    assert isinstance(house.told["zoe"][0], JoinedAnswer)
    assert isinstance(house.told["vera"][0], JoinedAnswer)
    assert [error_of(answer) for answer in house.told["zoe"]] == [None, "unavailable"]
    assert [error_of(answer) for answer in house.told["bob"][-2:]] == [None, "unavailable"]
    assert [error_of(answer) for answer in house.told["ada"][-3:]] == ["unavailable", "unavailable", None]
    assert nicks(house) == ["ada the first", "bob", "vera", "zoe"]
    assert nicks(house, room="lab") == ["ada the first", "bob"]
    assert house.pipeline.rooms.room("lab").head == before
    assert any("room lobby from" in getattr(answer, "text", "") for answer in house.told["bob"])


def test_a_disk_that_cannot_be_read_for_a_moment_costs_only_who_needs_it(tmp_path, expect_log, reads):
    """No damage: the others of the turn are stored, and nothing is loaded again."""
    with a_disk() as disk:
        house = House(tmp_path / "data")
        house.join("ada", "ada")
        house.join("bob", "bob")
        says_much(house, count=20)
        house.restart()
        house.join("ada", token="token-1")
        house.join("bob", token="token-2")
        reads["load"] = 0
        find_answer = Log.find_answer

        def unreadable(log, person, request_id):
            disk.unreadable = True
            log._db.execute("PRAGMA shrink_memory")
            try:
                return find_answer(log, person, request_id)
            finally:
                disk.unreadable = False

        house.pipeline.rooms._draft._find_answer = unreadable.__get__(house.log)
        expect_log("The disk cannot be read: ")
        house.arrive("bob", Message(id="1", room=LOBBY, text="hello"))
        house.arrive("ada", Message(id="lobby-000003", room=LOBBY, text="again"))
        house.arrive("bob", Message(id="2", room=LOBBY, text="hello"))
        house.run()
        assert [type(answer) for answer in house.told["bob"][-2:]] == [Stored, Stored]
        assert error_of(house.told["ada"][-1]) == "unavailable"
        assert house.log.damage == []
        assert reads["load"] == 0
        house.close()


# -- It happens once ------------------------------------------------------------------------------


def test_nobody_makes_the_broker_load_or_read_everything_again_and_again(frozen, reads):
    for _ in range(20):
        frozen.refuses("ada", resend(), "unavailable")
        frozen.refuses("zoe", Message(id="1", room=LOBBY, text="hello"), "unavailable")
        frozen.refuses("zoe", Join(id="1", room="new"), "unavailable")
        frozen.ask("bob", History(id="h", room=LOBBY, after=250, limit=1000), Leave(id="l", room=LOBBY))
    assert reads == {"load": 0, "whole": 0}


def test_a_page_that_belongs_to_no_room_is_sought_once(house, expect_log, reads):
    """Who may have come under a token cannot be read: each newcomer meets that page again."""
    root = house.log.database.connection.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_accounts_2'"
    ).get
    house.close()
    flip(house.folder / "loggia.db", root * PAGE_BYTES - 1)
    house._open()
    expect_log(DAMAGED)
    house.refuses("new", Join(id="j", token="of nobody"), "unavailable")
    house.turn()
    sought = dict(reads)
    for _ in range(5):
        house.refuses("new", Join(id="j", token="of nobody"), "unavailable")
        house.turn()
    assert reads == sought
    assert house.join("ada", token="token-1").nick == "ada"  # who is here is known


def test_a_disk_that_cannot_be_read_is_tried_once_in_a_while(house, monkeypatch, expect_log, reads):
    expect_log("A turn failed")
    expect_log("Nothing is answered until it can")

    def breaks(*_):
        raise KeyError("nobody thought of this")

    def unreadable(log):
        reads["load"] += 1
        raise StorageBroken("the log cannot be read")

    with monkeypatch.context() as patch:
        patch.setattr(Log, "append", breaks)
        patch.setattr(Log, "load_rooms", unreadable)
        house.refuses("ada", Message(id="z1", room=LOBBY, text="hello"), "internal")
        for _ in range(10):
            house.refuses("ada", Message(id="z2", room=LOBBY, text="hello"), "unavailable")
            house.refuses("bob", Ping(id="p"), "unavailable")
        assert reads["load"] == 1
        house.passes(FULL_PAUSE_S)
        assert reads["load"] == 2
    house.passes(FULL_PAUSE_S)
    assert isinstance(house.say("ada", "z3"), Stored)


def test_a_request_that_breaks_us_while_nothing_can_be_stored_costs_no_reload(
    frozen, monkeypatch, expect_log, reads
):
    decide = RoomsState.decide

    def poisoned(rooms, command):
        if getattr(command.request, "text", "") == "poison":
            raise KeyError("nobody thought of this")
        return decide(rooms, command)

    expect_log("A turn failed")
    monkeypatch.setattr(RoomsState, "decide", poisoned)
    for _ in range(3):
        frozen.arrive("kim", Join(id="1", nick="kim"), End(id="2"))
        frozen.arrive("zoe", Message(id="1", room=LOBBY, text="poison"))
        frozen.arrive("bob", Message(id="1", room=LOBBY, text="hello"))
        frozen.run()
        assert error_of(frozen.told["zoe"][-1]) == "internal"
        assert error_of(frozen.told["bob"][-1]) == "unavailable"
        assert [error_of(answer) for answer in frozen.told["kim"][-2:]] == [None, None]
        assert nicks(frozen) == ["ada", "bob", "vera", "zoe"]
    assert reads["load"] == 0


def test_who_came_in_before_the_one_who_breaks_us_is_told_so(house, monkeypatch, expect_log):
    """Stored, and then the state is loaded again before anybody is answered."""
    append = Log.append

    def fails_for_poison(log, batch):
        if any(getattr(event, "text", "") == "poison" for fresh in batch.fresh for event in fresh.events):
            raise KeyError("nobody thought of this")
        append(log, batch)

    expect_log("A turn failed")
    monkeypatch.setattr(Log, "append", fails_for_poison)
    house.arrive("zoe", Join(id="1", nick="zoe"))
    house.arrive("vera", Join(id="1", nick="vera"), door="front")
    house.arrive("ada", Message(id="z1", room=LOBBY, text="poison"))
    house.run()
    assert isinstance(house.told["zoe"][-1], JoinedAnswer)
    assert isinstance(house.told["vera"][-1], JoinedAnswer)
    assert error_of(house.told["ada"][-1]) == "internal"
    assert isinstance(house.say("zoe", "2"), Stored)
    house.lose("zoe")
    assert house.join("zoe again", token=house.told["zoe"][0].token).nick == "zoe"
    assert nicks(house) == ["ada", "bob", "vera", "zoe"]


# -- What the disk says of people cannot be had ---------------------------------------------------


def test_people_stay_when_a_failed_commit_finds_that_accounts_cannot_be_read(house, monkeypatch, expect_log):
    """The commit finds a changed page, and so does the look for who is here."""

    def changed(log, *_):
        raise apsw.CorruptError("database disk image is malformed")

    def append(log, batch):
        log._search("page 7 is not what was written")
        raise StorageDamaged("page 7 is not what was written")

    expect_log(DAMAGED)
    monkeypatch.setattr(Accounts, "present", changed)
    monkeypatch.setattr(Log, "append", append)
    house.arrive("zoe", Join(id="1", nick="zoe"))
    house.arrive("ada", Message(id="z", room=LOBBY, text="hello"))
    house.run()
    assert isinstance(house.told["zoe"][-1], JoinedAnswer)
    assert error_of(house.told["ada"][-1]) == "unavailable"
    for key in ("ada", "bob", "zoe"):
        house.refuses(key, Message(id="z", room=LOBBY, text="hello"), "unavailable")
    assert nicks(house) == ["ada", "bob", "zoe"]


def test_whom_the_disk_has_lost_without_a_word_is_asked_to_join_again(house, monkeypatch, expect_log):
    """No promise can be kept there; but the answer is one that leads on, and it costs one reload."""
    house.log.database.connection.execute("DELETE FROM accounts WHERE account = 'account-2'")
    expect_log("A turn failed")
    with monkeypatch.context() as patch:
        patch.setattr(Tables, "write", lambda *what: {}[0])
        house.refuses("ada", Message(id="z", room=LOBBY, text="hello"), "internal")
    house.refuses("bob", Message(id="z", room=LOBBY, text="hello"), "no_session")
    house.refuses("bob", Join(id="j", token="token-2"), "bad_token")
    assert house.join("bob", "bob").nick == "bob"
    assert isinstance(house.say("bob", "z"), Stored)
    assert isinstance(house.say("ada", "z"), Stored)
