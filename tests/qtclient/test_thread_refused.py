"""A thread of which a page is refused: it is asked for again, and what is said there is seen all the same."""

from collections.abc import Callable

import pytest
from loggia.qtclient.asking_again import LEAST_PAUSE_MS, LONGEST_PAUSE_MS, MOST_TIMES
from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.state.thread_rows import MOST_LATER
from loggia.qtclient.threads import READING, SOON
from loggia.qtclient.window import Window
from loggia.shared.client.commands import DropInquiry
from loggia.shared.client.updates import ConnectionStatus, Inquired
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.errors import Code
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.qtclient.open_thread import beside, inquiries, show, texts
from tests.qtclient.row_in_hand import told
from tests.qtclient.state.test_rows_changed import deletes, edits
from tests.qtclient.talk import says

Make = Callable[..., Window]

WHY = "The log of this room is damaged."


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    return beside(make_window, state)


def refuse(window: Window, asked: list[object], code: Code = "unavailable", **more: int) -> None:
    ask = inquiries(asked)[-1]
    window.take([Inquired(id=ask.id, refused=Error(id=ask.id, code=code, text=WHY, **more))])
    window.refresh()


def give(window: Window, asked: list[object], *events: object, more: bool = False) -> None:
    window.take([Inquired(id=inquiries(asked)[-1].id, room="lobby", events=list(events), more=more)])
    window.refresh()


def hear(window: Window, *events: object) -> None:
    window.take([told(*events)])
    window.refresh()


def test_what_is_refused_for_now_is_asked_for_again_by_itself_where_it_was(
    window: Window, asked: list[object], qtbot
):
    show(window)
    give(window, asked, says(1, text="why"), says(3, text="so", thread=1), more=True)
    refuse(window, asked, retry_after_ms=1)
    assert window.threads.panel.note.text() == f"{WHY} {SOON}"
    assert not window.threads.panel.again.isVisible()
    assert len(inquiries(asked)) == 2
    assert window.threads._again.timer.interval() == LEAST_PAUSE_MS
    qtbot.waitUntil(lambda: len(inquiries(asked)) == 3)
    assert inquiries(asked)[-1].request.after == 3
    assert window.threads.panel.note.text() == READING
    give(window, asked, says(9, text="far", thread=1))
    assert texts(window) == ["why", "so", "far"]
    assert not window.threads.panel.note.isVisible()
    panel = window.threads.panel
    qtbot.waitUntil(lambda: panel.timeline.y() == panel.close_button.parentWidget().height())


def test_it_waits_as_it_is_told_and_not_for_ever(window: Window, asked: list[object]):
    show(window)
    timer = window.threads._again.timer
    for named, waited in (
        (30_000, 30_000),
        (10**9, LONGEST_PAUSE_MS),
        (None, 4000),
        (None, 8000),
        (None, 16_000),
    ):
        refuse(window, asked, **({} if named is None else {"retry_after_ms": named}))
        assert timer.interval() == waited
        assert timer.isActive()
        timer.timeout.emit()
        assert not timer.isActive()
    assert len(inquiries(asked)) == MOST_TIMES + 1
    refuse(window, asked)
    assert not timer.isActive()
    assert window.threads.panel.again.isVisible()
    assert window.threads.panel.note.text() == WHY


def test_nobody_asks_for_a_thread_that_is_closed_or_that_came(window: Window, asked: list[object]):
    show(window)
    refuse(window, asked)
    window.threads.close()
    assert not window.threads._again.timer.isActive()
    show(window)
    refuse(window, asked)
    window.take([ConnectionStatus(connection="reconnecting", retry_in_s=3.0)])
    window.refresh()
    window.take([ConnectionStatus(connection="connected")])
    window.refresh()
    assert len(inquiries(asked)) == 3
    assert not window.threads._again.timer.isActive()


@pytest.mark.parametrize("by", ["click", "Enter", "Space", "F4"])
def test_what_is_refused_for_another_reason_is_asked_for_when_somebody_wants_it(
    window: Window, asked: list[object], qtbot, by: str
):
    show(window)
    refuse(window, asked, "bad_request")
    again = window.threads.panel.again
    assert window.threads.panel.note.text() == WHY
    assert (again.text(), again.accessibleDescription()) == ("Try again", WHY)
    assert again.isVisible()
    assert not window.threads._again.timer.isActive()
    assert len(inquiries(asked)) == 1
    if by == "click":
        qtbot.mouseClick(again, Qt.MouseButton.LeftButton)
    elif by == "F4":
        show(window)
    else:
        again.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(again, Qt.Key.Key_Return if by == "Enter" else Qt.Key.Key_Space)
    assert len(inquiries(asked)) == 2
    assert not again.isVisible()
    assert window.threads.panel.composer.editor.hasFocus()
    assert window.threads.panel.note.text() == READING
    show(window)
    assert len(inquiries(asked)) == 2, "it is on its way"


