"""What a search found is lit in the row that one comes to, until Escape, or until one goes elsewhere."""

from collections.abc import Callable

import pytest
from loggia.broker.core.words import Terms
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.finding import Finder, MessageFound
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import CONTRAST, DARK, LIGHT, Colors, contrast
from loggia.qtclient.timeline.parts import text as part
from loggia.qtclient.timeline.parts.fold import SHOW_ALL
from loggia.qtclient.timeline.sheet import Sheet
from loggia.qtclient.window import Window
from loggia.shared.protocol.answers import FoundAnswer, Hit
from PyQt6.QtCore import QEvent, QObject, QRect, Qt
from PyQt6.QtGui import QColor, QImage, QPaintEvent, QRegion
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QWidget

from tests.qtclient.row_in_hand import index_of
from tests.qtclient.talk import NOON, arrived, entered, says

Make = Callable[..., Window]
FACES = "\U0001f600\U0001f601 "
SAID = f"{FACES}**bench** in `bench`"
CODE = "```\nbench = 4\n```"
QUOTE = "> the bench\n- another Bench"


def found(seq: int, text: str, room: str = "lobby", sought: str = "bench") -> MessageFound:
    hit = Hit(
        room=room,
        seq=seq,
        at=NOON,
        nick="bob",
        account="a-bob",
        text=text,
        marks=Terms(sought).marks(text) or [],
    )
    finder = Finder({})
    finder.write(sought)
    finder.found(FoundAnswer(id="-", hits=[hit]))
    return dict(finder.groups())["Messages"][0]


