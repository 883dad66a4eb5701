"""What visitors read of events, and that nobody can play tricks on a terminal or speak for others."""

import pytest

from broker.wording import INDENT, said, shown
from shared.limits import LOBBY
from shared.messages import OtherEvent, PresenceEvent, RenamedEvent

from .visits import joined, left, message

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
    assert shown(event).packet == shown(event).line == text.encode()


def test_what_is_not_for_visitors_is_not_shown():
    fields = {"room": LOBBY, "account": "b", "nick": "bob"}
    assert shown(PresenceEvent(presence="away", **fields)) is None
    assert shown(OtherEvent(seq=1, at=0, id="1", fields={}, **fields)) is None


def test_a_join_is_not_told_to_who_joined():
    assert shown(joined("bob", account="b")).but_not == "b"
    assert shown(message("bob", "hello", account="b")).but_not is None


@pytest.mark.parametrize("nasty", ["\x1b[2J", "\x07", "\u202e", "\u2028", "\x9b"])
def test_nothing_reaches_a_terminal_that_it_could_act_upon(nasty):
    for text in (shown(message("bob", f"a{nasty}b")), said(nasty)):
        assert nasty.encode() not in text.packet
        assert nasty.encode() not in text.line


@pytest.mark.parametrize("harmless", ["a\tb", "👩\u200d🚀", "می\u200cخواهم"])
def test_tabs_and_joined_letters_stay_as_they_are(harmless):
    assert shown(message("bob", harmless)).packet == f"bob: {harmless}".encode()


def test_further_lines_cannot_pass_for_somebody_else():
    event = shown(message("bob", "hi\nada: I agree"))
    assert event.packet == b"bob: hi\nada: I agree"
    assert event.line == f"bob: hi\n{INDENT}ada: I agree".encode()


def test_a_nick_with_a_colon_speaks_for_nobody_else():
    assert shown(message("bob: hello", "thanks")).line == b'"bob: hello": thanks'
