# SPDX-License-Identifier: GPL-3.0-only
"""Builds and joins the parts of the window; the only file that knows them all. GUI thread.

It ends by `!end`, `!close`, closing the window, Ctrl+C, SIGTERM, SIGHUP. Nobody waits: it hides at once.
"""

import pathlib
import time

from loggia.qtclient import spelling
from loggia.qtclient.garbage import Settled
from loggia.qtclient.intake import entries
from loggia.qtclient.keeping import Keeper
from loggia.qtclient.placing import Placing, to_front
from loggia.qtclient.remembered import Remembered
from loggia.qtclient.screen import say
from loggia.qtclient.single import Knock, Reply
from loggia.qtclient.state.ordering import Ordering
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style import theme
from loggia.qtclient.style.applied import paint
from loggia.qtclient.timeline.choose_sign import six_of
from loggia.qtclient.welcoming import ask_first, ask_nick, ask_way
from loggia.qtclient.window import Window
from loggia.qtclient.worker import Subscriber
from loggia.shared.client.commands import Command, CountUnread, Discard, Goodbye, Say, Shut
from msgspec import structs
from PyQt6.QtCore import QLocale, QObject, QTimer
from PyQt6.QtWidgets import QApplication

GOODBYE_S = 0.03  # what it may wait for the outbox and for its answer: all is gone within 100 ms
GOODBYE_MS = 800  # what it may take before the connection is simply shut
SHUT_MS = 2000  # far more than the 100 ms a link needs: only a broken one takes longer


