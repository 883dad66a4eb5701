"""Pages of history: how many looks into the file one takes, however many messages are on it."""

from contextlib import contextmanager

import pytest
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.down import decode_event
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.requests import Edit, Message, React

from tests.broker.house import House

REPLIES = 600


@pytest.fixture
def threaded(tmp_path):
    """A room with a thread among other messages, of which all are edited or got a sign; and its root."""
    house = House(tmp_path / "data")
    for nick in ("ada", "bob"):
        house.join(nick, nick, room="lab")
    root = house.say("ada", "a0000", "the root", "lab").seq
    for begin in range(0, REPLIES, 100):
        some = [
            Message(id=f"b{n:04d}{kind}", room="lab", text=f"{kind} {n}", thread=thread)
            for n in range(begin, begin + 100)
            for kind, thread in (("reply", root), ("talk", None))
        ]
        assert not any(isinstance(answer, Error) for answer in house.ask("bob", *some))
    said = [event for event in house.events("lab") if isinstance(event, MessageEvent)]
    for event in said:
        if event.account == said[-1].account:
            change = Edit(id=f"e{event.seq:06d}", room="lab", seq=event.seq, text=f"now {event.text}")
        else:
            change = React(id=f"e{event.seq:06d}", room="lab", seq=event.seq, emoji="👍")
        house.arrive("bob", change)
        if event.seq % 50 == 0:
            house.run()
    house.run()
    yield house, root
    house.close()


@contextmanager
def counted(house):
    """The statements that the log's connection is given meanwhile."""
    db, told = house.log.database.connection, []
    db.exec_trace = lambda cursor, sql, bindings: told.append(sql) or True
    try:
        yield told
    finally:
        db.exec_trace = None


def number_of(house):
    return house.log.load().rooms["lab"].number


def rows_of(house, seqs):
    """In how many rows of the log these events are."""
    chunks = house.log._tables.chunks
    number = number_of(house)
    firsts = {row.first for row in chunks._rows(number, 1, 10**6, "")}
    return len({max(first for first in firsts if first <= seq) for seq in seqs})


@pytest.mark.parametrize("limit", [1, 10, 1000])
@pytest.mark.parametrize("way", ["after", "before"])
def test_a_page_of_history_takes_as_many_looks_whatever_is_on_it(threaded, way, limit):
    house, _ = threaded
    pages, number = house.log.pages, number_of(house)
    with counted(house) as statements:
        page = pages.after(number, 0, limit) if way == "after" else pages.before(number, 1000, limit)
    assert len(page) == min(limit, 999 if way == "before" else 1000)
    assert limit == 1 or any(b'"edited_at"' in bytes(line) for line in page)
    assert len(statements) <= 3, statements


@pytest.mark.parametrize("newest", [False, True])
@pytest.mark.parametrize("limit", [1, 10, 1000])
def test_a_page_of_a_thread_takes_two_looks_and_one_for_each_row_of_the_log(threaded, limit, newest):
    house, root = threaded
    number = number_of(house)
    with counted(house) as statements:
        page, more = house.log.pages.thread(number, root, 0, 10**6, limit, newest=newest)
    told = list(map(decode_event, page))
    assert len(told) == min(limit, REPLIES + 1)
    assert more == (limit < REPLIES + 1)
    assert len(statements) <= 2 + rows_of(house, [event.seq for event in told]), statements
    assert len(statements) < 30


@pytest.mark.parametrize("newest", [False, True])
def test_a_page_of_a_thread_is_as_history_tells_it(threaded, newest):
    house, root = threaded
    number, pages = number_of(house), house.log.pages
    all_of_it, behind = [], 0
    while page := pages.after(number, behind, 1000):
        all_of_it += page
        behind = decode_event(page[-1]).seq
    told = {event.seq: bytes(line) for line in all_of_it for event in [decode_event(line)]}
    thread = [seq for seq, line in told.items() if b'"thread":%d' % root in line]
    page, _ = pages.thread(number, root, thread[3], thread[-3], 50, newest=newest)
    some = thread[4:-3]
    assert [bytes(line) for line in page] == [told[seq] for seq in (some[-50:] if newest else some[:50])]


@pytest.mark.parametrize("newest", [False, True])
def test_a_page_of_a_thread_of_long_texts_is_no_longer_and_says_that_there_are_more(threaded, newest):
    house, root = threaded
    long = [Message(id=f"c{n:04d}", room="lab", text="x" * 16_000, thread=root) for n in range(40)]
    house.ask("bob", *long)
    number = number_of(house)
    after = house.log.load().rooms["lab"].head - len(long)
    page, more = house.log.pages.thread(number, root, after, 10**6, 1000, newest=newest)
    assert sum(map(len, page)) <= 256 * 1024
    assert more
    seqs = [decode_event(line).seq for line in page]
    assert seqs == (
        list(range(after + 41 - len(seqs), after + 41))
        if newest
        else list(range(after + 1, after + 1 + len(seqs)))
    )


@pytest.mark.parametrize("newest", [False, True])
def test_a_page_of_a_thread_that_is_far_apart_ends_before_it_takes_long(threaded, monkeypatch, newest):
    house, root = threaded
    monkeypatch.setattr("loggia.broker.storage.pages.ROWS_BYTES", 1)
    number = number_of(house)
    told, bounds, more = [], [0, 10**6], True
    while more:
        with counted(house) as statements:
            page, more = house.log.pages.thread(number, root, *bounds, 1000, newest=newest)
        assert len(statements) <= 3, statements
        seqs = [decode_event(line).seq for line in page]
        told = [*seqs, *told] if newest else [*told, *seqs]
        bounds[newest] = told[0] if newest else told[-1]
    assert len(told) == REPLIES + 1
    assert told == sorted(set(told))
