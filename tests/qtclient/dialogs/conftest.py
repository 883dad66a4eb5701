"""What tests of the dialogs share. Qt is imported where it is used, as beside the other tests."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from loggia.qtclient.dialogs.go_to import GoTo

    from tests.qtclient.dialogs.told import Broker


@pytest.fixture
def broker() -> "Broker":
    from tests.qtclient.dialogs.told import Broker

    return Broker()


@pytest.fixture
def dialog(broker: "Broker", qtbot, dress) -> "GoTo":
    from loggia.qtclient.dialogs.go_to import GoTo
    from loggia.qtclient.state.finding import Finder, RoomFound
    from loggia.qtclient.style.theme import LIGHT

    dress(LIGHT)
    names = ("lobby", "lab")
    rooms = {name: RoomFound(key=f"room {name}", room=name, title=name) for name in names}
    dialog = GoTo(Finder(rooms), broker.asking, LIGHT)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    return dialog
