"""What an earlier run of a program kept on this computer, as plain values."""

import msgspec
from loggia.shared.client.commands import Say
from loggia.shared.client.completeness import ArchivedCopy
from loggia.shared.protocol.errors import Code
from loggia.shared.protocol.requests import Message


class Entry(msgspec.Struct, kw_only=True):
    """A message of the outbox. `place` orders them; `code` and `reason` are set once it was refused."""

    place: int
    say: Say
    at: int
    code: Code | None = None
    reason: str = ""

    @property
    def id(self) -> str:
        return self.say.id

    @property
    def room(self) -> str:
        return self.say.room

    def request(self) -> Message:
        say = self.say
        return Message(id=say.id, room=say.room, text=say.text, reply_to=say.reply_to)


class SavedRoom(msgspec.Struct, kw_only=True):
    """What an earlier run kept of a room. `handled`: the program's own cursor, of the same epoch; `anchored`:
    see ArchivedCopy.
    """

    room: str
    wanted: bool = True
    epoch: str = ""
    spans: list[tuple[int, int]] = []
    handled: int | None = None
    anchored: bool = False


class Saved(msgspec.Struct, kw_only=True):
    """What an earlier run kept.

    `tokens`: of who it was, the last first. `last_id`: the last id of its outbox. `old`: the copies set
    aside, in the order in which they were begun.
    """

    tokens: list[str] = []
    last_id: str = ""
    rooms: list[SavedRoom] = []
    outbox: list[Entry] = []
    old: list[ArchivedCopy] = []
