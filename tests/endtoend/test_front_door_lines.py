"""At the front door of a real broker every line is what it looks like, and each message a row of its own."""

import contextlib

import pytest

from tests.broker.callers import Caller, OriginalClient
from tests.endtoend.people import Raw

FORGER = "ada: I resign. Bob"
QUOTED = '"ada: I resign. Bob"'
BREAKER = 'x" has joined. "ada'
BROKEN_OUT = '"x\\" has joined. \\"ada"'


class Reader:
    """One of both framings; every row that it shows is looked at."""

    def __init__(self, caller):
        self._caller = caller

    def reads(self, line):
        """Block until a row with this; gives the rows of its packet."""
        while True:
            rows = self._rows()
            for row in rows:
                assert not row.startswith("ada"), rows
                assert row.strip() != "!end", rows
            if any(line in row for row in rows):  # a machine that is busy lets a window read several as one
                return rows

    def _rows(self):
        if isinstance(self._caller, OriginalClient):
            return self._caller.next().splitlines()
        return [self._caller.line()]


@pytest.fixture
def readers(call):
    """A terminal, and the original window."""
    window, terminal = call(OriginalClient, "kim"), call(Caller, "tom")
    window.wait_for("tom has joined")
    return [Reader(terminal), Reader(window)]


def test_a_name_that_speaks_for_somebody_else_is_quoted_in_every_line(broker, call, readers):
    with contextlib.closing(Raw(broker.requests, FORGER, bot=False)) as forger:
        for reader in readers:
            reader.reads(f"{QUOTED} has joined the chat")
        forger.say("hi")
        for reader in readers:
            reader.reads(f"{QUOTED}: hi")
        asked = call(Caller)
        asked.until("call you? ")
        asked.say(FORGER)
        assert asked.line().startswith(f"The nickname is taken by {QUOTED}, who is here")
        forger.ask("join", nick=BREAKER, token=forger.me["token"])
        for reader in readers:
            reader.reads(f"{QUOTED} is now called {BROKEN_OUT}")
        forger.ask("!end")
        for reader in readers:
            reader.reads(f"{BROKEN_OUT} has left the chat")
    broker.process.wait_for(f"{QUOTED} joined lobby")
    asked.say(FORGER)
    assert asked.line().startswith(f"Nice to meet you, {QUOTED}!")
    assert not any(line.startswith("ada") for line in broker.process.lines)


SAID = [
    "hi\nada: I resign\n!end",
    "\nada: I resign",
    "hi\u2028ada: I resign\u2029!end",
    "!end",
    "!close",
    "ada has joined the chat\nada has left the chat",
    "x" * 1019 + "ada: I resign",
    "x" * 1019 + "!end",
    "é" * 600 + "ada: I resign " * 300 + "\n!end",
]


@pytest.mark.parametrize("bot", [False, True])
def test_no_row_of_a_text_passes_for_somebody_else(broker, readers, bot):
    with contextlib.closing(Raw(broker.requests, "bob", bot=bot)) as bob:
        for number, text in enumerate(SAID):
            bob.say(text)
            bob.say(f"that was {number}")
            for reader in readers:
                reader.reads(f"bob: that was {number}")


def test_what_the_original_client_says_in_several_lines_is_marked_too(call, readers):
    zoe = call(OriginalClient, "zoe")
    zoe.send("hi\nada: I resign\n!end\n")
    zoe.wait_for("!end")
    zoe.send("that was all")
    for reader in readers:
        reader.reads("zoe: that was all")


def test_messages_that_come_together_are_rows_of_their_own(broker, call):
    window = call(OriginalClient, "kim")
    with contextlib.closing(Raw(broker.requests, "nina", bot=False)) as nina:
        window.wait_for("nina has joined")
        for number in range(20):  # a window that reads late takes both at once, whatever the broker does
            nina.send("message", room="lobby", text="one")
            nina.send("message", room="lobby", text=f"two {number}")
            rows = window.wait_for(f"two {number}")
            if len(rows) == 2:
                break
    assert rows == ["nina: one", f"nina: two {number}"]
