import contextlib
import os
import pathlib
import random

import apsw
import pytest
from loggia.shared.client import effects
from loggia.shared.client.commands import Say
from loggia.shared.client.link.replica import Replica
from loggia.shared.client.saved import Entry, Saved, SavedCopy, SavedRoom
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.errors import StorageBroken, StorageFull
from loggia.shared.protocol.events import JoinedEvent, MessageEvent, OtherEvent, Received, StoredEvent

from tests.broker.storage.test_older_file import Deaths
from tests.planted import PLANTS, as_root, planting
from tests.stored import content

TABLES_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE room (name TEXT PRIMARY KEY, wanted INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE copy (id INTEGER PRIMARY KEY, room TEXT NOT NULL, epoch TEXT NOT NULL, UNIQUE (room, epoch));
CREATE TABLE current (room TEXT PRIMARY KEY, copy INTEGER NOT NULL REFERENCES copy) WITHOUT ROWID;
CREATE TABLE span (copy INTEGER NOT NULL REFERENCES copy, first INTEGER NOT NULL, last INTEGER NOT NULL,
                   PRIMARY KEY (copy, first)) WITHOUT ROWID;
CREATE TABLE event (copy INTEGER NOT NULL REFERENCES copy, seq INTEGER NOT NULL, body BLOB NOT NULL,
                    PRIMARY KEY (copy, seq)) WITHOUT ROWID;
CREATE TABLE outbox (place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, room TEXT NOT NULL,
                     text TEXT NOT NULL, reply_to INTEGER, at INTEGER NOT NULL,
                     code TEXT, reason TEXT NOT NULL);
CREATE TABLE handled (room TEXT PRIMARY KEY, epoch TEXT NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 1;
"""


def event(seq: int, text: str = "hi") -> MessageEvent:
    return MessageEvent(room="lobby", seq=seq, at=seq, nick="zoe", account="z", id=f"e{seq}", text=text)


def entry(place: int, **more: str) -> Entry:
    return Entry(place=place, say=Say(id=f"m{place}", room="lobby", text="hi", reply_to=3), at=7, **more)


def received(event: StoredEvent) -> Received:
    return Received(event, encode(event.fields if isinstance(event, OtherEvent) else event))


def copy(epoch: str, first: int, last: int, text: str = "hi") -> effects.KeepCopy:
    entries = [received(event(seq, text)) for seq in range(first, last + 1)]
    return effects.KeepCopy("lobby", epoch, entries, [(first, last)])


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "deep" / "ada.db"


def test_everything_kept_is_there_for_the_next_run(path: pathlib.Path) -> None:
    replica = Replica(path)
    refused = entry(2, code="banned", reason="You are banned.")
    replica.keep(
        [
            effects.KeepAccount("account-1", "token-1"),
            effects.KeepNick("ada", "bea", asked=True),
            effects.KeepRoom("lobby", True),
            effects.KeepRoom("lab", False),
            copy("e1", 3, 5),
            effects.KeepHandled("lobby", "e1", 4),
            effects.KeepEntry(entry(1)),
            effects.KeepEntry(entry(2)),
            effects.KeepEntry(refused),
            effects.KeepEntry(entry(3)),
            effects.DropEntry("m3"),
        ]
    )
    replica.close()
    replica = Replica(path)
    saved = replica.saved()
    assert (saved.tokens, saved.last_id) == (["token-1"], "m3")
    assert (saved.called("ada"), saved.called("cem"), saved.asked) == ("bea", "cem", True)
    assert saved.outbox == [entry(1), refused]
    lobby, lab = sorted(saved.rooms, key=lambda room: room.room, reverse=True)
    assert lobby == SavedRoom(room="lobby", wanted=True, epoch="e1", spans=[(3, 5)], handled=4)
    assert lab == SavedRoom(room="lab", wanted=False)
    assert replica.events("lobby", "e1", 3, 99) == [event(4), event(5)]
    replica.close()


def test_events_of_every_kind_come_back_as_they_were(path: pathlib.Path) -> None:
    common = {"room": "lobby", "at": 1, "nick": "ann\u202e", "account": "a", "id": "i"}
    fields = {"op": "pinned", "seq": 3, "target": {"x": [1, None]}, **common}
    kept: list[StoredEvent] = [
        MessageEvent(seq=1, text="\U0001f600 a\nb", reply_to=0, **common),
        JoinedEvent(seq=2, bot=True, **common),
        OtherEvent(seq=3, fields=fields, **common),
        MessageEvent(seq=4, text="six", bot=True, **common),
    ]
    replica = Replica(path)
    replica.keep([effects.KeepCopy("lobby", "e1", [received(event) for event in kept], [(1, 4)])])
    assert replica.events("lobby", "e1", 0, 4) == kept
    replica.close()


def test_a_new_life_of_a_log_sets_the_copy_aside(path: pathlib.Path) -> None:
    replica = Replica(path)
    replica.keep([copy("e1", 1, 9), effects.KeepHandled("lobby", "e1", 9)])
    replica.keep([copy("e2", 1, 2)])
    assert len(replica.events("lobby", "e1", 0, 99)) == 9, "aside, not gone"
    assert len(replica.events("lobby", "e2", 0, 99)) == 2
    replica.close()
    replica = Replica(path)
    saved = replica.saved()
    assert saved.rooms == [SavedRoom(room="lobby", epoch="e2", spans=[(1, 2)])]
    assert saved.old == [SavedCopy(room="lobby", epoch="e1", spans=[(1, 9)], handled=9)]
    replica.close()


def test_a_copy_is_set_aside_also_when_the_log_keeps_its_epoch(path: pathlib.Path) -> None:
    replica = Replica(path)
    replica.keep([copy("e1", 1, 9)])
    replica.keep([effects.SetAside("lobby", "e1", "e1 before"), copy("e1", 1, 2)])
    replica.keep([effects.KeepCopy("lobby", "e1", [received(event(3))], [(1, 3)])])
    assert [len(replica.events("lobby", epoch, 0, 99)) for epoch in ("e1", "e1 before")] == [3, 9]
    saved = replica.saved()
    assert saved.rooms == [SavedRoom(room="lobby", epoch="e1", spans=[(1, 3)])]
    assert saved.old == [SavedCopy(room="lobby", epoch="e1 before", spans=[(1, 9)])]
    replica.close()


def test_a_transaction_is_kept_whole_or_not_at_all(path: pathlib.Path) -> None:
    replica = Replica(path)
    wrong = entry(1)
    wrong.say = Say(id="m1", room=None, text="hi")  # type: ignore[arg-type]
    with pytest.raises(StorageBroken, match="cannot be used"):
        replica.keep([copy("e1", 1, 9), effects.KeepEntry(wrong)])
    assert replica.saved() == Saved()
    replica.keep([copy("e1", 1, 2)])
    assert len(replica.events("lobby", "e1", 0, 9)) == 2
    replica.close()


def test_a_full_disk_takes_nothing_and_the_next_try_works(path: pathlib.Path) -> None:
    replica = Replica(path)
    pages = next(replica._db.execute("PRAGMA page_count"))[0]
    replica._db.execute(f"PRAGMA max_page_count = {pages + 2}")
    big = copy("e1", 1, 19, "x" * 4000)
    with pytest.raises(StorageFull, match="refused to store"):
        replica.keep([big])
    assert replica.events("lobby", "e1", 0, 99) == []
    replica._db.execute("PRAGMA max_page_count = 1000000")
    replica.keep([big])
    assert len(replica.events("lobby", "e1", 0, 99)) == 19
    replica.close()


def test_a_second_program_on_the_file_is_told_so(path: pathlib.Path) -> None:
    replica = Replica(path)
    with pytest.raises(StorageBroken, match="in use by another program"):
        Replica(path)
    replica.close()
    Replica(path).close()


def test_who_it_was_in_other_logs_is_kept_and_not_for_ever(path: pathlib.Path) -> None:
    replica = Replica(path)
    accounts = [
        effects.KeepAccount(f"account-{number}", f"token-{number}") for number in range(effects.ACCOUNTS + 2)
    ]
    replica.keep(accounts)
    replica.keep([accounts[5]])
    left = [f"token-{number}" for number in range(effects.ACCOUNTS + 1, 1, -1) if number != 5]
    assert replica.saved().tokens == ["token-5", *left]
    replica.close()


def test_a_file_of_the_tables_before_is_carried_over(path: pathlib.Path) -> None:
    path.parent.mkdir()
    with contextlib.closing(apsw.Connection(str(path))) as db:
        db.execute(TABLES_1)
        db.execute("INSERT INTO meta VALUES ('account', 'a1'), ('token', 't1'), ('last_id', 'm3')")
        db.execute("INSERT INTO copy VALUES (1, 'lobby', 'e1'), (2, 'lobby', 'e2'), (3, 'lab', 'e2')")
        db.execute("INSERT INTO current VALUES ('lobby', 2), ('lab', 3)")
        db.execute("INSERT INTO span VALUES (1, 1, 9), (2, 1, 2), (3, 5, 4)")
        db.execute("INSERT INTO handled VALUES ('lobby', 'e2', 1), ('lab', 'e1', 7)")
    for _ in range(2):
        replica = Replica(path)
        saved = replica.saved()
        replica.close()
        assert (saved.tokens, saved.last_id) == (["t1"], "m3")
        assert {room.room: (room.spans, room.handled) for room in saved.rooms} == {
            "lobby": ([(1, 2)], 1),
            "lab": ([(5, 4)], None),
        }
        assert saved.old == [SavedCopy(room="lobby", epoch="e1", spans=[(1, 9)])]


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_nobody_else_on_this_computer_may_read_it(path: pathlib.Path) -> None:
    replica = Replica(path)
    replica.keep([effects.KeepAccount("account-1", "token-1")])
    assert path.parent.stat().st_mode & 0o777 == 0o700
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(["ada.db", "ada.db-wal"], 0o600)
    replica.close()


@as_root
@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
@pytest.mark.parametrize("name", ["kept.db", "kept.db-wal", "kept.db-shm", "kept.db-journal"])
@pytest.mark.parametrize("can_come", [True, False])
def test_what_was_planted_in_its_place_is_refused(tmp_path: pathlib.Path, plant, name: str, can_come) -> None:
    with planting(None if can_come else tmp_path / "place") as planted:
        planted.give()
        plant(planted, name)
        with pytest.raises(StorageBroken, match=r"kept\.db"):
            Replica(planted.folder / "kept.db")
        planted.check()
        (planted.folder / name).unlink()
        Replica(planted.folder / "kept.db").close()
        planted.check()


@pytest.mark.skipif(os.name != "posix", reason="Windows has other rights, which are inherited")
def test_a_file_or_a_place_of_everybody_s_is_refused(tmp_path: pathlib.Path) -> None:
    (tmp_path / "all").mkdir()
    (tmp_path / "all").chmod(0o777)
    with pytest.raises(StorageBroken, match=rf"everybody may write to {tmp_path.resolve()}/all"):
        Replica(tmp_path / "all" / "kept.db")
    assert os.listdir(tmp_path / "all") == []
    (tmp_path / "all").chmod(0o1777)
    Replica(tmp_path / "all" / "kept.db").close()
    (tmp_path / "all").chmod(0o775)
    Replica(tmp_path / "all" / "kept.db").close()
    (tmp_path / "all" / "kept.db").chmod(0o660)
    with pytest.raises(StorageBroken, match=r"others may write to .*kept\.db"):
        Replica(tmp_path / "all" / "kept.db")


def test_a_file_that_is_none_of_ours_or_no_file_is_refused(tmp_path: pathlib.Path) -> None:
    (tmp_path / "text").write_text("this is no database, and it is long enough to be read as one" * 20)
    for path in (tmp_path / "text", tmp_path, tmp_path / "text" / "below"):
        with pytest.raises(StorageBroken, match="cannot be used"):
            Replica(path)


@pytest.mark.parametrize("killed", [False, True])
def test_another_program_s_database_is_not_touched(path: pathlib.Path, killed: bool) -> None:
    """Also where only the WAL has its tables."""
    path.parent.mkdir()
    with contextlib.closing(apsw.Connection(str(path))) as db:
        db.pragma("journal_mode", "wal" if killed else "delete")
        if killed:
            db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        db.execute("CREATE TABLE notes(text)")
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    before = content(path.parent)
    assert len(before) == 1 + killed
    with pytest.raises(StorageBroken, match=r"a file of something else; move it away, or choose another fol"):
        Replica(path)
    assert content(path.parent) == before


def test_a_first_start_that_dies_at_any_step_is_no_other_program_s(tmp_path: pathlib.Path) -> None:
    def begin(folder: pathlib.Path) -> dict[str, object]:
        with contextlib.closing(Replica(folder / "ada.db")) as replica:
            replica.keep([copy("e1", 1, 2)])
        return {}

    folder = tmp_path.resolve()  # a copy's file is opened where it really is, and watched there
    (folder / "data").mkdir()
    held = set()
    for left, _ in Deaths(folder / "data", begin).left(folder / "left", random.Random(1)):
        with contextlib.closing(Replica(left / "ada.db")) as replica:
            held.add(len(replica.events("lobby", "e1", 0, 9)))
    assert held == {0, 2}


def test_a_file_of_a_newer_program_is_refused(path: pathlib.Path) -> None:
    Replica(path).close()
    db = apsw.Connection(str(path))
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StorageBroken, match="newer"):
        Replica(path)


def test_every_commit_is_on_the_disk(path: pathlib.Path) -> None:
    replica = Replica(path)
    settings = [next(replica._db.execute(f"PRAGMA {name}"))[0] for name in ("journal_mode", "synchronous")]
    assert settings == ["wal", 2]
    replica.close()


def test_a_file_that_is_damaged_is_said_to_be_so_wherever_that_shows(path: pathlib.Path) -> None:
    replica = Replica(path)
    replica.keep([copy("e1", 1, 98, "x" * 900)])
    replica.close()
    content = path.read_bytes()
    size = 4096
    told = 0
    for page in range(1, len(content) // size):
        path.write_bytes(content[: page * size] + b"\xff" * size + content[(page + 1) * size :])
        try:
            damaged = Replica(path)
        except StorageBroken:
            told += 1
            continue
        try:
            damaged.saved()
            damaged.events("lobby", "e1", 0, 98)
        except StorageBroken:
            told += 1
        damaged.close()
    assert told > 20


def test_an_entry_that_cannot_be_read_is_said_to_be_damaged(path: pathlib.Path) -> None:
    replica = Replica(path)
    replica.keep([copy("e1", 1, 3)])
    replica._db.execute("UPDATE event SET body = ? WHERE seq = 2", (b'{"op":"message"',))
    with pytest.raises(StorageBroken, match="cannot be used"):
        replica.events("lobby", "e1", 0, 9)
    replica.close()
