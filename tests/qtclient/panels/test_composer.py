"""Writing: what is sent, what is not, and what is said about it."""

import pytest
from loggia.qtclient.panels.composer import Composer
from loggia.qtclient.panels.editor import MOST_LINES
from loggia.qtclient.style.theme import LIGHT
from loggia.shared.client.commands import Say
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import QMimeData, Qt
from PyQt6.QtGui import QTextCursor


@pytest.fixture
def composer(qtbot) -> Composer:
    composer = Composer(Limits(text_bytes=40))
    qtbot.addWidget(composer)
    composer.resize(500, 200)
    composer.room("lobby")
    composer.show()
    qtbot.waitExposed(composer)
    return composer


def paste(composer: Composer, text: str) -> None:
    data = QMimeData()
    data.setText(text)
    composer.editor.insertFromMimeData(data)


def test_enter_sends_and_empties(composer: Composer, qtbot):
    qtbot.keyClicks(composer.editor, "hello there")
    with qtbot.waitSignal(composer.said) as said:
        qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert said.args == [Say(room="lobby", text="hello there")]
    assert composer.editor.text == ""


def test_shift_and_enter_begin_a_new_line(composer: Composer, qtbot):
    qtbot.keyClicks(composer.editor, "one")
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(composer.editor, "two")
    with qtbot.waitSignal(composer.said) as said:
        qtbot.keyClick(composer.editor, Qt.Key.Key_Enter)
    assert said.args == [Say(room="lobby", text="one\ntwo")]


def test_the_button_sends_too(composer: Composer, qtbot):
    assert not composer.send.isEnabled()
    qtbot.keyClicks(composer.editor, "by mouse")
    with qtbot.waitSignal(composer.said) as said:
        qtbot.mouseClick(composer.send, Qt.MouseButton.LeftButton)
    assert said.args == [Say(room="lobby", text="by mouse")]


@pytest.mark.parametrize("text", ["", "   ", "\n\n", " \t "])
def test_nothing_is_not_sent(composer: Composer, qtbot, text: str):
    composer.editor.setPlainText(text)
    with qtbot.assertNotEmitted(composer.said):
        qtbot.keyClick(composer.editor, Qt.Key.Key_Return)


@pytest.mark.parametrize(("text", "signal"), [("!end", "ended"), (" !close ", "closed")])
def test_the_two_commands_are_not_sent_as_messages(composer: Composer, qtbot, text: str, signal: str):
    composer.editor.setPlainText(text)
    with qtbot.assertNotEmitted(composer.said), qtbot.waitSignal(getattr(composer, signal)):
        qtbot.keyClick(composer.editor, Qt.Key.Key_Return)


def test_a_command_inside_a_text_is_text(composer: Composer, qtbot):
    composer.editor.setPlainText("type !end to go")
    with qtbot.assertNotEmitted(composer.ended), qtbot.waitSignal(composer.said):
        qtbot.keyClick(composer.editor, Qt.Key.Key_Return)


def test_too_long_is_said_before_sending_and_nothing_is_lost(composer: Composer, qtbot):
    composer.editor.setPlainText("x" * 41)
    assert composer.hint.text() == "This is 1 character too long for one message (40 fit). Send it in parts."
    told = composer.hint.text()
    with qtbot.assertNotEmitted(composer.said):
        qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert composer.hint.text() == told, "one thing is said in one way"
    assert composer.editor.text == "x" * 41
    composer.editor.setPlainText("x" * 35)
    assert composer.hint.text() == "5 characters left."
    composer.editor.setPlainText("x")
    assert composer.hint.isHidden()


def test_the_limit_counts_bytes_and_is_told_in_characters(composer: Composer):
    composer.editor.setPlainText("é" * 21)
    assert composer.hint.text() == "This is 1 character too long for one message (20 fit). Send it in parts."
    composer.editor.setPlainText("é" * 18)
    assert composer.hint.text() == "About 2 characters left."
    composer.editor.setPlainText("é" * 20)
    assert composer.hint.text() == "This is as long as a message can be."


