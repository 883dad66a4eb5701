"""What becomes of a message is the same for whoever holds it, whenever what changed it came."""

import contextlib
import pathlib
import random
from collections.abc import Iterable

import apsw
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.shared.client import effects
from loggia.shared.client.commands import Say
from loggia.shared.client.link.memory import Memory
from loggia.shared.client.link.replica import Replica
from loggia.shared.client.saved import Entry
from loggia.shared.protocol import changes
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.down import receive
from loggia.shared.protocol.events import (
    DeletedEvent,
    EditedEvent,
    MessageEvent,
    PassingEvent,
    PinnedEvent,
    ReactedEvent,
    Received,
    StoredEvent,
)

from tests.shared.client.link.test_replica import path as path

SECRET = "the bank holds 4711 in the blue box"


class Log:
    """A room's log, as a broker tells it: an entry at once, or pages with the state of then."""

    def __init__(self) -> None:
        self.events: list[StoredEvent] = []

    def message(self, text: str, thread: int | None = None) -> int:
        return self._add(MessageEvent, text=text, thread=thread)

    def change(self, kind: type, target: int, **more: object) -> int:
        return self._add(kind, target=target, **more)

    def _add(self, kind: type, **more: object) -> int:
        seq = len(self.events) + 1
        nick, account = ("zoe", "z") if seq % 3 else ("ann", "a")
        self.events.append(
            kind(room="lobby", seq=seq, at=seq, nick=nick, account=account, id=f"e{seq}", **more)
        )
        return seq

    def live(self, first: int, last: int) -> list[Received]:
        return [Received(event, encode(event)) for event in self.events[first - 1 : last]]

    def page(self, first: int, last: int, head: int) -> list[Received]:
        """As the broker tells it while `head` is its newest entry."""
        states: dict[int, changes.MessageState] = {}
        for event in self.events[:head]:
            if (target := changes.changed_by(event)) is not None:
                changes.step(states.setdefault(target, changes.MessageState()), event)
        gone = {target for target, state in states.items() if state.deleted}
        return [_told(event, states.get(event.seq), gone) for event in self.events[first - 1 : last]]

    def now(self) -> list[StoredEvent]:
        return [entry.event for entry in self.page(1, len(self.events), len(self.events))]


def _told(event: StoredEvent, state: changes.MessageState | None, gone: set[int]) -> Received:
    if type(event) is EditedEvent and event.target in gone:
        event = msgspec.structs.replace(event, text="", mentions=())
    body = encode(event)
    if state is not None and type(event) is MessageEvent:
        body = changes.as_now(body, changes.encode(state))
    told = receive(body)
    assert not isinstance(told, PassingEvent)
    return told


def kept(entries: list[Received], spans: list[tuple[int, int]], epoch: str = "e1") -> effects.KeepCopy:
    return effects.KeepCopy("lobby", epoch, entries, spans)


def grown(chance: random.Random, count: int) -> Log:
    log, messages, gone = Log(), [1], set[int]()
    log.message("first")
    while len(log.events) < count:
        target = chance.choice(messages[-6:])
        kind = chance.choice(
            [MessageEvent, MessageEvent, EditedEvent, DeletedEvent, ReactedEvent, PinnedEvent]
        )
        if kind is MessageEvent:
            thread = chance.choice([None, target])
            seq = log.message(f"text {len(log.events)}", thread)
            messages += [seq] if thread is None else []
        elif target not in gone:
            more = {
                EditedEvent: {"text": f"edit {len(log.events)}"},
                ReactedEvent: {"emoji": chance.choice("ab"), "on": chance.random() < 0.7},
                PinnedEvent: {"on": chance.random() < 0.7},
            }.get(kind, {})
            log.change(kind, target, **more)
            gone |= {target} if kind is DeletedEvent else set()
    return log


def delivered(log: Log, chance: random.Random) -> Iterable[list[effects.Keep]]:
    """A history in which holes are filled, older pages come late, and what was a gap is closed at the end."""
    end = len(log.events)
    begin = chance.randint(1, end)
    parted = chance.randint(1, begin)  # from there to `begin` is a gap, to be filled from its end
    last = 0
    while last < parted - 1:
        upto = chance.randint(last + 1, parted - 1)
        head = chance.randint(upto, parted - 1)
        entries = chance.choice([log.live(last + 1, upto), log.page(last + 1, upto, head)])
        yield [kept(entries, [(1, upto)])]
        last = upto
    before = [(1, last)] if last else []
    first, last = begin, begin - 1
    older: list[tuple[int, int, int]] = []  # asked for while the head was that, and under way
    while last < end or first > parted or older:
        what = chance.choice(["new", "ask", "older"])
        if what == "new" and last < end:
            upto = chance.randint(last + 1, end)
            head = chance.randint(upto, end)
            entries = chance.choice([log.live(last + 1, upto), log.page(last + 1, upto, head)])
            last = upto
            yield [kept(entries, [*before, (first, last)])]
        elif what == "ask" and first > parted and not older and last >= begin:
            older.append((chance.randint(parted, first - 1), first - 1, last))
        elif what == "older" and older:
            first, upto, head = older.pop()
            yield [kept(log.page(first, upto, head), [*before, (first, last)])]
        elif last < begin:
            last = begin
            yield [kept(log.live(begin, begin), [*before, (first, last)])]


