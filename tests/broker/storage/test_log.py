"""The log on the disk: what it holds after a restart, and what it refuses to open."""

import os
import sys
from pathlib import Path

import apsw
import pytest
from loggia.broker.core.ordered import Command, Newcomer
from loggia.broker.core.rooms import RoomsState
from loggia.broker.core.state import Batch, Fresh, IdRange, Person, Room
from loggia.broker.storage.event_rows import ROW_BYTES
from loggia.broker.storage.hash_chain import Chain
from loggia.broker.storage.heads_file import RoomEnd
from loggia.broker.storage.log import Log
from loggia.shared.protocol.answers import Stored
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.down import decode_event
from loggia.shared.protocol.errors import StorageBroken, StorageFull
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import Join, Message

from tests.broker.disks import a_disk

ADA = Person(number=7, account="a", token_hash=b"", nick="ada")
EVE = Person(number=8, account="e", token_hash=b"", nick="eve")


@pytest.fixture
def open_log(tmp_path):
    logs = []

    def open_one(folder="data", new_epoch="first"):
        logs.append(Log(tmp_path / folder, new_epoch))
        return logs[-1]

    yield open_one
    for log in logs:
        log.close()


def said(room, seq, request_id="1", text="hello"):
    return MessageEvent(room.name, seq, seq * 10, "ada", "a", request_id, text)


def batch_of(room, *events, new=False):
    fresh = Fresh(room, events[0].seq, list(events), [encode(event) for event in events])
    return Batch(fresh=[fresh], new_rooms=[room] if new else [])


def room_of(log, number=1, name=LOBBY):
    return Room(number=number, name=name, place=log.place_of(number))


# -- What it keeps -----------------------------------------------------------------------------


