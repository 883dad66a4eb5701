# SPDX-License-Identifier: GPL-3.0-only
"""A message of one's own is written anew where one writes, in a room or a thread of it. GUI thread."""

from collections.abc import Callable
from functools import partial

import msgspec
from loggia.qtclient.asking import Asking
from loggia.qtclient.panels.composer import Composer
from loggia.qtclient.state.message import MessageRow, is_deleted
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.slash import ID, above
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.updates import Acted
from loggia.shared.protocol.requests import Edit

OFFLINE = "Without a connection this cannot be asked for; what you wrote is still here."
ELSEWHERE = "Your last message is not among those that are loaded. Go to it, and change it there by F2."
GONE = "The message that you were changing is gone."
STAYS = f"{GONE} What you wrote stays here."
NOT_YET = "Your last message still waits here: it can be changed once the server has it."


class BegunChange(msgspec.Struct):
    """Message `seq` of `room`, of the life of its log that is named `epoch`, says `text`; `draft`: what was
    written when its change began, with its caret."""

    room: str
    seq: int
    epoch: str
    text: str
    draft: str
    caret: int | None


class Draft(msgspec.Struct):
    """What is written in one place. `caret`: where, as Qt counts; None: at the end; `asked`: how many changes
    that were written there are asked for, and may come back."""

    text: str = ""
    caret: int | None = None
    change: BegunChange | None = None
    asked: int = 0

    @property
    def unsent(self) -> tuple[str, int | None]:
        """Of that, what is no change of what was said, and the caret in it."""
        change = self.change
        return (self.text, self.caret) if change is None else (change.draft, change.caret)

    def end_change(self) -> bool:
        """Of a message that is gone: what was written for it stands above what waited for that. False if
        nothing was."""
        change, wrote = self.change, self.text
        if change is None:
            return False
        (self.text, self.caret), self.change = self.unsent, None
        if is_new := bool(wrote.strip()) and wrote != change.text:
            self.give_back(wrote)
        return is_new

    def give_back(self, text: str) -> None:
        """That stands above what is no change of what was said."""
        if self.change is not None:
            self.change.draft, self.change.caret = above(text, self.change.draft), None
        else:
            self.text, self.caret = above(text, self.text), None


class Rewriting:
    """In `composer`, which shows what `draft` gives: the same object as long as it is the same place.

    `refused` is called with what is written there, whose change it was, to which text, and why not; it is
    begun again, as `draft.change` tells, where nothing else was written meanwhile.
    """

    def __init__(
        self,
        composer: Composer,
        state: WindowState,
        asking: Asking,
        draft: Callable[[], Draft],
        refused: Callable[[Draft, BegunChange, str, str], object],
    ) -> None:
        self._composer = composer
        self._state = state
        self._asking = asking
        self._draft = draft
        self._refused = refused
        composer.changed.connect(self._changed)
        composer.kept.connect(self._leave)

    def show(self) -> None:
        """Have the draft, as it is now, in the composer."""
        draft = self._draft()
        self._composer.change.setVisible(draft.change is not None)
        self._composer.editor.write(draft.text, draft.caret)

    def keep(self) -> Draft:
        """The draft, with what the composer has."""
        draft, editor = self._draft(), self._composer.editor
        draft.text, draft.caret = editor.text, editor.textCursor().position()
        return draft

    def begin(self, room: Room, row: MessageRow) -> None:
        """Write this message of one's own anew; what is written there waits for that."""
        if row.seq is None:
            return
        draft = self.keep()
        text, caret = draft.unsent
        draft.change = BegunChange(room.name, row.seq, room.epoch, row.text, text, caret)
        draft.text, draft.caret = row.text, None
        self.show()
        self._composer.editor.setFocus()

    def begin_last(self, room: Room, may: Callable[[MessageRow], bool] = lambda row: True) -> None:
        """The last one that is stored, if I `may` change it; where a newer one waits, or may be among those
        that are not in memory, that would be the wrong one."""
        if self._draft().change is not None:
            return
        if any(isinstance(row, MessageRow) and row.sign != "failed" for row in room.tail):
            self._composer.tell(NOT_YET, "warn")
            return
        said = (row for row in reversed(room.rows) if isinstance(row, MessageRow))
        row = next((row for row in said if row.own and row.stored), None)
        if room.detached or (row is None and not room.at_top):
            self._composer.tell(ELSEWHERE, "warn")
        elif row is not None and may(row):
            self.begin(room, row)

    def refresh(self, room: Room) -> None:
        """The room, or thread, has something else now: what is gone there is changed no more, and what was
        written for it is a draft."""
        draft = self._draft()
        change = draft.change
        if change is None or not (change.epoch not in ("", room.epoch) or is_deleted(room.rows, change.seq)):
            return
        is_new = self.keep().end_change()
        self.show()
        self._composer.tell(STAYS if is_new else GONE, "warn")

    def _changed(self, text: str) -> None:
        draft = self._draft()
        change = draft.change
        if change is None:
            return
        if text != change.text:
            if not self._state.connected:
                self._composer.tell(OFFLINE, "warn")
                return
            edit = Edit(id=ID, room=change.room, seq=change.seq, text=text)
            draft.asked += 1
            self._asking.act(edit, partial(self._answered, draft, change, text), change.epoch)
            self._composer.done(text)
        self._leave()

    def _answered(self, draft: Draft, change: BegunChange, text: str, told: Acted) -> None:
        draft.asked -= 1
        if told.refused is None:
            return
        is_shown = draft is self._draft()
        written = self._composer.editor.text if is_shown else draft.text
        if draft.change is None and written == change.draft:
            draft.change, draft.text, draft.caret = change, text, None
            if is_shown:
                self.show()
        self._refused(draft, change, text, told.refused.text)

    def _leave(self) -> None:
        draft = self._draft()
        if draft.change is not None:
            (draft.text, draft.caret), draft.change = draft.unsent, None
            self.show()
            self._composer.editor.setFocus()
