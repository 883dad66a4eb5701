"""The models follow the state by small steps, and hold a bounded window on it."""

import random

import pytest
from loggia.qtclient.models.keyed import KeyedModel
from loggia.qtclient.models.people import PeopleModel
from loggia.qtclient.models.rooms import RoomsModel
from loggia.qtclient.models.timeline import MOST_ROWS, TimelineModel
from loggia.qtclient.state.rows import MessageRow, Note
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.parts.table import spoken
from loggia.shared.client.updates import Failed, Older, Unreachable
from PyQt6.QtCore import Qt

from tests.qtclient.talk import DAY, NOON, arrived, entered, joins, leaves, many, people, says, waits


def notes(*keys: int) -> list[Note]:
    return [Note(("note", key), 0, f"note {key}") for key in keys]


@pytest.fixture
def model(qtmodeltester) -> KeyedModel:
    model = KeyedModel(lambda row: row.text)
    qtmodeltester.check(model)
    return model


@pytest.fixture
def timeline(state: WindowState) -> TimelineModel:
    state.apply(entered(), 0)
    return TimelineModel(state, spoken)


def shown(timeline: TimelineModel) -> list[int]:
    return [row.seq for row in timeline.rows if isinstance(row, MessageRow) and row.seq]


def test_any_change_ends_in_the_rows_that_were_asked_for(model: KeyedModel):
    chance = random.Random(1)
    for _ in range(300):
        keys = sorted(chance.sample(range(30), chance.randrange(12)))
        rows = notes(*keys)
        model.replace(rows)
        assert model.rows == rows
        assert model.rowCount() == len(keys)


def test_what_is_appended_is_only_inserted(model: KeyedModel, qtbot):
    model.replace(notes(1, 2, 3))
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.rowsInserted) as inserted:
        model.replace([*model.rows, *notes(4, 5)])
    assert inserted.args is not None
    assert inserted.args[1:] == [3, 4]


def test_a_row_in_another_state_is_only_changed(model: KeyedModel, qtbot):
    model.replace(notes(1, 2, 3))
    changed = [*model.rows[:1], Note(("note", 2), 0, "another text"), *model.rows[2:]]
    with qtbot.assertNotEmitted(model.rowsInserted), qtbot.waitSignal(model.dataChanged) as signal:
        model.replace(changed)
    assert signal.args is not None
    assert signal.args[0].row() == signal.args[1].row() == 1


def test_a_move_resets(model: KeyedModel, qtbot):
    model.replace(notes(1, 2, 3))
    with qtbot.waitSignal(model.modelReset):
        model.replace(notes(3, 2, 1))


def test_nothing_new_is_no_change(model: KeyedModel):
    model.replace(notes(1, 2))
    assert not model.replace(list(model.rows))


@pytest.mark.parametrize("attended", [True, False])
def test_twenty_thousand_messages_in_batches_keep_the_window_small(
    state: WindowState, timeline: TimelineModel, attended: bool
):
    largest = 0
    if attended:  # somebody sits there and follows them
        state.attend((1, 0), 0, newest=True)
    for first in range(1, 20_001, 250):
        state.apply(arrived(many(first, first + 249)), 0)
        timeline.sync(pinned=True)
        largest = max(largest, timeline.rowCount())
        assert not attended or shown(timeline)[-1] == first + 249
    assert (250 if attended else 1) <= largest <= MOST_ROWS


def test_the_window_goes_back_to_the_first_message_and_forth_again(
    state: WindowState, timeline: TimelineModel
):
    state.apply(arrived(many(1, 5000)), 0)
    timeline.sync(pinned=True)
    while timeline.older():
        assert timeline.rowCount() <= MOST_ROWS
        assert shown(timeline) == list(range(shown(timeline)[0], shown(timeline)[-1] + 1))
    assert shown(timeline)[0] == 1
    assert not timeline.at_newest
    while timeline.newer():
        assert timeline.rowCount() <= MOST_ROWS
    assert timeline.at_newest
    assert shown(timeline)[-1] == 5000