def test_what_is_said_meanwhile_is_seen_at_once_and_stands_behind_what_comes_later(
    window: Window, asked: list[object]
):
    show(window)
    hear(window, says(4, text="first", thread=1), says(5, text="apart"))
    assert texts(window) == ["first"]
    give(window, asked, says(1, text="why"), more=True)
    refuse(window, asked, "bad_request")
    hear(window, says(6, text="early", thread=1, reply_to=3), edits(7, 1, "why?"))
    assert texts(window) == ["why?", "first", "early"]
    assert window.threads.panel.count.text() == "2 replies"
    window.threads.panel.again.click()
    hear(window, edits(8, 3, "thus"), deletes(9, 4))
    old = says(3, text="so", thread=1), says(4, text="first", thread=1)
    give(window, asked, *old, says(6, text="early", thread=1))
    assert texts(window) == ["why?", "thus", "(deleted)", "early"]
    assert window.threads.panel.count.text() == "3 replies"
    hear(window, edits(10, 6, "late"))
    assert texts(window)[-1] == "late"


def test_what_is_kept_meanwhile_is_of_this_thread_and_not_without_bound(window: Window, asked: list[object]):
    show(window)
    thread = window.threads._shown.here
    give(window, asked, says(1, text="why"), says(3, text="so", thread=1), more=True)
    hear(window, edits(4, 2, "other"), *(says(seq, text="apart") for seq in range(5, 50)))
    hear(window, says(50, text="on", thread=2), edits(51, 3, "thus"), edits(52, 40, "of whom?"))
    assert [event.seq for event in thread._later] == [52], "only the page that comes knows"
    refuse(window, asked, "bad_request")
    hear(window, edits(53, 40, "again"))
    assert thread._later == []
    last = 54 + MOST_LATER
    hear(window, *(says(seq, text=f"{seq}", thread=1) for seq in range(54, last + 1)))
    assert len(thread._later) == MOST_LATER
    assert texts(window)[-1] == str(last)
    window.threads.panel.again.click()
    hear(window, says(last + 1, text="late", thread=1))
    count = len(inquiries(asked))
    give(window, asked, says(54, text="54", thread=1))
    assert len(inquiries(asked)) == count + 1, "one that came meanwhile was let go: a later answer has it"
    assert inquiries(asked)[-1].request.after == 3
    give(window, asked, *(says(seq, text=f"{seq}", thread=1) for seq in range(54, last + 1)))
    said = [row.text for row in thread.rows if isinstance(row, MessageRow)]
    assert said == ["why", "thus", *(str(seq) for seq in range(54, last + 1)), "late"]
    assert window.threads.panel.count.text() == f"{last - 54 + 3:,} replies"
    assert thread._later == []


def test_after_an_interruption_only_what_is_newer_is_asked_for(window: Window, asked: list[object]):
    show(window)
    give(window, asked, says(1, text="why"), says(3, text="so", thread=1))
    window.take([ConnectionStatus(connection="reconnecting", retry_in_s=3.0)])
    window.refresh()
    window.take([ConnectionStatus(connection="connected")])
    window.refresh()
    assert inquiries(asked)[-1].request.after == 3
    hear(window, edits(4, 3, "thus"), says(5, text="new", thread=1))
    assert texts(window) == ["why", "thus", "new"]
    give(window, asked, says(5, text="new", thread=1), says(6, text="newer", thread=1))
    hear(window, says(6, text="newer", thread=1))
    assert texts(window) == ["why", "thus", "new", "newer"]
    assert window.threads.panel.count.text() == "3 replies"
    assert len(inquiries(asked)) == 2


def test_where_a_part_of_the_log_was_not_heard_all_is_asked_for(window: Window, asked: list[object]):
    show(window)
    give(window, asked, says(1, text="why"), says(3, text="so", thread=1))
    window.threads._ask(window.threads._shown.here)
    hear(window, says(90, text="new", thread=1))
    assert DropInquiry(id=inquiries(asked).pop(1).id) in asked, "its answer would not do"
    assert [ask.request.after for ask in inquiries(asked)] == [0, 3, 0]
    assert texts(window) == ["why", "so", "new"]
    give(window, asked, says(1, text="why"), more=True)
    refuse(window, asked, "bad_request")
    hear(window, edits(91, 1, "why?"), says(92, text="newer", thread=1))
    assert texts(window) == ["why?", "so", "new", "newer"]
    window.threads.panel.again.click()
    assert inquiries(asked)[-1].request.after == 1
    missed = says(3, text="thus", thread=1, rev=50), says(60, text="missed", thread=1)
    give(window, asked, *missed, says(90, text="new", thread=1))
    assert texts(window) == ["why?", "thus", "missed", "new", "newer"]
    assert window.threads.panel.count.text() == "4 replies"
