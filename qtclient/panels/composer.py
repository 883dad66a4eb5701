# SPDX-License-Identifier: GPL-3.0-only
"""Where messages are written: grows with its text, says what cannot be sent before it is sent. GUI thread."""

import time
from collections.abc import Callable, Mapping
from functools import partial

from loggia.qtclient.panels.aloud import Aloud
from loggia.qtclient.panels.completion import OfferList
from loggia.qtclient.panels.editor import Editor
from loggia.qtclient.panels.notices import ChangeBar, Hint, Remedy
from loggia.qtclient.panels.pasting import NO_TEXT, PasteBar
from loggia.qtclient.panels.plain_pictures import MOST_COLOURED, has_plain_ones
from loggia.qtclient.panels.speller import Speller
from loggia.qtclient.state import counting, slash
from loggia.qtclient.state.barred import Bar, is_about
from loggia.qtclient.state.completing import NOTHING, Offer, Offers
from loggia.qtclient.state.sent import SentTexts
from loggia.qtclient.state.spelling import Dictionary
from loggia.qtclient.style.theme import LIGHT, Colors
from loggia.shared.client.commands import Say
from loggia.shared.protocol import lengths, names
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QMoveEvent, QResizeEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

PASTE_LIMITS = 4  # times a message's limit: laying out one word of 1 MB would freeze the window for a minute
PLAIN = f"Only {MOST_COLOURED} pictures have their colours while you write; all are sent as they are."
END, CLOSE = "!end", "!close"


