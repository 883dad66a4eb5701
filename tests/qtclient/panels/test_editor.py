"""The keys of who writes: what they do to the text, and what they leave to others."""

import pytest
from loggia.qtclient.panels.editor import Editor
from loggia.qtclient.timeline.travel import BEGINNING, NEWEST, PAGE_DOWN, PAGE_UP
from PyQt6.QtCore import QMimeData, Qt
from PyQt6.QtGui import QInputMethodEvent, QTextCursor
from PyQt6.QtWidgets import QApplication

NONE, CTRL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


@pytest.fixture
def editor(qtbot) -> Editor:
    editor = Editor(1000)
    qtbot.addWidget(editor)
    editor.resize(400, 40)
    editor.show()
    qtbot.waitExposed(editor)
    return editor


def passed(editor: Editor, qtbot, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> list[str]:
    heard: list[str] = []
    editor.passed.connect(heard.append)
    qtbot.keyClick(editor, key, held)
    editor.passed.disconnect(heard.append)
    return heard


@pytest.mark.parametrize(("key", "to"), [(Qt.Key.Key_PageUp, PAGE_UP), (Qt.Key.Key_PageDown, PAGE_DOWN)])
@pytest.mark.parametrize("text", ["", "some words", "two\nlines"])
def test_pages_are_of_the_messages(editor: Editor, qtbot, key: Qt.Key, to: str, text: str):
    editor.write(text)
    assert passed(editor, qtbot, key) == [to]
    assert passed(editor, qtbot, key, SHIFT) == [], "what is selected is the text"


def test_pages_of_a_text_that_is_longer_than_its_box_are_its_own(editor: Editor, qtbot):
    editor.write("\n".join("x" * 30))
    assert passed(editor, qtbot, Qt.Key.Key_PageUp) == []
    assert editor.textCursor().blockNumber() < 29


@pytest.mark.parametrize("held", [NONE, CTRL])
def test_where_nothing_is_written_the_ends_are_those_of_the_room(editor: Editor, qtbot, held):
    assert passed(editor, qtbot, Qt.Key.Key_Home, held) == [BEGINNING]
    assert passed(editor, qtbot, Qt.Key.Key_End, held) == [NEWEST]


def test_the_ends_are_first_those_of_the_text(editor: Editor, qtbot):
    editor.write("👍 one\ntwo", 5)
    assert passed(editor, qtbot, Qt.Key.Key_Home) == []
    assert editor.textCursor().position() == 0
    assert passed(editor, qtbot, Qt.Key.Key_Home) == [], "there is a text: the key is its own"
    assert passed(editor, qtbot, Qt.Key.Key_End, CTRL) == []
    assert editor.textCursor().atEnd()
    assert passed(editor, qtbot, Qt.Key.Key_End, CTRL) == [NEWEST]
    assert passed(editor, qtbot, Qt.Key.Key_Home, CTRL) == []
    assert passed(editor, qtbot, Qt.Key.Key_Home, CTRL) == [BEGINNING]
    editor.selectAll()
    assert passed(editor, qtbot, Qt.Key.Key_End, CTRL) == [], "it ends what is selected"


def test_up_leaves_only_what_is_empty(editor: Editor, qtbot):
    with qtbot.waitSignal(editor.upward):
        qtbot.keyClick(editor, Qt.Key.Key_Up)
    editor.write(" ")
    with qtbot.assertNotEmitted(editor.upward):
        qtbot.keyClick(editor, Qt.Key.Key_Up)


# -- input methods -----------------------------------------------------------------------------


def compose(editor: Editor, preedit: str, commit: str = "") -> None:
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(editor, event)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
@pytest.mark.parametrize("held", [NONE, CTRL])
def test_an_enter_for_an_input_method_sends_nothing(editor: Editor, qtbot, key: Qt.Key, held):
    """Whether it comes before or behind what it ends."""
    sent: list[None] = []
    editor.sent.connect(lambda: sent.append(None))
    editor.insisted.connect(lambda: sent.append(None))
    compose(editor, "にほん")
    qtbot.keyClick(editor, key, held)
    assert (sent, editor.text) == ([], "")
    compose(editor, "", "日本")
    qtbot.keyClick(editor, key, held)
    assert (sent, editor.text) == ([], "日本")
    qtbot.waitUntil(lambda: not editor._composition.has_keys)
    qtbot.keyClick(editor, key, held)
    assert sent == [None]


def test_while_something_is_composed_no_key_leaves(editor: Editor, qtbot):
    compose(editor, "に")
    with qtbot.assertNotEmitted(editor.upward), qtbot.assertNotEmitted(editor.passed):
        qtbot.keyClick(editor, Qt.Key.Key_Up)
        qtbot.keyClick(editor, Qt.Key.Key_PageUp)
    compose(editor, "")
    assert editor.text == ""


# -- caret -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("caret", "text"), [(None, "👍 one!"), (0, "!👍 one"), (2, "👍! one"), (99, "👍 one!")]
)
def test_the_caret_is_where_it_was_and_else_behind_the_text(editor: Editor, qtbot, caret, text: str):
    editor.write("👍 one", caret)
    qtbot.keyClicks(editor, "!")
    assert editor.text == text


