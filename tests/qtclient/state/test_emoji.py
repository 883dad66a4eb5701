"""Pictures are what Qt takes longest for: in a line among others there are a few, whatever was written."""

from datetime import UTC

import pytest
from loggia.qtclient.models.people import PersonRow
from loggia.qtclient.state.dates import Dates
from loggia.qtclient.state.emoji import IN_LINE, few, in_line
from loggia.qtclient.state.finding import Finder, RoomFound, snippet
from loggia.qtclient.state.message import quotation
from loggia.qtclient.state.pinned import Pins
from loggia.qtclient.state.state import WindowState
from loggia.shared.protocol.answers import Member, RoomInfo
from loggia.shared.protocol.events import PinnedEvent

from tests.qtclient.talk import NOON, arrived, entered, says

SIGNS = {
    "face": "\U0001f600",
    "clock": "\u231a",
    "key": "1\ufe0f\u20e3",
    "heart": "\u2764\ufe0f",
    "by selector": "\u00a9\ufe0f",
}
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"  # three pictures, and one sign
every_sign = pytest.mark.parametrize("sign", SIGNS.values(), ids=SIGNS)


@every_sign
def test_behind_so_many_pictures_a_line_ends(sign: str):
    assert in_line(f"so {IN_LINE * sign} it is") == f"so {IN_LINE * sign} it is"
    assert in_line(f"so {(IN_LINE + 1) * sign} it is") == f"so {IN_LINE * sign}..."
    assert few((IN_LINE + 1) * sign) == IN_LINE * sign


def test_no_sign_is_parted():
    assert few(FAMILY * 5) == FAMILY * (IN_LINE // 3)
    toned = "\U0001f44d\U0001f3fd"
    assert few("x" + toned * 9) == "x" + toned * (IN_LINE // 2)
    face = SIGNS["face"]
    assert few(face + FAMILY * 5) == face + FAMILY * ((IN_LINE - 1) // 3), "the last would be of two"
    assert few(face + toned * 9) == face + toned * ((IN_LINE - 1) // 2)
    assert few(face + "7\u20e3" * 20) == face + "7\u20e3" * (IN_LINE - 1)


@pytest.mark.parametrize(
    "text", ["", "words", "\u8a9e" * 500, "\u200b" * 500, "e\u0301" * 500, "\u00a9" * 99]
)
def test_what_is_no_picture_is_left_alone(text: str):
    assert in_line(text) == few(text) == text


@every_sign
def test_wherever_words_of_others_stand_in_a_line_there_are_few(state: WindowState, sign: str):
    text, most = 100 * sign, IN_LINE * sign
    assert quotation("bob", text) == f"bob: {most}..."
    assert snippet(text, [(0, len(sign)), (40 * len(sign), 41 * len(sign))]) == (
        most + "...",
        ((0, len(sign)),),
    )
    assert PersonRow(
        "a", Member(nick="bob", account="a", presence="online", status=text), False, True, 0
    ).status == (most + "...")
    state.apply([*entered(), *arrived([says(1, text=text)])], 0)
    state.apply(arrived([PinnedEvent("lobby", 2, NOON, "olga", "a-olga", "id-2", 1, True)]), 0)
    (pin,) = Pins().listed(state.rooms["lobby"], Dates(UTC))
    assert pin.words.endswith(f": {most}...")


@every_sign
def test_also_what_a_room_is_about(sign: str):
    finder = Finder({})
    info = RoomInfo(room="lab", title="lab", head=1, members=3, joined=False, subject=100 * sign, at=0)
    finder.listed([info], more=False)
    finder.write("lab")
    (found,) = [one for _, group in finder.groups() for one in group if isinstance(one, RoomFound)]
    assert found.subject == IN_LINE * sign + "..."
