"""A message of which nothing can be seen: that is said of it, where it stands, is quoted, pinned, found,
deleted and read aloud."""

from collections.abc import Callable

import pytest
from loggia.qtclient.dialogs.confirm import Confirm
from loggia.qtclient.state.earlier import earlier
from loggia.qtclient.state.finding import Finder, MessageFound
from loggia.qtclient.state.markup import NOTHING, marked, visible
from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.state.pinned import Pins
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.parts.acts import REMOVE
from loggia.qtclient.timeline.parts.table import spoken
from loggia.qtclient.timeline.view import Timeline
from loggia.qtclient.window import Window
from loggia.shared.protocol.answers import FoundAnswer, Hit
from loggia.shared.protocol.events import PinnedEvent
from loggia.shared.protocol.names import is_seen
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QLabel

from tests.qtclient.row_in_hand import told
from tests.qtclient.talk import NOON, entered, says

WIDTHLESS = "\u200b\u200d\u2060"


@pytest.mark.parametrize(
    "text", [WIDTHLESS, "\u00ad", "\u2800\u3164", "\u202e \u200e", "\u2003\n\u00a0", "\ufeff" * 9_000]
)
def test_nothing_of_it_is_seen(text: str):
    assert not is_seen(text)
    assert visible(marked(text)) is NOTHING


@pytest.mark.parametrize(
    "text", [".", "\u200b\u0301", "\U0001f600", "**\u200b**.", f"{WIDTHLESS}x", "- ", "****"]
)
def test_what_is_seen_is_shown_as_it_is(text: str):
    assert is_seen(text)
    assert visible(marked(text)) == marked(text)


@pytest.mark.parametrize(
    "text", [f"**{WIDTHLESS}**", f"`{WIDTHLESS}`", f"> {WIDTHLESS}", f"```\n{WIDTHLESS}\n```"]
)
def test_marks_that_are_not_shown_are_not_seen(text: str):
    shown = marked(text)
    assert visible(shown) is (shown if is_seen(shown.text) else NOTHING)
    assert is_seen(visible(shown).text)


@pytest.fixture
def timeline(make_window: Callable[..., Window], state: WindowState) -> Timeline:
    said = says(1, text=WIDTHLESS), says(2, "zoe", "what?", reply_to=1)
    state.apply([*entered(), told(*said)], 0)
    window = make_window(state)
    window.refresh()
    return window.timeline


def test_it_is_said_and_what_was_typed_is_copied(timeline: Timeline):
    empty, answer = timeline.on_screen()[-2:]
    assert NOTHING.text in spoken(empty)
    assert answer.quote == f"bob: {NOTHING.text}"
    timeline.copy(empty)
    clipboard = QGuiApplication.clipboard()
    assert clipboard is not None
    assert clipboard.text() == WIDTHLESS
    clipboard.clear()


def test_it_is_said_in_the_list_of_what_is_pinned(timeline: Timeline, state: WindowState):
    blank = says(3, text=f"{WIDTHLESS}\n{WIDTHLESS}"), says(4, text=f" {WIDTHLESS}\n\n  below")
    pins = (
        PinnedEvent("lobby", 4 + seq, NOON, "olga", "a-olga", f"{4 + seq}", seq, True) for seq in (1, 3, 4)
    )
    state.apply([told(*blank, *pins)], 0)
    listed = [one.words.partition(": ")[2] for one in Pins().listed(state.rooms["lobby"], state.dates)]
    assert listed == ["below", NOTHING.text, NOTHING.text]


@pytest.mark.parametrize("text", ["\u3164\u3164", "\u3164\u3164" * 200])
def test_it_is_said_where_it_was_found(text: str):
    finder = Finder({})
    finder.write("\u3164\u3164")
    marks = [(len(text) - 2, len(text))]
    hit = Hit(room="lobby", seq=1, at=NOON, nick="bob", account="a-bob", text=text, marks=marks)
    finder.found(FoundAnswer(id="1", hits=[hit], cursor=None))
    (one,) = dict(finder.groups())["Messages"]
    assert isinstance(one, MessageFound)
    assert (one.text, one.marks) == (NOTHING.text, ())


@pytest.mark.parametrize("text", [WIDTHLESS, WIDTHLESS * 500])
def test_it_is_said_where_it_is_asked_whether_to_delete_it(timeline: Timeline, text: str):
    window = timeline.window()
    assert isinstance(window, Window)
    window.take([told(says(3, "ada", text))])
    window.refresh()
    timeline.act(REMOVE.id, timeline.message(3))
    (question,) = window.findChildren(Confirm)
    shown = [label.text().removesuffix("...") for label in question.findChildren(QLabel)]
    assert NOTHING.text in shown
    question.close()


def test_it_is_said_where_it_is_read_what_a_message_said_before(state: WindowState):
    state.apply([*entered(), told(says(1, text=WIDTHLESS, rev=2, edited_at=NOON + 1))], 0)
    row = state.rooms["lobby"].rows[-1]
    assert isinstance(row, MessageRow)
    before = says(1, text=f"{WIDTHLESS}{WIDTHLESS}")
    assert earlier(row, [before], state.dates).count(NOTHING.text) == 2
