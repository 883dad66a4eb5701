"""Ctrl+K against a broker's answers: what is asked, dropped and shown as somebody writes."""

from collections.abc import Callable

import pytest
from loggia.qtclient.dialogs.found_rows import utf16
from loggia.qtclient.dialogs.go_to import GoTo
from loggia.qtclient.models.keyed import SectionRow
from loggia.qtclient.state.finding import Finder
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import DARK, LIGHT
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Ask, Command, DropInquiry, Inquire, LoadOlder
from loggia.shared.client.updates import Acted, Completeness, Entered, Inquired, Older
from loggia.shared.protocol.answers import Error, FoundAnswer, Hit
from loggia.shared.protocol.requests import Create, Direct, Rooms, Search
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor

from tests.qtclient.dialogs.told import Broker, last, opened
from tests.qtclient.talk import NOON, arrived, entered, many, people

Make = Callable[..., Window]


def shown(dialog: GoTo) -> list[str]:
    return [row.text if isinstance(row, SectionRow) else row.key for row in dialog.model.rows]


def test_it_shows_what_is_known_at_once_and_the_list_of_rooms_when_that_comes(dialog: GoTo, broker: Broker):
    assert shown(dialog) == ["Your rooms", "room lobby", "room lab"]
    broker.lists("attic", "tower")
    assert shown(dialog) == [
        "Your rooms",
        "room lobby",
        "room lab",
        "Other rooms",
        "room attic",
        "room tower",
    ]


def test_what_is_asked_waits_for_a_pause_in_writing_and_what_is_no_use_is_dropped(
    dialog: GoTo, broker: Broker, qtbot
):
    broker.lists("attic")
    qtbot.keyClicks(dialog.edit, "bench")
    assert broker.count(Search) == 0, "not for each letter"
    qtbot.waitUntil(lambda: broker.count(Search) == 1)
    first = broker.wants(Search)
    assert first.request.text == "bench*"
    qtbot.keyClicks(dialog.edit, "es")
    assert broker.asked[-1] == DropInquiry(id=first.id)
    qtbot.waitUntil(lambda: broker.count(Search) == 2)
    broker.asking.take(Inquired(id=first.id, found=FoundAnswer(id="-", hits=[], cursor=None)))
    broker.finds("benches", "other benches")
    assert shown(dialog)[-5:] == ["Messages", "said 90 lobby", "said 89 lobby", "New room", "new benches"]


def test_closing_drops_what_is_not_answered(dialog: GoTo, broker: Broker, qtbot):
    dialog.edit.setText("bench")
    qtbot.waitUntil(lambda: broker.count(Search) == 1)
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Escape)
    dropped = {one.id for one in broker.asked if isinstance(one, DropInquiry)}
    assert dropped == {broker.wants(Rooms).id, broker.wants(Search).id}
    assert dialog.chosen is None


def test_what_is_chosen_stays_so_when_more_comes(dialog: GoTo, broker: Broker, qtbot):
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Down)
    broker.lists("attic")
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClick(dialog.edit, Qt.Key.Key_Return)
    assert dialog.chosen.room == "lab"


def test_who_does_not_see_the_rows_hears_which_is_chosen(dialog: GoTo, broker: Broker, qtbot):
    assert dialog.edit.accessibleDescription() == "lobby, public room"
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Down)
    assert dialog.edit.accessibleDescription() == "lab, public room"
    broker.lists("attic")
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Down)
    assert dialog.edit.accessibleDescription().startswith("Join attic, public room, 2 people · last ")
    qtbot.keyClicks(dialog.edit, "#zzz")
    qtbot.waitUntil(lambda: dialog.edit.accessibleDescription() == "Make the room  # zzz")


def test_arrows_go_over_the_headings_and_round(dialog: GoTo, broker: Broker, qtbot):
    broker.lists("attic")
    for _ in range(2):
        qtbot.keyClick(dialog.edit, Qt.Key.Key_Down)
    assert dialog.list.currentIndex().row() == 4
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Down)
    assert dialog.list.currentIndex().row() == 1
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Up)
    assert dialog.list.currentIndex().row() == 4


def test_at_the_last_row_the_next_page_is_asked_for(dialog: GoTo, broker: Broker, qtbot):
    broker.lists("attic", more=True)
    assert broker.count(Rooms) == 1
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Up)
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Up)
    for _ in range(3):
        qtbot.keyClick(dialog.edit, Qt.Key.Key_Down)
    assert broker.wants(Rooms).request.after == "attic"
    dialog.edit.setText("bench")
    qtbot.waitUntil(lambda: broker.count(Search) == 1)
    broker.finds("bench 4", cursor="next")
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Up)
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Up)
    for _ in range(2):
        qtbot.keyClick(dialog.edit, Qt.Key.Key_Down)
    assert broker.wants(Search).request.cursor == "next"


def test_a_broker_that_does_not_search_says_why(dialog: GoTo, broker: Broker, qtbot):
    dialog.edit.setText("bench")
    qtbot.waitUntil(lambda: broker.count(Search) == 1)
    refused = Error(id="-", code="unavailable", text="The index is being made.")
    broker.asking.take(Inquired(id=broker.wants(Search).id, refused=refused))
    assert dialog.hint.text() == "The index is being made."


