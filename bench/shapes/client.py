"""The client: what its session does with frames and commands, and what its copy keeps.

The real session over a real copy in memory, and over a broker as of shapes/broker.py, which is not counted.
"""

import functools
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from loggia.shared.client import commands, effects, updates
from loggia.shared.client.ids import Ids
from loggia.shared.client.link.memory import Memory
from loggia.shared.client.saved import Saved
from loggia.shared.client.session.session import Session
from loggia.shared.protocol.limits import LOBBY

from bench.shapes.broker import START_MS, TEXT, TURN_S, House, message
from bench.shapes.shape import Counting, Shape, Sum

HEARD, TURNS = 200, 10
SAID = 100


class Program:
    """A program that is connected to a broker, without the link and its sockets.

    Attributes: `told`, what it was told; `dealer`, its connection.
    """

    def __init__(self, house: House, nick: str) -> None:
        self.house = house
        self.told: list[updates.Update] = []
        self._now = 100.0
        self._ids = Ids(nick)
        self._replica = Memory()
        self._topics: frozenset[str] = frozenset()
        self.dealer = house.come()
        saved: Saved = self._replica.saved()
        self._session = Session(
            nick=nick,
            rooms=(LOBBY,),
            saved=saved,
            new_id=lambda: self._ids.new(START_MS),
            chance=lambda: 1.0,
            bot=True,
        )
        self._perform(self._session.start(self._now))

    def settle(self) -> None:
        """Until the broker has nothing more to say."""
        while self.exchange():
            pass

    def exchange(self) -> bool:
        """What it sent is taken in, and what comes of that is here; whether anything was."""
        self.house.turn()
        self._now += TURN_S
        heard = [*self.house.answered(self.dealer)]
        told = [frame for topic, frame in self.house.published() if topic in self._topics]
        self.hear(heard, told)
        return bool(heard or told)

    def hear(self, answers: Iterable[bytes], events: Iterable[bytes]) -> None:
        self._perform(self._session.heard(answers, events, self._now))
        self._perform(self._session.tick(self._now))

    def say(self, text: str) -> None:
        said = commands.Say(id=self._ids.new(START_MS), room=LOBBY, text=text)
        self._perform(self._session.asked([said], self._now, START_MS))

    def close(self) -> None:
        self._replica.close()

    def _perform(self, todo: list[effects.Effect]) -> None:
        self._replica.keep([effect for effect in todo if isinstance(effect, effects.Keep)])
        for effect in todo:
            if isinstance(effect, effects.Send):
                self.house.frame(self.dealer, effect.frame)
            elif isinstance(effect, effects.Tell):
                self.told.append(effect.update)
            elif isinstance(effect, effects.Subscribe):
                self._topics = effect.topics


def _hears(counting: Counting) -> float:
    """Somebody says so much in a turn; it arrives in as few frames as that fills."""
    total = Sum(counting)
    with _house() as house:
        (speaker,) = house.enters(1, 1)
        program = Program(house, "reader")
        program.settle()
        for turn in range(TURNS + 1):
            house.hear([(speaker, [message(turn * HEARD + number)]) for number in range(HEARD)])
            house.turn()
            events = [frame for _, frame in house.published()]
            program.told.clear()
            hear = functools.partial(program.hear, (), events)
            if turn:
                total.of(hear)
            else:
                hear()
            heard = sum(len(told.events) for told in program.told if isinstance(told, updates.Arrived))
            assert heard == HEARD, heard
        program.close()
    return total.each(TURNS * HEARD)


def _says(counting: Counting) -> float:
    """Each message when the one before it is stored."""
    total = Sum(counting)
    with _house() as house:
        program = Program(house, "speaker")
        program.settle()
        program.say(TEXT)
        program.settle()
        program.told.clear()
        for _ in range(SAID):
            total.of(lambda: program.say(TEXT))
            house.turn()
            answers = house.answered(program.dealer)
            events = [frame for _, frame in house.published()]
            total.of(functools.partial(program.hear, answers, events))
        delivered = sum(isinstance(told, updates.Delivered) for told in program.told)
        assert delivered == SAID, delivered
        program.close()
    return total.each(SAID)


@contextmanager
def _house() -> Iterator[House]:
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder))
        try:
            yield house
        finally:
            house.close()


SHAPES = {
    "hears": Shape(f"a program that hears {HEARD} messages at once", _hears),
    "says": Shape("a program that says one, until it is stored", _says),
}
