"""Runs a module with few descriptors: `python -m tests.hostile.limited COUNT MODULE ...`."""

import resource
import runpy
import sys

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]),) * 2)
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
