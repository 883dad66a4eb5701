"""A day is found by Ctrl+K, and meant by `/date`, in words."""

from datetime import date

import pytest
from loggia.qtclient import going
from loggia.qtclient.dialogs.go_to import GoTo
from loggia.qtclient.models.keyed import SectionRow
from loggia.qtclient.state.finding import DayFound
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from PyQt6.QtCore import Qt

from tests.qtclient.copy_of_room import Copy, drain
from tests.qtclient.dialogs.told import opened
from tests.qtclient.state.seen import take
from tests.qtclient.talk import arrived, entered, people, says
from tests.qtclient.test_days import LAST, at, copy, hint, is_at, window  # noqa: F401
from tests.qtclient.written import press, write

TODAY = date(2023, 12, 24)
DAY = 37 * 50 + 1  # the first message of Friday 22 December 2023


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(going, "_now_ms", lambda: at(39 * 50 + 1))


def rows(dialog: GoTo) -> list[str]:
    """What is offered, in words, without the headings."""
    model = dialog.list.model()
    shown = [model.index(number, 0) for number in range(model.rowCount())]
    return [model.data(one, Qt.ItemDataRole.AccessibleTextRole) for one in shown]


def days(dialog: GoTo) -> list[DayFound]:
    return [row for row in dialog.model.rows if isinstance(row, DayFound)]


@pytest.mark.parametrize("words", ["2023-12-22", "22 December", "Friday", "22 dec 2023"])
def test_a_day_is_offered_and_gone_to(window: Window, copy: Copy, qtbot, words: str):  # noqa: F811
    dialog = opened(window, qtbot, words)
    (found,) = days(dialog)
    assert found.words == "Go to Friday 22 December 2023 in # lobby"
    assert found.words in rows(dialog)
    place = dialog.model.rows.index(found)
    assert dialog.model.rows[place - 1] == SectionRow.of("Days")
    while dialog.list.currentIndex() != dialog.model.index(place):
        qtbot.keyClick(dialog.edit, Qt.Key.Key_Down)
    assert dialog.edit.accessibleDescription() == found.words
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Return)
    drain(copy, qtbot, lambda: is_at(window, DAY))
    assert hint(window) == ""


def test_yesterday_is_as_of_the_clock(window: Window, copy: Copy, qtbot):  # noqa: F811
    dialog = opened(window, qtbot, "yesterday")
    assert [found.words for found in days(dialog)] == ["Go to Saturday 23 December 2023 in # lobby"]
    assert dialog.list.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole).startswith("Go to Saturday")
    dialog.reject()


def test_a_room_and_somebody_of_that_name_come_first(make_window, state: WindowState, qtbot):
    take(state, *entered(), *entered("sunday"), people("ada", "Sunny"))
    take(state, *arrived([says(1)]))
    window = make_window(state)  # noqa: F811
    dialog = opened(window, qtbot, "sun")
    kinds = [row.text for row in dialog.model.rows if isinstance(row, SectionRow)]
    assert kinds[:3] == ["Your rooms", "People", "Days"]
    dialog.reject()


@pytest.mark.parametrize("words", ["22", "#friday", "the lab on friday", "December"])
def test_what_is_no_day_is_none(window: Window, copy: Copy, qtbot, words: str):  # noqa: F811
    dialog = opened(window, qtbot, words)
    assert days(dialog) == []
    dialog.reject()


def test_where_nothing_was_said_there_are_no_days(make_window, state: WindowState, qtbot):
    window = make_window(state)  # noqa: F811
    dialog = opened(window, qtbot, "yesterday")
    assert days(dialog) == []
    dialog.reject()


def test_the_command_takes_the_same_words(window: Window, copy: Copy, qtbot):  # noqa: F811
    window.composer.now = lambda: at(39 * 50 + 1)
    for words in ("22 December", "friday"):
        window.days.to(date(2024, 1, 10))
        drain(copy, qtbot, lambda: not window.seeking.seeks)
        write(window, f"/date {words}")
        press(window, Qt.Key.Key_Escape)
        press(window, Qt.Key.Key_Return)
        drain(copy, qtbot, lambda: is_at(window, DAY))
        assert window.composer.editor.text == ""
