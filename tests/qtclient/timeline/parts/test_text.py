"""Links open by click, key and menu, after a question where they may mislead; code is copied."""

from collections.abc import Callable, Iterator

import pytest
from loggia.qtclient import message_acts
from loggia.qtclient.dialogs.confirm import Confirm
from loggia.qtclient.message_acts import SCHEMES
from loggia.qtclient.state.links import Going
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import DARK, LIGHT, Colors
from loggia.qtclient.timeline.parts.code import COPY_CODE
from loggia.qtclient.timeline.parts.text import MOST_OFFERED, OPEN_LINK, MessageText
from loggia.qtclient.window import Window
from PyQt6.QtCore import QModelIndex, QObject, QPoint, Qt, QUrl, pyqtSlot
from PyQt6.QtGui import QColor, QDesktopServices, QGuiApplication, QHelpEvent
from PyQt6.QtWidgets import QApplication, QLabel, QToolTip

from tests.qtclient.talk import arrived, entered, says
from tests.qtclient.timeline.measured import part

OFFSCREEN = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
Make = Callable[..., Window]
FACES = "\U0001f600\U0001f600"
CODE = "```\nif a:\n    b()\n```"


@pytest.fixture(params=[LIGHT, DARK], ids=["light", "dark"])
def colors(request: pytest.FixtureRequest) -> Colors:
    return request.param


