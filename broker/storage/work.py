"""What a log has done since it was opened, batch by batch. Pure."""

from loggia.broker.core.state import Batch
from loggia.broker.telemetry.histogram import EVENTS, MOST_NOTED, SECONDS, Histogram


class Work:
    """Attributes: `batches`, how many events each had; `commits`, how long each took to be on the disk, with
    its fsync, s."""

    def __init__(self) -> None:
        self.batches = Histogram(EVENTS)
        self.commits = Histogram(SECONDS)
        self.waited_s = 0.0  # for the disk, until that is taken
        self._no_messages = 0

    def committed(self, batch: Batch, took_s: float) -> None:
        """It is on the disk, `took_s` after that began."""
        fresh, sizes = batch.fresh, self.batches.noted
        sizes.append(len(fresh[0].bodies) if len(fresh) == 1 else sum([len(f.bodies) for f in fresh]))
        self.commits.noted.append(took_s)
        self.waited_s += took_s
        if batch.news:
            self._no_messages += len(batch.news)
        if len(sizes) >= MOST_NOTED:
            self.batches.count()
            self.commits.count()

    @property
    def events(self) -> int:
        """That were stored."""
        return round(self.batches.sum)

    @property
    def messages(self) -> int:
        """Those among them that are messages."""
        return self.events - self._no_messages