def texts_of(replica: Replica) -> Iterable[tuple[int, bytes]]:
    """The bodies that hold a text, with the message that it is of."""
    for seq, body in replica._db.execute("SELECT seq, body FROM event WHERE instr(body, ?)", (b'"text"',)):
        event = receive(body)
        assert isinstance(event, Received)
        yield (event.event.target if type(event.event) is EditedEvent else seq), body


@given(st.integers(0, 2**32))
def test_who_was_away_who_opens_the_page_now_and_who_had_it_open_all_see_the_same(seed: int) -> None:
    chance = random.Random(seed)
    log = grown(chance, chance.randint(2, 40))
    memory, shown = Memory(), {}
    with contextlib.closing(Replica(None)) as replica:
        for turn in delivered(log, chance):
            memory.keep(turn)
            replica.keep(turn)
            held = replica.events("lobby", "e1", 0, 99)
            assert memory.events("lobby", "e1", 0, 99) == held
            heard = {event.target for event in held if type(event) is DeletedEvent}
            assert not [target for target, body in texts_of(replica) if target in heard]
        assert replica.events("lobby", "e1", 0, 99) == log.now()
    for entry in log.live(1, len(log.events)):
        shown[entry.seq] = entry.event
        target = changes.changed_by(entry.event)
        if target is not None:
            shown[target] = changes.changed(shown[target], entry.event)
    told = [event for event in shown.values() if type(event) is MessageEvent]
    assert told == [event for event in log.now() if type(event) is MessageEvent]


def test_a_change_to_what_is_not_held_is_no_hole_and_is_there_when_it_comes(path: pathlib.Path) -> None:
    log = Log()
    log.message("old")
    log.change(ReactedEvent, 1, emoji="+", on=True)
    page = log.page(1, 1, 2)
    log.change(EditedEvent, 1, text="new")
    log.change(ReactedEvent, 1, emoji="-", on=True)
    with contextlib.closing(Replica(path)) as replica:
        replica.keep([kept(log.live(3, 4), [(3, 4)])])
        assert replica.events("lobby", "e1", 0, 9) == log.events[2:]
        replica.keep([kept([*page, *log.live(2, 2)], [(1, 4)])])
        assert replica.events("lobby", "e1", 0, 9) == log.now()
        assert replica.events("lobby", "e1", 0, 1) == log.now()[:1]
    with contextlib.closing(Replica(path)) as replica:
        assert replica.events("lobby", "e1", 0, 9) == log.now()


def files_with(folder: pathlib.Path, text: str) -> list[str]:
    return [file.name for file in folder.iterdir() if text.encode() in file.read_bytes()]


def said(place: int, text: str) -> Entry:
    return Entry(place=place, say=Say(id=f"e{place}", room="lobby", text=text), at=7)


def test_what_is_deleted_is_in_no_file(path: pathlib.Path) -> None:
    """As it was said, as it was edited, and as it waited to be sent."""
    log = Log()
    log.message(SECRET)
    log.change(EditedEvent, 1, text=SECRET + " and more", mentions=("ada-lovelace",))
    log.change(DeletedEvent, 1)
    with contextlib.closing(Replica(path)) as replica:
        replica.keep([effects.KeepEntry(said(1, SECRET))])
        replica.keep([kept(log.live(1, 2), [(1, 2)]), effects.DropEntry("e1")])
        assert files_with(path.parent, SECRET)
        replica.keep([kept(log.live(3, 3), [(1, 3)])])
        assert files_with(path.parent, SECRET) == files_with(path.parent, "ada-lovelace") == []
        found = replica.events("lobby", "e1", 0, 9)
        assert found == [
            *log.now()[:1],
            msgspec.structs.replace(log.events[1], text="", mentions=()),
            log.events[2],
        ]
        assert replica.saved().outbox == []


@pytest.mark.parametrize("before", [False, True])
def test_what_came_with_an_older_page_or_left_the_outbox_later_is_wiped_too(
    path: pathlib.Path, before: bool
) -> None:
    log = Log()
    log.message(SECRET)
    log.change(EditedEvent, 1, text=SECRET)
    page = log.page(1, 2, 2)
    log.change(DeletedEvent, 1)
    with contextlib.closing(Replica(path)) as replica:
        replica.keep([effects.KeepEntry(said(1, SECRET))])
        replica._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if before:
            replica.keep([effects.DropEntry("e1")])
        replica.keep([kept(log.live(3, 3), [(3, 3)])])
        replica.keep([kept(page, [(1, 3)])])
        if not before:
            assert files_with(path.parent, SECRET)
            replica.keep([effects.DropEntry("e1")])
        assert files_with(path.parent, SECRET) == []
        assert replica.events("lobby", "e1", 0, 1) == log.now()[:1]


