"""`python -m tests.endtoend.speaker REQUESTS FILE`: a script on the library, as a process that can be killed.

Ada says each line of standard input, and ends with it. The main thread reads, the link has its own.
"""

import sys
from pathlib import Path

from loggia.shared.client.api.client import Client

if __name__ == "__main__":
    with Client("ada", connect=sys.argv[1], data=Path(sys.argv[2])) as chat:
        for line in sys.stdin:
            chat.send(line.rstrip("\n"), wait=False)
