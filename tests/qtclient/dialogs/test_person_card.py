"""A person's card: what it says, what one may, what is asked first."""

from collections.abc import Callable

import pytest
from loggia.qtclient.dialogs.person_card import Encounter, PersonCard
from loggia.qtclient.state.emoji import IN_LINE
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import LIGHT
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Ask, Command, TakeNick
from loggia.shared.client.updates import Acted, ConnectionStatus, People
from loggia.shared.protocol.answers import Error, Member
from loggia.shared.protocol.events import MutedEvent, UnmutedEvent
from loggia.shared.protocol.requests import Ban, Direct, Kick, Mute, SetRole, SetStatus, Unmute
from loggia.shared.protocol.roles import Role
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton

from tests.qtclient.talk import DAY, NOON, arrived, entered

Make = Callable[..., Window]

NOW = NOON + DAY


def member(nick: str = "zoe", **more: object) -> Member:
    return Member(nick=nick, account=f"a-{nick}", presence=more.pop("presence", "online"), **more)


def meeting(whom: Member, role: Role | None = "member", **more: object) -> Encounter:
    fields = {"room": "lab", "label": "# lab", "kind": "public", "me": False, "known": True} | more
    return Encounter(member=whom, role=role, **fields)


@pytest.fixture
def show(qtbot, dress) -> Callable[[Encounter], PersonCard]:
    def show(met: Encounter) -> PersonCard:
        card = PersonCard(met, LIGHT, LIGHT.accent, lambda: NOW)
        qtbot.addWidget(card)
        card.show()
        qtbot.waitExposed(card)
        cards.append(card)
        return card

    cards = []  # that they live as long as the test
    dress(LIGHT)
    return show


def offered(card: PersonCard) -> list[str]:
    return [button.text() for button in card.findChildren(QPushButton) if button.isVisible()]


def press(card: PersonCard, name: str, qtbot) -> None:
    button = card.findChild(QPushButton, name)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_it_says_who_it_is_and_since_when_away(show):
    away = member(status="in a meeting", presence="away", since=NOON, role="moderator")
    card = show(meeting(away))
    assert card.about.text().splitlines() == ["away since 15 Nov", "in a meeting", "moderator of # lab"]
    assert card.windowTitle() == "zoe"
    assert show(meeting(member(bot=True))).about.text().splitlines() == ["online", "a bot", "member of # lab"]
    assert show(meeting(member(presence="away"))).about.text().splitlines()[0] == "away"
    assert "nobody knows" in show(meeting(member(), known=False)).about.text()


def test_words_of_others_are_no_html(show):
    card = show(meeting(member(status="<b>bold</b>")))
    assert card.about.textFormat() == Qt.TextFormat.PlainText
    assert "<b>bold</b>" in card.about.text()


def test_a_status_of_nothing_but_pictures_is_begun(show: Callable[[Encounter], PersonCard]):
    """Each is unpacked whenever a line is measured: 140 of them took half a second."""
    card = show(meeting(member(status="\U0001f600" * 140)))
    words = " ".join(label.text() for label in card.findChildren(QLabel))
    assert words.count("\U0001f600") == IN_LINE


def test_what_one_may_not_is_not_shown(show):
    assert offered(show(meeting(member()))) == ["Write a message"]
    assert offered(show(meeting(member(), None))) == ["Write a message"]
    assert offered(show(meeting(member("ada"), "owner", me=True))) == ["Set status", "Rename"]
    assert offered(show(meeting(member(), "owner", kind="direct"))) == ["Write a message"]
    moderating = ["Write a message", "Mute...", "Let speak again", "Show out...", "Ban..."]
    card = show(meeting(member(), "moderator"))
    assert offered(card) == moderating
    assert card.findChild(QComboBox, "role") is None
    assert offered(show(meeting(member(role="owner"), "moderator"))) == ["Write a message"]
    roles = show(meeting(member(role="guest"), "owner")).findChild(QComboBox, "role")
    assert [roles.itemData(number) for number in range(roles.count())] == [
        None,
        "owner",
        "moderator",
        "member",
    ]


def test_on_ones_own_one_says_something_of_oneself(show, qtbot):
    card = show(meeting(member("ada", status="on bench 4"), "owner", me=True))
    edit = card.findChild(QLineEdit, "status-text")
    assert edit.text() == "on bench 4"
    edit.setText(" in a meeting ")
    with qtbot.waitSignals([card.wished, card.accepted]) as told:
        qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert told.all_signals_and_args[0].args == (SetStatus(id="-", text="in a meeting"),)


