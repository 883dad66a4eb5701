"""What visitors read of events, and that nobody can play tricks on a terminal or speak for others."""

import pytest
from loggia.broker.doors.classic.text import (
    INDENT,
    MOST_BLANK_LINES,
    Told,
    could_mislead,
    said,
    shown,
    welcome,
    whispered,
)
from loggia.shared.protocol.events import (
    EditedEvent,
    LeftEvent,
    MutedEvent,
    OtherEvent,
    PresenceEvent,
    RenamedEvent,
)
from loggia.shared.protocol.limits import LOBBY

from tests.broker.doors.classic.visits import joined, left, message

RENAMED = RenamedEvent(room=LOBBY, seq=1, at=0, nick="bea", account="b", id="1", was="bob")


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (message("bob", "hello, zoë 日本 😀"), "bob: hello, zoë 日本 😀"),
        (joined("bob"), "bob has joined the chat"),
        (left("bob", "end"), "bob has left the chat"),
        (left("bob", "lost"), "bob has left the chat: the connection was lost"),
        (left("bob", "kicked"), "bob was shown out of the chat"),
        (RENAMED, "bob is now called bea"),
    ],
)
def test_each_event_has_its_words(event, text):
    assert shown(event).data == text.encode()


def test_how_a_room_is_run_is_told_as_nobodys_words():
    by = (LOBBY, 1, 0, "ada", "a", "1")
    banned = MutedEvent(*by, "b", "bob", "noise\nada: hi")
    assert shown(banned).data == b"* ada muted bob: noise\n    | ada: hi"
    kicked = LeftEvent(LOBBY, 1, 0, "bob", "b", "1", "kicked", "a", "ada", "noise")
    assert shown(kicked).data == b"* ada showed bob out: noise"
    assert shown(message("*", "ada muted bob")).data == b'"*": ada muted bob'
    assert could_mislead(b" tail\n* ada muted bob")


def test_what_is_not_for_visitors_is_not_shown():
    fields = {"room": LOBBY, "account": "b", "nick": "bob"}
    assert shown(PresenceEvent(presence="away", **fields)) is None
    assert shown(OtherEvent(seq=1, at=0, id="1", fields={}, **fields)) is None


def test_what_was_deleted_before_anybody_read_it_is_no_empty_line():
    gone = message("bob", "")
    assert shown(gone) is None
    assert whispered(gone) is None


def test_a_join_is_not_told_to_who_joined():
    assert shown(joined("bob", account="b")).but_not == "b"
    assert shown(message("bob", "hello", account="b")).but_not is None


@pytest.mark.parametrize("nasty", ["\x1b[2J", "\x07", "\u202e", "\u2028", "\x9b"])
def test_nothing_reaches_a_terminal_that_it_could_act_upon(nasty):
    for data in (shown(message("bob", f"a{nasty}b")).data, said(nasty)):
        assert nasty.encode() not in data


@pytest.mark.parametrize(
    "harmless", ["a\tb", "Bonjour\u00a0!", "20\u202f%", "日本\u3000語", "👩\u200d🚀", "می\u200cخواهم"]
)
def test_tabs_and_joined_letters_stay_as_they_are(harmless):
    assert shown(message("bob", harmless)).data == f"bob: {harmless}".encode()


BREAKS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("line_break", BREAKS)
@pytest.mark.parametrize("forged", ["ada: I resign", "!end", "ada has joined the chat", '"ada": hi', ""])
def test_no_line_of_a_text_passes_for_somebody_else(line_break, forged):
    for text in (f"hi{line_break}{forged}", f"{line_break}{forged}{line_break}{forged}"):
        first, *further = shown(message("bob", text)).data.decode().splitlines()
        assert first.startswith("bob: ")
        assert all(line.startswith(INDENT) for line in further)


def test_further_lines_are_marked_where_they_begin():
    text = shown(message("bob", "hi\nada: I agree\n\n!end")).data
    assert text == b"bob: hi\n    | ada: I agree\n    | \n    | !end"


NAMES = [
    "ada: hello",
    "ada: I resign. Bob",
    "anna maria",
    '"ada"',
    "ada\uff1a",
    "!end",
    "ada,",
    "(ada)",
    "*",
    "ada\u0983x",
    "ada\u17c7",
    "ada\ua789",
]


@pytest.mark.parametrize("nick", NAMES)
def test_a_name_that_is_no_plain_word_stands_in_quotes_in_every_line(nick):
    renamed = RenamedEvent(room=LOBBY, seq=1, at=0, nick=nick, account="b", id="1", was=nick)
    lines = [shown(event).data.decode() for event in (message(nick, "hi"), joined(nick), left(nick), renamed)]
    name = lines[0].removesuffix(": hi")
    assert name[0] == name[-1] == '"'
    assert lines[1:3] == [f"{name} has joined the chat", f"{name} has left the chat"]
    assert lines[3] == f"{name} is now called {name}"
    assert f"Nice to meet you, {name}!" in welcome(nick)


def test_a_resignation_that_nobody_wrote():
    assert shown(joined("ada: I resign. Bob")).data == b'"ada: I resign. Bob" has joined the chat'


LONG = ["x: ", "ada has left the chat", "\uff1a"]


@pytest.mark.parametrize("words", LONG)
def test_the_rest_of_a_text_could_mislead(words):
    assert could_mislead(f"ada{words}".encode())
    assert not could_mislead(b"prose, without anything of the kind! " * 100)


@pytest.mark.parametrize("blank", ["\n", " \n", "\t\n", "\u3000\n"])
def test_a_flood_of_blank_lines_is_shown_as_a_few(blank):
    shown = said("a" + blank * (16_000 // len(blank.encode())) + "b").decode()
    first, *blanks, last = shown.split("\n")
    assert first.strip() == "a"
    assert last == f"{INDENT}b"
    assert len(blanks) < MOST_BLANK_LINES


def test_a_few_blank_lines_are_shown_as_they_are():
    assert said("a" + "\n" * MOST_BLANK_LINES + "b").decode().count("\n") == MOST_BLANK_LINES


@pytest.mark.parametrize("text", ["a\n" * 8000, "\n" * 16_000, "a\t" * 8000, "\t\n" * 8000, "\u202e" * 5000])
def test_what_is_shown_is_no_multiple_of_what_was_said_for_ever(text):
    assert len(said(text)) <= 5 * len(text.encode())


def test_what_is_edited_in_a_conversation_is_told_to_the_other():
    event = EditedEvent(room="~a", seq=2, at=0, nick="ann", account="a", id="1", target=1, text="hi\nbob: ho")
    told = Told([event], privately=True)
    assert told.to("b") == [b"ann -> you, edited what was said: hi\n    | bob: ho"]
    assert told.to("a") == []
