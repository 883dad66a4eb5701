"""What a script can ask about its connection and its rooms, in numbers and in words. Pure."""

from typing import Any

import msgspec
from loggia.shared.client.completeness import Completeness
from loggia.shared.client.updates import Connection, ConnectionStatus
from loggia.shared.protocol.names import escaped

RESTORED = (
    "the server's log was restored from a backup, or is damaged; what this computer held before is kept aside"
)


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How things stand, now. `print` shows it in words, a line for the connection and one for each room.

    `connection`: how it stands. `reason`: why it is not connected, a sentence for people, or empty.
    `retry_in_s`: when the next try starts, for `reconnecting`. `rooms`: how much of each room this computer
    holds, by name. `refused`: the rooms that the broker does not let this client into, and why. `waiting`:
    how many messages wait on this computer. `restored`: the rooms whose log at the server became another
    one, or lost its end, while this program ran; see `Client.copies`. `disk_full`: this computer's.
    """

    connection: Connection
    retry_in_s: float | None = None
    reason: str = ""
    rooms: dict[str, Completeness] = {}
    refused: dict[str, str] = {}
    waiting: int = 0
    restored: list[str] = []
    disk_full: bool = False

    @classmethod
    def of(cls, status: ConnectionStatus, **more: Any) -> "Status":
        told = {name: getattr(status, name) for name in status.__struct_fields__}
        return cls(**told, **more)

    @property
    def over(self) -> bool:
        """Nothing is tried any more: the broker will not have this client, or it has ended."""
        return self.connection == "ended" or (self.connection == "offline" and not self.disk_full)

    def __str__(self) -> str:
        lines = [_connection(self), *(escaped(str(room)) for room in self.rooms.values())]
        lines += [f"{escaped(room)}: refused: {escaped(why)}" for room, why in self.refused.items()]
        if self.waiting:
            lines.append(_waiting(self.waiting, self.over))
        lines += [f"{escaped(room)}: {RESTORED}" for room in self.restored]
        return "\n".join(lines)


def _connection(status: Status) -> str:
    words: str = status.connection
    if status.retry_in_s is not None:
        words += f", next try in {status.retry_in_s:.1f} s"
    return f"{words} ({escaped(status.reason)})" if status.reason else words


def _waiting(count: int, over: bool) -> str:
    one = count == 1
    waits = "1 message waits" if one else f"{count:,} messages wait"
    sent = "is sent by itself" if one else "are sent by themselves"
    if over:
        sent = "is not sent by this client any more" if one else "are not sent by this client any more"
    return f"{waits} on this computer and {sent}"