@pytest.mark.parametrize("way", ["enter", "button"])
def test_on_ones_own_one_takes_another_name(window: Window, asked: list[Command], qtbot, way: str):
    def card(nick: str) -> list[TakeNick]:
        window.going.meet(window.people.list.model().rows[0])
        edit = window.going.card.findChild(QLineEdit, "nick-text")
        assert edit.text() == "ada"
        edit.setText(nick)
        if way == "enter":
            qtbot.keyClick(edit, Qt.Key.Key_Return)
        else:
            press(window.going.card, "nick", qtbot)
        assert window.going.card is None
        return [one for one in asked if isinstance(one, TakeNick)]

    assert card(" ada ") == card("") == [], "that is no other one"
    (taken,) = card(" adele ")
    assert taken.nick == "adele"
    assert acts(asked) == []
    window.take([Acted(id=taken.id, refused=Error(id="-", code="nick_taken", text="Taken."))])
    window.refresh()
    assert window.composer.hint.text() == "Taken."
    window.take([ConnectionStatus(connection="offline")])
    assert card("kim") == [taken]
    window.refresh()
    assert "no connection" in window.composer.hint.text()


@pytest.mark.parametrize("name", ["status-text", "nick-text"])
def test_what_its_lines_are_for_can_be_read(show, name: str):
    card = show(meeting(member("ada"), "owner", me=True))
    edit = card.findChild(QLineEdit, name)
    edit.clear()
    assert edit.fontMetrics().horizontalAdvance(edit.placeholderText()) < edit.width() - 24


def test_enter_writes_to_whoever_it_is(show, qtbot):
    card = show(meeting(member(), "owner"))
    with qtbot.waitSignals([card.writing, card.accepted]):
        qtbot.keyClick(card, Qt.Key.Key_Return)


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("mute", Mute(id="-", room="lab", who="a-zoe", reason="spam", until=NOW + 3_600_000)),
        ("ban", Ban(id="-", room="lab", who="a-zoe", reason="spam", until=NOW + 3_600_000)),
        ("kick", Kick(id="-", room="lab", who="a-zoe", reason="spam")),
    ],
)
def test_what_does_harm_is_asked_and_done_when_it_is_confirmed(show, qtbot, name: str, made):
    card = show(meeting(member(), "moderator"))
    with qtbot.assertNotEmitted(card.wished):
        press(card, name, qtbot)
    question = card.question
    assert "zoe" in question.words.text()
    assert "# lab" in question.words.text()
    assert question.lasting.isVisible() == (name != "kick")
    assert card.focusWidget() is (question.reason if name == "kick" else question.lasting)
    question.reason.setText(" spam ")
    question.lasting.setCurrentText("For an hour")
    with qtbot.assertNotEmitted(card.wished):
        qtbot.keyClick(question.reason, Qt.Key.Key_Return)
    with qtbot.waitSignals([card.wished, card.accepted]) as told:
        qtbot.mouseClick(question.yes, Qt.MouseButton.LeftButton)
    assert told.all_signals_and_args[0].args == (made,)


def test_for_ever_is_no_end(show, qtbot):
    card = show(meeting(member(), "owner"))
    press(card, "ban", qtbot)
    card.question.lasting.setCurrentText("For ever")
    with qtbot.waitSignal(card.wished) as told:
        qtbot.mouseClick(card.question.yes, Qt.MouseButton.LeftButton)
    assert told.args == [Ban(id="-", room="lab", who="a-zoe", until=None)]


def test_escape_takes_the_question_back_and_then_the_card(show, qtbot):
    card = show(meeting(member(), "owner"))
    press(card, "kick", qtbot)
    assert not card.buttons.isVisible()
    qtbot.keyClick(card, Qt.Key.Key_Escape)
    assert card.buttons.isVisible()
    assert not card.question.isVisible()
    with qtbot.waitSignal(card.rejected):
        qtbot.keyClick(card, Qt.Key.Key_Escape)


def test_letting_speak_again_does_no_harm(show, qtbot):
    card = show(meeting(member(), "owner"))
    with qtbot.waitSignal(card.wished) as told:
        press(card, "unmute", qtbot)
    assert told.args == [Unmute(id="-", room="lab", who="a-zoe")]


def test_a_role_is_asked_about_before_it_is_given(show, qtbot):
    card = show(meeting(member(), "owner"))
    box = card.findChild(QComboBox, "role")
    with qtbot.assertNotEmitted(card.wished):
        box.activated.emit(1)
    assert card.question.words.text() == "In # lab, make zoe an owner, who may do everything, and give roles?"
    assert not card.question.reason.isVisible()
    with qtbot.waitSignal(card.wished) as told:
        qtbot.mouseClick(card.question.yes, Qt.MouseButton.LeftButton)
    assert told.args == [SetRole(id="-", room="lab", who="a-zoe", role="owner")]


def test_it_fits_in_the_smallest_window_with_all_that_an_owner_may(
    make_window: Make, state: WindowState, qtbot
):
    window = make_window(state, width=360, height=360)
    card = PersonCard(
        meeting(member("x" * 32, status="y" * 140), "owner"), LIGHT, LIGHT.accent, lambda: NOW, window
    )
    card.open()
    qtbot.waitExposed(card)
    for name in ("", "ban"):
        if name:
            press(card, name, qtbot)
        assert card.width() < window.width()
        assert card.height() < window.height()
    card.close()


