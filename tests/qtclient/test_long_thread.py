"""A long thread in the panel: few of its rows are in memory, and one reads all of it all the same."""

from collections.abc import Callable

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.models.timeline import MOST_ROWS
from loggia.qtclient.state import kept_rows
from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.state.thread import Thread
from loggia.qtclient.threads import OFFLINE, SOON
from loggia.qtclient.timeline.parts.quote import GO_TO_ANSWERED
from loggia.qtclient.timeline.places import Anchor, Places
from loggia.qtclient.window import Window
from loggia.shared.client.updates import ConnectionStatus, Inquired
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.events import MessageEvent
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.qtclient.open_thread import heard, inquiries, show
from tests.qtclient.row_in_hand import told
from tests.qtclient.state.test_rows_changed import edits
from tests.qtclient.talk import entered, says

Make = Callable[..., Window]
MOST, BESIDE = 1000, 250
BOUND = MOST_ROWS + 2 * BESIDE  # as many as are measured, and those beside them
LAST = 4000
THREAD = [says(1, text="why"), *(says(seq, text=f"number {seq}", thread=1) for seq in range(2, LAST + 1))]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_rows, "MOST_KEPT", MOST)
    monkeypatch.setattr(kept_rows, "BESIDE", BESIDE)


class Served:
    """A window with the thread open, and the broker that answers what it asks."""

    def __init__(self, window: Window) -> None:
        self.window, self.log = window, list(THREAD)
        self.asked = heard(window)
        self.answered = 0
        show(window, f"number {LAST}")

    @property
    def thread(self) -> Thread:
        assert self.window.threads._shown.here is not None
        return self.window.threads._shown.here

    @property
    def timeline(self):
        return self.window.threads.panel.timeline

    @property
    def bar(self):
        return self.timeline.verticalScrollBar()

    @property
    def waiting(self) -> bool:
        return len(inquiries(self.asked)) > self.answered

    def serve(self) -> None:
        """Answer all that is asked."""
        while self.waiting:
            self.answer()

    def answer(self) -> None:
        ask = inquiries(self.asked)[-1]
        self.answered = len(inquiries(self.asked))
        events, more = self.page(ask.request)
        self.window.take([Inquired(id=ask.id, room="lobby", events=events, more=more)])
        self.window.refresh()
        assert len(self.thread.rows) <= BOUND + 2 * ask.request.limit

    def page(self, request) -> tuple[list[MessageEvent], bool]:
        found = [event for event in self.log if event.seq > (request.after or 0)]
        if request.before is not None:
            found = [event for event in found if event.seq < request.before]
        more = len(found) > request.limit
        return (found[: request.limit] if request.after is not None else found[-request.limit :]), more

    def refuse(self, code: str, **more: int) -> None:
        ask = inquiries(self.asked)[-1]
        self.answered = len(inquiries(self.asked))
        refused = Error(id=ask.id, code=code, text="Not now.", **more)  # type: ignore[arg-type]
        self.window.take([Inquired(id=ask.id, refused=refused)])
        self.window.refresh()

    def hear(self, *events) -> None:
        self.window.take([told(*events)])
        self.window.refresh()

    def seen(self) -> list[str]:
        return [row.text for row in self.timeline.on_screen() if isinstance(row, MessageRow)]

    def anchor(self) -> Anchor | None:
        return Places(self.timeline, self.timeline.model()).anchor()

    def take_in(self) -> None:
        """What the timer of no time at all does."""
        self.timeline._near.stop()
        self.timeline._take_in()


@pytest.fixture
def served(make_window: Make, state: WindowState) -> Served:
    """The room has the last ones of the thread in memory."""
    state.apply([*entered(head=LAST), told(*THREAD[-50:])], 0)
    window = make_window(state)
    window.resize(1200, 600)
    window.refresh()
    served = Served(window)
    served.serve()
    return served


def test_the_newest_are_seen_and_few_rows_are_kept(served: Served):
    assert served.seen()[-1] == f"number {LAST}"
    assert len(served.thread.rows) <= BOUND
    assert served.window.threads.panel.count.text() == f"{LAST - 1:,} replies"
    assert not served.window.threads.panel.note.isVisible()
    assert not served.waiting, "what is far from what is looked at is not asked for"


