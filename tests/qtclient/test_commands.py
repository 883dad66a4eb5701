"""What is asked by a slash, and what was asked and said before."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.qtclient.writing import STANDS, STANDS_NOTHING
from loggia.shared.client.commands import Ask, Enter, LeaveRoom, Say, TakeNick
from loggia.shared.client.updates import Acted, ConnectionStatus, Entered, Failed
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.requests import Ban, Direct, Kick
from PyQt6.QtCore import Qt

from tests.qtclient.open_thread import beside, show
from tests.qtclient.talk import entered
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
    return Acted(id=asked.id, refused=Error(id="x", code="not_allowed", text="It is not for you."))


# -- commands ----------------------------------------------------------------------------------


def test_a_command_is_asked_and_not_said(window: Window, asked: list):
    send(window, "/kick bob for now")
    (kick,) = asked
    assert no_id(kick) == Ask(request=Kick(id="-", room="lobby", who="bob", reason="for now"))
    assert text(window) == ""


def test_a_ban_that_ends_lasts_from_when_it_is_asked_for(window: Window, asked: list):
    window.composer.now = lambda: 1_790_000_000_000
    send(window, "/ban bob 2h no flooding")
    ban = Ban(id="-", room="lobby", who="bob", reason="no flooding", until=1_790_007_200_000)
    assert [no_id(one) for one in asked] == [Ask(request=ban)]


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize("line", ["/quit", "/Exit ", " /quit"])
def test_the_words_that_end_other_chats_end_this_one(
    window: Window, asked: list, qtbot, line: str, connected: bool
):
    if not connected:
        take(window, ConnectionStatus(connection="connecting"))
    with qtbot.waitSignal(window.leaving) as leaving:
        send(window, line)
    assert leaving.args == [False], "as `!end` does"
    window.writing.keep()
    assert (text(window), asked, window.writing.drafts) == ("", [], {})


def test_so_they_do_where_a_thread_is_written_in(make_window: Make, state: WindowState, qtbot):
    window = beside(make_window, state)
    show(window)
    editor = window.threads.panel.composer.editor
    editor.write("/quit")
    with qtbot.waitSignal(window.leaving) as leaving:
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert (leaving.args, editor.text) == ([False], "")


def test_what_would_end_it_and_says_more_stays_written(window: Window, asked: list, qtbot):
    with qtbot.assertNotEmitted(window.leaving):
        send(window, "/quit smoking is hard")
    assert told(window).startswith("This would end Loggia")
    assert (text(window), asked) == ("/quit smoking is hard", [])


def test_the_words_of_other_chats_do_what_is_done_here(window: Window, asked: list):
    send(window, "/query bob a secret")
    assert no_id(asked.pop()) == Ask(request=Direct(id="-", people=["bob"]))
    send(window, "/part #lab")
    assert asked.pop() == LeaveRoom(room="lab")
    send(window, "/away at lunch")
    (away,) = asked
    take(window, Acted(id=away.id))
    assert told(window) == f"{STANDS}: at lunch"


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("/nick bob", TakeNick(nick="bob")),
        ("/kick bob for now", Ask(request=Kick(id="-", room="lobby", who="bob", reason="for now"))),
        ("/msg bob a secret", Ask(request=Direct(id="-", people=["bob"]))),
    ],
)
def test_what_the_broker_refuses_is_said_and_stays_written(
    window: Window, asked: list, line: str, meant: Ask | TakeNick
):
    send(window, line)
    assert [no_id(one) for one in asked] == [meant]
    assert text(window) == ""
    take(window, refusal(asked[0]))
    assert told(window) == "It is not for you."
    assert (text(window), caret(window)) == (line, len(line))
    assert window.composer.editor.hasFocus()
    press(window, Qt.Key.Key_Return)
    assert [no_id(one) for one in asked] == [no_id(asked[0])] * 2, "it can be asked for again as it stands"


def test_what_one_says_of_oneself_is_told_as_no_row_does(window: Window, asked: list):
    for line, words in (("/status at lunch", f"{STANDS}: at lunch"), ("/status", STANDS_NOTHING)):
        send(window, line)
        assert told(window) == ""
        take(window, Acted(id=asked[-1].id))
        assert told(window) == words
    send(window, "/status late")
    window.go("lab")
    take(window, Acted(id=asked[-1].id))
    assert told(window) == "", "it was written elsewhere"
    send(window, "/status x")
    take(window, refusal(asked[-1]))
    assert (text(window), told(window)) == ("/status x", "It is not for you.")


def test_what_is_refused_goes_not_into_what_is_written_meanwhile(window: Window, asked: list):
    send(window, "/kick bob")
    write(window, "half a thought")
    take(window, refusal(asked[0]))
    assert text(window) == "half a thought"
    assert told(window) == "It is not for you. Ctrl+Up brings back what you wrote."
    press(window, Qt.Key.Key_Up, CTRL)
    assert text(window) == "/kick bob"


def test_what_is_refused_comes_back_in_the_room_where_it_was_written(window: Window, asked: list):
    send(window, "/kick bob")
    window.go("lab")
    take(window, refusal(asked[0]))
    assert (text(window), told(window)) == ("", "It is not for you. What you wrote is in # lobby again.")
    window.writing.keep()
    assert window.writing.drafts == {"lobby": "/kick bob"}
    window.go("lobby")
    assert (text(window), caret(window)) == ("/kick bob", len("/kick bob"))


def test_what_is_refused_in_another_room_leaves_what_is_written_there(window: Window, asked: list):
    send(window, "/kick bob")
    write(window, "half a thought")
    window.go("lab")
    take(window, refusal(asked[0]))
    assert told(window) == "It is not for you. Ctrl+Up in # lobby brings back what you wrote."
    window.go("lobby")
    assert text(window) == "half a thought"
    press(window, Qt.Key.Key_Up, CTRL)
    assert text(window) == "/kick bob"


def test_who_is_refused_while_a_message_is_changed_goes_on_changing_it(window: Window, asked: list):
    send(window, "/kick bob")
    press(window, Qt.Key.Key_Up)
    take(window, refusal(asked[0]))
    assert text(window) == "my last 👍"
    assert window.composer.change.isVisible()
    assert told(window) == "It is not for you. Ctrl+Up brings back what you wrote."


def test_a_room_that_lets_nobody_in_leaves_one_where_one_was(window: Window, asked: list):
    window.go("lab")
    send(window, "/join #vault")
    assert (window.state.current, asked) == ("vault", [Enter(room="vault")])
    take(window, Failed(id=None, room="vault", code="banned", text="You are banned from this room."))
    assert window.state.current == "lab"
    assert (text(window), told(window)) == ("/join #vault", "You are banned from this room.")


def test_a_room_that_one_came_into_is_asked_for_no_more(window: Window, asked: list):
    send(window, "/join #garden")
    take(window, *entered("garden"))
    take(window, Failed(id=None, room="garden", code="muted", text="You are muted."))
    window.go("lobby")
    assert text(window) == ""


@pytest.mark.parametrize("name", ["lab", "lobby"])
def test_a_room_that_one_is_in_is_not_asked_for_at_all(window: Window, asked: list, name: str):
    send(window, f"/join #{name}")
    assert (window.state.current, asked) == (name, [])
    take(window, Failed(id=None, room=name, code="muted", text="You are muted."))
    assert told(window) == "You are muted."
    window.go("lobby")
    assert text(window) == ""


def test_what_others_asked_is_none_of_ours(window: Window):
    take(window, Acted(id="else", refused=Error(id="else", code="muted", text="You are muted.")))
    assert told(window) == ""


def test_to_a_room_and_out_of_it(window: Window, asked: list):
    send(window, "/join #garden")
    assert window.state.current == "garden"
    assert asked == [Enter(room="garden")]
    send(window, "/leave lab")
    assert asked[1:] == [LeaveRoom(room="lab")]
    send(window, "/leave labb")
    assert (asked[2:], told(window), text(window)) == ([], "You are not in # labb.", "/leave labb")


def test_a_message_to_one_alone_is_said_where_nobody_else_is(window: Window, asked: list):
    send(window, '/msg "anna maria" a secret')
    (ask,) = asked
    assert no_id(ask) == Ask(request=Direct(id="-", people=["anna maria"]))
    room = "~" + "x" * 20
    come = Entered(room=room, nick="ada", account="a-ada", head=0, title="anna maria", kind="direct")
    take(window, come, Acted(id=ask.id, room=room))
    assert asked[1:] == [Say(room=room, text="a secret")]
    assert window.state.current == room
    assert window.composer.editor.placeholderText() == "Message anna maria"


def test_without_a_connection_what_is_asked_stays_written(window: Window, asked: list):
    take(window, ConnectionStatus(connection="offline"))
    send(window, "/kick bob")
    assert (asked, text(window)) == ([], "/kick bob")
    assert told(window).startswith("Without a connection")
    send(window, "/me waits")
    assert asked == [Say(room="lobby", text="*waits*")]


def test_what_a_command_lacks_is_said(window: Window, asked: list):
    send(window, "/kick")
    assert (asked, text(window)) == ([], "/kick")
    assert told(window) == "Say whom: /kick WHO REASON."


@pytest.mark.parametrize("way", ["key", "button"])
def test_what_is_no_command_is_asked_about_before_it_is_said(window: Window, asked: list, qtbot, way: str):
    send(window, "/msgg bob a secret")
    press(window, Qt.Key.Key_Return)
    assert (asked, text(window)) == ([], "/msgg bob a secret")
    assert told(window) == "There is no command /msgg. Ctrl+Enter says it as it is."
    if way == "key":
        press(window, Qt.Key.Key_Return, CTRL)
    else:
        qtbot.mouseClick(window.composer._hint.button, Qt.MouseButton.LeftButton)
    assert (asked, text(window)) == ([Say(room="lobby", text="/msgg bob a secret")], "")
    assert told(window) == ""


def test_a_doubt_is_about_what_was_written_then(window: Window, asked: list):
    send(window, "/msgg bob a secret")
    window.composer.editor.write("/msgg bob another")
    assert told(window) == ""
    press(window, Qt.Key.Key_Return, CTRL)
    assert asked == []
    assert told(window).startswith("There is no command")
    press(window, Qt.Key.Key_Escape)
    assert told(window) == ""


def test_two_slashes_say_one(window: Window, asked: list):
    send(window, "//tmp is full")
    assert asked == [Say(room="lobby", text="/tmp is full")]


# -- what was sent -----------------------------------------------------------------------------


def test_what_was_sent_is_called_back_in_the_room_where_it_was(window: Window, asked: list):
    for said in ("one", "/kick bob", "two"):
        send(window, said)
    window.composer.editor.write("half")
    for expected in ("two", "/kick bob", "one", "one"):
        press(window, Qt.Key.Key_Up, CTRL)
        assert (text(window), caret(window)) == (expected, len(expected))
    for expected in ("/kick bob", "two", "half", "half"):
        press(window, Qt.Key.Key_Down, CTRL)
        assert text(window) == expected
    window.go("lab")
    press(window, Qt.Key.Key_Up, CTRL)
    assert text(window) == ""
