"""Keeps a bot from talking with other bots for ever. Pure: the time is that of the messages.

Bots pass over what bots say, unless their author asks for it; then nothing else ends what two of them say to
each other.
"""

import collections

from loggia.shared.protocol.events import MessageEvent, StoredEvent

ANSWERS = 20  # in WINDOW_MS without a person saying anything: no talk that anybody follows
WINDOW_MS = 10_000
REST_MS = 60_000  # whoever looks at the room then sees what happened, and the other bot has stopped as well


class Breaker:
    """Whom a bot may answer, in each room on its own. Whoever is not marked as a bot is a person."""

    def __init__(self) -> None:
        self._answered: dict[str, collections.deque[int]] = {}
        self._rests_until: dict[str, int] = {}

    def heard(self, event: StoredEvent) -> bool:
        """Whether this may be answered: a person's message always, a bot's, and what is no message and may be
        a bot's, not while this one rests."""
        if isinstance(event, MessageEvent) and not event.bot:
            self._answered.pop(event.room, None)
            return True
        return event.at >= self._rests_until.get(event.room, 0)

    def answered(self, event: StoredEvent) -> bool:
        """Something was said because of this entry; returns whether the rest begins with that."""
        times = self._answered.setdefault(event.room, collections.deque(maxlen=ANSWERS))
        times.append(event.at)
        if len(times) < ANSWERS or event.at - times[0] >= WINDOW_MS:
            return False
        del self._answered[event.room]
        self._rests_until[event.room] = event.at + REST_MS
        return True
