"""What is written in threads and was not sent: it is kept as long as there is a way to it, and goes to its
room where there is none any more. Of threads in which nothing is written nothing is kept."""

from collections.abc import Callable

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.thread_writing import GONE
from loggia.qtclient.timeline.parts.acts import CHANGE, REPLY
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Ask
from loggia.shared.client.updates import Acted, Failed, Inquired, Left
from loggia.shared.protocol.answers import Error
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.qtclient.open_thread import answer, in_panel, inquiries, show, wide
from tests.qtclient.row_in_hand import told
from tests.qtclient.state.test_rows_changed import deletes
from tests.qtclient.talk import entered, restored, says

Make = Callable[..., Window]


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    """In the thread of "why" somebody answered, in that of "else" nobody."""
    said = says(1, text="why"), says(2, text="else"), says(3, text="so", thread=1), says(4, "ada", "mine")
    state.apply([*entered(), *entered("lab"), told(*said)], 0)
    return wide(make_window(state))


def editor(window: Window):
    return window.threads.panel.composer.editor


def write(window: Window, thread: str, text: str) -> None:
    show(window, thread)
    QTest.keyClicks(editor(window), text)
    window.threads.close()
    window.refresh()


def kept(window: Window) -> int:
    window.refresh()
    return len(window.threads.written._drafts)


@pytest.mark.parametrize("text", ["", "  "])
def test_where_nothing_is_written_nothing_is_kept(window: Window, text: str):
    for _ in range(3):
        for thread in ("why", "else", "mine"):
            write(window, thread, text)
    assert kept(window) == 0


def test_what_was_said_is_kept_no_more(window: Window):
    write(window, "why", "because")
    assert kept(window) == 1
    show(window, "why")
    assert editor(window).text == "because"
    QTest.keyClick(editor(window), Qt.Key.Key_Return)
    window.threads.close()
    assert kept(window) == 0


def test_what_is_answered_there_is_kept_without_a_word_too(window: Window, asked: list[object]):
    show(window, "why")
    answer(window, asked)
    window.threads.panel.timeline.act(REPLY.id, 3)
    window.threads.close()
    assert kept(window) == 1
    show(window, "why")
    assert window.threads.panel.answering.isVisible()


def test_it_is_said_also_where_something_else_is_told_at_that_moment(window: Window):
    write(window, "why", "because")
    write(window, "else", "tmp is")
    window.take([restored(4, head=0), Failed(id=None, room="lobby", code="not_allowed", text="Not now.")])
    window.refresh()
    assert window.composer.hint.text() == f"Not now. {GONE.format(there='')}", "and once"


def test_of_each_room_it_is_said(window: Window):
    write(window, "why", "because")
    window.take([told(says(1, text="lab's", room="lab"))])
    window.go("lab")
    write(window, "lab's", "bench")
    window.take([restored(4, head=0), restored(1, head=0, room="lab")])
    window.refresh()
    assert window.composer.hint.text() == f"{GONE.format(there=' of # lobby')} {GONE.format(there='')}"


@pytest.mark.parametrize("refused", [False, True])
def test_a_change_under_way_is_kept_until_it_is_answered(window: Window, asked: list[object], refused: bool):
    show(window, "mine")
    window.take([told(says(5, "ada", "my answer", thread=4))])
    window.refresh()
    QTest.keyClick(editor(window), Qt.Key.Key_Up)
    QTest.keyClicks(editor(window), "!")
    QTest.keyClick(editor(window), Qt.Key.Key_Return)
    (edit,) = [one for one in asked if isinstance(one, Ask)]
    window.threads.close()
    assert kept(window) == 1
    error = Error(id=edit.id, code="not_allowed", text="Not now.") if refused else None
    window.take([Acted(id=edit.id, refused=error)])
    assert kept(window) == refused
    show(window, "mine")
    assert editor(window).text == "my answer!" * refused


@pytest.mark.parametrize("there", ["lobby", "lab"])
def test_of_a_log_that_was_restored_it_goes_to_the_room(window: Window, there: str):
    window.composer.editor.write("half a thought")
    write(window, "why", "because")
    write(window, "else", "//tmp is")
    write(window, "mine", "")
    window.go(there)
    window.take([restored(4, head=0)])
    window.refresh()
    assert kept(window) == 0
    assert window.composer.hint.text() == GONE.format(there="" if there == "lobby" else " of # lobby")
    if there == "lab":
        assert window.composer.editor.text == ""
        window.go("lobby")
    lines = window.composer.editor.text.split("\n")
    assert (set(lines), lines[-1]) == ({"because", "//tmp is", "half a thought"}, "half a thought")
    assert window.threads.written.begun() == []


def test_where_its_first_message_is_deleted_and_nobody_answered_it_goes_to_the_room(window: Window):
    write(window, "else", "tmp is")
    window.take([told(deletes(5, 2))])
    window.refresh()
    assert kept(window) == 0
    assert (window.composer.editor.text, window.composer.hint.text()) == ("tmp is", GONE.format(there=""))
    window.refresh()
    assert window.composer.editor.text == "tmp is", "once"


