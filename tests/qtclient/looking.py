"""Somebody looks at the messages for a time that the test says."""

from loggia.qtclient.state.sight import READ_S
from loggia.qtclient.window import Window


class Clock:
    """Seconds, as the test says."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def looks(window: Window, clock: Clock, seconds: float = READ_S) -> None:
    """For so long at what is on the screen now."""
    window.refresh()
    clock.now += seconds
    window.refresh()
