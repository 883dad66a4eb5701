"""What holds for all parts: they are told by their ids, whatever words people read, and say all in words."""

from collections.abc import Callable
from typing import get_args

import pytest
from loggia.qtclient.keys import KEYS
from loggia.qtclient.state.became import Became, Reaction
from loggia.qtclient.state.message import DELETED
from loggia.qtclient.state.moves import MembershipRow, Move
from loggia.qtclient.state.rows import Beginning, Day, Fresh, MessageRow, Note, Restored, Row
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import LIGHT
from loggia.qtclient.timeline.layout import Layouts
from loggia.qtclient.timeline.parts.action import Action
from loggia.qtclient.timeline.parts.delivery import DISCARD, RETRY, Delivery
from loggia.qtclient.timeline.parts.fold import Fold
from loggia.qtclient.timeline.parts.part import Part
from loggia.qtclient.timeline.parts.table import KINDS, actions, as_text, spoken
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Discard, Retry
from loggia.shared.client.updates import Failed
from msgspec import structs
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QFont, QShortcut

from tests.qtclient.talk import arrived, entered, says, waits
from tests.qtclient.timeline.measured import part

Make = Callable[..., Window]

SAID = MessageRow(
    key=("seq", 1), nick="bob", account="a-bob", text="hi", at=0, clock="12:00", first=True, seq=1
)
SIGNS = (Reaction("+1", ("a-zoe", "a-ada"), mine=True), Reaction("ok", ("a-zoe",)))
ROWS: dict[str, Row] = {
    "first": SAID,
    "next": structs.replace(SAID, first=False),
    "own": structs.replace(SAID, own=True, sign="stored"),
    "waiting": structs.replace(SAID, own=True, sign="waiting", id="w"),
    "held": structs.replace(SAID, own=True, sign="held", id="held-1"),
    "unreachable": structs.replace(SAID, own=True, sign="unreachable", reason="Nobody there.", id="w"),
    "failed": structs.replace(SAID, own=True, sign="failed", reason="You are muted.", id="w"),
    "reply": structs.replace(SAID, quote="zoe: where?"),
    "named": structs.replace(SAID, mention=True),
    "edited": structs.replace(SAID, edited="12:05"),
    "pinned": structs.replace(SAID, edited="12:05", became=Became(rev=3, pinned=True)),
    "signs": structs.replace(SAID, became=Became(rev=3, reactions=SIGNS)),
    "gone": structs.replace(SAID, text=DELETED, became=Became(rev=3, deleted=True)),
    "long": structs.replace(SAID, text="word " * 400),
    "rtl": structs.replace(SAID, text="שלום " * 100),
    "day": Day(("day", 1), 0, "Wednesday 15 November 2023"),
    "new": Fresh(("new", 0), 0),
    "moved": MembershipRow(key=("moves", 1), at=0, moves=(Move("z", "zoe", came=True),)),
    "crowd": MembershipRow(
        key=("moves", 1), at=0, moves=tuple(Move(f"{n}", f"p{n}", came=True) for n in range(40))
    ),
    "note": Note(("note", 1), 0, "zoe is now called kim"),
    "told": Note(("note", 1), 0, "zoe pinned a message", about=3),
    "kept": Restored(("restored", "one"), 0, "1 to 9"),
    "nothing kept": Restored(("restored", "one"), 0, ""),
    "top": Beginning(("beginning", 0), 0, "# lobby", "This is where the room begins."),
}
SPOKEN = {
    "next": "bob, 12:00: hi",
    "waiting": "bob, 12:00: hi (waiting)",
    "held": "bob, 12:00: hi (Not sent yet; Ctrl+Z takes it back)",
    "unreachable": "bob, 12:00: hi (Nobody there.)",
    "failed": "bob, 12:00: hi (not sent: You are muted.)",
    "reply": "bob, 12:00: (in reply to zoe: where?) hi",
    "edited": "bob, 12:00: hi (edited 12:05)",
    "pinned": "bob, 12:00: hi (pinned · edited 12:05)",
    "signs": "bob, 12:00: hi (+1 2 with yours, ok 1)",
    "gone": "bob, 12:00: (deleted)",
    "day": "Wednesday 15 November 2023",
    "new": "new",
    "moved": "zoe came",
    "crowd": "p0, p1, p2, p3, p4, p5 and 34 others came",
    "note": "zoe is now called kim",
    "told": "zoe pinned a message",
    "top": "This is where the room begins.",
}
WHOSE = "show-sender"
DOES: dict[str, list[str]] = {name: [WHOSE, "copy-text", "discard"] for name in ("waiting", "unreachable")}
DOES |= {"held": [WHOSE, "copy-text", "undo-send"], "gone": [WHOSE, "show-earlier"]}
DOES |= {"failed": [WHOSE, "copy-text", "retry", "discard"], "kept": ["show-copy"]}
STORED = [WHOSE, "copy-text", "show-thread", "show-in-room", "reply", "react", "change", "pin", "remove"]
LONGER = [*STORED[:2], "show-all", *STORED[2:]]
CHANGED = [*STORED[:2], "show-earlier", *STORED[2:]]
DOES |= {"edited": CHANGED, "pinned": CHANGED, "long": LONGER, "rtl": LONGER, "crowd": ["show-names"]}
DOES |= {"day": ["show-days"], "told": ["go-to-told"]}
PRESSED = {
    "held": {"undo-send"},
    "failed": {"retry", "discard"},
    "kept": {"show-copy"},
    "signs": {"toggle-sign"},
    "edited": {"show-earlier"},
    "pinned": {"show-earlier"},
    "gone": {"show-earlier"},
    "day": {"show-days"},
    "told": {"go-to-told"},
}


