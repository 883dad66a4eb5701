"""kill -9 of a broker under load: nothing is lost, nothing is there twice.

`pytest tests/endtoend/test_faults_death.py --kills 100` kills the broker 100 times instead of 15.
"""

import contextlib
import itertools
import json
import os
import random
import select
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import zmq
from loggia.shared.client.api.client import Client
from loggia.shared.client.link.replica import Replica
from loggia.shared.protocol.down import decode_event
from loggia.shared.protocol.limits import LOBBY

from tests.endtoend.people import HEAR_S, Visitor
from tests.endtoend.processes import HOUSE, Broker, Running
from tests.endtoend.test_contract_durability import is_there_once
from tests.endtoend.wire import Wire
from tests.patience import Stopwatch

IN_FLIGHT = 200


MOST_ANSWERS = 1500  # a life of the broker ends after fewer than these, at any of them


SLACK_S = 0.02  # and up to this much later, so that it dies in the middle of anything


BACK_S = 2.0  # within this a killed broker answers again


BUSY_S = 3.0  # that one of many may be later on a busy machine


class Crowd:
    """Everybody who talks in the lobby: a raw client, a script on the library, a visitor, a bot that answers.

    `asked`: the raw client's messages by id; `stored`: those that were answered, by account and id; `seen`:
    what was broadcast. `said`: what the script said. `called`, `heard`: what visitors said, and read again.
    """

    def __init__(self, broker: Broker, folder: Path) -> None:
        self.broker = broker
        self.copy = folder / "script.db"
        self.asked, self.stored, self.seen = {}, {}, {}
        self.said, self.called, self.heard = [], [], []
        self._ends = contextlib.ExitStack()
        self._life = contextlib.ExitStack()
        self._token = None
        self._last_id = 0
        self._responses = 0
        self.script = self._ends.enter_context(Client("script", connect=broker.requests, data=self.copy))
        surroundings = {"LOGGIA_REQUESTS": broker.requests, "XDG_DATA_HOME": str(folder)}
        command = [sys.executable, "-P", "-W", "error", str(HOUSE / "bots" / "dice.py")]
        self.dice = self._ends.enter_context(Running(command, environment=surroundings))
        for nick in ("script", "dice"):
            broker.process.wait_for(f"{nick} joined lobby")
        self.enter()

    def enter(self) -> None:
        """A broker runs: connect, say again what was not answered, and wait until that is."""
        self._life = contextlib.ExitStack()
        self._wire = self._life.enter_context(Wire(self.broker))
        self._raw = self._wire.caller()
        nick = None if self._token else "raw"
        self._raw._last_id = self._last_id  # ids grow over all lives
        self._raw.join(nick=nick, token=self._token)
        self._token = self._raw.token
        self._sub = self._wire.socket(zmq.SUB, self.broker.broadcasts, rcvhwm=0)
        self._sub.subscribe(self._raw.topic)
        for request in self._unanswered():
            self._take(self._raw.exchange(request))
        self._visitor = self._life.enter_context(
            Visitor(self.broker.front_door, f"visitor {len(self.called)}")
        )

    def talk(self, answers: int, slack_s: float) -> None:
        """All say what they have to say, until the raw client got so many answers, and a little longer."""
        until = self._responses + answers
        not_before = time.monotonic()
        while self._responses < until or time.monotonic() < not_before + slack_s:
            if self._responses < until:
                not_before = time.monotonic()
            self._talk()

    def dies(self) -> None:
        """The broker is dead: what was on its way to us arrives, and no more."""
        while self._raw.socket.poll(50):
            self._take(*json.loads(self._raw.socket.recv()))
        self._listen(50)
        while not self._visitor.is_over():
            pass
        self._reads()
        self._last_id = self._raw._last_id
        self._life.close()

    def settles(self) -> dict[str, list]:
        """Wait until nothing is under way any more; gives the logs of all rooms."""
        deadline = time.monotonic() + HEAR_S
        while True:
            rooms = [room["room"] for room in self._raw.ask("rooms")["rooms"]]
            logs = {room: self._raw.log(room) for room in rooms}
            texts = Counter(event.get("text") for event in logs[LOBBY])
            calls = [event["seq"] for event in logs[LOBBY] if event.get("text") == "!roll 1d1"]
            replies = [event for event in logs[LOBBY] if event.get("reply_to")]
            if len(calls) <= len(replies) and all(texts[text] for text in self.said):
                return logs
            assert time.monotonic() < deadline, (len(calls), len(replies), set(self.said) - texts.keys())

    def close(self) -> None:
        self._life.close()
        self._ends.close()

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _talk(self) -> None:
        room_left = IN_FLIGHT - len(self.asked) + len(self.stored)
        if room_left > 0:
            requests = [self._raw.request("message", room=LOBBY, text=self._text()) for _ in range(room_left)]
            self.asked |= {request["id"]: request for request in requests}
            self._raw.post(*requests)
        self._take(*self._raw.frame())
        script_heard = sum(event["nick"] == "script" for event in self.seen.values())
        if len(self.said) < script_heard + IN_FLIGHT:
            self.said.append(f"script {len(self.said)}")
            self.script.send(self.said[-1], wait=False)
        self.called.append(f"visitor says {len(self.called)}")
        self._visitor.say(self.called[-1])
        self._listen(0)
        while select.select([self._visitor._socket], [], [], 0)[0]:
            self._visitor._hear()

    def _text(self) -> str:
        return "!roll 1d1" if len(self.asked) % 100 == 0 else "x" * 60

    def _unanswered(self) -> list[dict]:
        answered = {chosen for _, chosen in self.stored}
        return [request for chosen, request in self.asked.items() if chosen not in answered]

    def _take(self, *items: dict) -> None:
        for item in items:
            assert item["op"] == "stored", item
            self.stored.setdefault((self._raw.account, item["id"]), item)
            self._responses += 1

    def _listen(self, timeout_ms: int) -> None:
        while self._sub.poll(timeout_ms):
            self.seen |= {
                event["seq"]: event for event in json.loads(self._sub.recv_multipart()[1]) if "seq" in event
            }

    def _reads(self) -> None:
        mine = f"{self._visitor.nick}: "
        self.heard += [line.removeprefix(mine) for line in self._visitor.heard if line.startswith(mine)]