def test_who_scrolls_up_reads_all_of_it_and_down_again(served: Served):
    seen = served.seen()
    while "why" not in seen:
        before = served.anchor()
        served.bar.setValue(max(served.bar.minimum(), served.bar.value() - served.bar.pageStep()))
        seen = served.seen() + seen
        here = served.anchor()
        served.take_in()
        served.window.refresh()
        assert not served.window.threads.panel.note.isVisible()
        served.serve()
        assert served.anchor() == here, "what comes moves nothing"
        assert before != here
    assert set(seen) == {event.text for event in THREAD}
    assert served.thread.at_top
    assert served.thread.detached
    seen = served.seen()
    while f"number {LAST}" not in seen:
        served.bar.setValue(served.bar.value() + served.bar.pageStep())
        seen += served.seen()
        here = served.anchor()
        served.take_in()
        served.serve()
        assert served.anchor() == here
    assert set(seen) == {event.text for event in THREAD}
    assert not served.thread.detached


@pytest.mark.parametrize("over", ["rows", "text"])
def test_home_and_end_lead_to_either_end_at_once(served: Served, over: str):
    widget = served.timeline if over == "rows" else served.window.threads.panel.composer.editor
    widget.setFocus()
    asked = served.answered
    QTest.keyClick(widget, Qt.Key.Key_Home)
    served.answer()
    assert served.seen()[0] == "why"
    assert served.answered == asked + 1
    served.take_in()
    served.serve()
    assert served.seen()[0] == "why"
    QTest.keyClick(widget, Qt.Key.Key_End)
    served.take_in()
    served.serve()
    assert served.seen()[-1] == f"number {LAST}"
    assert served.timeline.follows
    assert served.answered <= asked + 4


def test_what_is_said_moves_nothing_that_is_read_and_is_there_at_the_end(served: Served):
    served.timeline.setFocus()
    QTest.keyClick(served.timeline, Qt.Key.Key_Home)
    served.serve()
    served.bar.setValue(served.bar.value() + 2 * served.bar.pageStep())
    served.take_in()
    served.serve()
    here = served.anchor()
    new = says(LAST + 1, text="new", thread=1)
    served.log.append(new)
    served.hear(new, edits(LAST + 2, 1, "why?"))
    served.log[0] = says(1, text="why?", rev=LAST + 2)
    assert served.anchor() == here
    assert served.window.threads.panel.count.text() == f"{LAST:,} replies"
    QTest.keyClick(served.timeline, Qt.Key.Key_End)
    served.take_in()
    served.serve()
    assert served.seen()[-1] == "new"
    QTest.keyClick(served.timeline, Qt.Key.Key_Home)
    served.serve()
    assert served.seen()[0] == "why?"


def test_what_one_says_there_is_seen_wherever_one_read(served: Served):
    served.timeline.setFocus()
    QTest.keyClick(served.timeline, Qt.Key.Key_Home)
    served.serve()
    editor = served.window.threads.panel.composer.editor
    QTest.keyClicks(editor, "mine")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    mine = says(LAST + 1, "ada", "mine", thread=1)
    served.log.append(mine)
    served.hear(mine)
    served.take_in()
    served.serve()
    assert served.seen()[-1] == "mine"


@pytest.mark.parametrize("by_itself", [True, False])
def test_a_page_that_is_refused_is_asked_for_again(served: Served, qtbot, by_itself: bool):
    QTest.keyClick(served.window.threads.panel.composer.editor, Qt.Key.Key_Home)
    panel, asked = served.window.threads.panel, len(inquiries(served.asked))
    served.refuse(
        "unavailable" if by_itself else "bad_request", **({"retry_after_ms": 1} if by_itself else {})
    )
    assert panel.note.text() == f"Not now. {SOON}" if by_itself else "Not now."
    served.take_in()
    assert len(inquiries(served.asked)) == asked, "not before it is due, or wanted"
    if by_itself:
        qtbot.waitUntil(lambda: served.waiting)
    else:
        panel.again.click()
    served.serve()
    assert served.seen()[0] == "why"
    assert not panel.note.isVisible()


def scroll(served: Served) -> None:
    served.bar.setValue(served.bar.value() - 3 * served.bar.pageStep())
    served.take_in()


