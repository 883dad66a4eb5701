"""Pictures of people are put to a message in a skin tone, which is offered from then on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from loggia.qtclient.remembered import Remembered
from loggia.qtclient.settings import Settings, load
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.choose_sign import FIRST, LONG_MS, ChooseSign
from loggia.qtclient.timeline.parts.acts import REACT
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Ask
from PyQt6.QtCore import QEvent, QPoint, Qt
from PyQt6.QtGui import QContextMenuEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QToolButton

from tests.qtclient.row_in_hand import index_of, told
from tests.qtclient.talk import entered, says

Make = Callable[..., Window]
DARK, LIGHT = "\U0001f3ff", "\U0001f3fb"
ALT = Qt.KeyboardModifier.AltModifier
OFFSCREEN = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    state.apply(entered(head=2), 0)
    window = make_window(state)
    window.take([told(says(1, text="theirs"), says(2, text="signed", rev=2, reactions={"👍": ("a-ada",)}))])
    window.refresh()
    return window


@pytest.fixture
def asked(window: Window) -> list:
    found: list = []
    window.asked.connect(lambda one: found.append(one.request) if isinstance(one, Ask) else None)
    return found


def chooser(window: Window, text: str = "theirs") -> ChooseSign:
    row = window.timeline.model().data(index_of(window, text), Qt.ItemDataRole.UserRole)
    window.acts[REACT.id](row.seq)
    return [one for one in window.findChildren(ChooseSign) if one.isVisible()][-1]


def shown(signs: ChooseSign) -> list[str]:
    return [button.text() for button in signs.buttons]


def key(signs: ChooseSign, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(next((one for one in signs.buttons if one.hasFocus()), signs.search), key, held)


def right_click(button: QToolButton) -> None:
    at = QPoint(4, 4)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, button.mapToGlobal(at))
    QApplication.sendEvent(button, event)


@OFFSCREEN
@pytest.mark.parametrize("how", ["keys", "right click", "held"])
def test_a_sign_is_shown_in_all_tones_and_put_there_in_one(window: Window, asked: list, qtbot, how: str):
    signs = chooser(window)
    first = signs.buttons[0]
    if how == "keys":
        key(signs, Qt.Key.Key_Down, ALT)
    elif how == "right click":
        right_click(first)
    else:
        signs.buttons[1].setFocus()
        QTest.mousePress(first, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: len(shown(signs)) == 6 and shown(signs)[5] == f"👍{DARK}")
        QTest.mouseRelease(first, Qt.MouseButton.LeftButton)
        assert signs.isVisible(), "letting it go chooses nothing"
    assert shown(signs) == ["👍", *(f"👍{chr(tone)}" for tone in range(0x1F3FB, 0x1F400))]
    assert [button.accessibleName() for button in signs.buttons][-1] == "dark skin tone"
    assert signs.buttons[0].hasFocus()
    key(signs, Qt.Key.Key_Left)
    key(signs, Qt.Key.Key_Return)
    assert [(one.emoji, one.on) for one in asked] == [(f"👍{DARK}", True)]
    assert window.state.tone == DARK


@OFFSCREEN
def test_a_short_press_chooses_the_sign_itself(window: Window, asked: list):
    assert LONG_MS >= 400
    QTest.mouseClick(chooser(window).buttons[0], Qt.MouseButton.LeftButton)
    assert [one.emoji for one in asked] == ["👍"]


@OFFSCREEN
def test_the_tone_is_offered_from_then_on_by_itself_and_by_name(window: Window):
    signs = chooser(window)
    key(signs, Qt.Key.Key_Down, ALT)
    key(signs, Qt.Key.Key_Left)
    key(signs, Qt.Key.Key_Return)
    signs = chooser(window)
    assert shown(signs) == [f"👍{DARK}", *FIRST[1:5], f"🙏{DARK}"]
    QTest.keyClicks(signs.search, "wave")
    assert shown(signs)[0] == f"👋{DARK}"
    signs.search.setText("wave light")
    assert shown(signs) == [f"👋{LIGHT}"]
    signs.search.setText("rocket")
    assert shown(signs) == ["🚀"]
    signs.close()
    editor = window.composer.editor
    editor.setFocus()
    QTest.keyClicks(editor, ":thumbs_up")
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.text == f"👍{DARK} "


@OFFSCREEN
def test_no_tone_can_be_chosen_again(window: Window, asked: list):
    window.state.tone = DARK
    window.message_acts.signs = (f"👍{DARK}", f"🙏{LIGHT}", *FIRST[1:5])
    signs = chooser(window)
    key(signs, Qt.Key.Key_Down, ALT)
    assert [button.hasFocus() for button in signs.buttons] == [False] * 5 + [True], "at the one chosen last"
    key(signs, Qt.Key.Key_Right)
    key(signs, Qt.Key.Key_Return)
    assert ([one.emoji for one in asked], window.state.tone) == (["👍"], "")
    assert shown(chooser(window))[:2] == ["👍", "🙏"]


@OFFSCREEN
def test_mine_is_taken_back_in_the_tone_in_which_it_is_there(window: Window, asked: list):
    window.state.tone = DARK
    signs = chooser(window, "signed")
    assert shown(signs)[0] == "👍"
    assert signs.buttons[0].isChecked()
    QTest.mouseClick(signs.buttons[0], Qt.MouseButton.LeftButton)
    assert [(one.emoji, one.on) for one in asked] == [("👍", False)]


@OFFSCREEN
def test_escape_leads_back_to_the_signs_and_then_out(window: Window, asked: list):
    signs = chooser(window)
    signs.buttons[5].setFocus()
    key(signs, Qt.Key.Key_Down, ALT)
    assert shown(signs)[0] == "🙏"
    key(signs, Qt.Key.Key_Escape)
    assert shown(signs) == list(FIRST)
    assert signs.buttons[5].hasFocus()
    key(signs, Qt.Key.Key_Escape)
    assert not signs.isVisible()
    assert asked == []


@OFFSCREEN
def test_what_can_have_no_tone_shows_none_and_says_so_by_saying_nothing(window: Window):
    signs = chooser(window)
    assert "skin tones" in signs.buttons[0].toolTip()
    assert "skin tones" in signs.buttons[0].accessibleDescription()
    heart = signs.buttons[1]
    assert (heart.toolTip(), heart.accessibleDescription()) == ("", "")
    heart.setFocus()
    key(signs, Qt.Key.Key_Down, ALT)
    right_click(heart)
    assert shown(signs) == list(FIRST)


@OFFSCREEN
def test_what_is_typed_while_tones_are_shown_finds_others(window: Window):
    signs = chooser(window)
    key(signs, Qt.Key.Key_Down, ALT)
    QTest.keyClicks(signs.buttons[0], "rocket")
    assert shown(signs) == ["🚀"]
    key(signs, Qt.Key.Key_Escape)
    assert not signs.isVisible()


@OFFSCREEN
def test_from_where_names_are_typed_the_first_that_is_found_shows_its_tones(window: Window):
    signs = chooser(window)
    QTest.keyClicks(signs.buttons[0], "wave")
    QTest.keyClick(signs.search, Qt.Key.Key_Down, ALT)
    assert shown(signs)[1:6] == [f"👋{chr(tone)}" for tone in range(0x1F3FB, 0x1F400)]


@OFFSCREEN
def test_the_tone_survives_a_restart(window: Window, tmp_path: Path):
    window.state.tone = DARK
    known = Remembered(tmp_path, here="tcp://127.0.0.1:1", nick="ada", room="", asks_where=False)
    known.take(window)
    known.keep()
    again = Remembered(tmp_path, here="tcp://127.0.0.1:1", nick="ada", room="", asks_where=False)
    state = WindowState(nick="ada", endpoint="tcp://127.0.0.1:1")
    again.call(state)
    assert state.tone == DARK


@pytest.mark.parametrize("content", ['{"tone": "x"}', '{"tone": 5}', '{"tone": null}', '{"tone": ["x"]}'])
def test_a_tone_that_is_none_is_not_taken(tmp_path: Path, content: str):
    (tmp_path / "window.json").write_text(content)
    loaded = load(tmp_path)
    assert loaded.settings == Settings()
    assert "tone" in loaded.trouble


@OFFSCREEN
def test_nothing_goes_on_when_it_is_closed(window: Window, qtbot):
    signs = chooser(window)
    QTest.mousePress(signs.buttons[0], Qt.MouseButton.LeftButton)
    signs.close()
    QApplication.sendPostedEvents(signs, QEvent.Type.DeferredDelete.value)
    qtbot.waitUntil(lambda: not window.findChildren(ChooseSign))


@OFFSCREEN
@pytest.mark.parametrize("where", ["signs", "search"])
def test_its_keys_lead_to_no_other_room(window: Window, where: str):
    window.take(entered("lab"))
    window.refresh()
    signs = chooser(window)
    if where == "search":
        signs.search.setFocus()
    focus = QApplication.focusWidget()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
        QTest.keyClick(focus.windowHandle() or focus, key, ALT)
    assert window.state.current == "lobby"
    assert signs.isVisible()
    signs.close()
