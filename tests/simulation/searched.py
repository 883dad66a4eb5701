"""What is found when all has come to rest: what was said, as it is now, by whoever may read it, and no more.

Asks the real index, and reads its file. The first promise that was broken raises `Violation`.
"""

import re
from typing import TYPE_CHECKING

from loggia.broker.core import words
from loggia.broker.sessions.searching import Searching
from loggia.broker.storage.indexing import REFUSED_S, Indexing
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.requests import Search

from tests.simulation.naive import RoomLog

if TYPE_CHECKING:
    from tests.simulation.world import World

MOST_STEPS = 1000
WORDS = 8  # of all that were ever said are looked for
PAGE = 3

Logs = dict[str, RoomLog]
Place = tuple[str, int]


def is_what_was_said(world: "World") -> None:
    if not _rests(world.broker.index):  # the disk refused something, which is tried again later
        world.schedule.run_until(world.schedule.now + REFUSED_S)
        world.rest()  # it may be another broker by now
        world.ledger.require(_rests(world.broker.index), "the index does not come to rest")
    logs = world.ledger.logs[world.ledger.epoch]
    said = sorted({word for log in logs.values() for text in _ever_said(log) for word in _words(text)})
    accounts = sorted({client.run.account for client in world.clients if client.run is not None})
    for word in world.chance.sample(said, min(WORDS, len(said))):
        for account in accounts:
            found, wanted = (
                _found(world, account, word),
                _wanted(logs, account, word, world.broker._wall_ms()),
            )
            world.ledger.require(
                sorted(found) == sorted(wanted), "a search finds", found, "for", account, word, "of", wanted
            )
    _nothing_is_left(world, logs)


def _rests(index: Indexing) -> bool:
    for _ in range(MOST_STEPS):
        if not index.step():
            break
    return index.is_complete


def _ever_said(log: RoomLog) -> list[str]:
    messages = [event for event in log.events if isinstance(event, MessageEvent)]
    return [text for message in messages for text in log.texts(message.seq)]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _now(log: RoomLog) -> list[MessageEvent]:
    """The messages of a room that are not deleted, as they are."""
    events = [log.as_of(seq, log.head) for seq in range(1, log.head + 1)]
    return [event for event in events if isinstance(event, MessageEvent) and not event.deleted]


def _wanted(logs: Logs, account: str, word: str, at: int) -> list[Place]:
    readable = {
        name: log
        for name, log in logs.items()
        if (not log.is_private or account in log.members[-1]) and not log.standings[-1].is_banned(account, at)
    }
    return [
        (name, event.seq)
        for name, log in readable.items()
        for event in _now(log)
        if word in _words(event.text)
    ]


def _found(world: "World", account: str, word: str) -> list[Place]:
    """All pages of it."""
    broker, found, cursor = world.broker, list[Place](), None
    searching = Searching(broker.pipeline.rooms, broker.index.find, Limits())
    while True:
        request = Search(id="s", text=word, limit=PAGE, cursor=cursor)
        answer = searching.answer(account, request, None, broker._wall_ms())
        found += [(hit.room, hit.seq) for hit in answer.hits]
        if (cursor := answer.cursor) is None:
            return found


def _nothing_is_left(world: "World", logs: Logs) -> None:
    """The index has no word of what is deleted that nobody else says."""
    index, living, gone = world.broker.index._index, set[str](), set[str]()
    assert index is not None
    for log in logs.values():
        living.update(*(words.keys(event.text) for event in _now(log)))
        deleted = [
            event for event in log.events if isinstance(event, MessageEvent) and log.is_gone(event.seq)
        ]
        gone.update(*(words.keys(text) for event in deleted for text in log.texts(event.seq)))
    tables = index._db.execute("SELECT name FROM sqlite_schema WHERE name GLOB 'keys_*' AND type = 'table'")
    for (table,) in tables.fetchall():
        kept = {term for (term,) in index._db.execute(f"SELECT DISTINCT term FROM {table}")}
        left = sorted((gone - living) & kept)
        world.ledger.require(not left, "the index keeps what was deleted:", left)
