"""Drafts and their carets, and messages that change."""

from collections.abc import Callable

import pytest
from loggia.qtclient.rewriting import ELSEWHERE
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.parts.acts import CHANGE
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Ask, Say
from loggia.shared.client.updates import Acted, ConnectionStatus, Entered, Failed, Older
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.events import DeletedEvent
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.requests import Edit
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.qtclient.talk import NOON, arrived, entered, says, waits
from tests.qtclient.written import (
    CTRL,
    caret,
    heard,
    no_id,
    press,
    ready,
    send,
    take,
    talk,
    text,
    told,
    write,
)

Make = Callable[..., Window]


@pytest.fixture
def window(make_window: Make, state: WindowState, qtbot) -> Window:
    return ready(make_window(talk(state)), qtbot)


@pytest.fixture
def asked(window: Window) -> list:
    return heard(window)


def refusal(asked) -> Acted:
    return Acted(id=asked.id, refused=Error(id="x", code="not_allowed", text="The room is closed."))


# -- drafts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("carets", "written"), [({}, "half a 👍!"), ({"lobby": 4}, "half! a 👍"), ({"lobby": 99}, "half a 👍!")]
)
def test_one_writes_on_where_one_was_in_a_draft_that_was_kept(
    make_window: Make, state: WindowState, carets: dict[str, int], written: str
):
    state.apply(entered(), 0)
    window = make_window(state, drafts={"lobby": "half a 👍"}, carets=carets)
    write(window, "!")
    assert text(window) == written
    window.writing.keep()
    assert window.writing.drafts == {"lobby": written}
    assert window.writing.carets == {"lobby": 5 if carets == {"lobby": 4} else len(written) + 1}


def test_each_room_keeps_where_one_was_in_its_draft(window: Window):
    window.composer.editor.write("👍 half a thought", 6)
    window.go("lab")
    window.composer.editor.write("another", 0)
    window.go("lobby")
    assert (text(window), caret(window)) == ("👍 half a thought", 6)
    window.go("lab")
    assert (text(window), caret(window)) == ("another", 0)
    window.writing.keep()
    assert window.writing.drafts == {"lobby": "👍 half a thought", "lab": "another"}


def test_what_comes_back_is_written_on_behind(window: Window):
    window.composer.editor.write("half a thought", 0)
    window.give_back(Say(room="lobby", text="do not lose me"))
    write(window, "!")
    assert text(window) == "do not lose me\nhalf a thought!"


# -- a message that changes --------------------------------------------------------------------


def test_up_changes_the_last_message_of_mine(window: Window, asked: list):
    press(window, Qt.Key.Key_Up)
    assert window.composer.change.isVisible()
    assert text(window) == "my last 👍"
    write(window, "!")
    press(window, Qt.Key.Key_Return)
    (edit,) = asked
    assert no_id(edit) == Ask(request=Edit(id="-", room="lobby", seq=3, text="my last 👍!"))
    assert text(window) == ""
    assert window.composer.change.isHidden()


def test_up_changes_no_other_message_where_the_last_one_is_not_loaded(window: Window, asked: list):
    """Who went far up sees one of mine that is not the last."""
    room = window.state.rooms["lobby"]
    said = [says(seq, text=f"number {seq}") for seq in range(5, 9)]
    take(window, *arrived([*said, says(9, "ada", "the very last")]))
    room.put([says(1, "ada", "my first"), says(2)])
    assert (room.detached, room.last) == (True, 2)
    window.refresh()
    press(window, Qt.Key.Key_Up)
    assert (text(window), told(window), window.composer.change.isHidden()) == ("", ELSEWHERE, True)
    room.put([*said, says(9, "ada", "the very last")])
    window.refresh()
    press(window, Qt.Key.Key_Up)
    assert text(window) == "the very last"