# -- in the window -----------------------------------------------------------------------------


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    here = [member("ada", role="owner"), member("zoe", status="in a meeting", role="moderator")]
    state.apply([*entered(), People(room="lobby", members=here)], 0)
    return make_window(state)


@pytest.fixture
def asked(window: Window) -> list[Command]:
    asked: list[Command] = []
    window.asked.connect(asked.append)
    return asked


def acts(asked: list[Command]) -> list[Ask]:
    return [one for one in asked if isinstance(one, Ask)]


@pytest.mark.parametrize(("muted", "shown"), [(True, "Let speak again"), (False, "Mute...")])
def test_who_is_muted_may_be_let_speak_and_who_is_not_may_be_muted(
    window: Window, state: WindowState, muted: bool, shown: str
):
    kind = MutedEvent if muted else UnmutedEvent
    quiet = kind("lobby", 1, NOON, "ada", "a-ada", "1", "a-zoe", "zoe", "")
    window.take(arrived([quiet]))
    window.refresh()
    window.people.met.emit(window.people.list.model().rows[1])
    assert offered(window.going.card) == ["Write a message", shown, "Show out...", "Ban..."]
    window.going.card.close()


def test_enter_leads_from_why_to_the_button_and_a_second_one_means_it(show, qtbot):
    card = show(meeting(member(), "owner"))
    press(card, "kick", qtbot)
    qtbot.waitUntil(card.question.reason.hasFocus)
    qtbot.keyClicks(card.question.reason, "no flooding")
    with qtbot.assertNotEmitted(card.wished):
        qtbot.keyClick(card.question.reason, Qt.Key.Key_Return)
    qtbot.waitUntil(card.question.yes.hasFocus)
    with qtbot.waitSignal(card.wished) as wished:
        qtbot.keyClick(card.question.yes, Qt.Key.Key_Return)
    assert wished.args == [Kick(id="-", room="lab", who="a-zoe", reason="no flooding")]


@pytest.mark.parametrize("way", ["click", "enter"])
def test_it_opens_from_the_list_of_people(window: Window, asked: list[Command], qtbot, way: str):
    people = window.people.list
    index = people.model().index(1, 0)
    if way == "click":
        qtbot.mouseClick(people.viewport(), Qt.MouseButton.LeftButton, pos=people.visualRect(index).center())
    else:
        people.setFocus()
        people.setCurrentIndex(index)
        qtbot.keyClick(people, Qt.Key.Key_Return)
    card = window.going.card
    assert card.met.member.nick == "zoe"
    assert card.met.role == "owner"
    qtbot.mouseClick(card.findChild(QPushButton, "primary"), Qt.MouseButton.LeftButton)
    assert [one.request for one in acts(asked)] == [Direct(id="-", people=["a-zoe"])]
    assert window.going.card is None


@pytest.mark.parametrize("way", ["click", "enter"])
def test_the_keyboard_is_where_it_was_when_the_card_is_closed(window: Window, qtbot, way: str):
    """What is typed next would seek somebody in the list, and a space in it opens a card."""
    people = window.people.list
    index = people.model().index(1, 0)
    window.composer.editor.setFocus()
    if way == "click":
        qtbot.mouseClick(people.viewport(), Qt.MouseButton.LeftButton, pos=people.visualRect(index).center())
    else:
        people.setFocus()
        people.setCurrentIndex(index)
        qtbot.keyClick(people, Qt.Key.Key_Return)
    qtbot.waitUntil(window.going.card.isActiveWindow)
    qtbot.keyClick(window.going.card, Qt.Key.Key_Escape)
    assert window.focusWidget() is (window.composer.editor if way == "click" else people)


def test_what_the_broker_refuses_is_said(window: Window, asked: list[Command], qtbot):
    window.people.met.emit(window.people.list.model().rows[1])
    press(window.going.card, "unmute", qtbot)
    (ask,) = acts(asked)
    window.take([Acted(id=ask.id, refused=Error(id="-", code="not_allowed", text="Not you."))])
    window.refresh()
    assert window.composer.hint.text() == "Not you."


def test_nothing_is_done_later_on_about_somebody(window: Window, asked: list[Command], qtbot):
    window.people.met.emit(window.people.list.model().rows[1])
    window.take([ConnectionStatus(connection="offline")])
    press(window.going.card, "unmute", qtbot)
    window.refresh()
    assert acts(asked) == []
    assert "no connection" in window.composer.hint.text()


def test_the_list_says_roles_and_what_people_say_of_themselves(window: Window):
    model = window.people.list.model()
    said = [model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())]
    assert said == ["ada, online, you · owner", "zoe, online, moderator, in a meeting"]
    assert [row.status for row in model.rows] == ["", "in a meeting"]
