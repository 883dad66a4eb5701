"""A stand-in for the link of a window: the copy that it has of one room."""

from collections.abc import Sequence

from loggia.qtclient.window import Window
from loggia.shared.client.commands import LoadOlder
from loggia.shared.client.updates import Older
from loggia.shared.protocol.events import StoredEvent

from tests.qtclient.talk import arrived


class Copy:
    """What a link has of one room, `events` of it, and answers of that, as LoadOlder says. `asked`: how many
    pages were asked for; nothing is answered before `answer`."""

    def __init__(self, window: Window, events: Sequence[StoredEvent]) -> None:
        self.window = window
        self.room = events[0].room
        self.events = {event.seq: event for event in events}
        self.shown = events[-1].seq + 1
        self.asked = 0
        self._answers: list[Older] = []
        window.asked.connect(self._hear)

    def say(self, *events: StoredEvent) -> None:
        """New entries come."""
        self.events |= {event.seq: event for event in events}
        self.window.take([*arrived(events)])
        self.window.refresh()

    def _hear(self, command: object) -> None:
        if isinstance(command, LoadOlder) and command.room == self.room:
            self.asked += 1
            last = max(self.events)
            end = min(command.before, last + 1) if command.before else self.shown
            self.shown = max(1, end - command.limit)
            page = [self.events[seq] for seq in range(self.shown, end)]
            self._answers.append(Older(room=self.room, events=page, more=self.shown > 1))

    def answer(self) -> bool:
        """Answer what was asked; False if nothing was."""
        answers, self._answers = self._answers, []
        self.window.take([*answers])
        self.window.refresh()
        return bool(answers)
