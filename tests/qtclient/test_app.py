"""The parts joined: a window in this process against a real broker, or against none."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from loggia.qtclient import settings
from loggia.qtclient.app import App
from loggia.qtclient.state.rows import Restored
from loggia.qtclient.timeline.parts.card import SHOW_COPY
from loggia.shared.client.commands import Say, TakeNick
from loggia.shared.client.link.loop import Loop
from PyQt6.QtWidgets import QLabel

from tests.endtoend.processes import Broker, module
from tests.qtclient.apps import NOBODY, connected, heard, rows, say, stop

STOP_S = 0.1  # what stopping may take; the best of three, because other programs run here too

Start = Callable[..., App]


def test_two_windows_talk(start: Start, broker: Broker, qtbot):
    ada, bob = start(broker.requests), start(broker.requests, "bob")
    qtbot.waitUntil(lambda: connected(ada) and connected(bob))
    say(ada, "hello bob")
    qtbot.waitUntil(lambda: heard(bob) == [("ada", "hello bob", "none")])
    qtbot.waitUntil(lambda: heard(ada) == [("ada", "hello bob", "stored")])
    qtbot.waitUntil(lambda: [member.nick for member in ada.window.state.members()] == ["ada", "bob"])


def test_what_is_said_goes_whole_from_the_window_to_the_log(start: Start, broker: Broker, qtbot):
    """A reply, too, for which there is no button yet: text has no way of its own."""
    ada, bob = start(broker.requests), start(broker.requests, "bob")
    qtbot.waitUntil(lambda: connected(ada) and connected(bob))
    say(ada, "where is it?")
    qtbot.waitUntil(lambda: texts(bob) == ["where is it?"])
    seq = rows(bob)[-1].seq
    bob.window.composer.said.emit(Say(room="lobby", text="on bench 4", reply_to=seq))
    qtbot.waitUntil(lambda: texts(ada) == ["where is it?", "on bench 4"])
    assert rows(ada)[-1].quote == "ada: where is it?"


def test_a_message_waits_for_the_broker_and_is_there_once(start: Start, broker: Broker, qtbot, capfd):
    ada, bob = start(broker.requests), start(broker.requests, "bob")
    qtbot.waitUntil(lambda: connected(ada) and connected(bob))
    broker.kill()
    qtbot.waitUntil(lambda: not ada.window.state.connected)
    say(ada, "is anybody there?")
    qtbot.waitUntil(lambda: heard(ada) == [("ada", "is anybody there?", "unreachable")])
    assert "Server not reachable" in capfd.readouterr().err
    broker.start()
    qtbot.waitUntil(lambda: heard(bob) == [("ada", "is anybody there?", "none")])
    qtbot.waitUntil(lambda: heard(ada) == [("ada", "is anybody there?", "stored")])


@pytest.mark.parametrize("at_once", [True, False], ids=["!close", "!end"])
def test_without_a_broker_it_ends_in_a_tenth_of_a_second(start: Start, qtbot, capfd, at_once: bool):
    def once(nick: str) -> float:
        app = start(NOBODY, nick)
        qtbot.waitUntil(lambda: app.window.state.status.connection == "reconnecting")
        took = stop(app, qtbot, at_once=at_once)
        assert app.window.isHidden()
        return took

    assert min(once(nick) for nick in ("ada", "bob", "zoe")) < STOP_S


def test_with_a_broker_close_ends_in_a_tenth_of_a_second(start: Start, broker: Broker, qtbot):
    def once(nick: str) -> float:
        app = start(broker.requests, nick)
        qtbot.waitUntil(lambda: connected(app))
        return stop(app, qtbot, at_once=True)

    assert min(once(nick) for nick in ("ada", "bob", "zoe")) < STOP_S


def test_end_says_goodbye_to_the_others(start: Start, broker: Broker, qtbot):
    ada, bob = start(broker.requests), start(broker.requests, "bob")
    qtbot.waitUntil(lambda: connected(ada) and connected(bob) and len(ada.window.state.members()) == 2)
    stop(bob, qtbot, at_once=False)
    qtbot.waitUntil(lambda: [member.nick for member in ada.window.state.members()] == ["ada"])
    broker.process.wait_for(r"bob left lobby \(end\)")


@pytest.mark.parametrize("at_once", [False, True])
def test_what_can_still_be_taken_back_is_sent_by_closing(start: Start, broker: Broker, qtbot, at_once: bool):
    ada, bob = start(broker.requests), start(broker.requests, "bob")
    qtbot.waitUntil(lambda: connected(ada) and connected(bob))
    ada.window.holding.on = True
    ada.window.holding.wait_ms = 1_000_000
    say(ada, "one")
    say(ada, "two")
    assert heard(ada) == [("ada", "one", "held"), ("ada", "two", "held")]
    stop(ada, qtbot, at_once=at_once)
    again = ada if not at_once else start(broker.requests)  # what had no time is sent by the next start
    assert again.known.settings.hold
    assert again.window.composer.editor.text == ""
    qtbot.waitUntil(lambda: texts(bob) == ["one", "two"])


def test_close_says_nothing_so_that_the_session_can_be_resumed(start: Start, broker: Broker, qtbot):
    ada, bob = start(broker.requests), start(broker.requests, "bob")
    qtbot.waitUntil(lambda: connected(ada) and connected(bob) and len(ada.window.state.members()) == 2)
    stop(bob, qtbot, at_once=True)
    qtbot.waitUntil(
        lambda: (
            [(member.nick, member.presence) for member in ada.window.state.members()]
            == [("ada", "online"), ("bob", "away")]
        )
    )


def test_what_waits_and_what_is_written_is_there_the_next_time(start: Start, qtbot, tmp_path: Path, capfd):
    folder = tmp_path / "kept"
    app = start(NOBODY, folder=folder)
    qtbot.waitUntil(lambda: app.window.state.status.connection == "reconnecting")
    say(app, "sent into the dark")
    qtbot.waitUntil(lambda: len(heard(app)) == 1)
    app.window.composer.editor.write("half a thought", 4)
    stop(app, qtbot, at_once=True)
    again = start(NOBODY, folder=folder)
    editor = again.window.composer.editor
    assert (editor.text, editor.textCursor().position()) == ("half a thought", 4)
    qtbot.waitUntil(lambda: [text for _, text, _ in heard(again)] == ["sent into the dark"])


@pytest.mark.parametrize("content", [b"{", b'{"nick": "ada", "width": "wide"}'], ids=["all of it", "a part"])
def test_a_file_that_cannot_be_used_is_told_in_the_window_and_kept(
    start: Start, qtbot, tmp_path: Path, capfd, content: bytes
):
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / settings.FILE).write_bytes(content)
    app = start(NOBODY, folder=folder)
    told = app.window.composer.hint
    assert told.isVisible()
    assert "what this window remembered cannot be" in told.text().replace("What", "what")
    assert told.text() + "\n" in capfd.readouterr().err
    app.window.composer.editor.setPlainText("half a thought")
    stop(app, qtbot, at_once=True)
    assert (folder / "window.json.kept-1").read_bytes() == content
    assert settings.load(folder).settings.servers[NOBODY].drafts == {"lobby": "half a thought"}


def test_a_file_that_stays_in_the_way_is_never_written_over(
    start: Start, qtbot, tmp_path: Path, capfd, monkeypatch
):
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / settings.FILE).write_bytes(b"{")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(settings.os, "rename", refuse)
    app = start(NOBODY, folder=folder)
    assert app.window.composer.hint.text().endswith("so nothing new is remembered.")
    app.window.composer.editor.setPlainText("half a thought")
    stop(app, qtbot, at_once=True)
    assert (folder / settings.FILE).read_bytes() == b"{"
    capfd.readouterr()


def test_a_bad_room_name_keeps_no_window_offline(start: Start, broker: Broker, qtbot, tmp_path: Path, capfd):
    folder = tmp_path / "kept"
    folder.mkdir()
    remembered = {"servers": {broker.requests: {"rooms": ["a/b", "lab"], "current": "a/b"}}}
    (folder / settings.FILE).write_text(json.dumps(remembered))
    app = start(broker.requests, folder=folder)
    qtbot.waitUntil(lambda: connected(app))
    assert [room.name for room in app.window.state.listed] == ["lab", "lobby"]
    assert "room 'a/b'" in capfd.readouterr().err


def test_the_rooms_are_there_the_next_time(start: Start, broker: Broker, qtbot, tmp_path: Path):
    folder = tmp_path / "kept"
    app = start(broker.requests, room="lab", folder=folder)
    qtbot.waitUntil(lambda: connected(app))
    stop(app, qtbot, at_once=False)
    again = start(broker.requests, folder=folder)
    assert [room.name for room in again.window.state.listed] == ["lobby", "lab"]
    assert again.window.state.current == "lab"
    qtbot.waitUntil(lambda: connected(again))


def test_what_one_is_called_is_shown_the_next_time_also_without_a_broker(
    start: Start, broker: Broker, qtbot, tmp_path: Path, capfd
):
    folder = tmp_path / "kept"
    app = start(broker.requests, folder=folder)
    qtbot.waitUntil(lambda: connected(app))
    app._ask(TakeNick(id="1", nick="adele"))
    qtbot.waitUntil(lambda: app.window.state.me.nick == "adele")
    stop(app, qtbot, at_once=False)
    broker.kill()
    for nick, shown in (("ada", "adele"), ("kim", "kim")):
        again = start(broker.requests, nick, folder=folder)
        assert again.window.state.me.nick == shown
        stop(again, qtbot, at_once=True)
    capfd.readouterr()


def test_how_the_rooms_stand_is_there_the_next_time(start: Start, qtbot, tmp_path: Path, capfd):
    folder = tmp_path / "kept"
    app = start(NOBODY, room="lab", folder=folder)
    app.window.sidebar.rooms.liking.emit("lab")
    app.window.sidebar.rooms.muting.emit("lobby")
    app.window.sidebar.menu("lab", "# lab").actions()[-4].trigger()
    stop(app, qtbot, at_once=True)
    again = start(NOBODY, folder=folder).window
    assert (again.ordering.by, again.ordering.favourites, again.ordering.muted) == (
        "name",
        ["lab"],
        ["lobby"],
    )
    assert [row.key for row in again.sidebar.rooms.model().rows] == ["lab", "lobby"]


def test_a_copy_that_cannot_be_used_is_said_in_the_status_line(start: Start, qtbot, tmp_path: Path):
    folder = tmp_path / "damaged"
    folder.mkdir()
    settings.replica_path(folder, NOBODY).write_bytes(b"this is no copy of anything, and never was one" * 100)
    app = start(NOBODY, folder=folder)
    qtbot.waitUntil(lambda: app.window.state.status.connection == "ended")
    assert app.window.state.status_line(0).text.startswith(app.window.state.status.reason)
    assert app.window.state.status.reason
    say(app, "do not lose me")
    assert app.window.composer.editor.text == "do not lose me"
    app.leave(True)


def test_a_link_that_fails_is_said_in_the_status_line(start: Start, qtbot, monkeypatch, expect_log):
    expect_log("The link of ada failed")

    def broken(*_: object) -> None:
        raise ZeroDivisionError("what nobody foresaw")

    monkeypatch.setattr(Loop, "turn", broken)
    app = start(NOBODY)
    qtbot.waitUntil(lambda: app.window.state.status.connection == "ended")
    assert "what nobody foresaw" in app.window.state.status_line(0).text
    say(app, "do not lose me")
    assert app.window.composer.editor.text == "do not lose me"
    app.leave(True)


def test_a_log_that_is_restored_from_a_backup_is_said_and_the_copy_of_before_can_be_read(
    start: Start, broker: Broker, qtbot, tmp_path: Path
):
    """As the operator does it: `backup`, and later `restore` of that file."""
    ada, bob = start(broker.requests), start(broker.requests, "bob")
    qtbot.waitUntil(lambda: connected(ada) and connected(bob))
    say(bob, "kept")
    qtbot.waitUntil(lambda: texts(ada) == ["kept"])
    maintain("backup", broker, tmp_path / "saved.backup")
    say(bob, "gone")
    qtbot.waitUntil(lambda: texts(ada) == texts(bob) == ["kept", "gone"])
    qtbot.waitUntil(lambda: heard(bob)[-1][2] == "stored")
    broker.stop()
    maintain("restore", broker, tmp_path / "saved.backup")
    broker.start()
    qtbot.waitUntil(lambda: all(map(restored, (ada, bob))))
    say(bob, "and on")
    qtbot.waitUntil(lambda: texts(ada) == texts(bob) == ["kept", "and on"])
    (row,) = restored(ada)
    assert row.text.startswith(
        "The server's messages were restored from a backup, or are damaged. Your copy of before (1 to "
    )
    ada.window.timeline.acted.emit(SHOW_COPY.id, row.key[1])
    shown = ada.window.archives.shown
    said = re.compile(r"\[\d\d:\d\d\] bob: kept\n\[\d\d:\d\d\] bob: gone$")
    qtbot.waitUntil(lambda: said.search(shown.text.toPlainText()) is not None)
    assert str(tmp_path / "ada") in shown.findChild(QLabel).text()
    shown.close()


def texts(app: App) -> list[str]:
    return [text for _, text, _ in heard(app)]


def restored(app: App) -> list[Restored]:
    return [row for row in app.window.state.rooms["lobby"].rows if isinstance(row, Restored)]


def maintain(command: str, broker: Broker, file: Path) -> None:
    with module("broker", command, str(file), "--data", str(broker.data)) as running:
        assert running.wait() == 0, running.lines
