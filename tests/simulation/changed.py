"""What became of messages when all has come to rest: pages, tables and files of the broker say the same.

Reads the real log, and makes again what follows from it. The first broken promise raises `Violation`.
"""

import io
from typing import TYPE_CHECKING

from loggia.broker.admin import rebuild
from loggia.broker.admin.progress import Progress
from loggia.shared.protocol.down import decode_event
from loggia.shared.protocol.events import MessageEvent

if TYPE_CHECKING:
    from tests.simulation.world import World


def is_the_same_for_all(world: "World") -> None:
    _pages_tell_what_is_so(world)
    _nothing_is_left(world)
    _rebuilding_changes_nothing(world)


def _pages_tell_what_is_so(world: "World") -> None:
    ledger, pages = world.ledger, world.broker.log.pages
    for name, log in ledger.logs[ledger.epoch].items():
        room = world.broker.pipeline.rooms.named(name)
        told = []
        while room is not None and (page := pages.after(room.number, len(told), 1000)):
            told += map(decode_event, page)
        for event, now in zip(
            told, [log.as_of(seq, log.head) for seq in range(1, log.head + 1)], strict=True
        ):
            ledger.require(event == now, "a page is not what the log comes to:", event, "and that is", now)


def _nothing_is_left(world: "World") -> None:
    """No file has the words of what is deleted, unless another message says them, too."""
    ledger, files = world.ledger, b"".join(file.read_bytes() for file in world.folder.iterdir())
    logs = ledger.logs[ledger.epoch].values()
    lines = b"\n".join(log.line_now(seq) for log in logs for seq in range(1, log.head + 1))
    for log in logs:
        gone = [event for event in log.events if isinstance(event, MessageEvent) and log.is_gone(event.seq)]
        for text in [text for event in gone for text in log.texts(event.seq)]:
            is_left = text.encode() in files and text.encode() not in lines
            ledger.require(not is_left, "the broker keeps what was deleted:", text)


def _rebuilding_changes_nothing(world: "World") -> None:
    _, moved = rebuild._rebuilt(world.broker.log, Progress(io.StringIO(), lambda: 0.0))
    world.ledger.require(moved == 0, "made again from the log", moved, "rows are others")
