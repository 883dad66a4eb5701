"""The status line, without a window."""

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.state.status import where
from loggia.shared.client.updates import (
    Completeness,
    ConnectionStatus,
    Entered,
    Older,
)
from loggia.shared.protocol.answers import Error

from tests.qtclient.state.seen import signs, take
from tests.qtclient.talk import arrived, entered, many, says, waits


def holds(first: int = 1, last: int = 48112, *, current: bool = True, **more: int) -> Completeness:
    head = last + more.get("filling", 0)
    return Completeness(room="lobby", first=first, last=last, head=head, current=current, **more)


@pytest.mark.parametrize(
    ("held", "words", "details"),
    [
        (holds(), " · All messages are here", "1 to 48,112, nothing missing"),
        (
            holds(101, oldest=101),
            " · All messages that the server has are here",
            "101 to 48,112, all that the server has",
        ),
        (holds(filling=40), " · Catching up: 40", "1 to 48,112, filling 40 messages"),
        (
            holds(filling=40, refused="No."),
            " · 40 cannot be had now",
            "1 to 48,112, the server does not give 40 messages: No.",
        ),
        (
            holds(3001, older=3000),
            " · Older ones load as you scroll",
            "3,001 to 48,112, not loaded: 3,000 older",
        ),
        (holds(1, 0), "", "empty, nothing missing"),
        (holds(current=False), "", "1 to 48,112 on this computer"),
    ],
)
def test_the_line_of_a_good_connection_is_in_peoples_words(
    state: WindowState, held: Completeness, words: str, details: str
):
    take(state, *entered(head=48112), held)
    assert state.status_line(0).text == f"Connected{words}"
    assert state.status_line(0).tone == "ok"
    assert state.details() == (
        "Connected to this computer. What goes there and comes from there is not encrypted.\n"
        f"# lobby: {details}"
    )


def test_the_line_without_a_connection_says_what_is_here(state: WindowState):
    take(state, ConnectionStatus(connection="offline"))
    assert state.status_line(0).text.endswith(" · Nothing of it is here yet")
    take(state, holds(current=False), waits("w1"))
    assert state.status_line(0).text == (
        "Offline (your messages wait here) · What is on this computer can be read · 1 message waits"
    )
    assert state.details() == (
        "Not connected to this computer. What goes there and comes from there is not encrypted.\n"
        "# lobby: 1 to 48,112 on this computer"
    )
    take(state, ConnectionStatus(connection="offline", reason="You are banned."))
    assert "\nYou are banned.\n" in state.details()


def test_the_line_is_about_the_room_on_the_screen(state: WindowState):
    take(state, *entered(), *entered("lab"), holds(filling=40), *arrived(many(1, 3, "lab")))
    state.look_at("lab")
    assert state.status_line(0).text.endswith(" · All messages are here")
    assert state.details().endswith("\n# lab: 1 to 3, nothing missing")


def test_the_seconds_to_the_next_try_count_down(state: WindowState):
    take(state, ConnectionStatus(connection="reconnecting", retry_in_s=3.0), now=100.0)
    lines = [
        state.status_line(now).text.partition(" · ")[0] for now in (100.0, 100.5, 101.0, 102.9, 103.0, 110.0)
    ]
    assert lines == [
        "Reconnecting in 3 s",
        "Reconnecting in 3 s",
        "Reconnecting in 2 s",
        "Reconnecting in 1 s",
        "Reconnecting now",
        "Reconnecting now",
    ]


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (ConnectionStatus(connection="connecting"), "Connecting"),
        (
            ConnectionStatus(connection="offline"),
            "Offline (your messages wait here) · Nothing of it is here yet",
        ),
        (
            ConnectionStatus(connection="offline", reason="The disk refused to store what is new."),
            "Offline: The disk refused to store what is new · Nothing of it is here yet",
        ),
        (ConnectionStatus(connection="ended", reason="The copy is damaged."), "The copy is damaged."),
        (ConnectionStatus(connection="ended"), "Ended"),
    ],
)
def test_the_other_lines(state: WindowState, status: ConnectionStatus, line: str):
    take(state, status)
    assert state.status_line(0).text == line


