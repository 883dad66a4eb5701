# SPDX-License-Identifier: GPL-3.0-only
"""The first thing that anybody sees: asks for a nickname and for where to go, and says what will happen.

GUI thread, until it is answered.
"""

from loggia.qtclient.dialogs.ask_nick import AskNick, tell, wrapped
from loggia.qtclient.state.status import HERE, there, where
from loggia.qtclient.style.field import Field
from loggia.qtclient.style.theme import Colors
from loggia.shared.protocol.addresses import to_connect
from loggia.shared.protocol.limits import LOBBY, Limits
from PyQt6.QtWidgets import QLabel, QRadioButton, QVBoxLayout, QWidget

EXAMPLES = "As you were told it, like chat.example.org or 192.168.1.20:1101."


class FirstRun(AskNick):
    """`endpoint` holds where to go once it was accepted; `chosen` is that, too, if an address was written.

    `here`: where it goes unless another address is written. `before`: the address that was written the last
    time, where nobody answered. `asks_where`: nobody has said where to go yet. `again`: one is somewhere, and
    wants to go elsewhere.
    """

    def __init__(
        self,
        colors: Colors,
        limits: Limits,
        *,
        here: str,
        before: str = "",
        asks_where: bool = True,
        again: bool = False,
        room: str = LOBBY,
        nick: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(colors, limits, nick=nick, parent=parent)
        self._here, self._into = here, room
        self.endpoint, self.chosen = here, ""
        asked = QLabel("Where do they talk?", self)
        asked.setObjectName("muted")
        self.at_home = QRadioButton(_begun_large(_there(here)), self)
        self.elsewhere = QRadioButton("At an address", self)
        self.address = Field(before, self)
        self.address.setAccessibleName("Address")
        self.address.setPlaceholderText("Address")
        self.address_hint = wrapped(3, self, self.address)
        self.promise = wrapped(4, self, self.come_in)
        where_to = QWidget(self)
        rows = QVBoxLayout(where_to)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(8)
        for row in (asked, self.at_home, self.elsewhere, self.address, self.address_hint):
            rows.addWidget(row)
        where_to.setVisible(asks_where)
        buttons = self.column.count() - 1
        self.column.insertWidget(buttons, where_to)
        self.column.insertWidget(buttons + 1, self.promise)
        for first, second in ((self.edit, self.at_home), (self.at_home, self.elsewhere)):
            self.setTabOrder(first, second)
        self.setTabOrder(self.elsewhere, self.address)
        self.setTabOrder(self.address, self.come_in)
        (self.elsewhere if before or again else self.at_home).setChecked(True)
        self.edit.textChanged.connect(self._allow)  # after the nickname was looked at
        self.elsewhere.toggled.connect(self._look)
        self.elsewhere.clicked.connect(self.address.setFocus)  # by a click; arrows go on to the next
        self.address.textChanged.connect(self._write)
        self._look()
        if before:
            place = where(before)
            yet = f"Nobody answered at {place} yet. Is it right?"
            tell(self.address_hint, f"Nobody answers at {place} now." if again else yet, "")
        if again:
            self.title.setText("Another server")
            self.come_in.setText("Go there")
            self.address.setFocus()
            self.address.selectAll()

    def _allow(self) -> None:
        self.come_in.setEnabled(bool(self.nick and self.endpoint))
        tell(self.promise, "", self._what_will_happen())

    def _write(self) -> None:
        """Whoever writes an address means it."""
        self.elsewhere.setChecked(True)
        self._look()

    def _look(self) -> None:
        """What is written as an address, if that is where to go."""
        written = self.address.text().strip()
        self.endpoint, self.chosen, wrong = self._here, "", ""
        if self.elsewhere.isChecked():
            try:
                self.endpoint = self.chosen = to_connect(written)
            except ValueError as reason:
                self.endpoint = ""
                wrong = str(reason) if written else ""
        tell(self.address_hint, wrong, EXAMPLES if self.elsewhere.isChecked() else "")
        self._allow()

    def _what_will_happen(self) -> str:
        name = f" as {self.nick}" if self.nick else ""
        to = f" {_there(self.endpoint)}" if self.endpoint else ""
        return (
            f"You come into # {self._into}{name}{to}. Whoever is there reads what you write, and a copy "
            "of what is said stays on this computer."
        )


def _there(endpoint: str) -> str:
    place = there(endpoint)
    return place if where(endpoint) == HERE else f"{place}, where nothing is encrypted on the way"


def _begun_large(words: str) -> str:
    return words[:1].upper() + words.partition(",")[0][1:]
