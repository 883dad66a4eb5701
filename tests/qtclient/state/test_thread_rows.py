"""Of a long thread some rows are in memory: whatever is asked, said, changed and missed, they are right."""

import random
from datetime import UTC

import pytest
from loggia.qtclient.state import kept_rows
from loggia.qtclient.state.me import Me
from loggia.qtclient.state.message import DELETED, MessageRow
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.rows import Day, RowBuilder
from loggia.qtclient.state.thread import Thread
from loggia.qtclient.state.thread_rows import MOST_LATER
from loggia.shared.protocol.events import DeletedEvent, EditedEvent, MessageEvent, StoredEvent
from loggia.shared.protocol.requests import History
from msgspec import structs

from tests.qtclient.state.test_rows_changed import deletes, edits
from tests.qtclient.talk import HOUR, NOON, says

MOST, BESIDE, LIMIT = 40, 8, 12
ROOT = 3


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_rows, "MOST_KEPT", MOST)
    monkeypatch.setattr(kept_rows, "BESIDE", BESIDE)


class Server:
    """A room's log, and what it answers about the thread of ROOT."""

    def __init__(self, replies: int) -> None:
        self.log: list[StoredEvent] = []
        for _ in range(ROOT - 1):
            self.says(None)
        self.says(None)
        for _ in range(replies):
            self.says(ROOT)

    @property
    def head(self) -> int:
        return len(self.log)

    def says(self, thread: int | None) -> None:
        seq = self.head + 1
        self.log.append(says(seq, text=f"number {seq}", at=NOON + seq * HOUR, thread=thread))

    @property
    def thread(self) -> list[MessageEvent]:
        """As it is now."""
        found: dict[int, MessageEvent] = {}
        for event in self.log:
            if isinstance(event, MessageEvent):
                if ROOT in (event.seq, event.thread):
                    found[event.seq] = event
            elif isinstance(event, DeletedEvent) and event.target in found:
                was = found[event.target]
                found[was.seq] = structs.replace(was, text="", deleted=True, rev=event.seq)
            elif isinstance(event, EditedEvent) and not found[event.target].deleted:
                found[event.target] = structs.replace(found[event.target], text=event.text, rev=event.seq)
        return list(found.values())

    def answer(self, after: int | None, before: int | None = None) -> tuple[list[MessageEvent], bool]:
        said = self.thread
        if after is not None:
            said = [event for event in said if event.seq > after]
            return said[:LIMIT], len(said) > LIMIT
        said = [event for event in said if before is None or event.seq < before]
        return said[-LIMIT:], len(said) > LIMIT


