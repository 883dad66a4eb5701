"""Dialogs in a small window: as large as it has room for, the focus in them."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from loggia.qtclient.asking import Asking
from loggia.qtclient.dialogs.archived_copy import ShowArchivedCopy
from loggia.qtclient.dialogs.ask_nick import AskNick
from loggia.qtclient.dialogs.confirm import Confirm
from loggia.qtclient.dialogs.first_run import FirstRun
from loggia.qtclient.dialogs.fitted import FittedDialog, ScrolledDialog, Wrapped
from loggia.qtclient.dialogs.go_to import GoTo
from loggia.qtclient.dialogs.person_card import Encounter, PersonCard
from loggia.qtclient.dialogs.pins import PinsList
from loggia.qtclient.dialogs.room_card import MyRoom, RoomCard
from loggia.qtclient.state.finding import Finder
from loggia.qtclient.state.pinned import LOAD, NOT_LISTED, Missing, PinnedMessage
from loggia.qtclient.state.rows import Me
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import LIGHT
from loggia.qtclient.timeline.parts.acts import REMOVE
from loggia.qtclient.timeline.parts.fold import SHOW_ALL
from loggia.qtclient.timeline.sheet import Sheet
from loggia.qtclient.window import Window
from loggia.shared.client.completeness import ArchivedCopy
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QAbstractButton, QApplication, QComboBox, QDialog, QLabel, QVBoxLayout, QWidget

from tests.qtclient.talk import entered, people
from tests.qtclient.timeline.parts.test_table import ROWS

Make = Callable[..., Window]

MEMBER = Member(nick="x" * 32, account="a", presence="online", status="y" * 140)
MET = Encounter(member=MEMBER, room="lab", label="# lab", kind="public", role="owner", me=False, known=True)


def pins(window: QWidget) -> PinsList:
    made = PinsList("# lab", LIGHT, window)
    made.show_pins([PinnedMessage(seq, "x" * 200) for seq in range(40)], Missing(NOT_LISTED, LOAD))
    return made


MOST_STOPS = 40  # of Tab in one dialog
DIALOGS: dict[str, Callable[[QWidget], QDialog]] = {
    "where to": lambda window: GoTo(Finder({}), Asking(lambda command: None), LIGHT, window),
    "nickname": lambda window: AskNick(LIGHT, Limits(), nick="ada", reason="ada is taken.", parent=window),
    "copy of before": lambda window: ShowArchivedCopy(
        ArchivedCopy(room="lobby", epoch="one", spans=[(1, 9)]),
        Me("ada"),
        "/a/file/" + "x" * 30,
        Asking(lambda command: None),
        window,
    ),
    "confirmation": lambda window: Confirm(
        "?", ["x" * 900, "many words " * 9], yes="Yes", no="No", parent=window
    ),
    "sheet": lambda window: Sheet("all of it", "x" * 900, window),
    "pins": pins,
    "person": lambda window: PersonCard(MET, LIGHT, LIGHT.accent, lambda: 0, window),
    "room": lambda window: RoomCard(
        MyRoom(room="lab", label="# " + "x" * 64, kind="private", role="owner"), window
    ),
}


def test_every_dialog_of_a_window_is_tried(make_window: Make, state: WindowState):
    window = make_window(state)
    tried = {type(made(window)) for made in DIALOGS.values()}
    known = set(subclasses(QDialog))
    assert known - tried <= {FittedDialog, ScrolledDialog, FirstRun}, (
        "there is no window yet at the first run"
    )


def subclasses(kind: type) -> Iterator[type]:
    for one in kind.__subclasses__():
        if one.__module__.startswith("loggia."):
            yield one
        yield from subclasses(one)


@pytest.mark.parametrize("which", DIALOGS)
def test_it_fits_in_the_smallest_window(make_window: Make, state: WindowState, qtbot, which: str):
    window = make_window(state, width=360, height=360)
    dialog = DIALOGS[which](window)
    dialog.open()
    qtbot.waitExposed(dialog)
    assert dialog.width() < window.width()
    assert dialog.height() < window.height()
    children = dialog.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    outside = [
        child for child in children if child.isVisible() and not dialog.rect().contains(child.geometry())
    ]
    assert outside == []
    dialog.close()


@pytest.mark.parametrize("which", DIALOGS)
def test_tab_stays_in_it(make_window: Make, state: WindowState, qtbot, which: str):
    window = make_window(state, width=360, height=360)
    dialog = DIALOGS[which](window)
    dialog.open()
    qtbot.waitUntil(dialog.isActiveWindow)
    first = QApplication.focusWidget()
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
        for _ in range(MOST_STOPS):
            focus = QApplication.focusWidget()
            assert focus is not None
            assert dialog.isAncestorOf(focus)
            qtbot.keyClick(focus, key)
            if QApplication.focusWidget() is first:
                break
        else:
            pytest.fail("it never comes round")
    dialog.close()


OPENED: dict[str, Callable[[Window], object]] = {
    "where to": lambda window: window.going.ask(),
    "pins": lambda window: window.pinboard.open(),
    "person": lambda window: window.going.meet(window.people.mine),
    "room": lambda window: window.going.look_into("lobby"),
    "sheet": lambda window: window.timeline.act(SHOW_ALL.id, ROWS["long"]),
    "confirmation": lambda window: window.timeline.act(REMOVE.id, ROWS["own"]),
}


@pytest.mark.parametrize("which", OPENED)
def test_while_one_is_open_the_window_waits(make_window: Make, state: WindowState, qtbot, which: str):
    """Or the keys of the window would work beside it, and clicks under it."""
    state.apply([*entered(), people("ada")], 0)
    window = make_window(state)
    OPENED[which](window)
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is not None)
    (dialog,) = [one for one in window.findChildren(QDialog) if one.isVisible()]
    assert QApplication.activeModalWidget() is dialog
    dialog.reject()
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)


def test_a_confirmation_of_very_many_words_can_be_answered(make_window: Make, state: WindowState, qtbot):
    window = make_window(state, width=360, height=360)
    dialog = Confirm("?", ["many words " * 200], yes="Yes", no="No", parent=window)
    dialog.open()
    qtbot.waitExposed(dialog)
    assert dialog.height() < window.height()
    words = dialog.findChild(Wrapped)
    assert words.height() >= words.heightForWidth(words.width()), "all of it can be scrolled to"
    assert dialog.focusWidget() is dialog.no
    qtbot.keyClick(dialog.no, Qt.Key.Key_Tab)
    assert dialog.isAncestorOf(dialog.focusWidget())
    dialog.close()


def test_it_is_as_large_as_it_likes_where_there_is_room(make_window: Make, state: WindowState, qtbot):
    window = make_window(state)
    dialog = DIALOGS["copy of before"](window)
    dialog.open()
    qtbot.waitExposed(dialog)
    assert (dialog.width(), dialog.height()) == (640, 560)
    window.resize(400, 380)
    qtbot.waitUntil(lambda: dialog.width() < 400 and dialog.height() < 380)
    window.resize(1100, 700)
    qtbot.waitUntil(lambda: (dialog.width(), dialog.height()) == (640, 560))
    dialog.close()


def test_what_needs_more_lines_in_little_room_gets_them(qtbot):
    dialog = FittedDialog(400)
    qtbot.addWidget(dialog)
    words = QLabel("many words " * 40, dialog)
    words.setWordWrap(True)
    QVBoxLayout(dialog).addWidget(words)
    dialog.show()
    assert dialog.width() == 400
    assert words.height() >= words.heightForWidth(words.width())


def test_a_word_without_end_makes_no_dialog_wider(make_window: Make, state: WindowState, qtbot):
    window = make_window(state, width=360, height=360)
    dialog = FittedDialog(400, parent=window)
    words = Wrapped("x" * 300, dialog)
    QVBoxLayout(dialog).addWidget(words)
    dialog.open()
    qtbot.waitExposed(dialog)
    assert dialog.width() < window.width()
    assert words.height() > 5 * words.fontMetrics().lineSpacing()
    assert words.accessibleName() == "x" * 300
    dialog.close()


@pytest.mark.parametrize("name", DIALOGS)
def test_enter_presses_the_button_that_has_the_keyboard(
    make_window: Make, state: WindowState, qtbot, name: str
):
    """And no other, whichever is the default."""
    count = 1
    number = 0
    window = make_window(state, height=700)
    while number < count:
        dialog = DIALOGS[name](window)
        dialog.show()
        dialog.activateWindow()
        qtbot.waitUntil(dialog.isActiveWindow)
        buttons = [one for one in dialog.findChildren(QAbstractButton) if one.isVisible() and one.isEnabled()]
        count = len(buttons)
        pressed: list[int] = []
        for place, one in enumerate(buttons):
            one.clicked.connect(partial(pressed.append, place))
        if buttons:
            buttons[number].setFocus()
            qtbot.keyClick(buttons[number], Qt.Key.Key_Return)
            assert pressed == [number]
        dialog.close()
        number += 1


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # a list that opens
@pytest.mark.parametrize("name", ["person", "room"])
@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Down, Qt.Key.Key_End, Qt.Key.Key_M])
def test_a_key_opens_a_list_of_choices_and_does_nothing_else(
    make_window: Make, state: WindowState, qtbot, name: str, key: Qt.Key
):
    dialog = DIALOGS[name](make_window(state, height=700))
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    choice = dialog.findChild(QComboBox)
    choice.setFocus()
    with qtbot.assertNotEmitted(choice.activated), qtbot.assertNotEmitted(dialog.wished):
        qtbot.keyClick(choice, key)
    assert choice.view().isVisible()
    assert choice.currentIndex() == 0
    choice.hidePopup()
    assert dialog.isVisible()
    dialog.close()