def test_up_says_why_it_changes_nothing(make_window: Make, state: WindowState, qtbot):
    state.apply([*entered(head=9), *arrived([says(8), says(9)])], 0)
    window = ready(make_window(state), qtbot)
    press(window, Qt.Key.Key_Up)
    assert (text(window), told(window)) == ("", ELSEWHERE)
    window.composer.tell("")
    take(window, Older(room="lobby", events=[says(seq) for seq in range(1, 8)], more=False))
    press(window, Qt.Key.Key_Up)
    assert (text(window), told(window)) == ("", ""), "there is none"


@pytest.mark.parametrize("way", ["menu", "key"])
def test_any_message_of_mine_is_changed_where_it_stands(window: Window, asked: list, way: str):
    timeline, model = window.timeline, window.timeline.model()
    own = [number for number, row in enumerate(model.rows) if getattr(row, "own", False)]
    entries = {
        number: [one for one in timeline.menu(model.index(number, 0)).actions() if one.data() == CHANGE.id]
        for number in range(model.rowCount())
    }
    assert [number for number, found in entries.items() if found] == own
    timeline.setFocus()
    timeline.setCurrentIndex(model.index(own[0], 0))
    if way == "menu":
        entries[own[0]][0].trigger()
    else:
        QTest.keyClick(timeline, Qt.Key.Key_F2)
    assert window.composer.editor.hasFocus()
    assert text(window) == "my first"
    write(window, "!")
    press(window, Qt.Key.Key_Return)
    assert asked[0].request == Edit(id="-", room="lobby", seq=1, text="my first!")


def test_up_moves_nothing_that_is_read_and_rings_nothing(window: Window, qtbot):
    take(window, *arrived([says(seq, text=f"{seq}\nmore") for seq in range(5, 150)]))
    bar = window.timeline.verticalScrollBar()
    bar.setValue(500)
    press(window, Qt.Key.Key_Up)
    assert bar.value() == 500
    assert window.composer.editor.hasFocus()
    assert text(window) == "my last 👍"


def test_what_names_the_message_is_of_the_life_of_the_log_that_told_it(window: Window, asked: list):
    window.state.rooms["lobby"].epoch = "one"
    press(window, Qt.Key.Key_Up)
    window.state.rooms["lobby"].epoch = "two"
    write(window, "!")
    press(window, Qt.Key.Key_Return)
    assert asked[0].epoch == "one"


def test_a_message_that_is_as_it_was_is_not_asked_about(window: Window, asked: list):
    press(window, Qt.Key.Key_Up)
    press(window, Qt.Key.Key_Return)
    assert (asked, text(window)) == ([], "")
    assert window.composer.change.isHidden()


@pytest.mark.parametrize("way", ["escape", "button", "sent"])
def test_the_draft_comes_back_with_its_caret(window: Window, qtbot, way: str):
    window.composer.editor.write("half a thought", 4)
    row = next(row for row in window.state.here.rows if getattr(row, "seq", 0) == 1)
    window.writing.change(row)
    assert text(window) == "my first"
    window.writing.keep()
    assert window.writing.drafts == {"lobby": "half a thought"}, "what is remembered is the draft"
    if way == "escape":
        press(window, Qt.Key.Key_Escape)
    elif way == "button":
        qtbot.mouseClick(window.composer.change.leave, Qt.MouseButton.LeftButton)
    else:
        write(window, "!")
        press(window, Qt.Key.Key_Return)
    assert (text(window), caret(window)) == ("half a thought", 4)
    assert window.composer.change.isHidden()


def test_another_room_is_another_sheet(window: Window, asked: list):
    press(window, Qt.Key.Key_Up)
    write(window, "!")
    window.go("lab")
    assert window.composer.change.isHidden()
    send(window, "hello lab")
    assert asked == [Say(room="lab", text="hello lab")]
    window.go("lobby")
    assert window.composer.change.isVisible()
    assert text(window) == "my last 👍!"


def test_where_nothing_is_mine_up_does_nothing(window: Window):
    window.go("lab")
    take(window, *arrived([says(1, room="lab")]))
    press(window, Qt.Key.Key_Up)
    assert window.composer.editor.hasFocus()
    assert window.composer.change.isHidden()


