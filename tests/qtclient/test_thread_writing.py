"""What is written in a thread: as in a room's composer, kept for each thread, and never said elsewhere."""

from collections.abc import Callable

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.thread_writing import LOST
from loggia.qtclient.threads import RESTORED
from loggia.qtclient.timeline.parts.acts import CHANGE, REPLY
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Ask, Say
from loggia.shared.client.updates import Acted, ConnectionStatus, Inquired
from loggia.shared.protocol.answers import Error
from msgspec import structs
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.qtclient.open_thread import answer, in_panel, inquiries, show, texts, wide
from tests.qtclient.row_in_hand import index_of, told
from tests.qtclient.state.test_rows_changed import edits
from tests.qtclient.talk import arrived, entered, many, people, restored, says

Make = Callable[..., Window]
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    said = says(1, text="why"), says(2, text="else"), says(3, text="so", thread=1)
    state.apply([*entered(), *entered("lab"), people("ada", "bob", "zoe"), told(*said)], 0)
    return wide(make_window(state))


def editor(window: Window):
    return window.threads.panel.composer.editor


def press(window: Window, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(editor(window), key, held)


def said(asked: list[object]) -> list[Say]:
    return [one for one in asked if isinstance(one, Say)]


# -- Drafts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["closed", "another", "room"])
def test_each_thread_keeps_what_is_written_there_with_its_caret(
    window: Window, asked: list[object], way: str
):
    show(window)
    QTest.keyClicks(editor(window), "begun")
    press(window, Qt.Key.Key_Left)
    if way == "closed":
        press(window, Qt.Key.Key_Escape)
    elif way == "another":
        show(window, "else")
        assert editor(window).text == ""
    else:
        window.go("lab")
        assert window.composer.editor.text == ""
        window.go("lobby")
    assert window.composer.editor.text == ""
    show(window)
    QTest.keyClicks(editor(window), "-")
    assert editor(window).text == "begu-n"
    press(window, Qt.Key.Key_Return)
    assert [say.thread for say in said(asked)] == [1]
    show(window, "else")
    show(window)
    assert editor(window).text == "", "it was said"


def test_what_is_answered_is_given_up_by_escape_before_the_thread_is(window: Window, asked: list[object]):
    show(window)
    answer(window, asked)
    window.threads.panel.timeline.act(REPLY.id, 3)
    QTest.keyClicks(editor(window), "no")
    press(window, Qt.Key.Key_Escape)
    assert window.threads.panel.isVisible()
    assert editor(window).hasFocus()
    press(window, Qt.Key.Key_Return)
    assert [say.reply_to for say in said(asked)] == [1]


@pytest.mark.parametrize("written", ["", "no"])
def test_what_is_answered_in_one_thread_is_not_in_another(window: Window, asked: list[object], written: str):
    show(window)
    answer(window, asked)
    answering = window.threads.panel.answering
    window.threads.panel.timeline.act(REPLY.id, 3)
    QTest.keyClicks(editor(window), written)
    show(window, "else")
    assert answering.isHidden()
    QTest.keyClicks(editor(window), "there")
    press(window, Qt.Key.Key_Return)
    show(window)
    answer(window, asked)
    assert answering.label.text() == "Answering bob: so"
    QTest.keyClicks(editor(window), " here")
    press(window, Qt.Key.Key_Return)
    assert [(say.thread, say.reply_to) for say in said(asked)] == [(2, 2), (1, 3)]


# -- As in a room's composer -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begun", "put"), [("so @z", "so @zoe "), ("in #lo", "in #lobby "), (":rocket", "\N{ROCKET} ")]
)
def test_what_is_begun_is_completed(window: Window, asked: list[object], begun: str, put: str):
    show(window)
    panel = window.threads.panel
    QTest.keyClicks(editor(window), begun)
    assert panel.composer.list.isVisible()
    assert panel.rect().contains(panel.composer.list.geometry())
    press(window, Qt.Key.Key_Tab)
    assert editor(window).text == put
    assert editor(window).hasFocus()
    QTest.keyClicks(editor(window), begun[-3:])
    assert not window.composer.list.isVisible()


def test_escape_takes_away_what_is_offered_first(window: Window, asked: list[object]):
    show(window)
    QTest.keyClicks(editor(window), "@z")
    press(window, Qt.Key.Key_Escape)
    assert not window.threads.panel.composer.list.isVisible()
    assert window.threads.panel.isVisible()
    press(window, Qt.Key.Key_Escape)
    assert not window.threads.panel.isVisible()


