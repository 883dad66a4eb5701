# SPDX-License-Identifier: GPL-3.0-only
"""What is written in which room, and what comes of it: drafts, messages that change, commands. GUI thread."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from loggia.qtclient.asking import Asking
from loggia.qtclient.directory import Directory
from loggia.qtclient.panels.composer import Composer
from loggia.qtclient.rewriting import OFFLINE, BegunChange, Draft, Rewriting
from loggia.qtclient.state.barred import Bar, bar, is_about
from loggia.qtclient.state.completing import Offers, offers
from loggia.qtclient.state.known_names import private_rooms
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.state.slash import Finish, Hold, ToDay, Visit, Whisper, Wish, above
from loggia.qtclient.state.spelling import Dictionary
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.commands import Ask, LeaveRoom, Say, TakeNick
from loggia.shared.client.updates import Acted, Entered, Failed
from loggia.shared.protocol.requests import SetStatus
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

LONGEST_MS = 2**31 - 1  # that a timer of Qt can wait
CALL_BACK = "Ctrl+Up{there} brings back what you wrote."
STANDS, STANDS_NOTHING = "Beside your name stands now", "Beside your name stands nothing any more."
IS_BACK = "What you wrote is{there} again."
MOVED_MS = 30_000  # so long it is asked whether one means the room that came by itself


class _Line(NamedTuple):
    """What was written: in which composer, while that was for which room."""

    composer: Composer
    room: str
    text: str


class Writing(QObject):
    """The composer, and the rooms that are written in by turns. `drafts`, `carets`: of an earlier run.

    Attributes: `drafts`, and where in them one was (`carets`), by room, as they were kept last. `elsewhere`
    takes back what was said in no room's own composer, and says whether that was so.
    Signals: `asked` with a command for the link, `going` with a room to go to, `held` with whether what is
    said shall wait a moment, `days` with a date to go to, or None to ask for one, `said` with what is said
    elsewhere than in the room on the screen.
    """

    asked = pyqtSignal(object)
    going = pyqtSignal(str)
    held = pyqtSignal(bool)
    days = pyqtSignal(object)
    said = pyqtSignal(object)

    def __init__(
        self,
        composer: Composer,
        state: WindowState,
        asking: Asking,
        drafts: Mapping[str, str],
        carets: Mapping[str, int],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._composer = composer
        self._state = state
        self._asking = asking
        self.drafts, self.carets = dict(drafts), dict(carets)
        self._sheets: dict[str, Draft] = {}
        self._room = ""
        self._visits: dict[str, _Line] = {}  # what asked to come into a room
        self._moved = Bar()  # why another room is there than the one that was written in
        self.elsewhere: Callable[[Say], bool] = lambda say: False
        self._served: list[Composer] = []
        self._again = QTimer(self)  # when one may write again
        self._again.setSingleShot(True)
        self._again.timeout.connect(self.turn)
        self.serve(composer)
        self._rewriting = Rewriting(
            composer,
            state,
            asking,
            lambda: self._sheet,
            lambda draft, change, text, reason: self._unchanged(change, reason),
        )
        composer.upward.connect(self._change_last)

    def serve(self, composer: Composer) -> None:
        """Offer there what may be meant in the room on the screen, and ask for what is wished there."""
        self._served.append(composer)
        composer.offers = partial(self._offers, Directory(self._state, self._asking, composer.offer))
        composer.private = lambda: private_rooms(self._state)
        composer.wished.connect(partial(self._wished, composer))
        composer.said.connect(self._settle)
        composer.changed.connect(self._settle)
        if composer is not self._composer:
            composer.ended.connect(self._composer.ended)
            composer.closed.connect(self._composer.closed)

    def begin(self) -> None:
        """The keyboard is where one writes in the room."""
        self._composer.editor.setFocus()

    def spell(self, dictionary: Dictionary | None) -> None:
        """Mark what it does not know, wherever one writes."""
        for composer in self._served:
            composer.spell(dictionary)

    def _offers(self, directory: Directory, before: str, command: bool) -> Offers:
        told = offers(before, self._state, command=command)
        if told.rooms:
            directory.look(told.begun)
        return told

    # -- drafts --------------------------------------------------------------------------------

    def turn(self) -> None:
        """To the room on the screen, with what was written there, unless one may write nothing."""
        self._turn()
        state, now = self._state, self._composer.now()
        if state.here is not None:
            self._rewriting.refresh(state.here)
        told = bar(state.here, state.me.account, now, state.dates)
        if self._moved.words and self._moved.ends > now:
            told = self._moved.above(told)
        for composer in self._served:
            composer.bar(told)
        if told.ends != math.inf:
            self._again.start(min(max(int(told.ends) - now, 0) + 1, LONGEST_MS))

    def _turn(self) -> None:
        if self._room == self._state.current:
            if self._room:
                self._composer.called(self._state.label(self._room))  # it may have another title now
            return
        self.keep()
        self._room = self._state.current
        self._composer.room(self._room, self._state.label(self._room))
        self._rewriting.show()
        self._composer.tell("")
        self._settle()
        why, self._state.moved = self._state.moved, ""
        if why and self._room:  # who looks at his keys writes on, for the room that was there
            words = f"{why.rstrip('.')}. This is {self._state.label(self._room)}."
            self._moved = Bar(words, self._composer.now() + MOVED_MS, sure=False, moved=True)

    def _settle(self) -> None:
        """It is known which room is there."""
        self._moved = Bar()

    def keep(self) -> None:
        """Put what is written, and was not sent, into `drafts`."""
        if not self._room:
            return
        draft, caret = self._rewriting.keep().unsent
        self.drafts.pop(self._room, None)
        self.carets.pop(self._room, None)
        if draft.strip():
            self.drafts[self._room] = draft
            if caret is not None:
                self.carets[self._room] = caret

    def give_back(self, say: Say) -> None:
        """What is not said after all, as it is written, above what is written in its room meanwhile."""
        if self.elsewhere(say):
            return
        sheet = self._of(say.room)
        if sheet.change is None and say.room == self._room:
            self._composer.editor.write(above(say.text, self._composer.editor.text))
            return
        sheet.give_back(say.text)
        if sheet.change is None:
            self.drafts[say.room] = sheet.text
            self.carets.pop(say.room, None)

    @property
    def _sheet(self) -> Draft:
        return self._of(self._room)

    def _of(self, room: str) -> Draft:
        if room not in self._sheets:
            self._sheets[room] = Draft(self.drafts.get(room, ""), self.carets.get(room))
        return self._sheets[room]

    # -- messages that change ------------------------------------------------------------------

    def change(self, row: MessageRow) -> None:
        """Write this message of one's own anew; the draft that is there waits for that."""
        room = self._state.here
        if room is not None and self._room == room.name:
            self._rewriting.begin(room, row)

    def _change_last(self) -> None:
        if self._state.here is not None:
            self._rewriting.begin_last(self._state.here)

    def _unchanged(self, change: BegunChange, reason: str) -> None:
        """A change is refused."""
        again = self._of(change.room).change is change
        self._refused(change.room, reason, again=again)

    # -- commands ------------------------------------------------------------------------------

    def _wished(self, composer: Composer, wish: Wish, text: str) -> None:
        line = _Line(composer, self._room, text)
        if is_about(wish, self._room):
            self._settle()
        match wish:
            case Visit(room):
                composer.done(text)
                if not self._state.is_in(room):
                    self._visits[room] = line
                self.going.emit(room)
            case LeaveRoom(room=room) if all(room != one.name for one in self._state.listed):
                composer.tell(f"You are not in {self._state.label(room)}.", "warn")
            case LeaveRoom():
                composer.done(text)
                self.asked.emit(wish)
            case Finish():
                composer.editor.clear()
                composer.ended.emit()
            case Hold(on):
                composer.done(text)
                self.held.emit(on)
            case ToDay(day):
                composer.done(text)
                self.days.emit(day)
            case _ if not self._state.connected:
                composer.tell(OFFLINE, "warn")
            case Whisper(request, words):
                composer.done(text)
                self._asking.act(request, partial(self._conversing, line, words))
            case TakeNick(nick=nick):
                composer.done(text)
                self._asking.take_nick(nick, partial(self._done, line))
            case Ask(request=SetStatus(text=words) as request):
                composer.done(text)
                self._asking.act(request, partial(self._stands, line, words))
            case Ask(request=request):
                composer.done(text)
                self._asking.act(request, partial(self._done, line))

    def _done(self, line: _Line, told: Acted) -> None:
        """The room tells what was done; only a refusal is to be said, and what was written comes back."""
        if told.refused is not None:
            self._come_back(line, told.refused.text)

    def _stands(self, line: _Line, words: str, told: Acted) -> None:
        """What I say of myself: no entry of the room tells of it, and the list of people may be folded."""
        self._done(line, told)
        if told.refused is None and line.composer.is_for(line.room):
            line.composer.tell(f"{STANDS}: {words}" if words else STANDS_NOTHING, "muted")

    def _conversing(self, line: _Line, words: str, told: Acted) -> None:
        """There is a conversation, in which that is to be said."""
        self._done(line, told)
        if told.room:
            if words:
                self.said.emit(Say(room=told.room, text=words))
            self.going.emit(told.room)

    def heard(self, told: Entered | Failed) -> None:
        """Whether one came into a room."""
        if isinstance(told, Failed) and told.id is not None:
            self._learn(told)  # a message
            return
        asked = self._visits.pop(told.room or "", None)
        if isinstance(told, Failed) and asked is not None:
            self._come_back(asked, told.text)

    # -- what is refused -----------------------------------------------------------------------

    def _learn(self, told: Failed) -> None:
        """The broker says why one may not write there: that is known from now on."""
        room = self._state.rooms.get(told.room or "")
        if room is not None and room.entered and self._state.connected:  # or it was said in an earlier run
            wait = told.retry_after_ms
            ends = math.inf if wait is None else self._composer.now() + wait
            room.rules.teach(told.code, told.text, self._state.me.account, ends)

    def _come_back(self, line: _Line, reason: str) -> None:
        """What was asked for there is refused, and may be written otherwise: in the room, where it was in a
        thread that is closed by now."""
        composer = line.composer
        if composer is not self._composer and composer.is_for(line.room):
            again = not composer.editor.text and not composer.change.isVisibleTo(composer)
            if again:
                composer.editor.write(line.text)
            composer.tell(reason if again else f"{reason} {CALL_BACK.format(there='')}")
            return
        again = self._written(line.room) == ""
        if again:
            self._write(line)
        self._refused(line.room, reason, again=again)

    def _written(self, room: str) -> str | None:
        """What is written there now; None where that is a change of what was said."""
        sheet = self._of(room)
        if sheet.change is not None:
            return None
        return self._composer.editor.text if room == self._room else sheet.text

    def _write(self, line: _Line) -> None:
        """Have that written in its room, and nothing else."""
        sheet = self._of(line.room)
        sheet.text, sheet.caret = line.text, None
        if line.room == self._room:
            self._rewriting.show()
        elif sheet.change is None:
            self.drafts[line.room] = line.text
            self.carets.pop(line.room, None)

    def _refused(self, room: str, reason: str, *, again: bool) -> None:
        """Say why. `again`: it is written again, as who looks there sees."""
        there = "" if room == self._state.current else f" in {self._state.label(room)}"
        more = "" if again and not there else (IS_BACK if again else CALL_BACK).format(there=there)
        self._state.problem = f"{reason} {more}".rstrip()
