"""`python -m broker rebuild`: make what rooms are now from their log again. Runs in the tool's thread.

All of it follows from the events, byte for byte (broker/core/rules.py), but for who owns the broker, which
stays. So it changes nothing, unless something else changed those tables.
"""

import argparse
import secrets
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path

import apsw
from loggia.broker.admin import leash
from loggia.broker.admin.progress import Progress
from loggia.broker.core.rules import Rules, step
from loggia.broker.storage import damage, data_dir, rules
from loggia.broker.storage.accounts import Accounts
from loggia.broker.storage.chunks import Chunks, Unsound
from loggia.broker.storage.derived import Derived, Folding
from loggia.broker.storage.event_rows import Chunk
from loggia.broker.storage.hash_chain import Chain
from loggia.broker.storage.log import Log
from loggia.shared.process import format
from loggia.shared.protocol.down import decode_event
from loggia.shared.protocol.errors import StorageBroken, StorageDamaged, StorageFull
from loggia.shared.protocol.events import PassingEvent

_IN_THREAD = b'"thread":'
_MESSAGE = b'{"op":"message",'


def run(data: Path, flags: argparse.Namespace, progress: Progress) -> int:
    """The command."""
    rooms, changed = rebuild(data, progress)
    what = "nothing was another" if not changed else f"{format.count(changed, 'row')} were others"
    print(f"Rebuilt: {format.count(rooms, 'room')} from the log; {what}.")
    return 0


def rebuild(data: Path, progress: Progress) -> tuple[int, int]:
    """Read all of the log, a running broker steps aside; whole or not at all. Returns how many rooms, and
    rows that were others before.

    Raises StorageBroken, StorageDamaged, StorageFull, LoggiaError.
    """
    file = data / data_dir.DATABASE
    if not data_dir.has_content(file):
        raise StorageBroken(f"there is no log at {file}; name its folder with --data")
    damage.refuse(data / data_dir.DAMAGE)
    with leash.aside(data), closing(Log(data, secrets.token_hex(8))) as log:
        if log.frozen:
            raise StorageBroken(f"{log.frozen} Restore it first")
        try:
            return _rebuilt(log, progress)
        except StorageFull as reason:
            raise StorageFull(f"{data}: {reason}; nothing was changed") from reason
        except (Unsound, apsw.Error) as reason:
            raise StorageDamaged(f'the log cannot be read ({reason}); see the command "verify"') from reason


def _rebuilt(log: Log, progress: Progress) -> tuple[int, int]:
    db, rooms = log.database.connection, log.load_rooms(ruled=False)
    events = sum(room.head for room in rooms.values())
    with log.database.transaction(), closing(Derived(db)) as made:
        progress.begin("rebuilding", events, "events")
        chunks, wanted = Chunks(db), Expected()
        for room in rooms.values():
            folding = made.taker(room.number)
            take = wanted.of(room.number, folding)
            for chunk in chunks.checked(room.number, Chain()):
                take(chunk)
                progress.advance(chunk.last - chunk.first + 1)
            folding.end()
        progress.begin("counting", events, "events")
        for room in rooms.values():
            made.count(room.number)
            progress.advance(room.head)
        changed = wanted.others(db)
        rules.store(db, changed, {})
        moved = Accounts(db).belong(wanted.belong()) + made.put()
    progress.end()
    return len(rooms), len(changed) + moved


class Expected:
    """What the tables that follow from the events of the rooms must hold."""

    def __init__(self) -> None:
        self._rows: dict[tuple[int, str], bytes | None] = {}  # by room and key
        self._rooms: dict[int, Rules] = {}

    def of(self, room: int, folding: Folding | None = None) -> Callable[[Chunk], None]:
        """Takes the events of a room, a row after the other. `folding`: is given those that it may want."""
        state = self._rooms[room] = Rules()

        def take(chunk: Chunk) -> None:
            for line in chunk.events():
                if line.startswith(_MESSAGE) and _IN_THREAD not in line:  # most change nothing
                    continue
                event = decode_event(line)
                assert not isinstance(event, PassingEvent)  # which has no place in a log
                if folding is not None:
                    folding.take(event)
                for key in step(state, event):
                    self._rows[room, key] = state.kept(key)

        return take

    def others(self, db: apsw.Connection) -> dict[tuple[int, str], bytes | None]:
        """Which rows are another than that, and what they are to be; None: there is to be none."""
        wanted, before = self._rows, rules.rows(db)
        keys = wanted.keys() | before.keys()
        return {key: wanted.get(key) for key in keys if wanted.get(key) != before.get(key)}

    def belong(self) -> dict[int, Collection[str]]:
        """Who belongs to each room that is not public."""
        private = {room: state for room, state in self._rooms.items() if state.settings.kind != "public"}
        return {room: state.members.keys() for room, state in private.items()}
