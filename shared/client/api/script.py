"""How a script or a bot ends: quietly. Runs in the main thread.

with script(), Client("herald") as chat:
    ...
"""

import contextlib
from collections.abc import Iterator

from loggia.shared.client.api.interrupts import Interrupts
from loggia.shared.protocol.errors import LoggiaError, Refused


@contextlib.contextmanager
def script() -> Iterator[None]:
    """Ctrl+C and SIGTERM end the block, and with it the program, as if it were done: exit code 0.

    So does what Loggia raises, as when a nickname is taken; the program then ends with one sentence
    on standard error, and exit code 1. For the main thread.
    """
    try:
        with Interrupts().noticed():
            yield
    except KeyboardInterrupt:
        raise SystemExit(0) from None
    except Refused as refused:
        raise SystemExit(f"ERROR: {refused.text}") from None
    except LoggiaError as reason:
        raise SystemExit(f"ERROR: {reason}") from None
