"""What who hears the window is told in dialogs and menus: what is wrong with a field, what a menu is of."""

from collections.abc import Callable

from loggia.qtclient.dialogs.first_run import EXAMPLES, FirstRun
from loggia.qtclient.dialogs.go_to import HINT, GoTo
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import LIGHT
from loggia.qtclient.window import Window
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import QPoint

from tests.qtclient.dialogs.told import Broker
from tests.qtclient.talk import arrived, entered, says

Make = Callable[..., Window]


def test_what_is_wrong_is_heard_at_its_field(qtbot):
    dialog = FirstRun(LIGHT, Limits(), here="tcp://127.0.0.1:1101")
    qtbot.addWidget(dialog)
    rule = dialog.edit.accessibleDescription()
    assert rule == dialog.hint.text() != ""
    dialog.edit.setText("a/b")
    assert dialog.edit.accessibleDescription() == dialog.hint.text() != rule
    dialog.elsewhere.setChecked(True)
    assert dialog.address.accessibleDescription() == EXAMPLES
    dialog.address.setText("no such: place")
    assert dialog.address.accessibleDescription() == dialog.address_hint.accessibleName() != EXAMPLES
    dialog.address.setText("chat.example.org")
    assert "nothing is encrypted" in dialog.come_in.accessibleDescription(), "what will happen"


def test_why_nothing_is_chosen_is_heard_where_one_writes(dialog: GoTo, broker: Broker):
    broker.lists()
    assert dialog.edit.accessibleDescription() == "lobby, public room"
    dialog.edit.setText("#a/b")
    assert not dialog.list.currentIndex().isValid()
    assert dialog.edit.accessibleDescription() == dialog.hint.accessibleName() != HINT
    assert '"/"' in dialog.edit.accessibleDescription()


def test_menus_say_what_they_are_of(make_window: Make, state: WindowState):
    state.apply([*entered(), *arrived([says(1)])], 0)
    window = make_window(state)
    window.refresh()
    menus = [
        window.timeline.menu(window.timeline.model().index(1, 0)),
        window.sidebar.menu("lobby", "# lobby"),
        window.composer.editor.menu(QPoint()),
    ]
    names = [menu.accessibleName() for menu in menus]
    assert [name.rpartition(" ")[2] for name in names] == ["message", "room", "text"]
    for menu in menus:
        menu.deleteLater()
