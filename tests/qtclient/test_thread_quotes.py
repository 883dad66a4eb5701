"""What is answered in a thread is told there, also where that is not among its rows."""

from collections.abc import Callable

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.message import UNKNOWN
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.commands import ReadArchived
from loggia.shared.client.updates import ArchivedEntries, ConnectionStatus, Inquired

from tests.qtclient.open_thread import beside, in_panel, inquiries, show
from tests.qtclient.row_in_hand import told
from tests.qtclient.state.test_rows_changed import deletes, edits
from tests.qtclient.talk import says

Make = Callable[..., Window]
ELSE = says(2, text="else")


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    return beside(make_window, state)


@pytest.fixture
def opened(window: Window, asked: list[object]) -> Window:
    """In the thread somebody answers what is not in it."""
    show(window)
    thread = [says(1, text="why"), says(3, text="so", thread=1), says(4, text="no", thread=1, reply_to=2)]
    window.take([told(says(4, text="no", thread=1, reply_to=2))])
    window.take([Inquired(id=inquiries(asked)[-1].id, room="lobby", events=thread)])
    window.refresh()
    return window


def quote(window: Window) -> str:
    return in_panel(window, "no").data(ROW).quote


def copy_gives(window: Window, asked: list[object], *events) -> None:
    ask = [one for one in asked if isinstance(one, ReadArchived)][-1]
    assert (ask.room, ask.epoch, ask.after, ask.limit) == ("lobby", "one", 1, 1)
    window.take([ArchivedEntries(room="lobby", epoch="one", after=1, events=list(events), id=ask.id)])
    window.refresh()


def test_the_copy_tells_it(opened: Window, asked: list[object]):
    assert quote(opened) == UNKNOWN
    copy_gives(opened, asked, ELSE)
    assert quote(opened) == "bob: else"
    opened.refresh()
    assert sum(isinstance(one, ReadArchived) for one in asked) == 1
    opened.take([told(edits(5, 2, "other"))])
    opened.refresh()
    assert quote(opened) == "bob: other"
    opened.take([told(deletes(6, 2))])
    opened.refresh()
    assert quote(opened) == "bob: (deleted)"


def test_what_the_copy_has_not_the_server_tells(opened: Window, asked: list[object]):
    copy_gives(opened, asked)
    assert quote(opened) == UNKNOWN
    ask = inquiries(asked)[-1]
    assert (ask.request.after, ask.request.limit, ask.request.thread) == (1, 1, None)
    opened.take([Inquired(id=ask.id, room="lobby", events=[ELSE])])
    opened.refresh()
    assert quote(opened) == "bob: else"


def test_after_something_was_missed_it_is_asked_for_anew(opened: Window, asked: list[object]):
    copy_gives(opened, asked, ELSE)
    opened.take([ConnectionStatus(connection="reconnecting", retry_in_s=3.0)])
    opened.refresh()
    opened.take([ConnectionStatus(connection="connected"), told(says(90, text="apart"))])
    opened.refresh()
    thread = [says(1, text="why"), says(3, text="so", thread=1), says(4, text="no", thread=1, reply_to=2)]
    opened.take([Inquired(id=inquiries(asked)[-1].id, room="lobby", events=thread)])
    opened.refresh()
    copy_gives(opened, asked, says(2, text="changed", rev=50))
    assert quote(opened) == "bob: changed"
