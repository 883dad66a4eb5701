"""Cards that are open while others change what they tell, and what one may."""

from collections.abc import Callable

import pytest
from loggia.qtclient.dialogs.person_card import PersonCard
from loggia.qtclient.dialogs.room_card import RoomCard
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import DARK
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Ask, Inquire
from loggia.shared.client.updates import Left, People, Update
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.events import ClosedEvent, SubjectEvent
from loggia.shared.protocol.requests import Kick, Rooms
from loggia.shared.protocol.roles import Role
from PyQt6.QtWidgets import QComboBox, QLineEdit, QPushButton, QWidget

from tests.qtclient.row_in_hand import told
from tests.qtclient.talk import NOON, entered, says

LONG = "Bartholomew Montgomery Feathers"


def here(me: Role, *others: Member) -> People:
    ada = Member(nick="ada", account="a-ada", presence="online", role=me)
    return People(room="lobby", members=[ada, *others])


def zoe(nick: str = "zoe", role: Role = "member", **more: str) -> Member:
    return Member(nick=nick, account="a-zoe", presence="online", role=role, **more)


@pytest.fixture
def window(make_window: Callable[..., Window], state: WindowState) -> Window:
    state.apply([*entered("lab"), *entered(), told(says(1, "zoe")), here("moderator", zoe())], 0)
    window = make_window(state)
    window.refresh()
    return window


def happens(window: Window, *updates: Update) -> None:
    window.take(list(updates))
    window.refresh()


def offered(card: QWidget) -> set[str]:
    shown = [*card.findChildren(QPushButton), *card.findChildren(QComboBox)]
    return {widget.objectName() for widget in shown if widget.isVisible()}


def meet_zoe(window: Window) -> PersonCard:
    row = window.state.rooms["lobby"].rows[-1]
    window.going.meet_sender(row)
    assert window.going.card is not None
    return window.going.card


def look(window: Window) -> RoomCard:
    window.going.look_into("lobby")
    assert window.going.room_card is not None
    return window.going.room_card


def test_a_card_offers_what_one_may_by_now(window: Window):
    card = meet_zoe(window)
    assert offered(card) == {"primary", "mute", "kick", "ban"}
    happens(window, here("owner", zoe()))
    assert offered(card) == {"primary", "mute", "kick", "ban", "role"}
    happens(window, here("member", zoe()))
    assert offered(card) == {"primary"}
    card.close()


def test_it_tells_who_it_is_by_now(window: Window):
    card = meet_zoe(window)
    happens(window, here("moderator", zoe(LONG, "owner", status="at lunch")))
    assert (card.windowTitle(), card.nick.accessibleName()) == (LONG, LONG)
    assert card.about.text() == "online\nat lunch\nowner of # lobby"
    assert offered(card) == {"primary"}
    happens(window, here("moderator"))
    assert card.about.text() == "not here now\nat lunch"
    card.close()


def test_a_long_name_is_shown_whole(window: Window):
    happens(window, here("moderator", zoe("漢" * 32)))
    card = meet_zoe(window)
    assert card.nick.heightForWidth(card.nick.width()) <= card.nick.height()
    assert card.nick.height() > 1.5 * card.nick.fontMetrics().height()
    card.close()


def test_the_keyboard_stays_on_its_button(window: Window):
    card = meet_zoe(window)
    card.findChild(QPushButton, "kick").setFocus()
    happens(window, here("owner", zoe()))
    assert card.focusWidget() is card.buttons.findChild(QPushButton, "kick")
    card.close()


def test_a_question_of_what_one_may_still_stays_with_its_reason(window: Window, qtbot, asked):
    card = meet_zoe(window)
    card.findChild(QPushButton, "kick").click()
    qtbot.keyClicks(card.question.reason, "flooding")
    happens(window, here("owner", zoe()))
    assert not card.question.isHidden()
    assert card.buttons.isHidden()
    card.question.yes.click()
    requests = [one.request for one in asked if isinstance(one, Ask)]
    assert requests == [Kick(id="-", room="lobby", who="a-zoe", reason="flooding")]


def test_a_question_of_what_one_may_no_more_is_gone(window: Window):
    card = meet_zoe(window)
    card.findChild(QPushButton, "kick").click()
    happens(window, here("member", zoe()))
    assert card.question.isHidden()
    assert offered(card) == {"primary"}
    card.close()


def test_what_i_write_on_my_own_card_stays(window: Window, qtbot):
    happens(window, here("member"))
    window.sidebar.me.click()
    card = window.going.card
    status, nick = (card.findChild(QLineEdit, f"{name}-text") for name in ("status", "nick"))
    qtbot.keyClicks(status, "busy")
    renamed = Member(nick="adele", account="a-ada", presence="online", role="owner", status="before")
    happens(window, People(room="lobby", members=[renamed]))
    assert (status.text(), nick.text()) == ("busy", "adele")
    assert "owner of # lobby" in card.about.text()
    happens(window, Left(room="lobby"))
    assert (status.text(), card.isVisible()) == ("busy", True)
    card.close()


def test_who_is_out_of_the_room_may_still_write_to_somebody_and_nothing_more(window: Window):
    card = meet_zoe(window)
    happens(window, Left(room="lobby"))
    assert offered(card) == {"primary"}
    card.close()


def test_it_has_other_colours(window: Window):
    card = meet_zoe(window)
    before = card.grab().toImage()
    window.look(DARK)
    assert card.grab().toImage() != before
    card.close()


def test_the_card_of_a_room_offers_what_one_may_by_now(window: Window, qtbot):
    card = look(window)
    assert offered(card) == {"invite", "subject"}
    qtbot.keyClicks(card.findChild(QLineEdit, "subject-text"), "half a")
    card.findChild(QLineEdit, "subject-text").setFocus()
    happens(window, here("owner"))
    assert offered(card) == {"invite", "subject", "slow", "announce", "close"}
    line = card.findChildren(QLineEdit, "subject-text")[-1]
    qtbot.waitUntil(lambda: card.findChildren(QLineEdit, "subject-text") == [line])
    assert (line.text(), card.focusWidget()) == ("half a", line)
    card.findChild(QPushButton, "close").click()
    happens(window, here("moderator"))
    assert card.question.isHidden()
    assert offered(card) == {"invite", "subject"}
    card.close()


def test_a_room_that_somebody_closed_can_be_opened_there(window: Window):
    happens(window, here("owner"))
    card = look(window)
    assert "close" in offered(card)
    happens(window, told(ClosedEvent("lobby", 2, NOON, "zoe", "a-zoe", "2")))
    assert "close" not in offered(card)
    assert "reopen" in offered(card)
    card.close()


def test_what_the_room_is_about_is_asked_again(window: Window, asked):
    card = look(window)
    asked.clear()
    happens(window, told(SubjectEvent("lobby", 2, NOON, "zoe", "a-zoe", "2", "dust")))
    assert [one.request for one in asked if isinstance(one, Inquire)] == [Rooms(id="-", after="lobb")]
    happens(window, told(says(3, "zoe")))
    assert len([one for one in asked if isinstance(one, Inquire)]) == 1
    card.close()


def test_the_card_of_a_room_that_i_am_out_of_is_gone(window: Window):
    card = look(window)
    happens(window, Left(room="lab"))
    assert card.isVisible()
    happens(window, Left(room="lobby"))
    assert not card.isVisible()
    assert window.going.room_card is None