def test_a_command_is_asked_for_and_not_said(window: Window, asked: list[object]):
    show(window)
    QTest.keyClicks(editor(window), "/topic benches")
    press(window, Qt.Key.Key_Return)
    assert said(asked) == []
    (ask,) = [one for one in asked if isinstance(one, Ask)]
    assert ask.request.room == "lobby"
    QTest.keyClicks(editor(window), "/me waves")
    press(window, Qt.Key.Key_Return)
    assert [say.thread for say in said(asked)] == [1]


@pytest.mark.parametrize("meanwhile", ["", "half a thought"])
def test_what_is_refused_is_said_there_and_can_be_asked_for_again(
    window: Window, asked: list[object], meanwhile: str
):
    show(window)
    QTest.keyClicks(editor(window), "/topic benches")
    press(window, Qt.Key.Key_Return)
    QTest.keyClicks(editor(window), meanwhile)
    (ask,) = [one for one in asked if isinstance(one, Ask)]
    window.take([Acted(id=ask.id, refused=Error(id="x", code="not_allowed", text="It is not for you."))])
    window.refresh()
    hint = window.threads.panel.composer.hint.text()
    assert hint == "It is not for you." + " Ctrl+Up brings back what you wrote." * bool(meanwhile)
    assert editor(window).text == (meanwhile or "/topic benches")
    assert (window.composer.editor.text, window.composer.hint.text()) == ("", "")
    press(window, Qt.Key.Key_Up, CTRL)
    assert editor(window).text == "/topic benches"


def test_what_is_refused_once_the_thread_is_closed_is_written_in_the_room(
    window: Window, asked: list[object]
):
    show(window)
    QTest.keyClicks(editor(window), "/topic benches")
    press(window, Qt.Key.Key_Return)
    window.threads.close()
    (ask,) = [one for one in asked if isinstance(one, Ask)]
    window.take([Acted(id=ask.id, refused=Error(id="x", code="not_allowed", text="It is not for you."))])
    window.refresh()
    assert (window.composer.editor.text, window.composer.hint.text()) == (
        "/topic benches",
        "It is not for you.",
    )


def test_a_long_paste_is_asked_about(window: Window, asked: list[object], qapp):
    show(window)
    text = "\n".join(str(number) for number in range(30))
    qapp.clipboard().setText(text)
    editor(window).paste()
    paste = window.threads.panel.composer.paste
    assert paste.isVisible()
    press(window, Qt.Key.Key_Escape)
    assert not paste.isVisible()
    editor(window).paste()
    paste.said.emit(text)
    assert [(say.text, say.thread) for say in said(asked)] == [(text, 1)]


@pytest.mark.parametrize("shown", [True, False])
def test_what_is_taken_back_is_where_it_was_written(window: Window, asked: list[object], shown: bool):
    window.holding.on = True
    show(window)
    answer(window, asked)
    window.threads.panel.timeline.act(REPLY.id, 3)
    QTest.keyClicks(editor(window), "hasty")
    press(window, Qt.Key.Key_Return)
    window.refresh()
    assert said(asked) == []
    assert texts(window) == ["why", "so", "hasty"]
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Z, CTRL)
    assert texts(window) == ["why", "so", "hasty"], "it was not said there"
    if shown:
        press(window, Qt.Key.Key_Z, CTRL)
        assert window.threads.panel.answering.label.text() == "Answering bob: so"
    else:
        press(window, Qt.Key.Key_Escape)
        window.holding.undo("held-1")
        assert window.composer.editor.text == ""
        show(window)
    assert editor(window).text == "hasty"
    assert window.answering.isHidden()


# -- What becomes of the log -------------------------------------------------------------------


