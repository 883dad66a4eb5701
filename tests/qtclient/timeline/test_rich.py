"""A marked text in lines: each look is where it belongs, also behind pictures, and blocks have their room."""

import pytest
from loggia.qtclient.state.markup import MOST_BLOCKS, MOST_RUNS, marked
from loggia.qtclient.style.theme import LIGHT
from loggia.qtclient.timeline.rich import CODE_PX, LEAST_PX, QUOTE_PX, STEP_PX, SetText, positions
from loggia.qtclient.timeline.typography import LARGE, Type
from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QFont, QTextLayout

FACES = "\U0001f600\U0001f601 "


@pytest.fixture
def fonts(qapp) -> Type:
    return Type(QFont())


def put(fonts: Type, text: str, width: float = 600) -> SetText:
    return SetText(marked(text), fonts, width, LIGHT)


def piece(text: SetText, start: int, length: int) -> str:
    """By places of Qt."""
    told = text.lines.text().encode("utf-16-le")
    return told[2 * start : 2 * (start + length)].decode("utf-16-le")


def looks(text: SetText) -> list[tuple[str, QTextLayout.FormatRange]]:
    return [(piece(text, one.start, one.length), one) for one in text.lines.formats()]


def line_tops(text: SetText) -> list[float]:
    return [text.lines.lineAt(number).y() for number in range(text.lines.lineCount())]


def line_lefts(text: SetText) -> list[float]:
    return [text.lines.lineAt(number).x() for number in range(text.lines.lineCount())]


@pytest.mark.parametrize(
    "before", ["", "a ", FACES, f"{FACES}\n{FACES}"], ids=["none", "word", "faces", "lines"]
)
def test_each_look_is_on_its_own_letters(fonts: Type, before: str):
    text = put(fonts, f"{before}**bold** {FACES}*slanted* `code` http://a.example {FACES}")
    words = dict(looks(text))
    assert list(words) == ["bold", "slanted", "code", "http://a.example"]
    assert words["bold"].format.fontWeight() == QFont.Weight.Bold
    assert words["slanted"].format.fontItalic()
    assert words["code"].format.fontFixedPitch()
    assert words["http://a.example"].format.foreground().color().name().upper() == LIGHT.link
    assert words["http://a.example"].format.fontUnderline()


def test_the_letters_of_no_look_are_those_of_the_text(fonts: Type):
    assert put(fonts, "plain, with no markdown").lines.formats() == []


@pytest.mark.parametrize("before", ["", FACES], ids=["none", "faces"])
def test_a_link_is_where_it_is_seen(fonts: Type, before: str):
    text = put(fonts, f"{before}see http://a.example/{FACES} now")
    (link,) = text.links
    assert piece(text, link.start, link.end - link.start) == link.shown == f"http://a.example/{FACES.strip()}"
    middle = link.box.center()
    assert text.link(middle) == link
    assert text.link(QPointF(link.box.left() - 3, middle.y())) is None
    assert text.link(QPointF(link.box.right() + 6, middle.y())) is None
    assert text.link(QPointF(middle.x(), link.box.bottom() + 60)) is None


def test_a_link_over_two_lines_is_one_on_both(fonts: Type):
    text = put(fonts, "http://a.example/" + "long" * 40, width=200)
    assert text.lines.lineCount() > 2
    for number in range(text.lines.lineCount()):
        assert text.link(text.lines.lineAt(number).naturalTextRect().center()) == text.links[0]


def test_a_block_of_code_has_its_ground_and_room_around(fonts: Type):
    text = put(fonts, "one\n```\ntwo\nthree\n```\nfour")
    (placed,) = text.placed
    tops = line_tops(text)
    assert line_lefts(text) == [0, CODE_PX, CODE_PX, 0]
    assert placed.box.top() <= tops[1] - CODE_PX / 2
    assert placed.box.height() == pytest.approx(2 * fonts.line + 2 * CODE_PX, abs=2)
    assert placed.box.bottom() <= tops[3] + 2
    assert text.height == pytest.approx(4 * fonts.line + 2 * CODE_PX, abs=4)
    assert [words for words, _ in looks(text)] == ["two\u2028three"]


def test_a_block_of_code_at_the_end_is_in_the_height(fonts: Type):
    text = put(fonts, "```\none\n```")
    assert text.placed[0].box.bottom() == text.height


def test_quotes_stand_behind_a_bar(fonts: Type):
    text = put(fonts, "> one\n> two\nthree\n> four")
    assert line_lefts(text) == [QUOTE_PX, QUOTE_PX, 0, QUOTE_PX]
    assert [placed.block.kind for placed in text.placed] == ["quote", "quote"]
    assert text.placed[0].box.bottom() <= text.placed[1].box.top()


def test_the_lines_of_an_item_begin_below_its_first_letter(fonts: Type):
    text = put(fonts, f"- {'word ' * 60}\n  - inner", width=300)
    lefts = line_lefts(text)
    sign = fonts.metrics.horizontalAdvance("\N{BULLET} ")
    assert lefts[0] == 0
    assert lefts[1] == pytest.approx(sign, abs=1)
    assert lefts[-1] == STEP_PX
    assert text.placed == []


def test_pictures_alone_are_large(fonts: Type):
    assert put(fonts, "\U0001f600").height >= LARGE * fonts.line - 1
    assert put(fonts, "\U0001f600 a").height < 2 * fonts.line


@pytest.mark.parametrize(
    "text", ["```\ncode of some length\n```", "- item of some length", "> quote of some"]
)
def test_in_a_narrow_window_each_line_has_some_room(fonts: Type, text: str):
    put_ = put(fonts, text, width=1)
    assert all(put_.lines.lineAt(n).width() >= LEAST_PX for n in range(put_.lines.lineCount()))


@pytest.mark.parametrize("piece", ["*a* ", "`a` ", "- a\n", "> a\n\n", "http://b ", "```\na\n```\n"])
def test_no_text_is_set_in_more_pieces_than_are_allowed(fonts: Type, piece: str):
    text = put(fonts, piece * 3000)
    assert len(text.lines.formats()) <= MOST_RUNS + MOST_BLOCKS
    assert len(text.placed) <= MOST_BLOCKS


def test_places_count_what_qt_counts():
    text = "a\U0001f600b\U0001f600"
    at = positions(text)
    assert [at(place) for place in range(5)] == [0, 1, 3, 4, 6]
    assert [positions("aé看")(place) for place in range(4)] == [0, 1, 2, 3]