def test_who_reads_above_keeps_the_rows_there(state: WindowState, timeline: TimelineModel):
    state.apply(arrived(many(1, 3000)), 0)
    timeline.sync(pinned=True)
    while timeline.older():
        pass
    before = shown(timeline)
    state.apply(arrived(many(3001, 3500)), 0)
    timeline.sync(pinned=False)
    assert shown(timeline) == before
    timeline.to_newest()
    assert shown(timeline)[-1] == 3500


def test_older_pages_are_taken_in_when_asked(state: WindowState, timeline: TimelineModel):
    state.apply(arrived(many(500, 599)), 0)
    timeline.sync(pinned=True)
    assert not timeline.older()
    state.apply([Older(room="lobby", events=many(400, 499), more=True)], 0)
    timeline.sync(pinned=False)
    assert timeline.older()
    assert shown(timeline) == list(range(400, 600))


def test_what_tells_nothing_hides_nothing_that_is_older(state: WindowState, timeline: TimelineModel):
    visits = [
        kind(2 * day + number, "zoe", NOON + day * DAY)
        for day in range(1, 301)
        for number, kind in enumerate((joins, leaves))
    ]
    state.attend((1, 0), 0, newest=True)  # somebody sits there, so that nothing is new
    state.apply(arrived([says(1), *visits]), 0)
    timeline.sync(pinned=True)
    assert timeline.rows == []
    assert timeline.older()
    assert shown(timeline) == [1]
    assert not timeline.older()


def test_rows_of_two_rooms_with_the_same_numbers_are_not_mixed_up(
    state: WindowState, timeline: TimelineModel, qtbot
):
    state.apply([*arrived(many(1, 5)), *entered("lab"), *arrived([says(1, text="lab", room="lab")])], 0)
    timeline.sync(pinned=True)
    state.look_at("lab")
    with qtbot.waitSignal(timeline.modelReset):  # nothing that is selected in one is selected in the other
        timeline.sync(pinned=True)
    assert [row.text for row in timeline.rows if isinstance(row, MessageRow)] == ["lab"]


def test_what_waits_stands_at_the_end(state: WindowState, timeline: TimelineModel):
    state.apply([*arrived(many(1, 5)), waits("w1")], 0)
    timeline.sync(pinned=True)
    assert timeline.rows[-1].sign == "waiting"


def test_every_row_has_its_words_for_screen_readers(state: WindowState, timeline: TimelineModel):
    refused = Failed(id="w2", room="lobby", code="muted", text="You are muted.")
    batch = [*arrived([joins(1, "zoe"), says(2, text="<b>hi</b>")]), waits("w1"), waits("w2", "no")]
    state.apply([*batch, Unreachable(id="w1", room="lobby"), refused], 0)
    timeline.sync(pinned=True)
    role = Qt.ItemDataRole.AccessibleTextRole
    assert [timeline.data(timeline.index(row), role) for row in range(timeline.rowCount())] == [
        "This is where the room begins.",
        "Wednesday 15 November 2023",
        "zoe came",
        "new",
        "bob, 12:00: <b>hi</b>",
        "ada, 13:00: mine (The server cannot be reached.)",
        "ada, 13:00: no (not sent: You are muted.)",
    ]


def test_rooms_and_people_have_words_too(state: WindowState):
    state.apply([*entered(), *entered("lab", head=1), people("ada", "zoe", away=["zoe"])], 0)
    state.apply(arrived([says(2, text="ada!", room="lab")]), 0)
    rooms, persons = RoomsModel(state), PeopleModel(state)
    rooms.sync()
    persons.sync()
    assert [rooms.data(rooms.index(row)) for row in range(2)] == [
        "lobby, public room, on the screen",
        "lab, public room, 1 unread, names you",
    ]
    assert [persons.data(persons.index(row)) for row in range(2)] == ["ada, online, you", "zoe, away"]


def test_a_tool_tip_never_holds_somebody_elses_html(state: WindowState):
    state.apply([*entered(), people("<img src=x>")], 0)
    persons = PeopleModel(state)
    persons.sync()
    tip = persons.data(persons.index(0), Qt.ItemDataRole.ToolTipRole)
    assert "&lt;img src=x&gt;" in tip
    assert "<img" not in tip
