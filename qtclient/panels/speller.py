# SPDX-License-Identifier: GPL-3.0-only
"""Marks words that no dictionary knows, and offers others. GUI thread.

Only what can be seen is looked at, and the word that is being written is left alone.
"""

from functools import lru_cache, partial

from loggia.qtclient.panels.editor import MOST_LINES, Editor
from loggia.qtclient.panels.plain_pictures import PlainPictures
from loggia.qtclient.state.spelling import Dictionary, WordPlace, is_fence, words
from loggia.qtclient.timeline.rich import positions
from PyQt6.QtCore import QSignalBlocker, QTimer
from PyQt6.QtGui import QColor, QTextBlock, QTextCharFormat, QTextCursor
from PyQt6.QtWidgets import QMenu

MOST_OFFERED = 5
MOST_KNOWN = 4096  # words of which it is remembered whether they are known
_IN_CODE = 1  # in the state of a block


class Speller(PlainPictures):
    """Of one editor, whose pictures it looks after, too. `look` gives the colour of the waves."""

    def __init__(self, editor: Editor, dictionary: Dictionary, color: str) -> None:
        editor.pictures.setDocument(None)  # of two, each would take away what the other has marked
        super().__init__(editor)
        self._editor = editor
        self._dictionary = dictionary
        self._knows = lru_cache(MOST_KNOWN)(dictionary.check)
        self._wave = QTextCharFormat()
        self._wave.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SpellCheckUnderline)
        self._wave.setUnderlineColor(QColor(color))
        self._looked_at: set[int] = set()  # the blocks that were, since the text changed
        self._begun: QTextBlock | None = None  # has a word that is not marked yet, as it is being written
        editor.textChanged.connect(self._looked_at.clear)
        editor.cursorPositionChanged.connect(self._moved)
        editor.left.connect(self._moved)
        self._later = QTimer(self)  # what is seen changes while the text is laid out
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._scrolled)
        editor.blockCountChanged.connect(lambda count: self._later.start())
        bar = editor.verticalScrollBar()
        if bar is not None:
            bar.valueChanged.connect(lambda value: self._later.start())
            bar.rangeChanged.connect(lambda least, most: self._later.start())
        editor.offer = self.offer

    def look(self, color: str) -> None:
        """Another colour."""
        self._wave.setUnderlineColor(QColor(color))
        with QSignalBlocker(self._editor):  # its text is the same
            self.rehighlight()

    def unknown(self, cursor: QTextCursor) -> WordPlace | None:
        """The word there, if it is marked; its place counts as Qt does, from the beginning of its line."""
        place = cursor.positionInBlock()
        block = cursor.block()
        if block.userState() > 0 and block.userState() & _IN_CODE:
            return None
        at = positions(block.text())
        for word in words(block.text()):
            if at(word.start) <= place <= at(word.end):
                return None if self._knows(word.text) else WordPlace(at(word.start), at(word.end), word.text)
        return None

    def offer(self, menu: QMenu, cursor: QTextCursor) -> None:
        """Put first into the menu what may have been meant by the word there."""
        word = self.unknown(cursor)
        offered = self._dictionary.suggest(word.text)[:MOST_OFFERED] if word else []
        if word is None or not offered:
            return
        first = next(iter(menu.actions()), None)
        for meant in offered:
            entry = menu.addAction(meant.replace("&", "&&"), partial(self._put, cursor.block(), word, meant))
            menu.insertAction(first, entry)
        menu.insertSeparator(first)

    def highlightBlock(self, text: str | None) -> None:
        super().highlightBlock(text)
        block = self.currentBlock()
        line, was_code = text or "", max(self.previousBlockState(), 0) & _IN_CODE == _IN_CODE
        fence = is_fence(line)
        self.setCurrentBlockState(self.currentBlockState() + _IN_CODE * (was_code != fence))
        if was_code or fence or not self._is_seen(block):
            return
        self._looked_at.add(block.blockNumber())
        at = positions(line)
        cursor = self._editor.textCursor()
        written = cursor.positionInBlock() if cursor.block() == block else -1
        for word in words(line):
            if self._knows(word.text):
                continue
            start, end = at(word.start), at(word.end)
            if end == written and self._editor.hasFocus():
                self._begun = block
            else:
                self.setFormat(start, end - start, self._wave)

    def _seen(self) -> tuple[int, int]:
        """The numbers of the first and the last block that can be."""
        document, bar = self._editor.document(), self._editor.verticalScrollBar()
        if document is None or bar is None:
            return 0, -1
        first = document.findBlockByLineNumber(bar.value())
        last = document.findBlockByLineNumber(bar.value() + MOST_LINES)
        return first.blockNumber(), last.blockNumber() if last.isValid() else document.blockCount() - 1

    def _is_seen(self, block: QTextBlock) -> bool:
        first, last = self._seen()
        return first <= block.blockNumber() <= last

    def _scrolled(self) -> None:
        document = self._editor.document()
        first, last = self._seen()
        for number in range(first, last + 1):
            if document is not None and number not in self._looked_at:
                self._again(document.findBlockByNumber(number))

    def _again(self, block: QTextBlock) -> None:
        with QSignalBlocker(self._editor):  # its text is the same
            self.rehighlightBlock(block)

    def _moved(self) -> None:
        """Who goes on, or elsewhere, has written that word."""
        block, self._begun = self._begun, None
        if block is not None and block.isValid():
            self._again(block)

    def _put(self, block: QTextBlock, word: WordPlace, meant: str) -> None:
        cursor = QTextCursor(block)
        cursor.setPosition(block.position() + word.start)
        cursor.setPosition(block.position() + word.end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(meant)
