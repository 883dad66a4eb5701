"""Runs a module in a world where everybody has patience: `python -m tests.endtoend.patient MODULE ...`.

A lost session may come back for long, and no client gives up a broker that works. A test of a crowd then says
the same on a machine that is busy as on an idle one, where nobody's patience is asked for.
"""

import importlib
import runpy
import sys

from loggia.shared.protocol import limits


def be_patient() -> None:
    """Before anything else reads these."""
    limits.RESUME_S = 600.0
    line = importlib.import_module("loggia.shared.client.session.connection")
    # The first join as well: who gave up one that was taken finds the nickname kept for himself.
    line.JOIN_ANSWER_S = line.LONGEST_JOIN_ANSWER_S = 600.0
    line.LATE_S = 60.0  # one thread plays hundreds of clients: it comes late to many without having slept


if __name__ == "__main__":
    be_patient()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