class App(QObject):
    """One window, one subscriber, one data folder. `start` returns at once; the event loop does the rest.

    `chosen`: somebody said that it goes to that endpoint; else it goes where the first start was told to.
    """

    def __init__(
        self,
        qt: QApplication,
        *,
        endpoint: str,
        folder: pathlib.Path,
        nick: str,
        room: str,
        choice: theme.Choice,
        chosen: bool = True,
    ) -> None:
        super().__init__()
        self._qt = qt
        self._choice: theme.Choice = choice
        self.known = Remembered(folder, here=endpoint, nick=nick, room=room, asks_where=not chosen)
        if self.known.trouble:
            say(self.known.trouble)
        self._leaving = False
        self.window: Window | None = None
        self.subscriber: Subscriber | None = None
        self._placing: Placing | None = None
        self._keeper: Keeper | None = None
        self._settled = Settled()
        self._goes_on = QTimer(self)  # with what one turn of the event loop had no time for
        self._goes_on.setSingleShot(True)
        self._goes_on.timeout.connect(self._take)
        hints = qt.styleHints()
        if hints is not None:
            hints.colorSchemeChanged.connect(self._paint)
        self._paint()

    @property
    def colors(self) -> theme.Colors:
        return theme.chosen(self._choice)

    def start(self) -> bool:
        """Open the window. False when the user does not say a nickname, or where to go."""
        known = self.known
        if (not known.settings.nick or known.missed) and not ask_first(known, self.colors):
            return False
        self._open()
        return True

    def _open(self) -> None:
        """A window on the broker that is known."""
        known = self.known
        rooms = list(dict.fromkeys([*known.server.rooms, known.room]))
        state = WindowState(
            nick=known.nick,
            endpoint=known.endpoint,
            rooms=rooms,
            current=known.room,
            account=known.server.account,
            read=known.server.read,
        )
        known.call(state)
        state.problem = known.trouble
        server = known.server
        ordering = Ordering(server.order, server.favourites, server.muted)
        window = Window(
            state,
            self.colors,
            time.monotonic,
            server.drafts,
            server.carets,
            str(known.copy),
            ordering,
        )
        self.window = window
        window.frame.people_open = known.settings.people
        window.message_acts.signs = six_of(known.settings.signs)
        window.holding.on = known.settings.hold
        window.writing.spell(spelling.dictionary(QLocale.system().name()))
        self._placing = Placing(window, known.settings)
        self._keeper = Keeper(window, self.save, self)
        window.leaving.connect(self.leave)
        window.asked.connect(self._ask)
        window.status.elsewhere.clicked.connect(self.elsewhere)
        self._subscribe(rooms)
        window.refresh()
        window.show()

    def elsewhere(self) -> None:
        """Ask for another address, and begin again there."""
        window, known = self.window, self.known
        before = "" if known.endpoint == known.here else known.endpoint
        if window is None or self._leaving:
            return
        way = ask_way(known, self.colors, window, before=before, again=True)
        if way is None or self._leaving:
            return
        self._remember()
        self._end_window(window)
        known.move(*way)
        known.keep()
        self._open()

    def _end_window(self, window: Window) -> None:
        """Another one takes its place. What waits for a server that nobody ever reached is written again,
        not said: others may be where one goes."""
        link = self.subscriber
        if link is not None:
            if not self.known.server.account:
                for say in window.state.unsent():
                    if self.known.unsaid(say):
                        link.post(Discard(id=say.id))
            link.told.disconnect(self._take)
            self.close()
            link.deleteLater()
        self._goes_on.stop()
        if self._keeper is not None:
            self._keeper.deleteLater()
        window.hide()
        window.deleteLater()

    def come_up(self, knock: Knock) -> Reply:
        """A second start asks for this window: to the front, and to the room that was asked for."""
        known = self.known
        here = Reply("shown", known.settings.nick, known.endpoint)
        if self._leaving:
            return structs.replace(here, what="ending")
        window = self.window
        nicks = [known.settings.nick, window.state.me.nick if window else ""]
        if (knock.endpoint and knock.endpoint != known.endpoint) or (knock.nick and knock.nick not in nicks):
            return structs.replace(here, what="other")
        if (front := self._qt.activeModalWidget() or window) is not None:
            to_front(front, knock.token)
        if knock.room and window is not None:
            window.go(knock.room)
        known.asked_room = knock.room or known.asked_room
        return here

    def tell(self, text: str) -> None:
        """A sentence for whoever sits here, once what is going on is done: it may be what failed."""
        if (window := self.window) is not None:
            QTimer.singleShot(0, lambda: window.composer.tell(text))

    def leave(self, at_once: bool) -> None:
        """End: with a goodbye when there is a broker to hear it, otherwise, or a second time, at once."""
        link, window = self.subscriber, self.window
        if link is None or window is None:
            if (asking := self._qt.activeModalWidget()) is not None:  # only a loop that runs can be quit
                asking.close()
            self._qt.quit()
            return
        at_once = at_once or self._leaving or not window.state.connected
        if not self._leaving:
            self._leaving = True
            window.holding.flush()
            self._remember()
            window.hide()  # before the disk is waited for
            self.known.keep()
            link.finished.connect(self._qt.quit)
            QTimer.singleShot(GOODBYE_MS, lambda: link.post(Shut()))
        link.post(Shut() if at_once else Goodbye(most_s=GOODBYE_S))
        if link.isFinished():
            self._qt.quit()

    def close(self) -> None:
        """After the event loop: no thread stays behind."""
        if self.subscriber is not None:
            self.subscriber.post(Shut())
            self.subscriber.wait(SHUT_MS)

    def save(self) -> None:
        """Remember what the next start needs; a disk that refuses it is told, and stops nothing."""
        self._remember()
        self.known.keep()

    def lost(self) -> None:
        """The screen went away: remember what was read and written, and ask nothing of it."""
        if self.window is not None:
            self.known.take(self.window)
            self.known.keep()

    # ------------------------------------------------------------------------------------------

    def _remember(self) -> None:
        if self.window is not None and self._placing is not None:
            self.known.take(self.window)
            if self.window.isVisible():
                self._placing.remember()

    def _subscribe(self, rooms: list[str]) -> None:
        link = self.subscriber = Subscriber(
            requests=self.known.endpoint,
            replica_path=self.known.copy,
            nick=self.known.settings.nick,
            rooms=rooms,
            parent=self,
        )
        link.told.connect(self._take)
        link.post(CountUnread())
        link.start()

    def _take(self) -> None:
        window, link = self.window, self.subscriber
        if window is None or link is None:
            return
        batch, more = link.take()
        if not batch:  # it was taken with what came before
            return
        if more:
            self._goes_on.start()
        window.take(batch, more=more)
        self._settled.came(sum(map(entries, batch)))
        if window.state.connected:
            self.known.arrive()
        if self._keeper is not None:
            self._keeper.soon()
        told = window.state.standing.told_to_terminal()
        if told:
            say(told)
        refused = window.state.refused_nick
        if refused is not None and not self._leaving:
            window.state.refused_nick = None
            QTimer.singleShot(0, lambda: self._rename(refused.text))

    def _rename(self, reason: str) -> None:
        """The broker does not take the nickname: ask for another one, and begin again with it."""
        window, link = self.window, self.subscriber
        if window is None or link is None:
            return
        if not ask_nick(self.known, self.colors, reason, window):
            self.leave(True)
            return
        link.told.disconnect(self._take)
        self.close()
        link.deleteLater()
        window.state.renamed(self.known.settings.nick)
        self._subscribe([room.name for room in window.state.listed])

    def _ask(self, command: Command) -> None:
        link, window = self.subscriber, self.window
        if link is not None and not link.post(command) and isinstance(command, Say) and window is not None:
            window.give_back(command)

    def _paint(self) -> None:
        colors = self.colors
        paint(self._qt, colors)
        if self.window is not None:
            self.window.look(colors)