def test_control_characters_are_left_out_of_what_is_pasted(composer: Composer, qtbot):
    paste(composer, "a\x1b[31mb\r\nc\td\x00\x85")
    with qtbot.waitSignal(composer.said) as said:
        qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert said.args == [Say(room="lobby", text="a[31mb\nc\td")]


@pytest.mark.parametrize(
    ("text", "over"), [("x" * 161, 126), ("é" * 81, 64), ("x\n" * 81, 127)], ids=["word", "bytes", "lines"]
)
def test_a_paste_far_beyond_the_limit_is_not_laid_out_and_said_to_be_too_long(
    composer: Composer, text: str, over: int
):
    composer.editor.setPlainText("mine ")
    composer.editor.moveCursor(QTextCursor.MoveOperation.End)
    paste(composer, text)
    assert composer.editor.text == "mine "
    assert f"would be {over} characters too long for one message (" in composer.hint.text()
    assert composer.hint.text().startswith("Not pasted: "), "it speaks of nothing that is not there"
    paste(composer, "x")
    assert composer.editor.text == "mine x"
    assert composer.hint.isHidden()


def test_a_paste_somewhat_beyond_the_limit_is_there_to_be_cut_down(composer: Composer):
    paste(composer, "x" * 160)
    assert composer.editor.text == "x" * 160
    assert "120 characters too long for one message (40 fit)" in composer.hint.text()
    paste(composer, "y")
    assert composer.editor.text == "x" * 160, "many pastes are no way around it"
    for text in ("yyyyyyy\n" * 20, "z" * 160):
        composer.editor.selectAll()
        paste(composer, text)
        assert composer.editor.text == text, "what is replaced does not count"


def test_a_broker_that_takes_more_is_pasted_more(composer: Composer):
    composer.allow(Limits(text_bytes=50))
    paste(composer, "x" * 200)
    assert composer.editor.text == "x" * 200


def test_a_control_character_that_got_in_is_never_sent(composer: Composer, qtbot):
    composer.editor.setPlainText("a\x07b")
    with qtbot.assertNotEmitted(composer.said):
        qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert (
        "holds a control character, which cannot be seen; only newline and tab are allowed."
        in composer.hint.text()
    )


def test_what_is_written_comes_out_to_the_character(composer: Composer):
    text = "non\u00a0breaking\n<b>not bold</b> 👍🏽"
    composer.editor.setPlainText(text)
    assert composer.editor.text == text


def test_it_grows_with_its_lines_up_to_a_bound(composer: Composer, qtbot):
    heights = []
    for lines in (1, 2, 4, 8, 9, MOST_LINES + 10):
        composer.editor.setPlainText("\n".join("x" * lines))
        heights.append(composer.editor.height())
    assert heights[:4] == sorted(set(heights[:4]))
    assert heights[3:] == 3 * heights[3:4]


@pytest.mark.parametrize("lines", [1, 2, 4, MOST_LINES])
@pytest.mark.parametrize(
    "line", ["x", "\u8a9e", "\U0001f44d", "so \U0001f44d and", "\u0627\u0644", "long words " * 20]
)
def test_as_long_as_it_grows_all_of_it_is_seen(composer: Composer, dress, qtbot, line: str, lines: int):
    dress(LIGHT)
    composer.resize(500, 400)
    composer.show()
    editor = composer.editor
    editor.insertPlainText("\n".join([line] * (max(1, lines // 4) if len(line) > 100 else lines)))
    qtbot.waitUntil(editor.isVisible)
    assert editor.document().size().height() <= MOST_LINES
    assert (editor.verticalScrollBar().value(), editor.verticalScrollBar().maximum()) == (0, 0)
    caret, port = editor.cursorRect(), editor.viewport().rect()
    assert port.contains(caret)


def test_without_a_room_nothing_can_be_written(composer: Composer):
    composer.room("")
    assert not composer.editor.isEnabled()
