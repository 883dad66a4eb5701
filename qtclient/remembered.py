# SPDX-License-Identifier: GPL-3.0-only
"""What the window knows from the last time, and writes down for the next. GUI thread."""

import pathlib

from loggia.qtclient import settings
from loggia.qtclient.accepted import MOST_DRAFT_BYTES
from loggia.qtclient.screen import say
from loggia.qtclient.state.kinds import kind_of
from loggia.qtclient.state.slash import above, as_written
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Say
from loggia.shared.protocol.lengths import text_bytes
from msgspec import structs


class Remembered:
    """Of one data folder. `here`: where a broker is if nobody says another, and `asks_where`: nobody did.

    Attributes: `settings`; `endpoint`, `server`, `room`: where to go, what is known of it, into which room;
    `trouble`: what could not be used, in a sentence.
    """

    def __init__(self, folder: pathlib.Path, *, here: str, nick: str, room: str, asks_where: bool) -> None:
        loaded = settings.load(folder)
        self._folder = folder
        self._in_the_way = loaded.in_the_way
        self._written = b""
        self.here, self.asks_where = here, asks_where
        self.asked_room = room
        self.trouble = loaded.trouble
        self.settings = loaded.settings
        self.settings.nick = nick or self.settings.nick
        self.go_to(self.settings.where or here if asks_where else here)

    @property
    def copy(self) -> pathlib.Path:
        """What this computer keeps of that broker's rooms."""
        return settings.replica_path(self._folder, self.endpoint)

    @property
    def nick(self) -> str:
        """What one is called there: as one says, or as one was renamed to since."""
        server, said = self.server, self.settings.nick
        return server.called if server.called and server.given == said else said

    @property
    def missed(self) -> str:
        """The address that was written at the first start, if it was never reached: perhaps it is wrong."""
        return self.settings.where if self.asks_where and not self.settings.reached else ""

    def go_to(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.server = self.settings.server(endpoint)
        self.room = self.asked_room or self.server.current

    def choose(self, nick: str, endpoint: str, where: str) -> None:
        """What was answered at the first start. `where`: the endpoint, if it was written as an address."""
        self.settings.nick = nick
        if self.asks_where:
            self.settings.where, self.settings.reached = where, False
        self.go_to(endpoint)

    def draft(self, written: Say) -> bool:
        """That is written in its room, above what is written there already. False: it has no room."""
        room = written.room
        whole = above(written.text, self.server.drafts.get(room, ""))
        fits = text_bytes(whole) <= MOST_DRAFT_BYTES
        if fits:
            self.server.drafts[room] = whole
            self.server.carets.pop(room, None)
        return fits

    def unsaid(self, message: Say) -> bool:
        """It is written again, not said. False as of `draft`."""
        return self.draft(structs.replace(message, text=as_written(message.text)))

    def move(self, nick: str, endpoint: str, where: str) -> None:
        """Another address is given, arguments as of `choose`. Rooms and drafts of a server that was never
        reached go along: they were never of it."""
        left = self.server
        self.choose(nick, endpoint, where)
        if left.account or left is self.server:
            return
        if not self.server.account:
            self.server.rooms, self.server.current = left.rooms, left.current
            self.room = self.asked_room or left.current
        drafts = left.drafts.items()
        left.drafts = {room: text for room, text in drafts if not self.draft(Say(room=room, text=text))}
        left.carets = {}

    def arrive(self) -> None:
        """Somebody answered."""
        self.settings.reached = self.settings.reached or self.endpoint == self.settings.where

    def call(self, state: WindowState) -> None:
        """Let rooms have the titles that they had, until the broker says them, and skins their tone."""
        state.tone = self.settings.tone
        for name, title in self.server.titles.items():
            if name in state.rooms:
                state.rooms[name].known_as(title, kind_of(name))

    def take(self, window: Window) -> None:
        """What the window shows now."""
        window.writing.keep()
        state, server = window.state, self.server
        server.account = state.me.account or server.account
        server.given, server.called = self.settings.nick, state.me.nick
        server.rooms = [room.name for room in state.listed]
        server.titles = {room.name: room.title for room in state.listed if room.title != room.name}
        server.current = state.current
        ordering = window.ordering
        server.order, server.favourites, server.muted = ordering.by, ordering.favourites, ordering.muted
        server.read = state.read_marks()
        server.drafts = window.holding.drafts(window.writing.drafts)
        server.carets = window.holding.carets(window.writing.drafts, window.writing.carets)
        for room, text in window.threads.written.begun():  # which end with the window
            self.draft(Say(room=room, text=text))
        self.settings.people = window.frame.people_open
        self.settings.signs = list(window.message_acts.signs)
        self.settings.tone = state.tone
        self.settings.hold = window.holding.on

    def keep(self) -> None:
        """Write it down; a disk that refuses it is told, and stops nothing."""
        try:
            self.write()
        except OSError as reason:
            say(f"What is read and written cannot be remembered in {self._folder}: {reason.strerror}.")

    def write(self) -> None:
        """Raises OSError, once for the same content."""
        content = settings.encoded(self.settings)
        if content != self._written and not self._in_the_way:
            self._written = content
            settings.save(self._folder, content)
