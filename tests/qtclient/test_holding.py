"""What is said and can be taken back before it leaves."""

from collections.abc import Callable
from pathlib import Path

import pytest
from loggia.qtclient.dialogs.choices import Tick
from loggia.qtclient.remembered import Remembered
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.parts.acts import REPLY
from loggia.qtclient.timeline.parts.held import UNDO, HeldLine
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Say
from loggia.shared.client.updates import Acted, Entered
from PyQt6.QtCore import QPoint, Qt, QTimer
from PyQt6.QtTest import QTest

from tests.qtclient.talk import waits
from tests.qtclient.timeline.measured import part
from tests.qtclient.written import CTRL, heard, press, ready, send, take, talk, text, told

LONG_MS = 1_000_000  # no test lasts so long
Make = Callable[..., Window]


@pytest.fixture
def window(make_window: Make, state: WindowState, qtbot) -> Window:
    window = ready(make_window(talk(state)), qtbot)
    window.holding.wait_ms = LONG_MS
    return window


@pytest.fixture
def asked(window: Window) -> list:
    return heard(window)


@pytest.fixture
def held(window: Window, asked: list) -> Window:
    """What is said waits."""
    send(window, "/hold")
    return window


def tail(window: Window, room: str = "lobby") -> list[tuple[str, str]]:
    window.refresh()
    rows = window.state.rooms[room].tail
    return [(row.text, row.sign) for row in rows if isinstance(row, MessageRow)]


def said(asked: list) -> list[str]:
    return [one.text for one in asked if isinstance(one, Say)]


