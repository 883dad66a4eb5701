"""Deleted means gone: from every file of the log, and what is left is still proved to be what was written."""

import errno
import io
import os
import random
from types import SimpleNamespace

import pytest
from loggia.broker.admin import verify
from loggia.broker.admin.export import as_lines
from loggia.broker.admin.import_ import take_in
from loggia.broker.admin.progress import Progress
from loggia.broker.admin.rebuild import rebuild
from loggia.broker.admin.snapshot import snapshot
from loggia.broker.storage import compaction, data_dir, wiping
from loggia.broker.storage.log import Log
from loggia.broker.storage.seals import wiped
from loggia.shared.protocol.errors import StorageBroken
from loggia.shared.protocol.events import DeletedEvent, EditedEvent, MessageEvent
from loggia.shared.protocol.requests import Delete, Edit, Message

from tests.broker.house import House

SECRET = "the-secret-of-{}"


@pytest.fixture
def progress():
    return Progress(io.StringIO(), lambda: 0.0)


@pytest.fixture
def house(house):
    house.join("ada", "ada")
    return house


def delete(house, seq, request_id, room="lobby"):
    answer = house.ask_one("ada", Delete(id=request_id, room=room, seq=seq))
    assert answer.seq, answer
    return answer.seq


def settle(house):
    """As the broker does some seconds behind a deletion."""
    wiping.wipe_what_is_free(house.log.database)


def is_gone(house, *texts):
    content = b"".join(file.read_bytes() for file in house.folder.iterdir() if file.is_file())
    return not any(text.encode() in content for text in texts)


def is_sound(house, progress):
    house.close()
    try:
        assert verify.verify(house.folder, progress).damage == []
    finally:
        house._open()


def ids():
    return (f"{number:08}" for number in range(1, 10**8))


def test_what_was_said_is_in_no_file_and_the_rest_is_proved(house, progress):
    number = ids()
    said = house.say("ada", next(number), SECRET.format("ada")).seq
    house.ask_one("ada", Edit(id=next(number), room="lobby", seq=said, text=SECRET.format("eve")))
    assert not is_gone(house, SECRET.format("ada"))
    gone = delete(house, said, next(number))
    house.say("ada", next(number), "what comes")
    settle(house)
    assert is_gone(house, SECRET.format("ada"), SECRET.format("eve"))
    message, edited, deleted, _ = house.events()[said - 1 :]
    assert isinstance(message, MessageEvent)
    assert (message.text, message.deleted, message.rev) == ("", True, gone)
    assert isinstance(edited, EditedEvent)
    assert edited.text == ""
    assert isinstance(deleted, DeletedEvent)
    assert [upto for upto, _ in deleted.proofs] == [gone - 1]
    is_sound(house, progress)
    house.join("ada", token="token-1")
    house.say("ada", next(number), "and what comes then")
    is_sound(house, progress)
    house.close()
    assert rebuild(house.folder, progress)[1] == 0


def test_a_witness_that_power_left_behind_still_tells_the_log_of_what_was_wiped(
    house, monkeypatch, tmp_path_factory
):
    """Of a block in which a text is gone the hashes on the way are gone as well."""
    number, heads, synced = ids(), house.folder / data_dir.HEADS, []
    sync = os.fsync

    def sync_and_remember(descriptor):
        sync(descriptor)
        synced[:] = [heads.read_bytes()]

    monkeypatch.setattr(os, "fsync", sync_and_remember)
    house.restart()
    house.join("ada", token="token-1")
    said = house.say("ada", next(number), SECRET.format("ada")).seq
    house.say("ada", next(number), "behind it")
    monkeypatch.setattr(compaction, "LEAST_ROWS", 2)
    monkeypatch.setattr(
        house.log, "relieve", lambda resting=False: False
    )  # which would write the witness, too
    for now in (2000, 2700, 3400):
        while house.log.rest(now):
            pass  # and what was said is one row
    delete(house, said, next(number))
    house.say("ada", next(number), "and behind that")
    left = tmp_path_factory.mktemp("left")
    for name in (data_dir.DATABASE, data_dir.WAL):
        (left / name).write_bytes((house.folder / name).read_bytes())
    (left / data_dir.HEADS).write_bytes(synced[0])
    log = Log(left, "another life")
    try:
        assert (log.epoch, log.damage) == (house.log.epoch, [])
    finally:
        log.close()


