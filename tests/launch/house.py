"""A small house for tests of run.py: a broker and a window that do what run.py sees of them."""

import os
from pathlib import Path

BROKER = """
import os, sys, threading, zmq
refuse = os.environ.get("FAKE_REFUSES")
if refuse:
    sys.exit(f"ERROR: Failed to start up the server: {refuse}")
context = zmq.Context()
router = context.socket(zmq.ROUTER)
router.linger = 0
endpoint = os.environ.get("LOGGIA_REQUESTS", "tcp://127.0.0.1:0")
router.bind(endpoint)
print("Ready to serve on 127.0.0.1:1100.", flush=True)
print("Requests on", router.last_endpoint.decode(), flush=True)
print("Waiting for connections...", flush=True)
if "--stop-when-alone" in sys.argv:
    assert sys.stdin.read() == ""
others = os.environ.get("FAKE_OTHERS")
if others:
    print(f"Still serving {others} others; stop it with Ctrl+C or: kill {os.getpid()}", flush=True)
    router.poll()
else:
    print("Nobody else is connected; stopping.", flush=True)
context.destroy(linger=0)
"""

WINDOW = """
import os, sys, threading
print("window", *sys.argv[1:], flush=True)
if "FAKE_STAYS" in os.environ:
    threading.Event().wait()
sys.exit(int(os.environ.get("FAKE_CODE", "0")))
"""


def small_house(folder: Path) -> dict[str, str]:
    """Write the two programs into `folder`; gives the environment in which they are found."""
    for package, program in {"broker": BROKER, "qtclient": WINDOW}.items():
        (folder / package).mkdir()
        (folder / package / "__main__.py").write_text(program)
    return {**os.environ, "PYTHONPATH": str(folder), "LOGGIA_REQUESTS": "tcp://127.0.0.1:0"}
