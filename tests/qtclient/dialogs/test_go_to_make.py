"""A room is made by Ctrl+K only where nothing is found, or by who goes to that row."""

from collections.abc import Callable

import pytest
from loggia.qtclient.dialogs.go_to import LOOKING, GoTo
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.finding import RoomToMake
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Command, Enter, Inquire
from loggia.shared.client.updates import Inquired
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.requests import Rooms, Search
from PyQt6.QtCore import Qt

from tests.qtclient.dialogs.told import Broker, last, opened
from tests.qtclient.talk import entered

Make = Callable[..., Window]


def chosen(dialog: GoTo) -> str:
    """The key of the row that Enter takes."""
    row = dialog.list.currentIndex().data(ROW)
    return "" if row is None else row.key


def enter(dialog: GoTo, qtbot) -> str:
    """What it leads to; nothing while it is open."""
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Return)
    return "" if dialog.isVisible() else dialog.chosen.key


def searched(broker: Broker, qtbot, times: int = 1) -> None:
    qtbot.waitUntil(lambda: broker.count(Search) == times)


def test_a_room_that_is_there_comes_before_one_that_would_be_made(dialog: GoTo, broker: Broker, qtbot):
    qtbot.keyClicks(dialog.edit, "at")
    assert (enter(dialog, qtbot), dialog.model.rows[-1].key) == ("", "new at")
    broker.lists("attic")
    assert enter(dialog, qtbot) == "room attic"


@pytest.mark.parametrize("first", ["rooms", "messages"])
def test_a_message_that_is_found_comes_before_it_too(dialog: GoTo, broker: Broker, qtbot, first: str):
    qtbot.keyClicks(dialog.edit, "osc")
    searched(broker, qtbot)
    answers = [broker.lists, lambda: broker.finds("osc on bench 4")]
    for answer in answers if first == "rooms" else reversed(answers):
        assert chosen(dialog) != "new osc", "one is not answered"
        answer()
    assert [getattr(row, "key", "") for row in dialog.model.rows[1::2]] == ["said 90 lobby", "new osc"]
    assert enter(dialog, qtbot) == "said 90 lobby"


def test_enter_makes_no_room_before_all_has_been_looked_through(dialog: GoTo, broker: Broker, qtbot):
    qtbot.keyClicks(dialog.edit, "osc")
    assert dialog.hint.text() == dialog.edit.accessibleDescription() == LOOKING
    assert enter(dialog, qtbot) == "", "nothing is asked yet"
    searched(broker, qtbot)
    broker.finds()
    assert enter(dialog, qtbot) == "", "the list of rooms has not come"
    broker.lists("attic", more=True)
    assert enter(dialog, qtbot) == "", "it goes on"
    broker.lists("tower")
    assert dialog.edit.accessibleDescription() == "Make the room  # osc"
    assert dialog.hint.text() != LOOKING
    assert enter(dialog, qtbot) == "new osc"


def test_what_was_looked_through_before_is_not_waited_for(dialog: GoTo, broker: Broker, qtbot):
    broker.lists("attic")
    qtbot.keyClicks(dialog.edit, "#garden")
    assert enter(dialog, qtbot) == "", "the hand is still writing"
    qtbot.waitUntil(lambda: chosen(dialog) == "new garden")
    assert enter(dialog, qtbot) == "new garden"


def test_each_letter_looks_again(dialog: GoTo, broker: Broker, qtbot):
    broker.lists("attic")
    qtbot.keyClicks(dialog.edit, "os")
    searched(broker, qtbot)
    broker.finds()
    assert chosen(dialog) == "new os"
    qtbot.keyClicks(dialog.edit, "c")
    assert chosen(dialog) == ""
    searched(broker, qtbot, 2)
    broker.finds("osc")
    assert chosen(dialog) == "said 90 lobby"


@pytest.mark.parametrize("kind", [Rooms, Search])
def test_what_is_refused_is_not_waited_for(dialog: GoTo, broker: Broker, qtbot, kind: type):
    qtbot.keyClicks(dialog.edit, "osc")
    searched(broker, qtbot)
    other = broker.lists if kind is Search else broker.finds
    other()
    refused = Error(id="-", code="unavailable", text="Not now.")
    broker.asking.take(Inquired(id=broker.wants(kind).id, refused=refused))
    assert chosen(dialog) == "new osc"
    sure = "Make" if kind is Search else "Join or make"
    assert dialog.edit.accessibleDescription() == f"{sure} the room  # osc"


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_Up])
def test_who_went_to_a_room_that_would_be_made_stays_there(dialog: GoTo, broker: Broker, qtbot, key: Qt.Key):
    qtbot.keyClicks(dialog.edit, "at")
    qtbot.keyClick(dialog.edit, key)
    broker.lists("attic")
    assert enter(dialog, qtbot) == "new at"


def test_a_click_makes_it_at_once(dialog: GoTo, broker: Broker, qtbot):
    qtbot.keyClicks(dialog.edit, "at")
    place = dialog.list.visualRect(dialog.model.index(1)).center()
    qtbot.mouseClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert isinstance(dialog.chosen, RoomToMake)


def test_up_goes_to_the_last_row_where_none_is_chosen(dialog: GoTo, broker: Broker, qtbot):
    qtbot.keyClicks(dialog.edit, "at")
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Up)
    assert chosen(dialog) == dialog.model.rows[-1].key


def test_one_of_my_rooms_is_gone_to_without_waiting(dialog: GoTo, broker: Broker, qtbot):
    qtbot.keyClicks(dialog.edit, "la")
    assert enter(dialog, qtbot) == "room lab"


def test_a_room_is_entered_and_shown(make_window: Make, state: WindowState, qtbot):
    state.apply(entered(), 0)
    window = make_window(state)
    asked: list[Command] = []
    window.asked.connect(asked.append)
    dialog = opened(window, qtbot, "garden")
    qtbot.waitUntil(lambda: len([one for one in asked if isinstance(one, Inquire)]) == 2)
    window.take([Inquired(id=one.id) for one in asked if isinstance(one, Inquire)])
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Return)
    assert last(asked, Enter) == Enter(room="garden")
    assert state.current == "garden"
    assert window.going.dialog is None