def test_what_is_deleted_or_was_refused_is_not_changed(window: Window):
    refused = Failed(id="w1", room="lobby", code="muted", text="You are muted.")
    take(window, *arrived([says(5, "ada", "gone")]), waits("w1", "never sent"), refused)
    about = {"room": "lobby", "at": NOON, "nick": "ada", "account": "a-ada"}
    take(window, *arrived([DeletedEvent(seq=6, id="id-6", target=5, **about)]))
    press(window, Qt.Key.Key_Up)
    assert text(window) == "my last 👍"


def test_while_the_last_one_waits_no_older_one_is_changed_for_it(window: Window):
    take(window, waits("w1", "with a mistike"))
    press(window, Qt.Key.Key_Up)
    assert text(window) == ""
    assert window.composer.change.isHidden()
    assert told(window) == "Your last message still waits here: it can be changed once the server has it."


def test_without_a_connection_a_change_stays_written(window: Window, asked: list):
    press(window, Qt.Key.Key_Up)
    write(window, "!")
    take(window, ConnectionStatus(connection="reconnecting", retry_in_s=3))
    press(window, Qt.Key.Key_Return)
    assert asked == []
    assert text(window) == "my last 👍!"
    assert told(window).startswith("Without a connection")
    take(window, ConnectionStatus(connection="connected"))
    press(window, Qt.Key.Key_Return)
    assert asked[0].request.text == "my last 👍!"


def test_a_change_that_is_refused_is_said_and_begun_again(window: Window, asked: list):
    window.composer.editor.write("half a thought", 4)
    window.writing.change(next(row for row in window.state.here.rows if getattr(row, "seq", 0) == 1))
    write(window, " and more")
    press(window, Qt.Key.Key_Return)
    assert text(window) == "half a thought"
    take(window, refusal(asked[0]))
    assert told(window) == "The room is closed."
    assert text(window) == "my first and more"
    assert window.composer.change.isVisible()
    window.writing.keep()
    assert window.writing.drafts == {"lobby": "half a thought"}
    press(window, Qt.Key.Key_Return)
    assert [no_id(one) for one in asked] == [no_id(asked[0])] * 2, "the same message, as it was to be"
    assert (text(window), caret(window)) == ("half a thought", 4)


def test_a_change_that_is_refused_takes_nobody_away_from_what_is_written_now(window: Window, asked: list):
    press(window, Qt.Key.Key_Up)
    write(window, " and more")
    press(window, Qt.Key.Key_Return)
    write(window, "hel")
    take(window, refusal(asked[0]))
    assert told(window) == "The room is closed. Ctrl+Up brings back what you wrote."
    assert text(window) == "hel"
    assert window.composer.change.isHidden()
    press(window, Qt.Key.Key_Up, CTRL)
    assert text(window) == "my last 👍 and more"


def test_a_change_that_is_refused_waits_in_its_room(window: Window, asked: list):
    press(window, Qt.Key.Key_Up)
    write(window, " and more")
    press(window, Qt.Key.Key_Return)
    window.go("lab")
    take(window, refusal(asked[0]))
    assert (text(window), told(window)) == ("", "The room is closed. What you wrote is in # lobby again.")
    window.writing.keep()
    assert window.writing.drafts == {}, "it is no draft: what is remembered would be said as a new message"
    window.go("lobby")
    assert text(window) == "my last 👍 and more"
    assert window.composer.change.isVisible()


def test_what_is_changed_has_the_limits_of_a_message(window: Window, asked: list):
    small = Entered(room="lobby", nick="ada", account="a-ada", head=4, limits=Limits(text_bytes=12))
    take(window, small)
    press(window, Qt.Key.Key_Up)
    write(window, "!!!")
    press(window, Qt.Key.Key_Return)
    assert asked == []
    assert "too long" in told(window)
    assert window.composer.change.isVisible()


def test_a_slash_in_a_message_that_changes_is_a_slash(window: Window, asked: list):
    press(window, Qt.Key.Key_Up)
    send(window, "/kick bob")
    assert asked[0].request == Edit(id="-", room="lobby", seq=3, text="/kick bob")
