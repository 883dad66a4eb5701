"""Runs first, with nothing but Python: sets Loggia up and starts it. Ends with the code of what it started.

Kept to what old Pythons can parse, so that they reach the sentence about their age.
"""

import os
import sys

OLDEST = (3, 11)

if sys.version_info[:2] < OLDEST:
    sys.exit(
        "Loggia needs Python {}.{} or newer, and this is Python {}.{}. Start run.py with a newer one.".format(
            *(OLDEST + tuple(sys.version_info[:2]))
        )
    )

if __name__ == "__main__":
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "packaging"))
    from loggia.launch.checkout import main

    sys.exit(main(sys.argv[1:]))
