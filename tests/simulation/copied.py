"""What a client's copy has to be when all has come to rest: the log, as far as it goes, and what that became.

Reads the real copy. The first promise that was broken raises `Violation`.
"""

from loggia.shared.protocol.down import decode_event
from loggia.shared.protocol.events import DeletedEvent, EditedEvent, MessageEvent, StoredEvent
from msgspec import structs

from tests.simulation.clients import Client
from tests.simulation.ledger import Ledger
from tests.simulation.naive import RoomLog, identity, without_words

Held = dict[int, StoredEvent]


def is_the_log(ledger: Ledger, client: Client) -> None:
    """Every span of the copy is dense and equal to the log; the newest ends where the log ends."""
    for kept in client.copy.saved().rooms:
        if kept.epoch != ledger.epoch:
            continue
        log = ledger.logs[kept.epoch][kept.room]
        bodies = client.copy.held(kept.room, kept.epoch)
        held = {seq: decode_event(body) for seq, body in bodies.items()}
        for seq, event in held.items():
            wanted = _as_kept(log, held, event)
            ledger.require(event == wanted, "a copy is not the log:", client, event, "for", wanted)
            as_said = event != log.events[seq - 1] or bodies[seq] == log.lines[seq - 1]
            ledger.require(as_said, "a copy is not the log:", client, bodies[seq], "for", log.lines[seq - 1])
        for first, last in kept.spans:
            shown = client.copy.events(kept.room, kept.epoch, first - 1, last)
            now = [_as_shown(log, held, seq) for seq in range(first, last + 1)]
            for event, wanted in zip(shown, now, strict=True):
                ledger.require(event == wanted, "a copy shows what is not so:", client, event, "for", wanted)
        if kept.room in client.rooms_now and not client.is_shut_out:
            is_whole = kept.spans[-1][1] == log.head
            ledger.require(is_whole, "a copy ends early:", client, kept.room, kept.spans, log.head)
        _nothing_is_left(ledger, client, log, held)


def _as_kept(log: RoomLog, held: Held, event: StoredEvent) -> StoredEvent:
    """How an entry may lie in the copy: as it was told, once, but for the words of what is deleted."""
    if isinstance(event, MessageEvent):
        told = log.at_rev(event)
        assert isinstance(told, MessageEvent)
        if not _has_heard(held, event.seq):
            return told
        bare = identity(told)
        return structs.replace(bare, deleted=True, rev=event.rev, replies=told.replies)
    said = log.events[event.seq - 1]
    if isinstance(said, EditedEvent):
        # a page tells no words of what is deleted by then, which may be told behind it
        is_wiped = _has_heard(held, said.target) or (event != said and log.is_gone(event.seq))
        return without_words(said) if is_wiped else said
    return said


def _has_heard(held: Held, seq: int) -> bool:
    """Whether the copy was told that a message is deleted."""
    message = held.get(seq)
    told = isinstance(message, MessageEvent) and message.deleted
    return told or any(isinstance(one, DeletedEvent) and one.target == seq for one in held.values())


def _as_shown(log: RoomLog, held: Held, seq: int) -> StoredEvent:
    """What an entry is by all that the copy holds."""
    event = held[seq]
    if not isinstance(event, MessageEvent):
        return event
    return log.made_of(seq, [one for one in log.changes(seq) if one.seq <= event.rev or one.seq in held])


def _nothing_is_left(ledger: Ledger, client: Client, log: RoomLog, held: Held) -> None:
    """No byte of the file has what the copy heard is deleted; one of an earlier life may say the same."""
    image = client.copy.image()
    for seq, event in held.items():
        if not (isinstance(event, MessageEvent) and _has_heard(held, seq)):
            continue
        for text in log.texts(seq):
            if text.encode() not in image:
                continue
            others = [decode_event(body) for _, _, body in client.copy.entries_with(text)]
            is_left = all(_of_message(one, event) for one in others)
            ledger.require(not is_left, "a copy keeps what was deleted:", client, event, text, others)


def _of_message(entry: StoredEvent, message: MessageEvent) -> bool:
    if isinstance(entry, EditedEvent):
        return (entry.target, entry.account) == (message.seq, message.account)
    return (entry.id, entry.account, entry.at) == (message.id, message.account, message.at)
