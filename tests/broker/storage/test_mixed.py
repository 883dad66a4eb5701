"""A batch over many rooms: read as any other, few pages, put away in the end, and as well proved."""

import contextlib
import random
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.broker.admin import verify
from loggia.broker.admin.compact import compact
from loggia.broker.core.state import Batch, Fresh, Room
from loggia.broker.storage import mixed
from loggia.broker.storage.hash_chain import Chain
from loggia.broker.storage.log import Log
from loggia.broker.storage.page_checksums import PAGE_BYTES
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.errors import StorageFull
from loggia.shared.protocol.events import MessageEvent

from tests.broker.disks import a_disk, flip
from tests.broker.storage.older import silent

MANY = 40


class World:
    """A log, and what it should hold. `said`: the events of each room, encoded."""

    def __init__(self, folder, rooms):
        self.folder = folder
        self.rooms = {}
        self.said = {number: [] for number in range(1, rooms + 1)}
        self._open()
        for number in self.said:
            self.rooms[number] = Room(number=number, name=f"room {number}", place=self.log.place_of(number))
        for number, room in self.rooms.items():
            self.log.append(Batch(new_rooms=[room], fresh=[self.fresh(number, ["begin"])]))
            self.keep(number, ["begin"])

    def _open(self):
        self.log = Log(self.folder, "epoch")

    def close(self):
        self.log.close()

    def again(self):
        self.close()
        self._open()
        self.load()

    def load(self):
        self.log.load()

    def put_away(self):
        with self.log.database.transaction():
            change = self.log._chunks.put_away(2)
        if change is not None:
            self.log._chunks.settle(change)

    def event(self, number, seq, text):
        return MessageEvent(f"room {number}", seq, seq, "ada", "a", f"{seq}", text)

    def fresh(self, number, texts):
        events = [self.event(number, seq, text) for seq, text in enumerate(texts, len(self.said[number]) + 1)]
        return Fresh(self.rooms[number], events[0].seq, events, [encode(event) for event in events])

    def keep(self, number, texts):
        self.said[number] += self.fresh(number, texts).bodies

    def says(self, batch):
        """Texts by room."""
        self.log.append(Batch(fresh=[self.fresh(number, texts) for number, texts in batch.items()]))
        for number, texts in batch.items():
            self.keep(number, texts)

    def check(self):
        for number, said in self.said.items():
            head = len(said)
            assert self.log._chains[number].seq == head
            assert self.log._chunks.head(number) == head
            assert [bytes(line) for line in self.log.pages.after(number, 0, 1000)] == said
            assert [bytes(line) for line in self.log.pages.before(number, head + 1, 1000)] == said
            for seq in {1, head // 2, head - 1, head} - {0, -1}:
                place = self.log.place_of(number) + seq
                assert list(self.log._chunks.lines(place, place)) == [said[seq - 1]]
                assert [bytes(line) for line in self.log.pages.after(number, seq - 1, 2)] == said[
                    seq - 1 : seq + 1
                ]
                assert [bytes(line) for line in self.log.pages.before(number, seq, 2)] == said[
                    max(0, seq - 3) : seq - 1
                ]
            rows = list(self.log._chunks.checked(number, Chain()))
            assert b"\n".join(row.lines for row in rows) == b"\n".join(said)
            assert self.log._chunks.digest_at(number, head) == self.log._chains[number].digest

    def count(self, table):
        return self.log.database.connection.execute(f"SELECT count(*) FROM {table}").get


@contextlib.contextmanager
def bounds(**values):
    with pytest.MonkeyPatch.context() as patched:
        for name, value in values.items():
            patched.setattr(mixed, name, value)
        yield


TEXTS = st.lists(st.sampled_from(["", "hello", "x" * 300]), min_size=1, max_size=5)
BATCHES = st.dictionaries(st.integers(1, 6), TEXTS, min_size=1)


@given(
    st.lists(st.one_of(BATCHES, st.sampled_from(["again", "load", "put_away"])), max_size=25),
    st.sampled_from([0, 2]),
    st.sampled_from([3, 64]),
    st.sampled_from([2, 9, 1000]),
)
def test_it_is_read_as_if_each_room_had_its_own_rows(acts, few, due, many):
    with (
        tempfile.TemporaryDirectory() as folder,
        bounds(FEW_ROOMS=few, DUE_EVENTS=due, MANY_PARTS=many, MANY_BYTES=2000),
    ):
        with contextlib.closing(World(Path(folder), 6)) as world:
            for act in acts:
                if isinstance(act, str):
                    getattr(world, act)()
                    continue
                world.says(act)
                parts = sum(len(world.log._chunks._mixed.tail(number)) for number in world.said)
                assert parts == world.log._chunks._mixed._parts
                assert parts <= 2 * many + 6, "twice as many, and those of one batch"
            world.check()
            world.again()
            world.check()
            assert world.log.damage == []
            assert bool(world.count("mixed")) == bool(world.log._chunks._mixed)
        report = verify.verify(Path(folder), silent())
        assert (report.damage, report.notes) == ([], [])


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path / "data", MANY)
    yield world
    world.close()


def everywhere(world, text="hello", count=1):
    world.says({number: [f"{text} {number}"] * count for number in world.said})


