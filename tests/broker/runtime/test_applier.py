"""Ordered batches become a log, whole or not at all, and what was ordered is all that counts."""

import io

import apsw
import pytest
from loggia.broker.admin.compact import compact
from loggia.broker.admin.progress import Progress
from loggia.broker.core import ordered
from loggia.broker.core.ordered import Appointed, Command, Newcomer, Ordered
from loggia.broker.runtime.applier import Applier
from loggia.broker.storage.chunks import Chunks
from loggia.broker.storage.log import Log
from loggia.shared.protocol.answers import Error, Stored
from loggia.shared.protocol.errors import StorageBroken, StorageDamaged, StorageFull
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import (
    Ban,
    CloseRoom,
    Configure,
    Create,
    Direct,
    End,
    Invite,
    Join,
    Kick,
    Leave,
    Message,
    Mute,
    ReopenRoom,
    SetRole,
    SetSubject,
    Unban,
    Unmute,
)

AT = 5000


@pytest.fixture
def open_log(tmp_path):
    logs = []

    def open_(name="log", epoch="epoch-1"):
        logs.append(Log(tmp_path / name, epoch))
        return logs[-1]

    yield open_
    for log in logs:
        log.close()


def batch(*commands, epoch="epoch-1"):
    return Ordered(epoch, list(commands))


def joins(account, room=LOBBY):
    return Command(account, Join(id="j", nick=account, room=room), AT, Newcomer(account.encode()))


def says(account, request_id, text="hello"):
    return Command(account, Message(id=request_id, room=LOBBY, text=text), AT)


def texts(log):
    return [raw for room in log.load().rooms.values() for raw in log.pages.after(room.number, 0, 100)]


def test_results_are_told_beside_what_was_ordered_one_for_each_command(open_log):
    applier = Applier(open_log())
    said = batch(joins("ada"), says("ada", "1"), says("ada", "1"), says("bob", "1"))
    encoded = ordered.encode(said)
    applied = applier.apply(said)
    granted, stored, again, refused = applied.results
    assert granted is None
    assert stored == Stored("1", LOBBY, 2, AT)
    assert again == Stored("1", LOBBY, 2, AT, duplicate=True)
    assert refused.code == "no_session"
    assert [len(stored.fresh) for stored in applied.stored] == [1]
    assert ordered.encode(said) == encoded


def test_the_same_batches_make_the_same_log(open_log):
    first, second = open_log("first"), open_log("second")
    for said in (batch(joins("ada"), joins("bob")), batch(says("bob", "1"), says("ada", "1"))):
        results = Applier(first).apply(said).results  # which knows no more than the log
        assert Applier(second).apply(ordered.decode(ordered.encode(said))).results == results
    assert texts(first) == texts(second) != []


def asks(account, request):
    drawn = {Create: SECRET, Direct: TALK}.get(type(request))
    return Command(account, request, AT, drawn)


SECRET, TALK = "%" + "s" * 28, "~" + "t" * 28


RUN = [  # by whom, and what; each is done, once as the same and once more
    ("ada", Create(id="01", room="lab", subject="tea")),
    ("ada", SetRole(id="02", room=LOBBY, who="bob", role="moderator")),
    ("bob", Mute(id="01", room=LOBBY, who="cas", until=AT + 5)),
    ("bob", Unmute(id="02", room=LOBBY, who="cas")),
    ("bob", SetSubject(id="03", room=LOBBY, subject="coffee")),
    ("bob", Kick(id="04", room=LOBBY, who="cas", reason="noise")),
    ("bob", Ban(id="05", room=LOBBY, who="dan")),
    ("bob", Unban(id="06", room=LOBBY, who="dan")),
    ("ada", Ban(id="03", room=LOBBY, who="dan", until=AT + 9)),
    ("ada", Configure(id="04", room="lab", slow_s=5, announce=True)),
    ("ada", CloseRoom(id="05", room="lab")),
    ("ada", ReopenRoom(id="06", room="lab")),
    ("bob", Appointed("x")),
    ("ada", Create(id="11", room="Thesis", private=True, subject="tea")),
    ("ada", Invite(id="12", room=SECRET, who="cas")),
    ("cas", Invite(id="01", room=SECRET, who="bob", reason="read")),
    ("ada", Configure(id="13", room=SECRET, title="Master thesis")),
    ("ada", Kick(id="14", room=SECRET, who="cas")),
    ("cas", Direct(id="02", people=["ada", "bob"])),
    ("bob", Leave(id="11", room=TALK)),
    ("ada", Direct(id="15", people=["bob", "cas"])),
]


@pytest.mark.parametrize("at_once", [1, 3, 20])
def test_rooms_that_are_run_make_the_same_log_whether_or_not_it_is_opened_again(open_log, at_once):
    """And the state that the disk gives is the one that was in memory."""
    first, second = open_log("first"), open_log("second")
    goes_on = Applier(second)
    commands = [joins("ada"), joins("bob"), joins("cas"), joins("dan")]
    commands += [asks(account, request) for account, request in RUN for _ in range(2)]
    for start in range(0, len(commands), at_once):
        said = batch(*commands[start : start + at_once])
        results = Applier(first).apply(said).results
        assert goes_on.apply(said).results == results
        assert not any(isinstance(result, Error) for result in results), results
    kept = [list(log.database.connection.execute("SELECT * FROM rules")) for log in (first, second)]
    assert kept[0] == kept[1]
    assert len(kept[0]) == 8 + 4 + 4
    assert texts(first) == texts(second) != []
    for name, room in first.load().rooms.items():
        assert goes_on.rooms.named(name).rules == room.rules


