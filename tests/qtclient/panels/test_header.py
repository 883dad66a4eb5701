"""What stands above the messages."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.updates import Arrived, ConnectionStatus, Entered, People
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.events import SubjectEvent
from msgspec import structs

from tests.qtclient.talk import NOON, arrived, entered, people, says

Make = Callable[..., Window]


@pytest.mark.parametrize("width", [360, 1100])
def test_what_the_room_is_about_stands_below_its_name(make_window: Make, state: WindowState, width: int):
    state.apply([*entered(), *entered("lab")], 0)
    window = make_window(state, width=width)
    subject, title = window.header.subject, window.header.title
    assert not subject.isVisible()
    about = "the <b>public</b>\nsquare, " * 9
    window.take(arrived([SubjectEvent("lobby", 1, NOON, "ada", "a-ada", "1", about)]))
    window.refresh()
    assert subject.isVisible()
    assert subject.accessibleName() == " ".join(about.split())
    assert subject.text().startswith("the <b>public</b> square")
    assert subject.fontMetrics().horizontalAdvance(subject.text()) <= subject.width()
    assert title.geometry().bottom() < subject.geometry().top()
    assert window.header.rect().contains(subject.geometry())
    window.go("lab")
    assert not subject.isVisible()


@pytest.mark.parametrize(("others", "told"), [(0, "1 person"), (1, "2 people"), (1199, "1,200 people")])
def test_how_many_are_there_is_told_in_words(make_window: Make, state: WindowState, others: int, told: str):
    state.apply([*entered(), people("ada", *(f"n{number}" for number in range(others)))], 0)
    header = make_window(state).header
    assert header.people.accessibleName() == f"{told} in the room; open or fold the panel"
    assert header.count.accessibleName() == f"{told} in the room"


@pytest.mark.parametrize("width", [500, 1100])
def test_what_is_new_elsewhere_is_said_where_the_rooms_are_folded(
    make_window: Make, state: WindowState, qtbot, width: int
):
    state.apply([*entered(head=9), *entered("lab", head=9), *entered("attic", head=9)], 0)
    window = make_window(state, width=width)
    menu = window.header.menu
    assert menu.isVisible() == (width == 500)
    assert (menu.text(), menu.accessibleName()) == ("", "Rooms (Ctrl+B)")

    def comes(room: str, seq: int) -> str:
        window.take([Arrived(room=room, events=[says(seq, room=room)])])
        window.refresh()
        assert menu.toolTip() == menu.accessibleName()
        return menu.text()

    assert comes("lab", 10) == "1"
    assert menu.accessibleName() == "Rooms (Ctrl+B), 1 new"
    assert comes("lobby", 10) == "1", "that is the room on the screen"
    window.ordering.mute("attic", on=True)
    assert comes("attic", 10) == "1", "which calls by my name alone"
    assert [comes("lab", seq) for seq in range(11, 120)][-1] == "99+"
    if width == 500:
        needs = menu.fontMetrics().horizontalAdvance("99+") + menu.iconSize().width()
        qtbot.waitUntil(lambda: menu.width() >= needs)
    window.go("lab")
    window.state.rooms["lab"].reading.see(1, 200, 0)
    window.state.rooms["lab"].reading.see(1, 200, 9)
    window.refresh()
    assert menu.text() == "1", "the one of the lobby"


def test_in_a_conversation_it_says_whether_the_other_one_is_there(make_window: Make, state: WindowState):
    room = "~abc"
    here = Entered(room=room, nick="ada", account="a-ada", head=3, title="zoe", kind="direct")
    state.apply([*entered(), here], 0)
    window = make_window(state)
    window.go(room)

    def shown(*members: Member) -> str:
        window.take(
            [People(room=room, members=[Member(nick="ada", account="a-ada", presence="online"), *members])]
        )
        window.refresh()
        subject = window.header.subject
        assert subject.isVisible() == bool(subject.whole)
        return subject.whole

    zoe = Member(nick="zoe", account="a-zoe", presence="online", status="on the\ntrain")
    assert shown(zoe) == "online · on the train"
    assert shown(structs.replace(zoe, presence="away", status="")) == "away"
    assert shown() == "", "who has left"
    assert shown(zoe, structs.replace(zoe, nick="kim", account="a-kim")) == "", "there are several"
    window.take([ConnectionStatus(connection="reconnecting")])
    assert shown(zoe) == "on the train", "nobody knows without a connection"
    window.go("lobby")
    assert window.header.subject.whole == ""


def test_a_crowd_is_not_gone_through_for_what_only_a_conversation_has(
    make_window: Make, state: WindowState, monkeypatch: pytest.MonkeyPatch
):
    class Crowd(dict[str, Member]):
        def items(self):
            raise AssertionError("at each refresh of the window, of thousands")

    state.apply([*entered(), people("ada", "bob", "zoe")], 0)
    header = make_window(state).header
    monkeypatch.setattr(state.here.crowd, "members", Crowd(state.here.crowd.members))
    header.show_room("# lobby", state.here, "a-ada", known=True)
    assert not header.subject.isVisible()