def test_one_that_comes_deleted_is_wiped_where_it_was_held(path: pathlib.Path) -> None:
    """Also in the copy of an earlier life of the log, in which it is the same; another one is left alone."""
    log, other = Log(), Log()
    log.message(SECRET)
    log.change(EditedEvent, 1, text=SECRET)
    other.message("something else")
    other.events[0] = msgspec.structs.replace(other.events[0], id="another")
    held = log.live(1, 2)
    log.change(DeletedEvent, 1)
    with contextlib.closing(Replica(path)) as replica:
        replica.keep([kept(other.live(1, 1), [(1, 1)], "e0")])
        replica.keep([kept(held, [(1, 2)], "e1")])
        replica.keep([kept(log.page(1, 3, 3), [(1, 3)], "e2")])
        assert files_with(path.parent, SECRET) == []
        assert replica.events("lobby", "e0", 0, 9) == other.events
        (first,) = replica.events("lobby", "e1", 0, 1)
        assert isinstance(first, MessageEvent)
        assert (first.deleted, first.text) == (True, "")


def test_nothing_is_left_where_it_was_before_it_moved(path: pathlib.Path) -> None:
    """SQLite overwrites what it deletes, and leaves what it moved to another page."""
    chance, log = random.Random(1), Log()
    for number in range(2000):
        log.message(f"SECRET{number:04}" + "x" * chance.choice([10, 100, 300, 2000]))
    gone = chance.sample(range(1, 2001), 1000)
    for target in gone:
        log.change(DeletedEvent, target)
    with contextlib.closing(Replica(path)) as replica:
        for first in range(1901, 0, -100):
            replica.keep([kept(log.live(first, first + 99), [(first, 2000)])])
        replica.keep([kept(log.live(2001, 3000), [(1, 3000)])])
        content = b"".join(file.read_bytes() for file in path.parent.iterdir())
        assert [target for target in gone if b"SECRET%04d" % (target - 1) in content] == []
        assert content.count(b"SECRET") >= 1000


def test_who_dies_before_the_file_is_written_anew_does_so_at_the_next_start(
    path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log()
    log.message(SECRET)
    log.change(DeletedEvent, 1)
    with contextlib.closing(Replica(path)) as replica:
        replica._db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        with monkeypatch.context() as patch:
            patch.setattr(type(replica._changes), "settle", lambda self: None)
            replica.keep([kept(log.live(1, 1), [(1, 1)])])
            replica.keep([kept(log.live(2, 2), [(1, 2)])])
    assert files_with(path.parent, SECRET) == ["ada.db-wal"]
    with contextlib.closing(Replica(path)):
        assert files_with(path.parent, SECRET) == []


def test_an_older_copy_that_holds_changes_it_did_not_know_knows_them_now(path: pathlib.Path) -> None:
    log = Log()
    log.message(SECRET)
    log.message("thread begins")
    log.message("answer", thread=2)
    log.change(EditedEvent, 1, text=SECRET)
    log.change(DeletedEvent, 1)
    with contextlib.closing(Replica(path)) as replica:
        replica.keep([kept(log.live(1, 3), [(1, 5)])])
    with contextlib.closing(apsw.Connection(str(path))) as db:
        db.execute("DROP TABLE change; ALTER TABLE outbox DROP COLUMN thread; PRAGMA user_version = 2")
        for entry in log.live(4, 5):
            db.execute("INSERT INTO event SELECT id, ?, ? FROM copy", (entry.seq, entry.body))
    with contextlib.closing(Replica(path)) as replica:
        first, second = replica.events("lobby", "e1", 0, 2)
        assert [first, second] == log.now()[:2]
        path.with_name("ada.db.format-2").unlink()
        assert files_with(path.parent, SECRET) == []


@given(st.integers(0, 2**32))
def test_what_a_message_said_is_told_as_the_copy_holds_it_the_same_with_a_file_and_without(seed: int) -> None:
    chance = random.Random(seed)
    log = grown(chance, chance.randint(2, 40))
    memory = Memory()
    with contextlib.closing(Replica(None)) as replica:
        live = [kept(log.live(1, len(log.events)), [(1, len(log.events))])]
        memory.keep(live)
        replica.keep(live)
        for message in (event for event in log.events if type(event) is MessageEvent):
            told = replica.texts("lobby", "e1", message.seq)
            assert memory.texts("lobby", "e1", message.seq) == told
            about = [event for event in log.events if changes.changed_by(event) == message.seq]
            gone = any(type(event) is DeletedEvent for event in about)
            edits = [event.seq for event in about if type(event) in (EditedEvent, DeletedEvent)]
            assert [event.seq for event in told] == [message.seq, *edits]
            texts = [event.text for event in told if isinstance(event, MessageEvent | EditedEvent)]
            was = [event.text for event in about if type(event) is EditedEvent]
            assert texts == ([""] * len(texts) if gone else [message.text, *was])


def test_of_what_is_not_held_nothing_is_told(path: pathlib.Path) -> None:
    with contextlib.closing(Replica(path)) as replica:
        assert replica.texts("lobby", "e1", 1) == Memory().texts("lobby", "e1", 1) == []
