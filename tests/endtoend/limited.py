"""`python -m tests.endtoend.limited MOST MODULE ...`: a program of ours that may have so many descriptors."""

import os
import resource
import sys

if __name__ == "__main__":
    most = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.execv(sys.executable, [sys.executable, "-P", "-W", "error", "-m", *sys.argv[2:]])
