"""What is taken into the window, and set on the screen, in one turn of the event loop: counted, not timed."""

from collections.abc import Callable
from threading import Thread

import pytest
from loggia.qtclient.intake import SLICE, Intake
from loggia.qtclient.models.timeline import FOLLOWED_ROWS, FRESH_ROWS, TimelineModel
from loggia.qtclient.pacing import BUSY_MS, FRAME_MS
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.layout import Layouts
from loggia.qtclient.window import Window
from loggia.shared.client.updates import Arrived, Delivered, Older, Update

from tests.qtclient.talk import arrived, entered, many

Make = Callable[..., Window]


class Woken:
    def __init__(self) -> None:
        self.times = 0
        self.intake = Intake(self.wake)

    def wake(self) -> None:
        self.times += 1

    def all(self) -> list[list[Update]]:
        slices = []
        more = True
        while more:
            batch, more = self.intake.take()
            slices.append(batch)
        return slices


def entries(batch: list[Update]) -> int:
    return sum(len(update.events) if isinstance(update, Arrived | Older) else 1 for update in batch)


def test_eighty_thousand_entries_come_in_slices_in_order_and_none_is_missing():
    woken = Woken()
    put = [*entered(), *arrived(many(1, 80_000))]
    woken.intake.put(put)
    slices = woken.all()
    assert max(map(entries, slices)) == SLICE
    taken = [update for batch in slices for update in batch]
    assert [update for update in taken if not isinstance(update, Arrived)] == [*put[:2], put[3]]
    assert taken[-1] is put[3]
    assert [event for update in taken if isinstance(update, Arrived) for event in update.events] == put[
        2
    ].events
    assert {update.room for update in taken if isinstance(update, Arrived)} == {"lobby"}


def test_small_updates_share_a_slice():
    woken = Woken()
    put = [Delivered(id=str(number), room="lobby", seq=number, at=0) for number in range(SLICE + 7)]
    woken.intake.put(put)
    slices = woken.all()
    assert [len(batch) for batch in slices] == [SLICE, 7]
    assert [update for batch in slices for update in batch] == put


def test_a_page_stays_whole_and_comes_alone():
    woken = Woken()
    page = Older(room="lobby", events=many(1, 3 * SLICE), more=True)
    put = [*entered(), page, Delivered(id="a", room="lobby", seq=1, at=0)]
    woken.intake.put(put)
    assert woken.all() == [put[:2], [page], put[3:]]


def test_who_takes_is_woken_once_until_nothing_waits():
    woken = Woken()
    for _ in range(3):
        woken.intake.put(arrived(many(1, SLICE)))
    assert woken.times == 1
    assert woken.intake.take()[1]
    woken.intake.put(arrived(many(1, 5)))
    assert woken.times == 1, "whoever takes knows already that more waits"
    woken.all()
    assert woken.intake.take() == ([], False)
    woken.intake.put(entered())
    assert woken.times == 2


def test_nothing_is_lost_between_two_threads():
    woken = Woken()
    taken: list[Update] = []

    def put() -> None:
        for first in range(1, 20_001, 40):
            woken.intake.put([Arrived(room="lobby", events=many(first, first + 39))])

    thread = Thread(target=put)
    thread.start()
    while thread.is_alive():
        taken += woken.intake.take()[0]
    thread.join()
    taken += [update for batch in woken.all() for update in batch]
    assert [event.seq for update in taken for event in update.events] == list(range(1, 20_001))


@pytest.fixture
def set_rows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows were set (measured anew) in each refresh of a window's timeline."""
    counts: list[int] = []
    made, sync = Layouts._made, TimelineModel.sync

    def count(self: Layouts, row: object, width: int) -> object:
        if counts:
            counts[-1] += 1
        return made(self, row, width)

    def begin(self: TimelineModel, *, pinned: bool) -> bool:
        counts.append(0)
        return sync(self, pinned=pinned)

    monkeypatch.setattr(Layouts, "_made", count)
    monkeypatch.setattr(TimelineModel, "sync", begin)
    return counts


@pytest.mark.parametrize("each", [1, 20, SLICE, 2500, 20_000])
def test_a_frame_sets_few_rows_however_many_came_since_the_last(
    make_window: Make, state: WindowState, set_rows: list[int], each: int
):
    window = make_window(state)
    window.take(entered())
    model = window.timeline.model()
    rounds = 12 if each < 2500 else 3
    for number in range(rounds):
        window.take(arrived(many(1 + number * each, (number + 1) * each)))
        window.refresh()
        assert model.rowCount() <= FOLLOWED_ROWS + 1
    assert max(set_rows) <= FRESH_ROWS + 5  # and the days and what is new between them
    assert window.timeline._rows.rows[-1].seq == rounds * each


def test_while_more_waits_than_can_be_taken_it_is_shown_less_often(make_window: Make, state: WindowState):
    window = make_window(state)
    window.refresh()
    window.take(arrived(many(1, 10)), more=True)
    assert (window._pace.frame.isActive(), window._pace.frame.interval()) == (True, BUSY_MS)
    window.take(arrived(many(11, 20)), more=True)
    assert window._pace.frame.interval() == BUSY_MS
    window.take(arrived(many(21, 30)))
    assert window._pace.frame.interval() == FRAME_MS, "the last of it is shown at once"
    left = window._pace.frame.remainingTime()
    window.take(arrived(many(31, 40)))
    assert window._pace.frame.remainingTime() <= left, "what comes again and again puts no frame off"


def test_keys_are_answered_between_the_slices(start, qtbot, monkeypatch):
    """80,000 entries wait at once: no turn of the event loop takes in more than a slice."""
    app = start("tcp://127.0.0.1:1")
    window, link = app.window, app.subscriber
    qtbot.waitUntil(lambda: window.state.status.connection == "reconnecting")
    turns: list[int] = []
    apply = window.state.apply
    monkeypatch.setattr(
        window.state, "apply", lambda batch, now: (turns.append(entries(batch)), apply(batch, now))
    )
    seen: list[int] = []
    window.composer.editor.textChanged.connect(lambda: seen.append(len(turns)))
    link._intake.put(arrived(many(1, 80_000)))
    qtbot.keyClicks(window.composer.editor, "ab", delay=1)
    qtbot.waitUntil(lambda: window.state.rooms["lobby"].newest == 80_000)
    assert max(turns) <= SLICE
    assert len(turns) >= 80_000 // SLICE
    assert seen[0] < len(turns) // 2, "the key was answered long before all of it was there"