def test_a_batch_over_many_rooms_is_one_row_and_few_pages(world):
    for _ in range(60):  # so that each room ends on a page of its own
        world.says({number: ["x" * 100] for number in range(1, 3)})
        for number in world.said:
            world.says({number: ["x" * 100]})
    rows = world.count("chunks")
    world.log.database.checkpoint()
    everywhere(world)
    assert (world.count("chunks"), world.count("mixed")) == (rows, 1)
    assert len(world.log.database._pages.newer) < MANY / 2
    world.check()


def test_what_came_for_many_lies_in_few_rows_in_the_end(world):
    for number in range(3 * mixed.DUE_EVENTS):
        everywhere(world, f"{number}")
    assert world.count("chunks") <= MANY * 4
    assert world.count("mixed") <= mixed.DUE_EVENTS
    world.check()


def test_one_who_comes_alone_has_a_row_of_its_own_behind_the_others(world):
    everywhere(world)
    everywhere(world)
    world.says({7: ["alone"]})
    assert world.log._chunks._mixed.tail(7) == ()
    assert len(world.log._chunks._mixed.tail(8)) == 2
    world.check()
    world.again()
    world.check()


def test_long_texts_get_rows_of_their_own(world):
    world.says({number: ["x" * mixed.DUE_BYTES if number == 3 else "short"] for number in world.said})
    assert world.log._chunks._mixed.tail(3) == ()
    world.check()


def test_a_full_disk_leaves_all_as_it_was(tmp_path):
    with a_disk() as disk, bounds(DUE_EVENTS=3):
        world = World(tmp_path / "data", MANY)
        everywhere(world)
        everywhere(world)
        disk.full = True
        for text in ("all of them are due", "again"):
            with pytest.raises(StorageFull):
                world.log.append(Batch(fresh=[world.fresh(number, [text]) for number in world.said]))
        disk.full = False
        world.check()
        everywhere(world)
        world.check()
        assert world.count("mixed") == 0
        world.again()
        world.check()
        world.log.close()


def test_the_hash_does_not_depend_on_how_it_came(world, tmp_path):
    other = World(tmp_path / "other", MANY)
    for _ in range(5):
        everywhere(world)
        for number in other.said:
            other.says({number: [f"hello {number}"]})
    assert {n: chain.digest for n, chain in world.log._chains.items()} == {
        n: chain.digest for n, chain in other.log._chains.items()
    }
    other.log.close()


def test_compact_leaves_nothing_together(world):
    for number in range(5):
        everywhere(world, f"{number}")
    digests = {number: chain.digest for number, chain in world.log._chains.items()}
    world.log.close()
    compact(world.folder, silent())
    world._open()
    assert (world.count("mixed"), world.count("chunks")) == (0, MANY)
    assert {number: chain.digest for number, chain in world.log._chains.items()} == digests
    world.log.load()
    world.check()


# -- Whether it is what was written --------------------------------------------------------------


def test_every_changed_byte_of_it_is_noticed(world, tmp_path, expect_log):
    expect_log("The log is damaged")
    for number in range(8):
        everywhere(world, f"text {number}", 3)
    world.log.close()
    file = world.folder / "loggia.db"
    content = file.read_bytes()
    pages = sorted({at // PAGE_BYTES for at in every(content, b'"text ')})
    assert len(pages) > 10
    chance = random.Random(1)
    for number, page in enumerate(pages):
        copy = tmp_path / f"{number}"
        shutil.copytree(world.folder, copy)
        flip(copy / "loggia.db", page * PAGE_BYTES + chance.randrange(PAGE_BYTES))
        assert verify.verify(copy, silent()).damage
        damaged = Log(copy, "another life")
        assert damaged.frozen, "what was lost was answered"
        rooms = damaged.load().rooms
        for room, said in world.said.items():  # what can be read is right, and without holes
            head = rooms[f"room {room}"].head
            assert [bytes(line) for line in damaged.pages.after(room, 0, 1000)] == said[:head]
            assert [bytes(line) for line in damaged.pages.before(room, head + 1, 1000)] == said[:head]
        damaged.close()


def every(content, sought):
    at = content.find(sought)
    while at >= 0:
        yield at
        at = content.find(sought, at + 1)


@pytest.mark.parametrize("column", ["parts", "lines"])
@pytest.mark.parametrize(
    "change",
    ["{0} || x'00'", "substr({0}, 2)", "x''", "replace({0}, x'3131', x'3132')", "zeroblob(length({0}))"],
)
def test_a_row_that_was_changed_with_its_checksums_is_noticed(world, tmp_path, expect_log, column, change):
    expect_log("The log is damaged")
    for number in range(3):
        everywhere(world, f"text {number}")
    world.says({number: ["11" * 40] for number in world.said})
    if column == "parts" and "replace" in change:
        change = "substr({0}, 45) || substr({0}, 1, 44)"
    changed = change.format(column)
    db = world.log.database.connection
    db.execute(f"UPDATE mixed SET {column} = CAST({changed} AS BLOB) WHERE number = 2 OR number = 4")
    world.log.close()
    damaged = Log(world.folder, "another life")
    assert damaged.frozen
    rooms = damaged.load().rooms
    for room, said in world.said.items():
        head = rooms[f"room {room}"].head
        assert [bytes(line) for line in damaged.pages.after(room, 0, 1000)] == said[:head]
    damaged.close()
    assert verify.verify(world.folder, silent()).damage