def test_where_the_witness_takes_nothing_nothing_is_wiped(house, monkeypatch, expect_log):
    expect_log("The disk refuses to store")
    number = ids()
    said = house.say("ada", next(number), SECRET.format("ada")).seq

    def refuse(descriptor):
        raise OSError(errno.EIO, "no")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse)
        house.refuses("ada", Delete(id=next(number), room="lobby", seq=said), "storage_full")
    assert house.events()[-1].text == SECRET.format("ada")


def test_nothing_of_it_is_where_sqlite_moved_rows_from(house):
    """Rooms between whose rows there is no room left: pages are parted, and keep bytes of what moved."""
    chance, number = random.Random(1), ids()
    rooms = ["lobby", *[f"room-{room}" for room in range(11)]]
    for room in rooms[1:]:
        house.join("ada", room=room)
    said = []
    for each in range(500):
        text = SECRET.format(f"{each:04}-") + "x" * chance.randrange(1200)
        answer = house.say("ada", next(number), text, chance.choice(rooms))
        said.append((answer.room, answer.seq))
    for start in range(0, 500, 50):
        requests = [Delete(id=next(number), room=room, seq=seq) for room, seq in said[start : start + 50]]
        house.ask("ada", *requests)
    settle(house)
    assert is_gone(house, *(SECRET.format(f"{each:04}-") for each in range(500)))


def test_what_is_deleted_in_its_own_turn_never_comes_into_the_log(house, progress):
    said, gone = house.ask(
        "ada",
        Message(id="01", room="lobby", text=SECRET.format("ada")),
        Delete(id="02", room="lobby", seq=2),
    )
    assert (said.seq, gone.seq) == (2, 3)
    assert is_gone(house, SECRET.format("ada"))
    assert house.events()[-1].proofs == ()
    assert "".join(str(event) for event in house.told_events()).count("secret") == 0
    is_sound(house, progress)


@pytest.mark.parametrize("seed", range(6))
def test_any_of_many_in_any_order(house, progress, seed):
    """Some hundred messages in several rooms, one by one and many at once, joined at rest and restarted in
    between; half of them go."""
    chance, number = random.Random(seed), ids()
    rooms = ["lobby", *[f"room-{room}" for room in range(9)]]
    for room in rooms[1:]:
        house.join("ada", room=room)
    alive, dead = {}, []
    for _ in range(120):
        what = chance.random()
        if what < 0.45:
            room = chance.choice(rooms[:2])
            text = SECRET.format(next(number)) + "x" * chance.randrange(300)
            alive[room, house.say("ada", next(number), text, room).seq] = text
        elif what < 0.6:  # over many rooms at once
            said = [Message(id=next(number), room=room, text=SECRET.format(next(number))) for room in rooms]
            for message, answer in zip(said, house.ask("ada", *said), strict=True):
                alive[answer.room, answer.seq] = message.text
        elif what < 0.95 and alive:
            some = chance.sample(sorted(alive), min(len(alive), chance.randrange(1, 4)))
            answers = house.ask("ada", *(Delete(id=next(number), room=room, seq=seq) for room, seq in some))
            assert all(hasattr(answer, "seq") for answer in answers), answers
            dead += [alive.pop(which) for which in some]
        elif what < 0.98:
            house.restart()
            house.join("ada", token="token-1")
        else:
            for now in range(0, 3000, 700):
                while house.log.rest(now):
                    pass
    settle(house)
    assert is_gone(house, *dead)
    is_sound(house, progress)
    for room in rooms:
        left = {event.seq: event.text for event in house.events(room) if type(event) is MessageEvent}
        assert {seq: text for seq, text in left.items() if text} == {
            seq: text for (name, seq), text in alive.items() if name == room
        }