def test_a_click_takes_a_row_and_none_takes_a_heading(dialog: GoTo, broker: Broker, qtbot):
    broker.lists("attic")
    places = [dialog.list.visualRect(dialog.model.index(row)).center() for row in (3, 4)]
    with qtbot.assertNotEmitted(dialog.accepted):
        qtbot.mouseClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=places[0])
    with qtbot.waitSignal(dialog.accepted):
        qtbot.mouseClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=places[1])
    assert dialog.chosen.room == "attic"


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_found_words_are_lit(broker: Broker, qtbot, dress, colors):
    dress(colors)
    dialog = GoTo(Finder({}), broker.asking, colors)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.edit.setText("bench")
    qtbot.waitUntil(lambda: broker.count(Search) == 1)

    def lit() -> int:
        image, wanted = dialog.list.grab().toImage(), QColor(colors.mention).rgb()
        return sum(
            image.pixel(x, y) == wanted for x in range(0, image.width(), 2) for y in range(image.height())
        )

    assert lit() == 0
    broker.finds("bench 4 is free")
    assert lit() > 50


def test_colours_change_while_it_is_open(make_window: Make, state: WindowState, qtbot, dress):
    state.apply(entered(), 0)
    window = make_window(state)
    dialog = opened(window, qtbot, "")
    light = dialog.grab().toImage()
    dress(DARK)
    window.look(DARK)
    dark = dialog.grab().toImage()
    wanted = QColor(LIGHT.text).rgb()

    def count(image) -> int:
        return sum(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))

    assert count(light) > count(dark) == 0


def test_places_of_qt_count_an_emoji_twice():
    assert [utf16("a🙂b", chars) for chars in range(4)] == [0, 1, 3, 4]


# -- in the window -----------------------------------------------------------------------------


def test_somebody_is_written_to_in_the_conversation_with_him(make_window: Make, state: WindowState, qtbot):
    state.apply([*entered(), people("ada", "zoe")], 0)
    window = make_window(state)
    asked: list[Command] = []
    window.asked.connect(asked.append)
    qtbot.keyClick(opened(window, qtbot, "@zoe").edit, Qt.Key.Key_Return)
    ask = last(asked, Ask)
    assert ask.request == Direct(id="-", people=["a-zoe"])
    room = "~" + "t" * 22
    window.take(
        [
            Entered(room=room, nick="ada", account="a-ada", head=1, title="zoe", kind="direct"),
            Acted(id=ask.id, room=room),
        ]
    )
    assert state.current == room
    assert window.windowTitle() == "zoe - Loggia"


def test_a_private_room_is_made_for_its_members(make_window: Make, state: WindowState, qtbot):
    state.apply(entered(), 0)
    window = make_window(state)
    asked: list[Command] = []
    window.asked.connect(asked.append)
    qtbot.keyClick(opened(window, qtbot, "%Thesis").edit, Qt.Key.Key_Return)
    ask = last(asked, Ask)
    assert ask.request == Create(id="-", room="Thesis", private=True)
    room = "%" + "t" * 22
    made = Entered(room=room, nick="ada", account="a-ada", head=1, title="Thesis", kind="private")
    window.take([made, Acted(id=ask.id, room=room)])
    assert window.windowTitle() == "% Thesis - Loggia"


def test_who_is_not_there_is_told_of(make_window: Make, state: WindowState, qtbot):
    state.apply(entered(), 0)
    window = make_window(state)
    asked: list[Command] = []
    window.asked.connect(asked.append)
    qtbot.keyClick(opened(window, qtbot, "@kim").edit, Qt.Key.Key_Return)
    refused = Error(id="-", code="no_such_account", text="Nobody is called kim.")
    window.take([Acted(id=last(asked, Ask).id, refused=refused)])
    window.refresh()
    assert window.composer.hint.text() == "Nobody is called kim."


def test_without_a_connection_no_conversation_is_begun_later_on(make_window: Make, state: WindowState, qtbot):
    window = make_window(state)
    asked: list[Command] = []
    window.asked.connect(asked.append)
    qtbot.keyClick(opened(window, qtbot, "@kim").edit, Qt.Key.Key_Return)
    window.refresh()
    assert not any(isinstance(one, Ask) for one in asked)
    assert "no connection" in window.composer.hint.text()


def test_a_message_that_was_found_is_shown_where_it_was_said(make_window: Make, state: WindowState, qtbot):
    """Older pages are loaded until it is there."""
    state.apply([*entered(head=3000), *entered("lab")], 0)
    state.look_at("lab")
    window = make_window(state)
    window.take([*arrived(many(2801, 3000)), Completeness(room="lobby", first=2801, last=3000, head=3000)])
    asked: list[Command] = []
    window.asked.connect(asked.append)
    dialog = opened(window, qtbot, "number 1500")
    qtbot.waitUntil(
        lambda: any(isinstance(one, Inquire) and isinstance(one.request, Search) for one in asked)
    )
    search = next(one for one in asked if isinstance(one, Inquire) and isinstance(one.request, Search))
    hit = Hit(
        room="lobby", seq=1500, at=NOON, nick="bob", account="a-bob", text="number 1500", marks=[(0, 6)]
    )
    window.take([Inquired(id=search.id, found=FoundAnswer(id="-", hits=[hit]))])
    while dialog.list.currentIndex().row() != shown(dialog).index("said 1500 lobby"):
        qtbot.keyClick(dialog.edit, Qt.Key.Key_Down)
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Return)
    assert state.current == "lobby"
    for first in (1801, 801):
        assert [one for one in asked if isinstance(one, LoadOlder)][-1] == LoadOlder(room="lobby", limit=1000)
        asked.clear()
        window.take([Older(room="lobby", events=many(first, first + 999), more=True)])
        window.refresh()
    timeline = window.timeline
    index = timeline.currentIndex()
    assert index.data(Qt.ItemDataRole.UserRole).seq == 1500
    assert timeline.viewport().rect().intersects(timeline.visualRect(index))
    assert not timeline.follows
