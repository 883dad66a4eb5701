"""Ctrl+K in a window, and a broker that is told what to answer there."""

from loggia.qtclient.asking import Asking
from loggia.qtclient.dialogs.go_to import GoTo
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Command, Inquire
from loggia.shared.client.updates import Inquired
from loggia.shared.protocol.answers import FoundAnswer, Hit, RoomInfo
from loggia.shared.protocol.requests import Rooms, Search
from PyQt6.QtCore import Qt

from tests.qtclient.talk import NOON


class Broker:
    """Keeps what is asked, and answers it."""

    def __init__(self) -> None:
        self.asked: list[Command] = []
        self.asking = Asking(self.asked.append)

    def wants(self, kind: type) -> Inquire:
        """The last question of that kind."""
        return [one for one in self.asked if isinstance(one, Inquire) and isinstance(one.request, kind)][-1]

    def count(self, kind: type) -> int:
        return sum(isinstance(one, Inquire) and isinstance(one.request, kind) for one in self.asked)

    def lists(self, *rooms: str, more: bool = False) -> None:
        infos = [RoomInfo(room=room, title=room, head=1, members=2, joined=False, at=NOON) for room in rooms]
        self.asking.take(Inquired(id=self.wants(Rooms).id, rooms=infos, more=more))

    def finds(self, *texts: str, cursor: str | None = None) -> None:
        hits = [
            Hit(room="lobby", seq=90 - n, at=NOON, nick="bob", account="a-bob", text=text, marks=[(0, 3)])
            for n, text in enumerate(texts)
        ]
        answer = FoundAnswer(id="-", hits=hits, cursor=cursor)
        self.asking.take(Inquired(id=self.wants(Search).id, found=answer))


def opened(window: Window, qtbot, text: str) -> GoTo:
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    dialog = window.going.dialog
    qtbot.waitUntil(dialog.isActiveWindow)
    qtbot.keyClicks(dialog.edit, text)
    return dialog


def last(asked: list[Command], kind: type) -> Command:
    return [one for one in asked if isinstance(one, kind)][-1]