@pytest.mark.parametrize(
    ("updates", "shorter"),
    [
        ([*entered(head=9), holds()], "Connected · All is here"),
        ([*entered(head=9), holds(101, oldest=101)], "Connected · All is here"),
        (
            [*entered(head=9), holds(3001, filling=40, older=3000)],
            "Connected · Catching up: 40 · Older: scroll",
        ),
        ([*entered(head=9), holds(filling=40, refused="No.")], "Connected · 40 cannot be had now"),
        (
            [ConnectionStatus(connection="offline"), waits("w1")],
            "Offline · 1 waits · Nothing is here yet",
        ),
        (
            [ConnectionStatus(connection="reconnecting", retry_in_s=3), holds(current=False), waits("w1")],
            "Again in 3 s · 1 waits",
        ),
        (
            [ConnectionStatus(connection="offline", reason="You are banned."), holds(current=False)],
            "Offline: You are banned",
        ),
    ],
)
def test_where_there_is_little_room_what_is_most_needed_comes_first(
    state: WindowState, updates: list, shorter: str
):
    take(state, *updates)
    assert state.status_line(0).shorter[-1] == shorter
    assert state.status_line(0).shorter[0] == shorter.replace("Again in", "Reconnecting in")


def test_what_waits_is_counted_while_nobody_answers(state: WindowState):
    take(state, ConnectionStatus(connection="offline"), waits("w1"))
    assert state.status_line(0).text.endswith("1 message waits")
    take(state, waits("w2"))
    assert state.status_line(0).text.endswith("2 messages wait")


def test_older_messages_that_the_server_does_not_give_are_said(state: WindowState):
    error = Error(id="1", code="bad_request", text="No page has so many.")
    take(state, *entered(head=9), Older(room="lobby", events=[], more=True, refused=error))
    assert state.problem == "No page has so many."


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("tcp://127.0.0.1:1101", "this computer"),
        ("tcp://localhost:1101", "this computer"),
        ("tcp://[::1]:1101", "this computer"),
        ("tcp://10.0.0.7:1101", "10.0.0.7:1101"),
        ("tcp://[fd00::7]:1101", "[fd00::7]:1101"),
        ("tcp://localhost.example:1101", "localhost.example:1101"),
        ("ipc:///tmp/loggia", "/tmp/loggia"),
    ],
)
def test_where_the_broker_is_in_words(endpoint: str, words: str):
    assert where(endpoint) == words


def test_the_terminal_hears_of_each_change_once(state: WindowState):
    told = []
    for status in [
        ConnectionStatus(connection="connecting"),
        ConnectionStatus(connection="reconnecting", retry_in_s=1, reason="refused"),
        ConnectionStatus(connection="connecting"),
        ConnectionStatus(connection="reconnecting", retry_in_s=2, reason="for another reason"),
        ConnectionStatus(connection="connected"),
        ConnectionStatus(connection="reconnecting", retry_in_s=1, reason="\x1b[31mred"),
        ConnectionStatus(connection="offline", reason="You are banned."),
    ]:
        take(state, status)
        told.append(state.standing.told_to_terminal())
    assert [line for line in told if line] == [
        "Server not reachable at tcp://127.0.0.1:1101 (refused); trying again by itself.",
        "Connected to tcp://127.0.0.1:1101.",
        "Server not reachable at tcp://127.0.0.1:1101 (\\x1b[31mred); trying again by itself.",
        "Not connected to tcp://127.0.0.1:1101: You are banned.",
    ]


def test_a_connection_that_works_from_the_start_is_not_worth_a_line(state: WindowState):
    take(state, ConnectionStatus(connection="connecting"), ConnectionStatus(connection="connected"))
    assert state.standing.told_to_terminal() is None


def test_who_i_am_is_known_when_the_broker_says_so(state: WindowState):
    take(state, Older(room="lobby", events=[says(1, "ada")], more=False))
    assert signs(state) == []
    take(state, Entered(room="lobby", nick="ada", account="a-ada", head=1))
    assert signs(state) == [("hello", "stored")]
