"""What is known to be damaged in a log, kept in a file beside it until it is restored. Any thread.

A broker that finds its log damaged serves what is sound and stores nothing (docs/reliability.md).
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec
from loggia.broker.storage import data_dir
from loggia.shared.process import files
from loggia.shared.protocol.errors import StorageBroken
from loggia.shared.protocol.names import escaped, shown_room


class Damage(msgspec.Struct, frozen=True):
    """`room`: whose log is not sound, `first` on; None for what belongs to no room. `why`: in words. Clients
    are told of it, too, so it does not say how a private room is called.
    """

    room: str | None
    first: int
    why: str

    def __str__(self) -> str:
        if self.room is None:
            return self.why
        return f"room {escaped(shown_room(self.room))} from {self.first:,} ({self.why})"


def known(file: Path) -> list[Damage]:
    """What an earlier run or `verify` found."""
    try:
        return msgspec.json.decode(files.read(file), type=list[Damage])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.DecodeError) as reason:
        return [Damage(None, 0, f"{file.name} cannot be read: {reason}")]


def keep(file: Path, found: Iterable[Damage]) -> None:
    """Write it down, for later starts and for whoever looks into the folder. Raises OSError."""
    data_dir.write(file, msgspec.json.format(msgspec.json.encode(list(found))) + b"\n")


def refuse(file: Path) -> None:
    """Raises StorageBroken if damage is known: before a broker steps aside for what it could not do."""
    if found := known(file):
        raise StorageBroken(f"The log of this broker is damaged: {in_words(found)}. Restore it first")


def in_words(found: Iterable[Damage]) -> str:
    return "; ".join(map(str, found))
