"""What the broker's process uses of its computer, asked of the system in some microseconds. Any thread."""

import time

from loggia.broker.telemetry.series import Use
from loggia.shared.process import descriptors
from loggia.shared.process.resident import resident_bytes

_STARTED_AT = time.time()


def of_process(*, serves: bool) -> Use:
    return Use(
        serves=serves,
        cpu_s=time.process_time(),
        started_at=_STARTED_AT,
        resident_bytes=_resident_bytes(),
        open_fds=descriptors.taken(),
        max_fds=descriptors.limit(),
    )


def _resident_bytes() -> int | None:
    try:
        return resident_bytes()
    except OSError:
        return None
