"""Another address is given where the server cannot be reached, and nothing that was written is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest
from loggia.qtclient import settings
from loggia.qtclient.accepted import MOST_DRAFT_BYTES
from loggia.qtclient.app import App
from loggia.qtclient.dialogs.first_run import FirstRun
from loggia.qtclient.remembered import Remembered
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Say
from loggia.shared.client.updates import ConnectionStatus
from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import QApplication

from tests.endtoend.processes import Broker
from tests.qtclient.apps import NOBODY, connected, heard, say, stop
from tests.qtclient.talk import entered

Start = Callable[..., App]
Make = Callable[..., Window]


def when_asked(do: Callable[[FirstRun], None]) -> None:
    """Do that with the question when it comes."""
    dialog = QApplication.activeModalWidget()
    if isinstance(dialog, FirstRun):
        do(dialog)
    else:
        QTimer.singleShot(10, lambda: when_asked(do))


def lost(app: App, qtbot) -> None:
    """Until it has been seen that nobody answers."""
    qtbot.waitUntil(lambda: app.window.status.elsewhere.isVisible())


def press(app: App, qtbot) -> None:
    qtbot.mouseClick(app.window.status.elsewhere, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("width", [360, 1100])
def test_a_button_is_there_while_there_is_no_connection(make_window: Make, state: WindowState, width: int):
    window = make_window(state, width=width)
    button = window.status.elsewhere
    shown = []
    for status in (
        ConnectionStatus(connection="connecting"),
        ConnectionStatus(connection="reconnecting", retry_in_s=1),
        ConnectionStatus(connection="connecting"),
        ConnectionStatus(connection="offline"),
    ):
        window.take([status])
        window.refresh()
        shown.append(button.isVisible())
    assert shown == [False, True, True, True]
    assert (button.text(), button.accessibleName()) == ("Address...", "Give another address of the server")
    assert window.status.rect().contains(button.geometry())
    window.take(entered())
    window.refresh()
    assert not button.isVisible()


def test_what_was_written_for_a_server_that_was_never_reached_goes_along(
    start: Start, broker: Broker, qtbot, tmp_path: Path
):
    folder = tmp_path / "mistyped"
    app = start(NOBODY, folder=folder, chosen=False)
    say(app, "/it waits")
    qtbot.waitUntil(lambda: [text for _, text, _ in heard(app)] == ["/it waits"])
    app.window.composer.editor.write("half a thought")
    lost(app, qtbot)
    asked: list[tuple[str, bool, str]] = []

    def answer(dialog: FirstRun) -> None:
        asked.append((dialog.edit.text(), dialog.at_home.isChecked(), dialog.title.text()))
        assert dialog.focusWidget() is dialog.address
        qtbot.keyClicks(dialog.address, broker.requests.removeprefix("tcp://"))
        qtbot.keyClick(dialog.address, Qt.Key.Key_Return)

    when_asked(answer)
    press(app, qtbot)
    assert asked == [("ada", False, "Another server")]
    qtbot.waitUntil(lambda: connected(app))
    assert app.window.composer.editor.text == "//it waits\nhalf a thought", "which is no command"
    assert heard(app) == [], "it is not said: others may be there"
    stop(app, qtbot, at_once=True)
    kept = settings.load(folder).settings
    assert (kept.where, kept.reached) == (broker.requests, True)
    assert kept.servers[broker.requests].drafts == {"lobby": "//it waits\nhalf a thought"}
    assert kept.servers[NOBODY].drafts == {}
    back = start(NOBODY, folder=folder)
    lost(back, qtbot)
    assert heard(back) == [], "and it does not wait any more where it waited"
    stop(back, qtbot, at_once=True)


def test_what_was_written_for_a_server_that_was_reached_waits_for_it(
    start: Start, broker: Broker, qtbot, tmp_path: Path
):
    folder = tmp_path / "two servers"
    app = start(broker.requests, folder=folder)
    qtbot.waitUntil(lambda: connected(app))
    broker.stop()
    lost(app, qtbot)
    say(app, "it waits")
    qtbot.waitUntil(lambda: [text for _, text, _ in heard(app)] == ["it waits"])
    app.window.composer.editor.write("half a thought")

    def answer(dialog: FirstRun) -> None:
        dialog.address.setText(NOBODY.removeprefix("tcp://"))
        dialog.accept()

    when_asked(answer)
    press(app, qtbot)
    assert app.window.composer.editor.text == ""
    lost(app, qtbot)
    assert heard(app) == []
    stop(app, qtbot, at_once=True)
    again = start(broker.requests, folder=folder)
    qtbot.waitUntil(lambda: [text for _, text, _ in heard(again)] == ["it waits"])
    assert again.window.composer.editor.text == "half a thought"
    stop(again, qtbot, at_once=True)


def test_who_gives_no_other_address_goes_on_where_one_was(start: Start, qtbot):
    app = start(NOBODY)
    lost(app, qtbot)
    window, link = app.window, app.subscriber
    window.composer.editor.write("half a thought")
    when_asked(lambda dialog: dialog.reject())
    press(app, qtbot)
    assert (app.window, app.subscriber) == (window, link)
    assert window.isVisible()
    assert window.composer.editor.text == "half a thought"
    stop(app, qtbot, at_once=True)


def test_what_has_no_room_in_a_draft_stays_where_it_is(tmp_path: Path):
    known = Remembered(tmp_path, here=NOBODY, nick="ada", room="", asks_where=True)
    long = "x" * MOST_DRAFT_BYTES
    assert known.draft(Say(room="lobby", text=long))
    assert not known.draft(Say(room="lobby", text="more"))
    assert known.server.drafts == {"lobby": long}
    known.settings.server("tcp://tower:1101").drafts["lobby"] = "there"
    known.move("ada", "tcp://tower:1101", "tcp://tower:1101")
    assert known.server.drafts == {"lobby": "there"}
    assert known.settings.server(NOBODY).drafts == {"lobby": long}
