"""A stand-in for the link of a window: the copy that it has of one room."""

from collections.abc import Callable, Sequence

from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.commands import DropOlder, Inquire, LoadOlder, ReadArchived, ReadPins
from loggia.shared.client.updates import (
    ArchivedEntries,
    Arrived,
    Completeness,
    Inquired,
    Older,
    ToldPins,
    Update,
)
from loggia.shared.protocol.events import StoredEvent
from loggia.shared.protocol.requests import History

from tests.qtclient.talk import arrived, entered
from tests.shared.client.link.test_pins import pinned


class Copy:
    """What a link has of one room, `events` of it, and answers of that, as LoadOlder says. What is before
    the entry `first` only the server has. Nothing is answered before `answer`.

    Attributes: `asked`: how many pages were asked for; `looked`: and how often entries by their numbers.
    """

    def __init__(self, window: Window, events: Sequence[StoredEvent], first: int = 1) -> None:
        self.window = window
        self.room = events[0].room
        self.events = {event.seq: event for event in events}
        self.shown = events[-1].seq + 1
        self.first = first
        self.asked = self.looked = 0
        self._answers: list[Update] = []
        window.asked.connect(self._hear)

    def say(self, *events: StoredEvent) -> None:
        """New entries come."""
        self.events |= {event.seq: event for event in events}
        self.window.take([Arrived(room=self.room, events=list(events)), self.held()])
        self.window.refresh()

    def _hear(self, command: object) -> None:
        if isinstance(command, LoadOlder) and command.room == self.room:
            self.asked += 1
            last = max(self.events)
            end = min(command.before, last + 1) if command.before else self.shown
            self.shown = max(1 if end <= self.first else self.first, end - command.limit)
            self.first = min(self.first, self.shown)
            page = [self.events[seq] for seq in range(self.shown, end)]
            self._answers.append(self.held())
            self._answers.append(Older(room=self.room, events=page, more=self.shown > 1, id=command.id))
        elif isinstance(command, DropOlder):
            self._answers = [one for one in self._answers if getattr(one, "id", "") != command.id]
        elif isinstance(command, ReadPins) and command.room == self.room:
            pins = list(pinned([self.events[seq] for seq in sorted(self.events) if seq >= self.first]))
            self._answers.append(ToldPins(room=self.room, epoch=command.epoch, events=pins, id=command.id))
        elif isinstance(command, ReadArchived) and command.room == self.room:
            self.looked += 1
            wanted = range(command.after + 1, command.after + command.limit + 1)
            told = [self.events[seq] for seq in wanted if self.first <= seq <= max(self.events)]
            self._answers.append(
                ArchivedEntries(
                    room=self.room, epoch=command.epoch, after=command.after, events=told, id=command.id
                )
            )
        elif isinstance(command, Inquire) and isinstance(command.request, History):
            told = [self.events[(command.request.after or 0) + 1]]
            self._answers.append(Inquired(room=self.room, events=told, id=command.id))

    def held(self) -> Completeness:
        last = max(self.events)
        return Completeness(
            room=self.room, first=self.first, last=last, head=last, older=self.first - 1, current=True
        )

    def answer(self) -> bool:
        """Answer what was asked; False if nothing was."""
        answers, self._answers = self._answers, []
        self.window.take([*answers])
        self.window.refresh()
        return bool(answers)


def two_rooms(make_window: Callable[..., Window], state: WindowState, qtbot, head: int) -> Window:
    """A window on the first of two rooms, which has come that far; nothing of it is here yet."""
    state.apply([*entered(head=head), *entered("lab")], 0)
    window = make_window(state)
    qtbot.waitUntil(window.composer.editor.hasFocus)
    return window


def opens(copy: Copy, page: int = 100) -> None:
    """As a room begins: with a page of the copy."""
    last = max(copy.events)
    first = last - page + 1
    copy.window.take([*arrived([copy.events[seq] for seq in range(first, last + 1)]), copy.held()])
    copy.shown = first
    copy.window.refresh()


def drain(copy: Copy, qtbot, until: Callable[[], bool]) -> None:
    """Answer until that is so."""

    def step() -> bool:
        copy.answer()
        return until()

    qtbot.waitUntil(step)