def test_a_thread_of_several_pages_is_asked_for_page_by_page(window: Window, asked: list[object]):
    show(window)
    pages = [[says(1, text="why"), says(3, text="so", thread=1)], [says(9, text="far", thread=1)], []]
    for number, events in enumerate(pages):
        ask = inquiries(asked)[-1]
        assert len(inquiries(asked)) == number + 1
        assert ask.request.after == [0, 3, 9][number]
        window.take([Inquired(id=ask.id, room="lobby", events=events, more=number < 2)])
        window.refresh()
        assert texts(window) == ["why", "so", "far"][: number + 2], "what has come is seen"
        assert window.threads.panel.note.isVisible() == (number < 2)
    assert len(inquiries(asked)) == 3
    window.take([ConnectionStatus(connection="reconnecting", retry_in_s=3.0)])
    window.refresh()
    window.take([ConnectionStatus(connection="connected")])
    window.refresh()
    assert [ask.request.after for ask in inquiries(asked)[3:]] == [9], "what is newer"
    window.take([told(edits(10, 9, "farther"))])
    window.refresh()
    window.take([told(edits(11, 9, "farthest"))])
    window.refresh()
    for number, events in enumerate(pages):
        assert len(inquiries(asked)) == number + 5, "what came before that was not heard here"
        assert inquiries(asked)[-1].request.after == [0, 3, 9][number]
        assert texts(window) == ["why", "so", "farthest"], "what is shown stays, and what comes is seen"
        window.take([Inquired(id=inquiries(asked)[-1].id, room="lobby", events=events, more=number < 2)])
        window.refresh()
    assert len(inquiries(asked)) == 7
    assert texts(window) == ["why", "so", "farthest"]
    assert window.threads.panel.count.text() == "2 replies"


def test_what_is_looked_at_stays_when_the_thread_is_asked_for_again(window: Window, asked: list[object]):
    show(window)
    events = [says(1, text="why"), *(says(one.seq, text=one.text, thread=1) for one in many(10, 90))]
    window.take([Inquired(id=inquiries(asked)[-1].id, room="lobby", events=events)])
    window.refresh()
    timeline = window.threads.panel.timeline
    bar = timeline.verticalScrollBar()
    press(window, Qt.Key.Key_Home)
    assert bar.value() == bar.minimum()
    press(window, Qt.Key.Key_PageDown)
    place = bar.value()
    assert bar.minimum() < place < bar.maximum()
    window.threads._ask(window.threads._shown.here)
    window.take([Inquired(id=inquiries(asked)[-1].id, room="lobby", events=events)])
    window.refresh()
    assert bar.value() == place
    press(window, Qt.Key.Key_End)
    assert bar.value() == bar.maximum()


def test_in_a_thread_of_a_log_that_was_restored_nothing_is_written(window: Window, asked: list[object]):
    show(window)
    answer(window, asked)
    window.threads.panel.timeline.act(REPLY.id, 3)
    QTest.keyClicks(editor(window), "an answer")
    window.take([restored(3, head=0)])
    window.refresh()
    panel = window.threads.panel
    assert panel.note.text() == RESTORED
    assert not editor(window).isEnabled()
    assert editor(window).placeholderText() == LOST
    assert not panel.composer.send.isEnabled()
    assert panel.answering.isHidden()
    assert window.composer.editor.text == "an answer", "it is not lost"
    entries = panel.timeline.menu(in_panel(window, "so")).actions()
    assert not {REPLY.id, CHANGE.id, "react", "show-thread"} & {entry.data() for entry in entries}
    panel.timeline.setFocus()
    QTest.keyClicks(panel.timeline, "x")
    assert editor(window).text == ""
    new = told(says(1, text="anew"), *many(2, 3), says(4, text="other", thread=1))
    window.take([structs.replace(new, epoch="two")])
    window.refresh()
    assert texts(window) == ["why", "so"], "as it was"
    window.timeline.act("show-thread", index_of(window, "anew").data(ROW).seq)
    assert editor(window).isEnabled()
    assert inquiries(asked)[-1].epoch == "two"


def test_where_one_does_not_write_there_is_no_caret(window: Window, asked: list[object]):
    both = window.composer.editor, editor(window)
    assert [one.cursorWidth() for one in both] == [1, 1]
    show(window)
    assert [one.cursorWidth() for one in both] == [0, 1]
    press(window, Qt.Key.Key_Escape)
    window.composer.editor.setFocus()
    assert [one.cursorWidth() for one in both] == [1, 0]


def test_a_log_that_is_named_later_is_the_same(make_window: Make, state: WindowState):
    state.apply([*entered(), *arrived([says(1, text="why")])], 0)
    assert state.rooms["lobby"].epoch == ""
    window = make_window(state)
    window.refresh()
    show(window)
    QTest.keyClicks(editor(window), "begun")
    window.take([told(says(2, text="because", thread=1))])
    window.refresh()
    assert editor(window).isEnabled()
    assert editor(window).text == "begun"
    window.take([restored(2, head=0)])
    window.refresh()
    assert not editor(window).isEnabled()