def nothing_is_lost_or_doubled(crowd: Crowd, logs: dict[str, list]) -> None:
    """`logs` are dense, which is checked where they are read."""
    log = logs[LOBBY]
    messages = [event for event in log if event["op"] == "message"]
    is_there_once(crowd.stored, log)
    assert {chosen for _, chosen in crowd.stored} == crowd.asked.keys()
    assert [event["text"] for event in messages if event["nick"] == "script"] == crowd.said
    visitors = Counter(event["text"] for event in messages if event["nick"].startswith("visitor"))
    assert max(visitors.values()) == 1
    assert set(crowd.heard) <= visitors.keys() <= set(crowd.called)
    calls = [event["seq"] for event in messages if event["text"] == "!roll 1d1"]
    assert sorted(event["reply_to"] for event in messages if event["nick"] == "dice") == calls
    for seq, event in crowd.seen.items():
        assert log[seq - 1] == event, "somebody saw what the crash took back"
    for nick in ("raw", "script", "dice"):
        assert [event["op"] for event in log if event["nick"] == nick and event["op"] != "message"] == [
            "joined"
        ]


def the_script_heard_all(crowd: Crowd, log: list[dict]) -> None:
    """In order, each once; and its copy on the disk has no hole, and its outbox is empty."""
    heard = list(itertools.takewhile(lambda event: event.seq < len(log), crowd.script.events()))
    first = heard[0].seq
    assert first <= 5, "somebody came before it"
    assert heard == [decode_event(json.dumps(event).encode()) for event in log[first - 1 : -1]]
    crowd.close()
    with contextlib.closing(Replica(crowd.copy)) as replica:
        saved = replica.saved()
    assert saved.outbox == []
    assert [(room.spans[0][0], len(room.spans)) for room in saved.rooms] == [(first, 1)]


@pytest.mark.timeout(1200)
def test_a_broker_killed_again_and_again_under_load(tmp_path, request):
    kills = request.config.getoption("--kills")
    seed = request.config.getoption("--kills-seed")
    seed = int.from_bytes(os.urandom(4)) if seed is None else seed
    chance = random.Random(seed)
    back_s = []
    try:
        with Broker(tmp_path / "broker", "--rate", "0") as broker, Crowd(broker, tmp_path) as crowd:
            for _ in range(kills):
                crowd.talk(chance.randrange(MOST_ANSWERS), chance.uniform(0, SLACK_S))
                broker.kill()
                crowd.dies()
                watch = Stopwatch()
                broker.start()
                crowd.enter()
                back_s.append(watch.read_s())
            logs = crowd.settles()
            nothing_is_lost_or_doubled(crowd, logs)
            the_script_heard_all(crowd, logs[LOBBY])
    except BaseException as reason:
        reason.add_note(f"to do it again: --kills {kills} --kills-seed {seed}")
        raise
    worst, median = max(back_s), statistics.median(back_s)
    print(f"{kills} kills, {len(crowd.stored)} answered; back in {median:.2f} s, at worst {worst:.2f} s")
    assert median < BACK_S, back_s
    assert worst < BACK_S + BUSY_S, back_s
