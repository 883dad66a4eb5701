# SPDX-License-Identifier: GPL-3.0-only
"""What is done when a row asks for it, in the room and in its thread: who does what, where. GUI thread."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from loggia.qtclient.asking import Asking
from loggia.qtclient.frame import Frame
from loggia.qtclient.message_acts import MessageActs
from loggia.qtclient.panels.composer import Composer
from loggia.qtclient.panels.middle import Middle
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.parts.quote import LEADS
from loggia.qtclient.timeline.view import Timeline

By = Mapping[str, Callable[[Any], object]]  # what is done, by the id of an Action


class RowActs:
    """Attributes: `messages`: what is asked of the broker; `by_id`: all, by the id of an Action. `others`:
    what else is done."""

    def __init__(
        self, state: WindowState, asking: Asking, middle: Middle, frame: Frame, others: tuple[By, ...]
    ) -> None:
        self._middle = middle
        self._frame = frame
        self.messages = MessageActs(state, asking, middle.timeline, middle.answering, middle.composer)
        self.by_id = {id: done for by in (self.messages.by_id, *others) for id, done in by.items()}
        threads = frame.threads
        threads.may_as(middle.timeline.reach)
        middle.timeline.acted.connect(partial(self._act, middle.timeline, middle.composer))
        threads.acted.connect(partial(self._act, threads.panel.timeline, threads.panel.composer))

    def _act(self, among: Timeline, composer: Composer, action: str, target: object) -> None:
        """What is asked for among those messages; what leads to others is seen. Nothing, where the room that
        they are of is not on the screen any more: another one has messages of the same numbers."""
        if self._middle.timeline.is_behind:
            return
        if among is not self._middle.timeline and action in LEADS:
            self._frame.read()
        self.messages.turn(among, composer)
        self.by_id[action](target)
