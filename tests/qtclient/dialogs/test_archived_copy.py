"""What was kept from before a restore can be looked at, by mouse and by keyboard, without a broker."""

from collections.abc import Callable

import pytest
from loggia.qtclient.asking import Asking
from loggia.qtclient.dialogs.archived_copy import PAGE, ShowArchivedCopy
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.rows import Restored
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.parts.card import SHOW_COPY, RestoredCard
from loggia.qtclient.window import Window
from loggia.shared.client.commands import ReadArchived
from loggia.shared.client.completeness import ArchivedCopy
from loggia.shared.client.updates import ArchivedCopies, ArchivedEntries, Older
from PyQt6.QtCore import QEvent, QPoint, Qt
from PyQt6.QtWidgets import QLabel

from tests.qtclient.talk import arrived, entered, many, restored, says
from tests.qtclient.timeline.measured import part

Make = Callable[..., Window]


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    state.apply(
        [
            *entered(head=9),
            *arrived(many(1, 9)),
            restored(9, head=5),
            Older(room="lobby", events=many(1, 5), more=False),
        ],
        0,
    )
    return make_window(state)


def row_of(window: Window):
    model = window.timeline.model()
    return next(
        model.index(number, 0)
        for number in range(model.rowCount())
        if isinstance(model.index(number, 0).data(ROW), Restored)
    )


def asked(window: Window) -> list[object]:
    found: list[object] = []
    window.asked.connect(found.append)
    return found


def is_first(wanted: list[object]) -> bool:
    """Nothing but the first page is asked for."""
    (ask,) = wanted
    assert isinstance(ask, ReadArchived)
    return ask == ReadArchived(room="lobby", epoch="one", after=0, limit=9, id=ask.id)


def test_a_click_on_the_row_shows_the_copy(window: Window, qtbot):
    wanted = asked(window)
    index = row_of(window)
    rect = window.timeline.visualRect(index)
    button = part(window.timeline, index, RestoredCard).buttons.places[SHOW_COPY.id]
    at = button.translated(rect.topLeft()).center()
    qtbot.mouseClick(
        window.timeline.viewport(), Qt.MouseButton.LeftButton, pos=rect.center() + QPoint(0, -30)
    )
    assert wanted == [], "only the button"
    qtbot.mouseClick(window.timeline.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert is_first(wanted)
    gone = [says(9, text="gone")]
    window.take([ArchivedEntries(room="lobby", epoch="one", after=0, events=gone, id=wanted[0].id)])
    assert window.archives.shown.text.toPlainText().endswith("[12:00] bob: gone")
    assert not window.archives.shown.older.isEnabled()
    window.archives.shown.close()
    assert window.archives.shown is None


def test_the_keyboard_shows_it_too(window: Window, qtbot):
    wanted = asked(window)
    window.timeline.setFocus()
    window.timeline.setCurrentIndex(row_of(window))
    qtbot.keyClick(window.timeline, Qt.Key.Key_Return)
    assert is_first(wanted)


def test_after_a_restart_the_menu_of_any_row_has_it(make_window: Make, state: WindowState):
    old = ArchivedCopy(room="lobby", epoch="one", spans=[(1, 9)])
    empty = ArchivedCopy(room="lobby", epoch="none", spans=[(5, 4)])
    state.apply([ArchivedCopies(copies=[old, empty]), *entered(head=9), *arrived(many(1, 9))], 0)
    window = make_window(state)
    wanted = asked(window)
    menu = window.timeline.menu(window.timeline.model().index(1, 0))
    (action,) = [action for action in menu.actions() if "before" in action.text()]
    assert action.text() == "Show the copy of before (1 to 9)..."
    action.trigger()
    assert is_first(wanted)


def test_the_newest_page_comes_first_and_older_ones_on_demand(qtbot, state: WindowState):
    copy = ArchivedCopy(room="lobby", epoch="one", spans=[(1, 20), (101, 100 + PAGE + 1), (5000, 4999)])
    wanted: list[ReadArchived] = []
    asking = Asking(wanted.append)
    dialog = ShowArchivedCopy(copy, state.me, "/home/ada/copy.db", asking)
    qtbot.addWidget(dialog)
    for first, last in ((102, 1101), (101, 101), (1, 20)):
        dialog.ask()
        dialog.ask()
        assert (wanted[-1].after + 1, wanted[-1].after + wanted[-1].limit) == (first, last)
        asking.take(ArchivedEntries(room="lab", epoch="one", after=first - 1, events=many(1, 1, "lab")))
        told, asked_by = many(first, last), wanted[-1].id
        page = ArchivedEntries(room="lobby", epoch="one", after=first - 1, events=told, id=asked_by)
        asking.take(page)
        asking.take(page)
    assert len(wanted) == 3
    assert not dialog.older.isEnabled()
    lines = [line.partition(": ")[2] for line in dialog.text.toPlainText().splitlines()]
    shown = [line for line in lines if line.startswith("number ")]
    assert shown == [f"number {seq}" for seq in [*range(1, 21), *range(101, 1102)]]


def test_it_says_where_it_is(qtbot, state: WindowState):
    copy = ArchivedCopy(room="lobby", epoch="one", spans=[(1, 9)])
    dialog = ShowArchivedCopy(copy, state.me, "/home/<b>ada</b>/copy.db", Asking(lambda command: None))
    qtbot.addWidget(dialog)
    words = [label.text() for label in dialog.findChildren(QLabel)]
    assert any("Kept in /home/<b>ada</b>/copy.db" in word for word in words)


def test_what_comes_once_it_is_closed_is_shown_nowhere(window: Window, qapp):
    wanted = asked(window)
    window.archives.show("one")
    window.archives.shown.close()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gone = [says(9, text="gone")]
    window.take([ArchivedEntries(room="lobby", epoch="one", after=0, events=gone, id=wanted[0].id)])
    assert window.archives.shown is None
