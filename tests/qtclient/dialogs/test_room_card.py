"""A room's card: what one may change, and nothing else."""

from collections.abc import Callable

import pytest
from loggia.qtclient.dialogs.room_card import MyRoom, RoomCard
from loggia.qtclient.going import OFFLINE
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import LIGHT
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Ask, Command, DropInquiry, Inquire
from loggia.shared.client.updates import Acted, ConnectionStatus, Inquired, People
from loggia.shared.protocol.answers import Error, Member, RoomInfo
from loggia.shared.protocol.events import ClosedEvent, ReopenedEvent, StoredEvent
from loggia.shared.protocol.requests import CloseRoom, Configure, Invite, ReopenRoom, Rooms, SetSubject
from loggia.shared.protocol.roles import Role, RoomKind
from msgspec import structs
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QComboBox, QLineEdit, QPushButton

from tests.qtclient.talk import DAY, NOON, arrived, entered, says

Make = Callable[..., Window]
Show = Callable[..., RoomCard]


@pytest.fixture
def show(qtbot, dress) -> Show:
    def show(role: Role | None, kind: RoomKind = "public") -> RoomCard:
        card = RoomCard(MyRoom(room="lab", label="# lab", kind=kind, role=role))
        qtbot.addWidget(card)
        card.show()
        qtbot.waitExposed(card)
        cards.append(card)
        return card

    cards = []  # that they live as long as the test
    dress(LIGHT)
    return show


def offered(card: RoomCard) -> set[str]:
    shown = [*card.findChildren(QPushButton), *card.findChildren(QComboBox)]
    return {widget.objectName() for widget in shown if widget.isVisible()}


def press(card: RoomCard, name: str, qtbot) -> None:
    qtbot.mouseClick(card.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def test_what_one_may_not_is_not_shown(show: Show):
    assert offered(show(None)) == offered(show("guest")) == offered(show("owner", "direct")) == set()
    assert offered(show("member")) == {"invite"}
    assert offered(show("moderator")) == {"invite", "subject"}
    own = {"invite", "subject", "slow", "announce", "close", "reopen"}
    assert offered(show("owner")) == own
    assert offered(show("owner", "private")) == own | {"title"}


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        (ClosedEvent("lobby", 1, NOON, "ada", "a-ada", "1"), {"reopen"}),
        (ReopenedEvent("lobby", 1, NOON, "ada", "a-ada", "1"), {"close"}),
        (says(1, "ada"), {"close"}),
        (says(500, "ada"), {"close", "reopen"}),
    ],
)
def test_what_is_so_already_is_not_offered(
    make_window: Make, state: WindowState, event: StoredEvent, shown: set[str]
):
    owner = Member(nick="ada", account="a-ada", presence="online", role="owner")
    state.apply([*entered(), People(room="lobby", members=[owner]), *arrived([event])], 0)
    window = make_window(state)
    window.going.look_into("lobby")
    card = window.going.room_card
    assert offered(card) & {"close", "reopen"} == shown
    card.close()


@pytest.mark.parametrize(
    ("name", "text", "made"),
    [
        ("invite", " zoe ", Invite(id="-", room="lab", who="zoe")),
        ("subject", "dust", SetSubject(id="-", room="lab", subject="dust")),
        ("subject", "", SetSubject(id="-", room="lab", subject="")),
        ("title", "Thesis", Configure(id="-", room="lab", title="Thesis")),
    ],
)
def test_a_line_is_taken_by_its_button_and_by_enter(show: Show, qtbot, name: str, text: str, made):
    card = show("owner", "private")
    edit = card.findChild(QLineEdit, f"{name}-text")
    edit.setText(text)
    with qtbot.waitSignal(card.wished) as wished:
        press(card, name, qtbot)
    assert wished.args == [made]
    with qtbot.waitSignal(card.wished) as wished:
        qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert wished.args == [made]
    assert card.isVisible()


@pytest.mark.parametrize("name", ["invite", "title"])
def test_nothing_is_no_name(show: Show, qtbot, name: str):
    card = show("owner", "private")
    with qtbot.assertNotEmitted(card.wished):
        press(card, name, qtbot)


def test_what_nobody_told_stays_as_it_is(show: Show, qtbot):
    card = show("owner")
    slow = card.findChild(QComboBox, "slow")
    slow.setCurrentText("One message in a minute")
    with qtbot.waitSignal(card.wished) as wished:
        slow.activated.emit(slow.currentIndex())
    assert wished.args == [Configure(id="-", room="lab", slow_s=60)]
    announce = card.findChild(QComboBox, "announce")
    slow.setCurrentIndex(0)
    with qtbot.assertNotEmitted(card.wished):
        slow.activated.emit(0)
    announce.setCurrentText("All members write")
    with qtbot.waitSignal(card.wished) as wished:
        announce.activated.emit(announce.currentIndex())
    assert wished.args == [Configure(id="-", room="lab", announce=False)]


def test_closing_is_asked_about(show: Show, qtbot):
    card = show("owner")
    with qtbot.assertNotEmitted(card.wished):
        press(card, "close", qtbot)
    assert "# lab" in card.question.words.text()
    with qtbot.waitSignal(card.wished) as wished:
        qtbot.mouseClick(card.question.yes, Qt.MouseButton.LeftButton)
    assert wished.args == [CloseRoom(id="-", room="lab")]
    assert not card.question.isVisible()
    with qtbot.waitSignal(card.wished) as wished:
        press(card, "reopen", qtbot)
    assert wished.args == [ReopenRoom(id="-", room="lab")]


