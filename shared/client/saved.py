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
        return Message(id=say.id, room=say.room, text=say.text, reply_to=say.reply_to, thread=say.thread)


class SavedRoom(msgspec.Struct, kw_only=True):
    """What an earlier run kept of a room. `handled`: the program's own cursor, of the same epoch; `anchored`:
    see SavedCopy.
    """

    room: str
    wanted: bool = True
    epoch: str = ""
    spans: list[tuple[int, int]] = []
    handled: int | None = None
    anchored: bool = False


class SavedCopy(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of an earlier life of a room's log, as it is kept; `archived` is what a program is told of it.

    `anchored`: the entry before the newest span is here, too, though it was not told: it tells this life from
    others.
    """

    room: str
    epoch: str
    spans: list[tuple[int, int]]
    handled: int | None = None
    anchored: bool = False

    @property
    def last(self) -> int:
        """The last entry that it holds, or 0."""
        return max((last for _, last in self.spans), default=0)

    @property
    def first(self) -> int:
        """The first entry of its newest span, or the one before that, if that is here."""
        return self.spans[-1][0] - self.anchored if self.spans else 1

    @property
    def empty(self) -> bool:
        """Nothing in it tells it from another life."""
        return not self.anchored and not any(last >= first for first, last in self.spans)

    def archived(self) -> ArchivedCopy:
        return ArchivedCopy(room=self.room, epoch=self.epoch, spans=self.spans, handled=self.handled)


class Saved(msgspec.Struct, kw_only=True):
    """What an earlier run kept.

    `tokens`: of who it was, the last first. `last_id`: the last id of its outbox. `old`: the copies set
    aside, in the order in which they were begun. `nick`: what the account took, of a program that called
    itself `given`; `asked`: or another one, the answer was not heard.
    """

    tokens: list[str] = []
    last_id: str = ""
    rooms: list[SavedRoom] = []
    outbox: list[Entry] = []
    old: list[SavedCopy] = []
    given: str = ""
    nick: str = ""
    asked: bool = False

    def called(self, given: str) -> str:
        """What a program that calls itself `given` is called by now."""
        return self.nick if self.nick and given == self.given else given