def test_rooms_that_are_run_are_as_before_when_the_disk_refused(open_log, monkeypatch):
    log = open_log()
    applier = Applier(log)
    applier.apply(batch(joins("ada"), joins("bob")))
    with monkeypatch.context() as patched:
        patched.setattr(log, "append", refuses)
        with pytest.raises(StorageFull):
            applier.apply(batch(asks("ada", Ban(id="1", room=LOBBY, who="bob")), asks("bob", Appointed("x"))))
    applier.load_again(undone=True)
    assert applier.rooms.named(LOBBY).rules is None
    assert set(applier.rooms.named(LOBBY).people) == {"ada", "bob"}
    refused = applier.apply(batch(asks("bob", CloseRoom(id="1", room=LOBBY)))).results[0]
    assert refused.code == "not_allowed"


def refuses(batch):
    raise StorageFull("a test")


def test_what_was_ordered_for_another_life_of_the_log_is_not_applied(open_log):
    log = open_log()
    applier = Applier(log)
    with pytest.raises(StorageBroken, match=r"epoch-2.*epoch-1"):
        applier.apply(batch(joins("ada"), epoch="epoch-2"))
    assert texts(log) == []
    assert applier.rooms.person("ada") is None


def test_a_commit_that_fails_did_not_happen(open_log, monkeypatch):
    log = open_log()
    applier = Applier(log)
    applier.apply(batch(joins("ada")))
    before = texts(log)

    def full(self, batch):
        raise StorageFull("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Log, "append", full)
        with pytest.raises(StorageFull):
            applier.apply(batch(says("ada", "1"), joins("bob")))
    applier.load_again(undone=True)
    assert texts(log) == before
    assert applier.rooms.person("bob") is None
    (stored,) = applier.apply(batch(says("ada", "1"))).results
    assert (stored.seq, stored.duplicate) == (2, False)


@pytest.mark.parametrize("method", ["find_answer", "find_person"])
def test_what_the_log_could_not_be_read_for_is_left_out_alone(open_log, monkeypatch, method):
    """The rest of its batch is what a second log gets, and it becomes the same."""
    log = open_log()
    applier = Applier(log)
    applier.apply(batch(joins("ada"), joins("bob"), says("ada", "5"), Command("bob", End(id="bye"), AT)))

    def unreadable(*_):
        raise StorageDamaged("this part cannot be read.")

    old = {"find_answer": says("ada", "4"), "find_person": Command("bob", Join(id="j"), AT)}[method]
    monkeypatch.setattr(applier.rooms._draft, "_find_answer", unreadable)
    monkeypatch.setattr(applier.rooms._people, "_find_person", unreadable)
    applied = applier.apply(batch(says("ada", "6"), old, says("ada", "7")))
    assert applied.left_out == [1]
    assert applied.results[1].code == "unavailable"
    assert [result.seq for result in applied.results[::2]] == [5, 6]


def test_the_number_of_an_account_is_not_given_again_when_the_log_was_opened_in_between(tmp_path):
    """Visitors are forgotten, and their numbers with them; a log that stayed open would give the next one."""
    vera = Command("vera", Join(id="j", nick="vera"), AT, Newcomer(b"vera", visitor=True))
    log = Log(tmp_path, "epoch-1")
    Applier(log).apply(batch(joins("ada"), vera, Command("vera", End(id="bye"), AT)))
    log.close()
    log = Log(tmp_path, "epoch-2")
    assert log.load().last_account == 2
    applier = Applier(log)
    applier.apply(batch(joins("bob")))
    assert applier.rooms.person("bob").number == 3
    log.close()


@pytest.mark.parametrize("drawn", [("ada", b"eve"), ("eve", b"ada")])
def test_the_log_gives_nobody_the_account_or_the_token_of_somebody_else(open_log, drawn):
    account, token_hash = drawn
    log = open_log()
    applier = Applier(log)
    applier.apply(batch(joins("ada"), Command("ada", End(id="bye"), AT)))
    with pytest.raises(apsw.ConstraintError):
        applier.apply(batch(Command(account, Join(id="j", nick="eve"), AT, Newcomer(token_hash))))
    assert log.find_account(b"ada").nick == "ada"
    assert log.find_person("eve") is None


def test_a_log_that_was_compacted_in_between_goes_on_the_same(tmp_path):
    """It lies in other rows: the events, their hashes and the ids that are known are the same."""
    said = [batch(joins("ada"), joins("bob"))]
    said += [batch(says("ada", f"{number:03}"), says("bob", f"x{number}")) for number in range(9)]
    ends = []
    for name in ("first", "second"):
        for number, some in enumerate(said):
            log = Log(tmp_path / name, "epoch-1")
            Applier(log).apply(some)
            log.close()
            if name == "second" and number % 4 == 2:
                compact(tmp_path / name, Progress(io.StringIO(), lambda: 0.0))
        log = Log(tmp_path / name, "another")
        again = Applier(log).apply(batch(says("ada", "004"), says("bob", "x7"), says("bob", "z")))
        rows = list(log.database.connection.execute("SELECT place FROM chunks"))
        room = log.load().rooms[LOBBY]
        ends.append(
            (texts(log), Chunks(log.database.connection).digest_at(room.number, room.head), again.results)
        )
        log.close()
        assert len(rows) < 11 if name == "second" else len(rows) == 11
    assert ends[0] == ends[1]
    assert [result.duplicate for result in ends[0][2]] == [True, True, False]


def test_a_log_that_does_not_tell_the_last_number_goes_on_behind_its_largest(tmp_path):
    """As older versions left it."""
    log = Log(tmp_path, "epoch-1")
    Applier(log).apply(batch(joins("ada"), joins("bob")))
    with log.database.transaction():
        log.database.connection.execute("DELETE FROM meta WHERE key = 'last_account'")
    assert log.load().last_account == 2
    log.close()
