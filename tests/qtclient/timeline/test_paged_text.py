"""What is selected is the same text whether its rows are in memory or read from the copy in pages."""

import random
from datetime import UTC

import pytest
from loggia.qtclient.state.rows import Me, MessageRow, Row, RowBuilder, beginning, telling
from loggia.qtclient.state.selected import END, TOP, Selected, bottom, end
from loggia.qtclient.timeline import paged_text
from loggia.qtclient.timeline.paged_text import PagedText
from loggia.qtclient.timeline.parts.table import selected_text
from loggia.shared.protocol.events import StoredEvent
from msgspec import structs

from tests.qtclient.talk import DAY, NOON, joins, leaves, numbered, renames, says, waits

LAST = 300


def fold() -> RowBuilder:
    return RowBuilder(Me(nick="ada", account="a-ada"), UTC)


def log(chance: random.Random, of: str = "says says says joins leaves renames") -> list[StoredEvent]:
    events: list[StoredEvent] = []
    at = NOON
    for seq in range(1, LAST + 1):
        at += chance.choice([1000, 1000, 60_000, DAY // 7])
        who = chance.choice(["bob", "zoe", "ada"])
        match chance.choice(of.split()):
            case "joins":
                events.append(joins(seq, who, at))
            case "leaves":
                events.append(leaves(seq, who, at))
            case "renames":
                events.append(renames(seq, who, f"{who}{seq}", at))
            case _:
                events.append(says(seq, who, f"number {seq}", at))
    return events


def rows_of(events: list[StoredEvent], *, waiting: int = 0) -> list[Row]:
    rows: list[Row] = []
    builder = fold()
    builder.extend(rows, events)
    for number in range(waiting):
        say = waits(f"w{number}", f"waits {number}").say
        builder.waiting(rows, say, at=events[-1].at + number, sign="waiting", reason="")
    return rows


def read(selected: Selected, events: list[StoredEvent], page: int, tail: list[Row]) -> PagedText:
    """As from a copy that has all of it."""
    text = PagedText(selected, fold(), tail, oldest=1, newest=events[-1].seq)
    goes_on = text.wants
    while goes_on:
        goes_on = text.put(events[max(text.first - 1, text.upto - page) : text.upto])
    return text


@pytest.mark.parametrize("seed", range(40))
def test_it_is_the_same_text_in_pages_of_any_size(seed: int):
    chance = random.Random(seed)
    kinds = chance.choice(["says joins", "says says says joins leaves renames", "joins leaves", "says"])
    events = log(chance, kinds)
    rows = rows_of(events, waiting=seed % 3)
    tail = rows[len(rows_of(events)) :]
    shown = telling(rows)
    if not shown:
        return
    for _ in range(6):
        places = sorted(chance.choices(range(len(shown)), k=2))
        edges = [0, END]
        ends = [
            end(shown, at, chance.choice([*edges, 3] if isinstance(shown[at], MessageRow) else edges))
            for at in places
        ]
        selected = Selected(*chance.choice([ends, ends[::-1]]))
        span = selected.span(shown)
        expected = "" if span is None else selected_text(span.pieces(shown))
        page = chance.choice([1, 2, 7, 100, 1000])
        assert read(selected, events, page, tail).text == expected


def test_all_of_the_room_is_from_its_top_to_its_bottom():
    events = log(random.Random(3))
    text = read(Selected(TOP, bottom(LAST)), events, 50, [])
    span = Selected(TOP, bottom(LAST)).span(rows_of(events))
    assert span is not None
    assert text.text == selected_text(span.pieces(telling(rows_of(events))))
    assert text.is_whole
    assert text.messages == sum("number" in line for line in text.text.splitlines())


def test_one_message_alone_is_as_it_was_written():
    events: list[StoredEvent] = [says(1), says(2, text="one **two**"), says(3)]
    rows = rows_of(events)
    assert read(Selected(end(rows, 2, 0), end(rows, 2, END)), events, 1, []).text == "one **two**"
    assert read(Selected(end(rows, 2, 4), end(rows, 2, END)), events, 1, []).text == "two"


def test_behind_a_hole_nothing_is_taken():
    events = numbered(1, 40)
    text = PagedText(Selected(TOP, bottom(40)), fold(), [], oldest=1, newest=40)
    assert text.put(events[30:])
    assert not text.put([*events[10:20], *events[25:30]])
    lines = text.text.splitlines()
    assert (lines[0], lines[1], len(lines)) == (
        "Wednesday 15 November 2023",
        "[12:00] zoe: number 26",
        16,
    )
    assert not text.is_whole
    nothing = PagedText(Selected(TOP, bottom(40)), fold(), [], oldest=1, newest=40)
    assert not nothing.put([])
    assert (nothing.text, nothing.is_whole) == ("", False)


def test_what_the_server_has_no_more_is_not_missed():
    text = PagedText(Selected(TOP, bottom(40)), fold(), [], oldest=31, newest=40)
    assert not text.put(numbered(31, 40))
    assert text.is_whole


def test_a_part_of_what_was_edited_is_given_up_there_too():
    events: list[StoredEvent] = [says(1, text="one two"), says(2, text="three"), says(3, text="four five")]
    rows = rows_of(events)
    selected = Selected(end(rows, 1, 4), end(rows, 3, 4))
    edited = [structs.replace(events[0], text="other"), *events[1:]]
    assert read(selected, edited, 2, []).text == "[12:00] bob: three\n[12:00] bob: four"


def test_it_ends_where_it_would_be_too_long(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(paged_text, "MOST_BYTES", 2000)
    events = log(random.Random(1), "says")
    text = read(Selected(TOP, bottom(LAST)), events, 10, [])
    assert text.is_full
    assert not text.is_whole
    assert 1900 < len(text.text) <= 2000
    assert text.text.endswith("number 300")
    assert text.upto > 200, "what is older is not read"


def test_of_a_room_that_one_was_let_into_late_nothing_is_missed():
    """Its first entry here is not the log's."""
    events = numbered(31, 40)
    rows: list[Row] = [beginning("lab", NOON, spoken=True), *rows_of(list(events))]
    text = PagedText(
        Selected(end(rows, 0, 0), end(rows, len(rows) - 1, END)), fold(), [], oldest=1, newest=40
    )
    assert (text.first, text.upto) == (31, 40)
    assert not text.put(events)
    assert text.is_whole
