"""What somebody missed, on the screen: a room opens where it was read to, and only what was seen is read."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.rows import Fresh
from loggia.qtclient.state.sight import READ_S
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.view import Timeline
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Inquire, ListPeople, LoadOlder, MarkRead, ReadArchived
from loggia.shared.client.updates import ArchivedEntries, Inquired, Older, ReadState
from loggia.shared.protocol.events import DeletedEvent, EditedEvent, StoredEvent
from loggia.shared.protocol.requests import History
from PyQt6.QtCore import QModelIndex, Qt
from PyQt6.QtWidgets import QWidget

from tests.qtclient.looking import Clock, looks
from tests.qtclient.talk import HOUR, NOON, arrived, entered, many, says
from tests.qtclient.written import take

Make = Callable[..., Window]
NAMED = (40, 90)


@pytest.fixture
def window(make_window: Make, clock: Clock) -> Window:
    """It was at the newest of nine entries the last time."""
    state = WindowState(
        nick="ada", endpoint="tcp://127.0.0.1:1", account="a-ada", read={"lobby": 9}, rooms=("lobby", "lab")
    )
    state.apply([Older(room="lobby", events=many(1, 9), more=False)], 0)
    return make_window(state, clock=clock)


def misses(window: Window) -> None:
    """121 messages, two of which mean me."""
    missed = [says(seq, text="@ada: tea?" if seq in NAMED else f"number {seq}") for seq in range(10, 131)]
    told = ReadState(room="lobby", read=9, unread=121, mentions=len(NAMED), upto=130)
    take(window, *entered(head=130), *arrived(missed), told)


def line(timeline: Timeline) -> QModelIndex:
    model = timeline.model()
    rows = model.rows
    return model.index(next(number for number, row in enumerate(rows) if isinstance(row, Fresh)))


def top_of(timeline: Timeline, index: QModelIndex) -> int:
    assert index.isValid()
    return timeline.visualRect(index).top()


def a_third(timeline: Timeline) -> int:
    return timeline.viewport().height() // 3


def at_bottom(window: Window) -> bool:
    bar = window.timeline.verticalScrollBar()
    return bar.value() == bar.maximum()


def test_a_room_opens_at_what_is_new_a_third_from_the_top(window: Window, clock: Clock):
    assert at_bottom(window)
    looks(window, clock)
    misses(window)
    timeline = window.timeline
    assert top_of(timeline, line(timeline)) == a_third(timeline)
    assert (timeline.jumps.newest.isVisible(), timeline.jumps.newest.text()) == (True, "121 new")
    assert (timeline.jumps.mention.isVisible(), timeline.jumps.mention.text()) == (True, "2 mentions")
    assert window.windowTitle() == "(121) # lobby - Loggia"
    window.resize(900, 600)
    window.refresh()
    assert window.state.rooms["lobby"].unread == 121


def test_only_what_is_on_the_screen_for_half_a_second_is_read(window: Window, clock: Clock):
    asked = []
    window.asked.connect(lambda one: isinstance(one, ListPeople) or asked.append(one))
    misses(window)
    lobby, seen = window.state.rooms["lobby"], window.timeline.in_sight()[1]
    assert 10 < seen < 130
    looks(window, clock, READ_S - 0.1)
    assert (lobby.read, asked) == (9, [])
    looks(window, clock, 0.1)
    assert lobby.read == seen
    assert asked == [MarkRead(room="lobby", seq=seen)]
    assert window.timeline.jumps.newest.text() == f"{130 - seen} new"
    assert top_of(window.timeline, line(window.timeline)) == a_third(window.timeline), "the line stays"


def test_what_lies_under_a_panel_is_not_read(window: Window, qtbot, clock: Clock):
    window.resize(400, 600)
    misses(window)
    window.frame.toggle_rooms()
    looks(window, clock)
    looks(window, clock)
    assert window.state.rooms["lobby"].read == 9
    window.frame.toggle_rooms()
    looks(window, clock)
    assert window.state.rooms["lobby"].read == window.timeline.in_sight()[1]


def test_half_a_second_is_waited_for_without_anybody_moving(window: Window, qtbot, clock: Clock):
    misses(window)
    assert window.reader.due.isActive()
    assert 500 <= window.reader.due.interval() <= 502
    clock.now = READ_S
    window.reader.due.timeout.emit()
    qtbot.waitUntil(lambda: window.state.rooms["lobby"].read > 9)
    assert not window.reader.due.isActive(), "nothing more will be read: nobody wakes up for it"


def test_the_newest_is_a_click_away_and_who_goes_there_is_done(window: Window, qtbot, clock: Clock):
    misses(window)
    qtbot.mouseClick(window.timeline.jumps.newest, Qt.MouseButton.LeftButton)
    assert at_bottom(window)
    looks(window, clock)
    lobby = window.state.rooms["lobby"]
    assert (lobby.read, lobby.unread, lobby.mentions) == (130, 0, 0)
    assert window.timeline.jumps.newest.isHidden()
    assert window.timeline.jumps.mention.isHidden()
    assert line(window.timeline).isValid(), "the line stays for the visit"


@pytest.mark.parametrize("by_key", [False, True])
def test_mentions_are_gone_to_one_after_the_other(window: Window, qtbot, clock: Clock, by_key: bool):
    misses(window)
    timeline, lobby = window.timeline, window.state.rooms["lobby"]
    for seq, left in zip(NAMED, ("1 mention", ""), strict=True):
        if by_key:
            qtbot.keyClick(window.composer.editor, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
        else:
            qtbot.mouseClick(timeline.jumps.mention, Qt.MouseButton.LeftButton)
        assert top_of(timeline, timeline.model().find(("seq", seq))) == a_third(timeline)
        looks(window, clock)
        assert (timeline.jumps.mention.text() if left else "") == left
    assert timeline.jumps.mention.isHidden()
    assert lobby.read == 9, "what is before them was not seen"


def test_a_window_in_the_background_does_not_run_past_what_is_new(window: Window, qtbot, clock: Clock):
    looks(window, clock)
    take(window, *entered(head=9), ReadState(room="lobby", read=9, upto=9))
    other = QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(lambda: not window.isActiveWindow())
    window.refresh()
    for first in range(10, 130, 5):
        take(window, *arrived(many(first, first + 4)))
        looks(window, clock)
    timeline = window.timeline
    assert top_of(timeline, line(timeline)) == a_third(timeline)
    assert window.state.rooms["lobby"].read == 9
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    looks(window, clock)
    assert window.state.rooms["lobby"].read == timeline.in_sight()[1] < 129
    assert timeline.jumps.newest.isVisible()


def test_what_fits_below_the_line_is_followed_when_somebody_is_back(window: Window, clock: Clock):
    take(window, *entered(head=11), *arrived(many(10, 11)))
    assert at_bottom(window)
    assert line(window.timeline).isValid()
    looks(window, clock)
    assert window.state.rooms["lobby"].read == 11
    for first in range(12, 60, 4):
        take(window, *arrived(many(first, first + 3)))
        assert at_bottom(window)
    assert window.timeline.jumps.newest.isHidden()


def test_a_room_with_thousands_unread_is_fetched_and_opens_at_the_first(
    make_window: Make, window: Window, clock: Clock
):
    asked = []
    window.asked.connect(asked.append)
    take(window, *entered("lab", head=5057), Older(room="lab", events=many(4958, 5057, "lab"), more=True))
    take(window, ReadState(room="lab", read=49, unread=5008, mentions=1, upto=5057))
    asked.clear()
    window.go("lab")
    oldest, pages = 4958, 0
    while (commands := [one for one in asked if isinstance(one, LoadOlder)]) and oldest > 1:
        assert len(commands) == 1
        asked.clear()
        first = max(1, oldest - commands[0].limit)
        take(window, Older(room="lab", events=many(first, oldest - 1, "lab"), more=first > 1))
        looks(window, clock)
        oldest, pages = first, pages + 1
    assert (oldest, pages) == (1, 5)
    timeline = window.timeline
    assert top_of(timeline, line(timeline)) == a_third(timeline)
    lab = window.state.rooms["lab"]
    assert lab.read == timeline.in_sight()[1] < 100
    assert timeline.jumps.newest.text() == f"{5057 - lab.read:,} new"
    assert timeline.model().rowCount() < 500, "not all of them are measured"


def test_it_opens_there_also_where_what_is_above_comes_later(window: Window, qtbot, clock: Clock):
    """What was read is most often in the copy, and what was missed comes from the server: in pages apart."""
    asked = []
    window.asked.connect(asked.append)
    take(window, *entered(head=5057), Older(room="lobby", events=many(4958, 5057), more=True))
    take(window, ReadState(room="lobby", read=4957, unread=100, upto=5057))
    timeline = window.timeline
    assert top_of(timeline, line(timeline)) < a_third(timeline)
    assert timeline.jumps.newest.text() == "100 new"
    assert timeline.jumps.newest.isVisible()
    qtbot.waitUntil(lambda: any(isinstance(one, LoadOlder) for one in asked))
    take(window, Older(room="lobby", events=many(4758, 4957), more=True))
    assert top_of(timeline, line(timeline)) == a_third(timeline)
    take(window, *arrived(many(5058, 5060)))
    timeline._take_in()
    assert top_of(timeline, line(timeline)) == a_third(timeline)


def test_who_scrolls_away_meanwhile_is_not_taken_back(window: Window):
    take(window, *entered(head=5057), Older(room="lobby", events=many(4958, 5057), more=True))
    bar = window.timeline.verticalScrollBar()
    bar.setValue(bar.maximum() - 900)
    place = window.timeline.in_sight()
    window.refresh()
    take(window, Older(room="lobby", events=many(3958, 4957), more=True))
    assert window.timeline.in_sight() == place


def test_a_mention_that_is_not_here_is_fetched_and_gone_to(window: Window, qtbot, clock: Clock):
    take(window, *entered(head=5057), Older(room="lobby", events=many(4958, 5057), more=True))
    take(window, ReadState(room="lobby", read=3957, unread=1100, mentions=1, upto=5057))
    bar = window.timeline.verticalScrollBar()
    bar.setValue(bar.maximum() - 900)
    window.refresh()
    window.state.rooms["lobby"].loading = False  # what was asked for so that it opens
    asked = []
    window.asked.connect(asked.append)
    qtbot.mouseClick(window.timeline.jumps.mention, Qt.MouseButton.LeftButton)
    assert [type(one) for one in asked] == [LoadOlder]
    page = many(3958, 4957)
    page[500] = says(page[500].seq, text="@ada", at=page[500].at)
    take(window, Older(room="lobby", events=page, more=True))
    timeline = window.timeline
    assert top_of(timeline, timeline.model().find(("seq", page[500].seq))) == a_third(timeline)


# -- What a reply answers ----------------------------------------------------------------------


def quotes(window: Window) -> list[str]:
    return [row.quote for row in window.timeline.model().rows if getattr(row, "quote", "")]


def copy_gives(events: list[StoredEvent], answered: list[object]) -> ArchivedEntries:
    (ask,) = answered
    assert isinstance(ask, ReadArchived)
    return ArchivedEntries(room=ask.room, epoch=ask.epoch, after=ask.after, events=events, id=ask.id)


@pytest.fixture
def answered(window: Window) -> list[object]:
    """Two answers to a message that is not in memory; what the window asks for."""
    asked: list[object] = []
    window.asked.connect(asked.append)
    answers = [says(5058, text="there", reply_to=7), says(5059, "zoe", "really?", reply_to=7)]
    take(
        window,
        *entered(head=5057),
        Older(room="lobby", events=many(5000, 5057), more=True),
        *arrived(answers),
    )
    window.timeline.go_newest()
    window.refresh()
    assert quotes(window) == ["an earlier message"] * 2
    return [one for one in asked if not isinstance(one, LoadOlder | ListPeople)]


def test_what_a_reply_answers_is_read_from_the_copy(window: Window, answered: list[object]):
    (ask,) = answered
    assert ask == ReadArchived(room="lobby", epoch="", after=6, limit=1, id=ask.id)
    take(window, ArchivedEntries(room="lobby", epoch="", after=6, events=[says(7, text="else")], id="else"))
    assert quotes(window) == ["an earlier message"] * 2
    take(window, copy_gives([says(7, text="where\nis it?")], answered))
    assert quotes(window) == ["bob: where is it?"] * 2
    take(window, *arrived([says(5060, text="it is", reply_to=7)]))
    window.refresh()
    assert quotes(window) == ["bob: where is it?"] * 3


def test_what_the_copy_has_not_the_server_is_asked_for_once(window: Window, answered: list[object]):
    asked = []
    window.asked.connect(asked.append)
    take(window, copy_gives([], answered), copy_gives([], answered))
    window.refresh()
    (question,) = [one for one in asked if not isinstance(one, LoadOlder)]
    request = History(id="-", room="lobby", after=6, limit=1)
    assert question == Inquire(request=request, id=question.id, epoch="")
    take(window, Inquired(id="1", room="lobby", events=[says(8)]))
    assert quotes(window) == ["an earlier message"] * 2
    take(window, Inquired(id=question.id, room="lobby", events=[says(7, text="here?")]))
    assert quotes(window) == ["bob: here?"] * 2


def test_what_is_changed_or_deleted_later_is_so_in_the_quote_as_well(window: Window, answered: list[object]):
    take(window, copy_gives([says(7, text="where?")], answered))
    about = {"room": "lobby", "at": NOON + HOUR, "nick": "bob", "account": "a-bob", "target": 7}
    take(window, *arrived([EditedEvent(seq=5060, id="id-5060", text="where is it?", **about)]))
    assert quotes(window) == ["bob: where is it?"] * 2
    take(window, *arrived([DeletedEvent(seq=5061, id="id-5061", **about)]))
    assert quotes(window) == ["bob: (deleted)"] * 2


def test_each_that_the_copy_has_not_is_asked_for_by_a_question_of_its_own(window: Window):
    asked: list[object] = []
    window.asked.connect(asked.append)
    answers = [says(5058, text="there", reply_to=7), says(5059, "zoe", "no", reply_to=8)]
    first = Older(room="lobby", events=many(5000, 5057), more=True)
    take(window, *entered(head=5057), first, *arrived(answers))
    window.timeline.go_newest()
    window.refresh()
    copy = [one for one in asked if isinstance(one, ReadArchived)]
    assert [one.after for one in copy] == [6, 7]
    take(window, *(copy_gives([], [one]) for one in copy))
    window.refresh()
    questions = [one for one in asked if isinstance(one, Inquire)]
    assert len({one.id for one in questions} - {""}) == 2
