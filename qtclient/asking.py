# SPDX-License-Identifier: GPL-3.0-only
"""What the window asked the broker and its copy, and who waits for the answer. GUI thread."""

import os
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, get_args

from loggia.qtclient.state.room import Room
from loggia.qtclient.state.rows import Row
from loggia.shared.client.commands import (
    Ask,
    Command,
    DropInquiry,
    DropOlder,
    Inquire,
    ListPeople,
    LoadOlder,
    ReadArchived,
    ReadChanges,
    ReadPins,
    TakeNick,
)
from loggia.shared.client.ids import Ids, passing
from loggia.shared.client.updates import Acted, ArchivedEntries, Inquired, Older, ToldChanges, ToldPins
from loggia.shared.protocol.requests import Errand, History, Inquiry

_Answer = Acted | ArchivedEntries | Inquired | Older | ToldChanges | ToldPins
ANSWERS: tuple[type[_Answer], ...] = get_args(_Answer)


class Asking:
    """Gives each question an id of its own, and its answer to who asked. `post`: hands a command to the link.

    What a request has as its own `id` does not matter.
    """

    def __init__(self, post: Callable[[Command], object]) -> None:
        self._post = post
        self._ids = Ids(os.urandom(4).hex())
        self._waiting: dict[str, Callable[[Any], object]] = {}

    def act(self, request: Errand, done: Callable[[Acted], object], epoch: str = "") -> str:
        """Ask for something to be done; `epoch` as of Ask. Returns the id of the question."""
        asked = self._awaited(done)
        self._post(Ask(request=request, id=asked, epoch=epoch))
        return asked

    def take_nick(self, nick: str, done: Callable[[Acted], object]) -> str:
        """Ask to be called so. Returns the id of the question."""
        asked = self._awaited(done)
        self._post(TakeNick(nick=nick, id=asked))
        return asked

    def inquire(self, request: Inquiry, done: Callable[[Inquired], object], epoch: str = "") -> str:
        """Ask for what the copies do not hold; `epoch` as of Inquire. Returns the id of the question."""
        asked = self._awaited(done)
        self._post(Inquire(request=request, id=asked, epoch=epoch))
        return asked

    def people_of(self, room: Room | None) -> None:
        """Say that somebody looks at who is there, once for each time we come in."""
        if room is not None and not room.crowd.asked:
            room.crowd.asked = True
            self._post(ListPeople(room=room.name))

    def answered_by(self, rows: Iterable[Row], room: Room) -> bool:
        """Ask for what the replies among these rows of a room, or of a thread, answer, where that is not in
        memory: the copy first, then the server. True: some of it was known, and they show it now."""
        rows, quotes = list(rows), room.quotes
        was_known = quotes.settle(rows)
        for seq in quotes.wanted(rows):
            self.read(room.name, room.epoch, seq, partial(_copy_gave, room))
        for seq in quotes.take_not_here():
            page = History(id="-", room=room.name, after=seq - 1, limit=1)
            self.inquire(page, lambda told: room.server_gave(told.events), room.epoch)
        return was_known

    def read_changes(self, room: str, epoch: str, seq: int, done: Callable[[ToldChanges], object]) -> str:
        """Ask this computer's copy what became of a message. Returns the id of the question."""
        asked = self._awaited(done)
        self._post(ReadChanges(room=room, epoch=epoch, seq=seq, id=asked))
        return asked

    def read(
        self, room: str, epoch: str, seq: int, done: Callable[[ArchivedEntries], object], limit: int = 1
    ) -> str:
        """Ask this computer's copy for `limit` entries, from `seq` on. Returns the id of the question."""
        asked = self._awaited(done)
        self._post(ReadArchived(room=room, epoch=epoch, after=seq - 1, limit=limit, id=asked))
        return asked

    def read_pins(self, room: str, epoch: str, done: Callable[[ToldPins], object]) -> str:
        """Ask this computer's copy what is pinned. Returns the id of the question."""
        asked = self._awaited(done)
        self._post(ReadPins(room=room, epoch=epoch, id=asked))
        return asked

    def load_older(self, room: str, limit: int, before: int, done: Callable[[Older], object]) -> str:
        """Ask for entries of the log that nobody is shown. Returns the id of the question."""
        asked = self._awaited(done)
        self._post(LoadOlder(room=room, limit=limit, before=before, id=asked))
        return asked

    def drop_older(self, room: str, asked: str) -> None:
        """Nobody waits for these any more."""
        if self._waiting.pop(asked, None) is not None:
            self._post(DropOlder(room=room, id=asked))

    def drop(self, inquiry_id: str) -> None:
        """Nobody waits for the answer to this inquiry any more; one that is answered is none."""
        if self._waiting.pop(inquiry_id, None) is not None:
            self._post(DropInquiry(id=inquiry_id))

    def take(self, told: _Answer) -> None:
        """An answer has come; what somebody else asked is not ours."""
        if (done := self._waiting.pop(told.id, None)) is not None:
            done(told)

    def _awaited(self, done: Callable[[Any], object]) -> str:
        asked = passing(self._ids.new(time.time_ns() // 1_000_000))
        self._waiting[asked] = done
        return asked


def _copy_gave(room: Room, told: ArchivedEntries) -> None:
    if told.epoch in ("", room.epoch):  # else its log began a new life meanwhile
        room.copy_gave(told.after + 1, told.events)
