"""`python -m broker rebuild`: make what rooms are now from their log again. Runs in the tool's thread.

All of it follows from the events, byte for byte (broker/core/rules.py), but for who owns the broker, which
stays. So it changes nothing, unless something else changed those tables.
"""

import argparse
import secrets
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

import apsw
from loggia.broker.admin import leash
from loggia.broker.admin.progress import Progress
from loggia.broker.core.rules import Rules, step
from loggia.broker.storage import damage, data_dir, rules
from loggia.broker.storage.accounts import Accounts
from loggia.broker.storage.chunks import Chunks, Unsound
from loggia.broker.storage.hash_chain import Chain
from loggia.broker.storage.log import Log
from loggia.shared.process import format
from loggia.shared.protocol.down import decode_event
from loggia.shared.protocol.errors import StorageBroken, StorageDamaged, StorageFull
from loggia.shared.protocol.events import PassingEvent


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
    db, rooms = log.database.connection, log.load_rooms()
    chunks = Chunks(db)
    progress.begin("rebuilding", sum(room.head for room in rooms.values()), "events")
    wanted: dict[tuple[int, str], bytes | None] = {}
    belong: dict[int, Collection[str]] = {}
    for room in rooms.values():
        state = Rules()
        for chunk in chunks.checked(room.number, Chain()):
            for line in chunk.events():
                event = decode_event(line)
                assert not isinstance(event, PassingEvent)  # which has no place in a log
                for key in step(state, event):
                    wanted[room.number, key] = state.kept(key)
            progress.advance(chunk.last - chunk.first + 1)
        if state.settings.kind != "public":
            belong[room.number] = state.members.keys()
    before = rules.rows(db)
    changed = {
        key: wanted.get(key) for key in wanted.keys() | before.keys() if wanted.get(key) != before.get(key)
    }
    with log.database.transaction():
        rules.store(db, changed, ())
        moved = Accounts(db).belong(belong)
    progress.end()
    return len(rooms), len(changed) + moved