class Painted(QObject):
    """Keeps what of a widget is painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.regions: list[QRegion] = []
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if isinstance(event, QPaintEvent):
            self.regions.append(QRegion(event.region()))
        return False


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    state.apply([*entered(head=99), *entered("lab", head=9)], 0)
    window = make_window(state)
    texts = (SAID, CODE, QUOTE, "@ada the bench", "nothing of that")
    window.take(arrived([says(seq, text=text) for seq, text in enumerate(texts, 1)]))
    window.take(arrived([says(1, text="a bench here", room="lab")]))
    window.refresh()
    return window


def go(window: Window, seq: int, text: str, **more: str) -> None:
    window.going.to(found(seq, text, **more))
    window.refresh()


def image(window: Window, text: str) -> QImage:
    timeline = window.timeline
    return timeline.viewport().grab(timeline.visualRect(index_of(window, text))).toImage()


def count(picture: QImage, color: str) -> int:
    wanted = QColor(color).rgb()
    return sum(picture.pixel(x, y) == wanted for x in range(picture.width()) for y in range(picture.height()))


def lit(window: Window, text: str, colors: Colors = LIGHT) -> int:
    return count(image(window, text), colors.found)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("seq", "text"), [(1, SAID), (2, CODE), (3, QUOTE), (4, "@ada the bench")])
def test_the_words_are_lit_in_text_code_quotes_and_items(
    window: Window, dress: Callable[[Colors], None], colors: Colors, seq: int, text: str
):
    dress(colors)
    window.look(colors)
    assert lit(window, text, colors) == 0
    go(window, seq, text)
    assert lit(window, text, colors) > 100
    assert lit(window, "nothing of that", colors) == 0


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_lit_words_can_be_read(colors: Colors):
    assert contrast(colors.text, colors.found) >= CONTRAST
    assert min(contrast(ground, colors.found) for ground in (colors.bg, colors.own, colors.mention)) > 1.2


def test_they_are_lit_where_they_are_seen_also_behind_pictures(window: Window):
    text = f"{FACES * 3}bench"
    window.take(arrived([says(6, text=text), says(7, text="an end")]))
    window.refresh()
    go(window, 6, text)
    picture, wanted = image(window, text), QColor(LIGHT.found).rgb()
    columns = [
        x
        for x in range(picture.width())
        if any(picture.pixel(x, y) == wanted for y in range(picture.height()))
    ]
    layout = window.timeline.itemDelegate().layouts.of(index_of(window, text).data(ROW), picture.width())
    line = next(one for one in layout.parts if isinstance(one, part.MessageText)).lines.lineAt(0)
    left = line.cursorToX(len(text.encode("utf-16-le")) // 2 - len("bench"))[0]
    offset = line.x() + part.TEXT_LEFT_PX
    assert columns[0] == pytest.approx(left + offset, abs=2)
    assert columns[-1] == pytest.approx(line.naturalTextWidth() + offset, abs=2)


def test_nothing_is_set_in_lines_again(window: Window, monkeypatch: pytest.MonkeyPatch):
    made: list[object] = []
    before = part.SetText.__init__
    monkeypatch.setattr(
        part.SetText, "__init__", lambda self, *given: made.append(given) or before(self, *given)
    )
    sizes = [window.timeline.visualRect(index_of(window, text)) for text in (SAID, CODE, QUOTE)]
    go(window, 1, SAID)
    assert lit(window, SAID) > 100
    assert made == []
    assert [window.timeline.visualRect(index_of(window, text)) for text in (SAID, CODE, QUOTE)] == sizes


def test_what_screen_readers_say_is_what_it_was(window: Window):
    role = Qt.ItemDataRole.AccessibleTextRole
    before = index_of(window, SAID).data(role)
    go(window, 1, SAID)
    assert index_of(window, SAID).data(role) == before


@pytest.mark.parametrize("focus", ["composer", "timeline"])
def test_one_escape_takes_the_light_and_the_choice_away(window: Window, qtbot, focus: str):
    go(window, 1, SAID)
    keyboard = window.timeline if focus == "timeline" else window.composer.editor
    keyboard.setFocus()
    QTest.keyClick(keyboard, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: lit(window, SAID) == 0)
    assert window.timeline.selectedIndexes() == []


@pytest.mark.parametrize("way", ["escape", "search"])
def test_it_is_painted_by_itself_when_it_goes_dark(window: Window, qtbot, way: str):
    go(window, 1, SAID)
    window.timeline.setCurrentIndex(index_of(window, "nothing of that"))
    painted = Painted(window.timeline.viewport())
    row = window.timeline.visualRect(index_of(window, SAID))
    QApplication.processEvents()
    painted.regions.clear()
    if way == "escape":
        QTest.keyClick(window.composer.editor, Qt.Key.Key_Escape)
    else:
        QTest.keyClick(window.composer.editor, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: any(region.contains(row.center()) for region in painted.regions))
    assert window.state.lit is None


def test_another_message_found_is_lit_instead(window: Window):
    go(window, 1, SAID)
    go(window, 3, QUOTE)
    assert (lit(window, SAID), lit(window, QUOTE) > 100) == (0, True)


@pytest.mark.parametrize("way", ["search", "jump", "room"])
def test_it_is_dark_once_one_goes_elsewhere(window: Window, qtbot, way: str):
    go(window, 1, SAID)
    assert lit(window, SAID) > 100
    if way == "search":
        QTest.keyClick(window.composer.editor, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        window.going.dialog.reject()
    elif way == "jump":
        window.acts["go-to-answered"](3)
    else:
        window.go("lab")
        window.go("lobby")
    window.refresh()
    qtbot.waitUntil(lambda: lit(window, SAID) == 0)


def test_in_another_room_nothing_of_that_number_is_lit(window: Window):
    go(window, 1, "a bench here", room="lab")
    assert window.state.current == "lab"
    assert lit(window, "a bench here") > 100
    go(window, 1, SAID)
    assert lit(window, SAID) > 100


def test_the_whole_row_is_seen(window: Window):
    go(window, 2, CODE)
    rect = window.timeline.visualRect(index_of(window, CODE))
    assert QRect(window.timeline.viewport().rect()).contains(rect)


@pytest.mark.parametrize("between", ["word " * 3000, "line\n" * 200, f"{FACES} " * 400, "x" * 9000])
def test_behind_the_fold_it_is_lit_where_all_of_the_text_is_shown(window: Window, qtbot, between: str):
    text = f"{FACES}bench\n{between} the **bench** is here\n{'more ' * 900}"
    window.take(arrived([says(6, text=text)]))
    window.refresh()
    go(window, 6, text)
    window.timeline.act(SHOW_ALL.id, index_of(window, text).data(ROW))
    (sheet,) = window.findChildren(Sheet)
    qtbot.waitUntil(sheet.isVisible)
    told = sheet.text.extraSelections()
    assert [one.cursor.selectedText() for one in told] == ["bench", "bench"]
    assert count(sheet.text.viewport().grab().toImage(), LIGHT.found) > 50
    sheet.close()


def test_of_another_message_nothing_is_lit_there(window: Window):
    text = "bench\n" * 30
    window.take(arrived([says(6, text=text)]))
    window.refresh()
    go(window, 1, SAID)
    window.timeline.act(SHOW_ALL.id, index_of(window, text).data(ROW))
    (sheet,) = window.findChildren(Sheet)
    assert sheet.text.extraSelections() == []
    sheet.close()
