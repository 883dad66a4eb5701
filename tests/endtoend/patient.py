"""Runs a module in a world where a lost session may come back for long: `python -m tests.endtoend.patient
MODULE ...`. A test that counts who came back then says the same on a busy machine as on an idle one.
"""

import runpy
import sys

from shared import limits

limits.RESUME_S = 600.0  # before anything else reads it


def main() -> None:
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
