"""A front door with a hub that has no disk and no second thoughts, and what its operator reads."""

import asyncio
import contextlib
import logging
import threading
import time
from collections import Counter

from loggia.broker.doors.classic.door import FrontDoor
from loggia.broker.doors.door import Parting
from loggia.broker.sessions.delivery import Delivery
from loggia.shared.protocol import names
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import LOBBY, Limits
from loggia.shared.protocol.requests import Join, Message

from tests.broker.callers import WAIT_S
from tests.broker.doors.classic.visits import answer, joined, left, message, refusal

DIED = "{} may have crashed or closed the connection prematurely."


CLOSED = "Connection closed successfully."


class House:
    """The broker's loop in a thread, with a front door and a hub made of a few lines."""

    def __init__(self, **settings):
        self.loop = asyncio.SelectorEventLoop()
        self.nicks = {}
        self.gone = []
        self.counted = Counter()
        self.slow = 0  # batches to be told to slow down
        self.limits = Limits()
        self.door = FrontDoor(
            place=("127.0.0.1", 0), loop=self.loop, limits=self.limits, inside=self, **settings
        )
        self.address = self.door.open().bound["front_door"]
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    def call(self, function, *arguments):
        """Run it on the loop's thread."""

        async def run():
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(WAIT_S)

    def publish(self, *events, room=LOBBY):
        self.call(self.door.deliver, Delivery(room, events, []))

    def halt(self):
        """The loop stands still from here on."""
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(WAIT_S)

    def stop(self):
        self.halt()
        self.door.close(Parting("", "", "The broker stops."), [])
        waiting = [timer for timer in self.loop._scheduled if not timer.cancelled()]
        watched = len(self.loop._selector.get_map())
        ready = [handle for handle in self.loop._ready if not handle.cancelled()]
        self.loop.close()
        assert waiting == []
        assert ready == []
        assert watched == 1  # the loop's own

    def timers(self):
        return self.call(lambda: [timer for timer in self.loop._scheduled if not timer.cancelled()])

    def submit(self, door, arrived):
        for visitor, requests in arrived:
            self.loop.call_soon(self._turn, visitor, requests)

    def _turn(self, visitor, requests):
        answers, events = [], []
        if self.slow:
            self.slow -= 1
            self.door.answer(visitor, [refusal(asked, "slow_down", retry_after_ms=1) for asked in requests])
            return
        for request in requests:
            given, event = self._decide(visitor, request)
            answers.append(given)
            events += [event] if event else []
        self.door.answer(visitor, answers)
        self.door.deliver(Delivery(LOBBY, events, []))

    def _decide(self, visitor, request):
        account = str(id(visitor))
        if isinstance(request, Join):
            try:
                nick = names.nick(request.nick, self.limits)
            except Refused as refused:
                return refusal(request, refused.code, refused.text), None
            if nick in self.nicks.values():
                return refusal(request, "nick_taken", "It is taken."), None
            self.nicks[visitor] = nick
            return answer(request, account), joined(nick, account)
        if isinstance(request, Message):
            return answer(request), message(self.nicks[visitor], request.text, account)
        return answer(request), left(self.nicks.pop(visitor), "end", account)

    def count(self, name, by=1):
        self.counted[name] += by

    def lost(self, visitor):
        self.gone.append(visitor.peer)
        if visitor in self.nicks:
            self.door.deliver(Delivery(LOBBY, [left(self.nicks.pop(visitor), "lost", str(id(visitor)))], []))


def hang_up(caller):
    with contextlib.suppress(OSError):
        caller.close()


class TerminalLog:
    """What an operator reads."""

    def __init__(self, caplog):
        caplog.set_level(logging.INFO, "loggia")
        self._caplog = caplog

    def __call__(self, *lines):
        """Wait for these lines, in whatever order; returns all."""
        deadline = time.monotonic() + WAIT_S
        while not all(line in self._caplog.messages for line in lines):
            assert time.monotonic() < deadline, (lines, self._caplog.messages)
            threading.Event().wait(0.005)
        return list(self._caplog.messages)

    @property
    def peers(self):
        return {record.peer for record in self._caplog.records}


def name_of(client):
    return "{}:{}".format(*client.socket.getsockname())
