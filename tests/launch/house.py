"""A small house for tests of run.py: a broker and a window that do what run.py sees of them."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

from tests.patience import PATIENCE_S

BROKER = """
import os, signal, sys, threading, time, zmq
setting = os.environ.get("FAKE_SETTING")
if setting:
    sys.exit(f"ERROR: Failed to start up the server: {setting}")
endpoint = os.environ.get("LOGGIA_REQUESTS", "tcp://127.0.0.1:0")
door = os.environ.get("LOGGIA_FRONT_DOOR", "127.0.0.1:1100")
if "--print-config" in sys.argv:
    if met := os.environ.get("FAKE_MEETS"):
        open(met, "w").close()
    print(f'requests = "{endpoint}"\\nbroadcasts = "tcp://127.0.0.1:1102"\\nfront_door = "{door}"')
    print(f'data = "{os.environ["LOGGIA_DATA"]}"')
    sys.exit()
refuse = os.environ.get("FAKE_REFUSES")
if refuse:
    sys.exit(f"ERROR: Failed to start up the server: {refuse}")
held = os.environ.get("FAKE_HELD")
if held and os.path.exists(held):
    sys.exit(f"ERROR: Failed to start up the server: the data folder is in use: {held}")
while os.path.exists(os.environ.get("FAKE_CHECKS", "")):
    time.sleep(0.01)
router = zmq.Context().socket(zmq.ROUTER)
router.bind(endpoint)
def answer():
    while True:
        asked = router.recv_multipart()
        router.send_multipart([asked[0], b'[{"op": "error", "id": "run.py", "code": "no_session"}]'])
served = router.last_endpoint.decode()
for number, code in (signal.SIGINT, 4), (signal.SIGTERM, 5), (signal.SIGHUP, 6):
    signal.signal(number, lambda *_, code=code: os._exit(code))
print("Ready to serve on", (served.partition("://")[2] if door == "off" else door) + ".", flush=True)
print("Requests on", served, flush=True)
print("Broadcasts on tcp://127.0.0.1:4002", flush=True)
print("Waiting for connections...", flush=True)
threading.Thread(target=answer).start()
if "--stop-when-alone" in sys.argv:
    assert sys.stdin.read() == ""
others = os.environ.get("FAKE_OTHERS")
if others:
    print(f"Still serving {others} others; stop it with Ctrl+C or: kill {os.getpid()}", flush=True)
    threading.Event().wait()
print("Nobody else is connected; stopping.", flush=True)
os._exit(0)
"""

WINDOW = """
import os, sys, threading, time
if sys.argv[1:] == ["--check-screen"]:
    while "FAKE_MEETS" in os.environ and not os.path.exists(os.environ["FAKE_MEETS"]):
        time.sleep(0.01)
    sys.exit(os.environ.get("FAKE_NO_SCREEN"))
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
    return {
        **os.environ,
        "PYTHONPATH": str(folder),
        "LOGGIA_REQUESTS": "tcp://127.0.0.1:0",
        "LOGGIA_DATA": str(folder / "data"),
    }


class Started(subprocess.Popen[str]):
    """A process in a group of its own, its output piped. When its test fails all in its group end."""

    def expect(self, line: str) -> None:
        """Its next line of output; an AssertionError tells how it ended and what it said instead."""
        assert self.stdout is not None
        if (said := self.stdout.readline()) != line:
            if said:  # who closed its output is ending
                os.killpg(self.pid, signal.SIGKILL)
            output, errors = self.communicate(timeout=PATIENCE_S)
            raise AssertionError(
                f"expected {line!r}, but it said {said + output!r}, ended with {self.returncode} "
                f"and said as errors:\n{errors}"
            )

    def end(self) -> None:
        """At once, and whatever it was doing."""
        if self.returncode is None:  # until it is waited for, its number is its own
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self.wait()
        for pipe in (self.stdin, self.stdout, self.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is not None:  # or the test would wait for ever for what it was about to end
            self.end()
        super().__exit__(kind, *rest)  # type: ignore[arg-type]
