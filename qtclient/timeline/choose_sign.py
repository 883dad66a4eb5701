# SPDX-License-Identifier: GPL-3.0-only
"""A row of signs that one may put to a message, above everything until one is chosen. GUI thread."""

from collections.abc import Sequence
from functools import partial
from itertools import chain, islice

from loggia.qtclient.state.emoji_names import named
from loggia.qtclient.state.tones import can_have, in_all_tones, plain, tone_of, toned
from loggia.qtclient.style.field import Field
from loggia.qtclient.style.fonts import scaled
from loggia.qtclient.timeline.parts.action import ENTER
from loggia.qtclient.timeline.popup import Popup
from PyQt6.QtCore import QPoint, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QGridLayout, QToolButton, QWidget

FIRST: tuple[str, ...] = (
    "\U0001f44d",
    "\u2764\ufe0f",
    "\U0001f602",
    "\U0001f389",
    "\U0001f62e",
    "\U0001f64f",
)
MOST_FOUND = 12  # two rows
_NOTHING = (("", ""),) * MOST_FOUND
_LARGER = 1.4
_STEPS: dict[int, int] = {
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Down: len(FIRST),
    Qt.Key.Key_Up: -len(FIRST),
}
LONG_MS = 500  # so long a sign is held down until its skin tones are shown
TONES_KEY = Qt.Key.Key_Down  # with Alt
_HAS_TONES = "Alt+Down, a right click or a long press: skin tones"


def six_of(used: Sequence[str]) -> tuple[str, ...]:
    """Six: those that were used last, which come first, and others; of one in several skin tones the last."""
    found: dict[str, str] = {}
    for sign in (*used, *FIRST):
        found.setdefault(plain(sign), sign)
    return tuple(found.values())[: len(FIRST)]


