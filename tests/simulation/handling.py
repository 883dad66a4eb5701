"""A bot's handler: it takes its time with all that it is told, and answers questions.

Runs in the simulation's only thread.
"""

from typing import TYPE_CHECKING

from loggia.shared.client import commands
from loggia.shared.client.api.inbox import Epochs
from loggia.shared.client.ids import answering
from loggia.shared.protocol.events import MessageEvent, StoredEvent
from msgspec import structs

from tests.simulation.kinds import QUESTION, reply

if TYPE_CHECKING:
    from tests.simulation.programs import Run


class Handler:
    """Of one program. `lives`: of which life of the log it was told what."""

    def __init__(self, run: "Run", lives: Epochs) -> None:
        self._run, self._client, self._lives = run, run.client, lives
        self._slowness_s = self._client.chance.choice([0.01, 0.1, 1.0])
        self._slow_until = 0.0  # when it is through with what it was told

    def handle(self, event: StoredEvent, epoch: str) -> None:
        if isinstance(event, MessageEvent) and event.text.startswith(QUESTION):
            reply_id = answering(event.at, event.seq, event.room, event.account, event.id)
            text = reply(self._client.number, epoch, event.text)
            self._later(event, commands.Say(id=reply_id, room=event.room, text=text, reply_to=event.seq))
        self._later(event, commands.Handled(room=event.room, seq=event.seq))

    def _later(self, event: StoredEvent, command: commands.Say | commands.Handled) -> None:
        """One event after the other."""
        self._slow_until = max(self._slow_until, self._client.schedule.now)
        self._slow_until += self._client.chance.uniform(0.0, self._slowness_s)

        def through() -> None:
            if not self._run.ended:
                self._run.post(structs.replace(command, epoch=self._lives.of(event)))

        self._client.schedule.at(self._slow_until, through)
