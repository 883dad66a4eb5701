"""Everybody in one lobby: a window, a terminal, an original client, raw bots and a library bot, all real.

Each sees what the others say; the broker is killed in the middle; what was answered is there once.
"""

import contextlib
import sys
from collections import Counter

import pytest
from loggia.broker.doors.classic.text import welcome
from loggia.qtclient.settings import replica_path
from loggia.shared.client.link.replica import Replica

from tests.endtoend.bots import example
from tests.endtoend.people import Original, Raw, Visitor
from tests.endtoend.processes import Broker
from tests.endtoend.screens import WindowOnScreen, screen
from tests.endtoend.windows import Window
from tests.faults import Relay

IN_FLIGHT = 200


def said(raw: Raw) -> Counter[tuple[str, str]]:
    """How often each message stands in the lobby's log, by nick and text."""
    return Counter((event["nick"], event["text"]) for event in raw.log() if event["op"] == "message")


def everybody_rolls_and_hears_everybody(people: dict[str, Raw | Visitor | Window]) -> None:
    """Also the bots hear everybody but each other: the echo repeats each word, and the dice roll for each."""
    rolls = dict(enumerate(people, 2))
    for number, name in rolls.items():
        people[name].say(f"!roll {number}d1")
    for number, name in rolls.items():
        rolled = " + ".join("1" * number) + f" = {number}"
        for listener in people.values():
            listener.hears(f"!roll {number}d1", by=name)
            listener.hears(f"!roll {number}d1", by="echo")
            listener.hears(rolled, by="dice")


def speaks_into_the_void(window: Window, text: str) -> None:
    """The broker is gone: the message is shown as waiting."""
    window.waits(lambda: not window.window.state.connected, "noticed that the broker is gone")
    window.say(text)
    waits = ("waiting", "unreachable")
    window.waits(
        lambda: any(row.text == text and row.sign in waits for row in window.rows()), "showed that it waits"
    )


def test_everybody_hears_everybody_and_a_killed_broker_loses_nothing(broker, tmp_path, qtbot):
    with contextlib.ExitStack() as rooms:
        enter = rooms.enter_context
        raw = enter(Raw(broker.requests, "raw", bot=False))
        dice = enter(example("dice", broker, tmp_path))
        echo = enter(example("raw_echo", broker, tmp_path))
        broker.process.wait_for("dice joined lobby")
        broker.process.wait_for("echo joined lobby")
        raw.waits_for_echo()
        terminal = enter(Visitor(broker.front_door, "terminal"))
        original = enter(Original(broker.front_door, "original"))
        for visitor in (terminal, original):
            visitor.reads(welcome(visitor.nick, in_lines=bool(visitor.line_end)))
        window = enter(contextlib.closing(Window(qtbot, broker.requests, "ada", tmp_path / "ada")))
        terminal.reads("ada has joined the chat")
        everybody_rolls_and_hears_everybody(
            {"raw": raw, "terminal": terminal, "original": original, "ada": window}
        )

        echo.kill()  # a bot this small does not join again after a restart
        before = said(raw)
        broker.kill()
        speaks_into_the_void(window, "said while nobody listened")
        for visitor in (terminal, original):
            while not visitor.is_over():
                pass
        broker.start()

        account = raw.me["account"]
        assert raw.rejoin()["account"] == account
        raw.hears("said while nobody listened", by="ada")
        terminal = enter(Visitor(broker.front_door, "terminal"))
        original = enter(Original(broker.front_door, "original"))
        for visitor in (terminal, original):
            visitor.reads(welcome(visitor.nick, in_lines=bool(visitor.line_end)))
        everybody = {"raw": raw, "terminal": terminal, "original": original, "ada": window}
        for name, speaker in everybody.items():
            speaker.say(f"{name} is back")
            for listener in everybody.values():
                listener.hears(f"{name} is back", by=name)
        raw.say("!roll 9d1")
        raw.hears("1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 = 9", by="dice")

        after = said(raw)
        assert {message: after[message] for message in before} == before, (
            "what was answered is there, as often"
        )
        assert after["ada", "said while nobody listened"] == 1
        window.waits(
            lambda: Counter((row.nick, row.text) for row in window.rows()) == after, "showed the log"
        )
        window.waits(lambda: all(row.sign in ("none", "stored") for row in window.rows()), "all stored")
        for visitor in (terminal, original):
            visitor.ends()
        assert dice.terminate() == 0
        assert dice.lines == []
        assert echo.lines == []


@pytest.mark.parametrize("answer_bytes", [20_000, 60_000, 150_000])
def test_what_was_answered_before_a_kill_is_there_once(tmp_path, answer_bytes):
    with (
        Broker(tmp_path / "broker", "--rate", "0") as broker,
        Relay.before(broker.requests) as relay,
        Raw(relay.endpoint, "raw") as raw,
    ):
        ids: list[str] = []
        with relay.cut_after(answer_bytes, "down"):
            while relay.connections:
                raw.take_what_arrived()
                while len(ids) - len(raw.stored) < IN_FLIGHT:
                    ids.append(raw.send("message", room="lobby", text=f"number {len(ids)}"))
            raw.take_what_arrived()
            broker.kill()
        answered = dict(raw.stored)
        assert 0 < len(answered) < len(ids), "the cut and the kill came in the middle"
        broker.start()
        raw.rejoin()
        for number, request_id in enumerate(ids):
            again = raw.ask("message", room="lobby", text=f"number {number}", id=request_id)
            assert again["op"] == "stored", again
            if request_id in answered:
                assert again == {**answered[request_id], "duplicate": True}
        stored = [event for event in raw.log() if event["op"] == "message"]
        assert [event["id"] for event in stored] == ids, "each once, in the order in which they were sent"


@pytest.mark.xvfb
@pytest.mark.skipif(sys.platform != "linux", reason="needs an X server")
def test_real_key_presses_on_a_real_screen(broker, tmp_path):
    data = tmp_path / "ada"
    with screen() as display, Raw(broker.requests, "raw") as raw:
        window = WindowOnScreen(display, broker.requests, "ada", data)
        with window.process:
            window.focus()
            broker.process.wait_for("ada joined lobby")
            window.say("Hello from the keys, 100% real: (a+b)*c!")
            raw.hears("Hello from the keys, 100% real: (a+b)*c!", by="ada")
            raw.say("Hello to the keys.")
            raw.say("!bye")
            window.say("!end")
            assert window.process.wait() == 0
            assert window.process.lines == []
        broker.process.wait_for("ada left lobby \\(end\\)")
        seen = [(event["nick"], event["text"]) for event in raw.log() if event["op"] == "message"]
        assert seen == [
            ("ada", "Hello from the keys, 100% real: (a+b)*c!"),
            ("raw", "Hello to the keys."),
            ("raw", "!bye"),
        ]
    replica = Replica(replica_path(data, broker.requests))
    try:
        saved = replica.saved()
        (room,) = [room for room in saved.rooms if room.room == "lobby"]
        held = replica.events("lobby", room.epoch, 0, room.spans[-1][1])
        assert [event.text for event in held if hasattr(event, "text")][:2] == [text for _, text in seen[:2]]
    finally:
        replica.close()