class Composer(QFrame):
    """Attributes: `offers`: gives what the text before the caret may become; called with that, and whether
    it may be a command. `private`: gives the names of my private rooms, by what they are called. `now`: gives
    Unix ms, from which on a ban that ends lasts.

    Signals: `said` with a Say that may be sent; `wished` with what else a text asks for (state/slash.py) and
    that text, which stays until `done`; `changed` with what the message that is changed is to say, `kept`
    when it is left as it is; `ended`, `closed` for `!end`, `!close`; `upward`.
    """

    said = pyqtSignal(object)
    wished = pyqtSignal(object, str)
    changed = pyqtSignal(str)
    kept = pyqtSignal()
    ended = pyqtSignal()
    closed = pyqtSignal()
    upward = pyqtSignal()

    def __init__(self, limits: Limits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self.limits = limits
        self.offers: Callable[[str, bool], Offers] = lambda before, command: NOTHING
        self.private: Callable[[], Mapping[str, str]] = dict
        self.now: Callable[[], int] = lambda: time.time_ns() // 1_000_000
        self._colors = LIGHT
        self._speller: Speller | None = None
        self._room = ""
        self._sent: dict[str, SentTexts] = {}
        self._waved_off = False  # what is offered; it comes back when something else is written
        self._spoken = self._label = self._words = ""
        self._bar = Bar()
        self.change = ChangeBar(self)
        self.change.left.connect(self.kept)
        self.paste = PasteBar(self)
        self.paste.inserted.connect(self._insert)
        self.paste.said.connect(self._say_pasted)
        self._hint = Hint(self)
        self.hint = self._hint.label
        self._hint.pressed.connect(self._insist)
        self.editor = Editor(PASTE_LIMITS * limits.text_bytes, self)
        self.editor.setAccessibleName("Message")
        self.aloud = Aloud(self.editor, self._around)
        self.editor.sent.connect(self._send)
        self.editor.insisted.connect(self._insist)
        self.editor.upward.connect(self.upward)
        self.editor.recalled.connect(self._recall)
        self.editor.overfull.connect(self._tell_overfull)
        self.editor.lengthy.connect(self._ask_about)
        self.editor.textless.connect(lambda: self.tell(NO_TEXT, "warn"))
        self.paste.left.connect(self.editor.setFocus)
        self.editor.textChanged.connect(self._changed)
        self.editor.cursorPositionChanged.connect(self.offer)
        self.list = OfferList(parent or self)
        self.editor.complete, self.editor.choose = self.list.take, self.list.choose
        self.list.picked.connect(self._take)
        self.list.currentRowChanged.connect(self.aloud.read)
        self.editor.left.connect(self.list.hide)
        self.send = QPushButton("Send", self)
        self.send.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.send.setObjectName("primary")
        self.send.setFixedHeight(self.editor.height())
        self.send.setCursor(Qt.CursorShape.PointingHandCursor)
        self.send.clicked.connect(self._send)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.editor, 1)
        row.addWidget(self.send, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(6)
        for notice in (self.change, self.paste, self._hint):
            column.addWidget(notice)
        column.addLayout(row)
        self.room("")

    def allow(self, limits: Limits) -> None:
        """What the broker takes from now on."""
        if limits != self.limits:
            self.limits = limits
            self.editor.most_bytes = PASTE_LIMITS * limits.text_bytes
            self._changed()

    def spell(self, dictionary: Dictionary | None) -> None:
        """Mark what it does not know; without one nothing is."""
        if dictionary is not None:
            self._speller = Speller(self.editor, dictionary, self._colors.error)

    def look(self, colors: Colors) -> None:
        """Other colours."""
        self._colors = colors
        if self._speller is not None:
            self._speller.look(colors.error)

    def room(self, name: str, label: str = "", words: str = "") -> None:
        """Which room the messages are for, and what it is called with its sign; "" when there is none.
        `words`: what stands there instead as long as nothing is written."""
        if name != self._room and self.paste.isVisibleTo(self):
            self.paste.drop()
        self._room, self._words, self._label = name, words, label or name
        self._stand()
        self.editor.setEnabled(bool(name))
        self._changed()

    def called(self, label: str) -> None:
        """What the room is called now, with its sign."""
        self._label = label
        self._stand()

    def _stand(self) -> None:
        """What stands there as long as nothing is written."""
        asks = f"Message {self._label}" if self._label else "You are in no room"
        self.editor.setPlaceholderText((self._room and self._bar.words) or self._words or asks)
        self.aloud.read()

    def bar(self, bar: Bar) -> None:
        """Why one may not write there; what is written stays, and is not said."""
        if bar != self._bar:
            self._bar = bar
            self._stand()
            self._changed()

    def is_for(self, room: str) -> bool:
        """What is written here now is for that room."""
        return bool(room) and room == self._room

    def tell(self, text: str, tone: str = "error", remedy: Remedy | None = None, *, spoken: str = "") -> None:
        """Say something above the text; "" takes it away. `spoken`: what is read aloud of it, if not all."""
        self._hint.tell(text, tone, remedy)
        self._spoken = spoken or text
        self.aloud.over()

    def write(self, text: str) -> None:
        """Somebody types elsewhere, and means it here; nothing is written where there is no room."""
        if self._room:
            self.editor.setFocus()
            self.editor.insertPlainText(text)

    def done(self, text: str) -> None:
        """It was sent, or what it asked for was: it can be called back."""
        self._sent.setdefault(self._room, SentTexts()).add(text)
        self.editor.clear()

    @property
    def speech(self) -> str:
        """What is written to be said to the others: no command, and no change of what was said."""
        text = self.editor.text
        is_asked = text.lstrip().startswith(slash.SIGN) or self.change.isVisibleTo(self)
        return "" if is_asked else text

    def back(self) -> bool:
        """One step back out of what has been begun here. False if nothing has."""
        if self.list.isVisible():
            self._waved_off = True
            self.list.hide()
        elif self.paste.isVisibleTo(self):
            self.paste.drop()
        elif self._hint.remedy is not None:
            self.tell("")
        elif self.change.isVisibleTo(self):
            self.kept.emit()
        else:
            return False
        return True

    # -- words about the text ------------------------------------------------------------------

    def _changed(self) -> None:
        text = self.editor.text
        self._waved_off = False
        self.send.setEnabled(bool(text.strip() and self._room))
        if (full := counting.full(text, self.limits.text_bytes)) is not None:
            self.tell(full.words, full.tone, spoken=full.spoken)
        elif self._bar.words and self.speech.strip():
            self.tell(self._bar.words, "warn")
        elif has_plain_ones(text):
            self.tell(PLAIN, "muted")
        elif self._hint.isVisibleTo(self):
            self.tell("")
        else:
            self.aloud.over()
        self.offer()

    def _tell_overfull(self, would_be: str) -> None:
        excess = lengths.excess(would_be, self.limits.text_bytes)
        told = f"Not pasted: with that your message would be {excess}."
        self.tell(f"{told} Paste it in parts; the clipboard still has it.")

    # -- a long paste --------------------------------------------------------------------------

    def _ask_about(self, text: str) -> None:
        most = self.limits.text_bytes
        excess = lengths.excess(text, most) if lengths.text_bytes(text) > most else ""
        self.paste.ask(text, excess, alone=not self.change.isVisibleTo(self))

    def _insert(self, text: str) -> None:
        self.editor.insertPlainText(text)
        self.editor.setFocus()

    def _say_pasted(self, text: str) -> None:
        """What is written stays: it is another message."""
        self.editor.setFocus()
        text = text.strip("\n").rstrip()
        if self._bar.words:
            self._insert(text)
        elif text.strip() and self._may_be_said(text):
            self._sent.setdefault(self._room, SentTexts()).add(text)
            self.said.emit(Say(room=self._room, text=text))

    # -- sending -------------------------------------------------------------------------------

    def _send(self) -> None:
        text = self.editor.text.strip("\n").rstrip()
        if not text.strip() or not self._room:
            return
        command = {END: self.ended, CLOSE: self.closed}.get(text.strip())
        if self.change.isVisibleTo(self):
            if self._may_be_said(text):
                self._do(partial(self.changed.emit, text), to_room=True)
        elif command is not None:
            self.editor.clear()
            command.emit()
        elif self._may_be_said(text):
            self._ask_for(text)

    def _ask_for(self, text: str) -> None:
        try:
            wish = slash.wish(Say(room=self._room, text=text), self.limits, self.now(), self.private())
        except Refused as refused:
            self.tell(refused.text)
            return
        match wish:
            case Say():
                self._say(wish, text)
            case slash.Help():
                self.editor.write(slash.SIGN)  # all of them are offered, with what each does
            case slash.NoCommand(word):
                told = f"There is no command {names.escaped(word[:40])}. Ctrl+Enter says it as it is."
                say = Say(room=self._room, text=text)
                self.tell(told, "warn", Remedy(partial(self._say, say, text, meant=True)))
            case _:
                self._do(partial(self.wished.emit, wish, text), to_room=is_about(wish, self._room))

    def _insist(self) -> None:
        """What is in doubt is meant as it is."""
        if self._hint.remedy is not None:
            self._hint.remedy.do()
            self.editor.setFocus()
        else:
            self._send()

    def _do(self, act: Callable[[], object], *, to_room: bool) -> None:
        """Do that, unless it is done to the room, and another one may be meant: that is asked first."""
        if to_room and self._bar.moved:
            self.tell(self._bar.words, "warn", Remedy(act, "Do it"))
        else:
            act()

    def _say(self, say: Say, text: str, *, meant: bool = False) -> None:
        """`meant`: it was asked whether it is."""
        if not say.text.strip() or not self._may_be_said(say.text):
            return
        if self._bar.words and not meant:
            said = None if self._bar.sure else Remedy(partial(self._say, say, text, meant=True))
            self.tell(self._bar.words, "warn", said)
            return
        self.done(text)
        self.said.emit(say)

    def _may_be_said(self, text: str) -> bool:
        """Or it is said why not."""
        try:
            names.text(text, self.limits)
        except Refused as refused:
            self.tell(refused.text)
            return False
        return True

    def _recall(self, by: int) -> None:
        """What was sent before (-1) or after (1) that."""
        sent = self._sent.get(self._room)
        text = sent.step(by, self.editor.text) if sent else None
        if text is not None:
            self.editor.write(text)

    # -- what is offered -----------------------------------------------------------------------

    def _offered(self) -> Offers:
        commands = self.editor.on_first_line and not self.change.isVisibleTo(self)
        return self.offers(self.editor.before_caret, commands)

    def offer(self) -> None:
        """What may become of what is begun, as it is known now."""
        wanted = self.editor.hasFocus() and not self._waved_off
        self.list.offer(self._offered().offers if wanted else [], self)
        self.aloud.read()

    def _around(self) -> tuple[str, ...]:
        """What stands around the text, for who does not see it."""
        change = self.change.words.text() if self.change.isVisibleTo(self) else ""
        is_empty = (document := self.editor.document()) is not None and document.isEmpty()
        empty = self.editor.placeholderText() if is_empty else ""
        offered = self.list.told if self.list.isVisibleTo(self.list.parentWidget()) else ""
        return (self._spoken, offered) if offered else (self._spoken, change, self.aloud.answered, empty)

    def _take(self, offer: Offer) -> None:
        if offer.text:
            self.editor.put_for(self._offered().begun, offer.text)
        self.editor.setFocus()

    def moveEvent(self, event: QMoveEvent | None) -> None:
        super().moveEvent(event)
        self.offer()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self.offer()
