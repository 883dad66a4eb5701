"""What was typed to start this program. Called once, where its command line is read."""

import os
import sys
from pathlib import Path

STARTED_BY = "LOGGIA_COMMAND"  # what started us tells what was typed; it is none of the settings


def typed() -> str:
    """As usage and errors show it: "run.py broker", "loggia broker", "loggia-broker", "python -m broker".

    Whoever this program starts in its turn is not told.
    """
    if told := os.environ.pop(STARTED_BY, "").strip():
        return told
    specification = getattr(sys.modules["__main__"], "__spec__", None)
    if specification is not None:
        return f"python -m {specification.name.removesuffix('.__main__')}"
    return Path(sys.argv[0]).name.removesuffix(".exe") or "loggia"
