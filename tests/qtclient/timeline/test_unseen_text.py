"""A message of which nothing can be seen: that is said of it, where it stands, is quoted and read aloud."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.markup import NOTHING, marked, visible
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.parts.table import spoken
from loggia.qtclient.timeline.view import Timeline
from loggia.qtclient.window import Window
from loggia.shared.protocol.names import is_seen
from PyQt6.QtGui import QGuiApplication

from tests.qtclient.row_in_hand import told
from tests.qtclient.talk import entered, says

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