def test_what_the_broker_says_does_not_write_over_what_somebody_writes(show: Show, qtbot):
    card = show("moderator")
    info = RoomInfo(room="lab", head=1200, members=1, joined=True, subject="dust and <b>noise</b>")
    card.tell(info, NOON)
    assert card.about.text() == "public room · 1 person\ndust and <b>noise</b>"
    assert card.subject.text() == "dust and <b>noise</b>"
    qtbot.keyClicks(card.subject, "!")
    card.tell(structs.replace(info, at=NOON - 40 * DAY), NOON)
    assert card.about.text() == "public room · 1 person · last 6 Oct\ndust and <b>noise</b>"
    assert card.subject.text() == "dust and <b>noise</b>!"


@pytest.mark.parametrize("wish", ["invite", "subject"])
def test_what_came_of_a_wish_is_said_on_the_card(make_window: Make, state: WindowState, qtbot, wish: str):
    owner = Member(nick="ada", account="a-ada", presence="online", role="owner")
    state.apply([*entered(), People(room="lobby", members=[owner])], 0)
    window = make_window(state)
    asked: list[Command] = []
    window.asked.connect(asked.append)
    window.going.look_into("lobby")
    card = window.going.room_card
    edit = card.findChild(QLineEdit, f"{wish}-text")

    def answered(refused: Error | None) -> str:
        asked.clear()
        edit.setText("o zoe")
        press(card, wish, qtbot)
        window.take([Acted(id=next(one.id for one in asked if isinstance(one, Ask)), refused=refused)])
        told = {name: card.findChild(QLineEdit, f"{name}-text") for name in ("invite", "subject")}
        heard = {name: field.accessibleDescription() for name, field in told.items()}
        assert heard == {"invite": "", "subject": "", wish: card.outcome.text()}
        return card.outcome.text()

    assert card.outcome.isHidden()
    assert (
        answered(Error(id="-", code="no_such_account", text="Nobody is called so.")) == "Nobody is called so."
    )
    assert (card.outcome.isVisible(), card.outcome.property("tone"), edit.text()) == (True, "error", "o zoe")
    assert not any(isinstance(one, Inquire) for one in asked)
    assert answered(None) == ('"o zoe" is invited.' if wish == "invite" else "It is set.")
    assert (card.outcome.property("tone"), edit.text()) == ("", "" if wish == "invite" else "o zoe")
    assert any(isinstance(one, Inquire) for one in asked), "how many are there, and what it is about"
    window.refresh()
    assert window.composer.hint.text() == ""
    state.apply([ConnectionStatus(connection="reconnecting")], 0)
    edit.setText("kim")
    press(card, wish, qtbot)
    assert card.outcome.text() == OFFLINE
    state.apply([ConnectionStatus(connection="connected")], 0)
    press(card, wish, qtbot)
    card.close()
    last = [one for one in asked if isinstance(one, Ask)][-1]
    window.take([Acted(id=last.id, refused=Error(id="-", code="banned", text="They are banned."))])
    window.refresh()
    assert window.composer.hint.text() == "They are banned.", "where the card is closed it is said here"


def test_it_fits_in_the_smallest_window(make_window: Make, state: WindowState, qtbot):
    window = make_window(state, width=360, height=360)
    card = RoomCard(MyRoom(room="lab", label="# " + "x" * 64, kind="private", role="owner"), window)
    card.open()
    qtbot.waitExposed(card)
    assert card.width() < window.width()
    assert card.height() < window.height()
    card.close()


def test_it_opens_from_the_menu_of_the_room(make_window: Make, state: WindowState, qtbot):
    owner = Member(nick="ada", account="a-ada", presence="online", role="owner")
    state.apply([*entered("lab"), People(room="lab", members=[owner])], 0)
    window = make_window(state)
    asked: list[Command] = []
    window.asked.connect(asked.append)
    menu = window.sidebar.menu("lab", "# lab")
    next(entry for entry in menu.actions() if entry.data() == "room-card").trigger()
    menu.deleteLater()
    card = window.going.room_card
    (inquire,) = [one for one in asked if isinstance(one, Inquire)]
    assert inquire.request == Rooms(id="-", after="la")
    rooms = [RoomInfo(room=name, head=1, members=2, joined=True, subject=name) for name in ("lab", "lab2")]
    window.take([Inquired(id=inquire.id, rooms=rooms)])
    assert card.subject.text() == "lab"
    press(card, "reopen", qtbot)
    assert [one.request for one in asked if isinstance(one, Ask)] == [ReopenRoom(id="-", room="lab")]
    card.close()
    assert window.going.room_card is None
    assert not any(isinstance(one, DropInquiry) for one in asked), "it was answered"


def test_a_key_opens_that_of_the_room_on_the_screen_ready_to_invite(
    make_window: Make, state: WindowState, qtbot
):
    me = Member(nick="ada", account="a-ada", presence="online")
    state.apply([*entered(), People(room="lobby", members=[me])], 0)
    window = make_window(state)
    asked: list[Command] = []
    window.asked.connect(asked.append)
    qtbot.keyClick(window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    card = window.going.room_card
    assert card.windowTitle() == "# lobby"
    qtbot.waitUntil(card.isActiveWindow)
    qtbot.keyClicks(card.focusWidget(), "zoe")
    qtbot.keyClick(card.focusWidget(), Qt.Key.Key_Return)
    assert [one.request for one in asked if isinstance(one, Ask)] == [Invite(id="-", room="lobby", who="zoe")]
    card.close()
