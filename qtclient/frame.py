# SPDX-License-Identifier: GPL-3.0-only
"""What is around the messages of a window: the rooms, the people, a thread, the line below. GUI thread.

Which of them is shown, which lies over the messages where the window is narrow, and where the keyboard goes.
"""

from loggia.qtclient.asking import Asking
from loggia.qtclient.going import Ways
from loggia.qtclient.holding import Holding
from loggia.qtclient.models.people import PeopleModel
from loggia.qtclient.models.rooms import RoomsModel
from loggia.qtclient.panels.arrangement import Arrangement
from loggia.qtclient.panels.bars import Scrim, StatusLine
from loggia.qtclient.panels.middle import Middle
from loggia.qtclient.panels.people import PeoplePanel
from loggia.qtclient.panels.sidebar import Sidebar
from loggia.qtclient.state.ordering import Ordering
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import Colors
from loggia.qtclient.threads import Threads
from loggia.qtclient.writing import Writing
from loggia.shared.client.commands import LeaveRoom
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QWidget

NOTHING_UNREAD = "Nothing is unread in your other rooms."
NOTHING_BUT_MUTED = "Nothing is unread in your other rooms, but for those that are muted."


class Frame(QObject):
    """Stands in `area` around its `middle`. Attributes: `sidebar`, `people`, `threads`, `status`; `scrim`.

    Signals: `asked` with a command for the link, `going` with a room to go to, `arranged` when rooms are in
    another order.
    """

    asked = pyqtSignal(object)
    going = pyqtSignal(str)
    arranged = pyqtSignal()

    def __init__(
        self,
        area: QWidget,
        middle: Middle,
        state: WindowState,
        asking: Asking,
        writing: Writing,
        holding: Holding,
        ways: Ways,
        ordering: Ordering,
        colors: Colors,
    ) -> None:
        super().__init__(area)
        self._state = state
        self._middle = middle
        self._ways = ways
        self.scrim = Scrim(area)
        self._rooms = RoomsModel(state, self, ordering)
        self.sidebar = Sidebar(self._rooms, colors, area)
        self.people = PeoplePanel(PeopleModel(state, self), colors, area)
        self.threads = Threads(state, asking, writing, colors, area)
        self.status = StatusLine(colors, area)
        self._arrangement = Arrangement(
            area,
            middle=middle,
            header=middle.header,
            sidebar_panel=self.sidebar,
            people_panel=self.people,
            thread_panel=self.threads.panel,
            status=self.status,
            scrim=self.scrim,
        )
        self.place = self._arrangement.place
        self.fold = self._arrangement.fold
        self.toggle_rooms = self._arrangement.toggle_sidebar
        self.toggle_people = self._arrangement.toggle_people
        self._connect(holding)

    def _connect(self, holding: Holding) -> None:
        self.sidebar.picked.connect(self.going)
        self.sidebar.leaving.connect(lambda name: self.asked.emit(LeaveRoom(room=name)))
        self.sidebar.arranged.connect(self.arranged)
        self.sidebar.goto.connect(self._ways.ask)
        self.sidebar.about.connect(self._ways.look_into)
        self.sidebar.me.clicked.connect(self._meet_myself)
        self.people.met.connect(self._ways.meet)
        self.threads.written.said.connect(holding.say)
        self.threads.written.undone.connect(holding.undo_last)
        self.threads.opened.connect(self._arrangement.show_thread)
        self.threads.closed.connect(self._arrangement.hide_thread)
        self._middle.header.menu.clicked.connect(self.toggle_rooms)
        self._middle.header.people.clicked.connect(self.toggle_people)
        self.scrim.pressed.connect(self.write)

    @property
    def people_open(self) -> bool:
        """The people are shown where there is room for them beside the messages."""
        return self._arrangement.people_open

    @people_open.setter
    def people_open(self, shown: bool) -> None:
        self._arrangement.people_open = shown

    def look(self, colors: Colors) -> None:
        """Other colours."""
        self.sidebar.look(colors)
        self.people.look(colors)
        self.threads.panel.look(colors)
        self.status.look(colors)

    def refresh(self) -> None:
        """Show what the state has now."""
        state = self._state
        self.threads.refresh()
        self._rooms.sync()
        self.people.refresh(connected=state.connected)
        self.sidebar.me.show_me(state.me.nick, state.standing.presence_word, online=state.connected)

    def uncover(self) -> None:
        """Nothing lies over the messages."""
        if self._arrangement.thread_covers:
            self.threads.close()
        self.fold()

    def write(self) -> None:
        """The keyboard is where one writes in the room."""
        self.uncover()
        self._middle.composer.editor.setFocus()

    def read(self) -> None:
        """The keyboard is in the room's messages."""
        self.uncover()
        self._middle.timeline.setFocus()

    def step(self, by: int) -> None:
        """To the room so many below the one on the screen, as they are listed; from the last to the first."""
        names = self._rooms.names()
        if self._state.current in names:
            self.going.emit(names[(names.index(self._state.current) + by) % len(names)])

    def step_unread(self, by: int) -> None:
        """To the next room below (1) or above (-1) in which something is unread that calls, going round."""
        state, ordering = self._state, self._rooms.ordering
        name = ordering.next_calling(state.listed, state.current, by)
        if name:
            self.going.emit(name)
            return
        others = (room for room in state.listed if room is not state.here)
        words = NOTHING_BUT_MUTED if any(room.unread for room in others) else NOTHING_UNREAD
        self._middle.composer.tell(words, "muted")

    def _meet_myself(self) -> None:
        if (row := self.people.mine) is not None:
            self._ways.meet(row)