def test_what_is_pasted_over_does_not_count_wherever_it_stands(editor: Editor, qtbot):
    """Places count a picture twice: that is not what it has in bytes."""
    editor.most_bytes = len("👍 one👍".encode())
    pasted = QMimeData()
    for text, fits in (("xyz", True), ("é", True), ("xyz!", False), ("éé", False)):
        editor.write("👍 one👍")
        select(editor, 3, 6)
        pasted.setText(text)
        editor.insertFromMimeData(pasted)
        assert editor.text == (f"👍 {text}👍" if fits else "👍 one👍")


def test_what_is_begun_gives_way(editor: Editor):
    editor.write("👍\n👍 @bo!", 9)
    assert editor.before_caret == "👍 @bo"
    assert not editor.on_first_line
    editor.put_for("@bo", "@bob ")
    assert editor.text == "👍\n👍 @bob !"
    editor.put_for("👍 @bob ", "")
    assert editor.text == "👍\n!"


# -- marks -------------------------------------------------------------------------------------


def select(editor: Editor, start: int, end: int) -> None:
    cursor = editor.textCursor()
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)


@pytest.mark.parametrize(
    ("key", "mark"), [(Qt.Key.Key_S, "**"), (Qt.Key.Key_I, "*"), (Qt.Key.Key_C, "`")], ids=str
)
def test_a_key_marks_what_is_selected_and_takes_that_back(editor: Editor, qtbot, key: Qt.Key, mark: str):
    editor.write("👍 one two")
    select(editor, 3, 6)
    qtbot.keyClick(editor, key, CTRL | SHIFT)
    assert editor.text == f"👍 {mark}one{mark} two"
    qtbot.keyClick(editor, key, CTRL | SHIFT)
    assert editor.text == "👍 one two"
    assert editor.textCursor().selectedText() == "one"
    qtbot.keyClick(editor, Qt.Key.Key_Z, CTRL)
    assert editor.text == f"👍 {mark}one{mark} two", "one step back is one step"


@pytest.mark.parametrize(
    ("key", "mark"), [(Qt.Key.Key_S, "**"), (Qt.Key.Key_I, "*"), (Qt.Key.Key_C, "`")], ids=str
)
def test_where_nothing_is_selected_what_comes_next_is_marked(editor: Editor, qtbot, key: Qt.Key, mark: str):
    editor.write("👍 ")
    qtbot.keyClick(editor, key, CTRL | SHIFT)
    assert editor.text == f"👍 {mark}{mark}"
    qtbot.keyClick(editor, key, CTRL | SHIFT)
    assert editor.text == "👍 ", "nothing was marked"
    qtbot.keyClick(editor, key, CTRL | SHIFT)
    qtbot.keyClicks(editor, "one")
    qtbot.keyClick(editor, key, CTRL | SHIFT)
    qtbot.keyClicks(editor, " two")
    assert editor.text == f"👍 {mark}one{mark} two"


def test_a_mark_that_is_typed_stands_around_what_is_selected(editor: Editor, qtbot):
    editor.write("so one")
    select(editor, 3, 6)
    qtbot.keyClicks(editor, "**")
    assert editor.text == "so **one**"
    editor.write("so one\ntwo")
    select(editor, 3, 10)
    qtbot.keyClicks(editor, "`")
    assert editor.text == "so \n```\none\ntwo\n```"


def test_a_mark_that_is_typed_is_else_a_letter(editor: Editor, qtbot):
    editor.write("2")
    qtbot.keyClicks(editor, "*3`")
    assert editor.text == "2*3`"
    editor.write("a   b")
    select(editor, 1, 4)
    qtbot.keyClicks(editor, "*")
    assert editor.text == "a*b", "there is nothing that it could be around"
    select(editor, 0, 3)
    qtbot.keyClicks(editor, "_")
    assert editor.text == "_", "it is no mark"
