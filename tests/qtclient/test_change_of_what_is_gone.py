"""A message that goes while it is changed, in a room and in a thread: what was written for it is a draft."""

from collections.abc import Callable

import pytest
from loggia.qtclient.panels.composer import Composer
from loggia.qtclient.rewriting import GONE, STAYS
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Ask, Say
from loggia.shared.client.updates import Inquired, Update
from loggia.shared.protocol.events import DeletedEvent
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.qtclient.open_thread import heard, inquiries, show, wide
from tests.qtclient.row_in_hand import told
from tests.qtclient.talk import NOON, entered, restored, says


@pytest.fixture
def window(make_window: Callable[..., Window], state: WindowState) -> Window:
    thread = says(1, text="why"), says(2, "ada", "mine there", thread=1)
    state.apply([*entered("lab"), *entered(), told(*thread, says(3, "ada", "mine"))], 0)
    return wide(make_window(state))


def goes(seq: int) -> Update:
    return told(DeletedEvent("lobby", 4, NOON, "bob", "a-bob", "id-4", seq))


def happens(window: Window, update: Update) -> None:
    window.take([update])
    window.refresh()


def begin(composer: Composer, draft: str) -> None:
    """Change the last message, where that was written."""
    composer.editor.write(draft)
    composer.upward.emit()
    assert composer.change.isVisible()


@pytest.mark.parametrize("by", ["deleted", "restored"])
@pytest.mark.parametrize("draft", ["", "begun before"])
def test_what_was_written_stays_as_a_draft_and_is_said_as_a_new_message(
    window: Window, asked: list[object], by: str, draft: str
):
    composer = window.composer
    begin(composer, draft)
    QTest.keyClicks(composer.editor, ", but better")
    happens(window, goes(3) if by == "deleted" else restored(3, 0))
    assert not composer.change.isVisible()
    assert composer.editor.text == "\n".join(filter(None, ("mine, but better", draft)))
    assert composer.hint.text() == STAYS
    assert composer.editor.hasFocus()
    composer.editor.write("mine, but better")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    assert [one for one in asked if isinstance(one, Ask)] == []
    assert [one.text for one in asked if isinstance(one, Say)] == ["mine, but better"]


@pytest.mark.parametrize("draft", ["", "begun before"])
def test_where_nothing_was_changed_the_draft_of_before_is_there(window: Window, draft: str):
    begin(window.composer, draft)
    happens(window, goes(3))
    assert not window.composer.change.isVisible()
    assert (window.composer.editor.text, window.composer.hint.text()) == (draft, GONE)


def test_another_message_that_goes_changes_nothing(window: Window):
    begin(window.composer, "")
    happens(window, goes(2))
    assert window.composer.change.isVisible()
    assert window.composer.editor.text == "mine"


def test_in_another_room_it_is_seen_when_one_is_back(window: Window):
    begin(window.composer, "")
    QTest.keyClicks(window.composer.editor, "!")
    window.go("lab")
    happens(window, goes(3))
    assert (window.composer.editor.text, window.composer.hint.text()) == ("", "")
    window.go("lobby")
    assert not window.composer.change.isVisible()
    assert (window.composer.editor.text, window.composer.hint.text()) == ("mine!", STAYS)


def test_so_in_a_thread(window: Window):
    asked = heard(window)
    show(window)
    thread = [says(1, text="why"), says(2, "ada", "mine there", thread=1)]
    happens(window, Inquired(id=inquiries(asked)[-1].id, room="lobby", events=thread))
    composer = window.threads.panel.composer
    begin(composer, "")
    QTest.keyClicks(composer.editor, "!")
    happens(window, goes(2))
    assert not composer.change.isVisible()
    assert (composer.editor.text, composer.hint.text()) == ("mine there!", STAYS)
    assert window.composer.hint.text() == ""