@pytest.mark.parametrize("way", ["click", "key"])
def test_it_is_turned_on_and_off_on_the_card_of_who_sits_here(window: Window, asked: list, qtbot, way: str):
    for on in (True, False):
        qtbot.mouseClick(window.sidebar.me, Qt.MouseButton.LeftButton)
        card = window.going.card
        qtbot.waitExposed(card)
        tick = card.findChild(Tick, "hold")
        assert tick.isChecked() is not on
        assert tick.accessibleName() or tick.text()
        if way == "click":
            qtbot.mouseClick(tick, Qt.MouseButton.LeftButton, pos=QPoint(12, tick.height() // 2))
        else:
            tick.setFocus()
            qtbot.keyClick(tick, Qt.Key.Key_Space)
        card.close()
        assert window.holding.on is on
    assert told(window) == "From now on what you say leaves at once."
    qtbot.mouseClick(window.sidebar.me, Qt.MouseButton.LeftButton)
    window.going.card.close()
    assert not window.holding.on, "a look changes nothing"


def test_nobody_else_has_that_on_his_card(window: Window, qtbot):
    window.going.meet(next(row for row in window.people.list.model().rows if not row.me))
    assert window.going.card.findChild(Tick) is None
    window.going.card.close()


def test_at_first_what_is_said_leaves_at_once(window: Window, asked: list):
    send(window, "hello")
    assert asked == [Say(room="lobby", text="hello")]


def test_it_is_turned_on_and_off_in_words(held: Window, asked: list):
    assert told(held).startswith("From now on what you say waits 5 seconds")
    send(held, "one")
    assert (said(asked), tail(held)) == ([], [("one", "held")])
    send(held, "/hold off")
    assert told(held) == "From now on what you say leaves at once."
    assert said(asked) == ["one"], "what waits leaves, too"
    send(held, "two")
    assert said(asked) == ["one", "two"]


def test_it_can_be_taken_back_for_five_seconds(make_window: Make, state: WindowState, qtbot):
    window = ready(make_window(talk(state)), qtbot)
    asked = heard(window)
    send(window, "/hold")
    send(window, "one")
    (clock,) = [timer for timer in window.holding.findChildren(QTimer) if timer.isActive()]
    assert (clock.interval(), said(asked)) == (5000, [])
    clock.timeout.emit()
    assert said(asked) == ["one"]


def test_it_leaves_when_its_time_is_over(held: Window, asked: list, qtbot):
    held.holding.wait_ms = 0
    send(held, "one")
    assert tail(held) == [("one", "held")]
    qtbot.waitUntil(lambda: said(asked) == ["one"])
    assert tail(held) == [("one", "waiting")], "it does not go away between here and the outbox"
    take(held, waits("w1", "one"))
    assert tail(held) == [("one", "waiting")]
    press(held, Qt.Key.Key_Z, CTRL)
    assert (text(held), tail(held)) == ("", [("one", "waiting")]), "it is said"


def test_none_overtakes_another(held: Window, asked: list, qtbot):
    for one in ("one", "two"):
        send(held, one)
    held.holding.wait_ms = 0
    send(held, "three")
    held.holding.wait_ms = LONG_MS
    send(held, "four")
    qtbot.waitUntil(lambda: len(said(asked)) == 3)
    assert said(asked) == ["one", "two", "three"]
    take(held, waits("w1", "one"), waits("w2", "two"), waits("w3", "three"))
    assert tail(held) == [(one, "waiting") for one in ("one", "two", "three")] + [("four", "held")]


@pytest.mark.parametrize("way", ["key", "mouse", "row"])
def test_it_is_taken_back_to_where_it_was_written(held: Window, asked: list, qtbot, way: str):
    send(held, "one 👍")
    send(held, "two")
    held.refresh()
    timeline = held.timeline
    index = timeline.model().index(timeline.model().rowCount() - 1, 0)
    if way == "key":
        press(held, Qt.Key.Key_Z, CTRL)
    elif way == "mouse":
        place = part(timeline, index, HeldLine).buttons.places[UNDO.id]
        at = place.center() + timeline.visualRect(index).topLeft()
        qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=at)
    else:
        timeline.setFocus()
        timeline.setCurrentIndex(index)
        QTest.keyClick(timeline, Qt.Key.Key_Delete)
    assert (asked, text(held), tail(held)) == ([], "two", [("one 👍", "held")])
    assert held.composer.editor.hasFocus()
    held.composer.editor.clear()
    press(held, Qt.Key.Key_Z, CTRL)
    assert (asked, text(held), tail(held)) == ([], "one 👍", [])


def test_what_is_written_meanwhile_has_the_key_for_itself(held: Window, asked: list):
    send(held, "one")
    QTest.keyClicks(held.composer.editor, "more")
    press(held, Qt.Key.Key_Z, CTRL)
    assert (text(held), tail(held)) == ("", [("one", "held")])
    press(held, Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert text(held) == "more"


def test_what_is_taken_back_stands_above_what_is_written(held: Window):
    send(held, "one")
    held.composer.editor.write("more")
    held.holding.undo("held-1")
    assert text(held) == "one\nmore"


def test_a_message_that_changes_is_left_alone_by_what_is_taken_back(held: Window):
    held.composer.editor.write("draft")
    held.writing.change(next(row for row in held.state.here.rows if getattr(row, "own", False)))
    held.holding.say(Say(room="lobby", text="one"))
    held.holding.undo("held-1")
    assert text(held) == "my first"
    press(held, Qt.Key.Key_Escape)
    assert text(held) == "one\ndraft"


def test_the_key_is_about_the_room_on_the_screen(held: Window, asked: list):
    send(held, "one")
    held.go("lab")
    press(held, Qt.Key.Key_Z, CTRL)
    assert (text(held), tail(held)) == ("", [("one", "held")])
    held.holding.flush()
    assert said(asked) == ["one"]


def test_a_slash_that_was_said_is_said_again(held: Window, asked: list):
    send(held, "//tmp is full")
    assert held.holding.drafts({}) == {"lobby": "//tmp is full"}
    press(held, Qt.Key.Key_Z, CTRL)
    assert text(held) == "//tmp is full"
    held.give_back(Say(room="lobby", text="/home is, too"))
    assert text(held) == "//home is, too\n/tmp is full"


def test_an_answer_that_is_taken_back_is_one_again(held: Window, asked: list):
    held.acts[REPLY.id](2)
    send(held, "yes")
    assert held.answering.isHidden()
    press(held, Qt.Key.Key_Z, CTRL)
    assert held.answering.isVisible()
    press(held, Qt.Key.Key_Return)
    held.holding.flush()
    assert [(say.text, say.reply_to) for say in asked] == [("yes", 2)]


def test_what_nobody_took_is_written_again_once(held: Window):
    held.asked.connect(lambda command: held.give_back(command) if isinstance(command, Say) else None)
    send(held, "one")
    held.go("lab")
    held.holding.flush()
    assert (text(held), tail(held)) == ("", [])
    held.go("lobby")
    assert text(held) == "one"


def test_what_has_not_left_is_kept_with_the_drafts(held: Window):
    send(held, "one")
    send(held, "two")
    held.composer.editor.write("half")
    held.writing.keep()
    assert held.holding.drafts(held.writing.drafts) == {"lobby": "one\ntwo\nhalf"}
    assert held.writing.drafts == {"lobby": "half"}
    held.holding.flush()
    assert held.holding.drafts(held.writing.drafts) == {"lobby": "half"}


def test_what_is_said_to_one_alone_can_be_taken_back_too(held: Window, asked: list):
    send(held, "/msg bob a secret")
    room = "~" + "x" * 20
    come = Entered(room=room, nick="ada", account="a-ada", head=0, title="bob", kind="direct")
    take(held, come, Acted(id=asked[0].id, room=room))
    assert (said(asked), tail(held, room)) == ([], [("a secret", "held")])
    press(held, Qt.Key.Key_Z, CTRL)
    assert (said(asked), text(held), tail(held, room)) == ([], "a secret", [])


@pytest.mark.parametrize(
    ("written", "at", "kept", "there"),
    [
        ("half a", 2, "👍 one\nhalf a", "half a"[2:]),
        ("half a", 0, "👍 one\nhalf a", "half a"),
        ("half 👍 a", 7, "👍 one\nhalf 👍 a", " a"),
        ("//tmp is full", 2, "👍 one\n/tmp is full", "tmp is full"),
        ("//tmp is full", 0, "👍 one\n/tmp is full", "/tmp is full"),
    ],
)
def test_one_is_where_one_was_in_a_draft_that_is_kept_below_what_has_not_left(
    held: Window, written: str, at: int, kept: str, there: str
):
    send(held, "👍 one")
    held.composer.editor.write(written, at)
    held.writing.keep()
    drafts, carets = held.writing.drafts, held.writing.carets
    assert held.holding.drafts(drafts) == {"lobby": kept}
    (place,) = held.holding.carets(drafts, carets).values()
    assert kept.encode("utf-16-le")[2 * place :].decode("utf-16-le") == there
    assert carets == {"lobby": at}
    held.holding.flush()
    assert held.holding.carets(drafts, carets) == {"lobby": at}


def test_a_caret_is_remembered_with_what_is_kept_above_it(held: Window, tmp_path: Path):
    send(held, "one")
    held.composer.editor.write("half", 2)
    known = Remembered(tmp_path, here="tcp://tower:1101", nick="ada", room="", asks_where=False)
    known.take(held)
    assert (known.server.drafts, known.server.carets) == ({"lobby": "one\nhalf"}, {"lobby": 6})