class ChooseSign(Popup):
    """`signs`: what is offered at first; `mine`: what is there from me already; `tone`: in which skin tone
    people are shown. What is typed finds others by their names. Signals: `chosen` with one, and before that
    `toned` with a skin tone that was chosen with it.

    Attributes: `search`: where a name is typed.
    """

    chosen = pyqtSignal(str)
    toned = pyqtSignal(str)

    def __init__(
        self, signs: Sequence[str], mine: Sequence[str], tone: str, parent: QWidget | None = None
    ) -> None:
        super().__init__("signs", "Signs to put to the message", parent)
        self._first = [(sign, sign) for sign in signs]
        self._mine = {plain(sign): sign for sign in mine}
        self._tone = tone
        self._of = -1  # the place of the sign whose skin tones are shown
        self._held = QTimer(self)
        self._held.setSingleShot(True)
        self._held.setInterval(LONG_MS)
        self._held.timeout.connect(self._show_tones)
        self._at, self._to_left = QPoint(), False
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(4, 4, 4, 4)
        grid.setSpacing(2)
        self._all = [QToolButton(self) for _ in range(MOST_FOUND)]
        for number, button in enumerate(self._all):
            button.setFont(scaled(self.font(), _LARGER))
            button.clicked.connect(partial(self._choose, button))
            button.pressed.connect(self._held.start)
            button.released.connect(self._held.stop)
            button.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            button.customContextMenuRequested.connect(partial(self._show_tones, button))
            grid.addWidget(button, *divmod(number, len(FIRST)))
        self.search = Field("", self)
        self.search.setPlaceholderText("Find by name")
        self.search.setAccessibleName("Find a sign by its name")
        self.search.textChanged.connect(self._fill)
        grid.addWidget(self.search, MOST_FOUND // len(FIRST), 0, 1, len(FIRST))
        self._fill("")

    @property
    def buttons(self) -> list[QToolButton]:
        """Those that can be chosen now."""
        return [button for button in self._all if not button.isHidden()]

    def open_at(self, at: QPoint, *, to_left: bool = False) -> None:
        """With its lower left corner there, on the screen, as far as it has that room; or its lower right one
        (`to_left`)."""
        self._at, self._to_left = at, to_left
        for column in range(len(FIRST)):  # however few are found, each stays where it is
            self._grid.setColumnMinimumWidth(column, self.buttons[0].sizeHint().width())
        self._place()
        self.show()
        self._place()  # only now its frame is known
        self.buttons[0].setFocus()

    def _place(self) -> None:
        self.adjustSize()
        self.put(self._at - QPoint(self.width() if self._to_left else 0, self.height()))

    def _fill(self, begun: str) -> None:
        """Offer what has that in its name; those of the beginning where nothing is typed."""
        self._of = -1
        words = begun.strip(": ").replace(" ", "_")
        found = list(islice(named(words), MOST_FOUND)) if words else self._first
        self._offer([(self._in_tone(sign), sign if sign == name else name) for sign, name in found])

    def _in_tone(self, sign: str) -> str:
        """As it is there from me, or in the tone of the skin that was chosen."""
        there = self._mine.get(plain(sign), "")
        return there or (sign if tone_of(sign) else toned(sign, self._tone))

    def _offer(self, found: Sequence[tuple[str, str]]) -> None:
        mine = set(self._mine.values())
        for button, (sign, name) in zip(self._all, [*found, *_NOTHING], strict=False):
            is_mine = sign in mine
            called = "" if plain(sign) == plain(name) else name.replace("_", " ")
            has_tones = self._of < 0 and can_have(sign)
            button.setText(sign)
            button.setToolTip("\n".join(filter(None, (called, _HAS_TONES * has_tones))))
            button.setAccessibleName(f"{name}, yours: take it back" if is_mine else name)
            button.setAccessibleDescription(_HAS_TONES * has_tones)
            button.setCheckable(is_mine)
            button.setChecked(is_mine)
            button.setVisible(bool(sign))
        self._place()

    def _show_tones(self, button: QToolButton | None = None, _: QPoint | None = None) -> None:
        """Instead of all signs this one in each skin tone, or the one that is held down, or has the keyboard,
        or is the first."""
        if button is None:
            held = (one for one in self.buttons if one.isDown())
            keyed = (one for one in self.buttons if one.hasFocus())
            button = next(chain(held, keyed, self.buttons), None)
        if button is None or self._of >= 0 or not can_have(button.text()):
            return
        self._held.stop()
        button.setDown(False)  # what is held down is not chosen when it is let go
        self._of = self._all.index(button)
        shades = in_all_tones(button.text())
        self._offer(shades)
        chosen = toned(button.text(), self._tone)
        at = next((place for place, (sign, _) in enumerate(shades) if sign == chosen), 0)
        self._all[at].setFocus()

    def _back(self) -> bool:
        """From the skin tones to the signs. False if those are shown."""
        at = self._of
        if at < 0:
            return False
        self._fill(self.search.text())
        self._all[at].setFocus()
        return True

    def _choose(self, button: QToolButton) -> None:
        sign = button.text()
        if self._of >= 0:
            self.toned.emit(tone_of(sign))
        self.close()
        self.chosen.emit(sign)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Arrows go from one to the next, Enter chooses as Space does, Alt+Down shows its skin tones, and
        what is typed finds."""
        if event is None:
            return
        buttons = self.buttons
        at = next((place for place, one in enumerate(buttons) if one.hasFocus()), -1)
        if event.key() == TONES_KEY and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._show_tones()
        elif event.key() in _STEPS and buttons:
            step = _STEPS[event.key()]
            begin = 0 if step > 0 else len(buttons) - 1
            buttons[(at + step) % len(buttons) if at >= 0 else begin].setFocus()
        elif event.key() in ENTER:
            for button in buttons[max(at, 0) :][:1]:
                button.click()
        elif event.key() == Qt.Key.Key_Escape:
            if not self._back():
                self.close()
        elif event.text().isprintable() and event.text().strip():
            self.search.setFocus()
            self.search.insert(event.text())
        else:
            super().keyPressEvent(event)