@pytest.mark.parametrize("answer", ["refused for now", "refused", "given"])
@pytest.mark.parametrize("way", ["the beginning", "what is answered"])
def test_who_scrolls_meanwhile_is_led_to_neither(served: Served, qtbot, way: str, answer: str):
    if way == "the beginning":
        QTest.keyClick(served.window.threads.panel.composer.editor, Qt.Key.Key_Home)
    else:
        served.timeline.act(GO_TO_ANSWERED.id, 700)
    assert served.waiting
    if answer != "given":
        served.refuse("unavailable" if answer == "refused for now" else "bad_request")
    scroll(served)
    here = served.anchor()
    served.answer()
    assert served.anchor() == here
    assert not served.window.threads.panel.note.isVisible()
    assert not served.window.threads._again.timer.isActive()
    for _ in range(5):
        scroll(served)
        here = served.anchor()
        served.serve()
        assert served.anchor() == here, "nor by a page that is asked for later"
    assert served.seen()[0] not in ("why", "number 700")


@pytest.mark.parametrize("refused", [True, False])
def test_who_scrolls_up_meanwhile_is_not_led_to_the_end(served: Served, refused: bool):
    QTest.keyClick(served.timeline, Qt.Key.Key_Home)
    served.take_in()
    served.serve()
    QTest.keyClick(served.timeline, Qt.Key.Key_End)
    served.take_in()
    assert inquiries(served.asked)[-1].request.after is None
    if refused:
        served.refuse("bad_request")
    scroll(served)
    here = served.anchor()
    served.answer()
    assert served.anchor() == here
    assert not served.window.threads.panel.note.isVisible()


def test_a_page_that_only_goes_on_comes_however_one_scrolls(served: Served):
    served.bar.setValue(served.bar.minimum())
    while not served.waiting:
        scroll(served)
    first = served.thread.oldest
    served.bar.setValue(served.bar.value() + served.bar.pageStep())
    here = served.anchor()
    served.answer()
    assert served.thread.oldest < first
    assert served.anchor() == here


def test_after_an_interruption_what_is_looked_at_stays(served: Served):
    for _ in range(20):
        served.bar.setValue(served.bar.value() - served.bar.pageStep())
        served.take_in()
        served.serve()
    here, first = served.anchor(), served.thread.oldest
    assert not served.thread.at_top
    served.timeline.older_wanted.emit()
    assert served.waiting
    served.window.take([ConnectionStatus(connection="reconnecting", retry_in_s=3.0)])
    served.window.refresh()
    assert served.window.threads.panel.note.text() == OFFLINE
    served.window.take([ConnectionStatus(connection="connected")])
    served.log += [says(seq, text="missed", thread=1) for seq in (LAST + 1, LAST + 5)]
    served.log[first] = says(first + 1, text="changed meanwhile", thread=1, rev=LAST + 2)
    served.hear(says(LAST + 9, text="apart"))
    assert inquiries(served.asked)[-1].request.after == first - 1, "not all of it is read anew"
    served.serve()
    assert served.anchor() == here
    assert served.window.threads.panel.count.text() == f"{LAST + 1:,} replies"
    assert served.window.threads.panel.timeline.message(first + 1).text == "changed meanwhile"
    QTest.keyClick(served.timeline, Qt.Key.Key_End)
    served.take_in()
    served.serve()
    assert served.seen()[-2:] == ["missed", "missed"]


def test_what_a_reply_answers_is_gone_to_wherever_it_is(served: Served):
    window, timeline = served.window, served.timeline
    timeline.act(GO_TO_ANSWERED.id, 700)
    assert inquiries(served.asked)[-1].request.after == 699
    served.serve()
    assert timeline.currentIndex().data(ROW).seq == 700
    assert "number 700" in served.seen()
    served.take_in()
    served.serve()
    assert "number 700" in served.seen()
    assert window.state.current == "lobby"
    timeline.act(GO_TO_ANSWERED.id, LAST - 1)
    served.serve()
    assert timeline.currentIndex().data(ROW).seq == LAST - 1
    timeline.act(GO_TO_ANSWERED.id, 1)
    served.serve()
    assert timeline.currentIndex().data(ROW).text == "why"
    assert served.thread.at_top


def test_what_is_answered_and_not_in_the_thread_is_gone_to_in_the_room(served: Served):
    served.log.remove(THREAD[699])
    asked: list[tuple[str, object]] = []
    served.window.threads.acted.connect(lambda action, target: asked.append((action, target)))
    rows = list(served.thread.rows)
    served.timeline.act(GO_TO_ANSWERED.id, 700)
    assert asked == []
    served.answer()
    assert asked == [(GO_TO_ANSWERED.id, 700)]
    assert served.thread.rows == rows, "what is looked at stays"
