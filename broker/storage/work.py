"""What a log has done since it was opened, counted for each batch and not for each event. Pure."""

from loggia.broker.core.state import Batch
from loggia.broker.telemetry.histogram import EVENTS, SECONDS, Histogram


class Work:
    """Attributes: `messages` and `events` (messages are among them) that were stored; `batches`, of so many
    events each; `commits`, how long each took with its fsync.
    """

    def __init__(self) -> None:
        self.messages = self.events = 0
        self.batches = Histogram(EVENTS)
        self.commits = Histogram(SECONDS)

    def committed(self, batch: Batch, took_s: float) -> None:
        events = 0
        for fresh in batch.fresh:
            events += len(fresh.bodies)
        self.events += events
        self.messages += events - len(batch.news)
        self.batches.observe(events)
        self.commits.observe(took_s)
