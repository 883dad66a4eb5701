"""The words of rows in lists are set once, and no more pictures of a name than can be read."""

from collections.abc import Callable

import pytest
from loggia.qtclient.panels import set_lines
from loggia.qtclient.state.emoji import IN_LINE, count_pictures
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from PyQt6.QtGui import QFont, QTextLayout

from tests.qtclient.talk import entered, people

Make = Callable[..., Window]
FACES = "".join(map(chr, range(0x1F600, 0x1F620)))  # 32, as long as a nickname can be


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is set from now on."""
    texts: list[str] = []
    was = set_lines.one_line

    def counted(text: str, font: QFont) -> tuple[QTextLayout, float]:
        texts.append(text)
        return was(text, font)

    monkeypatch.setattr(set_lines, "one_line", counted)
    return texts


def test_a_list_that_is_painted_again_sets_nothing(make_window: Make, state: WindowState, given: list[str]):
    rooms = ["lobby", FACES * 2, "a\u05d0" * 30]
    state.apply([update for room in rooms for update in entered(room)], 0)
    nicks = [FACES[at:] + FACES[:at] for at in range(8)]
    state.apply([people("ada", *nicks)], 0)
    state.look_at("lobby")
    window = make_window(state)
    for panel in (window.sidebar, window.people):
        panel.grab()
    assert len(given) > len(nicks) + len(rooms)
    assert max(count_pictures(text, 99) for text in given) == IN_LINE
    given.clear()
    for panel in (window.sidebar, window.people):
        panel.grab()
    assert given == []


def test_what_is_not_painted_any_more_is_not_kept(given: list[str]):
    lines, font = set_lines.SetLines(), QFont()
    for number in range(2 * set_lines.MOST_KEPT):
        lines.wide(f"{number}", font)
    assert len(lines._kept) == set_lines.MOST_KEPT
    assert lines.wide("999", font) == lines.wide("998", font) > lines.wide("9", font) > 0
