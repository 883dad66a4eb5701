"""kill -9 of clients between sending and the answer: what they said is stored, and once."""

import contextlib
import os
import random
import sys
import time
from pathlib import Path

import pytest
from loggia.qtclient.settings import replica_path
from loggia.shared.client.link.replica import Replica

from tests.endtoend.people import HEAR_S, Raw
from tests.endtoend.processes import Broker, module
from tests.endtoend.screens import WindowOnScreen, screen
from tests.faults import Relay

SCRIPT_LIVES = 5


LINES = 150  # a script says in one life


class Script:
    """Ada as a script on the library. `file`: its copy and outbox."""

    def __init__(self, requests: str, folder: Path) -> None:
        self.file = folder / "ada.db"
        self.process = module("tests.endtoend.speaker", requests, str(self.file))

    def say(self, text: str) -> None:
        self.process.type(text)

    def ends(self) -> None:
        self.process.end_input()
        assert self.process.wait() == 0, self.process.lines

    def close(self) -> None:
        self.process.close()


class Window:
    """Ada at the window: real keys on a virtual screen."""

    def __init__(self, requests: str, folder: Path) -> None:
        self.file = replica_path(folder, requests)
        self._has_focus = False
        self._ends = contextlib.ExitStack()
        display = self._ends.enter_context(screen())
        self._window = WindowOnScreen(display, requests, "ada", folder)
        self.process = self._ends.enter_context(self._window.process)

    def say(self, text: str) -> None:
        if not self._has_focus:
            self._window.focus()
            self._has_focus = True
        self._window.say(text)

    def ends(self) -> None:
        assert self.process.terminate() == 0, self.process.lines

    def close(self) -> None:
        self._ends.close()


WITH_A_SCREEN = [pytest.mark.xvfb, pytest.mark.skipif(sys.platform != "linux", reason="needs an X server")]


@pytest.fixture(params=[Script, pytest.param(Window, marks=WITH_A_SCREEN)])
def start(request, tmp_path):
    """Starts Ada, always on the same files."""
    with contextlib.ExitStack() as stack:

        def start_one(requests: str) -> Script | Window:
            client = request.param(requests, tmp_path / "ada")
            stack.callback(client.close)
            return client

        yield start_one


def written_down(file: Path, text: str) -> None:
    """Block until the client has it on its disk, which is before it sends it."""
    deadline = time.monotonic() + HEAR_S
    files = [file, file.with_name(file.name + "-wal")]
    while not any(text.encode() in one.read_bytes() for one in files if one.exists()):
        assert time.monotonic() < deadline, f"{text} was never written down"


def waiting(file: Path) -> list[str]:
    """What the outbox of a dead client holds."""
    with contextlib.closing(Replica(file)) as replica:
        return [entry.say.text for entry in replica.saved().outbox]


def said_by_ada(raw: Raw) -> list[str]:
    return [event["text"] for event in raw.log() if event["op"] == "message" and event["nick"] == "ada"]


@pytest.mark.parametrize("reached", [False, True], ids=["before the broker got it", "before the answer came"])
def test_a_client_killed_between_sending_and_the_answer(broker, start, reached):
    texts = ["the first of three", "the second of three", "the third of three"]
    with Relay.before(broker.requests) as relay, Raw(broker.requests, "raw") as raw:
        ada = start(relay.endpoint)
        broker.process.wait_for("ada joined lobby")
        ada.say("heard at once")
        raw.hears("heard at once", by="ada")
        with relay.dropping("down" if reached else "up"):
            for text in texts:
                ada.say(text)
                written_down(ada.file, text)
                if reached:
                    raw.hears(text, by="ada")
            ada.process.kill()
        assert waiting(ada.file)[-3:] == texts
        assert said_by_ada(raw) == ["heard at once", *(texts if reached else [])]
        ada = start(relay.endpoint)
        for text in texts:
            raw.hears(text, by="ada")
        if reached:  # the answer to this one shows that those before it were answered
            ada.say("the last")
            raw.hears("the last", by="ada")
        ada.ends()
        assert waiting(ada.file) == []
        assert said_by_ada(raw) == ["heard at once", *texts, *(["the last"] if reached else [])]
        assert [event["op"] for event in raw.log() if event["nick"] == "ada"].count("joined") == 1


def test_a_script_killed_at_random_moments(tmp_path):
    seed = int.from_bytes(os.urandom(4))
    chance = random.Random(seed)
    owed = []  # what the script had on its disk, or was stored, when it was killed
    try:
        with Broker(tmp_path / "broker", "--rate", "0") as broker, Raw(broker.requests, "raw") as raw:
            for life in range(SCRIPT_LIVES):
                with contextlib.closing(Script(broker.requests, tmp_path)) as ada:
                    if life == 0:  # who dies before the first welcome waits for its own nickname
                        ada.say("hello")
                        raw.hears("hello", by="ada")
                    for number in range(LINES):
                        ada.say(f"{life}.{number}")
                    last = chance.randrange(LINES)
                    if chance.random() < 0.5:
                        raw.hears(f"{life}.{last}", by="ada")
                    else:
                        written_down(ada.file, f"{life}.{last}")
                    ada.process.kill()
                    owed += waiting(ada.file) + said_by_ada(raw)
            with contextlib.closing(Script(broker.requests, tmp_path)) as ada:
                ada.say("the end")
                raw.hears("the end", by="ada")
                ada.ends()
            assert waiting(tmp_path / "ada.db") == []
            said = said_by_ada(raw)
            assert len(said) == len(set(said))
            assert set(owed) | {"the end"} == set(said)
            in_order = [f"{life}.{number}" for life in range(SCRIPT_LIVES) for number in range(LINES)]
            assert said == ["hello", *[text for text in in_order if text in said], "the end"]
    except BaseException as reason:
        reason.add_note(f"seed {seed}")
        raise
