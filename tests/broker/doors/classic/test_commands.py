"""Which lines of a terminal are commands, and what they ask for."""

import pytest
from loggia.broker.doors.classic.commands import (
    GoTo,
    Help,
    Lacks,
    ListPeople,
    ListRooms,
    Rename,
    Say,
    Whisper,
    command,
)


@pytest.mark.parametrize(
    "line",
    [
        "hello",
        "/",
        "//",
        "//help",
        "/helpme",
        "/help!",
        "/ help",
        " /help",
        "\t/help",
        "say /help",
        "/etc/passwd is a file",
        "/join/lab",
        "/topic x",
        "/quit",
        "/ｈelp",
        "/joın lab",
        "/jo\u200bin lab",
        "!who",
        "/" + "x" * 16_000,
        "/ join" * 3000,
    ],
)
def test_a_line_that_is_no_command_is_said_as_it_is(line):
    assert command(line) == Say(line)


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("/help", Help()),
        ("/HELP", Help()),
        ("/Help ", Help()),
        ("/help me please", Help()),
        ("/rooms", ListRooms(None)),
        ("/rooms lab", ListRooms("lab")),
        ('/rooms "my lab"', ListRooms("my lab")),
        ("/join lab", GoTo("lab")),
        ("/Join  lab  ", GoTo("lab")),
        ("/join\tlab", GoTo("lab")),
        ("/join\u3000lab", GoTo("lab")),
        ("/join my lab", GoTo("my lab")),
        ('/join "my lab"', GoTo("my lab")),
        ('/join "say \\"hi\\" \\\\"', GoTo('say "hi" \\')),
        ('/join "my', GoTo('"my')),
        ('/join ""', GoTo('""')),
        ('/join "a" b', GoTo('"a" b')),
        ("/who", ListPeople(None)),
        ("/WHO lab", ListPeople("lab")),
        ("/me waves", Say("*waves*")),
        ("/me  waves  at /you ", Say("*waves  at /you*")),
        ("/msg bob hi", Whisper("bob", "hi")),
        ("/MSG  bob  hi  there ", Whisper("bob", "hi  there")),
        ("/msg bob /join lab", Whisper("bob", "/join lab")),
        ('/msg "anna maria" "hi"', Whisper("anna maria", '"hi"')),
        ('/msg "a \\"b\\"" hi', Whisper('a "b"', "hi")),
        ('/msg "anna maria hi', Whisper('"anna', "maria hi")),
        ('/msg "a"b hi', Whisper('"a"b', "hi")),
        ("/nick ann", Rename("ann")),
        ("/nick anna maria", Rename("anna maria")),
        ('/nick "anna maria"', Rename("anna maria")),
    ],
)
def test_what_a_command_asks_for(line, asked):
    assert command(line) == asked
    assert type(command(line)) is type(asked)  # tuples that are equal need not be the same


@pytest.mark.parametrize("word", ["/join", "/nick", "/me", "/msg"])
@pytest.mark.parametrize("rest", ["", " ", "\t", " \u3000 "])
def test_a_command_that_lacks_something_says_how_it_goes(word, rest):
    asked = command(word + rest)
    assert isinstance(asked, Lacks)
    assert asked.what.endswith(".")
    assert f"{word} " in asked.what


@pytest.mark.parametrize("rest", ["bob", "bob  ", '"anna"', '"" \t'])
def test_whom_alone_is_not_enough(rest):
    assert isinstance(command(f"/msg {rest}"), Lacks)
