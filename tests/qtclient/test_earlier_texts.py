"""What a message said before, shown by who clicks that it was edited, or deleted."""

from collections.abc import Callable
from typing import Any

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.earlier import BY_UNKNOWN, GONE, NOT_HERE
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.parts.changed import SHOW_EARLIER
from loggia.qtclient.timeline.sheet import Sheet
from loggia.qtclient.window import Window
from loggia.shared.client.commands import ReadChanges
from loggia.shared.client.updates import ToldChanges
from loggia.shared.protocol.events import DeletedEvent, EditedEvent, StoredEvent
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QApplication

from tests.qtclient.row_in_hand import focus, index_of, told
from tests.qtclient.talk import DAY, HOUR, MINUTE, NOON, entered, says

Make = Callable[..., Window]
EDITED = says(1, text="helo")
FIRST = EditedEvent("lobby", 3, NOON + MINUTE, "bob", "a-bob", "id-3", 1, "hello")
SECOND = EditedEvent("lobby", 4, NOON + DAY, "bob", "a-bob", "id-4", 1, "hello, all\nof you")
GONE_BY = DeletedEvent("lobby", 5, NOON + HOUR, "olga", "a-olga", "id-5", 2, "not here")


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    state.apply([*entered(), told(EDITED, says(2, "zoe", "secret"), FIRST, SECOND, GONE_BY)], 0)
    window = make_window(state)
    window.refresh()
    return window


def spot(window: Window, text: str) -> QPoint:
    index = index_of(window, text)
    view = window.timeline
    (found,) = view._drawn.layouts.of(index.data(ROW), view.visualRect(index).width()).spots()
    return view.visualRect(index).topLeft() + found.box.center().toPoint()


def asked(window: Window, qtbot, press: Callable[[], None]) -> ReadChanges:
    with qtbot.waitSignal(window.asked) as signal:
        press()
    wish: Any = signal.args[0]
    assert isinstance(wish, ReadChanges)
    return wish


def sheet(window: Window, wish: ReadChanges, *events: StoredEvent) -> str:
    """What is read when the copy has answered."""
    window.take([ToldChanges(room=wish.room, seq=wish.seq, events=list(events), id=wish.id)])
    (shown,) = window.findChildren(Sheet)
    assert QApplication.activeModalWidget() is shown
    text = shown.text.toPlainText()
    shown.close()
    QApplication.sendPostedEvents(None, 52)
    return text


def show(window: Window, qtbot, text: str, way: str) -> ReadChanges:
    view = window.timeline
    if way == "mouse":
        return asked(
            window,
            qtbot,
            lambda: qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot(window, text)),
        )
    focus(window, text)
    if way == "keys":
        qtbot.keyClick(view, Qt.Key.Key_Right)
        return asked(window, qtbot, lambda: qtbot.keyClick(view, Qt.Key.Key_Return))
    entries = view.menu(index_of(window, text)).actions()
    entry = next(one for one in entries if one.data() == SHOW_EARLIER.id)
    return asked(window, qtbot, entry.trigger)


@pytest.mark.parametrize("way", ["mouse", "keys", "menu"])
def test_what_it_said_before_is_shown_with_who_and_when(window: Window, qtbot, way: str):
    wish = show(window, qtbot, SECOND.text, way)
    assert (wish.room, wish.epoch, wish.seq) == ("lobby", "one", 1)
    assert sheet(window, wish, EDITED, FIRST, SECOND) == (
        "bob said, Wednesday 15 November 2023, 12:00:\n    helo\n\n"
        "bob changed it, 12:01, to:\n    hello\n\n"
        "bob changed it, Thursday 16 November 2023, 12:00, to:\n    hello, all\n    of you"
    )


@pytest.mark.parametrize("way", ["mouse", "keys", "menu"])
def test_of_a_deleted_one_is_told_who_deleted_it_and_that_its_text_is_gone(window: Window, qtbot, way: str):
    wish = show(window, qtbot, "(deleted)", way)
    came = says(2, "zoe", "", deleted=True)
    assert sheet(window, wish, came, GONE_BY) == (
        "zoe said it, Wednesday 15 November 2023, 12:00.\n\n"
        f"olga deleted it, 13:00. The reason:\n    not here\n\n{GONE}"
    )


def test_what_the_copy_does_not_hold_is_said_to_be_missing(window: Window, qtbot):
    came = says(1, text="hello", edited_at=NOON + MINUTE, rev=3)
    wish = show(window, qtbot, SECOND.text, "keys")
    words = sheet(window, wish, came, SECOND).split("\n\n")
    assert words[0] == NOT_HERE
    assert words[1] == "bob changed it, 12:01, to:\n    hello", "the state that it came with"
    assert words[2].endswith("to:\n    hello, all\n    of you")
    wish = show(window, qtbot, SECOND.text, "keys")
    assert sheet(window, wish).split("\n\n") == [NOT_HERE, "It says now:\n    hello, all\n    of you"]
    wish = show(window, qtbot, "(deleted)", "keys")
    assert BY_UNKNOWN in sheet(window, wish, says(2, "zoe", "", deleted=True, rev=5))


def test_an_answer_for_a_room_that_was_left_opens_nothing(window: Window, qtbot):
    wish = show(window, qtbot, SECOND.text, "keys")
    window.state.look_at("lab")
    window.take([ToldChanges(room="lobby", seq=1, events=[EDITED], id=wish.id)])
    assert not window.findChildren(Sheet)


def test_what_was_never_changed_or_is_only_pinned_has_no_history(window: Window, qtbot):
    window.take([told(says(6, text="as it was"))])
    window.refresh()
    menu = window.timeline.menu(index_of(window, "as it was"))
    assert SHOW_EARLIER.id not in [entry.data() for entry in menu.actions()]