class Reader:
    """Who has the thread open, and gets its answers later than they are made."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.of = Room("lobby", RowBuilder(Me("ada"), UTC))
        self.of.newest = self.told = server.head
        self.thread = Thread(self.of, ROOT, RowBuilder(Me("ada"), UTC))
        self.page: tuple[list[MessageEvent], bool] | None = None
        self.looked: tuple[list[MessageEvent], bool] | None = None
        self.begin()

    def begin(self) -> None:
        self.looked = None
        self.thread.again()
        self.page = self.server.answer(self.thread.ask())

    def look(self, way: str) -> None:
        if self.thread.complete and self.thread.wants(way):  # type: ignore[arg-type]
            self._ask(self.thread.look(way))  # type: ignore[arg-type]

    def _ask(self, request: History) -> None:
        self.looked = self.server.answer(request.after, request.before)

    def take(self) -> None:
        """The answer comes."""
        if self.page is not None:
            answer, self.page = self.page, None
            if self.thread.page(*answer):
                self.page = self.server.answer(self.thread.ask())
        elif self.looked is not None:
            answer, self.looked = self.looked, None
            if not self.thread.gave(*answer):
                self._ask(self.thread.look_again())

    def hear(self) -> None:
        """All that happened since."""
        new, self.told = self.server.log[self.told :], self.server.head
        if new:
            self.of.newest = self.told
            self.thread.came(new)
            if self.thread.misses:
                self.begin()

    def miss(self) -> None:
        """The connection is made anew, and what happened meanwhile was told otherwise, or nothing did."""
        self.of.newest = self.told = self.server.head
        self.begin()

    def settle(self) -> None:
        self.hear()
        while self.page is not None or self.looked is not None:
            self.take()

    def let_go(self, top: int) -> None:
        if not self.thread.loading:
            self.thread.let_go(top - self.thread.shift, top - self.thread.shift + 5)


def is_right(reader: Reader) -> None:
    thread = reader.thread
    now = [event for event in reader.server.thread if thread.oldest <= event.seq <= thread.last]
    rows = [row for row in thread.rows if isinstance(row, MessageRow)]
    expected = [(one.seq, DELETED if one.deleted else one.text) for one in now]
    assert [(row.seq, row.text) for row in rows] == expected
    days = [row.key for row in thread.rows if isinstance(row, Day)]
    assert len(set(days)) == len(days)
    assert thread.newest == reader.server.thread[-1].seq
    assert thread.replies == len(reader.server.thread) - 1
    assert thread.at_top == (rows[0].seq == ROOT)


def test_a_long_thread_keeps_few_rows_and_gives_all_of_them():
    reader = Reader(Server(200))
    while reader.page is not None:
        reader.take()
        reader.let_go(len(reader.thread.rows))
        assert len(reader.thread.rows) <= MOST + 2 * LIMIT
    is_right(reader)
    assert not reader.thread.detached
    seen = set()
    while not reader.thread.at_top:
        seen |= {row.seq for row in reader.thread.rows if isinstance(row, MessageRow)}
        reader.look("older")
        reader.settle()
        reader.let_go(0)
        is_right(reader)
        assert len(reader.thread.rows) <= MOST + 2 * LIMIT
    assert reader.thread.detached
    while reader.thread.detached:
        reader.look("newer")
        reader.settle()
        seen |= {row.seq for row in reader.thread.rows if isinstance(row, MessageRow)}
        reader.let_go(len(reader.thread.rows))
        is_right(reader)
    assert seen == {event.seq for event in reader.server.thread}


@pytest.mark.parametrize("seed", range(100))
def test_it_is_right_whatever_happens(seed: int):
    chance = random.Random(seed)
    server = Server(chance.choice((0, 5, 30, 120)))
    reader = Reader(server)

    def say() -> None:
        for _ in range(chance.choice((1, 1, 3, 30))):
            server.says(chance.choice((ROOT, ROOT, None)))

    def change() -> None:
        target = chance.choice(server.thread).seq
        event = edits(server.head + 1, target, f"edit {server.head + 1}")
        server.log.append(event if chance.random() < 0.8 else deletes(server.head + 1, target))

    def look() -> None:
        reader.look(chance.choice(("older", "older", "newer", "newer", "first", "newest", "sought")))

    def let_go() -> None:
        reader.let_go(chance.randrange(len(reader.thread.rows) + 1))

    acts = (say, change, change, look, look, reader.take, reader.take, reader.take, reader.hear, let_go)
    for _ in range(120):
        chance.choice(acts)()
        if chance.random() < 0.02:
            reader.miss()
    reader.settle()
    is_right(reader)


def test_of_what_became_of_them_while_a_page_comes_not_all_is_kept():
    server = Server(60)
    reader = Reader(server)
    reader.settle()
    reader.let_go(len(reader.thread.rows))
    assert not reader.thread.at_top
    reader.look("older")
    target = reader.thread.oldest - 1
    for number in range(MOST_LATER + 1):
        server.log.append(edits(server.head + 1, target, f"edit {number}"))
    reader.hear()
    reader.take()
    assert reader.looked is not None, "it is asked for again"
    reader.settle()
    is_right(reader)


def test_what_is_said_while_the_newest_come_stands_behind_them():
    server = Server(60)
    reader = Reader(server)
    reader.settle()
    reader.let_go(0)
    assert reader.thread.detached
    reader.look("newest")
    server.says(ROOT)
    reader.hear()
    reader.take()
    assert not reader.thread.detached
    is_right(reader)


def test_what_changes_while_pages_are_gathered_is_found_among_them_without_going_through_them():
    class Pages(list[StoredEvent]):
        def __iter__(self):
            raise AssertionError("for each change, of thousands")

    server = Server(60)
    reader = Reader(server)
    reader.settle()
    server.says(None)
    reader.miss()
    reader.take()
    thread = reader.thread
    thread._pages = Pages(thread._pages)
    for target in (thread._pages[5].seq, thread._pages[-1].seq):
        server.log.append(edits(server.head + 1, target, "other"))
    reader.hear()
    assert [one.target for one in thread._later] == [thread._pages[5].seq, thread._pages[-1].seq]
    thread._pages = list(thread._pages[:])
    reader.settle()
    is_right(reader)