def test_a_new_folder_is_made(open_log, tmp_path):
    log = open_log("a/b/c")
    assert log.load().rooms == {}
    assert log.load().last_account == 0
    assert (tmp_path / "a" / "b" / "c" / "loggia.db").is_file()


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_nobody_else_on_this_computer_may_read_it(open_log, tmp_path):
    log = open_log()
    room = room_of(log)
    log.append(batch_of(room, said(room, 1), new=True))
    folder = tmp_path / "data"
    assert folder.stat().st_mode & 0o777 == 0o700
    modes = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert {"loggia.db", "loggia.db-wal", "loggia.db-shm", "lock"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_the_epoch_stays(open_log):
    log = open_log(new_epoch="first")
    assert log.epoch == "first"
    log.close()
    assert open_log(new_epoch="second").epoch == "first"


def test_what_was_appended_is_there_after_a_restart(open_log):
    log = open_log()
    lobby, lab = room_of(log), room_of(log, 2, "lab")
    log.append(batch_of(lobby, said(lobby, 1), said(lobby, 2), new=True))
    log.append(batch_of(lab, said(lab, 1), new=True))
    log.append(batch_of(lobby, said(lobby, 3)))
    log.close()
    log = open_log()
    rooms = log.load().rooms
    assert {name: (room.number, room.head, room.at) for name, room in rooms.items()} == {
        LOBBY: (1, 3, 30),
        "lab": (2, 1, 10),
    }
    assert [decode_event(event).seq for event in log.pages.after(1, 0, 10)] == [1, 2, 3]
    assert [decode_event(event).room for event in log.pages.after(2, 0, 10)] == ["lab"]
    assert log.pages.after(3, 0, 10) == log.pages.before(3, 5, 10) == []


def test_every_commit_is_synced(open_log):
    """What is answered was written and synced before: WAL, with a sync at each commit."""
    log = open_log()
    assert log._db.pragma("journal_mode") == "wal"
    assert log._db.pragma("synchronous") == 2  # FULL


def test_a_batch_is_stored_whole_or_not_at_all(open_log):
    log = open_log()
    lobby = room_of(log)
    log.append(batch_of(lobby, said(lobby, 1), new=True))
    bad = batch_of(lobby, said(lobby, 2))
    bad.id_ranges.append(IdRange(7, lobby, 2, 2, "2"))
    bad.out_of_order_ids += [(7, "2", lobby.place + 2)] * 2
    bad.members[1, 1] = True
    with pytest.raises(apsw.ConstraintError):
        log.append(bad)
    assert [decode_event(event).seq for event in log.pages.after(1, 0, 10)] == [1]
    assert log.find_answer(ADA, "2") is None
    log.append(batch_of(lobby, said(lobby, 2)))
    assert log.load().rooms[LOBBY].head == 2


def test_a_place_is_taken_only_once(open_log):
    log = open_log()
    lobby = room_of(log)
    log.append(batch_of(lobby, said(lobby, 1), new=True))
    with pytest.raises(AssertionError, match="a place in a room is taken once"):
        log.append(batch_of(lobby, said(lobby, 1, text="another")))
    assert decode_event(log.pages.after(1, 0, 1)[0]).text == "hello"


def test_the_answer_to_an_id_is_the_place_it_was_stored_at(open_log):
    log = open_log()
    lobby = room_of(log)
    events = [said(lobby, seq, str(seq + 10)) for seq in range(1, 5)]
    batch = batch_of(lobby, *events, new=True)
    batch.id_ranges.append(IdRange(7, lobby, 1, 3, "13"))
    batch.out_of_order_ids.append((7, "14", lobby.place + 4))
    log.append(batch)
    for event in events:
        assert log.find_answer(ADA, event.id) == Stored(event.id, LOBBY, event.seq, event.at)
        assert log.find_answer(EVE, event.id) is None
    for unknown in ("1", "10", "12\0", "15", "111", "\0"):
        assert log.find_answer(ADA, unknown) is None


def test_under_one_id_each_finds_what_is_its_own_where_they_talked_in_turns(open_log):
    log = open_log()
    lobby = room_of(log)
    events = [
        MessageEvent(LOBBY, 2 * number + place, 10, who.nick, who.account, str(number), "hello")
        for number in range(1, 5)
        for place, who in enumerate((ADA, EVE), -1)
    ]
    batch = batch_of(lobby, *events, new=True)
    batch.id_ranges += [IdRange(ADA.number, lobby, 1, 7, "4"), IdRange(EVE.number, lobby, 2, 8, "4")]
    log.append(batch)
    for who, seqs in ((ADA, [1, 3, 5, 7]), (EVE, [2, 4, 6, 8])):
        assert [log.find_answer(who, str(number)).seq for number in range(1, 5)] == seqs


def test_a_full_disk_stores_nothing_and_goes_on_reading(tmp_path):
    with a_disk() as disk:
        log = Log(tmp_path, "first")
        lobby = room_of(log)
        log.append(batch_of(lobby, said(lobby, 1), new=True))
        disk.full = True
        for _ in range(3):
            with pytest.raises(StorageFull, match="no space left"):
                log.append(batch_of(lobby, said(lobby, 2)))
        assert disk.refused >= 3
        assert log.load().rooms[LOBBY].head == 1
        assert len(log.pages.after(1, 0, 10)) == 1
        disk.full = False
        log.append(batch_of(lobby, said(lobby, 2)))
        log.close()
        log = Log(tmp_path, "first")
        assert log.load().rooms[LOBBY].head == 2
        log.close()


def test_a_log_ends_in_peace_on_a_full_disk_and_goes_on_from_there(tmp_path):
    with a_disk() as disk:
        log = Log(tmp_path, "first")
        lobby = room_of(log)
        log.append(batch_of(lobby, said(lobby, 1), new=True))
        disk.full = True
        log.close()
        assert disk.refused
        disk.full = False
        log = Log(tmp_path, "second")
        assert (log.epoch, log.load().rooms[LOBBY].head) == ("first", 1)
        log.close()


def test_a_copy_back_that_the_disk_refuses_takes_no_answer_back(tmp_path, monkeypatch):
    """What is in the WAL is stored, whether or not the database has room for it."""
    monkeypatch.setattr("loggia.broker.storage.database.CHECKPOINT_PAGES", 1)
    with a_disk() as disk:
        log = Log(tmp_path, "first")
        lobby = room_of(log)
        log.append(batch_of(lobby, said(lobby, 1), new=True))
        disk.full = "loggia.db"
        for seq in (2, 3, 4):
            log.append(batch_of(lobby, said(lobby, seq)))
            log.relieve()
        assert disk.refused
        disk.full = False
        log.close()
        log = Log(tmp_path, "second")
        assert (log.epoch, log.load().rooms[LOBBY].head) == ("first", 4)
        log.close()


def test_a_database_at_its_limit_stores_nothing(open_log):
    """SQLite's own limit instead of the disk's: the transaction is rolled back already when it says so."""
    log = open_log()
    lobby = room_of(log)
    log.append(batch_of(lobby, said(lobby, 1), new=True))
    log._db.pragma("max_page_count", 1)  # no more pages than there are
    with pytest.raises(StorageFull):
        log.append(batch_of(lobby, said(lobby, 2, text="x" * 100_000)))
    log._db.pragma("max_page_count", 1_000_000)
    log.append(batch_of(lobby, said(lobby, 2)))
    assert log.load().rooms[LOBBY].head == 2


def test_long_events_lie_in_rows_of_their_own_and_are_read_as_any_others(open_log):
    log = open_log()
    room = room_of(log)
    sizes = [10, 70_000, 10, *[16_000] * 9, 10, 66_000, 66_000, *[300] * 300]
    events = [said(room, seq, f"{seq}", "x" * size) for seq, size in enumerate(sizes, 1)]
    log.append(batch_of(room, *events, new=True))
    rows = log.database.connection.execute("SELECT lines FROM chunks ORDER BY place").fetchall()
    assert [lines.split(b"\n") for (lines,) in rows if len(lines) > ROW_BYTES] == [
        [encode(events[place])] for place in (1, 13, 14)
    ]
    assert b"\n".join(lines for (lines,) in rows) == b"\n".join(map(encode, events))
    assert len(rows) < 20
    read = []
    while page := log.pages.after(1, len(read), 1000):
        read += page
    assert [bytes(line) for line in read] == [encode(event) for event in events]
    assert [bytes(line) for line in log.pages.before(1, 3, 1000)] == [encode(event) for event in events[:2]]


# -- What it refuses ---------------------------------------------------------------------------


def test_two_brokers_on_one_folder(open_log, tmp_path):
    first = open_log()
    with pytest.raises(StorageBroken, match="in use by another program") as refused:
        open_log()
    assert str(tmp_path / "data") in str(refused.value)
    assert first.load().rooms == {}
    first.close()
    assert open_log().load().rooms == {}


def assert_one_line(refused):
    assert str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_database(open_log, tmp_path):
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "loggia.db"
    file.write_bytes(b"Dear diary, " * 1000)
    with pytest.raises(StorageBroken, match="not a database") as refused:
        open_log()
    assert_one_line(refused)
    assert file.read_bytes().startswith(b"Dear diary")
    file.unlink()
    assert open_log().epoch == "first"  # and the folder was let go


@pytest.mark.parametrize("version", [1, 99])
def test_a_log_of_another_version(open_log, version):
    log = open_log()
    log._db.pragma("user_version", version)
    log.close()
    with pytest.raises(StorageBroken, match="another version") as refused:
        open_log()
    assert_one_line(refused)
    with pytest.raises(StorageBroken, match="another version"):  # and not "in use"
        open_log()


@pytest.mark.parametrize("garbage", [b"garbage", b"", b"\xff\xfe", b'{"id":1}', b"{}\n"])
def test_a_log_that_cannot_be_read(open_log, garbage):
    """A head that is no event: better no broker than one that gives numbers twice."""
    log = open_log()
    lobby = room_of(log)
    log.append(batch_of(lobby, said(lobby, 1), new=True))
    end = Chain()
    end.extend(garbage, 1 + garbage.count(b"\n"))
    log._db.execute("UPDATE chunks SET lines = ?, chain = ?", (garbage, end.digest))
    log._witness.note([(1, RoomEnd(end.seq, end.digest))])
    log.close()
    with pytest.raises(StorageBroken, match="cannot be read") as refused:
        open_log().load()
    assert_one_line(refused)


def test_a_folder_that_is_a_file(open_log, tmp_path):
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(StorageBroken, match="is not a folder; give another") as refused:
        open_log()
    assert_one_line(refused)


def test_a_folder_that_is_inside_a_file(open_log, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageBroken, match="not writable"):
        open_log("file/data")


@pytest.mark.skipif(sys.platform != "linux", reason="a folder nobody can write into, root neither")
def test_a_folder_nobody_can_write_into():
    with pytest.raises(StorageBroken, match="not writable") as refused:
        Log(Path(f"/proc/{os.getpid()}/loggia"), "first")
    assert_one_line(refused)


# -- Under a state machine ---------------------------------------------------------------------


def test_a_state_machine_goes_on_where_the_disk_stopped(open_log):
    """A batch that was decided and never appended is as if it had not been."""
    log = open_log()
    rooms = RoomsState(log.load(), log.place_of, log.find_answer, log.find_person)
    rooms.decide(Command("a", Join(id="j", nick="ada"), 5, Newcomer(b"t")))
    log.append(rooms.taken())
    rooms.decide(Command("a", Message(id="1", room=LOBBY, text="kept"), 6))
    log.append(rooms.taken())
    rooms.decide(Command("a", Message(id="2", room=LOBBY, text="lost"), 7))
    rooms.taken()
    rooms = RoomsState(log.load(), log.place_of, log.find_answer, log.find_person)
    assert rooms.room(LOBBY).head == 2
    assert rooms.person("a").largest_id == "1"
    answer = rooms.decide(Command("a", Message(id="2", room=LOBBY, text="said again"), 8))
    assert (answer.seq, answer.duplicate) == (3, False)
