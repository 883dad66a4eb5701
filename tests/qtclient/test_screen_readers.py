"""What a screen reader is told of the window: plain words, of every widget, list and row."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.parts.fold import SHOW_ALL
from loggia.qtclient.timeline.parts.table import spoken
from loggia.qtclient.timeline.sheet import Sheet
from loggia.qtclient.window import Window
from loggia.shared.client.updates import ConnectionStatus, Failed
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QAbstractItemView, QWidget

from tests.qtclient.talk import arrived, entered, joins, people, renames, says, waits
from tests.qtclient.timeline.parts.test_table import ROWS

Make = Callable[..., Window]
ROLES = (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.AccessibleDescriptionRole)


def description(widget: QWidget) -> str:
    """As Qt tells it: of a widget without a description its tool tip, as it stands there."""
    return widget.accessibleDescription() or widget.toolTip()


@pytest.fixture(params=["connected", "offline"])
def window(make_window: Make, state: WindowState, request: pytest.FixtureRequest) -> Window:
    said = [joins(1, "zoe"), says(2), says(3, "ada"), renames(4, "zoe", "kim"), says(5, text="x\n" * 300)]
    failed = Failed(id="w1", room="lobby", code="muted", text="You are muted.")
    state.apply([*entered(), people("ada", "bob", "zoe", away=["zoe"]), *arrived(said)], 0)
    state.apply([*entered("lab", head=1), *arrived([says(2, room="lab")]), waits("w1"), failed], 0)
    if request.param == "offline":
        state.apply([ConnectionStatus(connection="offline", reason="nobody answers at <here> & there")], 0)
    window = make_window(state)
    window.refresh()
    return window


def test_no_widget_speaks_html(window: Window):
    window.timeline.act(SHOW_ALL.id, ROWS["long"])
    (sheet,) = window.findChildren(Sheet)
    told = [description(widget) for widget in window.findChildren(QWidget)]
    assert [text for text in told if "<span" in text or "&lt;" in text or "&amp;" in text] == []
    sheet.close()


def test_every_list_has_a_name_and_every_row_says_something(window: Window):
    views = window.findChildren(QAbstractItemView)
    rows = {view.accessibleName(): view.model().rowCount() for view in views}
    assert len(rows) == len(views), "each has a name of its own"
    assert all(rows)
    assert min(rows[name] for name in ("Messages", "Rooms", "People in the room")) > 1
    for view in views:
        model = view.model()
        for number in range(model.rowCount()):
            name, more = (model.index(number, 0).data(role) for role in ROLES)
            assert name
            for text in filter(None, (name, more)):
                assert not any(sign in text for sign in ("<", "&lt;", "&amp;"))


def test_the_reason_is_told_in_words(make_window: Make, state: WindowState):
    state.apply([ConnectionStatus(connection="offline", reason="nobody at <here> & there")], 0)
    window = make_window(state)
    window.refresh()
    assert description(window.status.words) == state.details()
    assert "\nnobody at <here> & there\n" in state.details()
    assert "&lt;here&gt; &amp; there" in window.status.words.toolTip()


@pytest.mark.parametrize("name", ROWS)
def test_every_kind_of_row_says_something(name: str):
    assert spoken(ROWS[name]).strip()


def test_a_row_that_tells_nothing_is_not_there(make_window: Make, state: WindowState):
    state.apply([*entered(), *arrived([joins(1, "ada")])], 0)
    window = make_window(state)
    window.refresh()
    model = window.timeline.model()
    assert [model.index(n, 0).data() for n in range(model.rowCount())] == [
        "Nobody has said anything yet. Say hello, or invite somebody: Ctrl+I."
    ]