def test_an_export_has_nothing_of_it_and_becomes_the_same_log(house, progress, tmp_path):
    number = ids()
    said = [house.say("ada", next(number), SECRET.format(each)).seq for each in range(600)]
    for seq in (said[3], said[4], said[255], said[300], said[599]):
        delete(house, seq, next(number))
    house.say("ada", next(number), "more")
    delete(house, said[598], next(number))
    before, ends = house.events(), house.log.database.connection.execute("SELECT * FROM message_states")
    states = sorted(ends)
    house.close()
    file = tmp_path / "export"
    with snapshot(house.folder / data_dir.DATABASE) as log, file.open("wb") as out:
        assert as_lines(log, log.rooms, out.write, progress) == []
        chains = {name: log.chunks.digest_at(room, log.chunks.head(room)) for room, name in log.rooms.items()}
    assert all(
        SECRET.format(gone).encode() + b'"' not in file.read_bytes() for gone in (3, 4, 255, 300, 599, 598)
    )
    other = House(tmp_path / "other")
    other.close()
    ends = take_in(other.folder, file, progress)
    assert {name: end.chain for name, end in ends.items()} == chains
    other._open()
    assert other.events() == before
    assert sorted(other.log.database.connection.execute("SELECT * FROM message_states")) == states
    is_sound(other, progress)
    other.close()
    lines = file.read_bytes().splitlines(keepends=True)
    sealed = next(at for at, line in enumerate(lines) if line.startswith(b'{"sealed"'))
    file.write_bytes(
        b"".join(
            [*lines[:sealed], lines[sealed].replace(b'"digest":"', b'"digest":"0'), *lines[sealed + 1 :]]
        )
    )
    third = House(tmp_path / "third")
    third.close()
    with pytest.raises(StorageBroken, match="proves"):
        take_in(third.folder, file, progress)


def test_a_text_that_comes_back_is_noticed(house, progress):
    said = house.say("ada", "01", SECRET.format("ada")).seq
    delete(house, said, "02")
    house.say("ada", "03", "more")
    db = house.log.database.connection
    name, was = b'"id":"01"', db.execute("SELECT count(*) FROM chunks WHERE instr(lines, ?)", (b'"id":"01"',))
    assert was.get == 1
    db.execute("UPDATE chunks SET lines = CAST(replace(lines, ?, ?) AS BLOB)", (name, name + b',"text":"x"'))
    house.close()
    damage = verify.verify(house.folder, progress).damage
    assert [lost.room for lost in damage] == ["lobby"]


def test_while_somebody_reads_it_waits(house):
    said = house.say("ada", "01", SECRET.format("ada")).seq
    with snapshot(house.folder / data_dir.DATABASE):
        delete(house, said, "02")
        assert not wiping.wipe_what_is_free(house.log.database)
        assert not is_gone(house, SECRET.format("ada"))
    assert wiping.wipe_what_is_free(house.log.database)
    assert is_gone(house, SECRET.format("ada"))


@pytest.mark.parametrize(
    ("resting", "after_s"), [(True, wiping.WITHIN_S), (False, wiping.AT_LATEST_S)], ids=["rest", "talk"]
)
def test_it_is_done_at_rest_or_a_while_later_amid_all_talk(house, monkeypatch, resting, after_s):
    now = 1000.0
    monkeypatch.setattr(wiping, "time", SimpleNamespace(monotonic=lambda: now))
    delete(house, house.say("ada", "01", SECRET.format("ada")).seq, "02")
    now += after_s - 0.1
    house.log.relieve(resting=resting)
    assert not is_gone(house, SECRET.format("ada"))
    delete(house, house.say("ada", "03", SECRET.format("bob")).seq, "04")
    now += 0.2
    house.log.relieve(resting=resting)
    assert is_gone(house, SECRET.format("ada"), SECRET.format("bob"))


def test_an_event_without_its_words_keeps_the_rest():
    line = b'{"op":"message","room":"a","seq":3,"text":"x","reply_to":2,"mentions":["b"],"new":1}'
    assert wiped(line) == b'{"op":"message","room":"a","seq":3,"reply_to":2,"new":1}'
