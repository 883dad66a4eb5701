"""Messages in a window, found by what they say, and who is what in their room."""

from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Ask
from loggia.shared.client.updates import Arrived, People
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.events import StoredEvent
from loggia.shared.protocol.requests import Errand
from loggia.shared.protocol.roles import Role
from PyQt6.QtCore import QModelIndex


def told(*events: StoredEvent) -> Arrived:
    return Arrived(room=events[0].room, events=list(events), epoch="one")


def roles(**told: Role) -> People:
    members = [
        Member(nick=nick, account=f"a-{nick}", presence="online", role=role) for nick, role in told.items()
    ]
    return People(room="lobby", members=members)


def index_of(window: Window, text: str) -> QModelIndex:
    model = window.timeline.model()
    return next(
        index
        for index in (model.index(number, 0) for number in range(model.rowCount()))
        if isinstance(index.data(ROW), MessageRow) and index.data(ROW).text == text
    )


def focus(window: Window, text: str) -> None:
    window.timeline.setFocus()
    window.timeline.setCurrentIndex(index_of(window, text))


def wished(asked: list[Ask]) -> Errand:
    """What was asked for, once, of the life of the log that was told."""
    (ask,) = asked
    assert ask.epoch == "one"
    return ask.request