class Programs(QObject):
    """All that would open links."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @pyqtSlot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toString())


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """What other programs were asked to open, and nothing of it reaches them."""
    programs = Programs()
    for scheme in SCHEMES:
        QDesktopServices.setUrlHandler(scheme, programs, "open")
    yield programs.opened
    for scheme in SCHEMES:
        QDesktopServices.unsetUrlHandler(scheme)


@pytest.fixture
def show(make_window: Make, state: WindowState) -> Callable[..., Window]:
    def show(text: str, colors: Colors = LIGHT) -> Window:
        state.apply([*entered(), *arrived([says(1, text=text)])], 0)
        window = make_window(state, colors)
        window.refresh()
        return window

    return show


def index_of(window: Window) -> QModelIndex:
    return window.timeline.model().index(window.timeline.model().rowCount() - 1, 0)


def spots(window: Window, id: str) -> list[QPoint]:
    """The middles of what does that, on the screen."""
    corner = window.timeline.visualRect(index_of(window)).topLeft()
    found = part(window.timeline, index_of(window), MessageText).spots()
    return [spot.box.center().toPoint() + corner for spot in found if spot.action.id == id]


def click(window: Window, qtbot, at: QPoint) -> None:
    qtbot.mouseClick(window.timeline.viewport(), Qt.MouseButton.LeftButton, pos=at)


def focus(window: Window) -> None:
    window.timeline.setFocus()
    window.timeline.setCurrentIndex(index_of(window))


@pytest.mark.parametrize("before", ["see", FACES, f"{FACES}\n{FACES}"], ids=["word", "faces", "lines"])
def test_a_click_opens_the_link_and_none_beside_it(show, opened: list[str], qtbot, before: str):
    window = show(f"{before} http://a.example/b now")
    (at,) = spots(window, OPEN_LINK.id)
    click(window, qtbot, at)
    assert opened == ["http://a.example/b"]
    click(window, qtbot, window.timeline.visualRect(index_of(window)).topLeft() + QPoint(70, 40))
    click(window, qtbot, at + QPoint(400, 0))
    assert opened == ["http://a.example/b"]


@pytest.mark.parametrize("link", ["https://a.example/", "mailto:bob@a.example"])
def test_each_kind_of_link_is_opened(show, opened: list[str], qtbot, link: str):
    window = show(f"see {link}")
    click(window, qtbot, spots(window, OPEN_LINK.id)[0])
    assert opened == [link]


def test_a_link_is_drawn_in_its_colour(show, colors: Colors):
    window = show("see http://a.example", colors)
    image = window.timeline.viewport().grab(window.timeline.visualRect(index_of(window))).toImage()
    wanted = QColor(colors.link).rgb()
    assert any(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


def test_the_keyboard_opens_each_link(show, opened: list[str], qtbot):
    window = show("http://a.example/ and http://b.example/")
    focus(window)
    for _ in range(2):
        qtbot.keyClick(window.timeline, Qt.Key.Key_Right)
        qtbot.keyClick(window.timeline, Qt.Key.Key_Return)
    assert opened == ["http://a.example/", "http://b.example/"]


def test_the_menu_opens_it_and_says_where_it_goes(show, opened: list[str], qtbot):
    window = show("http://a.example/?b&c")
    (entry,) = [one for one in window.timeline.menu(index_of(window)).actions() if one.data() == OPEN_LINK.id]
    assert entry.text() == "Open http://a.example/?b&&c", "with its &, which would be a key"
    entry.trigger()
    assert opened == ["http://a.example/?b&c"]


def test_of_many_links_the_menu_has_a_few(show):
    window = show(" ".join(f"http://a.example/{number}" for number in range(50)))
    entries = [one for one in window.timeline.menu(index_of(window)).actions() if one.data() == OPEN_LINK.id]
    assert len(entries) == MOST_OFFERED


def test_a_drag_that_ends_on_a_link_opens_nothing(show, opened: list[str], qtbot):
    window = show("see this http://a.example")
    (at,) = spots(window, OPEN_LINK.id)
    port = window.timeline.viewport()
    away = window.timeline.visualRect(index_of(window)).topLeft() + QPoint(70, 10)
    for begin, end in ((away, at), (at, away)):
        qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=begin)
        qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=end)
    assert opened == []


def asked_about(window: Window) -> Confirm:
    (dialog,) = window.findChildren(Confirm)
    return dialog


@pytest.mark.parametrize(
    ("text", "goes"),
    [
        ("[here](http://a.example/)", "http://a.example/"),
        ("http://bank.example@a.example/", "http://bank.example@a.example/"),
        ("http://xn--80a.example/", "http://xn--80a.example/"),
        (f"http://{20 * FACES}@a.example/", f"http://{40 * '%F0%9F%98%80'}@a.example/"),
    ],
)
def test_what_may_mislead_is_opened_after_a_question(show, opened: list[str], qtbot, text: str, goes: str):
    window = show(text)
    (at,) = spots(window, OPEN_LINK.id)
    click(window, qtbot, at)
    asked = asked_about(window)
    assert asked.focusWidget() is asked.no, "who presses Enter without reading opens nothing"
    qtbot.keyClick(asked.focusWidget(), Qt.Key.Key_Return)
    assert opened == []
    qtbot.waitUntil(lambda: not window.findChildren(Confirm))
    click(window, qtbot, at)
    dialog = asked_about(window)
    words = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert goes in words.replace("\u200b", "")
    qtbot.mouseClick(dialog.yes, Qt.MouseButton.LeftButton)
    assert len(opened) == 1
    qtbot.waitUntil(lambda: not window.findChildren(Confirm))


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "javascript:alert(1)", "ssh://a.example", "a.example"]
)
def test_nothing_but_the_web_and_mail_is_handed_to_other_programs(show, opened: list[str], target: str):
    """However such a link came to be one."""
    window = show("hello")
    scheme = QUrl(target).scheme()
    programs = Programs()
    QDesktopServices.setUrlHandler(scheme, programs, "open")
    window.timeline.act(OPEN_LINK.id, Going(target, target))
    QDesktopServices.unsetUrlHandler(scheme)
    assert (opened, programs.opened) == ([], [])
    assert window.composer.hint.text().startswith("No program of this computer opens that link.")


@OFFSCREEN
def test_where_a_link_goes_that_reads_otherwise_is_told_where_the_mouse_rests(show, qtbot):
    window = show(f"[here](http://a.example/{20 * FACES})")
    port = window.timeline.viewport()
    (at,) = spots(window, OPEN_LINK.id)
    QApplication.sendEvent(port, QHelpEvent(QHelpEvent.Type.ToolTip, at, port.mapToGlobal(at)))
    qtbot.waitUntil(lambda: "http://a.example/" in QToolTip.text())
    assert "\U0001f600" not in QToolTip.text(), "they are told in letters where there are many"
    QToolTip.hideText()


def test_what_no_program_opens_is_said(show, qtbot, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(message_acts.QDesktopServices, "openUrl", lambda url: False)
    window = show("http://a.example")
    click(window, qtbot, spots(window, OPEN_LINK.id)[0])
    assert window.composer.hint.text().startswith("No program of this computer opens that link.")


# -- Code --------------------------------------------------------------------------------------


OFFSCREEN = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # of tool tips


@OFFSCREEN
@pytest.mark.parametrize("way", ["mouse", "key", "menu"])
def test_code_is_copied_as_it_was_typed(show, qtbot, way: str):
    window = show(f"{FACES} so:\n{CODE}\nand on")
    if way == "mouse":
        click(window, qtbot, spots(window, COPY_CODE.id)[0])
    elif way == "key":
        focus(window)
        qtbot.keyClick(window.timeline, Qt.Key.Key_Right)
        qtbot.keyClick(window.timeline, Qt.Key.Key_Return)
    else:
        menu = window.timeline.menu(index_of(window))
        next(one for one in menu.actions() if one.data() == COPY_CODE.id).trigger()
    assert QGuiApplication.clipboard().text() == "if a:\n    b()"
    assert QToolTip.isVisible()
    assert QToolTip.text() == "Copied"
    hide_tip(qtbot)


def test_the_button_of_code_can_be_hit(show):
    window = show(CODE)
    (spot,) = part(window.timeline, index_of(window), MessageText).spots()
    assert spot.box.width() >= 28
    assert spot.box.height() >= 28


def test_code_is_seen_on_a_ground_of_its_own(show, colors: Colors):
    window = show(CODE, colors)
    (at,) = spots(window, COPY_CODE.id)
    image = window.timeline.viewport().grab().toImage()
    assert image.pixel(at - QPoint(40, 0)) == QColor(colors.hover).rgb()


def test_what_is_said_is_copied_as_it_was_typed(show):
    typed = f"**so** it is\n{CODE}\n- [x](http://a.example)"
    window = show(typed)
    menu = window.timeline.menu(index_of(window))
    next(one for one in menu.actions() if one.text() == "Copy the text alone").trigger()
    assert QGuiApplication.clipboard().text() == typed


def test_a_screen_reader_hears_no_signs_of_markdown(show):
    assert index_of(show("**so** `it` is")).data() == "bob, 12:00: so it is"


def hide_tip(qtbot) -> None:
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())


@OFFSCREEN
def test_of_long_code_the_begin_is_shown_as_code_and_all_of_it_is_copied(show, qtbot):
    lines = "\n".join(f"line {number}" for number in range(100))
    window = show(f"so:\n```\n{lines}\n```\nand on")
    text = part(window.timeline, index_of(window), MessageText)
    assert text.lines.text().startswith("so:\u2028line 0\u2028line 1\u2028")
    assert [placed.block.kind for placed in text.text.placed] == ["code"]
    click(window, qtbot, spots(window, COPY_CODE.id)[0])
    assert QGuiApplication.clipboard().text() == lines
    hide_tip(qtbot)
