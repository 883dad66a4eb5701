"""Under which keys a message stands in the index of the search, and which a search asks for. Pure.

Its words (broker/core/words.py), and its room, who said it, whether it is public and has a link.
"""

import zlib

import msgspec
from loggia.broker.core import words
from loggia.broker.core.sought import Sought
from loggia.broker.storage.event_rows import place_of
from loggia.broker.storage.search_index import Entry, query

MOST_KEYS = 8  # that the index is asked for: what they leave is compared with the log
NOT_PUBLIC = "%~"  # with these the names of other rooms begin, which nobody chooses

# what stands among the keys beside the words: characters that are in no word
_ROOM, _WHO, _PUBLIC, _LINK = "\ue000", "\ue001", "\ue002", "\ue003"


class IndexedEvent(msgspec.Struct, gc=False):
    """An event, as far as it matters here; a message as it is now, by event `rev` of its room."""

    op: str
    room: str
    seq: int
    at: int
    nick: str = ""
    account: str = ""
    text: str = ""
    rev: int = 0
    target: int | str = 0


decode = msgspec.json.Decoder(IndexedEvent).decode


def entry(room: int, said: IndexedEvent) -> Entry:
    return Entry(place_of(room, said.seq), said.at, " ".join(_keys(room, said)) if said.text else "")


def _keys(room: int, said: IndexedEvent) -> set[str]:
    keys = words.keys(said.text)
    keys.update((_room(room), _who(said.account), _who(words.fold(said.nick))))
    if said.room[0] not in NOT_PUBLIC:
        keys.add(_PUBLIC)
    if words.has_link(said.text):
        keys.add(_LINK)
    return keys


def asked(sought: Sought) -> str:
    """The same of a search. Of a room that who asks may not read, no message is looked at."""
    exact, begin = sought.wanted.keys(MOST_KEYS)
    if sought.who:
        exact.append(_who(sought.who))
    if sought.link:
        exact.append(_LINK)
    if sought.room is not None:
        return query([*exact, _room(sought.room)], begin, [])
    return query(exact, begin, [_PUBLIC, *map(_room, sought.own)])


def _room(number: int) -> str:
    return f"{_ROOM}{number:x}"


def _who(name: str) -> str:
    return f"{_WHO}{zlib.crc32(name.encode()):x}"


def is_of(sought: Sought, said: IndexedEvent) -> bool:
    return (
        (not sought.who or sought.who in (said.account, words.fold(said.nick)))
        and (not sought.link or words.has_link(said.text))
        and (sought.since is None or said.at >= sought.since)
        and (sought.until is None or said.at <= sought.until)
    )
