"""Much more than anybody says: what a window clips before it measures it, and that it says so."""

from collections.abc import Callable

import pytest
from loggia.qtclient.asking import Asking
from loggia.qtclient.dialogs.go_to import GoTo
from loggia.qtclient.models import people as people_model
from loggia.qtclient.models import rooms as rooms_model
from loggia.qtclient.models.keyed import ROW, RestRow, SectionRow
from loggia.qtclient.state.findable import known_rooms
from loggia.qtclient.state.finding import MOST_SHOWN, Finder, RoomFound
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import LIGHT
from loggia.qtclient.timeline import layout
from loggia.qtclient.timeline.layout import Layouts
from loggia.qtclient.timeline.long_text import MOST_CHARS, MOST_LINES, shown
from loggia.qtclient.timeline.parts.table import as_text
from loggia.qtclient.window import Window
from loggia.shared.client.commands import ListPeople
from loggia.shared.client.updates import Delivered, Entered, Failed, People
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import QPoint, Qt

from tests.patience import Stopwatch
from tests.qtclient.talk import arrived, entered, joins, leaves, renames, says

Make = Callable[..., Window]

LONG = "x" * 10_000_000
SOON_S = 3.0  # measured 0.1 to 0.5 s; without a bound each of these takes many seconds, or never ends


def crowd(count: int, *, more: bool = False) -> People:
    members = [
        Member(nick=f"n{number:07}", account=f"a{number}", presence="online") for number in range(count)
    ]
    return People(room="lobby", members=members, more=more)


@pytest.mark.parametrize(
    "text", [LONG, "ab " * 3_000_000, "\n" * 5_000_000, "e\u0301" * 3_000_000, "\u202e\u0627" * 3_000_000],
    ids=["a word", "words", "lines", "marks", "right to left"],
)  # fmt: skip
def test_a_very_long_text_is_clipped_before_it_is_set_and_copied_whole(
    make_window: Make, state: WindowState, text: str
) -> None:
    watch = Stopwatch()
    window = make_window(state)
    window.take([*entered(), *arrived([says(1, text=text), says(2, text="and on"), says(3, text="ada: hi")])])
    window.refresh()
    window.grab()
    assert watch.read_s() < SOON_S
    row = next(row for row in window.timeline._rows.rows if getattr(row, "seq", None) == 1)
    assert as_text([row], several=False) == text
    assert (
        len(window.timeline._rows.data(window.timeline._rows.find(row.key), Qt.ItemDataRole.DisplayRole))
        < 30_000
    )


def test_what_is_clipped_of_a_text_is_said() -> None:
    assert shown("x" * MOST_CHARS) == "x" * MOST_CHARS
    assert shown("x" * (MOST_CHARS + 1234)).endswith(
        "...\n(1,234 more characters are not shown here; copy the text to have them all.)"
    )
    lines = shown("\n".join(str(number) for number in range(2 * MOST_LINES)))
    assert lines.count("\n") == MOST_LINES
    assert f"\n{MOST_LINES - 1}...\n(" in lines


def test_a_text_that_a_broker_allows_is_shown_whole() -> None:
    for text in ("x" * Limits().text_bytes, "x\n" * (MOST_LINES - 1)):
        assert shown(text) == text


def test_names_of_a_megabyte_are_clipped(make_window: Make, state: WindowState) -> None:
    nick = "e\u0301" * 500_000
    watch = Stopwatch()
    window = make_window(state)
    member = Member(nick=nick, account=nick, presence="online")
    window.take(
        [
            *entered(nick=nick),
            People(room="lobby", members=[member]),
            *arrived(
                [
                    joins(1, nick),
                    says(2, nick),
                    leaves(3, nick),
                    renames(4, nick, nick),
                    says(5, nick, reply_to=2),
                ]
            ),
            Failed(id=None, room="lobby", code="internal", text="No."),
        ]
    )
    window.refresh()
    window.grab()
    assert watch.read_s() < SOON_S
    assert all(len(row.nick) < 2000 for row in window.timeline._rows.rows if hasattr(row, "nick"))
    assert len(window.people.list.model().index(0, 0).data()) < 3000


def test_a_million_people_are_counted_and_some_are_shown(make_window: Make, state: WindowState) -> None:
    window = make_window(state)
    window.take(entered())
    everybody = crowd(1_000_000)
    watch = Stopwatch()
    window.take([everybody])
    window.refresh()
    window.grab()
    assert watch.read_s() < SOON_S
    assert window.people.count.text() == window.header.count.text() == "1,000,000"
    model = window.people.list.model()
    assert model.rowCount() == people_model.MOST_ROWS + 1
    last = model.index(people_model.MOST_ROWS, 0)
    assert last.data() == "and 999,000 more"


def test_that_there_are_more_than_are_known_is_said_and_they_are_asked_for(
    make_window: Make, state: WindowState
) -> None:
    window = make_window(state)
    asked: list[object] = []
    window.asked.connect(asked.append)
    for _ in range(3):
        window.take([*entered(), crowd(200, more=True)])
        window.refresh()
        assert window.people.count.text() == window.header.count.text() == "200+"
        window.refresh()
        assert asked == [ListPeople(room="lobby")]
        asked.clear()
    window.take([crowd(345)])
    window.refresh()
    assert window.people.count.text() == window.header.count.text() == "345"
    assert asked == []