def test_where_somebody_answered_there_is_a_way_to_it_all_the_same(window: Window, asked: list[object]):
    write(window, "why", "because")
    window.take([told(deletes(5, 1))])
    assert kept(window) == 1
    assert window.composer.editor.text == ""
    window.timeline.act("show-thread", 1)
    assert inquiries(asked)[-1].request.thread == 1
    assert editor(window).text == "because"


def test_what_is_open_stays_where_it_is_until_it_is_closed(window: Window):
    show(window, "else")
    QTest.keyClicks(editor(window), "tmp is")
    window.take([told(deletes(5, 2))])
    window.refresh()
    assert (editor(window).text, window.composer.editor.text) == ("tmp is", "")
    window.threads.close()
    assert kept(window) == 0
    assert window.composer.editor.text == "tmp is"


def test_who_comes_back_to_a_room_finds_it(window: Window):
    write(window, "why", "because")
    window.take([Left(room="lobby")])
    assert kept(window) == 1
    window.take(entered())
    window.go("lobby")
    show(window, "why")
    assert editor(window).text == "because"


@pytest.mark.parametrize("is_open", [False, True])
def test_what_was_written_for_a_change_there_is_not_lost_either(window: Window, is_open: bool):
    show(window, "mine")
    QTest.keyClicks(editor(window), "begun")
    window.take([told(says(5, "ada", "my answer", thread=4))])
    window.refresh()
    window.threads.panel.timeline.act(CHANGE.id, in_panel(window, "my answer").data(ROW))
    QTest.keyClicks(editor(window), "!")
    if not is_open:
        window.threads.close()
    window.take([restored(5, head=0)])
    window.refresh()
    assert window.composer.editor.text == "my answer!\nbegun"
    assert kept(window) == 0


def asks_for_a_change(window: Window, asked: list[object], more: str = "") -> Ask:
    """Of the message that the thread of "mine" began with. `more`: is written there then."""
    show(window, "mine")
    window.take([Inquired(id=inquiries(asked)[-1].id, room="lobby", events=[says(4, "ada", "mine")])])
    window.threads.panel.timeline.act(CHANGE.id, in_panel(window, "mine").data(ROW))
    QTest.keyClicks(editor(window), "!")
    QTest.keyClick(editor(window), Qt.Key.Key_Return)
    QTest.keyClicks(editor(window), more)
    (edit,) = [one for one in asked if isinstance(one, Ask)]
    return edit


@pytest.mark.parametrize("more", ["", "begun"])
@pytest.mark.parametrize("way", ["deleted", "restored", "restored, and open"])
@pytest.mark.parametrize("there", ["lobby", "lab"])
def test_a_change_that_is_refused_when_its_thread_is_gone_goes_to_the_room(
    window: Window, asked: list[object], way: str, more: str, there: str
):
    window.composer.editor.write("half a thought")
    edit = asks_for_a_change(window, asked, more)
    if way != "restored, and open":
        window.threads.close()
    window.take([told(deletes(5, 4)) if way == "deleted" else restored(4, head=0)])
    window.refresh()
    before = "begun\nhalf a thought" if more else "half a thought"
    assert (kept(window), window.composer.editor.text) == (0, before)
    window.go(there)
    window.take([Acted(id=edit.id, refused=Error(id=edit.id, code="no_such_message", text="It is gone."))])
    window.refresh()
    of = "" if there == "lobby" else " of # lobby"
    assert window.composer.hint.text() == f"It is gone. {GONE.format(there=of)}"
    window.go("lobby")
    assert window.composer.editor.text == f"mine!\n{before}", "once, and what was written there before too"
    assert kept(window) == 0


@pytest.mark.parametrize("more", ["", "begun"])
@pytest.mark.parametrize("way", ["deleted", "restored"])
def test_so_does_one_that_is_refused_in_the_moment_in_which_it_goes(
    window: Window, asked: list[object], way: str, more: str
):
    edit = asks_for_a_change(window, asked, more)
    window.threads.close()
    gone = told(deletes(5, 4)) if way == "deleted" else restored(4, head=0)
    why = Error(id=edit.id, code="no_such_message", text="It is gone.")
    window.take([gone, Acted(id=edit.id, refused=why)])
    window.refresh()
    assert window.composer.hint.text() == f"It is gone. {GONE.format(there='')}"
    lines = window.composer.editor.text.split("\n")
    assert (sorted(lines), kept(window)) == (sorted(filter(None, ["mine!", more])), 0)


def test_a_change_that_is_taken_when_its_thread_is_gone_is_not_written_again(
    window: Window, asked: list[object]
):
    edit = asks_for_a_change(window, asked)
    window.threads.close()
    window.take([restored(4, head=0), Acted(id=edit.id)])
    window.refresh()
    assert (kept(window), window.composer.editor.text, window.composer.hint.text()) == (0, "", "")