def test_the_rows_tried_here_are_of_every_kind():
    assert {type(row) for row in ROWS.values()} == set(get_args(Row)) == set(KINDS)


@pytest.mark.parametrize("name", SPOKEN)
def test_a_row_in_words(name: str):
    assert spoken(ROWS[name]) == SPOKEN[name]


@pytest.mark.parametrize("name", ROWS)
def test_what_can_be_done_with_a_row(name: str):
    wanted = DOES.get(name, STORED if isinstance(ROWS[name], MessageRow) else [])
    assert [action.id for action, _ in actions(ROWS[name])] == wanted


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("width", [1, 120, 360, 900, 3000])
def test_what_is_pressed_lies_in_its_row_and_does_what_the_row_offers(qapp, name: str, width: int):
    row = ROWS[name]
    layout = Layouts(QFont()).of(row, width)
    offered = {action.id for one in KINDS[type(row)].parts for action in one.actions}
    across = range(0, max(400, width // 2 + 100), 4)  # as far as the middle
    found = {
        hit.id
        for y in range(-8, layout.height + 8, 2)
        for x in across
        if (hit := layout.hit(QPointF(x, y))) is not None and 0 <= y < layout.height
    }
    outside = [layout.hit(QPointF(x, y)) for y in (-1, layout.height) for x in across]
    assert not any(outside)
    assert found <= offered
    folded = any(isinstance(one, Fold) for one in layout.parts)
    assert folded >= (name == "long" or (name == "rtl" and width <= 120))
    more = {"show-all"} if folded else {"show-names"} if name == "crowd" and width >= 120 else set()
    more |= {WHOSE} if isinstance(row, MessageRow) and row.first else set()
    assert found == PRESSED.get(name, set()) | more
    assert found - {"toggle-sign"} <= {action.id for action, _ in actions(row)}


def test_what_is_copied():
    rows = [ROWS[name] for name in ("next", "day", "first", "next", "reply", "new", "note", "top", "moved")]
    day = "Wednesday 15 November 2023"
    note, moved = "zoe is now called kim", "zoe came"
    hi = "[12:00] bob: hi"
    assert as_text(rows, several=True).splitlines() == [hi, day, hi, hi, hi, note, moved]


# -- Ids, not words ----------------------------------------------------------------------------


def all_parts() -> list[type[Part]]:
    return list(dict.fromkeys(one for kind in KINDS.values() for one in kind.parts))


def all_actions() -> list[Action]:
    return [action for one in all_parts() for action in one.actions]


def test_every_action_is_done_by_the_timeline_or_the_window(make_window: Make, state: WindowState):
    window = make_window(state)
    here, there = set(window.timeline._done_here), set(window.acts)
    ids = [action.id for action in all_actions()]
    assert len(ids) == len(set(ids))
    assert set(ids) <= here | there
    assert not here & there


def test_every_shortcut_has_an_id_of_its_own(make_window: Make, state: WindowState):
    found = make_window(state).findChildren(QShortcut)
    names = [shortcut.objectName() for shortcut in found]
    assert set(names) == set(KEYS)
    assert len(found) == len(KEYS)
    assert len(set(names) - {""}) == len(names)


@pytest.fixture
def translated(monkeypatch: pytest.MonkeyPatch) -> None:
    """All actions in other words, and all in the same."""
    for one in all_parts():
        other = tuple(structs.replace(action, words=lambda row: "tun & lassen") for action in one.actions)
        monkeypatch.setattr(one, "actions", other)


@pytest.mark.usefixtures("translated")
@pytest.mark.parametrize(("id", "command"), [(RETRY.id, Retry(id="w1")), (DISCARD.id, Discard(id="w1"))])
@pytest.mark.parametrize("way", ["mouse", "menu", "key"])
def test_words_decide_nothing(make_window: Make, state: WindowState, qtbot, way: str, id: str, command):
    refused = Failed(id="w1", room="lobby", code="muted", text="You are muted.")
    state.apply([*entered(), *arrived([says(1)]), waits("w1"), refused], 0)
    window = make_window(state, LIGHT)
    window.refresh()
    timeline = window.timeline
    index = timeline.model().index(timeline.model().rowCount() - 1, 0)
    with qtbot.waitSignal(window.asked) as asked:
        if way == "mouse":
            buttons = part(timeline, index, Delivery).buttons
            assert buttons is not None
            at = buttons.places[id].center() + timeline.visualRect(index).topLeft()
            qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=at)
        elif way == "menu":
            (entry,) = [one for one in timeline.menu(index).actions() if one.data() == id]
            entry.trigger()
        else:
            timeline.setCurrentIndex(index)
            (keys,) = [action.keys for action in all_actions() if action.id == id]
            qtbot.keyClick(timeline, keys[0])
    assert asked.args == [command]