def test_a_hundred_thousand_rooms_are_listed_as_far_as_anybody_looks(make_window: Make, qtbot) -> None:
    state = WindowState(
        nick="ada", endpoint="tcp://127.0.0.1:1", rooms=[f"r{n}" for n in range(100_000)], current="r0"
    )
    watch = Stopwatch()
    window = make_window(state)
    window.take([Entered(room="r99999", nick="ada", account="a", head=5)])
    window.state.look_at("r99999")
    window.refresh()
    window.refresh()
    window.grab()
    assert watch.read_s() < SOON_S
    model = window.sidebar.rooms.model()
    rows = [model.index(number, 0).data(ROW) for number in range(model.rowCount())]
    assert len(rows) == rooms_model.MOST_ROWS + 2
    assert rows[-2].key == "r99999", "the room on the screen is among them"
    assert rows[-1] == RestRow.of(98_999, ": Ctrl+K")
    picked: list[str] = []
    window.sidebar.picked.connect(picked.append)
    last = model.index(len(rows) - 1, 0)
    window.sidebar.rooms.scrollTo(last)
    qtbot.mouseClick(
        window.sidebar.rooms.viewport(),
        Qt.MouseButton.LeftButton,
        pos=window.sidebar.rooms.visualRect(last).center(),
    )
    window.sidebar.rooms.setCurrentIndex(last)
    qtbot.keyClick(window.sidebar.rooms, Qt.Key.Key_Return)
    window.sidebar.rooms._menu(QPoint(window.sidebar.rooms.visualRect(last).center()))
    assert picked == []


def test_going_to_a_room_shows_some_of_them_and_finds_all(qtbot) -> None:
    state = WindowState(
        nick="ada", endpoint="tcp://127.0.0.1:1", rooms=[f"room {number}" for number in range(100_000)]
    )
    watch = Stopwatch()
    dialog = GoTo(Finder(known_rooms(state.listed)), Asking(lambda command: None), LIGHT)
    qtbot.addWidget(dialog)
    assert [type(row) for row in dialog.model.rows] == [SectionRow] + [RoomFound] * MOST_SHOWN
    assert "99,801 more are not shown" in dialog.hint.text(), "and the lobby"
    dialog.edit.setText("room 99")
    assert dialog.model.rows[1].label == "# room 99"
    dialog.edit.setText("room 98765")
    assert [row.text for row in dialog.model.rows if isinstance(row, SectionRow)] == ["Your rooms"]
    assert [row.label for row in dialog.model.rows if isinstance(row, RoomFound)] == ["# room 98765"]
    assert watch.read_s() < SOON_S


def test_many_long_texts_are_measured_once_and_not_all_kept_as_they_are_set(
    make_window: Make, state: WindowState, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    was = Layouts._made
    monkeypatch.setattr(
        Layouts, "_made", lambda self, row, width: made.append(row.key) or was(self, row, width)
    )
    monkeypatch.setattr(layout, "CACHE_PX", 5_000)
    window = make_window(state)
    window.take([*entered(), *arrived([says(seq, text="line\n" * 300) for seq in range(1, 51)])])
    window.refresh()
    window.grab()
    layouts = window.timeline._drawn.layouts
    assert sum(one.height for one in layouts._kept.values()) <= 5_000
    made.clear()
    for seq in range(51, 56):
        window.take(arrived([says(seq)]))
        window.refresh()
        window.grab()
    assert len(made) < 30, "those that are seen, and what is new"


def test_of_many_rows_that_were_measured_some_sixty_screens_are_kept_as_they_are_set(
    make_window: Make, state: WindowState
) -> None:
    """Each has some kilobytes, and only what is on the screen is painted: ten thousand had a hundred MB."""
    window = make_window(state)
    layouts = window.timeline._drawn.layouts
    window.take(entered())
    for first in range(1, 5001, 100):
        window.take(arrived([says(seq) for seq in range(first, first + 100)]))
        window.refresh()
    kept = sum(one.height for one in layouts._kept.values())
    assert kept <= 60 * 1080
    assert len(layouts._heights) > len(layouts._kept), "heights are asked for again and again"


@pytest.mark.parametrize("number", [1 - 2**63, -1, 0, 2**31, 2**53, 2**63 - 1])
def test_times_and_numbers_that_no_calendar_knows_are_shown_all_the_same(
    make_window: Make, state: WindowState, number: int
) -> None:
    window = make_window(state)
    seq = max(1, number % 2**40)
    window.take(
        [
            *entered(head=seq),
            *arrived([says(seq, at=number), joins(seq + 1, "bob", at=-number), says(seq + 2, reply_to=seq)]),
            Delivered(id="w", room="lobby", seq=seq, at=number),
        ]
    )
    window.refresh()
    window.grab()
    assert [row.seq for row in window.timeline._rows.rows if hasattr(row, "seq")] == [seq, seq + 2]
