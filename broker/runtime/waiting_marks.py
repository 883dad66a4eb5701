"""What people have read costs no commit of its own: it waits for the next one, and not for long. Pure; time
is an argument.

A mark that is told is on the disk, like all that is told. Who says anything else meanwhile waits for nothing:
answers keep the order of the requests, and who asks what is unread is told of what was just read.
"""

from collections.abc import Sequence

from loggia.broker.core.ordered import Command
from loggia.broker.sessions.admission import ByPeer
from loggia.shared.protocol.requests import Read

WAIT_S = 0.1  # nobody sees that; and where nothing else is stored, people who read cost ten commits a second

EARLY_S = 0.001  # so much too early a timer may call


class WaitingMarks:
    """Attributes: `due_at`: when those that wait are to be stored whatever comes, loop time; None: none
    waits. `asked`: some may be among what this turn admitted. `hurries`: from now on none waits."""

    def __init__(self) -> None:
        self.due_at: float | None = None
        self.asked = self.hurries = False
        self._held: ByPeer = []

    def __bool__(self) -> bool:
        """Whether there is something to look at in this turn."""
        return self.asked or bool(self._held)

    def with_what_waits(self, admitted: ByPeer, *, commits: bool, now: float) -> ByPeer:
        """What this turn works on: of what was admitted, and of marks that waited. `commits`: whether it
        stores something in any case."""
        self.asked = False
        marks = [one for one in admitted if _only_marks(one[1])]
        others = [one for one in admitted if not _only_marks(one[1])]
        whose = {key for key, _ in others}
        waits = self._held + marks
        if (
            commits
            or self.hurries
            or (self.due_at is not None and now >= self.due_at - EARLY_S)
            or any(type(item) is Command for _, items in others for item in items)
            or any(key in whose for key, _ in waits)
        ):
            admitted = self._held + admitted
            self._held, self.due_at = [], None
            return admitted
        self._held = waits
        if waits and self.due_at is None:
            self.due_at = now + WAIT_S
        return others


def _only_marks(items: Sequence[object]) -> bool:
    return all(type(item) is Command and type(item.request) is Read for item in items)
